//! The last minutes: what was served in each.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::counters::sum_of;
use super::date::Millis;
use super::hit::{CacheResult, Hit};
use super::versioned::{self, VersionedError};

/// How many minutes are kept, the one that is under way among them.
pub const KEPT_MINUTES: u32 = 60;
const MINUTE_MS: Millis = 60 * 1000;
/// The version of the encoding that is written, and the only one that is read.
const VERSION: u8 = 1;

/// Minutes since 1970, UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Minute(u32);

/// What was served in a minute.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Served {
    pub requests: u64,
    pub bandwidth_bytes: u64,
    pub cache_hits: u64,
    /// Of status 400 and above.
    pub errors: u64,
}

impl Minute {
    /// The minute that an instant falls in.
    pub fn at(millis: Millis) -> Self {
        Self((millis / MINUTE_MS) as u32)
    }

    pub fn start(self) -> Millis {
        Millis::from(self.0) * MINUTE_MS
    }

    /// The minutes that are kept at this one, oldest first.
    pub fn kept(self) -> impl Iterator<Item = Self> {
        (self.0.saturating_sub(KEPT_MINUTES - 1)..=self.0).map(Self)
    }
}

impl Served {
    /// Of one hit.
    pub fn of(hit: &Hit) -> Self {
        Self {
            requests: 1,
            bandwidth_bytes: hit.bytes,
            cache_hits: u64::from(hit.cache == CacheResult::Hit),
            errors: u64::from(hit.status >= 400),
        }
    }

    pub fn add(&mut self, other: &Self) {
        self.requests = sum_of(self.requests, other.requests);
        self.bandwidth_bytes = sum_of(self.bandwidth_bytes, other.bandwidth_bytes);
        self.cache_hits = sum_of(self.cache_hits, other.cache_hits);
        self.errors = sum_of(self.errors, other.errors);
    }
}

/// Minutes that something was served in.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Minutes(BTreeMap<Minute, Served>);

impl Minutes {
    pub fn add(&mut self, minute: Minute, served: &Served) {
        self.0.entry(minute).or_default().add(served);
    }

    pub fn merge(&mut self, other: &Self) {
        for (minute, served) in &other.0 {
            self.add(*minute, served);
        }
    }

    /// Forgets what is not kept any more. Minutes that are still to come stay: an isolate's clock may be ahead.
    pub fn keep(&mut self, now: Minute) {
        let oldest = now.kept().next().unwrap_or(now);
        self.0 = self.0.split_off(&oldest);
    }

    pub fn get(&self, minute: Minute) -> Served {
        self.0.get(&minute).copied().unwrap_or_default()
    }

    pub fn encode(&self) -> Vec<u8> {
        versioned::encode(VERSION, self)
    }

    /// Reads what [`Self::encode`] writes.
    ///
    /// # Errors
    ///
    /// [`VersionedError`].
    pub fn decode(bytes: &[u8]) -> Result<Self, VersionedError> {
        versioned::decode(VERSION, bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::tally::tests::hit;

    #[test]
    fn an_hour_is_kept() {
        let now = Minute::at(100 * MINUTE_MS + 59_999);
        let kept: Vec<Minute> = now.kept().collect();
        assert_eq!((kept.len(), kept[0], kept[59]), (60, Minute(41), Minute(100)));
        let mut minutes = Minutes::default();
        for minute in [40, 41, 100, 101] {
            minutes.add(Minute(minute), &Served::of(&hit()));
        }
        minutes.add(Minute(100), &Served::of(&Hit { status: 404, ..hit() }));
        minutes.keep(now);
        assert_eq!(Minutes::decode(&minutes.encode()).as_ref(), Ok(&minutes));
        let requests = |minute| minutes.get(Minute(minute)).requests;
        assert_eq!([requests(40), requests(41), requests(100), requests(101)], [0, 1, 2, 1]);
        assert_eq!(
            minutes.get(now),
            Served { requests: 2, bandwidth_bytes: 40_000, cache_hits: 0, errors: 1 }
        );
    }
}
