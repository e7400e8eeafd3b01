//! The nightly job: rebuilds days from Cloudflare's analytics, reconciles them with what was counted in realtime, measures
//! what stands in the bucket, and purges what is older than the retention. Here: what each trigger starts, and what an
//! administrator may.
//!
//! A run is saved after every step (`job.rs`). So it does not matter who advances it, nor for how long: a cron trigger, a
//! call of the API, or several of them one after the other.

pub mod aggregate;
pub mod clock;
pub mod close;
pub mod control;
pub mod engine;
pub mod job;
pub mod key_range;
pub mod listing;
pub mod night;
pub mod owner_ranges;
pub mod progress;
pub mod purge;
pub mod source;
pub mod sources;
pub mod storage;
pub mod zone;

use worker::{Env, console_error, console_log};

use crate::cloudflare::analytics_engine;
use crate::cloudflare::api::{Api, TIMEOUT_MS};
use crate::cloudflare::engine_sql::DataSet;
use crate::cloudflare::r2::Bucket;
use crate::cloudflare::random;
use crate::cloudflare::time::{self, PlatformClock};
use crate::config::{CloudflareAccess, Config};
use crate::domain::date::{Date, Millis, timestamp};
use crate::domain::hex::hex;
use crate::domain::night::{GRACE_MS, end_of, purge_before};
use crate::store::budget::Budgeted;
use crate::store::db::{Db, DbError, Result};
use crate::store::meta;
use crate::store::runs::{self, Kind, Origin, Run};

use control::AccountCount;
use engine::{Engine, PAGE_ROWS};
use job::{Job, Platform};
use source::Preference;
use sources::Sources;
use storage::Media;
use zone::Zone;

/// How long a cron trigger goes on: the platform ends it after 15 minutes.
const CRON_MS: Millis = 12 * 60 * 1000;
/// How long a call of the API goes on after its answer: the platform ends that after 30 s.
const CALL_MS: Millis = 20_000;

/// How long R2 may take to answer a page of a listing.
const LISTING_TIMEOUT_MS: Millis = 10_000;

/// The nightly job on Cloudflare.
struct Cloudflare;

impl Platform for Cloudflare {
    type Db = Budgeted<Db>;
    type Engine = Engine<Api>;
    type Zone = Zone<Api>;
    type Control = AccountCount<Api>;
    type Listing = Bucket;
    type Clock = PlatformClock;
}

/// Runs what a trigger stands for. `scheduled` is when it was due: a late trigger still means the same night.
pub async fn run(cron: &str, scheduled: Millis, env: &Env, config: &Config) {
    let cleans = cron == config.cleanup_cron;
    let aggregates = cron == config.aggregation_cron;
    let outcome = if cleans || aggregates {
        triggered(env, config, scheduled, cleans, aggregates).await
    } else {
        unknown(env, cron, scheduled).await
    };
    if let Err(error) = outcome {
        console_error!("the trigger {cron:?} is left to the next one: {error}");
    }
}

/// Where both jobs have the same trigger, they share its queries, and days are rebuilt before others are purged. Neither
/// minds what becomes of the other.
async fn triggered(
    env: &Env,
    config: &Config,
    scheduled: Millis,
    cleans: bool,
    aggregates: bool,
) -> Result<()> {
    let (sources, media, retention) = (sources(env, config), media(env, config), config.retention_days);
    let jobs = u32::from(cleans) + u32::from(aggregates);
    let (queries, life) = (config.batch_queries / jobs.max(1), CRON_MS / Millis::from(jobs.max(1)));
    let mut outcome = Ok(());
    if aggregates {
        let db = Budgeted::new(Db::open(env)?, queries);
        outcome = aggregate_due(&job(&db, &sources, media.as_ref(), life), scheduled, retention).await;
    }
    if cleans {
        let db = Budgeted::new(Db::open(env)?, queries);
        outcome = outcome.and(clean(&job(&db, &sources, media.as_ref(), life), scheduled, retention).await);
    }
    outcome
}

async fn clean(job: &Job<'_, Cloudflare>, scheduled: Millis, retention: u32) -> Result<()> {
    mark(job, meta::LAST_PURGE).await;
    let purged = night::purge(job, Date::at(scheduled), retention).await;
    // With few queries a night, there are some left here, and none after days were rebuilt.
    purged.map(drop).and(night::go_on_measuring(job).await.map(report))
}

async fn aggregate_due(job: &Job<'_, Cloudflare>, scheduled: Millis, retention: u32) -> Result<()> {
    mark(job, meta::LAST_AGGREGATION).await;
    let aggregated = night::aggregate(job, scheduled, retention).await.map(report);
    let closed = night::close(job, scheduled).await;
    aggregated.and(closed).and(night::measure(job, scheduled).await.map(report))
}

fn report(finished: Vec<Run>) {
    for Run { kind, date, state, outcome, .. } in finished {
        console_log!("{kind:?} {date}: {state:?}, {}", outcome.unwrap_or_default());
    }
}

