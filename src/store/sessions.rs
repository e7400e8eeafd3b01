//! `sessions`: hashes of the secrets that browsers hold, and what each stands for.

use std::collections::HashMap;
use std::fmt;

use serde::Deserialize;

use super::db::{Database, Param, Result, Statement, flag, json};
use super::sql;

/// What a session stands for.
#[derive(Debug, Clone, Copy)]
pub enum Basis<'a> {
    /// The hash of a token. A token that is rotated has another one.
    Token(&'a str),
    /// What shows that the operator's secret is still the same.
    Operator(&'a str),
}

/// What is stored of a new session. Times are RFC 3339 in UTC, so that they compare as texts.
pub struct NewSession<'a> {
    pub hash: &'a str,
    pub basis: Basis<'a>,
    pub created_at: &'a str,
    pub expires_at: &'a str,
}

/// Sessions of one token, or of the operator, that are kept: the newest.
const MAX_SESSIONS: u32 = 20;

/// What a session is looked up by.
#[derive(Debug, Clone)]
pub struct SessionKey {
    /// Of its secret.
    pub hash: String,
    /// What an operator's session proves with the secret that is set now.
    pub proof: String,
}

/// As `session_find.sql` takes it.
impl fmt::Display for SessionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.hash, self.proof)
    }
}

/// A valid session. Where it is not the operator's, `scopes` is JSON, and there is no name when the owner is gone.
#[derive(Debug, Clone, Deserialize)]
pub struct ValidSession {
    key: String,
    pub expires_at: String,
    #[serde(with = "flag")]
    pub is_operator: bool,
    /// The token's.
    pub id: Option<String>,
    pub owner: Option<String>,
    pub name: Option<String>,
    pub scopes: Option<String>,
}

/// Stores a session in place of the one that its browser had before, and of the oldest where there are too many.
pub async fn begin(db: &impl Database, session: &NewSession<'_>, former: Option<&str>) -> Result<()> {
    let (token, proof) = match session.basis {
        Basis::Token(hash) => (Param::Text(hash), Param::Null),
        Basis::Operator(proof) => (Param::Null, Param::Text(proof)),
    };
    let times = [session.created_at, session.expires_at].map(Param::Text);
    let new = [Param::Text(session.hash), token, proof, times[0], times[1]];
    let former = [former.map_or(Param::Null, Param::Text)];
    let kept = [token, Param::Count(MAX_SESSIONS), Param::Text(session.hash)];
    db.apply(&[
        Statement(sql::SESSION_DELETE, &former),
        Statement(sql::SESSION_INSERT, &new),
        Statement(sql::SESSION_KEEP, &kept),
    ])
    .await?;
    Ok(())
}

/// Valid sessions, by their [`SessionKey`]s as texts.
pub async fn find(db: &impl Database, keys: &[String], now: &str) -> Result<HashMap<String, ValidSession>> {
    let found: Vec<ValidSession> =
        db.query(Statement(sql::SESSION_FIND, &[Param::Text(&json(keys)), Param::Text(now)])).await?;
    Ok(found.into_iter().map(|session| (session.key.clone(), session)).collect())
}

/// Ends a session, if there is one.
pub async fn end(db: &impl Database, hash: &str) -> Result<()> {
    db.apply(&[Statement(sql::SESSION_DELETE, &[Param::Text(hash)])]).await?;
    Ok(())
}
