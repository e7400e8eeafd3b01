//! The answers of a batch whose statements ask for different things, each read as what its statement tells.

use std::vec::IntoIter;

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::db::{Database, DbError, Result, Statement};

/// What the statements of a batch have answered, in their order.
pub struct Answers(IntoIter<Vec<Value>>);

impl Answers {
    pub async fn of(db: &impl Database, statements: &[Statement<'_>]) -> Result<Self> {
        Ok(Self(db.batch(statements).await?.into_iter()))
    }

    /// All rows of the next statement; none when there is no further one.
    ///
    /// # Errors
    ///
    /// When a row is something else.
    pub fn rows<T: DeserializeOwned>(&mut self) -> Result<Vec<T>> {
        let rows = self.0.next().unwrap_or_default().into_iter();
        rows.map(|row| serde_json::from_value(row).map_err(|error| DbError::new(error.to_string()))).collect()
    }
}
