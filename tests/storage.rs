//! Measuring the storage on SQLite, with a bucket that is listed as it is told to, and with every fault at every operation.
//! What is right is said by a ledger that this test keeps.

#![allow(clippy::unwrap_used)]

mod common;

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::future::Future;
use std::pin::pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use common::{HOUR, Sqlite, Ticking, date, now};
use pixtally::batch::clock::Clock;
use pixtally::batch::job::{Job, LEASE_MS, Platform};
use pixtally::batch::listing::{ListedObject, ListedPage, Listing, ListingError};
use pixtally::batch::night;
use pixtally::batch::source::{
    self, Control, DayCount, Detail, OwnerTotals, Page, Preference, Source, SourceOwner, SourceRow,
};
use pixtally::batch::sources::Sources;
use pixtally::batch::storage::Media;
use pixtally::domain::date::{Date, Millis};
use pixtally::domain::date_range::{DateRange, RangeQuery};
use pixtally::domain::owner::{OwnerHasher, OwnerName};
use pixtally::domain::report::storage::snapshots;
use pixtally::store::budget::Budgeted;
use pixtally::store::db::{Database, DbError, Result, Statement};
use pixtally::store::runs::{self, Kind, Origin, Run};
use pixtally::store::{purge, storage};
use serde::de::DeserializeOwned;

const DAY: &str = "2026-11-20";
const PLENTY: u32 = 900;
/// As on the free plan.
const FEW: u32 = 45;

/// Bytes and objects: original, derived.
type Usage = ([i64; 2], [i64; 2]);
/// By stored owner.
type Table = BTreeMap<String, Usage>;

fn hasher() -> OwnerHasher {
    OwnerHasher::new("0123456789abcdef")
}

fn id(owner: &str) -> String {
    OwnerName::parse(owner).map_or_else(|_| hasher().unknown(), |name| hasher().id(&name)).to_string()
}

/// What happens to the operation that has the fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    /// The invocation dies before it.
    DieBefore,
    /// The invocation dies after it.
    DieAfter,
    /// It fails.
    Refused,
    /// It is carried out, and its answer is lost.
    Lost,
    /// The invocation hangs before it, for longer than its lease.
    HangBefore,
    /// The invocation hangs after it, for longer than its lease.
    HangAfter,
}

/// Counts an invocation's operations, on D1 and R2 alike, and has one of them go wrong.
#[derive(Default)]
struct Fate {
    operations: Cell<u32>,
    fault: Option<(u32, Fault)>,
    /// Whether the fault came about.
    fired: Cell<bool>,
}

impl Fate {
    fn at(operation: u32, fault: Fault) -> Self {
        Self { fault: Some((operation, fault)), ..Self::default() }
    }

    async fn meets<T, E>(
        &self,
        operation: impl Future<Output = std::result::Result<T, E>>,
        error: impl FnOnce() -> E,
    ) -> std::result::Result<T, E> {
        self.operations.set(self.operations.get() + 1);
        let fault = self.fault.filter(|(number, _)| *number == self.operations.get()).map(|(_, fault)| fault);
        self.fired.set(self.fired.get() || fault.is_some());
        match fault {
            None => operation.await,
            Some(Fault::DieBefore) => std::future::pending().await,
            Some(Fault::DieAfter) => {
                let _ = operation.await;
                std::future::pending().await
            }
            Some(Fault::Refused) => Err(error()),
            Some(Fault::Lost) => operation.await.and_then(|_| Err(error())),
            Some(Fault::HangBefore) => {
                once_pending().await;
                operation.await
            }
            Some(Fault::HangAfter) => {
                let answer = operation.await;
                once_pending().await;
                answer
            }
        }
    }
}

async fn once_pending() {
    let mut is_first = true;
    std::future::poll_fn(|_| if std::mem::take(&mut is_first) { Poll::Pending } else { Poll::Ready(()) })
        .await;
}

/// The database as one invocation reaches it.
struct Reached {
    db: Sqlite,
    fate: Rc<Fate>,
}

fn connection_lost() -> DbError {
    DbError::new("Network connection lost")
}

