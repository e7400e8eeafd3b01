//! An owner's day: nothing in it is doubled, and in the end it is reported from the better of its sources.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use pixtally::domain::counters::Counters;
use pixtally::domain::date::Date;
use pixtally::domain::night::oldest_due;
use pixtally::domain::row_key::{ANY_STATUS, OTHER, RowKey};
use rusqlite::Connection;

use super::reported::{Reported, assert_same, named, table};
use super::tables;
use crate::analytics_engine::Kept;
use crate::ledger::{Ledger, OwnerDay, Rows, total};
use crate::world::World;

/// Without sampling, no row has more than was served; nor do a status' rows together, of which some stand under `(other)`.
pub fn nothing_is_doubled(world: &World, day: OwnerDay, reported: &Reported) {
    let ledger = world.ledger.borrow();
    let (owner, date) = day;
    let truth = Ledger::rows_of(&ledger.truth, day);
    if reported.error > 0 {
        let sampled = world.engine.kept(day).variance > 0.0;
        return assert!(
            sampled && reported.run != 0,
            "{owner} {date} is called estimated, but nothing was sampled"
        );
    }
    for (key, is) in &reported.rows {
        let most = truth.get(key).copied().unwrap_or_default();
        assert!(
            !key.combination.is_exact() || fits(is, &most),
            "{} has {is:?} of {most:?} that were served",
            named(key)
        );
    }
    let most = by_status(&truth);
    for (status, is) in by_status(&reported.rows) {
        let most = most.get(&status).copied().unwrap_or_default();
        assert!(fits(&is, &most), "{owner} {date} has {is:?} of {most:?} that were served with {status}");
    }
    let most = by_file(&truth);
    for (file, is) in by_file(&reported.rows) {
        let most = most.get(&file).copied().unwrap_or_default();
        assert!(fits(&is, &most), "{owner} {date} has {is:?} of {most:?} that were served as {file:?}");
    }
    let (is, most) = (total(reported.rows.values()), total(truth.values()));
    assert!(fits(&is, &most), "{owner} {date} has {is:?} of {most:?} that were served");
}

fn by_status(rows: &Rows) -> BTreeMap<u16, Counters> {
    let mut sums: BTreeMap<u16, Counters> = BTreeMap::new();
    for (key, counters) in rows.iter().filter(|(key, _)| key.combination.status != ANY_STATUS) {
        sums.entry(key.combination.status).or_default().add(counters);
    }
    sums
}

/// What files have, and how much of it failed.
fn by_file(rows: &Rows) -> BTreeMap<(&str, bool), Counters> {
    let mut sums: BTreeMap<(&str, bool), Counters> = BTreeMap::new();
    for (RowKey { combination, .. }, counters) in
        rows.iter().filter(|(key, _)| key.combination.image_id != OTHER)
    {
        sums.entry((&combination.image_id, combination.is_failed())).or_default().add(counters);
    }
    sums
}

pub fn fits(is: &Counters, most: &Counters) -> bool {
    is.requests <= most.requests
        && is.bandwidth_bytes <= most.bandwidth_bytes
        && is.cache_hits <= most.cache_hits
        && is.cache_misses <= most.cache_misses
        && is.source_bytes <= most.source_bytes
}

/// Days of which the product says that they need no further run.
pub fn final_ones_are_right(world: &World, days: &BTreeMap<OwnerDay, Reported>) {
    let dates = final_dates(&world.server.0.borrow());
    let (ledger, nothing) = (world.ledger.borrow(), Reported::default());
    for day in ledger.owner_days() {
        if dates.contains(&day.1.to_string()) && !ledger.is_purged(day.1) {
            is_right(world, day, days.get(&day).unwrap_or(&nothing));
        }
    }
}

fn final_dates(connection: &Connection) -> BTreeSet<String> {
    let sql = "SELECT DISTINCT date FROM aggregation_runs WHERE kind = 'aggregate' AND final = 1";
    table(connection, sql).into_iter().collect()
}

