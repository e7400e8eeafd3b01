//! The report of one image.

use serde::Serialize;
use utoipa::ToSchema;

use super::about::About;
use super::csv::Csv;
use super::row::{Day, Range, Row, Totals};
use super::source::Source;
use crate::domain::dimension::Dimension;
use crate::domain::filter::Filter;

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
    /// Only of a filtered report, as what follows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub filters: Option<Vec<Filter>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<Source>,
}

impl ImageReport {
    /// The days, and the values of each dimension.
    pub fn csv(&self) -> String {
        let mut csv = Csv::report(&self.daily);
        for (dimension, rows) in [
            (Dimension::Variant, &self.variants),
            (Dimension::Country, &self.countries),
            (Dimension::Status, &self.statuses),
        ] {
            csv.rows(dimension.as_str(), rows.iter().map(|row| (row, About::of(dimension, &row.value))));
        }
        csv.provenance(self.filters.as_deref(), self.source.as_ref());
        csv.finish()
    }
}
