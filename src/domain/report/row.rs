//! The shapes that all reports share.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::measures::{Rating, bytes_saved, hit_ratio, share};
use crate::domain::counters::{Counters, sum_of};
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

/// One value of a dimension, as D1 has added it up.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct StoredRow {
    pub value: String,
    pub requests: u64,
    pub bandwidth_bytes: u64,
    pub cache_hits: u64,
    pub cache_misses: u64,
    pub source_bytes: u64,
}

impl StoredRow {
    pub fn new(value: String, counters: Counters) -> Self {
        let Counters { requests, bandwidth_bytes, cache_hits, cache_misses, source_bytes } = counters;
        Self { value, requests, bandwidth_bytes, cache_hits, cache_misses, source_bytes }
    }

    pub fn counters(&self) -> Counters {
        let Self { requests, bandwidth_bytes, cache_hits, cache_misses, source_bytes, .. } = *self;
        Counters { requests, bandwidth_bytes, cache_hits, cache_misses, source_bytes }
    }
}

impl From<StoredRow> for Row {
    fn from(row: StoredRow) -> Self {
        Self { value: row.value, requests: row.requests, bandwidth_bytes: row.bandwidth_bytes }
    }
}

/// One UTC day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Day {
    #[schema(value_type = String, format = Date)]
    pub date: Date,
    pub requests: u64,
    pub bandwidth_bytes: u64,
    pub cache_hits: u64,
    pub cache_misses: u64,
    /// Responses with status 400 or higher.
    pub errors: u64,
    /// Requests by search and AI crawlers: `search` and `ai` in `bot`, and the rows of these classes in `crawler`. Null where
    /// they aren't known: for one file, under a filter that D1 answers, and on days that are estimated from Cloudflare zone
    /// analytics.
    pub crawler_requests: Option<u64>,
    /// Size of the originals minus the bytes sent; below 0 when more was sent.
    pub bytes_saved: i64,
    pub source: DaySource,
    /// Estimated from samples, or its bytes by Cloudflare's edge.
    pub estimated: bool,
}

/// The source of a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum DaySource {
    /// Counted in real time.
    Realtime,
    /// Restored from Analytics Engine.
    Engine,
    /// Estimated from Cloudflare zone analytics.
    Zone,
    /// Several owners, from several sources.
    Mixed,
}

impl DaySource {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Realtime => "realtime",
            Self::Engine => "engine",
            Self::Zone => "zone",
            Self::Mixed => "mixed",
        }
    }

    pub fn of(one: ReportedSource, other: ReportedSource) -> Self {
        match one {
            _ if one != other => Self::Mixed,
            ReportedSource::Realtime => Self::Realtime,
            ReportedSource::Engine => Self::Engine,
            ReportedSource::Zone => Self::Zone,
        }
    }
}

/// Traffic in a range.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, ToSchema)]
pub struct Totals {
    pub requests: u64,
    pub bandwidth_bytes: u64,
    /// Responses from the cache.
    pub cache_hits: u64,
    /// Cache lookups without a hit.
    pub cache_misses: u64,
    /// Share of cache lookups that were hits, 0 to 1; null without lookups.
    pub cache_hit_ratio: Option<f64>,
    /// `excellent` above 0.9, `good` above 0.8.
    pub cache_rating: Option<Rating>,
    /// Size of the originals minus the bytes sent; below 0 when more was sent.
    pub bytes_saved: i64,
    /// Responses with status 400 or higher.
    pub errors: u64,
    pub error_rate: Option<f64>,
    /// Requests by search and AI crawlers: `search` and `ai` in `bot`, and the rows of these classes in `crawler`. Days without
    /// crawler data are left out; null if none has any.
    pub crawler_requests: Option<u64>,
    pub crawler_bandwidth_bytes: Option<u64>,
    /// Share of the requests on days with crawler data, 0 to 1.
    pub crawler_share: Option<f64>,
}

impl Totals {
    /// Of some days, each once.
    pub fn of_days(days: &[StoredDay]) -> Self {
        Self::of(&days.iter().collect::<Vec<_>>())
    }

