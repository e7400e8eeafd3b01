//! Analytics Engine and Cloudflare's APIs: points come late, are sampled or lost; the SQL that the product sends is
//! evaluated by SQLite, and the control total's query by counting.
//!
//! Points are sampled twice, as Analytics Engine does it: when they are written, those of a busy owner; and when they are read,
//! each query for itself, from fixed samples of one in ten and one in a hundred, by how many points it would read. So two queries
//! about the same hits may be answered from different samples, and a query about many owners from the smallest.
//!
//! Not here: whether real Analytics Engine takes this SQL (`dev/cloudflare` knows its dialect).

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use pixtally::batch::source::{Result, SourceError};
use pixtally::cloudflare::api::{Answer, Http};
use pixtally::domain::columns::{Blob, Double, Point};
use pixtally::domain::date::{Millis, parse_timestamp, timestamp};
use pixtally::domain::hit::Hit;
use pixtally::domain::owner::OwnerId;
use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};
use serde_json::{Value as Json, json};

use super::database::in_memory;
use super::ledger::{Details, OwnerDay, Rows, add, counters_of, key_of};
use super::profile::HOUR_MS;
use super::random::Random;
use super::world::World;

pub const DATA_SET: &str = "simulated_hits";

/// What Analytics Engine has of an owner's day, as the simulation added it up.
#[derive(Debug, Clone, Default)]
pub struct Kept {
    /// Scaled for sampling.
    pub rows: Rows,
    pub details: Details,
    /// Of the requests.
    pub variance: f64,
    /// Requests whose points were not lost: what sampling estimates.
    pub written: u64,
    /// Points that are stored.
    pub points: u64,
}

impl Kept {
    /// Three standard deviations, as reports state it.
    pub fn error(&self) -> u64 {
        (3.0 * self.variance.sqrt()).ceil() as u64
    }
}

/// One point in so many can be read: whole, and the samples, each of which is a part of the one before.
const RESOLUTIONS: [u64; 3] = [1, 10, 100];

/// A point that is stored.
struct Stored {
    hit: Hit,
    /// Analytics Engine's own time.
    second: u64,
    interval: u64,
    /// Decides which samples it is in.
    draw: u64,
}

/// The data set.
pub struct Store {
    connection: Connection,
    /// Most points that a query reads of a sample, if there is a smaller one.
    reads: u64,
    points: RefCell<BTreeMap<OwnerDay, Vec<Stored>>>,
    /// Requests whose points were not lost.
    written: RefCell<BTreeMap<OwnerDay, u64>>,
    /// How many points stand for one, by owner and hour.
    intervals: RefCell<BTreeMap<(OwnerId, Millis), u64>>,
    draws: Random,
}

impl Store {
    /// `reads`: how many points a query may read of a sample.
    pub fn new(reads: u64) -> Self {
        let connection = in_memory();
        let columns: Vec<String> =
            Blob::ALL.map(Blob::name).into_iter().chain(Double::ALL.map(Double::name)).collect();
        let columns = columns.join(", ");
        let samples = RESOLUTIONS.map(|resolution| {
            format!(
                "CREATE VIEW {} AS
                 SELECT timestamp, _sample_interval * {resolution} AS _sample_interval, index1, {columns}
                 FROM points WHERE visible_at <= (SELECT now FROM clock) AND draw % {resolution} = 0;",
                sample(resolution)
            )
        });
        let schema = format!(
            "PRAGMA temp_store = MEMORY;
             CREATE TABLE points (visible_at, draw, timestamp, _sample_interval, index1, {columns});
             CREATE INDEX by_time ON points (timestamp);
             CREATE TABLE clock (now); INSERT INTO clock VALUES (0);
             {}",
            samples.join("\n")
        );
        connection.execute_batch(&schema).expect("a table of points");
        Self {
            connection,
            reads,
            points: RefCell::default(),
            written: RefCell::default(),
            intervals: RefCell::default(),
            draws: Random::new(reads),
        }
    }

