//! The breakdown of a range by one dimension: the values that were kept of each day, and `(other)`, which is the total minus
//! those.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::about::About;
use super::csv::Csv;
use super::measures::{bytes_saved, hit_ratio, share};
use super::row::{Range, StoredRow};
use super::source::Source;
use crate::domain::asset_type::AssetType;
use crate::domain::comparison::ComparedDays;
use crate::domain::counters::Counters;
use crate::domain::dimension::Dimension;
use crate::domain::filter::Filter;
use crate::domain::own_hosts::OwnHosts;
use crate::domain::row_key::OTHER;

const COLUMNS: [&str; 14] = [
    "section",
    "value",
    "requests",
    "bandwidth_bytes",
    "name",
    "cache_hits",
    "cache_misses",
    "cache_hit_ratio",
    "bytes_saved",
    "share",
    "bandwidth_share",
    "operator",
    "class",
    "own",
];
/// Further ones of a report with a comparison. Where `(other)` may contain the value, they are empty.
const COMPARED_COLUMNS: [&str; 4] =
    ["current_requests", "current_bandwidth_bytes", "previous_requests", "previous_bandwidth_bytes"];

/// Order of a list, largest first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Sort {
    #[default]
    Requests,
    Bandwidth,
}

/// Why a text is not an order.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("sort must be requests or bandwidth, not {0:?}.")]
pub struct SortError(String);

impl Sort {
    /// # Errors
    ///
    /// [`SortError`], which names what is allowed.
    pub fn parse(text: &str) -> Result<Self, SortError> {
        match text {
            "requests" => Ok(Self::Requests),
            "bandwidth" => Ok(Self::Bandwidth),
            _ => Err(SortError(text.chars().take(40).collect())),
        }
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Requests => "requests",
            Self::Bandwidth => "bandwidth",
        }
    }
}

/// A value as D1 has added it up, with what all values of the dimension have together.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct StoredValue {
    #[serde(flatten)]
    pub row: StoredRow,
    /// Of `(other)`: see `analytics_breakdown_daily`.
    pub undercount: u64,
    pub all_requests: u64,
    pub all_bandwidth_bytes: u64,
    pub all_cache_hits: u64,
    pub all_cache_misses: u64,
    pub all_source_bytes: u64,
    pub all_values: u64,
}

impl StoredValue {
    /// What all values have together, `(other)` not among them.
    pub fn all(&self) -> Counters {
        Counters {
            requests: self.all_requests,
            bandwidth_bytes: self.all_bandwidth_bytes,
            cache_hits: self.all_cache_hits,
            cache_misses: self.all_cache_misses,
            source_bytes: self.all_source_bytes,
        }
    }

    pub fn is_other(&self) -> bool {
        self.row.value == OTHER
    }
}

/// `GET /v1/analytics/breakdown/{dimension}`
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Breakdown {
    /// `owner` is possible with `owner=*`.
    pub dimension: &'static str,
    pub range: Range,
    /// All values with `(other)`. The totals of `image`, `video` and `other` are those of that media type.
    pub totals: Measures,
    pub sort: Sort,
    pub limit: u32,
    pub offset: u32,
    /// Number of values on all pages.
    pub values: u64,
    pub rows: Vec<ValueRow>,
    pub other: Other,
    /// Only in a filtered report.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub filters: Option<Vec<Filter>>,
    /// Only in a filtered or complete report.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<Source>,
    /// Only with `compare`: the days of `current` and `previous` in each row. Null when no days can be compared.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comparison: Option<Option<ComparedRanges>>,
    /// Why `comparison` is null.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comparison_reason: Option<String>,
}

/// The complete days of a breakdown, and their counterparts in the previous period, without today and days before the first data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct ComparedRanges {
    pub current: Range,
    pub previous: Range,
}

impl From<&ComparedDays> for ComparedRanges {
    fn from(days: &ComparedDays) -> Self {
        Self { current: (&days.current).into(), previous: (&days.previous).into() }
    }
}

