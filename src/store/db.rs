//! The database: binding parameters, running statements, one shape of error.
//!
//! Everything in `store/` is written against [`Database`], so that the simulation in `tests/` runs it on SQLite.

use serde::de::DeserializeOwned;
use wasm_bindgen::JsValue;
use worker::{D1Database, D1PreparedStatement, D1Result, Env};

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

impl DbError {
    pub fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }
}

/// What D1 says when it cannot do now what it can do later, whatever it is asked.
const TRANSIENT: [&str; 10] = [
    "overloaded",
    "connection lost",
    "timeout",
    "timed out",
    "internal error",
    "reset",
    "Exceeded maximum DB size",
    "no such table",
    "Too many",
    "not bound",
];

impl DbError {
    /// Whether the same statement may succeed later: it is not refused for what is in it.
    pub fn is_transient(&self) -> bool {
        TRANSIENT.iter().any(|text| self.0.contains(text))
    }
}

impl From<worker::Error> for DbError {
    /// `Display` of workers-rs' D1 error can panic; its `Debug` does not.
    fn from(error: worker::Error) -> Self {
        Self(format!("{error:?}"))
    }
}

pub type Result<T> = std::result::Result<T, DbError>;

/// A statement with its parameters.
pub struct Statement<'a>(pub &'static str, pub &'a [Param<'a>]);

/// What statements are run on.
#[allow(async_fn_in_trait)]
pub trait Database {
    /// Several statements as one transaction; all rows of each.
    async fn batch<T: DeserializeOwned>(&self, statements: &[Statement<'_>]) -> Result<Vec<Vec<T>>>;

    /// Several statements as one transaction; how many rows each of them changed.
    async fn apply(&self, statements: &[Statement<'_>]) -> Result<Vec<u64>>;

    /// All rows of one statement.
    async fn query<T: DeserializeOwned>(&self, statement: Statement<'_>) -> Result<Vec<T>>;

    /// How many more statements, or other operations that count as such, this invocation may run.
    fn queries_left(&self) -> u32 {
        u32::MAX
    }

    /// Takes operations on something else out of the same budget.
    ///
    /// # Errors
    ///
    /// When it is used up.
    fn spend(&self, _operations: u32) -> Result<()> {
        Ok(())
    }

    /// The first row of one statement.
    async fn first<T: DeserializeOwned>(&self, statement: Statement<'_>) -> Result<Option<T>> {
        Ok(self.query(statement).await?.into_iter().next())
    }

    /// How many rows one statement changed.
    async fn changes(&self, statement: Statement<'_>) -> Result<u64> {
        Ok(self.apply(&[statement]).await?.into_iter().next().unwrap_or_default())
    }
}

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

    async fn send(&self, statements: &[Statement<'_>]) -> Result<Vec<D1Result>> {
        let statements = statements.iter().map(|it| self.prepare(it)).collect::<Result<Vec<_>>>()?;
        Ok(self.0.batch(statements).await?)
    }
}

impl Database for Db {
    async fn batch<T: DeserializeOwned>(&self, statements: &[Statement<'_>]) -> Result<Vec<Vec<T>>> {
        self.send(statements).await?.iter().map(|result| Ok(result.results()?)).collect()
    }

    async fn apply(&self, statements: &[Statement<'_>]) -> Result<Vec<u64>> {
        let changes = |result: &D1Result| {
            let changes = result.meta()?.and_then(|meta| meta.changes);
            Ok(changes.map_or(0, |changes| changes as u64))
        };
        self.send(statements).await?.iter().map(changes).collect()
    }

    async fn query<T: DeserializeOwned>(&self, statement: Statement<'_>) -> Result<Vec<T>> {
        Ok(self.prepare(&statement)?.all().await?.results()?)
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

/// A column that is 0 or 1: SQLite has no booleans.
pub mod flag {
    use serde::{Deserialize, Deserializer, Serializer};

    pub fn serialize<S: Serializer>(flag: &bool, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u8(u8::from(*flag))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
        Ok(u8::deserialize(deserializer)? != 0)
    }
}

/// A list, as statements take it.
pub fn json(value: &(impl serde::Serialize + ?Sized)) -> String {
    serde_json::to_string(value).expect("texts and numbers always encode")
}

/// D1 takes 2 MB for a parameter.
const MAX_PARAM_BYTES: usize = 1_900_000;

/// A list, in as many parameters as D1's limit asks for.
pub fn json_parts<T: serde::Serialize>(items: impl Iterator<Item = T>) -> Vec<String> {
    let mut parts = Vec::new();
    let mut part = String::from("[");
    for item in items {
        let item = json(&item);
        if part.len() + item.len() + 1 > MAX_PARAM_BYTES && part.len() > 1 {
            part.push(']');
            parts.push(std::mem::replace(&mut part, String::from("[")));
        }
        if part.len() > 1 {
            part.push(',');
        }
        part.push_str(&item);
    }
    if part.len() > 1 {
        part.push(']');
        parts.push(part);
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_split_before_they_are_too_large() {
        assert_eq!(json_parts(std::iter::empty::<u8>()), Vec::<String>::new());
        let items: Vec<_> = (0..3_000).map(|number| format!("{number}{}", "\"".repeat(500))).collect();
        let parts = json_parts(items.iter());
        assert!(parts.len() > 1 && parts.iter().all(|part| part.len() <= MAX_PARAM_BYTES));
        let decode = |part: &String| serde_json::from_str::<Vec<String>>(part).unwrap();
        assert_eq!(parts.iter().flat_map(decode).collect::<Vec<_>>(), items);
    }
}
