//! A database that an invocation may only ask so often: each plan has its limit, and whoever runs into it cannot even save
//! how far it has come.

use std::cell::Cell;

use serde::de::DeserializeOwned;

use super::db::{Database, DbError, Result, Statement};

/// Counts statements, and refuses those beyond its budget.
pub struct Budgeted<D> {
    db: D,
    left: Cell<u32>,
}

impl<D> Budgeted<D> {
    pub fn new(db: D, queries: u32) -> Self {
        Self { db, left: Cell::new(queries) }
    }

    fn take(&self, statements: usize) -> Result<()> {
        let statements = u32::try_from(statements).unwrap_or(u32::MAX);
        let left = self.left.get().checked_sub(statements);
        self.left.set(left.ok_or_else(|| DbError::new("this invocation's queries are used up"))?);
        Ok(())
    }
}

impl<D: Database> Database for Budgeted<D> {
    async fn batch<T: DeserializeOwned>(&self, statements: &[Statement<'_>]) -> Result<Vec<Vec<T>>> {
        self.take(statements.len())?;
        self.db.batch(statements).await
    }

    async fn apply(&self, statements: &[Statement<'_>]) -> Result<Vec<u64>> {
        self.take(statements.len())?;
        self.db.apply(statements).await
    }

    async fn query<T: DeserializeOwned>(&self, statement: Statement<'_>) -> Result<Vec<T>> {
        self.take(1)?;
        self.db.query(statement).await
    }

    fn spend(&self, operations: u32) -> Result<()> {
        self.take(operations as usize)
    }

    fn queries_left(&self) -> u32 {
        self.left.get()
    }
}
