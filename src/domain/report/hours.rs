//! The hours of a report.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::csv::Csv;
use super::measures::bytes_saved;
use crate::domain::counters::{Counters, sum_of};
use crate::domain::date::{Date, HOUR_MS, Millis, timestamp};
use crate::domain::date_range::DateRange;

/// What D1 has added up for one hour.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct StoredHour {
    pub date: Date,
    /// 0 to 23.
    pub hour: u8,
    #[serde(flatten)]
    pub counters: Counters,
}

/// Traffic in one hour.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Hour {
    /// RFC 3339, UTC: when it began.
    pub start: String,
    pub requests: u64,
    pub bandwidth_bytes: u64,
    pub cache_hits: u64,
    pub cache_misses: u64,
    /// Size of the originals minus the bytes sent; below 0 when more was sent.
    pub bytes_saved: i64,
}

/// Every hour of a range that has begun, oldest first.
pub fn hourly(range: &DateRange, stored: &[StoredHour], now: Millis) -> Vec<Hour> {
    let by_hour: HashMap<(Date, u8), Counters> =
        stored.iter().map(|it| ((it.date, it.hour), it.counters)).collect();
    let hours = range.dates().flat_map(|date| (0..24).map(move |hour| (date, hour)));
    let start = |date: Date, hour: u8| date.start() + Millis::from(hour) * HOUR_MS;
    let begun = hours.filter(|(date, hour)| start(*date, *hour) <= now);
    begun.map(|key| Hour::new(start(key.0, key.1), &by_hour.get(&key).copied().unwrap_or_default())).collect()
}

/// Of so many requests of a range, those whose hour isn't known.
pub fn unassigned(stored: &[StoredHour], requests: u64) -> u64 {
    requests.saturating_sub(stored.iter().map(|it| it.counters.requests).fold(0, sum_of))
}

impl Hour {
    fn new(start: Millis, counters: &Counters) -> Self {
        Self {
            start: timestamp(start),
            requests: counters.requests,
            bandwidth_bytes: counters.bandwidth_bytes,
            cache_hits: counters.cache_hits,
            cache_misses: counters.cache_misses,
            bytes_saved: bytes_saved(counters),
        }
    }

    /// As a row.
    pub fn csv(&self, csv: &mut Csv) {
        let [requests, bytes, hits, misses] =
            [self.requests, self.bandwidth_bytes, self.cache_hits, self.cache_misses]
                .map(|it| it.to_string());
        let saved = self.bytes_saved.to_string();
        csv.record(&["hourly", &self.start, &requests, &bytes, "", &hits, &misses, "", "", &saved]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::date_range::RangeQuery;

    #[test]
    fn every_hour_that_has_begun_is_there() {
        let today = Date::parse("2026-11-20").unwrap();
        let query = RangeQuery { days: Some("2".into()), ..RangeQuery::default() };
        let range = DateRange::parse(&query, today, 90).unwrap();
        let counters = Counters { requests: 3, bandwidth_bytes: 30, source_bytes: 50, ..Counters::default() };
        let stored = [(today.minus(1), 23), (today, 2)];
        let stored = stored.map(|(date, hour)| StoredHour { date, hour, counters });
        let hours = hourly(&range, &stored, today.start() + 2 * HOUR_MS);
        let told: Vec<_> = hours.iter().map(|hour| (&*hour.start, hour.requests)).collect();
        assert_eq!(told.len(), 24 + 3);
        assert_eq!(told[0], ("2026-11-19T00:00:00Z", 0));
        assert_eq!(
            told[23..],
            [
                ("2026-11-19T23:00:00Z", 3),
                ("2026-11-20T00:00:00Z", 0),
                ("2026-11-20T01:00:00Z", 0),
                ("2026-11-20T02:00:00Z", 3)
            ]
        );
        assert_eq!((hours[26].bytes_saved, unassigned(&stored, 7)), (20, 1));
    }
}
