//! Counters: what is added up of hits, whatever they are told apart by.

use super::hit::{CacheResult, Hit};

/// What is counted of every row.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
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
        self.requests += other.requests;
        self.bandwidth_bytes += other.bandwidth_bytes;
        self.cache_hits += other.cache_hits;
        self.cache_misses += other.cache_misses;
        self.source_bytes += other.source_bytes;
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
