//! Where a filtered report comes from, and how exact it is.

use std::fmt;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::dimension::Dimension;
use crate::domain::filter::Filters;
use crate::domain::reconcile::stated_error;

/// What was read for a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SourceKind {
    /// What D1 has counted, by image, variant, country and status.
    D1,
    /// The hits themselves.
    AnalyticsEngine,
}

/// Where a report comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Source {
    pub kind: SourceKind,
    /// Some of it was estimated from samples.
    pub sampled: bool,
    /// How many hits the most thinned-out sample stands for; 1 when nothing was sampled. Not told by D1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sample_interval: Option<u64>,
    /// By how many requests the totals may be wrong because of that: three standard deviations.
    pub error: u64,
    /// Requests that a busy worker counted without their image, variant and country: they may be missing from what a filter
    /// on these lets through, or be too much in it.
    pub unassigned_requests: u64,
    pub note: &'static str,
}

/// How exact D1's rows are.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
pub struct StoredQuality {
    /// 1 when some day was estimated.
    pub estimated: u8,
    pub squared_errors: f64,
    pub unassigned: u64,
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
    pub fn d1(
        quality: &StoredQuality,
        filters: &Filters,
        mut listed: impl Iterator<Item = Dimension>,
    ) -> Self {
        let is_always_known = |it: Dimension| matches!(it, Dimension::Status | Dimension::AssetType);
        let is_exact = filters.dimensions().all(is_always_known) && listed.all(is_always_known);
        Self {
            kind: SourceKind::D1,
            sampled: quality.estimated != 0,
            sample_interval: None,
            error: quality.squared_errors.sqrt().ceil() as u64,
            unassigned_requests: if is_exact { 0 } else { quality.unassigned },
            note: "added up from every row of the days in D1",
        }
    }

    pub fn engine(sampling: &Sampling) -> Self {
        Self {
            kind: SourceKind::AnalyticsEngine,
            sampled: sampling.interval > 1,
            sample_interval: Some(sampling.interval),
            error: stated_error(sampling.variance),
            unassigned_requests: 0,
            note: "added up from the hits in Analytics Engine, which shows a hit about a minute after it happened",
        }
    }
}

/// For a line of CSV.
impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.note)?;
        if self.sampled {
            write!(f, "; sampled, {} requests more or less", self.error)?;
        }
        if self.unassigned_requests > 0 {
            write!(f, "; {} requests of unknown image, variant and country", self.unassigned_requests)?;
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
        let quality = StoredQuality { estimated: 1, squared_errors: 26.0, unassigned: 7 };
        for (filters, listed, unassigned) in [
            (&["status:is:200"][..], &[Dimension::AssetType][..], 0),
            (&["status:is:200"], &[Dimension::Status, Dimension::Country], 7),
            (&["status:is:200", "image:is:a/b"], &[], 7),
            (&[], &[Dimension::Variant], 7),
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
        assert!(!whole.to_string().contains("sampled"));
        let sampled = Source::engine(&Sampling { interval: 4, variance: 12.0 });
        assert_eq!((sampled.sampled, sampled.sample_interval, sampled.error), (true, Some(4), 11));
        assert!(sampled.to_string().ends_with("; sampled, 11 requests more or less"));
    }
}
