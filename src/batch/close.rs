//! Closing days: what was counted in realtime of a day to which nothing is added any more becomes rows. Not what a run
//! reads, which it closes itself (`aggregate.rs`).

use crate::domain::date::Date;
use crate::store::db::{Database, Result};
use crate::store::segments::{self, CLOSE_STATEMENTS, Closable};

use super::clock::Clock;
use super::job::{Job, Platform};

/// Days before today that may still be added to: until noon, yesterday's hits come in.
const OPEN_DAYS: u32 = 2;
/// Owners that are closed together.
const OWNERS_AT_ONCE: u32 = 50;

/// Closes every day that is due, oldest first, while there is time and queries are left; the rest is left to the next
/// night. Until then it is reported from what was counted.
///
/// # Errors
///
/// When D1 fails. What is closed stays closed.
pub async fn due<P: Platform>(job: &Job<'_, P>, today: Date) -> Result<()> {
    let last = today.minus(OPEN_DAYS);
    while job.clock.now() < job.deadline && job.db.queries_left() > CLOSE_STATEMENTS {
        let due = segments::closable(job.db, last, OWNERS_AT_ONCE).await?;
        let Some(Closable { date, run, .. }) = due.first().cloned() else { break };
        let of_day = due.into_iter().filter(|it| (it.date, it.run) == (date, run));
        let owners: Vec<String> = of_day.map(|it| it.owner).collect();
        segments::close(job.db, date, run, &owners).await?;
    }
    Ok(())
}
