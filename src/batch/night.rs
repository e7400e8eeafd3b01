//! One night: which days are due, and going through them until the time is used up.

use crate::domain::date::{Date, Millis};
use crate::domain::night::{self, GRACE_MS};
use crate::store::db::Result;
use crate::store::rebuilt;
use crate::store::runs::{self, Kind, Origin, Run};

use super::clock::Clock;
use super::job::{Job, Left, MAX_STEPS, Platform};
use super::source::Source;

/// Rebuilds every day that is due at `scheduled`, oldest first; the runs that were finished.
///
/// # Errors
///
/// When D1 fails again and again. What is unfinished is gone on with by whoever comes next.
pub async fn aggregate<P: Platform>(job: &Job<'_, P>, scheduled: Millis, retention: u32) -> Result<Vec<Run>> {
    let today = Date::at(scheduled);
    let yesterday = today.minus(1);
    let reach = night::oldest_due(today, retention);
    let known = runs::days(job.db, reach).await?;
    let first = first_day(job, reach, yesterday).await?;
    let is_visible = |date: &Date| night::end_of(*date) + GRACE_MS <= scheduled;
    for date in night::due(today, first, retention, &known).into_iter().filter(is_visible) {
        runs::queue(job.db, Kind::Aggregate, date, Origin::Cron, &job.now(), None).await?;
    }
    go_through(job, Kind::Aggregate).await
}

/// Deletes what is older than the retention.
///
/// # Errors
///
/// As [`aggregate`].
pub async fn purge<P: Platform>(job: &Job<'_, P>, today: Date, retention: u32) -> Result<Vec<Run>> {
    let keep = night::purge_before(today, retention);
    runs::queue(job.db, Kind::Purge, keep, Origin::Cron, &job.now(), None).await?;
    go_through(job, Kind::Purge).await
}

/// The oldest day that D1 or a source has anything of. A source that fails has nothing to say here; reading the days
/// will tell what is wrong with it.
async fn first_day<P: Platform>(job: &Job<'_, P>, from: Date, to: Date) -> Result<Option<Date>> {
    let mut days = vec![rebuilt::first_day(job.db).await?];
    if let Some(engine) = &job.sources.engine {
        days.push(engine.days(from, to).await.ok().and_then(|days| days.iter().map(|day| day.date).min()));
    }
    if let Some(zone) = &job.sources.zone {
        days.push(zone.days(from, to).await.ok().and_then(|days| days.iter().map(|day| day.date).min()));
    }
    Ok(days.into_iter().flatten().min())
}

async fn go_through<P: Platform>(job: &Job<'_, P>, kind: Kind) -> Result<Vec<Run>> {
    let mut finished = Vec::new();
    let mut steps = MAX_STEPS;
    while job.clock.now() < job.deadline && steps > 0 {
        let Some(run) = runs::next(job.db, kind, &job.now()).await? else { break };
        match job.advance(run, &mut steps).await? {
            (run, Left::Finished) => finished.push(run),
            (_, Left::Unfinished) => {}
            (_, Left::Busy) => break,
        }
    }
    Ok(finished)
}
