//! What stands in R2: staged unseen while it is listed, published as one snapshot, and read for reports.

use serde::Deserialize;

use crate::domain::date::Date;
use crate::domain::date_range::DateRange;
use crate::domain::inventory::StorageUsage;
use crate::domain::owner::OwnerId;
use crate::domain::report::storage::{StorageOwner, StoredSnapshot, TOP_OWNERS};

use super::db::{Database, Param, Result, Statement, json};
use super::runs::{self, Run};
use super::sql;

/// The last snapshot.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Latest {
    pub date: Date,
    /// That has published it.
    pub run: u32,
    /// RFC 3339, UTC.
    pub measured_at: String,
}

/// Adds what a part of the listing has found, and saves the run's step with it; whether the run still stood there.
pub async fn stage(db: &impl Database, run: &Run, found: &[(OwnerId, StorageUsage)]) -> Result<bool> {
    let rows: Vec<_> = found
        .iter()
        .map(|(owner, usage)| {
            (owner, usage.original_bytes, usage.derived_bytes, usage.original_objects, usage.derived_objects)
        })
        .collect();
    let rows = json(&rows);
    let params = [Param::Text(&rows), Param::Count(run.id), Param::Count(run.step)];
    let writes = [Statement(sql::STORAGE_STAGE, &params)];
    runs::save(db, run, if found.is_empty() { &[] } else { &writes }).await
}

/// Publishes what a run has staged as its day's snapshot, ends listings that it has overtaken, and saves the run's step,
/// all in one batch; whether the run still stood there.
pub async fn publish(db: &impl Database, run: &Run) -> Result<bool> {
    let (date, now) = (run.date.to_string(), Param::Text(&run.updated_at));
    let (id, step) = (Param::Count(run.id), Param::Count(run.step));
    let date = Param::Text(&date);
    let writes = [
        Statement(sql::STORAGE_PUBLISH, &[date, id, step]),
        Statement(sql::STORAGE_SNAPSHOT, &[date, id, step, now]),
        Statement(sql::STORAGE_SUPERSEDE, &[id, step, now]),
        Statement(sql::STORAGE_CLEAR, &[id, step]),
    ];
    runs::save(db, run, &writes).await
}

/// Drops what a run has staged, and saves its step; whether it still stood there.
pub async fn discard(db: &impl Database, run: &Run) -> Result<bool> {
    let params = [Param::Count(run.id), Param::Count(run.step)];
    runs::save(db, run, &[Statement(sql::STORAGE_CLEAR, &params)]).await
}

pub async fn latest(db: &impl Database) -> Result<Option<Latest>> {
    db.first(Statement(sql::STORAGE_LATEST, &[])).await
}

/// The snapshots of a range, and the last one of all, oldest first: of one owner, or of all together.
pub async fn snapshots(
    db: &impl Database,
    owner: Option<OwnerId>,
    range: &DateRange,
) -> Result<Vec<StoredSnapshot>> {
    let (start, end) = (range.start().to_string(), range.end().to_string());
    let days = [Param::Text(&start), Param::Text(&end)];
    match owner.map(|owner| owner.to_string()) {
        None => db.query(Statement(sql::STORAGE_TOTALS, &days)).await,
        Some(owner) => db.query(Statement(sql::STORAGE_DAYS, &[Param::Text(&owner), days[0], days[1]])).await,
    }
}

/// Who had most in the last snapshot, apart from `unknown`.
pub async fn owners(db: &impl Database, unknown: OwnerId) -> Result<Vec<StorageOwner>> {
    #[derive(Deserialize)]
    struct Stored {
        value: String,
        #[serde(flatten)]
        usage: StorageUsage,
    }
    let unknown = unknown.to_string();
    let params = [Param::Count(TOP_OWNERS), Param::Text(&unknown)];
    let rows: Vec<Stored> = db.query(Statement(sql::STORAGE_OWNERS, &params)).await?;
    Ok(rows.into_iter().map(|row| StorageOwner { value: row.value, figures: row.usage.into() }).collect())
}