/// Traffic of a value, or of several together.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, ToSchema)]
pub struct Amounts {
    pub requests: u64,
    pub bandwidth_bytes: u64,
    pub cache_hits: u64,
    pub cache_misses: u64,
    /// Share of cache lookups that were hits, 0 to 1; null without lookups.
    pub cache_hit_ratio: Option<f64>,
    /// Size of the originals minus the bytes sent; below 0 when more was sent.
    pub bytes_saved: i64,
}

impl From<&Counters> for Amounts {
    fn from(counters: &Counters) -> Self {
        Self {
            requests: counters.requests,
            bandwidth_bytes: counters.bandwidth_bytes,
            cache_hits: counters.cache_hits,
            cache_misses: counters.cache_misses,
            cache_hit_ratio: hit_ratio(counters),
            bytes_saved: bytes_saved(counters),
        }
    }
}

/// Traffic and its share of the totals.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, ToSchema)]
pub struct Measures {
    #[serde(flatten)]
    pub amounts: Amounts,
    /// Share of the total requests, 0 to 1.
    pub share: Option<f64>,
    /// Share of the total bandwidth, 0 to 1.
    pub bandwidth_share: Option<f64>,
}

impl Measures {
    pub fn new(counters: &Counters, totals: &Counters) -> Self {
        Self {
            amounts: counters.into(),
            share: share(counters.requests, totals.requests),
            bandwidth_share: share(counters.bandwidth_bytes, totals.bandwidth_bytes),
        }
    }

    /// A line of the CSV.
    fn record(&self, section: &str, value: &str, about: About) -> Vec<String> {
        let ratio = |ratio: Option<f64>| ratio.map(|ratio| ratio.to_string()).unwrap_or_default();
        let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
        vec![
            section.to_owned(),
            value.to_owned(),
            self.amounts.requests.to_string(),
            self.amounts.bandwidth_bytes.to_string(),
            text(about.name),
            self.amounts.cache_hits.to_string(),
            self.amounts.cache_misses.to_string(),
            ratio(self.amounts.cache_hit_ratio),
            self.amounts.bytes_saved.to_string(),
            ratio(self.share),
            ratio(self.bandwidth_share),
            text(about.operator),
            text(about.class),
            about.own.map(|own| own.to_string()).unwrap_or_default(),
        ]
    }
}

/// One value.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ValueRow {
    pub value: String,
    #[serde(flatten)]
    pub about: About,
    #[serde(flatten)]
    pub measures: Measures,
    /// Only with a `comparison`: traffic on its current days; null when `(other)` may contain requests of this value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub current: Option<Option<Amounts>>,
    /// Traffic on its previous days.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub previous: Option<Option<Amounts>>,
}

/// Traffic of some values on some days.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PeriodValues {
    pub values: Vec<StoredRow>,
    /// A value that is not among them has 0; otherwise `(other)` may contain it.
    pub is_complete: bool,
}

impl PeriodValues {
    /// From the values that were kept, `(other)` among them, of what `totals` has.
    pub fn kept(stored: Vec<StoredValue>, totals: &Counters) -> Self {
        let kept = stored.first().map(StoredValue::all).unwrap_or_default();
        let values = stored.into_iter().filter(|it| !it.is_other()).map(|it| it.row).collect();
        Self { values, is_complete: totals.less(&kept).requests == 0 }
    }

    fn amounts(&self, value: &str) -> Option<Amounts> {
        let found = self.values.iter().find(|row| row.value == value).map(StoredRow::counters);
        found.or_else(|| self.is_complete.then(Counters::default)).as_ref().map(Amounts::from)
    }
}

/// Traffic in no row of any page: smaller values combined, and requests without this dimension.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Other {
    #[serde(flatten)]
    pub measures: Measures,
    /// Most requests that a single value can have in here, listed or not.
    pub largest_undercount: u64,
}

/// How a page was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page {
    pub sort: Sort,
    pub limit: u32,
    pub offset: u32,
}

impl Page {
    /// The first values, the largest by requests.
    pub fn first(count: usize) -> Self {
        Self { sort: Sort::Requests, limit: u32::try_from(count).unwrap_or(u32::MAX), offset: 0 }
    }
}

