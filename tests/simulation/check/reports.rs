//! The product's reports over several days.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use futures_util::FutureExt;
use pixtally::domain::date::Date;
use pixtally::domain::date_range::{DateRange, RangeQuery};
use pixtally::domain::dimension::Dimension;
use pixtally::domain::image_id::ImageId;
use pixtally::domain::owner::OwnerId;
use pixtally::domain::privacy::Privacy;
use pixtally::domain::report::overview::{TopRow, lists};
use pixtally::domain::report::row::{Row, TOP, series};
use pixtally::domain::row_key::{Combination, OTHER, RowKey};
use pixtally::store::reports;

use super::breakdowns::{Source, dimensions};
use super::reported::Reported;
use crate::database::Direct;
use crate::ledger::{OwnerDay, Rows, Sum, plus, total};
use crate::world::World;

/// Every report of an owner shows the same rows, added up another way.
pub fn agree(world: &World, days: &BTreeMap<OwnerDay, Reported>) {
    let owner = world.random.pick(&world.owners);
    let Some(range) = kept_days(world) else { return };
    let is_shown = |(of, date): &OwnerDay| *of == owner && range.dates().any(|day| day == *date);
    let days: BTreeMap<OwnerDay, &Reported> =
        days.iter().filter(|(day, _)| is_shown(day)).map(|(day, it)| (*day, it)).collect();
    overview(world, owner, &range, &days);
    let rows = days.values().flat_map(|day| day.rows.iter().map(|(key, it)| (key.clone(), *it))).collect();
    image(world, owner, &range, rows);
}

fn overview(world: &World, owner: OwnerId, range: &DateRange, days: &BTreeMap<OwnerDay, &Reported>) {
    let (db, owners) = (Direct(&world.server), [owner.to_string()]);
    let stored = now(reports::overview(&db, &owners, range, true)).expect("an overview");
    let (totals, daily) = series(range, &stored.days);
    for day in &daily {
        let expected = days.get(&(owner, day.date));
        let rows = expected.map(|it| total(it.rows.values())).unwrap_or_default();
        let shown = (day.requests, day.bandwidth_bytes, day.cache_hits, day.cache_misses);
        let what = format!("the overview's {} of {owner}", day.date);
        assert_eq!(
            shown,
            (rows.requests, rows.bandwidth_bytes, rows.cache_hits, rows.cache_misses),
            "{what}"
        );
        assert_eq!(day.bytes_saved, rows.source_bytes as i64 - rows.bandwidth_bytes as i64, "{what}");
        let failed = expected.map_or(0, |it| {
            let failed = it.rows.iter().filter(|(key, _)| key.combination.is_failed());
            total(failed.map(|(_, counters)| counters)).requests
        });
        assert_eq!(day.errors, failed, "{what}: errors");
    }
    let sources = days.iter().map(|(day, it)| Source::of(world, *day, it)).collect::<Vec<_>>();
    let (top, undercounts) = lists(&stored.top, &totals, Dimension::listed(Privacy::Full));
    for dimension in dimensions(world).filter(|it| *it != Dimension::Hour) {
        let name = dimension.as_str();
        same_list(dimension, &top.lists[name], undercounts[name], &sources);
    }
    let all: Sum = (totals.requests, totals.bandwidth_bytes);
    let expected = if all == (0, 0) { BTreeMap::new() } else { BTreeMap::from([(owner.to_string(), all)]) };
    same_values("owners", &stored.owners, expected);
}

