//! The overview: what was served to whom in a range of days, on one page.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::about::About;
use super::breakdown::undercount;
use super::csv::Csv;
use super::hours::Hour;
use super::row::{Day, Range, Row, TOP, Totals};
use super::source::Source;
use crate::domain::asset_type::AssetType;
use crate::domain::date::Date;
use crate::domain::dimension::Dimension;
use crate::domain::filter::Filter;
use crate::domain::own_hosts::OwnHosts;
use crate::domain::row_key::OTHER;

/// `GET /v1/analytics/overview`
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Overview {
    pub range: Range,
    pub totals: Totals,
    /// Every day of the range, oldest first.
    pub daily: Vec<Day>,
    /// Every hour that has begun, oldest first. Only with `interval=hour`, like the next field.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hourly: Option<Vec<Hour>>,
    /// Requests without a known hour, such as those of days that are estimated from Cloudflare zone analytics.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hourly_unassigned_requests: Option<u64>,
    #[schema(value_type = std::collections::HashMap<String, Vec<TopRow>>)]
    pub top: Top,
    /// By dimension: most requests that a single value can have outside the rows of the breakdown; 0 where every value is kept.
    /// The breakdown lists values beyond these ten. A filtered report adds `source.error`.
    pub largest_undercount: BTreeMap<&'static str, u64>,
    /// Only in a filtered report, like the next fields.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub filters: Option<Vec<Filter>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<Source>,
    /// Dimensions without a list in `top`, because the source can't combine them with the filters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unlisted: Option<Vec<Dimension>>,
    /// Why dimensions are unlisted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unlisted_reason: Option<&'static str>,
    pub freshness: Freshness,
    /// Only with `compare`; null when the previous period is older than the data we keep.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comparison: Option<Option<Comparison>>,
    /// Why `comparison` is null.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comparison_reason: Option<String>,
}

/// One of the largest values of a dimension, as D1 has added it up.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct StoredTop {
    pub dimension: Dimension,
    #[serde(flatten)]
    pub row: Row,
    /// Of `(other)`: see `analytics_breakdown_daily`.
    pub undercount: u64,
    /// By requests, from 1; `(other)` comes last.
    pub place: u32,
    /// Of all values of the dimension together, `(other)` not among them.
    pub all_requests: u64,
}

impl StoredTop {
    fn is_other(&self) -> bool {
        self.row.value == OTHER
    }
}

/// The largest values of each dimension by requests, at most ten each, and what these lists may lack.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Top {
    /// By dimension; `owner` is one of them when all owners are asked for together.
    #[serde(flatten)]
    pub lists: BTreeMap<&'static str, Vec<TopRow>>,
}

/// One value of a dimension.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct TopRow {
    #[serde(flatten)]
    pub row: Row,
    #[serde(flatten)]
    pub about: About,
}

impl TopRow {
    pub fn new(dimension: Dimension, row: Row) -> Self {
        Self { about: About::of(dimension, &row.value), row }
    }
}

impl Top {
    /// Says of each referrer whether it is the owner's own.
    pub fn mark_own(&mut self, own: &OwnHosts) {
        for TopRow { row, about } in self.lists.get_mut(Dimension::Referrer.as_str()).into_iter().flatten() {
            about.mark_own(&row.value, own);
        }
    }
}

/// The lists of an overview by some dimensions, and the largest possible undercount of each, in requests.
pub fn lists(
    stored: &[StoredTop],
    totals: &Totals,
    dimensions: impl Iterator<Item = Dimension>,
) -> (Top, BTreeMap<&'static str, u64>) {
    let (mut top, mut undercounts) = (Top::default(), BTreeMap::new());
    for dimension in dimensions {
        let of_dimension = stored.iter().filter(|it| it.dimension == dimension);
        let (other, values): (Vec<_>, Vec<_>) = of_dimension.partition(|it| it.is_other());
        let total = match AssetType::of_dimension(dimension) {
            Some(kind) => requests_of(stored, Dimension::AssetType, kind.as_str()),
            None => totals.requests,
        };
        let closed = other.first().map(|it| (it.row.requests, it.undercount));
        let listed = values.first().map_or(0, |it| it.all_requests);
        undercounts.insert(dimension.as_str(), undercount(total.saturating_sub(listed), closed));
        let is_listed = |it: &&&StoredTop| dimension.lists(&it.row.value);
        let row = |it: &&StoredTop| TopRow::new(dimension, it.row.clone());
        top.lists.insert(
            dimension.as_str(),
            values.iter().filter(is_listed).take(TOP as usize).map(row).collect(),
        );
    }
    (top, undercounts)
}

