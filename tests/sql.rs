//! The schema and the statements, on real SQLite.

#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::Path;

use pixtally::store::sql;
use rusqlite::{Connection, params};

fn root(file: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(file)
}

/// A database as the migrations make it.
fn migrated() -> Connection {
    let db = Connection::open_in_memory().unwrap();
    let mut migrations: Vec<_> =
        fs::read_dir(root("migrations")).unwrap().map(|it| it.unwrap().path()).collect();
    migrations.sort();
    for migration in migrations {
        db.execute_batch(&fs::read_to_string(migration).unwrap()).unwrap();
    }
    db
}

/// The tables' definitions, without comments and line breaks.
fn definitions(db: &Connection) -> Vec<String> {
    let mut statement =
        db.prepare("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY name").unwrap();
    let rows = statement.query_map([], |row| row.get::<_, String>(0)).unwrap();
    rows.map(|sql| {
        let sql = sql.unwrap();
        let words: Vec<&str> = sql
            .lines()
            .map(|line| line.split("--").next().unwrap())
            .flat_map(str::split_whitespace)
            .collect();
        words.join(" ").replace('"', "")
    })
    .collect()
}

const STATEMENTS: &[(&str, &str)] = &[
    ("day_published", sql::DAY_PUBLISHED),
    ("day_realtime", sql::DAY_REALTIME),
    ("day_staged", sql::DAY_STAGED),
    ("day_total", sql::DAY_TOTAL),
    ("first_day", sql::FIRST_DAY),
    ("flush_applied", sql::FLUSH_APPLIED),
    ("flush_claim", sql::FLUSH_CLAIM),
    ("flush_purge", sql::FLUSH_PURGE),
    ("flush_rows", sql::FLUSH_ROWS),
    ("flush_uncounted", sql::FLUSH_UNCOUNTED),
    ("image_country", sql::IMAGE_COUNTRY),
    ("image_days", sql::IMAGE_DAYS),
    ("image_status", sql::IMAGE_STATUS),
    ("image_variant", sql::IMAGE_VARIANT),
    ("lease_release", sql::LEASE_RELEASE),
    ("lease_take", sql::LEASE_TAKE),
    ("meta_get", sql::META_GET),
    ("meta_list", sql::META_LIST),
    ("meta_set", sql::META_SET),
    ("owner_exists", sql::OWNER_EXISTS),
    ("owner_first", sql::OWNER_FIRST),
    ("owner_insert", sql::OWNER_INSERT),
    ("owner_known", sql::OWNER_KNOWN),
    ("owner_list", sql::OWNER_LIST),
    ("owners_with_rows", sql::OWNERS_WITH_ROWS),
    ("ping", sql::PING),
    ("publish_date", sql::PUBLISH_DATE),
    ("publish_days", sql::PUBLISH_DAYS),
    ("publish_month", sql::PUBLISH_MONTH),
    ("purge_days", sql::PURGE_DAYS),
    ("purge_freeze", sql::PURGE_FREEZE),
    ("purge_mark", sql::PURGE_MARK),
    ("purge_rows", sql::PURGE_ROWS),
    ("purge_runs", sql::PURGE_RUNS),
    ("purge_snapshots", sql::PURGE_SNAPSHOTS),
    ("purge_staged", sql::PURGE_STAGED),
    ("purge_storage", sql::PURGE_STORAGE),
    ("purge_uncounted", sql::PURGE_UNCOUNTED),
    ("purge_until", sql::PURGE_UNTIL),
    ("report_days", sql::REPORT_DAYS),
    ("report_top_country", sql::REPORT_TOP_COUNTRY),
    ("report_top_image", sql::REPORT_TOP_IMAGE),
    ("report_top_owner", sql::REPORT_TOP_OWNER),
    ("report_top_status", sql::REPORT_TOP_STATUS),
    ("report_top_variant", sql::REPORT_TOP_VARIANT),
    ("run_days", sql::RUN_DAYS),
    ("run_get", sql::RUN_GET),
    ("run_insert", sql::RUN_INSERT),
    ("run_last", sql::RUN_LAST),
    ("run_latest", sql::RUN_LATEST),
    ("run_list", sql::RUN_LIST),
    ("run_next", sql::RUN_NEXT),
    ("run_open", sql::RUN_OPEN),
    ("run_purge", sql::RUN_PURGE),
    ("run_save", sql::RUN_SAVE),
    ("run_unknown", sql::RUN_UNKNOWN),
    ("stage_clear", sql::STAGE_CLEAR),
    ("stage_decisions", sql::STAGE_DECISIONS),
    ("stage_discard", sql::STAGE_DISCARD),
    ("stage_drop_rows", sql::STAGE_DROP_ROWS),
    ("stage_read", sql::STAGE_READ),
    ("stage_rows", sql::STAGE_ROWS),
    ("stage_short", sql::STAGE_SHORT),
    ("stage_unread", sql::STAGE_UNREAD),
    ("status_days", sql::STATUS_DAYS),
    ("storage_clear", sql::STORAGE_CLEAR),
    ("storage_days", sql::STORAGE_DAYS),
    ("storage_latest", sql::STORAGE_LATEST),
    ("storage_owners", sql::STORAGE_OWNERS),
    ("storage_publish", sql::STORAGE_PUBLISH),
    ("storage_snapshot", sql::STORAGE_SNAPSHOT),
    ("storage_stage", sql::STORAGE_STAGE),
    ("storage_supersede", sql::STORAGE_SUPERSEDE),
    ("storage_totals", sql::STORAGE_TOTALS),
    ("token_find", sql::TOKEN_FIND),
    ("token_insert", sql::TOKEN_INSERT),
    ("token_list", sql::TOKEN_LIST),
    ("token_revoke", sql::TOKEN_REVOKE),
    ("token_rotate", sql::TOKEN_ROTATE),
    ("uncounted", sql::UNCOUNTED),
];

