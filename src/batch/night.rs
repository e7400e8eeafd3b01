//! One night: which days are due, and going through them until the time is used up.

use crate::domain::date::{Date, Millis};
use crate::domain::night::{self, GRACE_MS};
use crate::store::db::{Database, DbError, Result};
use crate::store::runs::{self, Kind, Origin, Run};
use crate::store::{meta, rebuilt, storage};

use super::clock::Clock;
use super::close;
use super::job::{Job, LEASE_MS, Left, Platform};
use super::source::{DayCount, Source};

/// How often a trigger looks whether another invocation has come to its end.
const BUSY_MS: Millis = 30_000;
/// How long it does so: longer than the lease of a dead one.
const PATIENCE_MS: Millis = LEASE_MS + 60_000;

/// How often D1 may refuse what stands between the runs, and how long it is left alone after that; longer every time.
const MAX_REFUSALS: u32 = 5;
const REFUSED_MS: Millis = 1_000;

/// Rebuilds every day that is due at `scheduled`, oldest first; the runs that were finished.
///
/// # Errors
///
/// When D1 fails again and again. What is unfinished is gone on with by whoever comes next.
pub async fn aggregate<P: Platform>(job: &Job<'_, P>, scheduled: Millis, retention: u32) -> Result<Vec<Run>> {
    let mut refusals = 0;
    while let Err(error) = queue_due(job, scheduled, retention).await {
        refused(job, Kind::Aggregate, &mut refusals, error).await?;
    }
    go_through(job, Kind::Aggregate).await
}

/// Closes the days that nothing is added to any more at `scheduled`.
///
/// # Errors
///
/// As [`aggregate`].
pub async fn close<P: Platform>(job: &Job<'_, P>, scheduled: Millis) -> Result<()> {
    let mut refusals = 0;
    while let Err(error) = close::due(job, Date::at(scheduled)).await {
        refused(job, Kind::Aggregate, &mut refusals, error).await?;
    }
    Ok(())
}

/// Deletes what is older than the retention.
///
/// # Errors
///
/// As [`aggregate`].
pub async fn purge<P: Platform>(job: &Job<'_, P>, today: Date, retention: u32) -> Result<Vec<Run>> {
    let keep = night::purge_before(today, retention);
    let mut refusals = 0;
    while let Err(error) = runs::queue(job.db, Kind::Purge, keep, Origin::Cron, &job.now(), None).await {
        refused(job, Kind::Purge, &mut refusals, error).await?;
    }
    go_through(job, Kind::Purge).await
}

/// Measures what stands in the bucket, once a day: goes on with what is unfinished, and begins what is due at `scheduled`.
///
/// # Errors
///
/// As [`aggregate`].
pub async fn measure<P: Platform>(job: &Job<'_, P>, scheduled: Millis) -> Result<Vec<Run>> {
    if job.media.is_some() {
        let mut refusals = 0;
        while let Err(error) = queue_snapshot(job, Date::at(scheduled)).await {
            refused(job, Kind::Storage, &mut refusals, error).await?;
        }
    }
    go_through(job, Kind::Storage).await
}

/// Queues a day's snapshot unless there is one, or a later one, or a listing is open.
async fn queue_snapshot<P: Platform>(job: &Job<'_, P>, date: Date) -> Result<()> {
    let latest = storage::latest(job.db).await?;
    if latest.is_none_or(|latest| latest.date < date) {
        runs::queue(job.db, Kind::Storage, date, Origin::Cron, &job.now(), None).await?;
    }
    Ok(())
}

/// Goes on with measuring what stands in the bucket, if an invocation before was cut off.
///
/// # Errors
///
/// As [`aggregate`].
pub async fn go_on_measuring<P: Platform>(job: &Job<'_, P>) -> Result<Vec<Run>> {
    go_through(job, Kind::Storage).await
}

/// Queues the days that are due. Again, if it has to be: a day that is queued is not queued twice.
async fn queue_due<P: Platform>(job: &Job<'_, P>, scheduled: Millis, retention: u32) -> Result<()> {
    let today = Date::at(scheduled);
    let reach = oldest_day(job.db, today, retention).await?;
    let known = runs::days(job.db, reach).await?;
    let first = first_day(job, reach, today.minus(1)).await?.map(|first| first.max(reach));
    let is_visible = |date: &Date| night::end_of(*date) + GRACE_MS <= scheduled;
    let due: Vec<Date> = night::due(today, first, retention, &known).into_iter().filter(is_visible).collect();
    runs::queue_all(job.db, &due, &job.now()).await
}

/// The oldest day that may be rebuilt. What was purged stays so, also when the retention is raised.
pub async fn oldest_day(db: &impl Database, today: Date, retention: u32) -> Result<Date> {
    let purged = meta::get(db, meta::PURGED_BEFORE).await?.and_then(|text| Date::parse(&text).ok());
    let oldest = night::oldest_due(today, retention);
    Ok(purged.map_or(oldest, |purged| purged.max(oldest)))
}

/// The oldest day that D1 or the engine has anything of, else the zone, which has to be asked day by day. A source that
/// fails has nothing to say here; reading the days will tell what is wrong with it.
async fn first_day<P: Platform>(job: &Job<'_, P>, from: Date, to: Date) -> Result<Option<Date>> {
    let oldest = |days: Vec<DayCount>| days.iter().map(|day| day.date).min();
    let mut first = rebuilt::first_day(job.db).await?;
    if let Some(engine) = &job.sources.engine {
        let engine = engine.days(from, to).await.ok().and_then(oldest);
        first = first.into_iter().chain(engine).min();
    }
    match &job.sources.zone {
        Some(zone) if first.is_none() => Ok(zone.days(from, to).await.ok().and_then(oldest)),
        _ => Ok(first),
    }
}

async fn go_through<P: Platform>(job: &Job<'_, P>, kind: Kind) -> Result<Vec<Run>> {
    let mut finished = Vec::new();
    let (mut waited, mut refusals) = (0, 0);
    while job.clock.now() < job.deadline && job.may_step(kind) {
        match go_on(job, kind).await {
            Ok(None) => break,
            Ok(Some((run, Left::Finished))) => finished.push(run),
            Ok(Some((_, Left::Busy))) if waited < PATIENCE_MS => {
                waited += BUSY_MS;
                job.clock.sleep(BUSY_MS).await;
            }
            Ok(Some((run, Left::Unfinished))) if run.waits(job.clock.now()) => {}
            Ok(Some((_, Left::Unfinished | Left::Busy))) => break,
            Err(error) => refused(job, kind, &mut refusals, error).await?,
        }
    }
    Ok(finished)
}

/// Goes on with the oldest day's run; `None` when none is left that may go on.
async fn go_on<P: Platform>(job: &Job<'_, P>, kind: Kind) -> Result<Option<(Run, Left)>> {
    match runs::next(job.db, kind, &job.now()).await? {
        Some(run) => job.advance(run).await.map(Some),
        None => Ok(None),
    }
}

/// Leaves D1 alone for a moment, or gives up.
async fn refused<P: Platform>(
    job: &Job<'_, P>,
    kind: Kind,
    refusals: &mut u32,
    error: DbError,
) -> Result<()> {
    *refusals += 1;
    if *refusals >= MAX_REFUSALS || !job.may_step(kind) {
        return Err(error);
    }
    job.clock.sleep(REFUSED_MS << *refusals).await;
    Ok(())
}