fn requests_of(stored: &[StoredTop], dimension: Dimension, value: &str) -> u64 {
    let found = stored.iter().find(|it| it.dimension == dimension && it.row.value == value);
    found.map_or(0, |it| it.row.requests)
}

/// The previous period.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Comparison {
    pub range: Range,
    pub totals: Totals,
    pub daily: Vec<Day>,
    /// Every hour that has begun, oldest first. Only with `interval=hour`, like the next field.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hourly: Option<Vec<Hour>>,
    /// Requests without a known hour, such as those of days that are estimated from Cloudflare zone analytics.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hourly_unassigned_requests: Option<u64>,
}

/// How current and complete the data is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Freshness {
    /// RFC 3339, UTC.
    pub generated_at: String,
    pub realtime_enabled: bool,
    /// The last finalised day.
    #[schema(value_type = Option<String>, format = Date)]
    pub last_aggregation_date: Option<Date>,
    /// The most requests of all owners that real-time counting can have missed in this range, because the aggregator or D1 was
    /// too slow or unavailable.
    pub uncounted_requests: u64,
}

impl Overview {
    pub fn new(
        range: Range,
        (totals, daily): (Totals, Vec<Day>),
        (top, largest_undercount): (Top, BTreeMap<&'static str, u64>),
        freshness: Freshness,
    ) -> Self {
        Self {
            range,
            totals,
            daily,
            hourly: None,
            hourly_unassigned_requests: None,
            top,
            largest_undercount,
            filters: None,
            source: None,
            unlisted: None,
            unlisted_reason: None,
            freshness,
            comparison: None,
            comparison_reason: None,
        }
    }

    /// The days, the largest values of each dimension, and the days before.
    pub fn csv(&self) -> String {
        let mut csv = Csv::report(&self.daily);
        for hour in self.hourly.iter().flatten() {
            hour.csv(&mut csv);
        }
        csv.provenance(self.filters.as_deref(), self.source.as_ref());
        for (dimension, rows) in &self.top.lists {
            csv.rows(dimension, rows.iter().map(|it| (&it.row, it.about)));
        }
        if let Some(Some(Comparison { daily, .. })) = &self.comparison {
            csv.days("comparison_daily", daily);
        }
        csv.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::date::Date;
    use crate::domain::date_range::{DateRange, RangeQuery};
    use crate::domain::privacy::Privacy;
    use crate::domain::report::row::series;

    fn stored(dimension: Dimension, value: &str, requests: u64, undercount: u64, all: u64) -> StoredTop {
        let row = Row { value: value.into(), requests, bandwidth_bytes: 10 * requests };
        StoredTop { dimension, row, undercount, place: if value == OTHER { 3 } else { 1 }, all_requests: all }
    }

    /// 1,000 requests: 700 are told by country, 290 are (other) of closed days, 10 were left out of an open one.
    #[test]
    fn what_a_list_may_lack_is_closed_and_open() {
        let today = Date::parse("2026-11-20").unwrap();
        let range = DateRange::parse(&RangeQuery::default(), today, 90).unwrap();
        let totals = Totals { requests: 1_000, ..series(&range, &[]).0 };
        let stored = [
            stored(Dimension::Country, "DE", 600, 0, 700),
            stored(Dimension::Country, OTHER, 290, 4, 700),
            stored(Dimension::Os, "Linux", 1_000, 0, 1_000),
        ];
        let (top, undercounts) = lists(&stored, &totals, Dimension::listed(Privacy::Standard));
        let countries: Vec<_> = top.lists["country"].iter().map(|it| &*it.row.value).collect();
        assert_eq!(countries, ["DE"]);
        assert_eq!([undercounts["country"], undercounts["os"], undercounts["device"]], [14, 0, 1_000]);
        assert!(!top.lists.contains_key("ip"));
        let (top, _) = lists(&stored, &totals, Dimension::listed(Privacy::Full));
        assert!(top.lists.contains_key("ip"));
    }
}
