//! Writing flushes, exactly once: see `domain/flush.rs`.

use crate::domain::date::Millis;
use crate::domain::flush::{Flush, FlushId, MAX_AGE_MS};

use super::db::{Db, Found, Param, Result, Statement};
use super::sql;

/// How long ids are kept: twice as long as a flush may be sent again.
const KEEP_IDS_MS: Millis = 2 * MAX_AGE_MS;
/// Most ids deleted by one statement.
const PURGE_CHUNK: u32 = 20_000;
/// Most statements of one purge: the free plan allows 50 in one invocation.
const PURGE_STATEMENTS: u32 = 40;

/// Applies a flush, all of it or nothing.
///
/// # Errors
///
/// When the flush was applied before, when D1 refused it, or when D1's answer was lost: [`was_applied`] tells.
pub async fn apply(db: &Db, flush: &Flush) -> Result<()> {
    let id = flush.id.to_string();
    let uncounted = flush.uncounted.encode();
    let claim = [Param::Text(&id)];
    let rows = [Param::Text(&flush.rows)];
    let left_out = [Param::Text(&uncounted)];
    let mut statements = vec![Statement(sql::FLUSH_CLAIM, &claim), Statement(sql::FLUSH_ROWS, &rows)];
    if !flush.uncounted.is_empty() {
        statements.push(Statement(sql::FLUSH_UNCOUNTED, &left_out));
    }
    db.apply(&statements).await
}

pub async fn was_applied(db: &Db, id: FlushId) -> Result<bool> {
    db.first(Statement(sql::FLUSH_APPLIED, &[Param::Text(&id.to_string())])).await.map(Found::is)
}

/// Forgets ids that nobody can send again, in chunks; what is beyond its bound is left to the next purge.
pub async fn purge_ids(db: &Db, now: Millis) -> Result<()> {
    let first_kept = FlushId::new(now.saturating_sub(KEEP_IDS_MS), 0).to_string();
    let params = [Param::Text(&first_kept), Param::Count(PURGE_CHUNK)];
    for _ in 0..PURGE_STATEMENTS {
        if db.changes(Statement(sql::FLUSH_PURGE, &params)).await? < u64::from(PURGE_CHUNK) {
            break;
        }
    }
    Ok(())
}
