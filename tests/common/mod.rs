//! What the tests of the nightly job's runs share: a database that refuses when it is told to, and a clock.

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::rc::Rc;

use pixtally::batch::clock::Clock;
use pixtally::domain::date::{Date, Millis};
use pixtally::store::db::{Database, DbError, Param, Result, Statement};
use rusqlite::Connection;
use rusqlite::types::Value;
use serde::de::DeserializeOwned;

pub const HOUR: Millis = 60 * 60 * 1000;

/// D1's limit for a value.
const MAX_VALUE_BYTES: usize = 2_000_000;

pub type Refusal = Box<dyn FnMut(&str) -> bool>;

/// A database, and whether it refuses a statement.
#[derive(Clone)]
pub struct Sqlite {
    pub connection: Rc<RefCell<Connection>>,
    pub asked: Rc<Cell<u32>>,
    pub refuses: Rc<RefCell<Refusal>>,
}

impl Sqlite {
    pub fn new() -> Self {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(include_str!("../../schema.sql")).unwrap();
        Self {
            connection: Rc::new(RefCell::new(connection)),
            asked: Rc::default(),
            refuses: Rc::new(RefCell::new(Box::new(|_| false))),
        }
    }

    pub fn run(&self, statements: &[Statement<'_>]) -> Result<Vec<(Vec<serde_json::Value>, u64)>> {
        let mut connection = self.connection.borrow_mut();
        let batch = connection.transaction().unwrap();
        self.asked.set(self.asked.get() + u32::try_from(statements.len()).unwrap());
        let mut answers = Vec::new();
        for Statement(sql, params) in statements {
            if (self.refuses.borrow_mut())(sql) {
                return Err(DbError::new("Network connection lost"));
            }
            let longest =
                params.iter().map(|param| if let Param::Text(text) = param { text.len() } else { 0 });
            if longest.max().is_some_and(|bytes| bytes > MAX_VALUE_BYTES) {
                return Err(DbError::new("string or blob too big"));
            }
            let values = params.iter().map(|param| match param {
                Param::Null => Value::Null,
                Param::Text(text) => Value::Text((*text).to_owned()),
                Param::Count(count) => Value::Real((*count).into()),
            });
            let before = batch.total_changes();
            let rows = {
                let mut statement = batch.prepare(sql).unwrap();
                let names: Vec<String> = statement.column_names().iter().map(ToString::to_string).collect();
                let mut found = statement.query(rusqlite::params_from_iter(values)).unwrap();
                let mut rows = Vec::new();
                while let Some(row) = found.next().map_err(|error| DbError::new(error.to_string()))? {
                    let fields = names.iter().enumerate().map(|(column, name)| {
                        let value = match row.get_unwrap(column) {
                            Value::Integer(number) => number.into(),
                            Value::Real(number) => javascript(number),
                            Value::Text(text) => text.into(),
                            _ => serde_json::Value::Null,
                        };
                        (name.clone(), value)
                    });
                    rows.push(serde_json::Value::Object(fields.collect()));
                }
                rows
            };
            answers.push((rows, batch.total_changes() - before));
        }
        batch.commit().unwrap();
        Ok(answers)
    }

    pub fn execute(&self, sql: &str) {
        self.connection.borrow().execute_batch(sql).unwrap();
    }

    /// One figure.
    pub fn value(&self, sql: &str) -> Option<i64> {
        self.connection.borrow().query_row(sql, [], |row| row.get(0)).unwrap_or_default()
    }

    pub fn text(&self, sql: &str) -> String {
        let text: Option<String> =
            self.connection.borrow().query_row(sql, [], |row| row.get(0)).unwrap_or_default();
        text.unwrap_or_default()
    }
}

impl Database for Sqlite {
    async fn batch<T: DeserializeOwned>(&self, statements: &[Statement<'_>]) -> Result<Vec<Vec<T>>> {
        let decode = |value| serde_json::from_value(value).map_err(|error| DbError::new(error.to_string()));
        self.run(statements)?.into_iter().map(|(rows, _)| rows.into_iter().map(decode).collect()).collect()
    }

    async fn apply(&self, statements: &[Statement<'_>]) -> Result<Vec<u64>> {
        Ok(self.run(statements)?.into_iter().map(|(_, changes)| changes).collect())
    }

    async fn query<T: DeserializeOwned>(&self, statement: Statement<'_>) -> Result<Vec<T>> {
        Ok(self.batch(&[statement]).await?.into_iter().next().unwrap())
    }
}

/// A number as D1 answers it: JavaScript has one kind, so that a whole REAL is a whole number.
pub fn javascript(number: f64) -> serde_json::Value {
    if number.fract() == 0.0 && number.abs() < 9_007_199_254_740_992.0 {
        return (number as i64).into();
    }
    number.into()
}

/// Moves by a millisecond whenever it is looked at, so that nothing can wait for it in vain.
pub struct Ticking(pub Cell<Millis>);

impl Clock for Ticking {
    fn now(&self) -> Millis {
        self.0.set(self.0.get() + 1);
        self.0.get()
    }

    async fn sleep(&self, millis: Millis) {
        self.0.set(self.0.get() + millis);
    }
}

pub fn date(text: &str) -> Date {
    Date::parse(text).unwrap()
}

pub fn now<T>(future: impl Future<Output = T>) -> T {
    let mut future = std::pin::pin!(future);
    match future.as_mut().poll(&mut std::task::Context::from_waker(std::task::Waker::noop())) {
        std::task::Poll::Ready(answer) => answer,
        std::task::Poll::Pending => panic!("everything here answers at once"),
    }
}
