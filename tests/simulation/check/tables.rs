//! The tables by themselves: each is what the ledger says, their parts are their sums, and nothing is left in them.

use std::collections::BTreeMap;

use pixtally::domain::counters::Counters;
use pixtally::domain::date::Date;
use pixtally::domain::owner::OwnerId;
use pixtally::domain::row_key::RowKey;
use rusqlite::Connection;

use super::day::fits;
use super::reported::{
    Reported, assert_same, counters, key_and_counters, named, reported, sum, sum_of, table,
};
use crate::ledger::{Ledger, OwnerDay, Rows, Sum, plus, total};
use crate::world::World;

/// Realtime rows never have more than was counted, and of days that have left the object no less, but for what is said to be
/// missing.
pub fn realtime_is_what_was_counted(connection: &Connection, ledger: &Ledger, has_every_row: bool) {
    let rows = realtime(connection);
    let is_told = |key: &RowKey| has_every_row || key.combination.is_exact();
    for (key, is) in rows.iter().filter(|(key, _)| !ledger.is_purged(key.date) && is_told(key)) {
        let most = ledger.realtime.get(key).copied().unwrap_or_default();
        assert!(fits(is, &most), "{} has {is:?} in D1, of {most:?} that were counted", named(key));
    }
    says_what_it_lacks(connection, ledger);
    for (date, missing) in ledger.left.iter().filter(|(date, _)| !ledger.is_purged(**date)) {
        let of_date = |rows: &Rows| -> Rows {
            rows.iter().filter(|(key, _)| key.date == *date).map(|(key, it)| (key.clone(), *it)).collect()
        };
        let (stored, counted) = (of_date(&rows), of_date(&ledger.realtime));
        if *missing == (0, 0) && !has_every_row {
            assert_eq!(by_owner(&stored), by_owner(&counted), "{date} is not what was counted");
        } else if *missing == (0, 0) {
            assert_same("realtime rows are not what was counted", &stored, &counted);
        } else {
            let (is, most) = (sum_of(&stored), sum_of(&counted));
            assert!(
                is.0 + missing.0 >= most.0 && is.1 + missing.1 >= most.1,
                "{date} lacks more than is said"
            );
        }
    }
}

/// Of days that have left the object, a row lacks no more than it says of what was counted.
fn says_what_it_lacks(connection: &Connection, ledger: &Ledger) {
    let sql =
        "SELECT owner, date, image_id, variant, country, status_code, requests, bandwidth_bytes, cache_hits,
                      cache_misses, source_bytes, asset_type, lack FROM analytics_daily WHERE run = 0";
    let mut statement = connection.prepare_cached(sql).expect("SQL");
    let rows = statement
        .query_map([], |row| Ok((key_and_counters(row)?, row.get::<_, u32>("lack")?)))
        .expect("rows");
    let is_whole = |key: &RowKey| ledger.left.get(&key.date) == Some(&(0, 0)) && !ledger.is_purged(key.date);
    for ((key, is), lack) in rows.map(|row| row.expect("a row")).filter(|((key, _), _)| is_whole(key)) {
        let counted = ledger.realtime.get(&key).filter(|_| key.combination.is_exact());
        let missing = counted.map_or(0, |counted| counted.requests - is.requests);
        assert!(missing <= lack.into(), "{} lacks {missing} and says {lack}", named(&key));
    }
}

/// What owners have, whatever the row.
fn by_owner(rows: &Rows) -> BTreeMap<OwnerId, Counters> {
    let mut sums: BTreeMap<_, Counters> = BTreeMap::new();
    rows.iter().for_each(|(key, counters)| sums.entry(key.owner).or_default().add(counters));
    sums
}

/// What is in D1 of realtime counting.
pub fn realtime(connection: &Connection) -> Rows {
    let sql =
        "SELECT owner, date, image_id, variant, country, status_code, requests, bandwidth_bytes, cache_hits,
               cache_misses, source_bytes, asset_type FROM analytics_daily WHERE run = 0";
    let mut statement = connection.prepare_cached(sql).expect("SQL");
    statement.query_map([], key_and_counters).expect("rows").map(|row| row.expect("a row")).collect()
}

/// What D1 says to be uncounted is what was said to be, as far as it is there.
pub fn uncounted_is_what_was_said(connection: &Connection, ledger: &Ledger) {
    for (key, is) in uncounted(connection, ledger) {
        let most = ledger.uncounted.get(&key).copied().unwrap_or_default();
        assert!(is.0 <= most.0 && is.1 <= most.1, "{key:?} is said to be {is:?}, of {most:?}");
    }
}

/// All that was said to be uncounted is in D1.
pub fn all_that_is_uncounted_is_said(world: &World) {
    let ledger = world.ledger.borrow();
    let is_kept = |date: &Date| ledger.kept_from.is_none_or(|first| *date >= first);
    let said = ledger.uncounted.iter().filter(|((date, _), sum)| is_kept(date) && **sum != (0, 0));
    let said: BTreeMap<(Date, String), Sum> = said.map(|(key, sum)| (key.clone(), *sum)).collect();
    assert_eq!(uncounted(&world.server.0.borrow(), &ledger), said, "what is uncounted is not what was said");
}

