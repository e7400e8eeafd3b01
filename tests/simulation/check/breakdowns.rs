//! Breakdowns and failed requests of one owner's day, as the product reports them, against what the reported source has.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use pixtally::batch::engine::MAX_VALUE_PAGES;
use pixtally::domain::counters::Counters;
use pixtally::domain::date::parse_timestamp;
use pixtally::domain::dimension::Dimension;
use pixtally::domain::privacy::Privacy;
use pixtally::domain::report::breakdown::{Breakdown, Measures, Page, Sort, totals};
use pixtally::domain::report::errors::ErrorReport;
use pixtally::domain::segment::MAX_VALUES;
use pixtally::store::reports;
use pixtally::store::segments::KEPT_VALUES;

use super::reported::Reported;
use super::reports::{now, range};
use crate::database::Direct;
use crate::ledger::{Details, OwnerDay, total};
use crate::world::World;

/// More than any dimension of the simulation has.
const ALL: u32 = 1_000;

/// The dimensions that there are in a world.
pub fn dimensions(world: &World) -> impl Iterator<Item = Dimension> {
    let is_full = world.profile.privacy == Privacy::Full;
    Dimension::ALL.into_iter().filter(move |dimension| is_full || !dimension.is_personal())
}

/// What an owner's day is reported from.
pub struct Source {
    /// As the simulation has counted it.
    pub details: Details,
    /// Whether it was counted in realtime.
    is_realtime: bool,
    /// Whether it has become rows.
    is_closed: bool,
    /// Requests that were counted and that D1 does not have yet.
    behind: u64,
    /// Most values of a dimension that a run reads for certain; details are read page by page, and not without end.
    most_read: usize,
    /// Whether every file has a row, if it was counted in realtime.
    has_every_row: bool,
}

/// The dimensions whose values are files.
const FILES: [Dimension; 3] = [Dimension::Image, Dimension::Video, Dimension::Other];

impl Source {
    pub fn of(world: &World, day: OwnerDay, reported: &Reported) -> Self {
        let is_realtime = reported.run == 0;
        let details = if is_realtime {
            world.ledger.borrow().realtime_details.get(&day).cloned()
        } else {
            Some(world.engine.kept(day).details)
        };
        let counted = world.ledger.borrow().counted_of(day).requests;
        let behind = if is_realtime { counted - total(reported.rows.values()).requests } else { 0 };
        let connection = world.server.0.borrow();
        let mut segments = connection
            .prepare_cached(
                "SELECT 1 FROM analytics_segments WHERE owner = ?1 AND date = ?2 AND run = ?3 LIMIT 1",
            )
            .expect("SQL");
        let is_closed = !segments
            .exists((day.0.to_string(), day.1.to_string(), reported.run))
            .expect("whether there is one");
        // The first page may begin with another owner's values.
        let most_read = (MAX_VALUE_PAGES as usize - 1) * world.profile.page_rows;
        let (details, has_every_row) = (details.unwrap_or_default(), world.profile.has_every_row());
        Self { details, is_realtime, is_closed, behind, most_read, has_every_row }
    }

    /// How many requests a value may lack, whatever is said of it: what flushes had to leave out, and what is not in D1 yet.
    pub fn may_lack(&self) -> u64 {
        self.details.left_out + self.behind
    }

    /// Whether every value of a dimension came as far as D1.
    fn has_brought_all(&self, dimension: Dimension) -> bool {
        if self.behind > 0 {
            return false;
        }
        let values = self.details.of_dimension(dimension).len();
        let fits_segments = values <= MAX_VALUES;
        if self.is_realtime && FILES.contains(&dimension) && !self.has_every_row {
            return false;
        }
        match (self.is_realtime, dimension.is_of_rows()) {
            (false, is_of_rows) => is_of_rows || values <= self.most_read,
            (true, true) => !self.details.rows_capped && fits_segments,
            (true, false) => !self.details.values_capped && fits_segments,
        }
    }

    /// Whether every value of a dimension is reported.
    pub fn has_all(&self, dimension: Dimension) -> bool {
        let fits = self.details.of_dimension(dimension).len() <= KEPT_VALUES as usize;
        self.has_brought_all(dimension) && (!self.is_closed || fits)
    }
}

