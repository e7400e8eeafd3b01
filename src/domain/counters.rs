//! Counters: what is added up of hits, whatever they are told apart by.

use std::iter::Sum;

use serde::{Deserialize, Serialize};

use super::hit::{CacheResult, Hit};

/// The largest count: 2^53 - 1, up to which D1's numbers, JavaScript's and JSON's are whole. Sums end here.
///
/// No sum fails on its way, whatever was stored. A hit adds at most [`MAX_FILE_BYTES`](super::file_size::MAX_FILE_BYTES) to a
/// count of bytes and 1 to any other, so that two million hits can lead a sum of bytes beyond 2^63, where SQLite's `sum()`
/// fails, and none of 2^53 can be reached by counting. So statements add bytes up with `total()`, which never fails, and cut
/// what they answer or write with `min()`; `tests/sql.rs` looks for others.
pub const MAX_COUNT: u64 = (1 << 53) - 1;

/// The sum of two counts, at most [`MAX_COUNT`].
pub fn sum_of(one: u64, other: u64) -> u64 {
    one.saturating_add(other).min(MAX_COUNT)
}

/// What is counted of every row.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counters {
    pub requests: u64,
    pub bandwidth_bytes: u64,
    pub cache_hits: u64,
    pub cache_misses: u64,
    pub source_bytes: u64,
}

impl Counters {
    /// Of one hit.
    pub fn of(hit: &Hit) -> Self {
        Self {
            requests: 1,
            bandwidth_bytes: hit.bytes,
            cache_hits: u64::from(hit.cache == CacheResult::Hit),
            cache_misses: u64::from(hit.cache == CacheResult::Miss),
            source_bytes: hit.source_bytes,
        }
    }

    pub fn add(&mut self, other: &Self) {
        self.requests = sum_of(self.requests, other.requests);
        self.bandwidth_bytes = sum_of(self.bandwidth_bytes, other.bandwidth_bytes);
        self.cache_hits = sum_of(self.cache_hits, other.cache_hits);
        self.cache_misses = sum_of(self.cache_misses, other.cache_misses);
        self.source_bytes = sum_of(self.source_bytes, other.source_bytes);
    }

    /// What is left when a part is taken away.
    pub fn less(&self, part: &Self) -> Self {
        Self {
            requests: self.requests.saturating_sub(part.requests),
            bandwidth_bytes: self.bandwidth_bytes.saturating_sub(part.bandwidth_bytes),
            cache_hits: self.cache_hits.saturating_sub(part.cache_hits),
            cache_misses: self.cache_misses.saturating_sub(part.cache_misses),
            source_bytes: self.source_bytes.saturating_sub(part.source_bytes),
        }
    }
}

impl Sum for Counters {
    fn sum<I: Iterator<Item = Self>>(counters: I) -> Self {
        counters.fold(Self::default(), |mut sum, more| {
            sum.add(&more);
            sum
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_end_at_the_largest_count() {
        for (one, other, sum) in [
            (0, 0, 0),
            (1, 2, 3),
            (MAX_COUNT - 1, 1, MAX_COUNT),
            (MAX_COUNT, 1, MAX_COUNT),
            (MAX_COUNT, MAX_COUNT, MAX_COUNT),
            (u64::MAX, u64::MAX, MAX_COUNT),
        ] {
            assert_eq!(sum_of(one, other), sum, "{one} + {other}");
            let mut counters = Counters { source_bytes: one, ..Counters::default() };
            counters.add(&Counters { source_bytes: other, ..Counters::default() });
            assert_eq!(counters.source_bytes, sum);
        }
    }
}