fn uncounted(connection: &Connection, ledger: &Ledger) -> BTreeMap<(Date, String), Sum> {
    let mut statement = connection
        .prepare_cached("SELECT date, cause, requests, bandwidth_bytes FROM analytics_uncounted_daily")
        .expect("SQL");
    let rows = statement.query_map([], |row| {
        let date: String = row.get(0)?;
        Ok(((Date::parse(&date).expect("a date"), row.get(1)?), sum(row, 2)?))
    });
    let is_kept = |date: &Date| ledger.kept_from.is_none_or(|first| *date >= first);
    rows.expect("rows").map(|it| it.expect("a row")).filter(|((date, _), _)| is_kept(date)).collect()
}

/// A day that was published from a run is that run's rows, all of them.
pub fn published_days_add_up(connection: &Connection) {
    let sql = "SELECT * FROM (
        SELECT date, owner, run,
               requests, bandwidth_bytes, cache_hits, cache_misses, source_bytes
        FROM analytics_days WHERE run <> 0 AND frozen = 0
        EXCEPT
        SELECT date, owner, run,
               sum(requests), sum(bandwidth_bytes), sum(cache_hits), sum(cache_misses), sum(source_bytes)
        FROM analytics_daily GROUP BY date, owner, run)";
    let none: Vec<String> = Vec::new();
    assert_eq!(table(connection, sql), none, "published days are not the sums of their rows");
}

/// Of a closed day, every dimension has what its rows have together; images, videos and other files are one such dimension.
pub fn closed_dimensions_add_up(connection: &Connection, ledger: &Ledger) {
    let sql = "SELECT dimensions.* FROM (
        SELECT date, owner, run, iif(dimension IN ('image', 'video', 'other'), 'file', dimension) AS dimension,
               sum(requests) AS requests, sum(bandwidth_bytes) AS bandwidth_bytes, sum(cache_hits) AS cache_hits,
               sum(cache_misses) AS cache_misses, sum(source_bytes) AS source_bytes
        FROM analytics_breakdown_daily GROUP BY 1, 2, 3, 4) AS dimensions
      LEFT JOIN (
        SELECT date, owner, run,
               sum(requests) AS requests, sum(bandwidth_bytes) AS bandwidth_bytes, sum(cache_hits) AS cache_hits,
               sum(cache_misses) AS cache_misses, sum(source_bytes) AS source_bytes
        FROM analytics_daily GROUP BY 1, 2, 3) AS rows USING (date, owner, run)
      WHERE (dimensions.requests, dimensions.bandwidth_bytes, dimensions.cache_hits, dimensions.cache_misses,
             dimensions.source_bytes)
        IS NOT (rows.requests, rows.bandwidth_bytes, rows.cache_hits, rows.cache_misses, rows.source_bytes)";
    let differ = table(connection, sql);
    let kept = |row: &String| !ledger.is_purged(Date::parse(&row[..10]).expect("a date"));
    let none: Vec<String> = Vec::new();
    assert_eq!(differ.into_iter().filter(kept).collect::<Vec<_>>(), none, "closed days do not add up");
}

/// What was counted in realtime of an owner's day is as much by status as by row, whether it is closed or not.
pub fn realtime_dimensions_add_up(connection: &Connection, ledger: &Ledger) {
    let sums = |sql| -> BTreeMap<OwnerDay, Sum> {
        let mut statement = connection.prepare_cached(sql).expect("SQL");
        let found = statement.query_map([], |row| {
            let (date, owner): (String, String) = (row.get(0)?, row.get(1)?);
            let day = (OwnerId::parse(&owner).expect("an owner"), Date::parse(&date).expect("a date"));
            Ok((day, sum(row, 2)?))
        });
        let found = found.expect("sums").map(|row| row.expect("a row"));
        found.filter(|(day, _)| !ledger.is_purged(day.1)).collect()
    };
    let by_row = "SELECT date, owner, sum(requests), sum(bandwidth_bytes) FROM analytics_daily WHERE run = 0 GROUP BY 1, 2";
    let by_status = "SELECT date, owner, sum(requests), sum(bytes) FROM (
        SELECT date, owner, requests, bandwidth_bytes AS bytes
        FROM analytics_breakdown_daily WHERE run = 0 AND dimension = 'status'
        UNION ALL
        SELECT date, owner, entry.value ->> 2, entry.value ->> 3
        FROM analytics_segments, json_each('[' || body || ']') AS entry
        WHERE run = 0 AND entry.value ->> 0 = 'status')
      GROUP BY 1, 2";
    assert_eq!(sums(by_status), sums(by_row), "by status there is another sum than by row");
}