fn counters(measures: &Measures) -> Counters {
    let source = measures.amounts.bytes_saved + measures.amounts.bandwidth_bytes as i64;
    Counters {
        requests: measures.amounts.requests,
        bandwidth_bytes: measures.amounts.bandwidth_bytes,
        cache_hits: measures.amounts.cache_hits,
        cache_misses: measures.amounts.cache_misses,
        source_bytes: u64::try_from(source).expect("not negative"),
    }
}

fn fits(is: &Counters, most: &Counters) -> bool {
    let all =
        |it: &Counters| [it.requests, it.bandwidth_bytes, it.cache_hits, it.cache_misses, it.source_bytes];
    all(is).iter().zip(all(most)).all(|(is, most)| *is <= most)
}

/// A dimension's report tells no value more than the source has, lacks of none more than it says, and adds up; where all
/// values came to D1, each that is kept is exact, and the largest are kept.
pub fn of_day(world: &World, day: OwnerDay, reported: &Reported, dimension: Dimension) {
    let source = Source::of(world, day, reported);
    let report = breakdown(world, day, dimension);
    let expected = source.details.of_dimension(dimension);
    let shown: BTreeMap<&str, Counters> =
        report.rows.iter().map(|row| (&*row.value, counters(&row.measures))).collect();
    let (all, other) = (counters(&report.totals), counters(&report.other.measures));
    let what = || {
        format!(
            "{dimension} of {} {} from run {} ({}) is\n {shown:?} and {:?}, with\n {:?}",
            day.0,
            day.1,
            reported.run,
            if source.is_closed { "closed" } else { "open" },
            report.other,
            source.details,
        )
    };
    assert_eq!(shown.len(), report.rows.len(), "a value comes twice: {}", what());
    let mut sum = total(shown.values());
    sum.add(&other);
    assert_eq!(sum, all, "it does not add up: {}", what());
    if dimension != Dimension::Image && dimension != Dimension::Video && dimension != Dimension::Other {
        assert_eq!(all, total(reported.rows.values()), "it is not the day's total: {}", what());
    }
    for (value, is) in &shown {
        let most = expected.get(value).copied().unwrap_or_default();
        assert!(fits(is, &most), "more than the truth of {value}: {}", what());
    }
    let most = report.other.largest_undercount + source.may_lack();
    for (value, counters) in &expected {
        let lacks = counters.requests - shown.get(value).map_or(0, |shown| shown.requests);
        assert!(lacks <= most, "{value} lacks {lacks}: {}", what());
    }
    if source.has_all(dimension) {
        assert_eq!(shown, expected, "{}", what());
        assert_eq!((other, report.other.largest_undercount), Default::default(), "{}", what());
        world.count("breakdowns that are exact");
    } else if source.has_brought_all(dimension) {
        let (kept, rest): (BTreeMap<&str, Counters>, BTreeMap<&str, Counters>) = {
            let largest = largest(&expected);
            expected.iter().map(|(value, it)| (*value, *it)).partition(|(value, _)| largest.contains(value))
        };
        assert_eq!(shown, kept, "{}", what());
        let largest = rest.values().map(|it| it.requests).max().unwrap_or_default();
        assert_eq!(report.other.largest_undercount, largest, "{}", what());
        world.count("breakdowns of the largest values");
    } else {
        world.count("breakdowns that lack something");
    }
}

/// The values that are kept of a closed day: so many by requests, and as many by bandwidth.
fn largest<'a>(values: &BTreeMap<&'a str, Counters>) -> BTreeSet<&'a str> {
    let by = |measure: fn(&Counters) -> u64| {
        let mut names: Vec<_> = values.iter().map(|(value, it)| (Reverse(measure(it)), *value)).collect();
        names.sort_unstable();
        names.into_iter().take(KEPT_VALUES as usize).map(|(_, value)| value)
    };
    by(|it| it.requests).chain(by(|it| it.bandwidth_bytes)).collect()
}

