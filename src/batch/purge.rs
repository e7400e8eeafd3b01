//! Purging: deletes days that are older than the retention, oldest first, in bounded chunks. What they add up to becomes
//! part of what is frozen of their month before the first of their rows goes. A run's date is the first day it keeps. At its
//! end it deletes expired sessions, too.

use crate::store::runs::{Run, State};
use crate::store::{purge, rebuilt};

use super::clock::Clock;
use super::job::{Job, Platform, Step, StepError};
use super::progress::Progress;

/// Freezes the oldest day if it is not frozen, and deletes some of its rows.
///
/// # Errors
///
/// When D1 fails; every part of the step may be done again.
pub async fn step<P: Platform>(job: &Job<'_, P>, run: &mut Run) -> Result<Step, StepError> {
    let began = job.clock.now();
    match rebuilt::first_day(job.db).await?.filter(|oldest| *oldest < run.date) {
        Some(oldest) => {
            purge::freeze(job.db, run, oldest, &job.now()).await?;
            run.rows += purge::rows(job.db, oldest).await?;
        }
        None if purge::rest(job.db, run.date, began).await? => {
            let (rows, date) = (run.rows, run.date);
            job.finish(
                run,
                State::Done,
                format!("{rows} rows deleted; {date} is the first day that is kept"),
            );
        }
        None => {}
    }
    job.stamp(run, &Progress::default(), began);
    Ok(job.save(run).await?)
}
