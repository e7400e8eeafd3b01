//! D1: the product's statements on real SQLite, reached through a network that loses, delays and repeats.
//!
//! An operation that was sent is carried out even when nobody waits for its answer any more, and an answer may be lost
//! although the operation was carried out. Each batch is one transaction. Numbers are bound as REAL.

use std::cell::RefCell;
use std::path::Path;
use std::rc::Rc;
use std::sync::LazyLock;

use pixtally::domain::date::Millis;
use pixtally::store::db::{Database, DbError, Param, Result, Statement};
use rusqlite::config::DbConfig;
use rusqlite::types::Value;
use rusqlite::{Connection, OpenFlags, Row};
use serde::de::DeserializeOwned;
use serde_json::Value as Json;

use super::world::World;

/// D1's limit for one value, in bytes.
const MAX_VALUE: usize = 2_000_000;

/// What D1 answers to one statement.
#[derive(Debug, Clone, Default)]
pub struct Answer {
    rows: Vec<Json>,
    pub changes: u64,
}

/// A statement that was sent.
#[derive(Debug, Clone)]
pub struct Sent {
    pub sql: &'static str,
    pub params: Vec<Value>,
}

impl Sent {
    pub fn text(&self, index: usize) -> &str {
        match &self.params[index] {
            Value::Text(text) => text,
            other => panic!("{other:?} is not a text"),
        }
    }
}

fn own(statements: &[Statement<'_>]) -> Vec<Sent> {
    let own = |param: &Param<'_>| match param {
        Param::Null => Value::Null,
        Param::Text(text) => Value::Text((*text).to_owned()),
        Param::Count(count) => Value::Real((*count).into()),
    };
    statements
        .iter()
        .map(|Statement(sql, params)| Sent { sql, params: params.iter().map(own).collect() })
        .collect()
}

/// A database of one thread's alone, which SQLite need not lock. Nor does it plan a statement anew for other parameters.
pub fn in_memory() -> Connection {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_in_memory_with_flags(flags).expect("SQLite");
    connection.set_prepared_statement_cache_capacity(200);
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true).expect("SQLite");
    connection
}

/// The answers to a batch, or why there are none.
type Outcome = std::result::Result<Vec<Answer>, String>;

/// The database itself.
pub struct Server(pub RefCell<Connection>);

impl Server {
    /// As the migrations make it.
    pub fn migrated() -> Self {
        let connection = in_memory();
        connection.execute_batch("PRAGMA temp_store = MEMORY").expect("SQLite");
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations");
        let entries = std::fs::read_dir(folder).expect("the migrations");
        let mut files: Vec<_> = entries.map(|it| it.expect("a migration").path()).collect();
        files.sort();
        for file in files {
            let migration = std::fs::read_to_string(file).expect("a migration");
            connection.execute_batch(&migration).expect("a migration that works");
        }
        Self(RefCell::new(connection))
    }

    /// Carries out a batch, all of it or nothing.
    pub fn execute(&self, batch: &[Sent]) -> Outcome {
        if batch.is_empty() {
            return Err("No SQL statements detected.".to_owned());
        }
        let mut connection = self.0.borrow_mut();
        let transaction = connection.transaction().map_err(|error| error.to_string())?;
        let answers =
            batch.iter().map(|sent| Self::run(&transaction, sent)).collect::<rusqlite::Result<Vec<_>>>();
        let answers = answers.map_err(|error| error.to_string())?;
        transaction.commit().map_err(|error| error.to_string())?;
        Ok(answers)
    }

    fn run(connection: &Connection, sent: &Sent) -> rusqlite::Result<Answer> {
        let too_large = |param: &Value| matches!(param, Value::Text(text) if text.len() > MAX_VALUE);
        if sent.params.iter().any(too_large) {
            return Err(rusqlite::Error::InvalidParameterName(
                "string or blob too big: SQLITE_TOOBIG".into(),
            ));
        }
        let before = connection.total_changes();
        let mut statement = connection.prepare_cached(sent.sql)?;
        let mut found = statement.query(rusqlite::params_from_iter(&sent.params))?;
        let mut rows = Vec::new();
        while let Some(row) = found.next()? {
            rows.push(to_json(row)?);
        }
        drop(found);
        Ok(Answer { rows, changes: connection.total_changes() - before })
    }
}

