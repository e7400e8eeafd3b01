//! The last hour, minute by minute.

use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::date::{Millis, timestamp};
use crate::domain::minutes::{Minute, Minutes, Served};

/// `GET /v1/analytics/live`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Live {
    /// RFC 3339, UTC.
    pub generated_at: String,
    /// The last 60 minutes, oldest first. The last one is under way. A hit is there some two seconds later, at high traffic up to 20.
    pub minutes: Vec<LiveMinute>,
}

/// Traffic in one minute.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct LiveMinute {
    /// RFC 3339, UTC: when it began.
    pub start: String,
    pub requests: u64,
    pub bandwidth_bytes: u64,
    /// Responses from the cache.
    pub cache_hits: u64,
    /// Responses with status 400 or higher.
    pub errors: u64,
}

impl Live {
    pub fn new(minutes: &Minutes, now: Millis) -> Self {
        let minute = |minute: Minute| {
            let Served { requests, bandwidth_bytes, cache_hits, errors } = minutes.get(minute);
            LiveMinute { start: timestamp(minute.start()), requests, bandwidth_bytes, cache_hits, errors }
        };
        Self { generated_at: timestamp(now), minutes: Minute::at(now).kept().map(minute).collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_minute_is_there() {
        let now = 1_795_132_859_000;
        let mut minutes = Minutes::default();
        let served = Served { requests: 3, bandwidth_bytes: 30, cache_hits: 1, errors: 2 };
        minutes.add(Minute::at(now - 60_000), &served);
        let live = Live::new(&minutes, now);
        assert_eq!((live.minutes.len(), &*live.minutes[59].start), (60, "2026-11-20T00:00:00Z"));
        let last = &live.minutes[58];
        assert_eq!((last.requests, last.bandwidth_bytes, last.cache_hits, last.errors), (3, 30, 1, 2));
        assert_eq!(live.minutes.iter().map(|minute| minute.requests).sum::<u64>(), 3);
    }
}
