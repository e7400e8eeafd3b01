//! Writing flushes, exactly once: see `domain/flush.rs`.

use crate::domain::date::Millis;
use crate::domain::flush::{Flush, FlushId, MAX_AGE_MS};

use super::db::{Database, DbError, Found, Param, Result, Statement};
use super::sql;

/// How long ids are kept: twice as long as a flush may be sent again.
const KEEP_IDS_MS: Millis = 2 * MAX_AGE_MS;
/// Most ids deleted by one statement.
const PURGE_CHUNK: u32 = 20_000;
/// Most statements of one purge: the free plan allows 50 in one invocation.
const PURGE_STATEMENTS: u32 = 40;

/// Why a flush is not known to be applied.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{error}")]
pub struct Undelivered {
    pub error: DbError,
    /// D1 has looked the id up since and does not have it, rather than said nothing.
    pub is_absent: bool,
}

/// Sends a flush. After any error its id is looked up: the batch may have been applied although its answer was lost.
///
/// # Errors
///
/// When the flush is not known to be applied.
pub async fn deliver(
    db: &impl Database,
    flush: &Flush,
    sent_before: bool,
) -> std::result::Result<(), Undelivered> {
    let unknown = |error| Undelivered { error, is_absent: false };
    if sent_before && was_applied(db, flush.id).await.map_err(unknown)? {
        return Ok(());
    }
    let Err(error) = apply(db, flush).await else { return Ok(()) };
    match was_applied(db, flush.id).await {
        Ok(true) => Ok(()),
        Ok(false) => Err(Undelivered { error, is_absent: true }),
        Err(_) => Err(unknown(error)),
    }
}

/// Applies a flush, all of it or nothing.
async fn apply(db: &impl Database, flush: &Flush) -> Result<()> {
    let id = flush.id.to_string();
    let uncounted = flush.uncounted.encode();
    let claim = [Param::Text(&id)];
    let rows = [Param::Text(&flush.rows)];
    let left_out = [Param::Text(&uncounted)];
    let mut statements = vec![Statement(sql::FLUSH_CLAIM, &claim), Statement(sql::FLUSH_ROWS, &rows)];
    if !flush.uncounted.is_empty() {
        statements.push(Statement(sql::FLUSH_UNCOUNTED, &left_out));
    }
    db.apply(&statements).await?;
    Ok(())
}

async fn was_applied(db: &impl Database, id: FlushId) -> Result<bool> {
    db.first(Statement(sql::FLUSH_APPLIED, &[Param::Text(&id.to_string())])).await.map(Found::is)
}

/// Forgets ids that nobody can send again, in chunks; what is beyond its bound is left to the next purge.
pub async fn purge_ids(db: &impl Database, now: Millis) -> Result<()> {
    let first_kept = FlushId::new(now.saturating_sub(KEEP_IDS_MS), 0).to_string();
    let params = [Param::Text(&first_kept), Param::Count(PURGE_CHUNK)];
    for _ in 0..PURGE_STATEMENTS.min(db.queries_left() / 2) {
        if db.changes(Statement(sql::FLUSH_PURGE, &params)).await? < u64::from(PURGE_CHUNK) {
            break;
        }
    }
    Ok(())
}