    /// Takes a point that is not lost, and keeps it or one that stands for it. `now` is Analytics Engine's own time.
    pub fn write(&self, hit: &Hit, now: Millis, visible_at: Millis, interval: u64, random: &Random) {
        let interval = *self.intervals.borrow_mut().entry((hit.owner, now / HOUR_MS)).or_insert(interval);
        let day = (hit.owner, hit.date);
        *self.written.borrow_mut().entry(day).or_default() += 1;
        if random.below(interval) > 0 {
            return;
        }
        let draw = self.draws.below(1_000);
        self.insert(hit, now, visible_at, interval, draw);
        let stored = Stored { hit: hit.clone(), second: now / 1_000, interval, draw };
        self.points.borrow_mut().entry(day).or_default().push(stored);
    }

    /// What there is of an owner's day, read by itself.
    pub fn kept(&self, day: OwnerDay) -> Kept {
        let mut kept =
            Kept { written: self.written.borrow().get(&day).copied().unwrap_or_default(), ..Kept::default() };
        let (from, to) = (day.1.start() / 1_000, day.1.plus(1).start() / 1_000);
        let owner = day.0;
        let resolution =
            self.resolution(&format!("index1 = '{owner}' AND timestamp >= {from} AND timestamp < {to}"));
        let points = self.points.borrow();
        let sampled = points.get(&day).into_iter().flatten().filter(|it| it.draw % resolution == 0);
        for Stored { hit, second, interval, .. } in sampled {
            let interval = interval * resolution;
            add(&mut kept.rows, key_of(hit), &counters_of(hit, interval));
            kept.details.add(hit, interval, *second);
            kept.variance += (interval * (interval - 1)) as f64;
            kept.points += 1;
        }
        kept
    }

    /// Every owner's day of which there is anything.
    pub fn days(&self) -> Vec<OwnerDay> {
        self.points.borrow().keys().copied().collect()
    }

    /// From which sample a query is answered that reads these points.
    fn resolution(&self, points: &str) -> u64 {
        let count = self.rows(&format!("SELECT count(*) AS count FROM {DATA_SET} WHERE {points}"));
        let count: u64 = count[0]["count"].as_str().expect("a count").parse().expect("a number");
        let fits = |resolution: &u64| count / resolution <= self.reads;
        RESOLUTIONS.into_iter().find(fits).unwrap_or(RESOLUTIONS[2])
    }

    fn insert(&self, hit: &Hit, now: Millis, visible_at: Millis, interval: u64, draw: u64) {
        let point = Point::new(hit);
        let mut values = vec![
            Value::Integer(visible_at as i64),
            Value::Integer(draw as i64),
            Value::Integer((now / 1_000) as i64),
            Value::Integer(interval as i64),
            Value::Text(hit.owner.to_string()),
        ];
        values.extend(Blob::ALL.map(|column| Value::Text(column.of(&point).to_owned())));
        values.extend(Double::ALL.map(|column| Value::Real(column.of(hit))));
        let places = vec!["?"; values.len()].join(", ");
        let mut insert =
            self.connection.prepare_cached(&format!("INSERT INTO points VALUES ({places})")).expect("SQL");
        insert.execute(params_from_iter(values)).expect("a point");
    }

    /// Evaluates a statement of the SQL API on what is visible.
    fn answer(&self, statement: &str, now: Millis) -> Answer {
        let mut clock = self.connection.prepare_cached("UPDATE clock SET now = ?1").expect("SQL");
        clock.execute([now as i64]).expect("the clock");
        if statement.starts_with("SHOW TABLES") {
            return answered(200, rows(vec![json!({"dataset": DATA_SET})]));
        }
        if self.rows(&format!("SELECT 1 AS one FROM {DATA_SET} LIMIT 1")).is_empty() {
            return answered(422, "unknown table".to_owned());
        }
        let statement = translate(statement);
        let sample = sample(self.resolution(&points_of(&statement)));
        answered(
            200,
            rows(self.rows(&statement.replace(&format!("FROM {DATA_SET} "), &format!("FROM {sample} ")))),
        )
    }