#[test]
fn schema_sql_is_what_the_migrations_make() {
    let declared = Connection::open_in_memory().unwrap();
    declared.execute_batch(&fs::read_to_string(root("schema.sql")).unwrap()).unwrap();
    assert_eq!(definitions(&declared), definitions(&migrated()));
}

#[test]
fn every_statement_is_listed_here_and_fits_the_schema() {
    let files = fs::read_dir(root("src/store/queries")).unwrap().count();
    assert_eq!(files, STATEMENTS.len());
    let db = migrated();
    for (name, sql) in STATEMENTS {
        db.prepare(sql).unwrap_or_else(|error| panic!("{name}: {error}"));
    }
}

/// Reports, flushes and runs go along the primary key. A full scan of a table that grows with traffic is a bill that
/// grows. What may be scanned: parameters, what a statement has made itself, and tables of which there are few rows.
#[test]
fn nothing_that_grows_with_traffic_is_scanned() {
    const PARAMETERS: [&str; 3] = ["json_each", "owners", "days"];
    const MADE: [&str; 4] = ["found", "chosen", "reported", "CONSTANT"];
    const SMALL: [&str; 7] = [
        "api_tokens",
        "aggregation_runs",
        "runs",
        "analytics_meta",
        "storage_snapshots",
        "snapshots",
        "sqlite_master",
    ];
    let db = migrated();
    for (name, sql) in STATEMENTS {
        let mut statement = db.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
        for parameter in 1..=statement.parameter_count() {
            statement.raw_bind_parameter(parameter, "[]").unwrap();
        }
        let mut rows = statement.raw_query();
        while let Some(row) = rows.next().unwrap() {
            let step: String = row.get("detail").unwrap();
            let scanned = step.strip_prefix("SCAN ").and_then(|rest| rest.split(' ').next());
            let is_bounded = |table| [&PARAMETERS[..], &MADE, &SMALL].iter().any(|it| it.contains(&table));
            assert!(scanned.is_none_or(is_bounded), "{name}: {step}");
        }
    }
}

#[test]
fn a_flush_adds_up_and_is_refused_the_second_time() {
    let mut db = migrated();
    let mut apply = |id: &str, rows: &str| -> rusqlite::Result<()> {
        let batch = db.transaction()?;
        batch.execute(sql::FLUSH_CLAIM, [id])?;
        batch.execute(sql::FLUSH_ROWS, [rows])?;
        batch.commit()
    };
    let row = |requests: i64, bytes: i64| {
        format!(r#"[["o","2026-11-20","pics/é\"'.jpg","original","DE",200,{requests},{bytes},1,2,3]]"#)
    };
    apply("1", &row(2, 9_007_199_254_740_991)).unwrap();
    apply("2", &row(3, 5)).unwrap();
    let error = apply("2", &row(3, 5)).unwrap_err().to_string();
    assert!(error.contains("UNIQUE constraint failed: applied_flushes.id"), "{error}");
    apply("3", "[]").unwrap();

    type Stored = (String, i64, i64, i64, i64, i64, String);
    let stored: Stored = db
        .query_row(
            "SELECT image_id, requests, bandwidth_bytes, cache_hits, cache_misses, source_bytes, typeof(status_code)
             FROM analytics_daily",
            [],
            |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?, row.get(5)?, row.get(6)?)),
        )
        .unwrap();
    assert_eq!(stored, ("pics/é\"'.jpg".into(), 5, 9_007_199_254_740_996, 2, 4, 6, "integer".into()));
}