    fn of(days: &[&StoredDay]) -> Self {
        let sum = |field: fn(&StoredDay) -> u64| days.iter().map(|day| field(day)).fold(0, sum_of);
        let told: Vec<_> = days.iter().filter(|day| day.crawler_requests.is_some()).collect();
        let is_told = !told.is_empty() || days.is_empty();
        let known = |field: fn(&StoredDay) -> Option<u64>| {
            is_told.then(|| told.iter().filter_map(|day| field(day)).fold(0, sum_of))
        };
        let counters = Counters {
            requests: sum(|day| day.requests),
            bandwidth_bytes: sum(|day| day.bandwidth_bytes),
            cache_hits: sum(|day| day.cache_hits),
            cache_misses: sum(|day| day.cache_misses),
            source_bytes: sum(|day| day.source_bytes),
        };
        let (errors, crawler_requests) = (sum(|day| day.errors), known(|day| day.crawler_requests));
        let ratio = hit_ratio(&counters);
        Self {
            requests: counters.requests,
            bandwidth_bytes: counters.bandwidth_bytes,
            cache_hits: counters.cache_hits,
            cache_misses: counters.cache_misses,
            cache_hit_ratio: ratio,
            cache_rating: ratio.map(Rating::of),
            bytes_saved: bytes_saved(&counters),
            errors,
            error_rate: share(errors, counters.requests),
            crawler_requests,
            crawler_bandwidth_bytes: known(|day| day.crawler_bandwidth_bytes),
            crawler_share: crawler_requests
                .and_then(|requests| share(requests, told.iter().map(|day| day.requests).fold(0, sum_of))),
        }
    }
}

/// UTC days, both inclusive.
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
    pub source_bytes: u64,
    pub errors: u64,
    /// `None` where nothing tells it.
    #[serde(default)]
    pub crawler_requests: Option<u64>,
    #[serde(default)]
    pub crawler_bandwidth_bytes: Option<u64>,
    /// The first and the last in the order of the alphabet: they differ when there are several.
    pub source: ReportedSource,
    pub last_source: ReportedSource,
    /// 1 when some of it was estimated.
    pub estimated: u8,
}

impl StoredDay {
    pub fn counters(&self) -> Counters {
        let Self { requests, bandwidth_bytes, cache_hits, cache_misses, source_bytes, .. } = *self;
        Counters { requests, bandwidth_bytes, cache_hits, cache_misses, source_bytes }
    }
}

impl From<&StoredDay> for Day {
    fn from(day: &StoredDay) -> Self {
        Self {
            date: day.date,
            requests: day.requests,
            bandwidth_bytes: day.bandwidth_bytes,
            cache_hits: day.cache_hits,
            cache_misses: day.cache_misses,
            errors: day.errors,
            crawler_requests: day.crawler_requests,
            bytes_saved: bytes_saved(&day.counters()),
            source: DaySource::of(day.source, day.last_source),
            estimated: day.estimated != 0,
        }
    }
}

/// What some days have together.
pub fn sum(days: &[StoredDay]) -> Counters {
    days.iter().fold(Counters::default(), |mut sum, day| {
        sum.add(&day.counters());
        sum
    })
}

/// The totals, and one entry for every day of the range, also for those without requests.
pub fn series(range: &DateRange, stored: &[StoredDay]) -> (Totals, Vec<Day>) {
    let by_date: HashMap<Date, &StoredDay> = stored.iter().map(|day| (day.date, day)).collect();
    let found: Vec<&StoredDay> = range.dates().filter_map(|date| by_date.get(&date).copied()).collect();
    let nothing = |date| Day {
        date,
        requests: 0,
        bandwidth_bytes: 0,
        cache_hits: 0,
        cache_misses: 0,
        errors: 0,
        crawler_requests: (found.is_empty() || found.iter().any(|day| day.crawler_requests.is_some()))
            .then_some(0),
        bytes_saved: 0,
        source: DaySource::Realtime,
        estimated: false,
    };
    let day = |date| by_date.get(&date).map_or_else(|| nothing(date), |day| Day::from(*day));
    (Totals::of(&found), range.dates().map(day).collect())
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
            source_bytes: 17,
            errors: 1,
            crawler_requests: Some(2),
            crawler_bandwidth_bytes: Some(4),
            source: ReportedSource::Engine,
            last_source: ReportedSource::Realtime,
            estimated: 1,
        }];
        let (totals, daily) = series(&range, &stored);
        assert_eq!(
            totals,
            Totals {
                requests: 5,
                bandwidth_bytes: 7,
                cache_hits: 2,
                cache_misses: 3,
                cache_hit_ratio: Some(0.4),
                cache_rating: Some(Rating::Poor),
                bytes_saved: 10,
                errors: 1,
                error_rate: Some(0.2),
                crawler_requests: Some(2),
                crawler_bandwidth_bytes: Some(4),
                crawler_share: Some(0.4),
            }
        );
        assert_eq!(
            (daily[1].source, daily[1].estimated, daily[2].estimated),
            (DaySource::Mixed, true, false)
        );
        let days: Vec<_> = daily.iter().map(|day| (day.date.to_string(), day.requests)).collect();
        assert_eq!(days, [("2026-02-27".into(), 0), ("2026-02-28".into(), 5), ("2026-03-01".into(), 0)]);
    }
}
