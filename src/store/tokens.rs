//! `api_tokens`: hashes of tokens, and what they permit.

use std::collections::HashMap;

use serde::Deserialize;

use super::db::{Database, Found, Param, Result, Statement, json};
use super::sql;

/// A valid token. `scopes` is JSON.
#[derive(Debug, Clone, Deserialize)]
pub struct ValidToken {
    hash: String,
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
    /// The token that it was made with.
    pub made_by: Option<String>,
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
    /// The token that it is made with; none for the operator's secret.
    pub made_by: Option<&'a str>,
}

pub async fn insert(db: &impl Database, token: &NewToken<'_>) -> Result<()> {
    let NewToken { hash, id, owner, scopes, created_at, expires_at, made_by } = token;
    let [hash, id, owner, scopes, created_at, expires_at] =
        [*hash, *id, *owner, *scopes, *created_at, *expires_at].map(Param::Text);
    let made_by = made_by.map_or(Param::Null, Param::Text);
    let params = [hash, id, owner, scopes, created_at, expires_at, made_by];
    db.apply(&[Statement(sql::TOKEN_INSERT, &params)]).await?;
    Ok(())
}

/// Valid tokens, by their hashes.
pub async fn find(db: &impl Database, hashes: &[String], now: &str) -> Result<HashMap<String, ValidToken>> {
    let found: Vec<ValidToken> =
        db.query(Statement(sql::TOKEN_FIND, &[Param::Text(&json(hashes)), Param::Text(now)])).await?;
    Ok(found.into_iter().map(|token| (token.hash.clone(), token)).collect())
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

/// A token, or one that was made with it.
#[derive(Debug, Deserialize)]
struct Made {
    id: String,
}

/// The valid tokens that were made with a token, and with those, and so on.
pub async fn made_with(db: &impl Database, id: &str, now: &str) -> Result<Vec<String>> {
    let made: Vec<Made> = db.query(Statement(sql::TOKEN_MADE, &[Param::Text(id), Param::Text(now)])).await?;
    Ok(made.into_iter().map(|token| token.id).collect())
}

/// Revokes tokens; those of them that were not revoked before.
pub async fn revoke(db: &impl Database, ids: &[String], now: &str) -> Result<Vec<String>> {
    let revoked: Vec<Made> =
        db.query(Statement(sql::TOKEN_REVOKE, &[Param::Text(&json(ids)), Param::Text(now)])).await?;
    Ok(revoked.into_iter().map(|token| token.id).collect())
}

/// Whether there is such a token, valid or not.
pub async fn exists(db: &impl Database, id: &str) -> Result<bool> {
    db.first(Statement(sql::TOKEN_EXISTS, &[Param::Text(id)])).await.map(Found::is)
}
