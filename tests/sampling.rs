//! Nights with an Analytics Engine that samples when it is read, each query for itself: the totals of all owners from one
//! sample, the rows of a few from another, or from none.

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
    self, DayCount, Detail, OwnerTotals, Page, Preference, Source, SourceOwner, SourceRow,
};
use pixtally::batch::sources::Sources;
use pixtally::domain::asset_type::AssetType;
use pixtally::domain::counters::Counters;
use pixtally::domain::country::Country;
use pixtally::domain::date::Date;
use pixtally::domain::date_range::{DateRange, RangeQuery};
use pixtally::domain::owner::OwnerId;
use pixtally::domain::report::status::UncountedReport;
use pixtally::domain::row_key::{Combination, RowKey};
use pixtally::store::budget::Budgeted;
use pixtally::store::status;

const ALICE: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const BOB: &str = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";
const CAROL: &str = "cccccccccccccccccccccccccccccccc";
const DAY: &str = "2026-11-19";
/// Queries of an invocation.
const PLENTY: u32 = 900;
/// The three nights in which the day is looked at, and one more.
const NIGHTS: [&str; 4] = ["2026-11-20", "2026-11-21", "2026-11-22", "2026-11-23"];

/// An estimate: of so many points, each standing for so many hits.
#[derive(Clone, Copy)]
struct Drawn {
    points: u64,
    interval: u64,
}

const fn whole(requests: u64) -> Drawn {
    Drawn { points: requests, interval: 1 }
}

const fn one_in_ten(points: u64) -> Drawn {
    Drawn { points, interval: 10 }
}

impl Drawn {
    fn counters(self) -> Counters {
        let requests = self.points * self.interval;
        Counters { requests, bandwidth_bytes: 10 * requests, ..Counters::default() }
    }

    fn variance(self) -> f64 {
        (self.points * self.interval * (self.interval - 1)) as f64
    }
}

