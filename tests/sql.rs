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
        // A column that was added later stands after a space.
        words.join(" ").replace('"', "").replace(" ,", ",").replace("( ", "(").replace(" )", ")")
    })
    .collect()
}

const STATEMENTS: &[(&str, &str)] = &[
    ("close_due", sql::CLOSE_DUE),
    ("close_errors", sql::CLOSE_ERRORS),
    ("close_facets", sql::CLOSE_FACETS),
    ("close_rows", sql::CLOSE_ROWS),
    ("close_segments", sql::CLOSE_SEGMENTS),
    ("day_published", sql::DAY_PUBLISHED),
    ("day_realtime", sql::DAY_REALTIME),
    ("day_staged", sql::DAY_STAGED),
    ("day_total", sql::DAY_TOTAL),
    ("filtered_days", sql::FILTERED_DAYS),
    ("filtered_quality", sql::FILTERED_QUALITY),
    ("filtered_values", sql::FILTERED_VALUES),
    ("first_day", sql::FIRST_DAY),
    ("image_country", sql::IMAGE_COUNTRY),
    ("image_days", sql::IMAGE_DAYS),
    ("image_status", sql::IMAGE_STATUS),
    ("image_variant", sql::IMAGE_VARIANT),
    ("lease_release", sql::LEASE_RELEASE),
    ("lease_take", sql::LEASE_TAKE),
    ("meta_get", sql::META_GET),
    ("meta_list", sql::META_LIST),
    ("meta_set", sql::META_SET),
    ("month_frozen", sql::MONTH_FROZEN),
    ("open_rows", sql::OPEN_ROWS),
    ("open_segments", sql::OPEN_SEGMENTS),
    ("open_uncounted", sql::OPEN_UNCOUNTED),
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
    ("purge_breakdowns", sql::PURGE_BREAKDOWNS),
    ("purge_days", sql::PURGE_DAYS),
    ("purge_errors", sql::PURGE_ERRORS),
    ("purge_freeze", sql::PURGE_FREEZE),
    ("purge_mark", sql::PURGE_MARK),
    ("purge_rows", sql::PURGE_ROWS),
    ("purge_runs", sql::PURGE_RUNS),
    ("purge_segments", sql::PURGE_SEGMENTS),
    ("purge_sessions", sql::PURGE_SESSIONS),
    ("purge_snapshots", sql::PURGE_SNAPSHOTS),
    ("purge_staged", sql::PURGE_STAGED),
    ("purge_storage", sql::PURGE_STORAGE),
    ("purge_uncounted", sql::PURGE_UNCOUNTED),
    ("purge_until", sql::PURGE_UNTIL),
    ("purge_usage_events", sql::PURGE_USAGE_EVENTS),
    ("report_breakdown", sql::REPORT_BREAKDOWN),
    ("report_days", sql::REPORT_DAYS),
    ("report_errors", sql::REPORT_ERRORS),
    ("report_hours", sql::REPORT_HOURS),
    ("report_not_found", sql::REPORT_NOT_FOUND),
    ("report_owners", sql::REPORT_OWNERS),
    ("report_top", sql::REPORT_TOP),
    ("report_transformations", sql::REPORT_TRANSFORMATIONS),
    ("report_usage", sql::REPORT_USAGE),
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
    ("session_delete", sql::SESSION_DELETE),
    ("session_find", sql::SESSION_FIND),
    ("session_insert", sql::SESSION_INSERT),
    ("session_keep", sql::SESSION_KEEP),
    ("stage_clear", sql::STAGE_CLEAR),
    ("stage_decisions", sql::STAGE_DECISIONS),
    ("stage_discard", sql::STAGE_DISCARD),
    ("stage_drop_breakdowns", sql::STAGE_DROP_BREAKDOWNS),
    ("stage_drop_errors", sql::STAGE_DROP_ERRORS),
    ("stage_drop_rows", sql::STAGE_DROP_ROWS),
    ("stage_drop_segments", sql::STAGE_DROP_SEGMENTS),
    ("stage_read", sql::STAGE_READ),
    ("stage_rows", sql::STAGE_ROWS),
    ("stage_segments", sql::STAGE_SEGMENTS),
    ("stage_sums", sql::STAGE_SUMS),
    ("stage_unread", sql::STAGE_UNREAD),
    ("stage_variance", sql::STAGE_VARIANCE),
    ("stage_weighed", sql::STAGE_WEIGHED),
    ("status_days", sql::STATUS_DAYS),
    ("storage_at", sql::STORAGE_AT),
    ("storage_clear", sql::STORAGE_CLEAR),
    ("storage_days", sql::STORAGE_DAYS),
    ("storage_latest", sql::STORAGE_LATEST),
    ("storage_owners", sql::STORAGE_OWNERS),
    ("storage_publish", sql::STORAGE_PUBLISH),
    ("storage_snapshot", sql::STORAGE_SNAPSHOT),
    ("storage_stage", sql::STORAGE_STAGE),
    ("storage_supersede", sql::STORAGE_SUPERSEDE),
    ("storage_totals", sql::STORAGE_TOTALS),
    ("token_exists", sql::TOKEN_EXISTS),
    ("token_find", sql::TOKEN_FIND),
    ("token_insert", sql::TOKEN_INSERT),
    ("token_list", sql::TOKEN_LIST),
    ("token_made", sql::TOKEN_MADE),
    ("token_revoke", sql::TOKEN_REVOKE),
    ("token_rotate", sql::TOKEN_ROTATE),
    ("uncounted", sql::UNCOUNTED),
    ("usage_count", sql::USAGE_COUNT),
    ("usage_keep", sql::USAGE_KEEP),
    ("usage_known", sql::USAGE_KNOWN),
    ("usage_sums", sql::USAGE_SUMS),
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

/// Bytes that are claimed can add up to more than SQLite's `sum()` can tell, which then fails: see `domain/counters.rs`. What
/// is measured in the bucket cannot.
#[test]
fn no_sum_of_bytes_fails() {
    let is_claimed = |text: &str| {
        ["bandwidth_bytes", "source_bytes", "->> 3", "->> 6"].iter().any(|bytes| text.contains(bytes))
    };
    for (name, sql) in STATEMENTS {
        let code: String = sql.lines().filter(|line| !line.starts_with("--")).collect::<Vec<_>>().join("\n");
        for (place, _) in code.match_indices("sum(") {
            let argument = code[place..].split(')').next().unwrap();
            assert!(!is_claimed(argument), "{name}: {argument})");
        }
        for line in code.lines().filter(|line| line.contains("excluded.") && line.contains(" + ")) {
            assert!(!is_claimed(line) || line.contains("min("), "{name}: {line}");
        }
    }
}

/// Reports, aggregators and runs go along the primary key. A full scan of a table that grows with traffic is a bill that
/// grows. What may be scanned: parameters, what a statement has made itself, and tables of which there are few rows.
#[test]
fn nothing_that_grows_with_traffic_is_scanned() {
    const PARAMETERS: [&str; 6] = ["json_each", "owners", "days", "names", "entry", "wanted"];
    const MADE: [&str; 22] = [
        "made",
        "given",
        "spans",
        "files",
        "keys",
        "fitting",
        "found",
        "chosen",
        "reported",
        "CONSTANT",
        "closing",
        "dimensions",
        "entries",
        "known",
        "lacking",
        "urls",
        "totals",
        "sums",
        "ranked",
        "parts",
        "counted",
        "by_referrer",
    ];
    const SMALL: [&str; 8] = [
        "api_tokens",
        "sessions",
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
            let is_bounded = |table: &str| {
                table.starts_with("(subquery")
                    || [&PARAMETERS[..], &MADE[..], &SMALL[..]].iter().any(|it| it.contains(&table))
            };
            assert!(scanned.is_none_or(is_bounded), "{name}: {step}");
        }
    }
}