/// A list tells no value more than the sources have, nothing that is missing is larger than it says, and where every
/// value was kept it is exact.
fn same_list(dimension: Dimension, list: &[TopRow], undercount: u64, sources: &[Source]) {
    let mut expected: BTreeMap<&str, Sum> = BTreeMap::new();
    for source in sources {
        for (value, counters) in source.details.of_dimension(dimension) {
            plus(&mut expected, value, (counters.requests, counters.bandwidth_bytes));
        }
    }
    expected.retain(|value, _| dimension.lists(value));
    let what = format!("the overview's list of {dimension}: {list:?}, {undercount}, of {expected:?}");
    let left_out: u64 = sources.iter().map(Source::may_lack).sum();
    let mut unlisted = expected.clone();
    for row in list.iter().map(|it| &it.row) {
        let (requests, bytes) = unlisted.remove(&*row.value).unwrap_or_default();
        assert!(
            row.requests <= requests && row.bandwidth_bytes <= bytes,
            "{what}: more than the truth of {row:?}"
        );
        assert!(requests - row.requests <= undercount + left_out, "{what}: an undercount of {row:?}");
    }
    let least = list.get(TOP as usize - 1).map_or(0, |it| it.row.requests);
    for (value, (requests, _)) in unlisted {
        assert!(requests <= least + undercount + left_out, "{what}: {value} is missing");
    }
    if sources.iter().all(|source| source.has_all(dimension)) {
        let mut exact: Vec<_> = expected.into_iter().collect();
        exact.sort_by_key(|(value, (requests, bytes))| (Reverse((*requests, *bytes)), *value));
        exact.truncate(TOP as usize);
        let shown: Vec<_> =
            list.iter().map(|it| (&*it.row.value, (it.row.requests, it.row.bandwidth_bytes))).collect();
        assert_eq!((shown, undercount), (exact, 0), "{what}");
    }
}

fn image(world: &World, owner: OwnerId, range: &DateRange, rows: Rows) {
    let Some(image) = rows.keys().find_map(|key| ImageId::parse(&key.combination.image_id).ok()) else {
        return;
    };
    let of_image = |key: &RowKey| key.combination.image_id == image.as_str();
    let rows: Rows = rows.into_iter().filter(|(key, _)| of_image(key)).collect();
    let shown = now(reports::image(&Direct(&world.server), owner, &image, range)).expect("a report");
    let told = |value: fn(&Combination) -> String| {
        sums(&rows, |RowKey { combination, .. }| match combination.is_exact() {
            true => value(combination),
            false => OTHER.to_owned(),
        })
    };
    same_values("an image's variants", &shown.variant, told(|it| it.variant.clone()));
    same_values("an image's countries", &shown.country, told(|it| it.country.to_string()));
    same_values("an image's statuses", &shown.status, told(|it| it.status.to_string()));
    let by_date: BTreeMap<String, Sum> = sums(&rows, |key| key.date.to_string());
    let shown = shown.days.iter().map(|day| (day.date.to_string(), (day.requests, day.bandwidth_bytes)));
    assert_eq!(shown.collect::<BTreeMap<_, _>>(), by_date, "an image's days");
}

pub fn now<T>(report: impl Future<Output = T>) -> T {
    report.now_or_never().expect("at once")
}

/// The days until today that are not purged.
fn kept_days(world: &World) -> Option<DateRange> {
    let (ledger, today) = (world.ledger.borrow(), Date::at(world.now()));
    let mut first = world.profile.start.minus(2);
    while ledger.is_purged(first) {
        first = first.plus(1);
    }
    (first <= today).then(|| range(first, today))
}

pub fn range(first: Date, last: Date) -> DateRange {
    let query =
        RangeQuery { start: Some(first.to_string()), end: Some(last.to_string()), ..RangeQuery::default() };
    DateRange::parse(&query, last, 3_650).expect("a range")
}

fn sums(rows: &Rows, value: impl Fn(&RowKey) -> String) -> BTreeMap<String, Sum> {
    let mut sums = BTreeMap::new();
    for (key, counters) in rows {
        plus(&mut sums, value(key), (counters.requests, counters.bandwidth_bytes));
    }
    sums
}

/// Of lists that show every value.
fn same_values(what: &str, shown: &[Row], expected: BTreeMap<String, Sum>) {
    let shown = shown.iter().map(|row| (row.value.clone(), (row.requests, row.bandwidth_bytes)));
    assert_eq!(shown.collect::<BTreeMap<_, _>>(), expected, "{what}");
}