/// A number as D1 answers it: JavaScript has one kind, so that a whole REAL is a whole number.
fn javascript(number: f64) -> Json {
    if number.fract() == 0.0 && number.abs() < 9_007_199_254_740_992.0 {
        return (number as i64).into();
    }
    number.into()
}

fn to_json(row: &Row<'_>) -> rusqlite::Result<Json> {
    let mut object = serde_json::Map::new();
    for (index, name) in row.as_ref().column_names().into_iter().enumerate() {
        let value = match row.get(index)? {
            Value::Null => Json::Null,
            Value::Integer(number) => number.into(),
            Value::Real(number) => javascript(number),
            Value::Text(text) => text.into(),
            Value::Blob(_) => unreachable!("nothing is a blob"),
        };
        object.insert(name.to_owned(), value);
    }
    Ok(Json::Object(object))
}

fn read<T: DeserializeOwned>(answer: Answer) -> Result<Vec<T>> {
    let read = |row| serde_json::from_value(row).map_err(|error| DbError::new(error.to_string()));
    answer.rows.into_iter().map(read).collect()
}

/// The database as a check sees it: at once, and without faults.
pub struct Direct<'a>(pub &'a Server);

impl Direct<'_> {
    fn execute(&self, statements: &[Statement<'_>]) -> Result<Vec<Answer>> {
        self.0.execute(&own(statements)).map_err(DbError::new)
    }
}

impl Database for Direct<'_> {
    async fn batch<T: DeserializeOwned>(&self, statements: &[Statement<'_>]) -> Result<Vec<Vec<T>>> {
        self.execute(statements)?.into_iter().map(read).collect()
    }

    async fn apply(&self, statements: &[Statement<'_>]) -> Result<Vec<u64>> {
        Ok(self.execute(statements)?.iter().map(|answer| answer.changes).collect())
    }

    async fn query<T: DeserializeOwned>(&self, statement: Statement<'_>) -> Result<Vec<T>> {
        self.execute(&[statement])?.into_iter().next().map_or(Ok(Vec::new()), read)
    }
}

/// Who talks to D1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Client {
    /// An instance of the Durable Object.
    Object(usize),
    Nightly,
}

/// The database as the product sees it.
pub struct Remote {
    pub world: Rc<World>,
    pub client: Client,
}

/// What goes wrong with one operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    Overloaded,
    Refused,
    AnswerLost,
    None,
}

