//! The database: binding parameters, running statements, one shape of error.

use serde::de::DeserializeOwned;
use wasm_bindgen::JsValue;
use worker::{D1Database, D1PreparedStatement, Env};

use crate::cloudflare::bindings;

/// A value bound to a statement.
#[derive(Debug, Clone, Copy)]
pub enum Param<'a> {
    Null,
    Text(&'a str),
    /// Bound as REAL, as D1 binds every number: for limits and offsets, not for counters.
    Count(u32),
}

impl From<Param<'_>> for JsValue {
    fn from(param: Param<'_>) -> Self {
        match param {
            Param::Null => Self::NULL,
            Param::Text(text) => Self::from_str(text),
            Param::Count(count) => Self::from_f64(count.into()),
        }
    }
}

/// What D1 said. For the log: a client is only told that the database is unavailable.
#[derive(Debug, Clone, thiserror::Error)]
#[error("D1: {0}")]
pub struct DbError(String);

impl From<worker::Error> for DbError {
    /// `Display` of workers-rs' D1 error can panic; its `Debug` does not.
    fn from(error: worker::Error) -> Self {
        Self(format!("{error:?}"))
    }
}

pub type Result<T> = std::result::Result<T, DbError>;

/// A statement with its parameters.
pub struct Statement<'a>(pub &'static str, pub &'a [Param<'a>]);

/// The `DB` binding.
pub struct Db(D1Database);

impl Db {
    /// # Errors
    ///
    /// When the binding is missing.
    pub fn open(env: &Env) -> Result<Self> {
        Ok(Self(env.d1(bindings::DB)?))
    }

    fn prepare(&self, Statement(sql, params): &Statement<'_>) -> Result<D1PreparedStatement> {
        let values: Vec<JsValue> = params.iter().map(|param| (*param).into()).collect();
        Ok(self.0.prepare(*sql).bind(&values)?)
    }

    /// All rows of one statement.
    pub async fn query<T: DeserializeOwned>(&self, statement: Statement<'_>) -> Result<Vec<T>> {
        Ok(self.prepare(&statement)?.all().await?.results()?)
    }

    /// The first row of one statement.
    pub async fn first<T: DeserializeOwned>(&self, statement: Statement<'_>) -> Result<Option<T>> {
        Ok(self.query(statement).await?.into_iter().next())
    }

    /// How many rows one statement changed.
    pub async fn changes(&self, statement: Statement<'_>) -> Result<u64> {
        let meta = self.prepare(&statement)?.run().await?.meta()?;
        Ok(meta.and_then(|meta| meta.changes).map_or(0, |changes| changes as u64))
    }

    /// Several statements as one transaction; all rows of each.
    pub async fn batch<T: DeserializeOwned>(&self, statements: &[Statement<'_>]) -> Result<Vec<Vec<T>>> {
        let statements = statements.iter().map(|it| self.prepare(it)).collect::<Result<Vec<_>>>()?;
        let results = self.0.batch(statements).await?;
        results.iter().map(|result| Ok(result.results()?)).collect()
    }

    /// Several statements as one transaction that returns nothing.
    pub async fn apply(&self, statements: &[Statement<'_>]) -> Result<()> {
        let statements = statements.iter().map(|it| self.prepare(it)).collect::<Result<Vec<_>>>()?;
        self.0.batch(statements).await?;
        Ok(())
    }
}

/// The answer to a question of existence. SQLite has no booleans.
#[derive(Debug, serde::Deserialize)]
pub struct Found {
    found: u32,
}

impl Found {
    pub fn is(answer: Option<Self>) -> bool {
        answer.is_some_and(|answer| answer.found != 0)
    }
}
