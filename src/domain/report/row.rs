//! The shapes that all reports share.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::date::Date;
use crate::domain::date_range::DateRange;
use crate::domain::reconcile::ReportedSource;

/// Most rows of a list in a report.
pub const TOP: u32 = 10;

/// One value of a dimension.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Row {
    pub value: String,
    pub requests: u64,
    pub bandwidth_bytes: u64,
}

/// One UTC day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Day {
    #[schema(value_type = String, format = Date)]
    pub date: Date,
    pub requests: u64,
    pub bandwidth_bytes: u64,
    pub source: DaySource,
    /// Some of it was estimated from samples, or its bytes by Cloudflare's edge.
    pub estimated: bool,
}

/// Where a day's figures come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum DaySource {
    /// Counted as requests came in.
    Realtime,
    /// Rebuilt from the hits in Analytics Engine.
    Engine,
    /// Rebuilt from Cloudflare's own analytics of the zone.
    Zone,
    /// Of several owners, from several sources.
    Mixed,
}

impl DaySource {
    pub fn of(one: ReportedSource, other: ReportedSource) -> Self {
        match one {
            _ if one != other => Self::Mixed,
            ReportedSource::Realtime => Self::Realtime,
            ReportedSource::Engine => Self::Engine,
            ReportedSource::Zone => Self::Zone,
        }
    }
}

/// Everything in a range.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Totals {
    pub requests: u64,
    pub bandwidth_bytes: u64,
    /// Answers that came from the cache.
    pub cache_hits: u64,
    /// Answers that the cache was asked for and did not have.
    pub cache_misses: u64,
}

/// The days that a report covers, both inclusive, in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct Range {
    #[schema(value_type = String, format = Date)]
    pub start: Date,
    #[schema(value_type = String, format = Date)]
    pub end: Date,
    pub days: u32,
}

impl From<&DateRange> for Range {
    fn from(range: &DateRange) -> Self {
        Self { start: range.start(), end: range.end(), days: range.days() }
    }
}

/// What D1 has added up for one day.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct StoredDay {
    pub date: Date,
    pub requests: u64,
    pub bandwidth_bytes: u64,
    pub cache_hits: u64,
    pub cache_misses: u64,
    /// The first and the last in the order of the alphabet: they differ when there are several.
    pub source: ReportedSource,
    pub last_source: ReportedSource,
    /// 1 when some of it was estimated.
    pub estimated: u8,
}

/// The totals, and one entry for every day of the range, also for those without requests.
pub fn series(range: &DateRange, stored: &[StoredDay]) -> (Totals, Vec<Day>) {
    let by_date: HashMap<Date, &StoredDay> = stored.iter().map(|day| (day.date, day)).collect();
    let mut totals = Totals::default();
    let daily = range
        .dates()
        .map(|date| {
            let Some(day) = by_date.get(&date) else {
                let source = DaySource::Realtime;
                return Day { date, requests: 0, bandwidth_bytes: 0, source, estimated: false };
            };
            totals.requests += day.requests;
            totals.bandwidth_bytes += day.bandwidth_bytes;
            totals.cache_hits += day.cache_hits;
            totals.cache_misses += day.cache_misses;
            Day {
                date,
                requests: day.requests,
                bandwidth_bytes: day.bandwidth_bytes,
                source: DaySource::of(day.source, day.last_source),
                estimated: day.estimated != 0,
            }
        })
        .collect();
    (totals, daily)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::date_range::RangeQuery;

    #[test]
    fn series_are_zero_filled() {
        let today = Date::parse("2026-03-01").unwrap();
        let query = RangeQuery { days: Some("3".into()), ..RangeQuery::default() };
        let range = DateRange::parse(&query, today, 90).unwrap();
        let stored = [StoredDay {
            date: today.minus(1),
            requests: 5,
            bandwidth_bytes: 7,
            cache_hits: 2,
            cache_misses: 3,
            source: ReportedSource::Engine,
            last_source: ReportedSource::Realtime,
            estimated: 1,
        }];
        let (totals, daily) = series(&range, &stored);
        assert_eq!(totals, Totals { requests: 5, bandwidth_bytes: 7, cache_hits: 2, cache_misses: 3 });
        assert_eq!(
            (daily[1].source, daily[1].estimated, daily[2].estimated),
            (DaySource::Mixed, true, false)
        );
        let days: Vec<_> = daily.iter().map(|day| (day.date.to_string(), day.requests)).collect();
        assert_eq!(days, [("2026-02-27".into(), 0), ("2026-02-28".into(), 5), ("2026-03-01".into(), 0)]);
    }
}
