//! The overview: what was served to whom in a range of days, on one page.

use serde::Serialize;
use utoipa::ToSchema;

use super::csv::Csv;
use super::row::{Day, Range, Row, Totals};
use crate::domain::date::Date;

/// `GET /v1/analytics/overview`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Overview {
    pub range: Range,
    pub totals: Totals,
    /// Every day of the range, oldest first.
    pub daily: Vec<Day>,
    pub top: Top,
    pub freshness: Freshness,
    /// Only with `compare`; null when the days to compare with are beyond the retention.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comparison: Option<Option<Comparison>>,
    /// Why `comparison` is null.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comparison_reason: Option<&'static str>,
}

/// The largest values of each dimension by requests, at most ten each.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Top {
    pub image: Vec<Row>,
    pub country: Vec<Row>,
    pub variant: Vec<Row>,
    pub status: Vec<Row>,
    /// Only when all owners are asked for together.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<Vec<Row>>,
}

/// The same figures for earlier days.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Comparison {
    pub range: Range,
    pub totals: Totals,
    pub daily: Vec<Day>,
}

/// How current and how complete the figures are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Freshness {
    /// RFC 3339, UTC.
    pub generated_at: String,
    pub realtime_enabled: bool,
    /// The last day that the nightly job has closed.
    #[schema(value_type = Option<String>, format = Date)]
    pub last_aggregation_date: Option<Date>,
    /// Requests that realtime counting left out in this range, of all owners together, because D1 did not keep up.
    pub uncounted_requests: u64,
}

impl Overview {
    /// `section,value,requests,bandwidth_bytes`
    pub fn csv(&self) -> String {
        let mut csv = Csv::report(&self.totals, &self.daily);
        csv.rows("image", &self.top.image);
        csv.rows("country", &self.top.country);
        csv.rows("variant", &self.top.variant);
        csv.rows("status", &self.top.status);
        if let Some(owners) = &self.top.owner {
            csv.rows("owner", owners);
        }
        csv.finish()
    }
}
