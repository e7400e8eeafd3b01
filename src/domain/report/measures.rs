//! What is told of counters besides the counters themselves.

use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::counters::Counters;

/// How good a cache hit ratio is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Rating {
    /// Above 90 %.
    Excellent,
    /// Above 80 %.
    Good,
    Poor,
}

impl Rating {
    pub fn of(hit_ratio: f64) -> Self {
        match hit_ratio {
            ratio if ratio > 0.9 => Self::Excellent,
            ratio if ratio > 0.8 => Self::Good,
            _ => Self::Poor,
        }
    }
}

/// Cache hits of those answers that the cache was asked for. `None` when it was asked for none.
pub fn hit_ratio(counters: &Counters) -> Option<f64> {
    share(counters.cache_hits, counters.cache_hits + counters.cache_misses)
}

/// By how much what was sent is less than the stored files that it was made from; below 0 when it is more.
pub fn bytes_saved(counters: &Counters) -> i64 {
    counters.source_bytes as i64 - counters.bandwidth_bytes as i64
}

/// A part of a whole, 0 to 1, to four places. `None` when there is nothing.
pub fn share(part: u64, whole: u64) -> Option<f64> {
    const PLACES: f64 = 10_000.0;
    (whole > 0).then(|| (part as f64 / whole as f64 * PLACES).round() / PLACES)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratings() {
        for (hits, misses, ratio, rating) in [
            (0, 0, None, None),
            (91, 9, Some(0.91), Some(Rating::Excellent)),
            (9, 1, Some(0.9), Some(Rating::Good)),
            (4, 1, Some(0.8), Some(Rating::Poor)),
            (0, 5, Some(0.0), Some(Rating::Poor)),
            (2, 1, Some(0.6667), Some(Rating::Poor)),
        ] {
            let counters = Counters { cache_hits: hits, cache_misses: misses, ..Counters::default() };
            assert_eq!((hit_ratio(&counters), hit_ratio(&counters).map(Rating::of)), (ratio, rating));
        }
    }

    #[test]
    fn savings_may_be_losses() {
        for (source, sent, saved) in [(10, 4, 6), (4, 10, -6), (0, 0, 0)] {
            let counters = Counters { source_bytes: source, bandwidth_bytes: sent, ..Counters::default() };
            assert_eq!(bytes_saved(&counters), saved);
        }
    }
}
