//! Runs of the nightly job on SQLite, with sources that answer as they are told and a database that refuses when it is
//! told to: what the simulation meets by chance, and what it does not.

#![allow(clippy::unwrap_used)]

mod common;
#[path = "common/sources.rs"]
mod common_sources;

use std::cell::Cell;

use common::{HOUR, Sqlite, Ticking, date, now};
use common_sources::{Counted, NoBucket};
use pixtally::batch::clock::Clock;
use pixtally::batch::job::{Job, Platform};
use pixtally::batch::night;
use pixtally::batch::source::{
    self, DayCount, Detail, OwnerTotals, Page, Preference, Source, SourceError, SourceOwner, SourceRow,
};
use pixtally::batch::sources::Sources;
use pixtally::domain::asset_type::AssetType;
use pixtally::domain::counters::Counters;
use pixtally::domain::country::Country;
use pixtally::domain::date::Date;
use pixtally::domain::date_range::{DateRange, RangeQuery};
use pixtally::domain::dimension::Dimension;
use pixtally::domain::failed_request::{FailedRequest, Seen};
use pixtally::domain::owner::{OwnerId, OwnerName};
use pixtally::domain::report::status::{DayState, Known};
use pixtally::domain::row_key::{Combination, RowKey};
use pixtally::store::budget::Budgeted;
use pixtally::store::db::Result;
use pixtally::store::runs::{self, Kind, Origin, Run};
use pixtally::store::status;

const OWNER: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

impl Sqlite {
    /// Refuses statements that contain a text, from the first of them on so many times.
    fn refuse(&self, text: &'static str, times: u32) {
        let mut left = times;
        *self.refuses.borrow_mut() = Box::new(move |sql| {
            let refuses = sql.contains(text) && left > 0;
            left -= u32::from(refuses);
            refuses
        });
    }

    /// Requests that were counted in realtime.
    fn realtime(&self, date: &str, requests: u64) {
        self.execute(&format!(
            "INSERT INTO analytics_daily
             VALUES ('{OWNER}', '{date}', 0, 'a/1', 'original', 'DE', 200, {requests}, {requests}0, 0, 0, 0, 'image', '0', 0)"
        ));
    }

