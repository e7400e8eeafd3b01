//! Asks Analytics Engine, and tells a data set that is new from one whose name is wrong. What is asked is built in
//! `engine_sql.rs`; what the rows mean is not here.

use std::cell::Cell;

use serde::de::DeserializeOwned;

use super::api::{Http, Tag};
use super::engine_sql::{DataSet, Statement, TableRow, ask, rows};
use crate::batch::source::{Result, SourceError};

/// Data sets that an error message names.
const NAMED_TABLES: usize = 5;

/// One data set of an account.
pub struct Reader<H> {
    http: H,
    account: Tag,
    pub data_set: DataSet,
    table_is_known: Cell<bool>,
}

impl<H: Http> Reader<H> {
    pub fn new(http: H, account: Tag, data_set: DataSet) -> Self {
        Self { http, account, data_set, table_is_known: Cell::new(false) }
    }

    /// The rows of a statement; none where the data set is new.
    ///
    /// # Errors
    ///
    /// Those of [`ask`]; [`SourceError::Query`] when the account has other data sets, but not this one.
    pub async fn ask<T: DeserializeOwned>(&self, statement: &Statement) -> Result<Vec<T>> {
        Ok(self.find(statement).await?.unwrap_or_default())
    }

    /// The same, but `None` where the API knows no rows from which it could tell the statement's columns.
    pub async fn find<T: DeserializeOwned>(&self, statement: &Statement) -> Result<Option<Vec<T>>> {
        self.answer(statement).await?.map(|answer| rows(&answer)).transpose()
    }

    /// Apart from reading the rows, so that it is compiled once and not for every kind of row.
    async fn answer(&self, statement: &Statement) -> Result<Option<String>> {
        let answer = ask(&self.http, &self.account, statement).await?;
        match answer {
            Some(_) => self.table_is_known.set(true),
            None => self.check_name().await?,
        }
        Ok(answer)
    }

    /// Tells a data set without rows from one that does not exist while others do.
    async fn check_name(&self) -> Result<()> {
        if self.table_is_known.get() {
            return Ok(());
        }
        let tables = ask(&self.http, &self.account, &Statement::tables()).await?;
        let tables: Vec<TableRow> = tables.map_or(Ok(Vec::new()), |answer| rows(&answer))?;
        let names: Vec<&str> = tables.iter().filter_map(TableRow::name).collect();
        if names.is_empty() || names.contains(&self.data_set.as_str()) {
            self.table_is_known.set(true);
            return Ok(());
        }
        Err(SourceError::Query(format!(
            "the account has no Analytics Engine data set {} (yet), but it has {}{}; ANALYTICS_DATASET must equal the data \
             set of the ANALYTICS binding, which exists from its first hit on",
            self.data_set,
            names[..names.len().min(NAMED_TABLES)].join(", "),
            if names.len() > NAMED_TABLES { " and others" } else { "" },
        )))
    }
}
