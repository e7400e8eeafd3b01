//! Invocations of the nightly job: by cron triggers that are missed, late, repeated or overlap, and by an administrator.
//! Any of them may be cut off at any of its operations.

use std::rc::Rc;

use pixtally::batch::control::AccountCount;
use pixtally::batch::engine::Engine;
use pixtally::batch::job::{Job, Platform};
use pixtally::batch::listing::{ListedPage, Listing, ListingError};
use pixtally::batch::night;
use pixtally::batch::source::Preference;
use pixtally::batch::sources::Sources;
use pixtally::batch::zone::Zone;
use pixtally::cloudflare::api::Tag;
use pixtally::cloudflare::engine_sql::DataSet;
use pixtally::domain::date::{Date, Millis, timestamp};
use pixtally::domain::night::{GRACE_MS, end_of, oldest_due, purge_before};
use pixtally::store::db::Result;
use pixtally::store::meta;
use pixtally::store::runs::{self, Kind, Origin};

use super::analytics_engine::{Api, DATA_SET};
use super::database::{Client, Remote};
use super::executor::Group;
use super::profile::{DAY_MS, HOUR_MS, Profile};
use super::world::{SimulatedClock, World};

/// As in `batch/mod.rs`: how long an invocation goes on by itself, and when the platform ends it.
const CRON_MS: Millis = 12 * 60_000;
const CRON_ENDS_MS: Millis = 15 * 60_000;
const CALL_MS: Millis = 20_000;
const CALL_ENDS_MS: Millis = 30_000;

/// What an invocation is for.
#[derive(Debug, Clone, Copy)]
pub enum Trigger {
    /// When it was due.
    Cleanup(Millis),
    Aggregation(Millis),
    /// An administrator's call.
    Rebuild(Date),
    Purge,
}

impl Trigger {
    fn is_call(self) -> bool {
        matches!(self, Self::Rebuild(_) | Self::Purge)
    }
}

/// What stands in the bucket is not simulated: tests/storage.rs.
enum NoBucket {}

impl Listing for NoBucket {
    async fn page(&self, _: Option<&str>) -> std::result::Result<ListedPage, ListingError> {
        match *self {}
    }
}

struct Simulated;

impl Platform for Simulated {
    type Db = Remote;
    type Engine = Engine<Api>;
    type Zone = Zone<Api>;
    type Control = AccountCount<Api>;
    type Listing = NoBucket;
    type Clock = SimulatedClock;
}

/// Schedules the triggers of the days with traffic, and what goes wrong with them.
pub fn schedule(world: &Rc<World>) {
    let (random, profile) = (&world.random, &world.profile);
    let faults = &profile.triggers;
    for day in 0..profile.days {
        let midnight = profile.start.plus(day).start();
        for (hour, trigger) in [(1, Trigger::Cleanup as fn(Millis) -> Trigger), (2, Trigger::Aggregation)] {
            let due = midnight + hour * HOUR_MS;
            if random.chance(faults.missed) {
                continue;
            }
            let late = if random.chance(faults.late) { random.spread(1_000, 20 * HOUR_MS) } else { 0 };
            at(world, due + late, trigger(due));
            if random.chance(faults.repeated) {
                at(world, due + late + random.below(20 * 60_000), trigger(due));
            }
        }
        for _ in 0..faults.admin_calls_a_day {
            let instant = midnight + random.below(DAY_MS);
            let today = Date::at(instant);
            let oldest = oldest_due(today, profile.retention);
            let date = today.minus(1 + random.below(6) as u32);
            let trigger = if random.chance(0.2) { Trigger::Purge } else { Trigger::Rebuild(date) };
            let is_allowed = !matches!(trigger, Trigger::Rebuild(date) if date < oldest);
            if is_allowed {
                (0..random.spread(1, 8)).for_each(|call| at(world, instant + call * 10_000, trigger));
            }
        }
    }
}

/// Schedules one invocation.
pub fn at(world: &Rc<World>, instant: Millis, trigger: Trigger) {
    let shared = Rc::clone(world);
    world.executor.at(instant, move || start(&shared, trigger));
}

fn start(world: &Rc<World>, trigger: Trigger) {
    world.note(|| format!("{trigger:?} begins"));
    let is_cut_off = !world.is_quiet() && world.random.chance(world.profile.triggers.cut_off);
    let polls = if is_cut_off { world.random.spread(1, 400) } else { u64::MAX };
    let life = if trigger.is_call() { CALL_ENDS_MS } else { CRON_ENDS_MS };
    let shared = Rc::clone(world);
    let invocation = async move {
        let outcome = invoke(&shared, trigger).await;
        shared.note(|| format!("{trigger:?} ends: {outcome:?}"));
    };
    world.executor.spawn(format!("{trigger:?}"), Group::Nightly, (world.now() + life, polls), invocation);
}

/// What `batch/mod.rs` does for each of its triggers.
async fn invoke(world: &Rc<World>, trigger: Trigger) -> Result<()> {
    let db = Remote { world: Rc::clone(world), client: Client::Nightly };
    let (clock, sources) = (SimulatedClock(Rc::clone(world)), sources(world));
    let life = if trigger.is_call() { CALL_MS } else { CRON_MS };
    let holder = format!("{:016x}", world.random.next());
    let job: Job<'_, Simulated> =
        Job { db: &db, sources: &sources, media: None, clock: &clock, holder, deadline: world.now() + life };
    let (now, retention) = (timestamp(world.now()), world.profile.retention);
    match trigger {
        Trigger::Cleanup(due) => {
            meta::set(&db, meta::LAST_PURGE, &now, &now).await?;
            night::purge(&job, Date::at(due), retention).await?;
        }
        Trigger::Aggregation(due) => {
            meta::set(&db, meta::LAST_AGGREGATION, &now, &now).await?;
            let aggregated = night::aggregate(&job, due, retention).await;
            night::close(&job, due).await?;
            aggregated?;
        }
        Trigger::Rebuild(date) => {
            let ready = end_of(date) + GRACE_MS;
            let waits = (ready > world.now()).then(|| timestamp(ready));
            let run = runs::queue(&db, Kind::Aggregate, date, Origin::Admin, &now, waits.as_deref()).await?;
            advance(&job, run).await?;
        }
        Trigger::Purge => {
            let keep = purge_before(Date::at(world.now()), retention);
            let run = runs::queue(&db, Kind::Purge, keep, Origin::Admin, &now, None).await?;
            advance(&job, run).await?;
        }
    }
    Ok(())
}

async fn advance(job: &Job<'_, Simulated>, run: Option<runs::Run>) -> Result<()> {
    if let Some(run) = run {
        job.advance(run).await?;
    }
    Ok(())
}

fn sources(world: &Rc<World>) -> Sources<Engine<Api>, Zone<Api>, AccountCount<Api>> {
    let api = || Api(Rc::clone(world));
    let account = || Tag::parse(&"a".repeat(32)).expect("a tag");
    let data_set = || DataSet::parse(DATA_SET).expect("a name");
    let has = world.profile.has_engine;
    Sources {
        engine: has.then(|| {
            let Profile { page_rows, privacy, .. } = world.profile;
            Engine::new(api(), account(), data_set(), world.now(), page_rows, privacy)
        }),
        zone: None,
        control: has.then(|| AccountCount::new(api(), account(), data_set())),
        preference: Preference::Auto,
        missing: "there are no credentials",
    }
}
