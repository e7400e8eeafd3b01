//! `api_tokens`: hashes of tokens, and what they permit.

use serde::Deserialize;

use super::db::{Database, Param, Result, Statement};
use super::sql;

/// A valid token. `scopes` is JSON.
#[derive(Debug, Deserialize)]
pub struct ValidToken {
    pub id: String,
    pub owner: String,
    /// The owner's name; none when the owner is gone.
    pub name: Option<String>,
    pub scopes: String,
    pub expires_at: String,
}

/// A token as a list shows it. `scopes` is JSON.
#[derive(Debug, Deserialize)]
pub struct ListedToken {
    pub id: String,
    pub owner: String,
    pub scopes: String,
    pub created_at: String,
    pub expires_at: String,
    pub revoked_at: Option<String>,
}

/// A token that has been given another secret. `scopes` is JSON.
#[derive(Debug, Deserialize)]
pub struct RotatedToken {
    pub id: String,
    pub owner: String,
    pub scopes: String,
    pub expires_at: String,
}

/// What is stored of a new token. Times are RFC 3339 in UTC, so that they compare as texts.
pub struct NewToken<'a> {
    pub hash: &'a str,
    pub id: &'a str,
    pub owner: &'a str,
    pub scopes: &'a str,
    pub created_at: &'a str,
    pub expires_at: &'a str,
}

pub async fn insert(db: &impl Database, token: &NewToken<'_>) -> Result<()> {
    let NewToken { hash, id, owner, scopes, created_at, expires_at } = token;
    let params = [*hash, *id, *owner, *scopes, *created_at, *expires_at].map(Param::Text);
    db.apply(&[Statement(sql::TOKEN_INSERT, &params)]).await?;
    Ok(())
}

pub async fn find(db: &impl Database, hash: &str, now: &str) -> Result<Option<ValidToken>> {
    db.first(Statement(sql::TOKEN_FIND, &[Param::Text(hash), Param::Text(now)])).await
}

/// All tokens, or one owner's.
pub async fn list(
    db: &impl Database,
    owner: Option<&str>,
    limit: u32,
    offset: u32,
) -> Result<Vec<ListedToken>> {
    let owner = owner.map_or(Param::Null, Param::Text);
    db.query(Statement(sql::TOKEN_LIST, &[owner, Param::Count(limit), Param::Count(offset)])).await
}

/// `None` when there is no such valid token.
pub async fn rotate(db: &impl Database, id: &str, hash: &str, now: &str) -> Result<Option<RotatedToken>> {
    db.first(Statement(sql::TOKEN_ROTATE, &[Param::Text(id), Param::Text(hash), Param::Text(now)])).await
}

/// Whether there was such a token, not revoked before.
pub async fn revoke(db: &impl Database, id: &str, now: &str) -> Result<bool> {
    let revoked: Vec<serde_json::Value> =
        db.query(Statement(sql::TOKEN_REVOKE, &[Param::Text(id), Param::Text(now)])).await?;
    Ok(!revoked.is_empty())
}