impl Breakdown {
    /// `stored` are the page's values and `(other)`; `totals` is what the dimension has altogether.
    pub fn new(
        dimension: Dimension,
        range: Range,
        page: Page,
        totals: Counters,
        stored: Vec<StoredValue>,
    ) -> Self {
        let about = |value: &str| About::of(dimension, value);
        Self::explained(dimension.as_str(), about, range, page, totals, stored)
    }

    /// By owner, of whom all are kept.
    pub fn of_owners(range: Range, page: Page, stored: Vec<StoredValue>) -> Self {
        let totals = stored.first().map(StoredValue::all).unwrap_or_default();
        Self::explained("owner", |_| About::default(), range, page, totals, stored)
    }

    fn explained(
        dimension: &'static str,
        about: impl Fn(&str) -> About,
        range: Range,
        page: Page,
        totals: Counters,
        stored: Vec<StoredValue>,
    ) -> Self {
        let kept = stored.first().map(StoredValue::all).unwrap_or_default();
        let values = stored.first().map(|it| it.all_values).unwrap_or_default();
        let other = totals.less(&kept);
        let closed = stored.iter().find(|it| it.is_other());
        let largest_undercount =
            undercount(other.requests, closed.map(|it| (it.row.requests, it.undercount)));
        let rows = stored.into_iter().filter(|it| !it.is_other()).map(|it| {
            let measures = Measures::new(&it.row.counters(), &totals);
            ValueRow {
                about: about(&it.row.value),
                value: it.row.value,
                measures,
                current: None,
                previous: None,
            }
        });
        Self {
            dimension,
            range,
            totals: Measures::new(&totals, &totals),
            sort: page.sort,
            limit: page.limit,
            offset: page.offset,
            values,
            rows: rows.collect(),
            other: Other { measures: Measures::new(&other, &totals), largest_undercount },
            filters: None,
            source: None,
            comparison: None,
            comparison_reason: None,
        }
    }

    /// Says of each referrer whether it is the owner's own.
    pub fn mark_own(&mut self, own: &OwnHosts) {
        if self.dimension == Dimension::Referrer.as_str() {
            self.rows.iter_mut().for_each(|row| row.about.mark_own(&row.value, own));
        }
    }

    /// Adds the days before to each row. `current` is `None` when all days of the report are compared.
    pub fn compare(&mut self, days: &ComparedDays, current: Option<&PeriodValues>, previous: &PeriodValues) {
        for row in &mut self.rows {
            row.current = Some(match current {
                Some(current) => current.amounts(&row.value),
                None => Some(row.measures.amounts),
            });
            row.previous = Some(previous.amounts(&row.value));
        }
        self.comparison = Some(Some(days.into()));
    }

    /// The rows of the page, and `(other)`.
    pub fn csv(&self) -> String {
        let compared: &[&str] =
            if matches!(self.comparison, Some(Some(_))) { &COMPARED_COLUMNS } else { &[] };
        let mut csv = Csv::new(&[&COLUMNS[..], compared].concat());
        csv.provenance(self.filters.as_deref(), self.source.as_ref());
        for row in &self.rows {
            let mut record = row.measures.record(self.dimension, &row.value, row.about);
            for amounts in [row.current, row.previous].into_iter().flatten() {
                let field = |field: fn(&Amounts) -> u64| amounts.as_ref().map(|it| field(it).to_string());
                let fields = [field(|it| it.requests), field(|it| it.bandwidth_bytes)];
                record.extend(fields.map(Option::unwrap_or_default));
            }
            csv.record(&record);
        }
        csv.record(&self.other.measures.record(self.dimension, OTHER, About::default()));
        csv.finish()
    }
}

/// What a dimension has altogether, from how much was image, video and other.
pub fn totals(dimension: Dimension, asset_types: &[StoredValue]) -> Counters {
    let kind = AssetType::of_dimension(dimension);
    let counts = asset_types.iter().filter(|it| kind.is_none_or(|kind| it.row.value == kind.as_str()));
    counts.map(|it| it.row.counters()).sum()
}