const DAY: &str = "2026-11-20";

/// Rows that an aggregator has counted.
fn open_rows(db: &Connection, part: &str, rows: &str) -> usize {
    db.execute(sql::OPEN_ROWS, params![rows, part]).unwrap()
}

/// What an aggregator has counted of the owner `o`.
fn open_segment(db: &Connection, part: &str, requests: u32, body: &str, errors: &str) -> usize {
    let segments = serde_json::to_string(&[(DAY, "o", requests, body, errors)]).unwrap();
    db.execute(sql::OPEN_SEGMENTS, params![segments, part]).unwrap()
}

fn one<T: rusqlite::types::FromSql>(db: &Connection, sql: &str) -> T {
    db.query_row(sql, [], |row| row.get(0)).unwrap()
}

#[test]
fn of_what_an_aggregator_has_counted_the_latest_stays() {
    let db = migrated();
    let row = |requests: i64, bytes: i64, kind: &str| {
        format!(r#"[["o","{DAY}","pics/é\"'.jpg","original","DE",200,{requests},{bytes},1,2,3,"{kind}",0]]"#)
    };
    let stored = || -> String {
        one(
            &db,
            "SELECT group_concat(part || ' ' || image_id || ' ' || requests || ' ' || bandwidth_bytes || ' ' || asset_type || ' '
               || typeof(status_code), '; ') FROM analytics_daily",
        )
    };
    assert_eq!(open_rows(&db, "0", &row(5, 9_007_199_254_740_991, "image")), 1);
    let first = "0 pics/é\"'.jpg 5 9007199254740991 image integer";
    for late in [row(5, 1, "video"), row(4, 1, "video")] {
        assert_eq!(open_rows(&db, "0", &late), 0, "as many, or fewer: nothing is written");
        assert_eq!(stored(), first);
    }
    assert_eq!(open_rows(&db, "0", &row(6, 7, "video")), 1);
    assert_eq!(open_rows(&db, "1", &row(2, 1, "image")), 1);
    assert_eq!(
        stored(),
        "0 pics/é\"'.jpg 6 7 video integer; 1 pics/é\"'.jpg 2 1 image integer",
        "parts stay apart"
    );

    let segment = "SELECT group_concat(part || body || errors || requests, ' ') FROM analytics_segments";
    for (part, requests, body, changes, expected) in [
        ("0", 2, "[2]", 1, "0[2][9]2"),
        ("0", 1, "[1]", 0, "0[2][9]2"),
        ("0", 2, "[3]", 0, "0[2][9]2"),
        ("1", 1, "[4]", 1, "0[2][9]2 1[4][9]1"),
        ("0", 3, "[5]", 1, "0[5][9]3 1[4][9]1"),
    ] {
        assert_eq!(open_segment(&db, part, requests, body, "[9]"), changes);
        assert_eq!(one::<String>(&db, segment), expected);
    }
}