/// What Analytics Engine answers about each owner: the totals, and the rows.
struct Engine(Vec<(&'static str, Drawn, Drawn)>);

fn id(owner: &str) -> OwnerId {
    OwnerId::parse(owner).unwrap()
}

fn last<T>(items: Vec<T>) -> source::Result<Page<T>> {
    Ok(Page { items, next: None })
}

impl Source for Engine {
    async fn days(&self, _: Date, to: Date) -> source::Result<Vec<DayCount>> {
        let requests = self.0.iter().map(|(_, totals, _)| totals.counters().requests).sum();
        let variance = self.0.iter().map(|(_, totals, _)| totals.variance()).sum();
        Ok(vec![DayCount { date: to, requests, variance }])
    }

    async fn owners(&self, _: Date, _: Option<&str>) -> source::Result<Page<OwnerTotals>> {
        let totals = |(owner, drawn, _): &(&str, Drawn, Drawn)| OwnerTotals {
            owner: SourceOwner { id: id(owner), name: None },
            counters: drawn.counters(),
            points: drawn.points,
            variance: drawn.variance(),
        };
        last(self.0.iter().map(totals).collect())
    }

    async fn rows(
        &self,
        date: Date,
        owners: &[SourceOwner],
        _: Option<&str>,
    ) -> source::Result<Page<SourceRow>> {
        let is_asked = |owner: &str| owners.iter().any(|it| it.id == id(owner));
        let rows = self.0.iter().filter(|(owner, ..)| is_asked(owner));
        let row = |(owner, _, drawn): &(&str, Drawn, Drawn)| {
            let combination = Combination {
                image_id: "a/1".to_owned(),
                variant: "original".to_owned(),
                country: Country::of_code(Some("DE")),
                status: 200,
            };
            let key = RowKey { owner: id(owner), date, combination, asset_type: AssetType::Image };
            SourceRow { key, counters: drawn.counters(), variance: drawn.variance() }
        };
        last(rows.filter(|(.., drawn)| drawn.points > 0).map(row).collect())
    }

    async fn details(&self, _: Date, _: &[SourceOwner], _: Option<&str>) -> source::Result<Page<Detail>> {
        last(Vec::new())
    }
}

struct Scene;

impl Platform for Scene {
    type Db = Budgeted<Sqlite>;
    type Engine = Engine;
    type Zone = Engine;
    type Control = Counted;
    type Listing = NoBucket;
    type Clock = Ticking;
}

/// A database in which the owners' days were counted in realtime.
fn counted(realtime: &[(&str, u64)]) -> Sqlite {
    let db = Sqlite::new();
    realtime.iter().for_each(|(owner, requests)| count(&db, owner, *requests));
    db
}

fn count(db: &Sqlite, owner: &str, requests: u64) {
    db.execute(&format!(
        "INSERT OR REPLACE INTO analytics_daily (
           owner, date, run, image_id, variant, country, status_code,
           requests, bandwidth_bytes, cache_hits, cache_misses, source_bytes, asset_type, part
         )
         VALUES ('{owner}', '{DAY}', 0, 'a/1', 'original', 'DE', 200, {requests}, {requests}0, 0, 0, 0, 'image', '0')"
    ));
}

/// Requests that were left out on the day, because the night restores them.
fn shed(db: &Sqlite, requests: u64) {
    db.execute(&format!(
        "INSERT INTO analytics_uncounted_daily (date, cause, requests, bandwidth_bytes, part)
         VALUES ('{DAY}', 'shed', {requests}, {requests}0, '0')"
    ));
}

fn night(db: &Sqlite, engine: &[(&'static str, Drawn, Drawn)], control: u64, today: &str) {
    invocation(db, engine, control, (today, PLENTY)).unwrap();
}

/// A night that may make so many queries.
fn invocation(
    db: &Sqlite,
    engine: &[(&'static str, Drawn, Drawn)],
    control: u64,
    (today, queries): (&str, u32),
) -> pixtally::store::db::Result<()> {
    let sources: Sources<Engine, Engine, Counted> = Sources {
        engine: Some(Engine(engine.to_vec())),
        zone: None,
        control: Some(Counted(control)),
        preference: Preference::Auto,
        missing: "nothing is set",
    };
    let due = date(today).start() + 2 * HOUR;
    let clock = Ticking(Cell::new(due));
    let budget = Budgeted::new(db.clone(), queries);
    let deadline = clock.now() + 12 * 60 * 1000;
    let holder = format!("{today} {queries}");
    let job: Job<'_, Scene> =
        Job { db: &budget, sources: &sources, media: None, clock: &clock, holder, deadline };
    now(async {
        night::aggregate(&job, due, 90).await?;
        night::close(&job, due).await
    })
}

/// `requests error estimated source` of what is reported, if it is not realtime by default.
fn reported(db: &Sqlite, owner: &str) -> String {
    db.text(&format!(
        "SELECT days.requests || ' ' || days.error || ' ' || estimated || ' ' || source
         FROM analytics_days AS days WHERE date = '{DAY}' AND owner = '{owner}' AND days.requests = (
           SELECT sum(requests) FROM analytics_daily AS rows
           WHERE rows.date = '{DAY}' AND rows.owner = '{owner}' AND rows.run = days.run
         )"
    ))
}

fn uncounted(db: &Sqlite) -> UncountedReport {
    let query =
        RangeQuery { start: Some("2026-11-01".into()), end: Some(DAY.into()), ..RangeQuery::default() };
    let range = DateRange::parse(&query, date("2026-11-30"), 90).unwrap();
    now(status::uncounted(db, &range)).unwrap()
}

/// Rows of runs that are not reported.
fn left_over(db: &Sqlite) -> Option<i64> {
    let tables =
        ["analytics_daily", "analytics_segments", "analytics_breakdown_daily", "analytics_errors_daily"];
    let count = |table| {
        format!(
            "(SELECT count(*) FROM {table} AS rows WHERE run > 0 AND run IS NOT (
               SELECT run FROM analytics_days AS days WHERE days.date = rows.date AND days.owner = rows.owner
             ))"
        )
    };
    let staged = "(SELECT count(*) FROM aggregation_staged)".to_owned();
    let counts: Vec<String> = tables.map(count).into_iter().chain([staged]).collect();
    db.value(&format!("SELECT {}", counts.join(" + ")))
}

fn last_run(db: &Sqlite, column: &str) -> String {
    db.text(&format!(
        "SELECT CAST({column} AS TEXT) FROM aggregation_runs WHERE date = '{DAY}' ORDER BY id DESC LIMIT 1"
    ))
}

/// Realtime has lost all of alice's; bob's is whole, and his totals are drawn a little higher than their error allows.
#[test]
fn an_owner_that_is_drawn_high_takes_no_other_along() {
    let db = counted(&[(BOB, 1_000)]);
    let engine = [(ALICE, one_in_ten(100), whole(1_000)), (BOB, one_in_ten(139), whole(1_000))];
    night(&db, &engine, 2_000, NIGHTS[0]);
    assert_eq!(reported(&db, ALICE), "1000 0 0 engine");
    assert_eq!(reported(&db, BOB), "1000 0 0 realtime");
    assert_eq!(last_run(&db, "error"), "");
    assert_eq!(left_over(&db), Some(0));
    night(&db, &engine, 2_000, NIGHTS[1]);
    assert_eq!(last_run(&db, "final"), "1");
}

/// Bob's rows do not come: that is said, and tried again, and keeps alice from nothing.
#[test]
fn an_owner_that_cannot_be_rebuilt_takes_no_other_along() {
    let db = counted(&[(BOB, 900)]);
    let broken = [(ALICE, whole(1_000), whole(1_000)), (BOB, whole(1_000), whole(0))];
    for (today, is_final) in NIGHTS[..3].iter().zip(["0", "0", "1"]) {
        night(&db, &broken, 2_000, today);
        assert_eq!(reported(&db, ALICE), "1000 0 0 engine", "{today}");
        assert_eq!(reported(&db, BOB), "900 0 0 realtime", "{today}");
        assert_eq!(
            last_run(&db, "error"),
            "the rows of 1 owners add up to less than their totals; these owners stay as they were"
        );
        assert_eq!(last_run(&db, "final"), is_final, "{today}");
        assert_eq!(left_over(&db), Some(0));
    }

    let db = counted(&[(BOB, 900)]);
    night(&db, &broken, 2_000, NIGHTS[0]);
    let well = [(ALICE, whole(1_000), whole(1_000)), (BOB, whole(1_000), whole(1_000))];
    night(&db, &well, 2_000, NIGHTS[1]);
    assert_eq!(reported(&db, BOB), "1000 0 0 engine");
    assert_eq!((last_run(&db, "error"), last_run(&db, "final")), (String::new(), "1".to_owned()));
}

#[test]
fn the_error_is_that_of_the_rows() {
    for (why, realtime, totals, rows, expected) in [
        ("sampled rows are not exact", 0, whole(1_000), one_in_ten(106), "1060 294 1 engine"),
        ("rows are more exact than totals", 500, one_in_ten(120), whole(1_000), "1000 0 0 engine"),
        ("the same sample for both", 500, one_in_ten(100), one_in_ten(100), "1000 285 1 engine"),
        ("realtime is within the error of the rows", 900, whole(1_000), one_in_ten(106), "900 0 0 realtime"),
        ("realtime is within it, from below", 900, whole(1_000), one_in_ten(99), "900 0 0 realtime"),
        ("realtime is what the rows are", 1_000, one_in_ten(139), whole(1_000), "1000 0 0 realtime"),
        ("realtime has more than the rows", 1_010, one_in_ten(139), one_in_ten(101), "1010 0 0 realtime"),
    ] {
        let db = counted(&[(ALICE, realtime)]);
        if realtime == 0 {
            db.execute("DELETE FROM analytics_daily");
        }
        for today in NIGHTS {
            night(&db, &[(ALICE, totals, rows)], 1_000, today);
            assert_eq!(reported(&db, ALICE), expected, "{why}, {today}");
            assert_eq!(left_over(&db), Some(0), "{why}, {today}");
        }
    }
}

/// A late flush makes realtime better than what was rebuilt, and the new rows are no better than it.
#[test]
fn realtime_that_has_caught_up_is_reported_again() {
    let db = counted(&[(ALICE, 99)]);
    night(&db, &[(ALICE, whole(100), whole(100))], 100, NIGHTS[0]);
    assert_eq!(reported(&db, ALICE), "100 0 0 engine");
    count(&db, ALICE, 105);
    let drawn = |points| Drawn { points, interval: 2 };
    night(&db, &[(ALICE, drawn(80), drawn(55))], 100, NIGHTS[1]);
    assert_eq!(reported(&db, ALICE), "105 0 0 realtime");
    assert_eq!(left_over(&db), Some(0));
}

/// What was shed is called restored only where what is reported has it.
#[test]
fn shed_requests_are_restored_or_said_to_be_missing() {
    let shed_of = |requests| UncountedReport { shed_requests: requests, ..UncountedReport::default() };
    let pending = |requests| UncountedReport { shed_requests_to_restore: requests, ..shed_of(requests) };
    let lost = |requests| UncountedReport { lost_requests: requests, ..UncountedReport::default() };
    for (why, totals, rows, first, second) in [
        ("rebuilt", whole(1_000), whole(1_000), shed_of(40), shed_of(40)),
        ("counted after all", whole(960), whole(960), shed_of(40), shed_of(40)),
        ("within the error of the totals", one_in_ten(100), whole(1_000), pending(40), lost(40)),
        ("within the error of the rows", whole(1_000), one_in_ten(100), pending(40), lost(40)),
        ("a sample that is lower", one_in_ten(90), whole(1_000), pending(40), lost(40)),
        ("rebuilt from a sample", one_in_ten(200), one_in_ten(200), shed_of(40), shed_of(40)),
        ("rows that do not come", whole(1_000), whole(0), pending(40), pending(40)),
    ] {
        let db = counted(&[(ALICE, 960)]);
        shed(&db, 40);
        assert_eq!(uncounted(&db), pending(40));
        night(&db, &[(ALICE, totals, rows)], totals.counters().requests, NIGHTS[0]);
        assert_eq!(uncounted(&db), first, "{why}");
        night(&db, &[(ALICE, totals, rows)], totals.counters().requests, NIGHTS[1]);
        assert_eq!(uncounted(&db), second, "{why}, in the end");
    }
}

/// A day is not taken for incomplete because what it is compared with the control total by is a sample.
#[test]
fn a_sampled_count_of_the_day_is_given_its_error() {
    for (control, is_final) in [(2_000, "1"), (2_300, "1"), (2_600, "0")] {
        let db = counted(&[(ALICE, 2_000)]);
        for today in &NIGHTS[..2] {
            night(&db, &[(ALICE, one_in_ten(190), whole(2_000))], control, today);
        }
        assert_eq!(last_run(&db, "final"), is_final, "{control}");
    }
}

/// Wherever an invocation ends, and whatever D1 refuses, the next one goes on, and the night comes to the same.
#[test]
fn a_night_that_is_cut_off_comes_to_the_same() {
    let engine = [
        (ALICE, whole(1_000), whole(0)),
        (BOB, one_in_ten(139), whole(1_000)),
        (CAROL, whole(1_000), one_in_ten(106)),
    ];
    let begun = || counted(&[(ALICE, 900), (BOB, 1_000)]);
    let outcome = |db: &Sqlite| {
        let owners = [ALICE, BOB, CAROL].map(|owner| reported(db, owner));
        let columns = ["state", "owners_changed", "rows", "sampled", "restored", "final", "error"];
        (owners, columns.map(|column| last_run(db, column)), left_over(db))
    };
    let uncut = begun();
    night(&uncut, &engine, 3_000, NIGHTS[0]);
    let expected = outcome(&uncut);
    assert_eq!(expected.0, ["900 0 0 realtime", "1000 0 0 realtime", "1060 294 1 engine"]);
    assert_eq!(expected.1[..6], ["done", "1", "2", "1", "0", "0"]);
    let mut cut_off = 0;
    for queries in 1..70 {
        let db = begun();
        let _ = invocation(&db, &engine, 3_000, (NIGHTS[0], queries));
        if last_run(&db, "state") == "done" {
            break;
        }
        cut_off = queries;
        night(&db, &engine, 3_000, NIGHTS[0]);
        assert_eq!(outcome(&db), expected, "{queries}");
    }
    assert!(cut_off > 40, "{cut_off}");
    for refused in [
        "What the rows add up to",
        "What a run makes of owners",
        "Adds the variance",
        "Rows that are not reported any more",
    ] {
        for times in 1..4 {
            let db = begun();
            let mut left = times;
            *db.refuses.borrow_mut() = Box::new(move |sql| {
                let refuses = sql.contains(refused) && left > 0;
                left -= u32::from(refuses);
                refuses
            });
            night(&db, &engine, 3_000, NIGHTS[0]);
            assert_eq!(outcome(&db), expected, "{refused} {times}");
        }
    }
}
