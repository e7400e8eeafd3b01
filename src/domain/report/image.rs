//! The report of one image.

use serde::Serialize;
use utoipa::ToSchema;

use super::csv::Csv;
use super::row::{Day, Range, Row, Totals};

/// `GET /v1/analytics/images/{image_id}`
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ImageReport {
    pub image_id: String,
    pub range: Range,
    pub totals: Totals,
    /// Every day of the range, oldest first.
    pub daily: Vec<Day>,
    pub variants: Vec<Row>,
    pub countries: Vec<Row>,
    pub statuses: Vec<Row>,
}

impl ImageReport {
    /// `section,value,requests,bandwidth_bytes`
    pub fn csv(&self) -> String {
        let mut csv = Csv::report(&self.totals, &self.daily);
        csv.rows("variant", &self.variants);
        csv.rows("country", &self.countries);
        csv.rows("status", &self.statuses);
        csv.finish()
    }
}
