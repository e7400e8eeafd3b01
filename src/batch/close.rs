//! Closing days: what was counted in realtime of a day to which nothing is added any more becomes rows. Not what a run
//! reads, which it closes itself (`aggregate.rs`).

use crate::domain::date::Date;
use crate::store::db::{Database, Result};
use crate::store::segments::{self, CLOSE_STATEMENTS, Closable};

use super::clock::Clock;
use super::job::{Job, Platform};

/// Today, and yesterday, of which hits come in until noon.
const OPEN_DAYS: u32 = 2;
/// Owners that are closed together.
const OWNERS_AT_ONCE: u32 = 50;
/// Owners' days that may fail by themselves before D1 is left alone.
const MAX_FAILED: usize = 5;

/// Closes every day that is due, oldest first, while there is time and queries are left; the rest is left to the next
/// night. Until then it is reported from what was counted. Owners whose days are too much together are closed by and by, and
/// one that is too much alone does not keep the others waiting.
///
/// # Errors
///
/// When D1 fails. What is closed stays closed.
pub async fn due<P: Platform>(job: &Job<'_, P>, today: Date) -> Result<()> {
    let last = today.minus(OPEN_DAYS);
    let (mut at_once, mut failed, mut error) = (OWNERS_AT_ONCE, Vec::new(), None);
    while job.clock.now() < job.deadline && job.db.queries_left() > CLOSE_STATEMENTS {
        let mut due = segments::closable(job.db, last, at_once + failed.len() as u32).await?;
        due.retain(|it| !failed.contains(it));
        let Some(first) = due.first().cloned() else { break };
        let Closable { date, run, .. } = first;
        let of_day = due.into_iter().filter(|it| (it.date, it.run) == (date, run));
        let owners: Vec<String> = of_day.map(|it| it.owner).take(at_once as usize).collect();
        match segments::close(job.db, date, run, &owners).await {
            Ok(()) => at_once = (2 * at_once).min(OWNERS_AT_ONCE),
            Err(reason) if owners.len() == 1 => {
                failed.push(first);
                error = Some(reason);
                if failed.len() == MAX_FAILED {
                    break;
                }
            }
            Err(_) => at_once = (owners.len() as u32 / 2).max(1),
        }
    }
    error.map_or(Ok(()), Err)
}
