//! Reading the product's tables: what is reported, row by row, by the rule that the reports follow.

use std::collections::{BTreeMap, BTreeSet};

use pixtally::domain::asset_type::AssetType;
use pixtally::domain::counters::Counters;
use pixtally::domain::country::Country;
use pixtally::domain::date::Date;
use pixtally::domain::owner::OwnerId;
use pixtally::domain::row_key::{Combination, RowKey};
use rusqlite::types::Value;
use rusqlite::{Connection, Row};

use crate::database::Server;
use crate::ledger::{OwnerDay, Rows, Sum, total};

/// What the product reports of an owner's day.
#[derive(Debug, Default)]
pub struct Reported {
    /// 0 for realtime.
    pub run: i64,
    pub error: u64,
    pub rows: Rows,
}

/// Rows as the reports choose them, and which run's they are, with what error.
const REPORTED: &str = "
  SELECT rows.owner, rows.date, rows.image_id, rows.variant, rows.country, rows.status_code,
         rows.requests, rows.bandwidth_bytes, rows.cache_hits, rows.cache_misses, rows.source_bytes,
         rows.asset_type, rows.run, coalesce(days.error, 0)
  FROM analytics_daily AS rows
  LEFT JOIN analytics_days AS days ON days.date = rows.date AND days.owner = rows.owner
  WHERE rows.run = coalesce(days.run, 0)";

fn number(row: &Row<'_>, index: usize) -> rusqlite::Result<u64> {
    row.get::<_, i64>(index).map(|number| u64::try_from(number).expect("not negative"))
}

pub fn sum(row: &Row<'_>, index: usize) -> rusqlite::Result<Sum> {
    Ok((number(row, index)?, number(row, index + 1)?))
}

pub fn counters(row: &Row<'_>, index: usize) -> rusqlite::Result<Counters> {
    Ok(Counters {
        requests: number(row, index)?,
        bandwidth_bytes: number(row, index + 1)?,
        cache_hits: number(row, index + 2)?,
        cache_misses: number(row, index + 3)?,
        source_bytes: number(row, index + 4)?,
    })
}

pub fn key_and_counters(row: &Row<'_>) -> rusqlite::Result<(RowKey, Counters)> {
    let text = |index| row.get::<_, String>(index);
    let country = Country::of_code(Some(&text(4)?));
    let key = RowKey {
        owner: OwnerId::parse(&text(0)?).expect("an owner"),
        date: Date::parse(&text(1)?).expect("a date"),
        combination: Combination { image_id: text(2)?, variant: text(3)?, country, status: row.get(5)? },
        asset_type: AssetType::parse(&text(11)?),
    };
    Ok((key, counters(row, 6)?))
}

pub fn reported(connection: &Connection) -> BTreeMap<OwnerDay, Reported> {
    let mut days: BTreeMap<OwnerDay, Reported> = BTreeMap::new();
    let mut statement = connection.prepare_cached(REPORTED).expect("SQL");
    let mut found = statement.query([]).expect("rows");
    while let Some(row) = found.next().expect("a row") {
        let (key, counters) = key_and_counters(row).expect("a row");
        let day = days.entry((key.owner, key.date)).or_default();
        day.run = row.get(12).expect("a run");
        day.error = row.get::<_, i64>(13).expect("an error") as u64;
        assert!(day.rows.insert(key, counters).is_none());
    }
    days
}

/// What is reported of each owner's day of a date, added up.
pub fn reported_sums(server: &Server, date: Date) -> Vec<(OwnerDay, Sum)> {
    let days = reported(&server.0.borrow());
    let of_date = days.into_iter().filter(|((_, day), _)| *day == date);
    of_date.map(|(day, reported)| (day, sum_of(&reported.rows))).collect()
}

pub fn sum_of(rows: &Rows) -> Sum {
    let total = total(rows.values());
    (total.requests, total.bandwidth_bytes)
}

/// Rows of a statement that yields texts and numbers, for comparisons and messages.
pub fn table(connection: &Connection, sql: &str) -> Vec<String> {
    let mut statement = connection.prepare_cached(sql).unwrap_or_else(|error| panic!("{error}: {sql}"));
    let columns = statement.column_count();
    let rows = statement.query_map([], |row| {
        let cell = |index| match row.get_unwrap(index) {
            Value::Null => "null".to_owned(),
            Value::Integer(number) => number.to_string(),
            Value::Real(number) => number.to_string(),
            Value::Text(text) => text,
            Value::Blob(_) => unreachable!("nothing is a blob"),
        };
        Ok((0..columns).map(cell).collect::<Vec<String>>().join(" "))
    });
    rows.expect("rows").map(|row| row.expect("a row")).collect()
}

/// Compares rows, and says of the first that differs how.
pub fn assert_same(what: &str, stored: &Rows, expected: &Rows) {
    let keys: BTreeSet<&RowKey> = stored.keys().chain(expected.keys()).collect();
    for key in keys {
        let (is, should) = (stored.get(key), expected.get(key));
        assert!(is == should, "{what}: {}\n  is        {is:?}\n  should be {should:?}", named(key));
    }
}

pub fn named(RowKey { owner, date, combination, asset_type }: &RowKey) -> String {
    let Combination { image_id, variant, country, status } = combination;
    format!("{owner} {date} {image_id:?} {variant} {country} {status} {}", asset_type.as_str())
}