/// The most requests that one value can have in `other`, which has so many: of days that are closed (`closed`: their
/// `(other)`, and its undercount) the largest that was not kept, of the others all.
pub fn undercount(other: u64, closed: Option<(u64, u64)>) -> u64 {
    let (of_closed, most) = closed.unwrap_or_default();
    other.saturating_sub(of_closed) + most.min(of_closed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::date::Date;

    fn stored(value: &str, requests: u64, undercount: u64, all: u64) -> StoredValue {
        let row = StoredRow {
            value: value.into(),
            requests,
            bandwidth_bytes: 10 * requests,
            cache_hits: requests,
            cache_misses: 0,
            source_bytes: 0,
        };
        StoredValue {
            row,
            undercount,
            all_requests: all,
            all_bandwidth_bytes: 10 * all,
            all_cache_hits: all,
            all_cache_misses: 0,
            all_source_bytes: 0,
            all_values: 7,
        }
    }

    #[test]
    fn other_is_the_total_minus_the_kept_values() {
        let day = Date::parse("2026-11-20").unwrap();
        let range = Range { start: day, end: day, days: 1 };
        let page = Page { sort: Sort::Requests, limit: 1, offset: 0 };
        let totals = Counters { requests: 100, bandwidth_bytes: 1000, ..Counters::default() };
        let stored = vec![stored("DE", 50, 0, 80), stored(OTHER, 15, 4, 80)];
        let report = Breakdown::new(Dimension::Country, range, page, totals, stored);
        assert_eq!((report.rows.len(), report.rows[0].measures.share, report.values), (1, Some(0.5), 7));
        assert_eq!(
            (report.other.measures.amounts.requests, report.other.measures.amounts.bandwidth_bytes),
            (20, 200)
        );
        assert_eq!(report.other.largest_undercount, 5 + 4);
        assert!(
            report
                .csv()
                .contains("\r\ncountry,DE,50,500,Germany,50,0,1,-500,0.5,0.5,,,\r\ncountry,(other),20,200,,")
        );
    }

    #[test]
    fn rows_say_what_their_values_are() {
        let day = Date::parse("2026-11-20").unwrap();
        let page = Page { sort: Sort::Requests, limit: 2, offset: 0 };
        let range = Range { start: day, end: day, days: 1 };
        let report = |dimension, values: [&str; 2]| {
            let rows = values.map(|value| stored(value, 10, 0, 20)).to_vec();
            let mut report = Breakdown::new(dimension, range, page, Counters::default(), rows);
            report.mark_own(&OwnHosts::parse("example.com").unwrap());
            let fields = |row: &ValueRow| {
                let json = serde_json::to_value(row).unwrap();
                ["operator", "class", "own"]
                    .map(|field| json.get(field).map(ToString::to_string).unwrap_or_default())
            };
            let lines = report.csv();
            (report.rows.iter().map(fields).collect::<Vec<_>>(), lines)
        };
        let (rows, csv) = report(Dimension::Crawler, ["GPTBot", "(none)"]);
        assert_eq!(rows, [["\"OpenAI\"", "\"ai\"", ""], ["", "", ""]]);
        assert!(csv.contains("\r\ncrawler,GPTBot,10,100,,10,0,1,-100,,,OpenAI,ai,\r\n"), "{csv}");
        let (rows, csv) = report(Dimension::Referrer, ["www.example.com", "N/A"]);
        assert_eq!(rows, [["", "", "true"], ["", "", "false"]]);
        assert!(csv.contains("\r\nreferrer,www.example.com,10,100,,10,0,1,-100,,,,,true\r\n"), "{csv}");
    }

    #[test]
    fn nothing_has_no_shares() {
        let day = Date::parse("2026-11-20").unwrap();
        let page = Page { sort: Sort::Bandwidth, limit: 1, offset: 0 };
        let range = Range { start: day, end: day, days: 1 };
        let report = Breakdown::new(Dimension::Os, range, page, Counters::default(), Vec::new());
        assert_eq!((report.rows, report.values, report.totals.share), (vec![], 0, None));
        assert_eq!((report.other.measures.amounts.requests, report.other.largest_undercount), (0, 0));
    }
}