/// Remembers that a trigger came. That it cannot be remembered is no reason not to work.
async fn mark(job: &Job<'_, Cloudflare>, key: &str) {
    if let Err(error) = meta::set(job.db, key, &job.now(), &job.now()).await {
        console_error!("{key} is not remembered: {error}");
    }
}

async fn unknown(env: &Env, cron: &str, scheduled: Millis) -> Result<()> {
    let error = format!("the cron {cron:?} is neither ANALYTICS_CLEANUP_CRON nor ANALYTICS_AGGREGATION_CRON");
    console_error!("{error}");
    runs::record_unknown(&Db::open(env)?, Date::at(scheduled), &timestamp(time::now()), &error).await
}

/// Goes on with a run after an API call's answer.
pub async fn go_on(env: Env, config: &Config, run: Run) {
    let outcome = async {
        let (sources, media) = (sources(&env, config), media(&env, config));
        let db = Budgeted::new(Db::open(&env)?, config.batch_queries);
        job(&db, &sources, media.as_ref(), CALL_MS).advance(run).await
    };
    if let Err(error) = outcome.await {
        let error: DbError = error;
        console_error!("a run is left as it was saved last: {error}");
    }
}

/// Whether days that realtime counting does not take are restored at night.
pub fn restores_days(env: &Env, config: &Config) -> bool {
    let is_read = config.batch_enabled && config.cloudflare.is_some();
    is_read && config.batch_source != Preference::Zone && analytics_engine::is_bound(env)
}

/// The oldest day that may be rebuilt: one that is not purged, and that Analytics Engine still has.
pub async fn oldest_day(env: &Env, today: Date, retention_days: u32) -> Result<Date> {
    night::oldest_day(&Db::open(env)?, today, retention_days).await
}

/// Queues the rebuilding of a day for an administrator.
pub async fn queue_day(env: &Env, date: Date) -> Result<Option<Run>> {
    let (db, now) = (Db::open(env)?, time::now());
    let ready = end_of(date) + GRACE_MS;
    let waits = (ready > now).then(|| timestamp(ready));
    runs::queue(&db, Kind::Aggregate, date, Origin::Admin, &timestamp(now), waits.as_deref()).await
}

/// Queues a purge for an administrator.
pub async fn queue_purge(env: &Env, retention_days: u32) -> Result<Option<Run>> {
    let (db, now) = (Db::open(env)?, time::now());
    let keep = purge_before(Date::at(now), retention_days);
    runs::queue(&db, Kind::Purge, keep, Origin::Admin, &timestamp(now), None).await
}

/// Queues today's snapshot of the storage for an administrator, also when there is one. Where a listing is open, it is that one.
pub async fn queue_storage(env: &Env) -> Result<Option<Run>> {
    let (db, now) = (Db::open(env)?, time::now());
    runs::queue(&db, Kind::Storage, Date::at(now), Origin::Admin, &timestamp(now), None).await
}

fn media(env: &Env, config: &Config) -> Option<Media<Bucket>> {
    let listing = Bucket::open(env, LISTING_TIMEOUT_MS).ok()?;
    Some(Media { listing, owners: config.owners.clone()? })
}

fn sources(env: &Env, config: &Config) -> Sources<Engine<Api>, Zone<Api>, AccountCount<Api>> {
    let api = |access: &CloudflareAccess| Api::new(access.token.clone(), TIMEOUT_MS);
    let data_set = DataSet::parse(&config.dataset);
    let access = config.cloudflare.as_ref().filter(|_| config.batch_enabled);
    let is_bound = analytics_engine::is_bound(env);
    let account = access.zip(data_set).filter(|_| is_bound);
    let engine = account.clone().map(|(access, data_set)| {
        Engine::new(api(access), access.account.clone(), data_set, time::now(), PAGE_ROWS, config.privacy)
    });
    let control =
        account.map(|(access, data_set)| AccountCount::new(api(access), access.account.clone(), data_set));
    let zone = access.zip(config.zone.as_ref()).zip(config.owners.clone()).map(|((access, zone), owners)| {
        Zone::new(api(access), zone.id.clone(), &zone.host, owners, time::now())
    });
    let missing = if !config.batch_enabled {
        "ANALYTICS_BATCH_ENABLED is false"
    } else if !is_bound {
        "the ANALYTICS binding is missing, so there is nothing to check them against"
    } else {
        "CLOUDFLARE_ACCOUNT_ID and CLOUDFLARE_API_TOKEN are not set"
    };
    Sources { engine, zone, control, preference: config.batch_source, missing }
}

fn job<'a>(
    db: &'a Budgeted<Db>,
    sources: &'a Sources<Engine<Api>, Zone<Api>, AccountCount<Api>>,
    media: Option<&'a Media<Bucket>>,
    life: Millis,
) -> Job<'a, Cloudflare> {
    let holder = hex(&random::bytes::<8>());
    Job { db, sources, media, clock: &PlatformClock, holder, deadline: time::now() + life }
}