fn breakdown(world: &World, (owner, date): OwnerDay, dimension: Dimension) -> Breakdown {
    let (db, owners, range) = (Direct(&world.server), [owner.to_string()], range(date, date));
    let sort = world.random.pick(&[Sort::Requests, Sort::Bandwidth]);
    let read = |limit: u32, offset: usize| {
        let page = Page { sort, limit, offset: offset as u32 };
        let rows = now(reports::breakdown(&db, &owners, &range, dimension, page)).expect("a breakdown");
        Breakdown::new(dimension, (&range).into(), page, totals(dimension, &rows.asset_types), rows.values)
    };
    let mut all = read(ALL, 0);
    if world.random.chance(0.1) {
        let limit = world.random.spread(2, 50) as u32;
        let mut rows = Vec::new();
        loop {
            let page = read(limit, rows.len());
            assert_eq!((&page.other, page.values, page.totals), (&all.other, all.values, all.totals));
            if page.rows.is_empty() {
                break;
            }
            rows.extend(page.rows);
        }
        assert_eq!(std::mem::replace(&mut all.rows, rows.clone()), rows, "pages differ from the whole");
    }
    all
}

/// Status, reason and path of a failed request.
type Failing = (u16, String, String);
/// Requests, first and last seen, in seconds since 1970, and by referrer.
type Failed = (u64, u64, u64, Vec<(String, u64)>);

/// The error report tells no failed request more often than the source has it, and all of them where none was left out.
pub fn failures_of_day(world: &World, day: OwnerDay, reported: &Reported) {
    /// Of each, as many as the report lists.
    const REFERRERS: usize = 5;
    let source = Source::of(world, day, reported);
    let Details { failures, failures_capped, .. } = &source.details;
    let mut expected: BTreeMap<Failing, Failed> = BTreeMap::new();
    for (request, seen) in failures {
        let key = (request.status, request.reason.to_owned(), request.path.clone());
        let failing = expected.entry(key).or_insert((0, u64::MAX, 0, Vec::new()));
        failing.0 += seen.requests;
        (failing.1, failing.2) = (failing.1.min(seen.first), failing.2.max(seen.last));
        failing.3.push((request.referrer_host.clone(), seen.requests));
    }
    for (.., referrers) in expected.values_mut() {
        referrers.sort_by_key(|(host, requests)| (Reverse(*requests), host.clone()));
        referrers.truncate(REFERRERS);
    }
    let report = error_report(world, day);
    let shown: BTreeMap<Failing, Failed> = report
        .urls
        .iter()
        .map(|it| {
            let referrers = it.referrers.iter().map(|it| (it.value.clone(), it.requests)).collect();
            let key = (it.status, it.reason.clone(), it.value.clone());
            let seen = [&it.first_seen, &it.last_seen]
                .map(|text| parse_timestamp(text).expect("an instant") / 1_000);
            (key, (it.requests, seen[0], seen[1], referrers))
        })
        .collect();
    let what = format!("failed requests of {} {} from run {}", day.0, day.1, reported.run);
    assert_eq!(shown.len(), report.urls.len(), "{what}: one comes twice");
    let failed = reported.rows.iter().filter(|(key, _)| key.combination.is_failed());
    let errors = total(failed.map(|(_, counters)| counters)).requests;
    assert_eq!(report.totals.errors, errors, "{what}: all of them");
    let listed: u64 = shown.values().map(|it| it.0).sum();
    assert_eq!(listed + report.other.requests, errors, "{what}: the listed ones and the others");
    let has_all =
        source.behind == 0 && !(source.is_realtime && *failures_capped) && failures.len() <= MAX_VALUES;
    if has_all {
        assert_eq!(shown, expected, "{what}");
        return world.count("error reports that are exact");
    }
    for (key, is) in &shown {
        let most = expected.get(key);
        let fits = most.is_some_and(|most| is.0 <= most.0 && is.1 >= most.1 && is.2 <= most.2);
        assert!(fits, "{what}: {key:?} is {is:?}, of {most:?}");
    }
    world.count("error reports that lack something");
}

fn error_report(world: &World, (owner, date): OwnerDay) -> ErrorReport {
    let (db, owners, range) = (Direct(&world.server), [owner.to_string()], range(date, date));
    let page = (ALL, 0);
    let rows = now(reports::errors(&db, &owners, &range, page));
    let rows = rows.expect("an error report");
    ErrorReport::new((&range).into(), page, &rows.statuses, &rows.reasons, rows.failures)
}