impl Remote {
    /// Sends a batch. The operation happens at an instant of its own, whether or not this future still lives by then.
    async fn send(&self, statements: &[Statement<'_>]) -> Result<Vec<Answer>> {
        let world = &self.world;
        if self.client != Client::Nightly {
            // The output gate.
            world.executor.until(world.object.stored_at()).await;
        }
        let batch = own(statements);
        let fault = self.fault();
        if matches!(fault, Fault::Overloaded | Fault::Refused) {
            world.note(|| format!("D1 refuses {:?}'s {} ({fault:?})", self.client, name(&batch)));
            world.executor.until(world.executor.now() + 20).await;
            return Err(DbError::new(format!("D1 DB is overloaded: {fault:?}")));
        }
        let (mut carried_out_at, answered_at) = self.times();
        if fault == Fault::AnswerLost && world.random.chance(world.profile.database.queued) {
            // Whoever has sent it has tried again by then.
            carried_out_at += world.random.spread(100, 120_000);
        }
        let outcome = Rc::new(RefCell::new(None));
        self.schedule(carried_out_at, batch, Rc::clone(&outcome));
        if fault == Fault::AnswerLost {
            world.count("D1 answers lost");
            world.executor.until(world.executor.now() + world.random.between(1, 9_000)).await;
            return Err(DbError::new("Network connection lost."));
        }
        world.executor.until(answered_at + 1).await;
        let answers: Outcome = outcome.borrow_mut().take().expect("carried out before it is answered");
        answers.map_err(DbError::new)
    }

    fn schedule(&self, instant: Millis, batch: Vec<Sent>, outcome: Rc<RefCell<Option<Outcome>>>) {
        let (world, client) = (Rc::clone(&self.world), self.client);
        self.world.executor.at(instant, move || {
            let about_to_freeze = world.before_database(&batch);
            let answers = world.server.execute(&batch);
            world.note(|| match &answers {
                Ok(_) => format!("D1 carries out {client:?}'s {}", name(&batch)),
                Err(error) => format!("D1 fails {client:?}'s {}: {error}", name(&batch)),
            });
            if let Ok(answers) = &answers {
                world.after_database(&batch, answers, about_to_freeze);
            }
            *outcome.borrow_mut() = Some(answers);
        });
    }

    fn fault(&self) -> Fault {
        let (world, faults) = (&self.world, &self.world.profile.database);
        if world.is_quiet() {
            return Fault::None;
        }
        if world.is_out(&faults.overloads) {
            world.count("D1 overloads");
            return Fault::Overloaded;
        }
        match () {
            () if world.random.chance(faults.refused) => Fault::Refused,
            () if world.random.chance(faults.answer_lost) => Fault::AnswerLost,
            () => Fault::None,
        }
    }

    /// When an operation is carried out, and when that is answered.
    fn times(&self) -> (Millis, Millis) {
        let (random, now) = (&self.world.random, self.world.executor.now());
        let carried_out = now + random.between(1, 40);
        let answered = carried_out + random.between(0, 20);
        if self.world.is_quiet() || !random.chance(self.world.profile.database.hangs) {
            return (carried_out, answered);
        }
        self.world.count("D1 hangs");
        let hang = random.spread(1_000, 600_000);
        if random.chance(0.5) {
            (carried_out + hang, answered + hang)
        } else {
            (carried_out, answered + hang)
        }
    }
}

impl Database for Remote {
    async fn batch<T: DeserializeOwned>(&self, statements: &[Statement<'_>]) -> Result<Vec<Vec<T>>> {
        self.send(statements).await?.into_iter().map(read).collect()
    }

    async fn apply(&self, statements: &[Statement<'_>]) -> Result<Vec<u64>> {
        let answers = self.send(statements).await?;
        Ok(answers.iter().map(|answer| answer.changes).collect())
    }

    async fn query<T: DeserializeOwned>(&self, statement: Statement<'_>) -> Result<Vec<T>> {
        self.send(&[statement]).await?.into_iter().next().map_or(Ok(Vec::new()), read)
    }
}

/// A batch's statements by their files' names, with the first one's parameters, for the trace.
fn name(batch: &[Sent]) -> String {
    static NAMES: LazyLock<Vec<(String, String)>> = LazyLock::new(|| {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/store/queries");
        let files = std::fs::read_dir(folder).expect("statements").map(|it| it.expect("a statement").path());
        let named = |file: std::path::PathBuf| {
            let name = file.file_stem().expect("a name").to_string_lossy().into_owned();
            (std::fs::read_to_string(file).expect("a statement"), name)
        };
        files.map(named).collect()
    });
    let of = |sent: &Sent| NAMES.iter().find(|(sql, _)| sql == sent.sql).map_or(sent.sql, |(_, name)| name);
    let names: Vec<&str> = batch.iter().map(of).collect();
    let param = |param: &Value| match param {
        Value::Text(text) => text.chars().take(100).collect(),
        Value::Real(number) => number.to_string(),
        _ => "null".to_owned(),
    };
    let params: Vec<String> = batch.iter().take(1).flat_map(|sent| sent.params.iter().map(param)).collect();
    format!("{} ({})", names.join(" + "), params.join("; "))
}