#[test]
fn what_is_left_out_is_what_all_aggregators_say() {
    let db = migrated();
    for (part, rows) in [
        ("0", r#"[["2026-11-20","shed",2,10]]"#),
        ("0", r#"[["2026-11-20","shed",5,11],["2026-11-19","lost",7,7]]"#),
        ("0", r#"[["2026-11-20","shed",3,11]]"#),
        ("1", r#"[["2026-11-20","shed",1,1]]"#),
    ] {
        db.execute(sql::OPEN_UNCOUNTED, params![rows, part]).unwrap();
    }
    let sum = |from: &str, to: &str| -> i64 {
        let mut left = db.prepare(sql::UNCOUNTED).unwrap();
        let requests = left.query_map([from, to], |row| row.get::<_, i64>("requests")).unwrap();
        requests.map(Result::unwrap).sum()
    };
    assert_eq!((sum("2026-11-20", "2026-11-20"), sum("2026-11-01", "2026-11-30")), (6, 13));
    assert_eq!(sum("2026-12-01", "2026-12-02"), 0);
}

/// What a closed day keeps of two owners, one of whom has no segments: nothing of that one.
#[test]
fn a_day_is_closed_once_and_adds_up() {
    let db = migrated();
    let row = |image: u32, requests: u32| {
        format!(r#"["o","{DAY}","a/{image}","original","DE",200,{requests},{},0,0,0,"image",0]"#, 100 * image)
    };
    let rows: Vec<String> = (1..=9).map(|image| row(image, 10 - image)).collect();
    let body = r#"["image","a/1",1,1,0,0,0],["bot","ai",15,700,0,0,0],["bot","human",20,3000,0,0,0],["status","200",40,4000,0,0,0]"#;
    open_rows(&db, "0", &format!("[{}]", rows.join(",")));
    open_segment(&db, "0", 45, body, r#"[404,"object_not_found","/x","N/A",3,7,9]"#);
    open_rows(&db, "0", &format!(r#"[["p","{DAY}","a/1","original","DE",200,1,1,0,0,0,"image",0]]"#));
    let close = |db: &Connection| {
        let owners = r#"["o","p"]"#;
        let of_rows = r#"["asset_type","image","variant"]"#;
        let facets = r#"["bot","os","status"]"#;
        db.execute(sql::CLOSE_ROWS, params![DAY, owners, 0.0, of_rows, 2.0]).unwrap();
        db.execute(sql::CLOSE_FACETS, params![DAY, owners, 0.0, facets, 2.0, of_rows]).unwrap();
        db.execute(sql::CLOSE_ERRORS, params![DAY, owners, 0.0, 100.0]).unwrap();
        db.execute(sql::CLOSE_SEGMENTS, params![DAY, owners, 0.0]).unwrap();
    };
    close(&db);
    close(&db);
    let mut statement = db
        .prepare(
            "SELECT dimension || ' ' || value || ' ' || requests || ' ' || bandwidth_bytes || ' ' || undercount
             FROM analytics_breakdown_daily WHERE owner = 'o' ORDER BY dimension, value",
        )
        .unwrap();
    let rows = statement.query_map([], |row| row.get(0)).unwrap();
    let rows: Vec<String> = rows.map(Result::unwrap).collect();
    assert_eq!(
        rows,
        [
            "asset_type image 45 4500 0",
            "bot (other) 10 800 10",
            "bot ai 15 700 0",
            "bot human 20 3000 0",
            "image (other) 25 2500 7",
            "image a/1 9 100 0",
            "image a/2 8 200 0",
            "image a/8 2 800 0",
            "image a/9 1 900 0",
            "os (other) 45 4500 45",
            "status (other) 5 500 5",
            "status 200 40 4000 0",
            "variant original 45 4500 0"
        ]
    );
    assert_eq!(one::<i64>(&db, "SELECT count(*) FROM analytics_breakdown_daily WHERE owner <> 'o'"), 0);
    assert_eq!(one::<i64>(&db, "SELECT sum(requests) FROM analytics_errors_daily"), 3);
    assert_eq!(one::<i64>(&db, "SELECT count(*) FROM analytics_segments"), 0);
}

/// What `filtered_values` tells of one dimension, `(other)` left out where it has nothing.
fn filtered(
    db: &Connection,
    conditions: [Option<&str>; 10],
    dimension: &str,
    page: (f64, f64, &str),
) -> Vec<String> {
    let mut params: Vec<rusqlite::types::Value> =
        vec![r#"["o","p"]"#.to_owned().into(), r#"["2026-11-19","2026-11-20"]"#.to_owned().into()];
    let list = |list: Option<&str>| list.map(str::to_owned).into();
    params.extend(conditions.map(list));
    let mut statement = db.prepare(sql::FILTERED_DAYS).unwrap();
    let days = statement
        .query_map(rusqlite::params_from_iter(&params), |row| row.get::<_, i64>("requests"))
        .unwrap();
    let requests: i64 = days.map(Result::unwrap).sum();
    params.extend([
        format!("[\"{dimension}\"]").into(),
        page.0.into(),
        page.1.into(),
        page.2.to_owned().into(),
    ]);
    let mut statement = db.prepare(sql::FILTERED_VALUES).unwrap();
    let mut all = 0;
    let rows = statement
        .query_map(rusqlite::params_from_iter(&params), |row| {
            let other = if row.get::<_, String>("value")? == "(other)" { row.get("requests")? } else { 0 };
            all = row.get::<_, i64>("all_requests")? + other;
            Ok((
                row.get::<_, String>("value")?,
                row.get::<_, i64>("requests")?,
                row.get::<_, f64>("bandwidth_bytes")? as i64,
            ))
        })
        .unwrap();
    let rows: Vec<_> = rows.map(Result::unwrap).collect();
    assert_eq!(rows.last().map(|(value, ..)| value.as_str()), Some("(other)"), "it always comes last");
    if !["image", "video", "other"].contains(&dimension) {
        assert_eq!(all, requests, "values and days add up to the same");
    }
    let told = rows.into_iter().filter(|(value, requests, _)| value != "(other)" || *requests > 0);
    told.map(|(value, requests, bytes)| format!("{value} {requests}/{bytes}")).collect()
}

#[test]
fn filters_combine_and_negate() {
    let db = migrated();
    let row = |owner: &str,
               day: u32,
               image: &str,
               variant: &str,
               country: &str,
               status: u32,
               requests: u32,
               kind: &str| {
        format!(
            r#"["{owner}","2026-11-{day}","{image}","{variant}","{country}",{status},{requests},{},0,0,0,"{kind}",0]"#,
            100 - requests
        )
    };
    let rows = [
        row("o", 20, "a/1", "original", "DE", 200, 1, "image"),
        row("o", 19, "a/1", "w1", "AT", 200, 2, "image"),
        row("p", 20, "a/1", "original", "DE", 416, 4, "other"),
        row("o", 20, "a/2", "original", "DE", 206, 8, "video"),
        row("o", 20, "a/2 x", "original", "CH", 200, 16, "image"),
        row("o", 20, "(other)", "(other)", "XX", 200, 32, "image"),
        row("q", 20, "a/1", "original", "DE", 200, 50, "image"),
        row("o", 18, "a/1", "original", "DE", 200, 60, "image"),
    ];
    open_rows(&db, "0", &format!("[{}]", rows.join(",")));
    const ALL: [Option<&str>; 10] =
        [None, Some("[]"), None, Some("[]"), None, Some("[]"), None, Some("[]"), None, Some("[]")];
    let with = |changes: &[(usize, &'static str)]| {
        changes.iter().fold(ALL, |mut all, (place, list)| {
            all[*place] = Some(list);
            all
        })
    };
    let page = (10.0, 0.0, "requests");
    for (why, conditions, dimension, page, expected) in [
        ("all", ALL, "country", page, &["CH 16/84", "DE 13/287", "AT 2/98", "(other) 32/68"][..]),
        (
            "by bandwidth",
            ALL,
            "country",
            (10.0, 0.0, "bandwidth"),
            &["DE 13/287", "AT 2/98", "CH 16/84", "(other) 32/68"],
        ),
        ("a page", ALL, "country", (2.0, 1.0, "requests"), &["DE 13/287", "AT 2/98", "(other) 32/68"]),
        ("beyond the last", ALL, "country", (2.0, 9.0, "requests"), &["(other) 32/68"]),
        ("owners", ALL, "owner", page, &["o 59/441", "p 4/96"]),
        ("images", ALL, "image", page, &["a/2 x 16/84", "a/1 3/197", "(other) 32/68"]),
        ("kinds", ALL, "asset_type", page, &["image 51/349", "video 8/92", "other 4/96"]),
        ("one file", with(&[(0, r#"["image a/1"]"#)]), "country", page, &["AT 2/98", "DE 1/99"]),
        ("of another kind", with(&[(0, r#"["other a/1"]"#)]), "status", page, &["416 4/96"]),
        (
            "several",
            with(&[(0, r#"["image a/1","image a/2 x","video a/1"]"#)]),
            "variant",
            page,
            &["original 17/183", "w1 2/98"],
        ),
        ("none", with(&[(0, "[]")]), "country", page, &[]),
        (
            "not a file",
            with(&[(1, r#"["image a/1","video a/2"]"#)]),
            "asset_type",
            page,
            &["image 48/152", "other 4/96"],
        ),
        ("variant", with(&[(2, r#"["w1","w2"]"#)]), "variant", page, &["w1 2/98"]),
        ("not a variant", with(&[(3, r#"["original"]"#)]), "variant", page, &["w1 2/98", "(other) 32/68"]),
        ("countries", with(&[(4, r#"["DE","AT"]"#), (5, r#"["AT"]"#)]), "country", page, &["DE 13/287"]),
        ("statuses", with(&[(6, r#"["200","206"]"#)]), "status", page, &["200 51/349", "206 8/92"]),
        ("not a status", with(&[(7, r#"["200"]"#)]), "status", page, &["206 8/92", "416 4/96"]),
        ("a kind", with(&[(8, r#"["video","audio"]"#)]), "asset_type", page, &["video 8/92"]),
        ("not a kind", with(&[(9, r#"["image"]"#)]), "asset_type", page, &["video 8/92", "other 4/96"]),
        (
            "together",
            with(&[(0, r#"["image a/1"]"#), (4, r#"["DE"]"#), (7, r#"["404"]"#)]),
            "image",
            page,
            &["a/1 1/99"],
        ),
        ("hostile", with(&[(4, r#"["' OR 1=1 --"]"#)]), "country", page, &[]),
    ] {
        assert_eq!(filtered(&db, conditions, dimension, page), expected, "{why}");
    }
    let unassigned = |files: Option<&str>| {
        let params = params![r#"["o"]"#, r#"["2026-11-20"]"#, files];
        db.query_row(sql::FILTERED_QUALITY, params, |row| {
            Ok((row.get::<_, i64>("unassigned")?, row.get::<_, i64>("partly_assigned")?))
        })
    };
    assert_eq!(unassigned(None), Ok((32, 0)));
    // What a file has besides its other rows: neither variant, country nor status is told, but whether it is an error.
    let rest = [
        row("o", 20, "a/1", "(image)", "XX", 0, 11, "image"),
        row("o", 20, "a/1", "(error)", "XX", 0, 7, "other"),
        row("o", 20, "a/3", "(image)", "XX", 0, 5, "image"),
    ];
    open_rows(&db, "0", &format!("[{}]", rest.join(",")));
    assert_eq!(unassigned(None), Ok((32, 23)));
    assert_eq!(unassigned(Some(r#"["image a/1"]"#)), Ok((32, 18)));
    let of_file = with(&[(0, r#"["image a/1","other a/1"]"#)]);
    for (dimension, expected) in [
        ("status", &["200 3/197", "416 4/96", "(other) 18/182"][..]),
        ("country", &["DE 5/195", "AT 2/98", "(other) 18/182"]),
        ("variant", &["original 5/195", "w1 2/98", "(other) 18/182"]),
    ] {
        let mut found = filtered(&db, of_file, dimension, page);
        found.sort();
        let mut expected = expected.to_vec();
        expected.sort_unstable();
        assert_eq!(found, expected, "{dimension}");
    }
    let errors = "SELECT sum(errors) FROM analytics_daily WHERE owner <> 'q'";
    assert_eq!(one::<i64>(&db, errors), 4 + 7);
}

#[test]
fn owners_with_rows_are_found_by_jumping() {
    let db = migrated();
    for (owner, date) in [("a", 1), ("a", 2), ("b", 1), ("c", 3)] {
        let rows = format!(r#"[["{owner}","2026-11-0{date}","i","original","DE",200,1,1,0,0,0,"image",0]]"#);
        open_rows(&db, "0", &rows);
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
    let day = DAY;
    open_rows(&db, "0", &format!(r#"[["o","{day}","i","original","DE",200,3,9,0,0,0,"image",0]]"#));
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

/// What of a session is found at noon, by whoever has its secret; `change` is what becomes of it before.
#[test]
fn a_session_ends_with_what_it_was_begun_with() {
    for (change, token, operator) in [
        ("", "o alice [\"read\"] 20:00", "operator 21:00"),
        ("UPDATE api_tokens SET revoked_at = '11:59'", "", "operator 21:00"),
        ("UPDATE api_tokens SET expires_at = '12:00'", "", "operator 21:00"),
        ("UPDATE api_tokens SET expires_at = '12:01'", "o alice [\"read\"] 20:00", "operator 21:00"),
        ("UPDATE api_tokens SET token_hash = 'rotated'", "", "operator 21:00"),
        ("UPDATE api_tokens SET scopes = '[\"write\"]'", "o alice [\"write\"] 20:00", "operator 21:00"),
        ("DELETE FROM api_tokens", "", "operator 21:00"),
        ("DELETE FROM owners", "o  [\"read\"] 20:00", "operator 21:00"),
        (
            "UPDATE sessions SET admin_proof = 'other' WHERE token_hash IS NULL",
            "o alice [\"read\"] 20:00",
            "",
        ),
        ("UPDATE sessions SET admin_proof = NULL", "o alice [\"read\"] 20:00", ""),
        ("UPDATE sessions SET expires_at = '12:00'", "", ""),
        ("UPDATE sessions SET admin_proof = 'proof', token_hash = 'none'", "", ""),
    ] {
        let db = migrated();
        db.execute("INSERT INTO owners VALUES ('o', 'alice', '09:00')", []).unwrap();
        let token_row = params!["token", "id", "o", "[\"read\"]", "09:00", "22:00", None::<&str>];
        db.execute(sql::TOKEN_INSERT, token_row).unwrap();
        let none = None::<&str>;
        db.execute(sql::SESSION_INSERT, params!["s", "token", none, "09:00", "20:00"]).unwrap();
        db.execute(sql::SESSION_INSERT, params!["a", none, "proof", "09:00", "21:00"]).unwrap();
        db.execute_batch(change).unwrap();
        let found = |secret: &str| {
            let mut statement = db.prepare(sql::SESSION_FIND).unwrap();
            let wanted = format!(r#"["y proof","{secret} proof"]"#);
            let mut rows = statement.query([&wanted, "12:00"]).unwrap();
            let Some(row) = rows.next().unwrap() else { return String::new() };
            let text = |column| row.get::<_, Option<String>>(column).unwrap().unwrap_or_default();
            let who = match row.get("is_operator").unwrap() {
                true => "operator".to_owned(),
                false => format!("{} {} {}", text("owner"), text("name"), text("scopes")),
            };
            format!("{who} {}", text("expires_at"))
        };
        assert_eq!((found("s").as_str(), found("a").as_str()), (token, operator), "{change}");
        assert_eq!(found("x"), "", "{change}");
    }
}

#[test]
fn the_newest_sessions_of_a_token_are_kept() {
    let db = migrated();
    let token = |name: &'static str| (name != "operator").then_some(name);
    for (hash, of, created_at) in [
        ("oldest", "a", "08:00"),
        ("older", "a", "09:00"),
        ("twin", "a", "10:00"),
        ("new", "a", "10:00"),
        ("other", "b", "07:00"),
        ("first", "operator", "07:00"),
        ("second", "operator", "07:01"),
    ] {
        db.execute(sql::SESSION_INSERT, params![hash, token(of), "proof", created_at, "23:00"]).unwrap();
    }
    let left = || {
        one::<String>(
            &db,
            "SELECT group_concat(secret_hash, ' ') FROM (SELECT secret_hash FROM sessions ORDER BY 1)",
        )
    };
    db.execute(sql::SESSION_KEEP, params![token("a"), 2.0, "new"]).unwrap();
    assert_eq!(left(), "first new other second twin");
    db.execute(sql::SESSION_KEEP, params![token("operator"), 1.0, "second"]).unwrap();
    assert_eq!(left(), "new other second twin");
    db.execute(sql::SESSION_KEEP, params![token("a"), 1.0, "new"]).unwrap();
    assert_eq!(left(), "new other second");
}

#[test]
fn what_a_token_has_made_is_found_through_those_that_it_made() {
    let db = migrated();
    for (id, made_by, expires_at) in [
        ("a", None, "22:00"),
        ("b", Some("a"), "22:00"),
        ("c", Some("b"), "22:00"),
        ("d", Some("b"), "11:00"),
        ("e", Some("d"), "22:00"),
        ("f", None, "22:00"),
    ] {
        db.execute(sql::TOKEN_INSERT, params![id, id, "o", "[]", "09:00", expires_at, made_by]).unwrap();
    }
    let made = |id: &str| {
        let mut statement = db.prepare(sql::TOKEN_MADE).unwrap();
        let rows = statement.query_map([id, "12:00"], |row| row.get::<_, String>("id")).unwrap();
        rows.map(Result::unwrap).collect::<Vec<_>>().join(" ")
    };
    assert_eq!((made("a"), made("c"), made("none")), ("b c e".into(), String::new(), String::new()));
    let revoked = |ids: &str| {
        let mut statement = db.prepare(sql::TOKEN_REVOKE).unwrap();
        let rows = statement.query_map([ids, "12:00"], |row| row.get::<_, String>("id")).unwrap();
        rows.map(Result::unwrap).collect::<Vec<_>>().join(" ")
    };
    assert_eq!((revoked(r#"["b"]"#), revoked(r#"["a","b"]"#)), ("b".into(), "a".into()));
    assert_eq!((made("a"), made("b")), ("c e".into(), "c e".into()), "through what is revoked, too");
}

#[test]
fn expired_sessions_are_purged_and_no_others() {
    let db = migrated();
    for (hash, expires_at) in [("old", "11:59"), ("just", "12:00"), ("valid", "12:01"), ("other", "12:01")] {
        db.execute(sql::SESSION_INSERT, [hash, "token", "proof", "00:00", expires_at]).unwrap();
    }
    let left = || {
        one::<String>(
            &db,
            "SELECT group_concat(secret_hash, ' ') FROM (SELECT secret_hash FROM sessions ORDER BY 1)",
        )
    };
    db.execute(sql::PURGE_SESSIONS, ["12:00"]).unwrap();
    assert_eq!(left(), "other valid");
    db.execute(sql::SESSION_DELETE, ["other"]).unwrap();
    db.execute(sql::SESSION_DELETE, [None::<&str>]).unwrap();
    assert_eq!(left(), "valid");
}

#[test]
fn a_breakdown_of_some_values_has_the_totals_of_all() {
    let db = migrated();
    for (value, requests) in [("DE", 5), ("FR", 3), ("US", 2), ("(other)", 7)] {
        db.execute(
            "INSERT INTO analytics_breakdown_daily VALUES (?1, 'o', 0, 'country', ?2, ?3, 0, 0, 0, 0, 0)",
            params![DAY, value, requests],
        )
        .unwrap();
    }
    let listed = |values: Option<&str>| -> Vec<String> {
        let (owners, days) = ("[\"o\"]", format!("[\"{DAY}\"]"));
        let mut statement = db.prepare(sql::REPORT_BREAKDOWN).unwrap();
        let row = |row: &rusqlite::Row<'_>| {
            let (value, requests, all): (String, i64, i64) =
                (row.get("value")?, row.get("requests")?, row.get("all_requests")?);
            Ok(format!("{value} {requests} of {all}"))
        };
        let rows =
            statement.query_map(params![owners, days, 2.0, 0.0, "country", "requests", values], row).unwrap();
        rows.map(Result::unwrap).collect()
    };
    assert_eq!(listed(None), ["DE 5 of 10", "FR 3 of 10", "(other) 7 of 10"]);
    assert_eq!(listed(Some(r#"["US","XX"]"#)), ["US 2 of 10", "(other) 7 of 10"]);
    assert_eq!(listed(Some("[]")), ["(other) 7 of 10"]);
}