    fn rows(&self, sql: &str) -> Vec<Json> {
        let mut statement =
            self.connection.prepare_cached(sql).unwrap_or_else(|error| panic!("{error}: {sql}"));
        let names: Vec<String> = statement.column_names().into_iter().map(Into::into).collect();
        let mut found = statement.query([]).expect("an answer");
        let mut rows = Vec::new();
        while let Some(row) = found.next().expect("a row") {
            let value = |index| -> Json {
                match row.get_unwrap(index) {
                    Value::Integer(number) => number.to_string().into(),
                    Value::Real(number) => number.into(),
                    Value::Text(text) => text.into(),
                    other => panic!("{other:?} in a row"),
                }
            };
            rows.push(names.iter().enumerate().map(|(index, name)| (name.clone(), value(index))).collect());
        }
        rows
    }

    /// Points by the hour of Analytics Engine's own time, as the GraphQL API counts them.
    fn hours(&self, from: Millis, to: Millis, is_scaled: bool) -> Vec<(Millis, u64)> {
        let count = if is_scaled { "sum(_sample_interval)" } else { "count(*)" };
        let sql = format!(
            "SELECT timestamp / 3600, {count} FROM {DATA_SET} WHERE timestamp >= ?1 AND timestamp < ?2 GROUP BY 1"
        );
        let mut statement = self.connection.prepare_cached(&sql).expect("SQL");
        let hours = statement.query_map([from as i64 / 1_000, to as i64 / 1_000], |row| {
            Ok((row.get::<_, i64>(0)? as Millis * HOUR_MS, row.get::<_, i64>(1)? as u64))
        });
        hours.expect("hours").map(|hour| hour.expect("an hour")).collect()
    }
}

/// The name of a sample. Whole, it is the data set's.
fn sample(resolution: u64) -> String {
    if resolution == 1 { DATA_SET.to_owned() } else { format!("{DATA_SET}_{resolution}") }
}

/// Which points a statement reads: those of its owners and its time, whatever else it asks for. The hour before and after a day
/// is left out, so that traffic of the next day does not change the sample while a run reads.
fn points_of(statement: &str) -> String {
    let conditions = statement.split_once(" WHERE ").expect("conditions").1;
    let conditions = conditions.split_once(" GROUP BY ").expect("groups").0;
    let read = conditions.split(" AND ").filter_map(|condition| {
        let column = condition.split(' ').next()?;
        match (column, condition.contains(">=")) {
            ("timestamp", true) => Some(format!("{condition} + 3600")),
            ("timestamp", false) => Some(format!("{condition} - 3600")),
            ("index1", _) => Some(condition.to_owned()),
            _ => None,
        }
    });
    read.collect::<Vec<_>>().join(" AND ")
}

/// From Analytics Engine's dialect to SQLite's.
fn translate(statement: &str) -> String {
    statement
        .replace(
            "toStartOfInterval(timestamp, INTERVAL '1' DAY)",
            "datetime(timestamp, 'unixepoch', 'start of day')",
        )
        .replace("toStartOfInterval(timestamp, INTERVAL '6' HOUR)", "timestamp / 21600")
        .replace("min(timestamp)", "datetime(min(timestamp), 'unixepoch')")
        .replace("max(timestamp)", "datetime(max(timestamp), 'unixepoch')")
        .replace("toDateTime(", "(")
        .replace("if(", "iif(")
        .replace(" FORMAT JSON", "")
}

fn rows(rows: Vec<Json>) -> String {
    json!({"meta": [], "rows": rows.len(), "data": rows}).to_string()
}

fn answered(status: u16, body: String) -> Answer {
    Answer { status, retry_after: None, body }
}

