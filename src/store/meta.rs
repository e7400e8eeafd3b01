//! `analytics_meta`: single values that jobs leave behind.

use serde::Deserialize;

use super::db::{Db, Param, Result, Statement};
use super::sql;

/// The last day that the nightly job has closed.
pub const LAST_AGGREGATION_DATE: &str = "last_aggregation_date";

#[derive(Deserialize)]
struct Value {
    value: String,
}

pub async fn get(db: &Db, key: &str) -> Result<Option<String>> {
    let row: Option<Value> = db.first(Statement(sql::META_GET, &[Param::Text(key)])).await?;
    Ok(row.map(|row| row.value))
}