    /// The same, as an aggregator writes them, with what else it tells of them.
    fn counted(&self, date: &str, requests: u64) {
        self.realtime(date, requests);
        let entries = ["status", "200", "asset_type", "image", "image", "a/1", "device", "Desktop"];
        let entries: Vec<String> = entries
            .chunks(2)
            .map(|it| format!(r#"["{}","{}",{requests},{requests}0,0,0,0]"#, it[0], it[1]))
            .collect();
        self.execute(&format!(
            r#"INSERT INTO analytics_segments (date, owner, run, part, requests, body, errors)
               VALUES ('{date}', '{OWNER}', 0, '0', {requests}, '{}', '[404,"x","/x","N/A",2,5,6]')"#,
            entries.join(",")
        ));
    }

    /// What a table has, row by row.
    fn rows(&self, sql: &str) -> Vec<String> {
        let connection = self.connection.borrow();
        let mut statement = connection.prepare(sql).unwrap();
        let rows = statement.query_map([], |row| row.get(0)).unwrap();
        rows.map(|row| row.unwrap()).collect()
    }

    /// A day's values of what is reported, with their requests and bytes.
    fn breakdown(&self, date: &str) -> Vec<String> {
        self.rows(&format!(
            "SELECT dimension || ' ' || value || ' ' || rows.requests || ' ' || rows.bandwidth_bytes
             FROM analytics_breakdown_daily AS rows
             LEFT JOIN analytics_days AS days USING (date, owner)
             WHERE date = '{date}' AND rows.run = coalesce(days.run, 0)
             ORDER BY dimension, value"
        ))
    }

    /// Everything that is stored of hits.
    fn everything(&self) -> Vec<String> {
        let table = |name: &str, columns: &str| {
            self.rows(&format!("SELECT '{name} ' || concat_ws(' ', {columns}) FROM {name} ORDER BY 1"))
        };
        [
            table("analytics_daily", "date, run, image_id, requests, asset_type"),
            table("analytics_days", "date, run, source, requests, bandwidth_bytes"),
            table("analytics_segments", "date, run, part, body, errors"),
            table(
                "analytics_breakdown_daily",
                "date, run, dimension, value, requests, bandwidth_bytes, undercount",
            ),
            table("analytics_errors_daily", "date, run, path, requests, first_seen, last_seen"),
        ]
        .concat()
    }

    /// Rows of runs, in any table.
    fn of_runs(&self) -> i64 {
        let tables =
            ["analytics_daily", "analytics_segments", "analytics_breakdown_daily", "analytics_errors_daily"];
        let count =
            |table| self.value(&format!("SELECT count(*) FROM {table} WHERE run > 0")).unwrap_or_default();
        tables.map(count).iter().sum()
    }

    /// Requests that are reported of a day.
    fn reported(&self, date: &str) -> i64 {
        let run = format!("SELECT run FROM analytics_days WHERE date = '{date}'");
        let run = self.value(&run).unwrap_or_default();
        let sum = format!("SELECT sum(requests) FROM analytics_daily WHERE date = '{date}' AND run = {run}");
        self.value(&sum).unwrap_or_default()
    }
}

type Answer<T> = source::Result<Page<T>>;
type Rows = Answer<SourceRow>;
type Details = fn(Option<&str>) -> Answer<Detail>;

/// What a source answers to each page, by its cursor.
struct Scripted {
    requests: u64,
    owners: fn(Date, Option<&str>) -> Answer<OwnerTotals>,
    rows: fn(Date, Option<&str>) -> Rows,
    details: Details,
}

impl Source for Scripted {
    async fn days(&self, _: Date, to: Date) -> source::Result<Vec<DayCount>> {
        Ok(vec![DayCount { date: to, requests: self.requests, variance: 0.0 }])
    }

    async fn owners(&self, date: Date, cursor: Option<&str>) -> Answer<OwnerTotals> {
        (self.owners)(date, cursor)
    }

    async fn rows(&self, date: Date, _: &[SourceOwner], cursor: Option<&str>) -> Rows {
        (self.rows)(date, cursor)
    }

    async fn details(&self, _: Date, _: &[SourceOwner], cursor: Option<&str>) -> Answer<Detail> {
        (self.details)(cursor)
    }
}

struct Scene;

impl Platform for Scene {
    type Db = Budgeted<Sqlite>;
    type Engine = Scripted;
    type Zone = Scripted;
    type Control = Counted;
    type Listing = NoBucket;
    type Clock = Ticking;
}

type Given = Sources<Scripted, Scripted, Counted>;

fn sources(engine: Option<Scripted>, zone: Option<Scripted>, control: u64) -> Given {
    Sources {
        engine,
        zone,
        control: Some(Counted(control)),
        preference: Preference::Auto,
        missing: "nothing is set",
    }
}

fn totals(requests: u64) -> OwnerTotals {
    let owner = SourceOwner { id: OwnerId::parse(OWNER).unwrap(), name: OwnerName::parse("alice").ok() };
    OwnerTotals { owner, counters: counters(requests), points: requests, variance: 0.0 }
}

fn counters(requests: u64) -> Counters {
    Counters { requests, bandwidth_bytes: 10 * requests, ..Counters::default() }
}

fn row(date: Date, image: &str, requests: u64) -> SourceRow {
    let combination = Combination {
        image_id: image.to_owned(),
        variant: "original".to_owned(),
        country: Country::of_code(Some("DE")),
        status: 200,
    };
    let owner = OwnerId::parse(OWNER).unwrap();
    let key = RowKey { owner, date, combination, asset_type: AssetType::Image };
    SourceRow { key, counters: counters(requests), variance: 0.0 }
}

fn last<T>(items: Vec<T>) -> Answer<T> {
    Ok(Page { items, next: None })
}

fn refused<T>() -> Answer<T> {
    Err(SourceError::Refused { status: 401, message: "no".to_owned() })
}

/// A hundred requests of one owner, in two pages of rows.
fn engine() -> Scripted {
    Scripted {
        requests: 100,
        owners: |_, _| last(vec![totals(100)]),
        rows: |date, cursor| match cursor {
            None => Ok(Page { items: vec![row(date, "a/1", 20)], next: Some("2".to_owned()) }),
            Some(_) => last(vec![row(date, "a/2", 80)]),
        },
        details: |cursor| match cursor {
            None => Ok(Page {
                items: vec![
                    value(Dimension::Device, "Desktop", 60),
                    value(Dimension::Device, "Mobile", 30),
                    value(Dimension::Bot, "human", 100),
                ],
                next: Some("2".to_owned()),
            }),
            Some(_) => last(vec![failed("/x", 7)]),
        },
    }
}

fn value(dimension: Dimension, value: &str, requests: u64) -> Detail {
    let owner = OwnerId::parse(OWNER).unwrap();
    Detail::Value { owner, dimension, value: value.to_owned(), counters: counters(requests) }
}

fn failed(path: &str, requests: u64) -> Detail {
    let request = FailedRequest {
        status: 404,
        reason: "object_not_found",
        path: path.to_owned(),
        referrer_host: "N/A".to_owned(),
    };
    let owner = OwnerId::parse(OWNER).unwrap();
    Detail::Failed { owner, request, seen: Seen { requests, first: 5, last: 9 } }
}

fn zone() -> Scripted {
    Scripted {
        requests: 300,
        owners: |_, _| last(Vec::new()),
        rows: |_, _| last(Vec::new()),
        details: |_| last(Vec::new()),
    }
}

const PLENTY: u32 = 900;

/// Does something as the job, with so many queries, at two o'clock in the night to `today`.
fn as_job<T>(
    db: &Sqlite,
    sources: &Given,
    today: &str,
    queries: u32,
    work: impl AsyncFnOnce(&Job<'_, Scene>) -> T,
) -> T {
    let clock = Ticking(Cell::new(date(today).start() + 2 * HOUR));
    let db = Budgeted::new(db.clone(), queries);
    let deadline = clock.now() + 12 * 60 * 1000;
    now(work(&Job {
        db: &db,
        sources,
        media: None,
        clock: &clock,
        holder: format!("{today} {queries}"),
        deadline,
    }))
}

/// The night to `today`; how many runs were finished.
fn night_of(db: &Sqlite, sources: &Given, today: &str, queries: u32) -> Result<usize> {
    let due = date(today).start() + 2 * HOUR;
    as_job(db, sources, today, queries, async |job| {
        let aggregated = night::aggregate(job, due, 90).await.map(|runs| runs.len());
        night::close(job, due).await.and(aggregated)
    })
}

fn queued(db: &Sqlite, day: &str) -> Run {
    let queued = runs::queue(db, Kind::Aggregate, date(day), Origin::Admin, "2026-11-20T02:00:00Z", None);
    now(queued).unwrap().unwrap()
}

fn last_run(db: &Sqlite, column: &str) -> String {
    db.text(&format!("SELECT CAST({column} AS TEXT) FROM aggregation_runs ORDER BY id DESC LIMIT 1"))
}

/// A run of the engine that was cut off when its progress first had something there, and the database as it was then.
fn cut_off(place: &str) -> (Sqlite, Run) {
    for queries in 1..200 {
        let db = Sqlite::new();
        db.counted("2026-11-19", 99);
        let run = queued(&db, "2026-11-19");
        let sources = sources(Some(engine()), None, 100);
        let (run, _) =
            as_job(&db, &sources, "2026-11-20", queries, async |job| job.advance(run).await.unwrap());
        if !last_run(&db, &format!("progress ->> '$.{place}'")).is_empty() {
            return (db, run);
        }
    }
    panic!("no run was cut off at {place}");
}

#[test]
fn a_source_that_is_no_longer_configured_has_given_nothing() {
    let (db, run) = cut_off("phase.rows.cursor");
    assert_eq!(db.value("SELECT sum(requests) FROM analytics_daily WHERE run > 0"), Some(20), "half of it");
    as_job(&db, &sources(None, None, 100), "2026-11-20", PLENTY, async |job| job.advance(run).await.unwrap());
    assert_eq!(db.reported("2026-11-19"), 99);
    assert_eq!(db.of_runs(), 0);
    assert!(last_run(&db, "error").contains("no longer configured"), "{}", last_run(&db, "error"));
}

#[test]
fn rows_that_are_less_than_their_totals_are_dropped() {
    let db = Sqlite::new();
    db.realtime("2026-11-19", 99);
    let short = Scripted { rows: |date, _| last(vec![row(date, "a/1", 20)]), ..engine() };
    night_of(&db, &sources(Some(short), None, 100), "2026-11-21", PLENTY).unwrap();
    assert_eq!(db.reported("2026-11-19"), 99);
    assert_eq!(db.value("SELECT max(final) FROM aggregation_runs"), Some(0));
    assert!(db.text("SELECT error FROM aggregation_runs WHERE date = '2026-11-19'").contains("less than"));
    night_of(&db, &sources(Some(engine()), None, 100), "2026-11-22", PLENTY).unwrap();
    assert_eq!(db.reported("2026-11-19"), 100, "the next night makes up for it");
}

#[test]
fn a_day_is_not_done_because_the_other_source_answered() {
    let db = Sqlite::new();
    db.realtime("2026-11-19", 60);
    db.execute("INSERT INTO analytics_uncounted_daily VALUES ('2026-11-19', 'shed', 40, 400, '0')");
    let range = range("2026-11-01", "2026-11-30");
    let missing = || now(status::uncounted(&db, &range)).unwrap().missing();
    for night in ["2026-11-20", "2026-11-21", "2026-11-22", "2026-11-23"] {
        let broken = Scripted { owners: |_, _| refused(), ..engine() };
        night_of(&db, &sources(Some(broken), Some(zone()), 100), night, PLENTY).unwrap();
    }
    assert_eq!((db.reported("2026-11-19"), missing()), (60, 40));
    night_of(&db, &sources(Some(engine()), Some(zone()), 100), "2026-11-24", PLENTY).unwrap();
    assert_eq!((db.reported("2026-11-19"), missing()), (100, 0));
}

#[test]
fn a_run_does_not_boast_of_a_source_that_failed() {
    let db = Sqlite::new();
    let half = Scripted {
        owners: |_, cursor| match cursor {
            None => Ok(Page { items: vec![totals(100)], next: Some("2".to_owned()) }),
            Some(_) => refused(),
        },
        ..engine()
    };
    night_of(&db, &sources(Some(half), Some(zone()), 100), "2026-11-21", PLENTY).unwrap();
    for (column, value) in [
        ("state", "done"),
        ("source", "zone"),
        ("rows", "0"),
        ("owners_changed", "0"),
        ("batch_requests", ""),
        ("final", "0"),
    ] {
        assert_eq!(last_run(&db, column), value, "{column}");
    }
}

#[test]
fn an_engine_that_has_nothing_of_what_was_counted_is_doubted() {
    let db = Sqlite::new();
    db.realtime("2026-11-19", 10_000);
    let empty = || Scripted { requests: 0, owners: |_, _| last(Vec::new()), ..engine() };
    night_of(&db, &sources(Some(empty()), None, 0), "2026-11-21", PLENTY).unwrap();
    let error = db.text("SELECT error FROM aggregation_runs WHERE date = '2026-11-19'");
    assert!(error.contains("CLOUDFLARE_ACCOUNT_ID"), "{error}");
    assert_eq!(db.value("SELECT final FROM aggregation_runs WHERE date = '2026-11-19'"), Some(0));
    assert_eq!(db.reported("2026-11-19"), 10_000);
    db.execute("INSERT INTO analytics_uncounted_daily VALUES ('2026-11-19', 'shed', 40, 400, '0')");
    let range = range("2026-11-01", "2026-11-30");
    assert_eq!(now(status::uncounted(&db, &range)).unwrap().missing(), 40, "nothing is restored");
    assert_eq!(now(status::uncounted(&db, &range)).unwrap().shed_requests_to_restore, 40);
}

/// However many days fail again and again, the day that is new comes first.
#[test]
fn days_that_are_tried_again_do_not_starve_others() {
    const FREE: u32 = 45;
    let db = Sqlite::new();
    db.realtime("2026-10-01", 10_000);
    for night in 1..40 {
        let today = date("2026-10-01").plus(night);
        let yesterday = today.minus(1).to_string();
        if night > 1 {
            db.realtime(&yesterday, 99);
        }
        let healthy = Scripted {
            owners: |date, _| {
                if date.to_string().as_str() < "2026-10-04" { refused() } else { last(vec![totals(100)]) }
            },
            ..engine()
        };
        night_of(&db, &sources(Some(healthy), None, 100), &today.to_string(), FREE).unwrap();
        if yesterday.as_str() >= "2026-10-04" {
            assert_eq!(db.reported(&yesterday), 100, "{yesterday}");
        }
    }
}

#[test]
fn a_run_that_d1_refuses_for_nights_fails_and_is_begun_anew() {
    let db = Sqlite::new();
    db.realtime("2026-11-10", 99);
    db.refuse("A page of a run's rows", u32::MAX);
    for night in 11..18 {
        let today = format!("2026-11-{night}");
        let _ = night_of(&db, &sources(Some(engine()), None, 100), &today, PLENTY);
    }
    assert!(
        db.value("SELECT count(*) FROM aggregation_runs WHERE date = '2026-11-10' AND state = 'failed'")
            > Some(0)
    );
    db.refuse("nothing", 0);
    for night in ["2026-11-19", "2026-11-20"] {
        night_of(&db, &sources(Some(engine()), None, 100), night, PLENTY).unwrap();
    }
    assert_eq!(db.reported("2026-11-10"), 100);
}

#[test]
fn a_refusal_of_d1_does_not_cost_the_night() {
    for text in
        ["may go on", "Takes or renews the lease", "What the runs have come to", "The next step of a run"]
    {
        for times in 1..4 {
            let db = Sqlite::new();
            db.realtime("2026-11-19", 99);
            db.refuse(text, times);
            let night = night_of(&db, &sources(Some(engine()), None, 100), "2026-11-20", PLENTY);
            assert_eq!(night.ok(), Some(1), "{text} {times}");
            assert_eq!(db.reported("2026-11-19"), 100, "{text} {times}");
        }
    }
}

thread_local! {
    /// Whether the rows that were read last are of the day that D1 refuses.
    static REFUSED_DAY: Cell<bool> = const { Cell::new(false) };
}

#[test]
fn a_day_that_d1_keeps_refusing_does_not_stand_in_the_way_of_others() {
    let db = Sqlite::new();
    db.realtime("2026-11-17", 99);
    db.realtime("2026-11-19", 99);
    *db.refuses.borrow_mut() =
        Box::new(|sql| sql.contains("A page of a run's rows") && REFUSED_DAY.with(Cell::get));
    let staging = Scripted {
        rows: |date, cursor| {
            REFUSED_DAY.set(date.to_string() == "2026-11-17");
            (engine().rows)(date, cursor)
        },
        ..engine()
    };
    let _ = night_of(&db, &sources(Some(staging), None, 100), "2026-11-20", PLENTY);
    assert_eq!((db.reported("2026-11-17"), db.reported("2026-11-19")), (99, 100));
    let stuck = "SELECT error FROM aggregation_runs WHERE date = '2026-11-17' AND resume_after IS NOT NULL";
    assert!(db.text(stuck).contains("Network connection lost"), "{}", db.text(stuck));
}

#[test]
fn few_queries_are_enough_to_get_on() {
    const FREE: u32 = 45;
    let db = Sqlite::new();
    db.realtime("2026-10-01", 1);
    let sources = sources(None, None, 0);
    let mut finished = 0;
    for night in 0..3 {
        let today = date("2026-11-20").plus(night).to_string();
        finished += night_of(&db, &sources, &today, FREE).unwrap();
        db.asked.set(0);
    }
    assert!(finished >= 3, "{finished}");
    assert_eq!(
        db.value("SELECT count(*) FROM analytics_meta WHERE key = 'nightly_lease'"),
        Some(0),
        "it is given back"
    );
}

#[test]
fn waiting_runs_are_not_asked_again_and_again() {
    let db = Sqlite::new();
    for day in 0..61 {
        let day = date("2026-09-01").plus(day);
        db.realtime(&day.to_string(), 1);
        let run = queued(&db, &day.to_string());
        db.execute(&format!(
            "UPDATE aggregation_runs SET resume_after = '2026-11-19T03:00:00Z' WHERE id = {}",
            run.id
        ));
    }
    let empty = Scripted { requests: 0, owners: |_, _| last(Vec::new()), ..engine() };
    let _ = night_of(&db, &sources(Some(empty), None, 0), "2026-11-20", PLENTY);
    assert!(db.asked.get() <= PLENTY + 61 * 2, "{}", db.asked.get());
}

#[test]
fn what_was_purged_is_not_rebuilt_when_the_retention_is_raised() {
    let db = Sqlite::new();
    db.realtime("2026-11-18", 100);
    db.execute("INSERT INTO analytics_meta VALUES ('purged_before', '2026-11-18', 'x')");
    let old = Scripted { owners: |_, _| last(vec![totals(100)]), ..engine() };
    night_of(&db, &sources(Some(old), None, 100), "2026-11-20", PLENTY).unwrap();
    assert_eq!(db.text("SELECT min(date) FROM aggregation_runs"), "2026-11-18");
}

#[test]
fn a_rerun_that_fails_does_not_open_a_final_day() {
    let db = Sqlite::new();
    db.realtime("2026-11-18", 100);
    night_of(&db, &sources(Some(engine()), None, 100), "2026-11-20", PLENTY).unwrap();
    let run = queued(&db, "2026-11-18");
    let broken = sources(Some(Scripted { owners: |_, _| refused(), ..engine() }), None, 100);
    as_job(&db, &broken, "2026-11-20", PLENTY, async |job| job.advance(run).await.unwrap());
    assert_eq!(last_run(&db, "state"), "failed");
    let range = range("2026-11-18", "2026-11-18");
    let runs = now(status::last_runs(&db, &range)).unwrap().into_iter().collect();
    let known = Known { closed: Vec::new(), runs, first: Some(date("2026-11-18")) };
    assert_eq!(known.days(&range, date("2026-11-20"), false)[0].state, DayState::Final);
}

fn range(start: &str, end: &str) -> DateRange {
    let query =
        RangeQuery { start: Some(start.to_owned()), end: Some(end.to_owned()), ..RangeQuery::default() };
    DateRange::parse(&query, date("2026-11-30"), 90).unwrap()
}

/// A rebuilt day in every dimension: nothing of realtime's, and what its source did not tell is `(other)`.
#[test]
fn a_rebuilt_day_adds_up_in_every_dimension() {
    let db = Sqlite::new();
    db.counted("2026-11-19", 99);
    night_of(&db, &sources(Some(engine()), None, 100), "2026-11-20", PLENTY).unwrap();
    assert_eq!(db.reported("2026-11-19"), 100);
    assert_eq!(
        db.breakdown("2026-11-19"),
        [
            "asset_type image 100 1000",
            "bot human 100 1000",
            "browser (other) 100 1000",
            "cache (other) 100 1000",
            "country DE 100 1000",
            "crawler (other) 100 1000",
            "device (other) 10 100",
            "device Desktop 60 600",
            "device Mobile 30 300",
            "error_reason (other) 100 1000",
            "format (other) 100 1000",
            "hour (other) 100 1000",
            "image a/1 20 200",
            "image a/2 80 800",
            "os (other) 100 1000",
            "referrer (other) 100 1000",
            "status 200 100 1000",
            "variant original 100 1000",
        ]
    );
    assert_eq!(
        db.rows("SELECT path || ' ' || requests || ' ' || first_seen FROM analytics_errors_daily"),
        ["/x 7 5"]
    );
    assert_eq!(db.value("SELECT count(*) FROM analytics_segments WHERE run > 0"), Some(0));
}

#[test]
fn the_zone_tells_what_its_rows_tell() {
    let db = Sqlite::new();
    let zone = Scripted {
        owners: |_, _| last(vec![totals(100)]),
        rows: |date, _| last(vec![row(date, "a/1", 100)]),
        ..zone()
    };
    night_of(&db, &sources(None, Some(zone), 100), "2026-11-20", PLENTY).unwrap();
    assert_eq!(db.reported("2026-11-19"), 100);
    for line in db.breakdown("2026-11-19") {
        let [dimension, value, requests, bytes] = *line.split(' ').collect::<Vec<_>>() else { panic!() };
        let is_of_rows = Dimension::parse(dimension).unwrap().is_of_rows();
        assert_eq!((value == "(other)", requests, bytes), (!is_of_rows, "100", "1000"), "{line}");
    }
    assert_eq!(
        db.breakdown("2026-11-19").len(),
        15,
        "every dimension but videos, others and the personal ones"
    );
}

#[test]
fn a_source_that_fails_among_the_details_has_given_nothing() {
    let broken: [Details; 2] = [
        |_| refused(),
        |cursor| match cursor {
            None => (engine().details)(None),
            Some(_) => refused(),
        },
    ];
    for details in broken {
        let db = Sqlite::new();
        db.counted("2026-11-19", 99);
        let before = db.everything();
        let broken = Scripted { details, ..engine() };
        night_of(&db, &sources(Some(broken), None, 100), "2026-11-20", PLENTY).unwrap();
        assert_eq!((db.reported("2026-11-19"), db.of_runs()), (99, 0));
        assert!(last_run(&db, "error").contains("refused access"), "{}", last_run(&db, "error"));
        db.execute("DELETE FROM analytics_days");
        assert_eq!(db.everything(), before, "the day is left as it was");
    }
}

/// More than one step reads: the first of them has staged its part when the second one fails.
#[test]
fn what_was_read_of_many_details_is_dropped() {
    let db = Sqlite::new();
    db.counted("2026-11-19", 99);
    let broken = Scripted {
        details: |cursor| match cursor {
            None => Ok(Page {
                items: (0..12_000).map(|number| value(Dimension::Referrer, &number.to_string(), 1)).collect(),
                next: Some("2".to_owned()),
            }),
            Some(_) => refused(),
        },
        ..engine()
    };
    db.refuse("As stage_drop_rows", 2);
    night_of(&db, &sources(Some(broken), None, 100), "2026-11-20", PLENTY).unwrap();
    assert_eq!((db.reported("2026-11-19"), db.of_runs()), (99, 0));
}

#[test]
fn a_run_that_is_cut_off_around_closing_is_gone_on_with() {
    let whole = Sqlite::new();
    whole.counted("2026-11-19", 99);
    let sources = sources(Some(engine()), None, 100);
    let run = queued(&whole, "2026-11-19");
    as_job(&whole, &sources, "2026-11-20", PLENTY, async |job| job.advance(run).await.unwrap());
    for (place, segments) in [("phase.details", 0), ("phase.close", 1), ("complete[0]", 0)] {
        let (db, stale) = cut_off(place);
        assert_eq!(
            db.value("SELECT count(*) FROM analytics_segments WHERE run > 0"),
            Some(segments),
            "{place}"
        );
        let run = stale.clone();
        as_job(&db, &sources, "2026-11-20", PLENTY, async |job| job.advance(run).await.unwrap());
        assert_eq!(db.everything(), whole.everything(), "{place}");
        as_job(&db, &sources, "2026-11-20", PLENTY, async |job| job.advance(stale).await.unwrap());
        assert_eq!(db.everything(), whole.everything(), "{place}, and one who comes too late");
    }
}

/// Until noon, hits of yesterday come in.
#[test]
fn days_are_closed_from_the_day_before_yesterday_on() {
    let db = Sqlite::new();
    for day in ["2026-11-17", "2026-11-18", "2026-11-19", "2026-11-20"] {
        db.counted(day, 10);
    }
    night_of(&db, &sources(None, None, 0), "2026-11-20", PLENTY).unwrap();
    let days = |table: &str| db.rows(&format!("SELECT DISTINCT date FROM {table} ORDER BY date"));
    assert_eq!(days("analytics_segments"), ["2026-11-19", "2026-11-20"]);
    assert_eq!(days("analytics_breakdown_daily"), ["2026-11-17", "2026-11-18"]);
    assert_eq!(days("analytics_errors_daily"), ["2026-11-17", "2026-11-18"]);
    let closed = db.breakdown("2026-11-17");
    assert!(closed.contains(&"device Desktop 10 100".to_owned()), "{closed:?}");
    assert!(closed.contains(&"referrer (other) 10 100".to_owned()), "{closed:?}");
}

#[test]
fn closing_survives_a_refusal() {
    let closed = |refused: &'static str, times: u32| {
        let db = Sqlite::new();
        db.counted("2026-11-17", 10);
        db.counted("2026-11-18", 20);
        db.refuse(refused, times);
        night_of(&db, &sources(None, None, 0), "2026-11-20", PLENTY).unwrap();
        db.everything()
    };
    let expected = closed("nothing", 0);
    assert!(expected.iter().all(|row| !row.starts_with("analytics_segments")), "{expected:?}");
    for refused in [
        "Owners' days whose segments",
        "Closes those dimensions",
        "Closes the dimensions that",
        "Closes the failed requests",
        "DELETE FROM analytics_segments WHERE date",
    ] {
        for times in 1..4 {
            assert_eq!(closed(refused, times), expected, "{refused} {times}");
        }
    }
}

/// What was read fits into no single parameter, and its parts are alike.
#[test]
fn many_long_details_are_staged() {
    let db = Sqlite::new();
    let long = Scripted {
        details: |_| {
            let agent = |number| format!("{number:04}{}", "\\".repeat(500));
            last((0..5_000).map(|number| value(Dimension::UserAgent, &agent(number), 1)).collect())
        },
        ..engine()
    };
    db.realtime("2026-11-19", 99);
    let many = Scripted {
        owners: |_, _| last(vec![totals(5_000)]),
        rows: |date, _| last(vec![row(date, "a/1", 5_000)]),
        ..long
    };
    night_of(&db, &sources(Some(many), None, 5_000), "2026-11-20", PLENTY).unwrap();
    let agents = db.breakdown("2026-11-19").into_iter().filter(|line| line.starts_with("user_agent"));
    let requests: u32 = agents.map(|line| line.split(' ').nth(2).unwrap().parse::<u32>().unwrap()).sum();
    assert_eq!((db.reported("2026-11-19"), requests), (5_000, 5_000));
}

/// Many paths that fail are told by one answer, and only the most frequent are stored.
#[test]
fn of_many_failed_requests_the_most_frequent_are_staged() {
    let db = Sqlite::new();
    db.counted("2026-11-19", 99);
    let attacked = Scripted {
        details: |_| {
            last((1..9_999).map(|number| failed(&format!("/{}/{number}", "x".repeat(300)), number)).collect())
        },
        ..engine()
    };
    night_of(&db, &sources(Some(attacked), None, 100), "2026-11-20", PLENTY).unwrap();
    assert_eq!((last_run(&db, "state"), db.reported("2026-11-19")), ("done".to_owned(), 100));
    let stored = db.rows(
        "SELECT count(*) || ' ' || min(requests) || ' ' || max(requests) FROM analytics_errors_daily WHERE run > 0",
    );
    assert_eq!(stored, ["100 9899 9998"]);
}

/// Rows and details are asked for one after the other: samples differ, points come late. No dimension tells more than the
/// day has, and nothing is less than nothing.
#[test]
fn details_are_fitted_to_the_rows() {
    let told = |requests: u64, bytes: u64| {
        let db = Sqlite::new();
        db.counted("2026-11-19", 99);
        let other = Scripted {
            details: if (requests, bytes) == (130, 1_300) {
                |_| {
                    last(vec![
                        value(Dimension::Device, "Desktop", 90),
                        value(Dimension::Device, "Mobile", 40),
                    ])
                }
            } else {
                |_| {
                    let counters = Counters { bandwidth_bytes: 1_500, ..counters(99) };
                    let owner = OwnerId::parse(OWNER).unwrap();
                    last(vec![Detail::Value {
                        owner,
                        dimension: Dimension::Device,
                        value: "Desktop".into(),
                        counters,
                    }])
                }
            },
            ..engine()
        };
        night_of(&db, &sources(Some(other), None, 100), "2026-11-20", PLENTY).unwrap();
        db.breakdown("2026-11-19").into_iter().filter(|line| line.starts_with("device")).collect::<Vec<_>>()
    };
    assert_eq!(told(130, 1_300), ["device (other) 1 1", "device Desktop 69 692", "device Mobile 30 307"]);
    assert_eq!(told(99, 1_500), ["device (other) 1 0", "device Desktop 99 1000"]);
}

/// Of owners whose days are too much together or alone, the others' are closed.
#[test]
fn an_owner_that_cannot_be_closed_does_not_keep_the_others_waiting() {
    let db = Sqlite::new();
    db.counted("2026-11-17", 10);
    let copied = |owner: &str| {
        format!(
            "INSERT INTO analytics_daily SELECT '{owner}', date, run, image_id, variant, country, status_code, requests,
               bandwidth_bytes, cache_hits, cache_misses, source_bytes, asset_type, part, lack FROM analytics_daily WHERE owner = '{OWNER}';
             INSERT INTO analytics_segments SELECT date, '{owner}', run, part, requests, body, errors
               FROM analytics_segments WHERE owner = '{OWNER}';"
        )
    };
    for owner in ["0a", "0b", "zz"] {
        db.execute(&copied(owner));
    }
    db.execute("UPDATE analytics_segments SET body = 'damaged' WHERE owner = '0b'");
    assert!(night_of(&db, &sources(None, None, 0), "2026-11-20", PLENTY).is_err());
    assert_eq!(db.rows("SELECT owner FROM analytics_segments"), ["0b"]);
    assert_eq!(db.value("SELECT count(DISTINCT owner) FROM analytics_breakdown_daily"), Some(3));
}