#[test]
fn what_is_left_out_adds_up() {
    let db = migrated();
    for rows in
        [r#"[["2026-11-20","shed",2,10]]"#, r#"[["2026-11-20","shed",3,1],["2026-11-19","lost",7,7]]"#]
    {
        db.execute(sql::FLUSH_UNCOUNTED, [rows]).unwrap();
    }
    let sum = |from: &str, to: &str| -> i64 {
        let mut left = db.prepare(sql::UNCOUNTED).unwrap();
        let requests = left.query_map([from, to], |row| row.get::<_, i64>("requests")).unwrap();
        requests.map(Result::unwrap).sum()
    };
    assert_eq!((sum("2026-11-20", "2026-11-20"), sum("2026-11-01", "2026-11-30")), (5, 12));
    assert_eq!(sum("2026-12-01", "2026-12-02"), 0);
}

#[test]
fn old_flush_ids_are_forgotten_in_chunks() {
    let db = migrated();
    for id in ["01", "02", "03", "11", "12"] {
        db.execute(sql::FLUSH_CLAIM, [id]).unwrap();
    }
    let purge = || db.execute(sql::FLUSH_PURGE, params!["10", 2]).unwrap();
    assert_eq!([purge(), purge(), purge()], [2, 1, 0]);
    let left: String =
        db.query_row("SELECT group_concat(id) FROM applied_flushes", [], |row| row.get(0)).unwrap();
    assert_eq!(left, "11,12");
}

#[test]
fn owners_with_rows_are_found_by_jumping() {
    let db = migrated();
    for (owner, date) in [("a", 1), ("a", 2), ("b", 1), ("c", 3)] {
        let rows = format!(r#"[["{owner}","2026-11-0{date}","i","original","DE",200,1,1,0,0,0]]"#);
        db.execute(sql::FLUSH_ROWS, [rows]).unwrap();
    }
    db.execute(sql::OWNER_INSERT, ["b", "bob", "2026-11-20T00:00:00Z"]).unwrap();
    let mut statement = db.prepare(sql::OWNERS_WITH_ROWS).unwrap();
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    let found: Vec<(String, Option<String>)> = rows.map(Result::unwrap).collect();
    assert_eq!(found, [("a".into(), None), ("b".into(), Some("bob".into())), ("c".into(), None)]);
}

/// Two invocations may hold the same purge, if one of them hangs for longer than the lease.
#[test]
fn a_purge_that_is_behind_lets_no_day_go() {
    let db = migrated();
    let day = "2026-11-20";
    db.execute(sql::FLUSH_ROWS, [format!(r#"[["o","{day}","i","original","DE",200,3,9,0,0,0]]"#)]).unwrap();
    db.execute(sql::RUN_UNKNOWN, [day, "2026-11-30T01:00:00Z", "stands for a purge at its first step"])
        .unwrap();
    let purge = |step: u32| {
        db.execute(sql::PUBLISH_DAYS, params![day, 1, step, 0]).unwrap();
        db.execute(sql::PURGE_UNTIL, params!["2026-11-21", "2026-11-30T01:00:00Z", 1, step]).unwrap();
        db.execute(sql::PURGE_FREEZE, [day]).unwrap();
        db.execute(sql::PURGE_MARK, [day]).unwrap();
        let deleted = db.execute(sql::PURGE_ROWS, params![day, 10]).unwrap();
        let month = "SELECT coalesce(sum(frozen_requests), 0) FROM analytics_monthly";
        (deleted, db.query_row(month, [], |row| row.get::<_, i64>(0)).unwrap())
    };
    assert_eq!(purge(7), (0, 0), "what nobody has closed would be lost");
    assert_eq!(purge(0), (1, 3));
    assert_eq!(purge(0), (0, 3));
}
