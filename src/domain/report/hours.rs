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

/// Hours in a range of days.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Hours {
    /// Every hour that has begun, oldest first.
    pub hourly: Vec<Hour>,
    /// Requests of these days whose hour isn't known: of days that are estimated from Cloudflare zone analytics, for example.
    pub hourly_unassigned_requests: u64,
}

impl Hours {
    /// Of a range in which so many requests were served, as it is now.
    pub fn new(range: &DateRange, stored: &[StoredHour], requests: u64, now: Millis) -> Self {
        let by_hour: HashMap<(Date, u8), Counters> =
            stored.iter().map(|it| ((it.date, it.hour), it.counters)).collect();
        let told = stored.iter().map(|it| it.counters.requests).fold(0, sum_of);
        let hours = range.dates().flat_map(|date| (0..24).map(move |hour| (date, hour)));
        let start = |date: Date, hour: u8| date.start() + Millis::from(hour) * HOUR_MS;
        let hourly = hours.filter(|(date, hour)| start(*date, *hour) <= now).map(|(date, hour)| {
            let counters = by_hour.get(&(date, hour)).copied().unwrap_or_default();
            Hour {
                start: timestamp(start(date, hour)),
                requests: counters.requests,
                bandwidth_bytes: counters.bandwidth_bytes,
                cache_hits: counters.cache_hits,
                cache_misses: counters.cache_misses,
                bytes_saved: bytes_saved(&counters),
            }
        });
        Self { hourly: hourly.collect(), hourly_unassigned_requests: requests.saturating_sub(told) }
    }

    /// A row for each hour.
    pub fn csv(&self, csv: &mut Csv) {
        for hour in &self.hourly {
            let figures = [
                hour.requests.to_string(),
                hour.bandwidth_bytes.to_string(),
                String::new(),
                hour.cache_hits.to_string(),
                hour.cache_misses.to_string(),
                String::new(),
                String::new(),
                hour.bytes_saved.to_string(),
            ];
            let record = ["hourly".to_owned(), hour.start.clone()].into_iter().chain(figures);
            csv.record(&record.collect::<Vec<_>>());
        }
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
        let hours = Hours::new(&range, &stored, 7, today.start() + 2 * HOUR_MS);
        let told: Vec<_> = hours.hourly.iter().map(|hour| (&*hour.start, hour.requests)).collect();
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
        assert_eq!((hours.hourly[26].bytes_saved, hours.hourly_unassigned_requests), (20, 1));
    }
}