/// An owner's day is reported from the better of its two sources, and is that source's rows, all of them and no others.
fn is_right(world: &World, day: OwnerDay, reported: &Reported) {
    let ledger = world.ledger.borrow();
    let realtime = tables::realtime(&world.server.0.borrow());
    let (truth, realtime) = (Ledger::rows_of(&ledger.truth, day), Ledger::rows_of(&realtime, day));
    let engine = if world.profile.has_engine { world.engine.kept(day) } else { Kept::default() };
    let what = |why: &str| format!("{} {} is reported from run {}, but {why}", day.0, day.1, reported.run);
    match better(&realtime, &engine) {
        Better::Realtime => {
            world.count("days from realtime");
            assert_same(&what("realtime is better"), &reported.rows, &realtime);
        }
        Better::Engine => {
            world.count(if engine.variance > 0.0 { "days from samples" } else { "days from the engine" });
            assert_same(&what("Analytics Engine is better"), &reported.rows, &engine.rows);
            assert_eq!(reported.error, engine.error(), "{day:?}: the stated error");
        }
        Better::Either => {
            let is_engine = reported.rows == engine.rows;
            let other = if is_engine { &engine.rows } else { &realtime };
            assert_same(&what("it is neither source's"), &reported.rows, other);
        }
    }
    let all = total(truth.values()).requests;
    let is_whole = engine.variance == 0.0 && engine.points == all;
    if is_whole
        || (total(realtime.values()).requests == all && reported.error == 0 && has_every_row(&realtime))
    {
        world.count("days that are exact");
        if has_every_row(&reported.rows) {
            assert_same(&what("nothing was lost"), &reported.rows, &truth);
        } else {
            assert_eq!(total(reported.rows.values()), total(truth.values()), "{}", what("nothing was lost"));
        }
    }
}

enum Better {
    Realtime,
    Engine,
    Either,
}

fn has_every_row(rows: &Rows) -> bool {
    rows.keys().all(|key| key.combination.is_exact())
}

fn better(realtime: &Rows, engine: &Kept) -> Better {
    let (counted, kept) = (total(realtime.values()), total(engine.rows.values()));
    if engine.variance > 0.0 {
        let beyond_error = kept.requests.saturating_sub(engine.error()) > counted.requests;
        let is_all_there_is = counted.requests == 0;
        return if beyond_error || is_all_there_is { Better::Engine } else { Better::Realtime };
    }
    match kept.requests.cmp(&counted.requests) {
        Ordering::Greater => Better::Engine,
        Ordering::Less => Better::Realtime,
        Ordering::Equal if kept != counted => Better::Engine,
        Ordering::Equal => Better::Either,
    }
}

/// Every day that could still be rebuilt when the faults were over is right, final or not.
pub fn all_are_right(world: &World, days: &BTreeMap<OwnerDay, Reported>) {
    let (ledger, nothing) = (world.ledger.borrow(), Reported::default());
    let oldest = oldest_due(Date::at(world.profile.end()), world.profile.retention);
    for day in ledger.owner_days() {
        if day.1 >= oldest && !ledger.is_purged(day.1) {
            is_right(world, day, days.get(&day).unwrap_or(&nothing));
        }
    }
}

/// Below this a sum of samples is not yet normally distributed.
const FEW_POINTS: u64 = 10;

/// Counts how often a stated error holds: three standard deviations do not hold always. All that was sampled is looked at,
/// since those that are reported are chosen for being high.
pub fn sampling(world: &World) {
    let kept = world.engine.days().into_iter().map(|day| world.engine.kept(day));
    for kept in kept.filter(|kept| kept.variance > 0.0) {
        let (estimates, beyond) = match kept.points {
            0..FEW_POINTS => ("estimates from few points", "estimates from few points beyond their error"),
            _ => ("estimates", "estimates beyond their error"),
        };
        world.count(estimates);
        if total(kept.rows.values()).requests.abs_diff(kept.written) > kept.error() {
            world.count(beyond);
        }
    }
}