/// Cloudflare's API as the product sees it.
pub struct Api(pub Rc<World>);

impl Api {
    fn answer(&self, path: &str, body: &str) -> Answer {
        let world = &self.0;
        if path != "/graphql" {
            return world.engine.answer(body, world.executor.now());
        }
        let query: Json = serde_json::from_str(body).expect("a query");
        let instant = |name: &str| {
            let text = query["variables"][name].as_str().expect("an instant");
            parse_timestamp(text).expect("an instant")
        };
        let hours = world.engine.hours(instant("from"), instant("to"), world.profile.control_is_scaled);
        let group = |(hour, count): (Millis, u64)| {
            let count = (count as f64 * world.profile.control_factor).round() as u64;
            json!({"count": count, "dimensions": {"datetimeHour": timestamp(hour)}})
        };
        let groups: Vec<Json> = hours.into_iter().map(group).collect();
        let body = json!({"data": {"viewer": {"accounts": [{"groups": groups}]}}, "errors": null});
        answered(200, body.to_string())
    }

    /// What goes wrong with a request, if anything does.
    fn fault(&self, path: &str) -> Option<Fault> {
        const FAULTS: [Fault; 10] = [
            Fault::Status(401, None),
            Fault::Status(403, None),
            Fault::Status(429, Some(90_000)),
            Fault::Status(429, Some(400_000)),
            Fault::Status(429, None),
            Fault::Status(500, None),
            Fault::Status(503, None),
            Fault::Truncated,
            Fault::Timeout,
            Fault::Network,
        ];
        let (world, faults) = (&self.0, &self.0.profile.api);
        let outages = if path == "/graphql" { &faults.graphql_outages } else { &faults.sql_outages };
        let fails = !world.is_quiet() && (world.is_out(outages) || world.random.chance(faults.fails));
        if !fails {
            return None;
        }
        world.count("API faults");
        if path == "/graphql" && world.random.chance(0.3) {
            return Some(Fault::Told);
        }
        Some(world.random.pick(&FAULTS))
    }
}

/// What can go wrong with a request.
#[derive(Debug, Clone, Copy)]
enum Fault {
    /// An HTTP status, and a `Retry-After`.
    Status(u16, Option<Millis>),
    /// The body ends early.
    Truncated,
    Timeout,
    Network,
    /// HTTP 200 with `errors`.
    Told,
}

const TIMEOUT_MS: Millis = 25_000;

impl Http for Api {
    async fn post(&self, path: &str, _: &str, body: &str) -> Result<Answer> {
        let world = &self.0;
        let (now, arrives, returns) =
            (world.executor.now(), world.random.between(5, 200), world.random.between(5, 200));
        world.executor.until(now + arrives).await;
        let fault = self.fault(path);
        let answer = self.answer(path, body);
        world.note(|| match fault {
            None => format!("API {path}: {body:.700} -> {:.500}", answer.body),
            Some(fault) => format!("API {path}: {fault:?}"),
        });
        if matches!(fault, Some(Fault::Timeout)) {
            world.executor.until(now + TIMEOUT_MS).await;
            return Err(SourceError::Timeout(TIMEOUT_MS));
        }
        world.executor.until(now + arrives + returns).await;
        match fault {
            None => answer.judged(),
            Some(Fault::Status(status, retry_after)) => {
                Answer { status, retry_after, body: "no".to_owned() }.judged()
            }
            Some(Fault::Truncated) => {
                let end = world.random.below(answer.body.len() as u64) as usize;
                let end = answer.body.floor_char_boundary(end);
                Answer { body: answer.body[..end].to_owned(), ..answer }.judged()
            }
            Some(Fault::Told) => {
                let body = json!({"data": null, "errors": [{"message": "Internal server error"}]});
                answered(200, body.to_string()).judged()
            }
            Some(Fault::Timeout | Fault::Network) => Err(SourceError::Network("connection reset".to_owned())),
        }
    }
}
