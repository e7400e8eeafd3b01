//! Runs of the nightly job on SQLite, with sources that answer as they are told and a database that refuses when it is
//! told to: what the simulation meets by chance, and what it does not.

#![allow(clippy::unwrap_used)]

mod common;

use std::cell::Cell;

use common::{HOUR, Sqlite, Ticking, date, now};
use pixtally::batch::clock::Clock;
use pixtally::batch::job::{Job, Platform};
use pixtally::batch::listing::{ListedPage, Listing, ListingError};
use pixtally::batch::night;
use pixtally::batch::source::{
    self, Control, DayCount, OwnerTotals, Page, Preference, Source, SourceError, SourceOwner,
};
use pixtally::batch::sources::Sources;
use pixtally::domain::country::Country;
use pixtally::domain::date::Date;
use pixtally::domain::date_range::{DateRange, RangeQuery};
use pixtally::domain::owner::{OwnerId, OwnerName};
use pixtally::domain::report::status::{DayState, Known};
use pixtally::domain::tally::{Counters, RowKey};
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
             VALUES ('{OWNER}', '{date}', 0, 'a/1', 'original', 'DE', 200, {requests}, {requests}0, 0, 0, 0)"
        ));
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
type Rows = Answer<(RowKey, Counters)>;

/// What a source answers to each page, by its cursor.
struct Scripted {
    requests: u64,
    owners: fn(Date, Option<&str>) -> Answer<OwnerTotals>,
    rows: fn(Date, Option<&str>) -> Rows,
}

impl Source for Scripted {
    async fn days(&self, _: Date, to: Date) -> source::Result<Vec<DayCount>> {
        Ok(vec![DayCount { date: to, requests: self.requests }])
    }

    async fn owners(&self, date: Date, cursor: Option<&str>) -> Answer<OwnerTotals> {
        (self.owners)(date, cursor)
    }

    async fn rows(&self, date: Date, _: &[SourceOwner], cursor: Option<&str>) -> Rows {
        (self.rows)(date, cursor)
    }
}

struct Counted(u64);

impl Control for Counted {
    async fn count(&self, _: Date) -> source::Result<u64> {
        Ok(self.0)
    }
}

enum NoBucket {}

impl Listing for NoBucket {
    async fn page(&self, _: Option<&str>) -> std::result::Result<ListedPage, ListingError> {
        match *self {}
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

fn row(date: Date, image: &str, requests: u64) -> (RowKey, Counters) {
    let key = RowKey {
        owner: OwnerId::parse(OWNER).unwrap(),
        date,
        image_id: image.to_owned(),
        variant: "original".to_owned(),
        country: Country::from_header(Some("DE")),
        status: 200,
    };
    (key, counters(requests))
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
    }
}

fn zone() -> Scripted {
    Scripted { requests: 300, owners: |_, _| last(Vec::new()), rows: |_, _| last(Vec::new()) }
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
        night::aggregate(job, due, 90).await.map(|runs| runs.len())
    })
}

fn queued(db: &Sqlite, day: &str) -> Run {
    let queued = runs::queue(db, Kind::Aggregate, date(day), Origin::Admin, "2026-11-20T02:00:00Z", None);
    now(queued).unwrap().unwrap()
}

fn last_run(db: &Sqlite, column: &str) -> String {
    db.text(&format!("SELECT CAST({column} AS TEXT) FROM aggregation_runs ORDER BY id DESC LIMIT 1"))
}

#[test]
fn a_source_that_is_no_longer_configured_has_given_nothing() {
    let db = Sqlite::new();
    db.realtime("2026-11-19", 99);
    let run = queued(&db, "2026-11-19");
    let half_way = 21;
    let (run, _) = as_job(&db, &sources(Some(engine()), None, 100), "2026-11-20", half_way, async |job| {
        job.advance(run).await.unwrap()
    });
    assert_eq!(db.value("SELECT sum(requests) FROM analytics_daily WHERE run > 0"), Some(20), "half of it");
    as_job(&db, &sources(None, None, 100), "2026-11-20", PLENTY, async |job| job.advance(run).await.unwrap());
    assert_eq!(db.reported("2026-11-19"), 99);
    assert_eq!(db.value("SELECT count(*) FROM analytics_daily WHERE run > 0"), Some(0));
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
    db.execute("INSERT INTO analytics_uncounted_daily VALUES ('2026-11-19', 'shed', 40, 400)");
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
    db.execute("INSERT INTO analytics_uncounted_daily VALUES ('2026-11-19', 'shed', 40, 400)");
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