/// A month is what is frozen of it, and its days.
pub fn months_add_up(connection: &Connection) {
    let sql = "SELECT months.owner, year_month, months.requests, frozen_requests, months.bandwidth_bytes,
                      frozen_bandwidth_bytes, coalesce(sum(days.requests), 0) AS days, coalesce(sum(days.bandwidth_bytes), 0) AS bytes
               FROM analytics_monthly AS months
               LEFT JOIN analytics_days AS days
                 ON days.owner = months.owner AND substr(days.date, 1, 7) = year_month AND days.frozen = 0
               GROUP BY 1, 2
               HAVING (months.requests, months.bandwidth_bytes) IS NOT (frozen_requests + days, frozen_bandwidth_bytes + bytes)";
    let none: Vec<String> = Vec::new();
    assert_eq!(table(connection, sql), none, "months are not what is frozen and their days");
}

/// No rows but the reported and the realtime ones, none of purged days, no segments of days that no flush can come of any
/// more, no decisions, no open runs, no lease.
pub fn nothing_is_left_over(world: &World) {
    let connection = world.server.0.borrow();
    let none: Vec<String> = Vec::new();
    let yesterday = Date::at(world.now()).minus(1);
    let kept_from = world.ledger.borrow().kept_from;
    for name in
        ["analytics_daily", "analytics_segments", "analytics_breakdown_daily", "analytics_errors_daily"]
    {
        let unreported = format!(
            "SELECT DISTINCT owner, date, run FROM {name} AS rows WHERE run <> 0 AND NOT EXISTS (
               SELECT 1 FROM analytics_days AS days
               WHERE days.date = rows.date AND days.owner = rows.owner AND days.run = rows.run)"
        );
        assert_eq!(table(&connection, &unreported), none, "left over: rows of runs in {name}");
        if let Some(first) = kept_from {
            let purged = format!("SELECT DISTINCT owner, date, run FROM {name} WHERE date < '{first}'");
            assert_eq!(table(&connection, &purged), none, "left over: purged days in {name}");
        }
    }
    let open = format!("SELECT date, owner, run FROM analytics_segments WHERE date < '{yesterday}'");
    assert_eq!(table(&connection, &open), none, "left over: segments of days that are to be closed");
    for (what, sql) in [
        ("decisions", "SELECT * FROM aggregation_staged"),
        (
            "open runs",
            "SELECT id, kind, date, state, step, resume_after, error FROM aggregation_runs WHERE state IN ('queued', 'running')",
        ),
        ("a lease", "SELECT * FROM analytics_meta WHERE key = 'nightly_lease'"),
    ] {
        assert_eq!(table(&connection, sql), none, "left over: {what}");
    }
}

/// Every closed day has its row in `analytics_days`, with what its rows add up to.
pub fn closed_days_add_up(world: &World, days: &BTreeMap<OwnerDay, Reported>) {
    let connection = world.server.0.borrow();
    let mut statement = connection
        .prepare_cached("SELECT owner, date, requests, bandwidth_bytes, cache_hits, cache_misses, source_bytes FROM analytics_days WHERE frozen = 0")
        .expect("SQL");
    let stored = statement.query_map([], |row| {
        let (owner, date): (String, String) = (row.get(0)?, row.get(1)?);
        let day = (OwnerId::parse(&owner).expect("an owner"), Date::parse(&date).expect("a date"));
        Ok((day, counters(row, 2)?))
    });
    let stored: BTreeMap<OwnerDay, Counters> = stored.expect("days").map(|day| day.expect("a day")).collect();
    let ledger = world.ledger.borrow();
    let sums = days.iter().filter(|(day, _)| !ledger.is_purged(day.1));
    let sums: BTreeMap<OwnerDay, Counters> = sums.map(|(day, it)| (*day, total(it.rows.values()))).collect();
    assert_eq!(stored, sums, "analytics_days");
}

pub fn months_are_all_that_was_ever_reported(world: &World) {
    let ledger = world.ledger.borrow();
    let connection = world.server.0.borrow();
    let mut expected: BTreeMap<(String, String), Sum> = BTreeMap::new();
    let kept = reported(&connection).into_iter().map(|(day, reported)| (day, sum_of(&reported.rows)));
    let kept = kept.filter(|(day, _)| !ledger.is_purged(day.1));
    for ((owner, date), sum) in kept.chain(ledger.frozen.iter().map(|(day, sum)| (*day, *sum))) {
        plus(&mut expected, (owner.to_string(), date.month()), sum);
    }
    let mut statement = connection
        .prepare_cached("SELECT owner, year_month, requests, bandwidth_bytes FROM analytics_monthly")
        .expect("SQL");
    let stored = statement.query_map([], |row| Ok(((row.get(0)?, row.get(1)?), sum(row, 2)?)));
    let stored: BTreeMap<(String, String), Sum> =
        stored.expect("months").map(|it| it.expect("a month")).collect();
    assert_eq!(stored, expected, "analytics_monthly");
}
