//! How long hits waited, in buckets that are 4 % wide.

use pixtally::domain::date::Millis;

const BUCKETS_PER_DOUBLING: f64 = 16.0;

/// Counts by duration.
#[derive(Debug, Clone, Default)]
pub struct Histogram {
    buckets: Vec<u64>,
    total: u64,
}

impl Histogram {
    pub fn add(&mut self, wait: Millis, count: u64) {
        let bucket = ((wait.max(1) as f64).log2() * BUCKETS_PER_DOUBLING) as usize;
        if self.buckets.len() <= bucket {
            self.buckets.resize(bucket + 1, 0);
        }
        self.buckets[bucket] += count;
        self.total += count;
    }

    /// The duration that so large a part did not exceed; the upper end of its bucket.
    pub fn quantile(&self, part: f64) -> Millis {
        let wanted = (self.total as f64 * part).ceil() as u64;
        let mut sum = 0;
        for (bucket, count) in self.buckets.iter().enumerate() {
            sum += count;
            if sum >= wanted {
                return ((bucket + 1) as f64 / BUCKETS_PER_DOUBLING).exp2().ceil() as Millis;
            }
        }
        0
    }
}
