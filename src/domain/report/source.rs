//! Where a filtered report comes from, and how exact it is.

use std::fmt;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::dimension::Dimension;
use crate::domain::filter::Filters;
use crate::domain::reconcile::stated_error;

/// The source of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SourceKind {
    /// Counts by image, variant, country and status.
    D1,
    /// Single requests.
    AnalyticsEngine,
}

/// The source of a filtered report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Source {
    pub kind: SourceKind,
    /// Estimated from a sample.
    pub sampled: bool,
    /// Requests for each sampled one, at most; 1 without sampling. Not for D1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sample_interval: Option<u64>,
    /// Margin of the total requests because of sampling: three standard deviations.
    pub error: u64,
    /// Requests that can't be attributed to an image, variant, country or status. A filter on these may miss them, or include them
    /// wrongly.
    pub unassigned_requests: u64,
    pub note: &'static str,
}

/// How exact D1's rows are.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
pub struct StoredQuality {
    /// 1 when some day was estimated.
    pub estimated: u8,
    pub squared_errors: f64,
    /// Requests of which neither image, variant nor country are known.
    pub unassigned: u64,
    /// Requests of which only the image is known.
    pub partly_assigned: u64,
}

/// How exact Analytics Engine's hits are.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sampling {
    /// The largest sample interval.
    pub interval: u64,
    /// Of the number of requests.
    pub variance: f64,
}

impl Source {
    /// `listed` is what else the report tells apart.
    pub fn d1(quality: &StoredQuality, filters: &Filters, listed: impl Iterator<Item = Dimension>) -> Self {
        let (mut unassigned, mut partly_assigned) = (0, 0);
        for dimension in filters.dimensions().chain(listed) {
            if !matches!(dimension, Dimension::Status | Dimension::AssetType) {
                unassigned = quality.unassigned;
            }
            if matches!(dimension, Dimension::Status | Dimension::Variant | Dimension::Country) {
                partly_assigned = quality.partly_assigned;
            }
        }
        Self {
            kind: SourceKind::D1,
            sampled: quality.estimated != 0,
            sample_interval: None,
            error: quality.squared_errors.sqrt().ceil() as u64,
            unassigned_requests: unassigned + partly_assigned,
            note: "Counted from every row of these days in D1.",
        }
    }

    pub fn engine(sampling: &Sampling) -> Self {
        Self {
            kind: SourceKind::AnalyticsEngine,
            sampled: sampling.interval > 1,
            sample_interval: Some(sampling.interval),
            error: stated_error(sampling.variance),
            unassigned_requests: 0,
            note: "Counted from Analytics Engine, about a minute behind.",
        }
    }
}

/// For a line of CSV.
impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.note)?;
        if self.sampled {
            write!(f, " Estimated from a sample (±{} requests).", self.error)?;
        }
        if self.unassigned_requests > 0 {
            let unassigned = self.unassigned_requests;
            write!(f, " {unassigned} requests can't be attributed to an image, variant, country or status.")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::privacy::Privacy;

    #[test]
    fn what_is_not_known_is_said_where_it_matters() {
        let quality =
            StoredQuality { estimated: 1, squared_errors: 26.0, unassigned: 7, partly_assigned: 20 };
        for (filters, listed, unassigned) in [
            (&["status:is:200"][..], &[Dimension::AssetType][..], 20),
            (&["status:is:200"], &[Dimension::Status, Dimension::Country], 27),
            (&["image:is:a/b"], &[], 7),
            (&[], &[Dimension::Variant], 27),
            (&["asset_type:is:image"], &[], 0),
            (&[], &[], 0),
        ] {
            let filters = Filters::parse(filters.iter().copied(), Privacy::Standard).unwrap();
            let source = Source::d1(&quality, &filters, listed.iter().copied());
            assert_eq!((source.sampled, source.error, source.unassigned_requests), (true, 6, unassigned));
        }
    }

    #[test]
    fn sampling_is_said() {
        let whole = Source::engine(&Sampling { interval: 1, variance: 0.0 });
        assert_eq!((whole.sampled, whole.error), (false, 0));
        assert!(!whole.to_string().contains("sample"));
        let sampled = Source::engine(&Sampling { interval: 4, variance: 12.0 });
        assert_eq!((sampled.sampled, sampled.sample_interval, sampled.error), (true, Some(4), 11));
        assert!(sampled.to_string().ends_with(" Estimated from a sample (±11 requests)."));
    }
}
