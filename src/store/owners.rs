//! `owners`: whose names are known.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::owner::{OwnerId, OwnerName};

use super::db::{Database, Found, Param, Result, Statement};
use super::sql;

/// A registered owner.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct StoredOwner {
    /// The hashed identifier.
    pub owner: String,
    pub name: String,
    pub created_at: String,
}

/// An owner with rows, and its name if it is registered.
#[derive(Debug, Deserialize)]
pub struct OwnerWithRows {
    pub owner: String,
    pub name: Option<String>,
}

/// Whether an owner is registered.
pub async fn exists(db: &impl Database, owner: OwnerId) -> Result<bool> {
    ask(db, sql::OWNER_EXISTS, owner).await
}

/// Whether an owner is registered or has rows.
pub async fn is_known(db: &impl Database, owner: OwnerId) -> Result<bool> {
    ask(db, sql::OWNER_KNOWN, owner).await
}

async fn ask(db: &impl Database, sql: &'static str, owner: OwnerId) -> Result<bool> {
    db.first(Statement(sql, &[Param::Text(&owner.to_string())])).await.map(Found::is)
}

/// Registers an owner; whether it is new.
pub async fn insert(db: &impl Database, owner: OwnerId, name: &OwnerName, now: &str) -> Result<bool> {
    let id = owner.to_string();
    let params = [id.as_str(), name.as_str(), now].map(Param::Text);
    Ok(db.changes(Statement(sql::OWNER_INSERT, &params)).await? > 0)
}

/// When the first owner was registered, RFC 3339 in UTC.
pub async fn first(db: &impl Database) -> Result<Option<String>> {
    #[derive(Deserialize)]
    struct First {
        created_at: Option<String>,
    }
    let first: Option<First> = db.first(Statement(sql::OWNER_FIRST, &[])).await?;
    Ok(first.and_then(|first| first.created_at))
}

pub async fn list(db: &impl Database, limit: u32, offset: u32) -> Result<Vec<StoredOwner>> {
    db.query(Statement(sql::OWNER_LIST, &[Param::Count(limit), Param::Count(offset)])).await
}

pub async fn with_rows(db: &impl Database) -> Result<Vec<OwnerWithRows>> {
    db.query(Statement(sql::OWNERS_WITH_ROWS, &[])).await
}
