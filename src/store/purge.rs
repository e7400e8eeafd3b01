//! Deleting days that are older than the retention: daily tables only, months are kept; and what has expired.

use crate::domain::date::{Date, Millis, timestamp};
use crate::domain::metering::event::KEY_DAYS;

use super::db::{Database, Param, Result, Statement};
use super::runs::Run;
use super::sql;

/// Most rows deleted by one statement.
pub const CHUNK: u32 = 20_000;

/// Closes a day as it stands, if nobody has, and makes its sums part of what is frozen of its month. Once: a day that is
/// frozen is not frozen again, nor can it be published again, and runs that would do so end. `run` is the purge, where it
/// was saved last; one that no longer stands there changes nothing that was not let go before.
pub async fn freeze(db: &impl Database, run: &Run, date: Date, now: &str) -> Result<()> {
    let (month, date, after) = (date.month(), date.to_string(), date.plus(1).to_string());
    let (day, month) = ([Param::Text(&date)], [Param::Text(&month)]);
    let (id, step, now) = (Param::Count(run.id), Param::Count(run.step), Param::Text(now));
    db.apply(&[
        Statement(sql::PUBLISH_DAYS, &[day[0], id, step, Param::Count(0)]),
        Statement(sql::PURGE_UNTIL, &[Param::Text(&after), now, id, step]),
        Statement(sql::PURGE_FREEZE, &day),
        Statement(sql::PURGE_MARK, &day),
        Statement(sql::PUBLISH_MONTH, &month),
        Statement(sql::PURGE_RUNS, &[day[0], now]),
        Statement(sql::PURGE_STAGED, &day),
    ])
    .await?;
    Ok(())
}

/// Deletes some of the rows of a frozen day; how many.
pub async fn rows(db: &impl Database, date: Date) -> Result<u64> {
    let date = date.to_string();
    db.changes(Statement(sql::PURGE_ROWS, &[Param::Text(&date), Param::Count(CHUNK)])).await
}

/// Deletes some of what else is stored by day, once the rows are gone, and what has expired: sessions, and keys of events;
/// whether nothing is left.
pub async fn rest(db: &impl Database, first_kept: Date, now: Millis) -> Result<bool> {
    let first_key = Date::at(now).minus(KEY_DAYS).to_string();
    let (first_kept, now) = (first_kept.to_string(), timestamp(now));
    let day = [Param::Text(&first_kept)];
    let chunk = [day[0], Param::Count(CHUNK)];
    let deleted = db
        .apply(&[
            Statement(sql::PURGE_BREAKDOWNS, &chunk),
            Statement(sql::PURGE_ERRORS, &chunk),
            Statement(sql::PURGE_SEGMENTS, &chunk),
            Statement(sql::PURGE_USAGE_EVENTS, &[Param::Text(&first_key), chunk[1]]),
        ])
        .await?;
    let is_done = deleted.iter().all(|rows| *rows < u64::from(CHUNK));
    if is_done {
        db.apply(&[
            Statement(sql::PURGE_DAYS, &day),
            Statement(sql::PURGE_UNCOUNTED, &day),
            Statement(sql::PURGE_STORAGE, &day),
            Statement(sql::PURGE_SNAPSHOTS, &day),
            Statement(sql::RUN_PURGE, &day),
            Statement(sql::PURGE_SESSIONS, &[Param::Text(&now)]),
        ])
        .await?;
    }
    Ok(is_done)
}
