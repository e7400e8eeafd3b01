//! How many bytes of D1 a day takes, by a real SQLite with the product's tables.

use pixtally::domain::aggregator::publication::Size;
use pixtally::domain::aggregator::{Aggregator, Limits};
use pixtally::domain::date::{Date, Millis};
use rusqlite::{Connection, params};

/// Writes all that an aggregator has of a day, in the order in which it publishes it; the bytes that it takes.
pub fn bytes_of_day(snapshot: &[u8], date: Date, now: Millis) -> u64 {
    // Nothing has to wait.
    let limits = Limits { daily_rows: 100_000_000, ..Limits::DEFAULT };
    let mut aggregator = Aggregator::new(limits, true);
    aggregator.restore(snapshot, false).expect("it was just encoded");
    let db = Connection::open_in_memory().expect("memory is there");
    db.execute_batch(include_str!("../../schema.sql")).expect("the product's tables");
    let empty = size(&db);
    db.execute_batch("BEGIN").expect("a transaction");
    while let Some(publication) = aggregator.publication(Size::DEFAULT, now) {
        aggregator.published(&publication);
        for day in publication.days.iter().filter(|day| day.date == date) {
            let owner = day.owner.to_string();
            for (of, row) in &day.rows {
                let counters = &row.counters;
                db.prepare_cached(
                    "INSERT INTO analytics_daily (owner, date, run, image_id, variant, country, status_code, requests, \
                     bandwidth_bytes, cache_hits, cache_misses, source_bytes, asset_type, part, lack) \
                     VALUES (?, ?, 0, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, '0', ?)",
                )
                .and_then(|mut insert| {
                    insert.execute(params![
                        owner,
                        date.to_string(),
                        of.image_id,
                        of.variant,
                        of.country.as_str(),
                        of.status,
                        counters.requests as i64,
                        counters.bandwidth_bytes as i64,
                        counters.cache_hits as i64,
                        counters.cache_misses as i64,
                        counters.source_bytes as i64,
                        row.asset_type.as_str(),
                        row.lack,
                    ])
                })
                .expect("a row");
            }
            if let Some((segment, requests)) = &day.segment {
                db.execute(
                    "INSERT INTO analytics_segments (date, owner, run, part, requests, body, errors) \
                     VALUES (?, ?, 0, '0', ?, ?, ?)",
                    params![date.to_string(), owner, *requests as i64, segment.body, segment.errors],
                )
                .expect("a row");
            }
        }
    }
    db.execute_batch("COMMIT").expect("a transaction");
    size(&db) - empty
}

fn size(db: &Connection) -> u64 {
    let pragma = |name: &str| db.query_row(&format!("PRAGMA {name}"), [], |row| row.get::<_, i64>(0));
    (pragma("page_count").expect("a number") * pragma("page_size").expect("a number")) as u64
}
