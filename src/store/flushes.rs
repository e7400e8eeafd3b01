//! Writing flushes, exactly once: see `domain/flush.rs`.

use crate::domain::flush::Flush;
use crate::domain::segment::{MAX_FAILED, MAX_GROWTH, MAX_VALUES};

use super::db::{Database, DbError, Found, Param, Result, Statement, json};
use super::{segments, sql};

/// Why a flush is not known to be applied.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{error}")]
pub struct Undelivered {
    pub error: DbError,
    /// D1 was asked since, and does not have it, rather than said nothing.
    pub is_absent: bool,
}

/// Sends a flush. After any error it is looked up: the batch may have been applied although its answer was lost.
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
    if sent_before && was_applied(db, flush).await.map_err(unknown)? {
        return Ok(());
    }
    let Err(error) = apply(db, flush).await else { return Ok(()) };
    match was_applied(db, flush).await {
        Ok(true) => Ok(()),
        Ok(false) => Err(Undelivered { error, is_absent: true }),
        Err(_) => Err(unknown(error)),
    }
}

/// The segment that tells whether a flush was applied.
struct Witness {
    date: String,
    owner: String,
    isolate: String,
    number: u32,
}

impl Witness {
    fn of(flush: &Flush) -> Self {
        let first = flush.segments.first();
        Self {
            date: first.map(|segment| segment.date.to_string()).unwrap_or_default(),
            owner: first.map(|segment| segment.owner.to_string()).unwrap_or_default(),
            isolate: flush.id.isolate.to_string(),
            number: flush.id.number,
        }
    }

    fn params(&self) -> [Param<'_>; 4] {
        let Self { date, owner, isolate, number } = self;
        [Param::Text(date), Param::Text(owner), Param::Text(isolate), Param::Count(*number)]
    }
}

/// Applies a flush, all of it or nothing: nothing of one that was applied, nor of one that was given up and comes after a
/// later one of the same owner's day. The segments come last: they say so.
async fn apply(db: &impl Database, flush: &Flush) -> Result<()> {
    let days: Vec<_> = flush.segments.iter().map(|segment| (segment.date, segment.owner)).collect();
    let (days, isolate) = (json(&days), flush.id.isolate.to_string());
    let [days, isolate] = [&days, &isolate].map(|text| Param::Text(text));
    let number = Param::Count(flush.id.number);
    let uncounted = flush.uncounted.encode();
    let rows = [Param::Text(&flush.rows), days, isolate, number];
    let left_out = [Param::Text(&uncounted), days, isolate, number];
    let segments = segments::encode(&flush.segments);
    let [values, growth, failed] = [MAX_VALUES as u32, MAX_GROWTH, MAX_FAILED as u32].map(Param::Count);
    let segments: Vec<[Param<'_>; 7]> = segments
        .iter()
        .map(|part| [Param::Text(part), isolate, number, values, days, growth, failed])
        .collect();
    let mut statements = vec![Statement(sql::FLUSH_ROWS, &rows)];
    if !flush.uncounted.is_empty() {
        statements.push(Statement(sql::FLUSH_UNCOUNTED, &left_out));
    }
    statements.extend(segments.iter().map(|part| Statement(sql::FLUSH_SEGMENTS, part)));
    db.apply(&statements).await?;
    Ok(())
}

async fn was_applied(db: &impl Database, flush: &Flush) -> Result<bool> {
    db.first(Statement(sql::FLUSH_APPLIED, &Witness::of(flush).params())).await.map(Found::is)
}
