//! `analytics_meta`: single values that jobs leave behind.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::db::{Database, Param, Result, Statement};
use super::sql;

/// The last day that the nightly job has closed.
pub const LAST_AGGREGATION_DATE: &str = "last_aggregation_date";
/// When the aggregation was triggered last.
pub const LAST_AGGREGATION: &str = "last_aggregation_at";
/// The first day that is not purged.
pub const PURGED_BEFORE: &str = "purged_before";
/// When the purge was triggered last.
pub const LAST_PURGE: &str = "last_purge_at";

/// When an isolate has last reported a flush that no aggregator takes, or an aggregator figures that D1 does not take.
pub const STUCK_FLUSH: &str = "stuck_flush_at";

#[derive(Deserialize)]
struct Entry {
    key: String,
    value: String,
}

#[derive(Deserialize)]
struct Value {
    value: String,
}

pub async fn get(db: &impl Database, key: &str) -> Result<Option<String>> {
    let row: Option<Value> = db.first(Statement(sql::META_GET, &[Param::Text(key)])).await?;
    Ok(row.map(|row| row.value))
}

/// Every value by its key: there are a handful.
pub async fn all(db: &impl Database) -> Result<BTreeMap<String, String>> {
    let rows: Vec<Entry> = db.query(Statement(sql::META_LIST, &[])).await?;
    Ok(rows.into_iter().map(|entry| (entry.key, entry.value)).collect())
}

pub async fn set(db: &impl Database, key: &str, value: &str, now: &str) -> Result<()> {
    db.apply(&[Statement(sql::META_SET, &[key, value, now].map(Param::Text))]).await?;
    Ok(())
}

/// Takes the nightly job's lease, or renews it; whether `holder` has it now. One that was not renewed since
/// `expired` has ended. Times are RFC 3339 in UTC.
pub async fn take_lease(db: &impl Database, holder: &str, now: &str, expired: &str) -> Result<bool> {
    let params = [holder, now, expired].map(Param::Text);
    Ok(db.changes(Statement(sql::LEASE_TAKE, &params)).await? > 0)
}

pub async fn release_lease(db: &impl Database, holder: &str) -> Result<()> {
    db.apply(&[Statement(sql::LEASE_RELEASE, &[Param::Text(holder)])]).await?;
    Ok(())
}