impl Database for Reached {
    async fn batch<T: DeserializeOwned>(&self, statements: &[Statement<'_>]) -> Result<Vec<Vec<T>>> {
        self.fate.meets(self.db.batch(statements), connection_lost).await
    }

    async fn apply(&self, statements: &[Statement<'_>]) -> Result<Vec<u64>> {
        self.fate.meets(self.db.apply(statements), connection_lost).await
    }

    async fn query<T: DeserializeOwned>(&self, statement: Statement<'_>) -> Result<Vec<T>> {
        self.fate.meets(self.db.query(statement), connection_lost).await
    }
}

/// What stands in R2.
#[derive(Clone, Default)]
struct Bucket {
    objects: Rc<RefCell<BTreeMap<String, u64>>>,
    page: usize,
    listed: Rc<Cell<u32>>,
    /// Pages, counted from 1, that fail.
    broken: Rc<RefCell<std::ops::Range<u32>>>,
}

impl Bucket {
    /// Two owners whose originals and derived objects stand far apart, one owner of many pages, one of a single object,
    /// and keys that are nobody's.
    fn filled() -> Self {
        let bucket = Self { page: 3, ..Self::default() };
        for number in 0..60 {
            bucket.put(&format!("alice/album-{}/file-{number}.jpg", number % 7), 1_000 + number);
        }
        for number in 0..20 {
            bucket.put(&format!("_derived/alice/album-{}/file-{number}.jpg/w512", number % 7), 100 + number);
            bucket.put(&format!("zoe/pics/{number}.jpg"), 1 << (number % 40));
            bucket.put(&format!("_derived/zoe/pics/{number}.jpg/w{number}"), number);
        }
        bucket.put("mallory/deep/er/file.jpg", 5_000_000_000_000);
        for (key, bytes) in [("_tmp/alice/a/b", 7), ("Alice/a/b", 70), ("alice/short", 700), ("é/a/b", 7_000)]
        {
            bucket.put(key, bytes);
        }
        bucket
    }

    fn put(&self, key: &str, bytes: u64) {
        self.objects.borrow_mut().insert(key.to_owned(), bytes);
    }

    fn delete(&self, prefix: &str) {
        self.objects.borrow_mut().retain(|key, _| !key.starts_with(prefix));
    }

    /// What each owner has, by rules of this test's own.
    fn ledger(&self) -> Table {
        let mut table = Table::new();
        for (key, bytes) in &*self.objects.borrow() {
            let parts: Vec<&str> = key.split('/').collect();
            let (owner, derived) = match &parts[..] {
                ["_derived", owner @ ("alice" | "zoe"), _, _, _] => (*owner, 1),
                [owner @ ("alice" | "zoe" | "bob"), _, _] => (*owner, 0),
                ["mallory", "deep", ..] => ("mallory", 0),
                _ => ("_unknown", 0),
            };
            let (sums, objects) = table.entry(id(owner)).or_default();
            sums[derived] += i64::try_from(*bytes).unwrap();
            objects[derived] += 1;
        }
        table
    }
}

impl Bucket {
    async fn answer(&self, after: Option<&str>) -> std::result::Result<ListedPage, ListingError> {
        self.listed.set(self.listed.get() + 1);
        if self.broken.borrow().contains(&self.listed.get()) {
            return Err(internal_error());
        }
        let objects = self.objects.borrow();
        let mut left = objects.iter().filter(|(key, _)| after.is_none_or(|after| key.as_str() > after));
        let page = left.by_ref().take(self.page);
        let page = page.map(|(key, bytes)| ListedObject { key: key.clone(), bytes: *bytes }).collect();
        Ok(ListedPage { objects: page, goes_on: left.next().is_some() })
    }
}

fn internal_error() -> ListingError {
    ListingError::Failed("internal error (10001)".to_owned())
}

/// The bucket as one invocation reaches it.
struct Listed {
    bucket: Bucket,
    fate: Rc<Fate>,
}

impl Listing for Listed {
    async fn page(&self, after: Option<&str>) -> std::result::Result<ListedPage, ListingError> {
        self.fate.meets(self.bucket.answer(after), || ListingError::Timeout(10_000)).await
    }
}

enum Nothing {}

impl Source for Nothing {
    async fn days(&self, _: Date, _: Date) -> source::Result<Vec<DayCount>> {
        match *self {}
    }

    async fn owners(&self, _: Date, _: Option<&str>) -> source::Result<Page<OwnerTotals>> {
        match *self {}
    }

    async fn rows(&self, _: Date, _: &[SourceOwner], _: Option<&str>) -> source::Result<Page<SourceRow>> {
        match *self {}
    }

    async fn details(&self, _: Date, _: &[SourceOwner], _: Option<&str>) -> source::Result<Page<Detail>> {
        match *self {}
    }
}

impl Control for Nothing {
    async fn count(&self, _: Date) -> source::Result<u64> {
        match *self {}
    }
}

struct Scene;

impl Platform for Scene {
    type Db = Budgeted<Reached>;
    type Engine = Nothing;
    type Zone = Nothing;
    type Control = Nothing;
    type Listing = Listed;
    type Clock = Ticking;
}

/// A database and a bucket.
struct World {
    db: Sqlite,
    bucket: Bucket,
}

/// When an invocation begins, and what it may ask.
#[derive(Clone, Copy)]
struct Terms {
    day: &'static str,
    /// After two o'clock.
    later: Millis,
    queries: u32,
}

const NIGHT: Terms = Terms { day: DAY, later: 0, queries: PLENTY };

impl World {
    fn new(bucket: Bucket) -> Self {
        Self { db: Sqlite::new(), bucket }
    }

    async fn invoke<T>(
        &self,
        terms: Terms,
        fate: &Rc<Fate>,
        work: impl AsyncFnOnce(&Job<'_, Scene>) -> T,
    ) -> T {
        let clock = Ticking(Cell::new(date(terms.day).start() + 2 * HOUR + terms.later));
        let reached = Reached { db: self.db.clone(), fate: Rc::clone(fate) };
        let listing = Listed { bucket: self.bucket.clone(), fate: Rc::clone(fate) };
        let media = Media { listing, owners: hasher() };
        let sources = Sources {
            engine: None,
            zone: None,
            control: None,
            preference: Preference::Auto,
            missing: "nothing is set",
        };
        let db = Budgeted::new(reached, terms.queries);
        let (holder, deadline) = (format!("{} {}", terms.day, terms.later), clock.now() + 12 * 60 * 1000);
        let media = Some(&media);
        work(&Job { db: &db, sources: &sources, media, clock: &clock, holder, deadline }).await
    }

    /// The aggregation's trigger of a day; how many runs were finished.
    fn night(&self, terms: Terms) -> Result<usize> {
        now(self.invoke(terms, &Rc::default(), async |job| measure(job, terms).await))
    }

    /// The same, with a fault; `None` when it dies of it. `meanwhile` happens while it hangs.
    fn night_with(&self, terms: Terms, fate: &Rc<Fate>, meanwhile: impl FnOnce()) -> Option<Result<usize>> {
        let mut night = pin!(self.invoke(terms, fate, async |job| measure(job, terms).await));
        let mut context = Context::from_waker(Waker::noop());
        if let Poll::Ready(outcome) = night.as_mut().poll(&mut context) {
            return Some(outcome);
        }
        meanwhile();
        match night.as_mut().poll(&mut context) {
            Poll::Ready(outcome) => Some(outcome),
            Poll::Pending => None,
        }
    }

    fn queued(&self, day: &str) -> Run {
        let at = format!("{day}T02:00:00Z");
        let queued = runs::queue(&self.db, Kind::Storage, date(day), Origin::Admin, &at, None);
        now(queued).unwrap().unwrap()
    }

    fn advance(&self, terms: Terms, run: Run) -> Run {
        now(self.invoke(terms, &Rc::default(), async |job| job.advance(run).await.unwrap().0))
    }

    fn table(&self, table: &str, condition: &str) -> Table {
        let sql = format!(
            "SELECT owner, original_bytes, derived_bytes, original_objects, derived_objects FROM {table} WHERE {condition}"
        );
        let connection = self.db.connection.borrow();
        let mut statement = connection.prepare(&sql).unwrap();
        let rows = statement
            .query_map([], |row| Ok((row.get(0)?, ([row.get(1)?, row.get(2)?], [row.get(3)?, row.get(4)?]))));
        rows.unwrap().map(|row| row.unwrap()).collect()
    }

    fn snapshot(&self, day: &str) -> Table {
        self.table("storage_daily", &format!("date = '{day}'"))
    }

    /// That a day's snapshot is what the bucket holds, `gone` owners being zeros, and that nothing is left behind.
    #[track_caller]
    fn agrees(&self, day: &str, gone: &[&str], why: &str) {
        let mut expected = self.bucket.ledger();
        expected.extend(gone.iter().map(|owner| (id(owner), Usage::default())));
        assert_eq!(self.snapshot(day), expected, "{why}");
        let sum = |of: fn(&Usage) -> i64| expected.values().map(of).sum::<i64>();
        let together =
            self.table("(SELECT date AS owner, * FROM storage_snapshots)", &format!("date = '{day}'"));
        let sums = (
            [sum(|usage| usage.0[0]), sum(|usage| usage.0[1])],
            [sum(|usage| usage.1[0]), sum(|usage| usage.1[1])],
        );
        assert_eq!(together.into_iter().collect::<Vec<_>>(), [(day.to_owned(), sums)], "{why}");
        assert_eq!(self.db.value("SELECT count(*) FROM storage_staged"), Some(0), "{why}");
        let unlike = "SELECT count(*) FROM storage_snapshots AS snapshots JOIN aggregation_runs AS runs ON runs.id = run
                      WHERE measured_at <> runs.finished_at OR snapshots.date <> runs.date";
        assert_eq!(self.db.value(unlike), Some(0), "{why}");
    }

    fn last_run(&self, column: &str) -> String {
        self.db.text(&format!("SELECT CAST({column} AS TEXT) FROM aggregation_runs ORDER BY id DESC LIMIT 1"))
    }
}

async fn measure(job: &Job<'_, Scene>, terms: Terms) -> Result<usize> {
    night::measure(job, date(terms.day).start() + 2 * HOUR).await.map(|runs| runs.len())
}

#[test]
fn a_snapshot_is_what_stands_in_the_bucket() {
    let world = World::new(Bucket::filled());
    assert_eq!(world.night(NIGHT).ok(), Some(1));
    world.agrees(DAY, &[], "a night");
    assert_eq!(world.last_run("outcome"), "objects listed: 125, on 42 pages; of these no owner's: 4");
    assert_eq!(world.bucket.listed.get(), 42, "nothing is listed twice");
}

#[test]
fn an_empty_bucket_is_a_snapshot_too() {
    let world = World::new(Bucket { page: 1_000, ..Bucket::default() });
    world.night(NIGHT).unwrap();
    world.agrees(DAY, &[], "nothing");
    assert_eq!(now(storage::latest(&world.db)).unwrap().map(|latest| latest.date), Some(date(DAY)));
}

#[test]
fn whatever_becomes_of_an_invocation_everything_is_counted_once() {
    let quiet = Rc::new(Fate::default());
    World::new(Bucket::filled()).night_with(NIGHT, &quiet, || {}).unwrap().unwrap();
    let operations = quiet.operations.get();
    assert!(operations > 50, "{operations}");
    for fault in
        [Fault::DieBefore, Fault::DieAfter, Fault::Refused, Fault::Lost, Fault::HangBefore, Fault::HangAfter]
    {
        for operation in 1..=operations {
            let why = format!("{fault:?} at operation {operation}");
            let world = World::new(Bucket::filled());
            let fate = Rc::new(Fate::at(operation, fault));
            let after_lease = Terms { later: LEASE_MS + HOUR, ..NIGHT };
            let hangs = matches!(fault, Fault::HangBefore | Fault::HangAfter);
            let meanwhile = || {
                if hangs {
                    world.night(after_lease).unwrap();
                }
            };
            let outcome = world.night_with(NIGHT, &fate, meanwhile);
            assert!(fate.fired.get(), "{why}");
            let dies = matches!(fault, Fault::DieBefore | Fault::DieAfter);
            assert_eq!(outcome.is_none(), dies, "{why}");
            if dies {
                world.night(after_lease).unwrap();
            }
            world.agrees(DAY, &[], &why);
            assert_eq!(
                world.db.value("SELECT count(*) FROM aggregation_runs WHERE state <> 'done'"),
                Some(0),
                "{why}"
            );
        }
    }
}

#[test]
fn few_queries_list_a_part_and_the_next_invocation_goes_on() {
    let world = World::new(Bucket::filled());
    let mut invocations = 0;
    while now(storage::latest(&world.db)).unwrap().is_none() {
        let before = world.bucket.listed.get() + world.db.asked.get();
        let later = Terms { later: invocations * HOUR / 4, queries: FEW, ..NIGHT };
        world.night(later).unwrap();
        let used = world.bucket.listed.get() + world.db.asked.get() - before;
        assert!(used <= FEW, "{used}");
        invocations += 1;
        assert!(invocations < 5);
    }
    assert!(invocations > 1);
    world.agrees(DAY, &[], "in parts");
    assert_eq!(world.bucket.listed.get(), 42, "nothing is listed twice");
}

/// A night on the free plan leaves too few queries for the storage; the purge's trigger has some.
#[test]
fn the_purge_trigger_goes_on() {
    let world = World::new(Bucket::filled());
    let nothing_left = Terms { queries: 9, ..NIGHT };
    assert_eq!(world.night(nothing_left).unwrap(), 0);
    let terms = Terms { later: 23 * HOUR, queries: FEW - 12, ..NIGHT };
    for _ in 0..3 {
        now(world.invoke(terms, &Rc::default(), async |job| night::go_on_measuring(job).await.map(drop)))
            .unwrap();
    }
    world.agrees("2026-11-21", &[], "the day on which it began");
}

#[test]
fn a_day_is_measured_once_unless_an_administrator_asks() {
    let world = World::new(Bucket::filled());
    world.night(NIGHT).unwrap();
    let first = world.snapshot(DAY);
    world.bucket.delete("_derived/zoe/");
    world.bucket.delete("zoe/");
    world.bucket.put("bob/pics/1.jpg", 12);
    let evening = Terms { later: 20 * HOUR, ..NIGHT };
    assert_eq!(world.night(evening).unwrap(), 0);
    assert_eq!((world.snapshot(DAY), world.bucket.listed.get()), (first, 42));
    world.advance(evening, world.queued(DAY));
    world.agrees(DAY, &["zoe"], "it takes the place of the earlier one");
    let measured = now(storage::latest(&world.db)).unwrap().unwrap().measured_at;
    assert_eq!(measured, "2026-11-20T22:00:00Z");
}

#[test]
fn days_stand_for_themselves() {
    let world = World::new(Bucket::filled());
    world.night(NIGHT).unwrap();
    let first = world.snapshot(DAY);
    world.bucket.delete("mallory/");
    world.bucket.put("alice/new/1.jpg", 1);
    world.night(Terms { day: "2026-11-22", ..NIGHT }).unwrap();
    world.agrees("2026-11-22", &["mallory"], "the snapshot before is of two days ago");
    assert_eq!(world.snapshot(DAY), first);
    world.night(Terms { day: "2026-11-23", ..NIGHT }).unwrap();
    world.agrees("2026-11-23", &[], "zeros are told once");

    let query =
        RangeQuery { start: Some(DAY.into()), end: Some("2026-11-22".into()), ..RangeQuery::default() };
    let range = DateRange::parse(&query, date("2026-11-30"), 90).unwrap();
    let of = |owner: Option<&str>| {
        let owner = owner.map(|owner| hasher().id_for_admin(owner).unwrap());
        let (latest, daily) = snapshots(&range, &now(storage::snapshots(&world.db, owner, &range)).unwrap());
        let day =
            |day: pixtally::domain::report::storage::StorageDay| (day.date.to_string(), day.figures.objects);
        (latest.map(day), daily.into_iter().map(day).collect::<Vec<_>>())
    };
    let day = |day: &str, objects: u64| (day.to_owned(), objects);
    assert_eq!(
        of(Some("mallory")),
        (Some(day("2026-11-23", 0)), vec![day(DAY, 1), day("2026-11-22", 0)]),
        "no day is made up, and none is missing"
    );
    assert_eq!(of(Some("alice")), (Some(day("2026-11-23", 81)), vec![day(DAY, 80), day("2026-11-22", 81)]));
    assert_eq!(of(None), (Some(day("2026-11-23", 125)), vec![day(DAY, 125), day("2026-11-22", 125)]));
    let names: Vec<String> = now(storage::owners(&world.db, hasher().unknown()))
        .unwrap()
        .into_iter()
        .map(|owner| owner.value)
        .collect();
    assert_eq!(names, [id("zoe"), id("alice")]);
}

#[test]
fn r2_that_fails_for_a_while_costs_nothing() {
    for times in 1..5 {
        for page in [1, 2, 10, 11, 25, 42] {
            let world = World::new(Bucket::filled());
            *world.bucket.broken.borrow_mut() = page..page + times;
            assert_eq!(world.night(NIGHT).ok(), Some(1), "{times} times from page {page}");
            world.agrees(DAY, &[], &format!("{times} times from page {page}"));
        }
    }
}

/// It hangs just before it drops what it takes for dead; meanwhile R2 is well again, and another goes on.
#[test]
fn an_invocation_that_gives_up_late_takes_nothing_away() {
    for operation in 1..40 {
        let world = World::new(Bucket::filled());
        *world.bucket.broken.borrow_mut() = 12..u32::MAX;
        let fate = Rc::new(Fate::at(operation, Fault::HangBefore));
        let meanwhile = || {
            *world.bucket.broken.borrow_mut() = 0..0;
            let queries = if operation % 2 == 0 { PLENTY } else { FEW };
            world.night(Terms { later: LEASE_MS + HOUR, queries, ..NIGHT }).unwrap();
        };
        let _ = world.night_with(NIGHT, &fate, meanwhile);
        *world.bucket.broken.borrow_mut() = 0..0;
        world.night(Terms { later: 3 * HOUR, ..NIGHT }).unwrap();
        world.agrees(DAY, &[], &format!("operation {operation}"));
    }
}

#[test]
fn r2_that_fails_for_good_leaves_the_snapshot_before() {
    let world = World::new(Bucket::filled());
    world.night(NIGHT).unwrap();
    let first = world.snapshot(DAY);
    *world.bucket.broken.borrow_mut() = 60..u32::MAX;
    let tomorrow = Terms { day: "2026-11-21", ..NIGHT };
    world.night(tomorrow).unwrap();
    assert_eq!((world.last_run("state"), world.snapshot("2026-11-21")), ("failed".into(), Table::new()));
    assert_eq!(world.last_run("error"), "R2 failed: internal error (10001)");
    assert_eq!(world.snapshot(DAY), first);
    assert_eq!(now(storage::latest(&world.db)).unwrap().map(|latest| latest.date), Some(date(DAY)));
    assert_eq!(world.db.value("SELECT count(*) FROM storage_staged"), Some(0));
    *world.bucket.broken.borrow_mut() = 0..0;
    world.night(Terms { later: HOUR, ..tomorrow }).unwrap();
    world.agrees("2026-11-21", &[], "tried again");
}

#[test]
fn a_listing_that_does_not_move_on_is_refused() {
    let world = World::new(Bucket { page: 0, ..Bucket::filled() });
    world.night(NIGHT).unwrap();
    assert_eq!(world.last_run("state"), "failed");
    assert!(world.last_run("error").contains("it is empty, and yet goes on"), "{}", world.last_run("error"));
}

/// A bucket that needs two nights, sixteen nights long: a snapshot bears the day on which its listing began, and the next one
/// begins when it has ended.
#[test]
fn snapshots_bear_the_day_on_which_their_listing_began() {
    let bucket = Bucket { page: 3, ..Bucket::default() };
    (0..300).for_each(|number| bucket.put(&format!("alice/a/{number:04}.jpg"), 1));
    let world = World::new(bucket);
    let first = date("2026-11-01");
    let mut began = Vec::new();
    for night in 0..16 {
        let day: &'static str = first.plus(night).to_string().leak();
        world.bucket.put(&format!("alice/b/of-{day}.jpg"), 1_000_000);
        let before = world.bucket.listed.get();
        let open = "SELECT count(*) FROM aggregation_runs WHERE state IN ('queued', 'running')";
        if world.db.value(open) == Some(0) {
            began.push((day, 1_000_000 * (i64::from(night) + 1) + 300));
        }
        world.night(Terms { day, later: 0, queries: 90 }).unwrap();
        assert!(world.bucket.listed.get() > before, "no night is idle");
        assert!(world.db.value(open) <= Some(1), "{day}: one listing at a time");
    }
    let snapshots = world.db.text(
        "SELECT group_concat(date || ' ' || original_bytes || ' ' || (julianday(measured_at) - julianday(date) < 2.5), ', ')
         FROM (SELECT * FROM storage_snapshots ORDER BY date)",
    );
    // What was uploaded in the second of its nights may be in it: here it is, since keys are listed in order.
    let expected: Vec<String> =
        began.iter().map(|(day, bytes)| format!("{day} {} 1", bytes + 1_000_000)).collect();
    assert!(began.len() > 5, "{began:?}");
    assert_eq!(snapshots, expected.join(", "));
}

/// Whatever the bucket's size, its listing ends.
#[test]
fn a_listing_of_many_nights_is_gone_on_with() {
    let world = World::new(Bucket::filled());
    let first = date(DAY);
    let mut nights = 0;
    while now(storage::latest(&world.db)).unwrap().is_none() {
        let day: &'static str = first.plus(nights).to_string().leak();
        world.night(Terms { day, queries: 17, ..NIGHT }).unwrap();
        nights += 1;
        assert!(nights < 60);
    }
    assert!(nights > 7, "{nights}");
    world.agrees(DAY, &[], "the day on which it began");
    assert_eq!(world.bucket.listed.get(), 42, "nothing is listed twice");
    assert_eq!(world.db.value("SELECT count(*) FROM aggregation_runs"), Some(1));
}

#[test]
fn an_administrator_gets_the_listing_that_is_open() {
    let world = World::new(Bucket::filled());
    world.night(Terms { queries: 30, ..NIGHT }).unwrap();
    assert!(world.db.value("SELECT sum(original_objects) FROM storage_staged") > Some(0), "half-way");
    let run = world.queued("2026-11-21");
    assert_eq!(run.date, date(DAY));
    world.advance(Terms { day: "2026-11-21", ..NIGHT }, run);
    world.agrees(DAY, &[], "it is gone on with");
}

/// An earlier version queued a listing every night.
#[test]
fn listings_that_are_left_over_end() {
    let world = World::new(Bucket::filled());
    world.night(Terms { queries: 30, ..NIGHT }).unwrap();
    for day in ["2026-11-18", "2026-11-21", "2026-11-22"] {
        world.db.execute(&format!(
            "INSERT INTO aggregation_runs
             SELECT NULL, kind, '{day}', origin, 'queued', 0, '{{}}', created_at, NULL, updated_at, NULL, NULL, 0, 0, NULL, 0, 0,
               NULL, NULL, NULL, NULL, 0, 0, 0, 0, NULL, NULL
             FROM aggregation_runs LIMIT 1"
        ));
    }
    world.night(Terms { day: "2026-11-23", ..NIGHT }).unwrap();
    assert_eq!(world.db.text("SELECT group_concat(date) FROM storage_snapshots"), "2026-11-23");
    world.agrees("2026-11-23", &[], "what was staged before is not counted with it");
    let over = world.db.text("SELECT group_concat(DISTINCT state || ': ' || error) FROM aggregation_runs");
    assert_eq!(over, "failed: another listing has ended before");
}

#[test]
fn a_run_of_another_version_is_not_gone_on_with() {
    let world = World::new(Bucket::filled());
    let run = world.queued(DAY);
    world
        .db
        .execute(&format!("UPDATE aggregation_runs SET progress = '{{\"after\":5}}' WHERE id = {}", run.id));
    world.db.execute("INSERT INTO storage_staged VALUES (1, 'x', 1, 1, 1, 1)");
    world.night(NIGHT).unwrap();
    world.night(Terms { later: HOUR, ..NIGHT }).unwrap();
    world.agrees(DAY, &[], "begun anew");
}

#[test]
fn a_purge_keeps_the_last_snapshot() {
    let world = World::new(Bucket::filled());
    for day in ["2026-08-01", "2026-08-02", "2026-11-19"] {
        world.night(Terms { day, ..NIGHT }).unwrap();
    }
    let days = || world.db.text("SELECT group_concat(date) FROM storage_snapshots");
    let rows = || world.db.text("SELECT group_concat(DISTINCT date) FROM storage_daily");
    now(purge::rest(&world.db, date("2026-08-02"), date("2027-01-01").start())).unwrap();
    assert_eq!((days(), rows()), ("2026-08-02,2026-11-19".into(), "2026-08-02,2026-11-19".into()));
    now(purge::rest(&world.db, date("2027-01-01"), date("2027-01-01").start())).unwrap();
    assert_eq!((days(), rows()), ("2026-11-19".into(), "2026-11-19".into()));
    world.agrees("2026-11-19", &[], "whole");
}
