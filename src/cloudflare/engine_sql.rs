//! Analytics Engine's SQL API: the statements that are sent, and the rows that come back.
//!
//! The API binds no parameters, so this is the one module that puts its SQL together: from constants, from the columns'
//! enums, and from values that only come in as a [`DataSet`], a [`Literal`] or a number. What the rows mean is not here
//! (`batch/engine.rs`).
//!
//! Each stored point stands for `_sample_interval` hits, so that a count is the sum of those. Groups are ordered by their
//! aliases: the API refuses raw columns there. A key range names a lower bound of each leading column once more on its
//! own, so that the table's index can skip to it.

mod condition;

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{DeserializeOwned, IgnoredAny};
use serde::{Deserialize, Deserializer};

use super::api::{Http, Tag, message, shorten};
use super::number::Number;
use crate::batch::source::{Result, SourceError};
use crate::domain::asset_type::AssetType;
use crate::domain::columns::{Blob, Double};
use crate::domain::counters::Counters;
use crate::domain::date::{Date, Millis, parse_timestamp};
use crate::domain::date_range::DateRange;
use crate::domain::dimension::Dimension;
use crate::domain::filter::Filters;
use crate::domain::hit::CacheResult;
use crate::domain::image_id::ImageId;
use crate::domain::night::end_of;
use crate::domain::owner::OwnerId;
use crate::domain::report::breakdown::{Page, Sort};
use crate::domain::user_agent::BotClass;

use condition::conditions;

/// How far Analytics Engine's own time of a hit may lie from the hit's date: points of a day are looked for from an hour
/// before it to an hour after it.
const MARGIN_MS: Millis = 3_600_000;

/// Longest name of a data set, in bytes.
const MAX_DATA_SET: usize = 96;

/// The name of a data set, which is a table to the SQL API: `[A-Za-z_][A-Za-z0-9_]{0,95}`.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(transparent)]
pub struct DataSet(String);

impl DataSet {
    /// `None` when the name could be anything else than one identifier.
    pub fn parse(text: &str) -> Option<Self> {
        let well_formed = (1..=MAX_DATA_SET).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
            && !text.starts_with(|first: char| first.is_ascii_digit());
        well_formed.then(|| Self(text.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for DataSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A text as a SQL string.
///
/// Quotes and backslashes are doubled. Whether the API takes a backslash for an escape is not documented; doubled, it
/// cannot end the string in either case. The text is cut before its first control character, for the same reason: as a
/// lower bound that is too low, and what is then told twice is noticed, while too high would lose rows. Nothing that
/// Pixtally writes has any of these but quotes in a column that is compared.
#[derive(Debug, Clone, Copy)]
pub struct Literal<'a>(pub &'a str);

impl fmt::Display for Literal<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("'")?;
        for character in self.0.chars().take_while(|it| !it.is_control()) {
            if matches!(character, '\'' | '\\') {
                write!(f, "{character}")?;
            }
            write!(f, "{character}")?;
        }
        f.write_str("'")
    }
}

/// Where a key range of groups begins: after this key, as the API told it. The owner is apart.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
pub struct GroupKey {
    pub image_id: String,
    pub variant: String,
    pub country: String,
    pub status: u64,
}

/// A part of a day's points.
#[derive(Debug, Clone, Copy)]
pub enum Range<'a> {
    /// All of these owners'. Not empty.
    Owners(&'a [OwnerId]),
    /// One owner's, after a key. Alone, so that the index leads to it: of a list of owners everything is sorted again for
    /// every page.
    Rest(OwnerId, &'a GroupKey),
}

impl fmt::Display for Range<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Owners(owners) => {
                let owners: Vec<String> =
                    owners.iter().map(|owner| Literal(&owner.to_string()).to_string()).collect();
                write!(f, "index1 IN ({})", owners.join(", "))
            }
            Self::Rest(owner, key) => {
                write!(f, "index1 = {} AND {}", Literal(&owner.to_string()), beyond(key))
            }
        }
    }
}

/// Owners next to one another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OwnerRange<'a> {
    /// Only those after this index, as the API told it.
    pub after: Option<&'a str>,
    /// Only those up to this one.
    pub until: Option<OwnerId>,
}

impl fmt::Display for OwnerRange<'_> {
    /// With ` AND ` before each condition.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(after) = self.after {
            write!(f, " AND index1 > {}", Literal(after))?;
        }
        if let Some(until) = self.until {
            write!(f, " AND index1 <= {}", Literal(&until.to_string()))?;
        }
        Ok(())
    }
}

/// Whose hits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose {
    One(OwnerId),
    /// Everything whose index may be an owner's identifier.
    All,
}

impl fmt::Display for Whose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::One(owner) => write!(f, "index1 = {}", Literal(&owner.to_string())),
            Self::All => f.write_str("length(index1) = 32"),
        }
    }
}

/// The hits that a report is about.
#[derive(Debug, Clone, Copy)]
pub struct Hits<'a> {
    pub range: &'a DateRange,
    pub whose: Whose,
    pub filters: &'a Filters,
    /// Only those on this file, as whatever it was served.
    pub image: Option<&'a ImageId>,
}

impl fmt::Display for Hits<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let dates: Vec<String> =
            self.range.dates().map(|date| Literal(&date.to_string()).to_string()).collect();
        write!(
            f,
            "{} AND {} IN ({}) AND {} AND {}{}",
            around(self.range.start(), self.range.end()),
            Blob::Date.name(),
            dates.join(", "),
            has_status(),
            self.whose,
            conditions(self.filters),
        )?;
        match self.image {
            Some(image) => write!(f, " AND {} = {}", Blob::ImageId.name(), Literal(image.as_str())),
            None => Ok(()),
        }
    }
}

/// What hits are told apart by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Listed {
    Dimension(Dimension),
    Owner,
}

impl Listed {
    fn value(self) -> String {
        let Self::Dimension(dimension) = self else { return "index1".to_owned() };
        let name = |kind: AssetType| Literal(kind.as_str()).to_string();
        match Blob::of_dimension(dimension) {
            Some(column) => column.name(),
            None if dimension == Dimension::Status => Double::Status.name(),
            None => by_asset_type(&name(AssetType::Video), &name(AssetType::Image), &name(AssetType::Other)),
        }
    }

    /// How many values there are. The API counts the different values of columns alone.
    fn different(self) -> String {
        if self != Self::Dimension(Dimension::AssetType) {
            return format!("count(DISTINCT {})", self.value());
        }
        let some = |kind| format!("max(if({}, 1, 0))", condition::asset_type(kind));
        [AssetType::Video, AssetType::Image, AssetType::Other].map(some).join(" + ")
    }

    /// Whether a value was recorded, with ` AND ` before it: one that was not is no value.
    fn is_recorded(self) -> String {
        match self {
            Self::Owner
            | Self::Dimension(Dimension::ErrorReason | Dimension::Status | Dimension::AssetType) => {
                String::new()
            }
            Self::Dimension(_) => format!(" AND {} != ''", self.value()),
        }
    }
}

/// A statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement(String);

impl Statement {
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// [`OwnerRow`]s: a day's totals of each value of the index in a range, in order.
    pub fn owners(data_set: &DataSet, date: Date, range: OwnerRange<'_>, limit: usize) -> Self {
        Self(format!(
            "SELECT index1 AS owner, {COUNT} AS requests, {}, count() AS points, {SAMPLE} \
             FROM {data_set} WHERE {}{range} \
             GROUP BY owner ORDER BY owner LIMIT {limit} FORMAT JSON",
            sums(),
            day(date),
        ))
    }

    /// [`GroupRow`]s: a part of a day's rows, in key order.
    pub fn groups(data_set: &DataSet, date: Date, range: &Range<'_>, limit: usize) -> Self {
        Self(format!(
            "SELECT index1 AS owner, {} AS image_id, {} AS variant, {} AS country, {} AS status, \
             {COUNT} AS requests, {}, {} AS asset_type, {SAMPLE} \
             FROM {data_set} WHERE {} AND {range} \
             GROUP BY owner, image_id, variant, country, status \
             ORDER BY owner, image_id, variant, country, status LIMIT {limit} FORMAT JSON",
            Blob::ImageId.name(),
            Blob::Variant.name(),
            Blob::Country.name(),
            Double::Status.name(),
            sums(),
            asset_type(),
            day(date),
        ))
    }

    /// [`ValueRow`]s: the values of one column of some owners' day, in order, or after the value of an owner.
    pub fn values(
        data_set: &DataSet,
        date: Date,
        column: Blob,
        owners: &[OwnerId],
        after: Option<(OwnerId, &str)>,
        limit: usize,
    ) -> Self {
        let column = column.name();
        let range = after
            .map(|(owner, value)| {
                let owner = owner.to_string();
                format!(" AND (index1 > {} OR {column} > {})", Literal(&owner), Literal(value))
            })
            .unwrap_or_default();
        Self(format!(
            "SELECT index1 AS owner, {column} AS value, {COUNT} AS requests, {}, {SAMPLE} \
             FROM {data_set} WHERE {} AND {}{range} \
             GROUP BY owner, value ORDER BY owner, value LIMIT {limit} FORMAT JSON",
            sums(),
            day(date),
            Range::Owners(owners),
        ))
    }

    /// [`FailedRow`]s: the most frequent failed requests of some owners' day.
    pub fn failed(data_set: &DataSet, date: Date, owners: &[OwnerId], limit: usize) -> Self {
        Self(format!(
            "SELECT index1 AS owner, {}, {SAMPLE} FROM {data_set} WHERE {} AND {} AND {} \
             GROUP BY owner, {FAILED_KEY} ORDER BY requests DESC, owner, {FAILED_KEY} LIMIT {limit} FORMAT JSON",
            failed_columns(),
            day(date),
            Range::Owners(owners),
            has_reason(),
        ))
    }

    /// [`DayRow`]s: requests of each day of a range by Analytics Engine's own time.
    pub fn days(data_set: &DataSet, from: Date, to: Date) -> Self {
        Self(format!(
            "SELECT toStartOfInterval(timestamp, INTERVAL '1' DAY) AS day, {COUNT} AS requests, {SAMPLE} \
             FROM {data_set} WHERE {} GROUP BY day ORDER BY day FORMAT JSON",
            between(from.start(), end_of(to)),
        ))
    }

    /// [`HitsRow`]s: some hits by their own date, with what failed of them (status 400 and above) and what crawlers asked for.
    pub fn hits_by_day(data_set: &DataSet, hits: &Hits<'_>) -> Self {
        let (status, bytes) = (Double::Status.name(), Double::Bytes.name());
        let crawlers =
            [BotClass::SearchCrawler, BotClass::AiCrawler].map(|it| Literal(it.as_str()).to_string());
        let of_crawlers =
            format!("if({} IN ({}), _sample_interval, 0)", Blob::Bot.name(), crawlers.join(", "));
        Self(format!(
            "SELECT {} AS value, {COUNT} AS requests, {}, SUM(if({status} >= 400, _sample_interval, 0)) AS errors, \
             SUM({of_crawlers}) AS crawler_requests, SUM({of_crawlers} * {bytes}) AS crawler_bytes, \
             {SAMPLING} \
             FROM {data_set} WHERE {hits} GROUP BY value ORDER BY value FORMAT JSON",
            Blob::Date.name(),
            sums(),
        ))
    }

    /// [`HitsRow`]s: a page of the values that some hits have, largest first.
    pub fn hits_by_value(data_set: &DataSet, hits: &Hits<'_>, listed: Listed, page: Page) -> Self {
        let order = match page.sort {
            Sort::Requests => "requests DESC, bytes DESC",
            Sort::Bandwidth => "bytes DESC, requests DESC",
        };
        Self(format!(
            "SELECT {} AS value, {COUNT} AS requests, {} FROM {data_set} WHERE {hits}{} \
             GROUP BY value ORDER BY {order}, value LIMIT {} OFFSET {} FORMAT JSON",
            listed.value(),
            sums(),
            listed.is_recorded(),
            page.limit,
            page.offset,
        ))
    }

    /// [`CombinedRow`]s: the combinations of values that some hits have in several dimensions, largest first.
    pub fn hits_by_values(
        data_set: &DataSet,
        hits: &Hits<'_>,
        dimensions: &[Dimension],
        limit: usize,
    ) -> Self {
        let names: Vec<String> = dimensions.iter().map(|it| alias(*it)).collect();
        let columns: Vec<String> = dimensions
            .iter()
            .map(|it| format!("{} AS {}", Listed::Dimension(*it).value(), alias(*it)))
            .collect();
        Self(format!(
            "SELECT {}, {COUNT} AS requests, {} FROM {data_set} WHERE {hits} \
             GROUP BY {} ORDER BY requests DESC, bytes DESC, {} LIMIT {limit} FORMAT JSON",
            columns.join(", "),
            sums(),
            names.join(", "),
            names.join(", "),
        ))
    }

    /// One [`HitsRow`]: how many values some hits have, and what these have together.
    pub fn hits_whole(data_set: &DataSet, hits: &Hits<'_>, listed: Listed) -> Self {
        Self(format!(
            "SELECT {} AS different, {COUNT} AS requests, {} FROM {data_set} WHERE {hits}{} FORMAT JSON",
            listed.different(),
            sums(),
            listed.is_recorded(),
        ))
    }

    /// [`OutcomeRow`]s: some hits by status and cause.
    pub fn hits_by_outcome(data_set: &DataSet, hits: &Hits<'_>) -> Self {
        Self(format!(
            "SELECT {} AS status, {} AS reason, {COUNT} AS requests, SUM(_sample_interval * {}) AS bytes, \
             {SAMPLING} \
             FROM {data_set} WHERE {hits} GROUP BY status, reason ORDER BY requests DESC, status, reason FORMAT JSON",
            Double::Status.name(),
            Blob::ErrorReason.name(),
            Double::Bytes.name(),
        ))
    }

    /// [`FailedRow`]s without owners: the most frequent failed requests among some hits.
    pub fn hits_failed(data_set: &DataSet, hits: &Hits<'_>, limit: usize) -> Self {
        Self(format!(
            "SELECT {} FROM {data_set} WHERE {hits} AND {} \
             GROUP BY {FAILED_KEY} ORDER BY requests DESC, {FAILED_KEY} LIMIT {limit} FORMAT JSON",
            failed_columns(),
            has_reason(),
        ))
    }

    /// [`TableRow`]s: the account's data sets.
    pub fn tables() -> Self {
        Self("SHOW TABLES FORMAT JSON".to_owned())
    }
}

/// What a dimension is called in a row of combinations. Some of their names are words of SQL.
fn alias(dimension: Dimension) -> String {
    format!("{dimension}_value")
}

const COUNT: &str = "SUM(_sample_interval)";

/// What sampling means to an answer: the sum of the squares of the points' sample intervals, and the largest of them.
const SAMPLING: &str =
    "SUM(_sample_interval * _sample_interval) AS squares, max(_sample_interval) AS sampling";

/// The same sum, and the smallest of them. A query is read from one sample, which multiplies the intervals of all points: one that is 1
/// shows that everything was read, and that a larger one comes from when its point was written.
const SAMPLE: &str =
    "SUM(_sample_interval * _sample_interval) AS squares, min(_sample_interval) AS resolution";

/// What tells failed requests apart, besides their owners.
const FAILED_KEY: &str = "status, reason, path, referrer_host";

/// The columns of a [`FailedRow`], the owner apart.
fn failed_columns() -> String {
    format!(
        "{} AS status, {} AS reason, {} AS path, {} AS referrer_host, \
         {COUNT} AS requests, min(timestamp) AS first_seen, max(timestamp) AS last_seen",
        Double::Status.name(),
        Blob::ErrorReason.name(),
        Blob::ErrorPath.name(),
        Blob::ReferrerHost.name(),
    )
}

/// Whether a request failed.
fn has_reason() -> String {
    format!("{} != ''", Blob::ErrorReason.name())
}

/// The counters beside requests.
fn sums() -> String {
    let sum = |column: Double| format!("SUM(_sample_interval * {})", column.name());
    let count = |result: CacheResult| {
        format!("SUM(if({} = {}, _sample_interval, 0))", Blob::Cache.name(), Literal(result.as_str()))
    };
    format!(
        "{} AS bytes, {} AS cache_hits, {} AS cache_misses, {} AS source_bytes",
        sum(Double::Bytes),
        count(CacheResult::Hit),
        count(CacheResult::Miss),
        sum(Double::SourceBytes),
    )
}

/// What [`GroupRow::asset_type`] describes: of several the last of the alphabet, as in D1.
fn asset_type() -> String {
    format!("max({})", by_asset_type("2", "0", "1"))
}

fn by_asset_type(video: &str, image: &str, other: &str) -> String {
    let column = Blob::ContentType.name();
    format!("if({column} LIKE 'video/%', {video}, if({column} LIKE 'image/%', {image}, {other}))")
}

/// The points of a day by the hits' own date. A point without an HTTP status was written by something else; it is left
/// out here, so that the totals of owners and of groups agree.
fn day(date: Date) -> String {
    let (column, date_of_hit) = (Blob::Date.name(), date.to_string());
    format!("{} AND {column} = {} AND {}", around(date, date), Literal(&date_of_hit), has_status())
}

/// When Analytics Engine may have got the hits of some days.
fn around(first: Date, last: Date) -> String {
    between(first.start().saturating_sub(MARGIN_MS), end_of(last) + MARGIN_MS)
}

fn has_status() -> String {
    let status = Double::Status.name();
    format!("{status} >= 100 AND {status} <= 599")
}

fn between(first: Millis, end: Millis) -> String {
    format!("timestamp >= toDateTime({}) AND timestamp < toDateTime({})", first / 1_000, end / 1_000)
}

/// What comes after a key, compared column by column.
fn beyond(key: &GroupKey) -> String {
    let columns = [
        (Blob::ImageId.name(), Literal(&key.image_id).to_string()),
        (Blob::Variant.name(), Literal(&key.variant).to_string()),
        (Blob::Country.name(), Literal(&key.country).to_string()),
    ];
    let last = format!("{} > {}", Double::Status.name(), key.status);
    columns.iter().rev().fold(last, |rest, (column, value)| {
        format!("{column} >= {value} AND ({column} > {value} OR ({rest}))")
    })
}

/// A row of [`Statement::owners`].
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct OwnerRow {
    /// The value of the index, which may be anything that something else wrote.
    pub owner: String,
    #[serde(flatten)]
    pub sums: Sums,
    pub points: Number,
    /// Sum of the squares of the points' sample intervals.
    pub squares: Number,
    /// The smallest sample interval.
    pub resolution: Number,
}

/// A row of [`Statement::groups`].
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct GroupRow {
    pub owner: String,
    pub image_id: String,
    pub variant: String,
    pub country: String,
    pub status: Number,
    #[serde(flatten)]
    pub sums: Sums,
    /// The highest of the answers': 2 for a video, 0 for an image, 1 for anything else.
    pub asset_type: Number,
    /// Sum of the squares of the points' sample intervals.
    pub squares: Number,
    /// The smallest sample interval.
    pub resolution: Number,
}

/// What is added up, scaled for sampling.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Sums {
    pub requests: Number,
    pub bytes: Number,
    pub cache_hits: Number,
    pub cache_misses: Number,
    pub source_bytes: Number,
}

impl Sums {
    pub fn counters(&self) -> Counters {
        Counters {
            requests: self.requests.0,
            bandwidth_bytes: self.bytes.0,
            cache_hits: self.cache_hits.0,
            cache_misses: self.cache_misses.0,
            source_bytes: self.source_bytes.0,
        }
    }
}

/// A row of [`Statement::values`].
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct ValueRow {
    pub owner: String,
    pub value: String,
    #[serde(flatten)]
    pub sums: Sums,
    /// The smallest sample interval.
    pub resolution: Number,
}

/// A row of [`Statement::failed`] or [`Statement::hits_failed`].
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct FailedRow {
    /// Empty where the statement does not ask for it.
    #[serde(default)]
    pub owner: String,
    pub status: Number,
    pub reason: String,
    pub path: String,
    pub referrer_host: String,
    pub requests: Number,
    first_seen: String,
    last_seen: String,
    /// The smallest sample interval; 0 where the statement does not ask for it.
    #[serde(default)]
    pub resolution: Number,
}

impl FailedRow {
    /// When it was seen first and last, in seconds since 1970; `None` when the API writes times in another way.
    pub fn seen(&self) -> Option<(u64, u64)> {
        Some((parse_time(&self.first_seen)?, parse_time(&self.last_seen)?))
    }
}

/// Seconds since 1970 of `YYYY-MM-DD hh:mm:ss`, in UTC.
fn parse_time(text: &str) -> Option<u64> {
    let text = format!("{}Z", text.replacen(' ', "T", 1));
    parse_timestamp(&text).map(|millis| millis / 1_000)
}

/// A row of [`Statement::hits_by_outcome`].
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct OutcomeRow {
    pub status: Number,
    /// Empty where nothing failed.
    pub reason: String,
    pub requests: Number,
    pub bytes: Number,
    /// Sum of the squares of the points' sample intervals.
    pub squares: Number,
    /// The largest sample interval.
    pub sampling: Number,
}

/// A row of [`Statement::hits_by_day`], [`Statement::hits_by_value`] or [`Statement::hits_whole`]: what the statement does not
/// ask for is empty or 0.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct HitsRow {
    /// The day or the value.
    #[serde(default, deserialize_with = "text")]
    pub value: String,
    requests: Number,
    bytes: Number,
    cache_hits: Number,
    cache_misses: Number,
    source_bytes: Number,
    #[serde(default)]
    pub errors: Number,
    #[serde(default)]
    pub crawler_requests: Number,
    #[serde(default)]
    pub crawler_bytes: Number,
    /// Sum of the squares of the points' sample intervals.
    #[serde(default)]
    pub squares: Number,
    /// The largest sample interval.
    #[serde(default)]
    pub sampling: Number,
    /// How many values there are.
    #[serde(default)]
    pub different: Number,
}

impl HitsRow {
    pub fn counters(&self) -> Counters {
        Counters {
            requests: self.requests.0,
            bandwidth_bytes: self.bytes.0,
            cache_hits: self.cache_hits.0,
            cache_misses: self.cache_misses.0,
            source_bytes: self.source_bytes.0,
        }
    }
}

/// A row of [`Statement::hits_by_values`].
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct CombinedRow {
    #[serde(flatten)]
    sums: Sums,
    #[serde(flatten)]
    values: BTreeMap<String, Text>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
struct Text(#[serde(deserialize_with = "text")] String);

impl CombinedRow {
    pub fn counters(&self) -> Counters {
        self.sums.counters()
    }

    /// The value in one of the dimensions; empty where it was not recorded.
    pub fn value(&self, dimension: Dimension) -> &str {
        self.values.get(&alias(dimension)).map_or("", |text| &text.0)
    }
}

/// A text, or a number as one: statuses stand in a column of numbers.
fn text<'de, D: Deserializer<'de>>(deserializer: D) -> std::result::Result<String, D::Error> {
    Ok(match serde_json::Value::deserialize(deserializer)? {
        serde_json::Value::String(text) => text,
        other => other.as_f64().map_or_else(|| other.to_string(), |number| number.to_string()),
    })
}

/// A row of [`Statement::days`].
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct DayRow {
    /// A date, with or without midnight after it.
    pub day: String,
    pub requests: Number,
    /// Sum of the squares of the points' sample intervals.
    #[serde(default)]
    pub squares: Number,
}

/// A row of [`Statement::tables`]. What its column is called is not documented.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct TableRow(serde_json::Map<String, serde_json::Value>);

impl TableRow {
    pub fn name(&self) -> Option<&str> {
        let named = ["dataset", "table", "name"].into_iter().find_map(|column| self.0.get(column));
        named.or_else(|| self.0.values().find(|value| value.is_string()))?.as_str()
    }
}

/// Sends a statement. Its answer, which [`rows`] reads; `None` when the API knows no such table, or no row from which it could
/// tell its columns' types. It creates a table with the first point, so that this is how a new data set looks. So does one
/// with a misspelt name.
///
/// # Errors
///
/// Those of [`Http::post`]; [`SourceError::Query`] for a refused statement.
pub async fn ask(http: &impl Http, account: &Tag, statement: &Statement) -> Result<Option<String>> {
    let path = format!("/accounts/{account}/analytics_engine/sql");
    let answer = http.post(&path, "text/plain", statement.as_str()).await?;
    if answer.is_success() {
        return Ok(Some(answer.body));
    }
    match is_nothing(answer.status, &answer.body) {
        true => Ok(None),
        false => Err(SourceError::Query(message(&answer.body))),
    }
}

/// The rows of an answer.
///
/// # Errors
///
/// [`SourceError::Unreadable`] for rows of another shape.
pub fn rows<T: DeserializeOwned>(answer: &str) -> Result<Vec<T>> {
    #[derive(Deserialize)]
    struct Body<T> {
        data: Vec<T>,
        rows: Option<Number>,
    }
    let Body { data, rows } = serde_json::from_str::<Body<T>>(answer)
        .map_err(|error| SourceError::Unreadable(shorten(&format!("{error}: {}", message(answer)))))?;
    if rows.is_some_and(|Number(rows)| rows != data.len() as u64) {
        return Err(SourceError::Unreadable("some of the rows are missing".to_owned()));
    }
    Ok(data)
}

/// Whether an answer has all of its rows.
pub fn is_whole(answer: &str) -> bool {
    rows::<IgnoredAny>(answer).is_ok()
}

fn is_nothing(status: u16, body: &str) -> bool {
    let body = message(body).to_ascii_lowercase();
    status == 422 && (body.contains("unable to find type of column") || body.contains("unknown table"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cloudflare::api::tests::{Canned, now};
    use crate::domain::date_range::RangeQuery;
    use crate::domain::privacy::Privacy;
    use proptest::prelude::*;

    fn data_set() -> DataSet {
        DataSet::parse("hits").unwrap()
    }

    fn owner(number: u8) -> OwnerId {
        OwnerId::parse(&format!("{number:032x}")).unwrap()
    }

    fn day() -> Date {
        Date::parse("2026-11-20").unwrap()
    }

    #[test]
    fn data_sets() {
        let longest = "a".repeat(96);
        for name in ["pixtally_hits", "_x", "A1", &longest] {
            assert_eq!(DataSet::parse(name).unwrap().as_str(), name);
        }
        for name in ["", "1a", "a-b", "a b", "a;b", "a.b", "ä", "a\n", "a'", "`a`", &"a".repeat(97)] {
            assert_eq!(DataSet::parse(name), None, "{name}");
        }
    }

    #[test]
    fn literals() {
        for (text, literal) in [
            ("", "''"),
            ("pics/dino.jpg", "'pics/dino.jpg'"),
            ("o'clock", "'o''clock'"),
            ("' OR 1=1 --", "''' OR 1=1 --'"),
            (r"\' OR 1=1 --", r"'\\'' OR 1=1 --'"),
            (r"\", r"'\\'"),
            ("a\u{9b}b", "'a'"),
            ("a'\0b\nc", "'a'''"),
            ("ä🦕", "'ä🦕'"),
        ] {
            assert_eq!(Literal(text).to_string(), literal, "{text}");
        }
    }

    #[test]
    fn statements() {
        assert_eq!(
            Statement::owners(
                &data_set(),
                day(),
                OwnerRange { after: Some("a'b"), until: Some(owner(7)) },
                3
            )
            .as_str(),
            "SELECT index1 AS owner, SUM(_sample_interval) AS requests, \
             SUM(_sample_interval * double1) AS bytes, \
             SUM(if(blob5 = 'hit', _sample_interval, 0)) AS cache_hits, \
             SUM(if(blob5 = 'miss', _sample_interval, 0)) AS cache_misses, \
             SUM(_sample_interval * double2) AS source_bytes, \
             count() AS points, SUM(_sample_interval * _sample_interval) AS squares, \
             min(_sample_interval) AS resolution FROM hits WHERE timestamp >= toDateTime(1795129200) AND timestamp < toDateTime(1795222800) \
             AND blob1 = '2026-11-20' AND double3 >= 100 AND double3 <= 599 AND index1 > 'a''b' \
             AND index1 <= '00000000000000000000000000000007' GROUP BY owner ORDER BY owner LIMIT 3 FORMAT JSON"
        );
        assert_eq!(
            Statement::days(&data_set(), day().minus(1), day()).as_str(),
            "SELECT toStartOfInterval(timestamp, INTERVAL '1' DAY) AS day, SUM(_sample_interval) AS requests, \
             SUM(_sample_interval * _sample_interval) AS squares, min(_sample_interval) AS resolution \
             FROM hits WHERE timestamp >= toDateTime(1795046400) AND timestamp < toDateTime(1795219200) \
             GROUP BY day ORDER BY day FORMAT JSON"
        );
    }

    fn told(build: impl Fn(&Hits<'_>) -> Statement, whose: Whose, filters: &[&str]) -> String {
        let query = RangeQuery { days: Some("2".into()), ..RangeQuery::default() };
        let range = DateRange::parse(&query, day(), 90).unwrap();
        let filters = Filters::parse(filters.iter().copied(), Privacy::Full).unwrap();
        build(&Hits { range: &range, whose, filters: &filters, image: None }).as_str().to_owned()
    }

    #[test]
    fn hits_are_picked_by_their_own_date_and_by_filters() {
        let by_day = |hits: &Hits<'_>| Statement::hits_by_day(&data_set(), hits);
        let condition = "WHERE timestamp >= toDateTime(1795042800) AND timestamp < toDateTime(1795222800) \
                         AND blob1 IN ('2026-11-19', '2026-11-20') AND double3 >= 100 AND double3 <= 599 AND ";
        let owner_id = owner(1);
        assert_eq!(
            told(by_day, Whose::One(owner_id), &["bot:is_not:ai"]),
            format!(
                "SELECT blob1 AS value, SUM(_sample_interval) AS requests, {}, \
                 SUM(if(double3 >= 400, _sample_interval, 0)) AS errors, \
                 SUM(if(blob10 IN ('search', 'ai'), _sample_interval, 0)) AS crawler_requests, \
                 SUM(if(blob10 IN ('search', 'ai'), _sample_interval, 0) * double1) AS crawler_bytes, \
                 SUM(_sample_interval * _sample_interval) AS squares, max(_sample_interval) AS sampling \
                 FROM hits {condition}index1 = '{owner_id}' AND NOT (blob10 IN ('ai')) \
                 GROUP BY value ORDER BY value FORMAT JSON",
                sums()
            )
        );
        assert!(told(by_day, Whose::All, &[]).contains(&format!("{condition}length(index1) = 32 GROUP BY")));
    }

    #[test]
    fn values_are_paged_largest_first() {
        for (listed, sort, value, condition, order) in [
            (Listed::Owner, Sort::Requests, "index1", "", "requests DESC, bytes DESC"),
            (
                Listed::Dimension(Dimension::Os),
                Sort::Requests,
                "blob9",
                " AND blob9 != ''",
                "requests DESC, bytes DESC",
            ),
            (
                Listed::Dimension(Dimension::Status),
                Sort::Bandwidth,
                "double3",
                "",
                "bytes DESC, requests DESC",
            ),
            (
                Listed::Dimension(Dimension::ErrorReason),
                Sort::Requests,
                "blob12",
                "",
                "requests DESC, bytes DESC",
            ),
            (
                Listed::Dimension(Dimension::AssetType),
                Sort::Requests,
                "if(blob6 LIKE 'video/%', 'video', if(blob6 LIKE 'image/%', 'image', 'other'))",
                "",
                "requests DESC, bytes DESC",
            ),
        ] {
            let page = Page { sort, limit: 7, offset: 14 };
            let statement =
                told(|hits| Statement::hits_by_value(&data_set(), hits, listed, page), Whose::All, &[]);
            assert!(statement.starts_with(&format!("SELECT {value} AS value, ")), "{statement}");
            let end = format!(
                "length(index1) = 32{condition} GROUP BY value ORDER BY {order}, value LIMIT 7 OFFSET 14 FORMAT JSON"
            );
            assert!(statement.ends_with(&end), "{statement}");
        }
        let whole = |dimension| {
            let build =
                |hits: &Hits<'_>| Statement::hits_whole(&data_set(), hits, Listed::Dimension(dimension));
            told(build, Whose::All, &[])
        };
        assert!(whole(Dimension::Ip).starts_with("SELECT count(DISTINCT blob16) AS different, "));
        assert!(whole(Dimension::Ip).ends_with(" AND blob16 != '' FORMAT JSON"));
        assert!(whole(Dimension::AssetType).starts_with(
            "SELECT max(if(blob6 LIKE 'video/%', 1, 0)) + max(if(blob6 LIKE 'image/%', 1, 0)) + max(if((blob6 NOT"
        ));
    }

    #[test]
    fn combinations_are_told_largest_first() {
        let statement = told(
            |hits| {
                Statement::hits_by_values(
                    &data_set(),
                    hits,
                    &[Dimension::Status, Dimension::AssetType, Dimension::Os],
                    7,
                )
            },
            Whose::All,
            &["bot:is:ai"],
        );
        let start = "SELECT double3 AS status_value, if(blob6 LIKE 'video/%', 'video', if(blob6 LIKE 'image/%', 'image', 'other')) \
                     AS asset_type_value, blob9 AS os_value, SUM(_sample_interval) AS requests, ";
        assert!(statement.starts_with(start), "{statement}");
        let end = " AND length(index1) = 32 AND (blob10 IN ('ai')) GROUP BY status_value, asset_type_value, os_value \
                   ORDER BY requests DESC, bytes DESC, status_value, asset_type_value, os_value LIMIT 7 FORMAT JSON";
        assert!(statement.ends_with(end), "{statement}");
        let row = r#"{"status_value":404,"asset_type_value":"image","requests":"3","bytes":1,"cache_hits":"0","cache_misses":0,"source_bytes":2.0}"#;
        let row: CombinedRow = serde_json::from_str(row).unwrap();
        let values = [Dimension::Status, Dimension::AssetType, Dimension::Os].map(|it| row.value(it));
        assert_eq!((values, row.counters().requests), (["404", "image", ""], 3));
    }

    #[test]
    fn values_may_be_numbers() {
        for (value, text) in [("\"DE\"", "DE"), ("404", "404"), ("404.0", "404"), ("\"\"", "")] {
            let row = format!(
                r#"{{"value":{value},"requests":"3","bytes":1,"cache_hits":"0","cache_misses":0,"source_bytes":2.0}}"#
            );
            let row: HitsRow = serde_json::from_str(&row).unwrap();
            assert_eq!((&row.value[..], row.counters().requests), (text, 3));
        }
    }

    #[test]
    fn values_are_read_after_the_last_of_an_owner() {
        let owners = [owner(1), owner(2)];
        let statement = |after| Statement::values(&data_set(), day(), Blob::Device, &owners, after, 7);
        let (one, two) = (owner(1), owner(2));
        let expected = |range: &str| {
            format!(
                "SELECT index1 AS owner, blob7 AS value, SUM(_sample_interval) AS requests, \
                 SUM(_sample_interval * double1) AS bytes, \
                 SUM(if(blob5 = 'hit', _sample_interval, 0)) AS cache_hits, \
                 SUM(if(blob5 = 'miss', _sample_interval, 0)) AS cache_misses, \
                 SUM(_sample_interval * double2) AS source_bytes, \
                 SUM(_sample_interval * _sample_interval) AS squares, min(_sample_interval) AS resolution \
                 FROM hits WHERE timestamp >= toDateTime(1795129200) AND timestamp < toDateTime(1795222800) \
                 AND blob1 = '2026-11-20' AND double3 >= 100 AND double3 <= 599 \
                 AND index1 IN ('{one}', '{two}'){range} \
                 GROUP BY owner, value ORDER BY owner, value LIMIT 7 FORMAT JSON"
            )
        };
        assert_eq!(statement(None).as_str(), expected(""));
        assert_eq!(
            statement(Some((owner(1), "' OR 1=1 --"))).as_str(),
            expected(&format!(" AND (index1 > '{one}' OR blob7 > ''' OR 1=1 --')"))
        );
    }

    #[test]
    fn the_most_frequent_failed_requests_come_first() {
        let one = owner(1);
        assert_eq!(
            Statement::failed(&data_set(), day(), &[one], 200).as_str(),
            format!(
                "SELECT index1 AS owner, double3 AS status, blob12 AS reason, blob13 AS path, blob11 AS referrer_host, \
                 SUM(_sample_interval) AS requests, min(timestamp) AS first_seen, max(timestamp) AS last_seen, \
                 SUM(_sample_interval * _sample_interval) AS squares, min(_sample_interval) AS resolution \
                 FROM hits WHERE timestamp >= toDateTime(1795129200) AND timestamp < toDateTime(1795222800) \
                 AND blob1 = '2026-11-20' AND double3 >= 100 AND double3 <= 599 \
                 AND index1 IN ('{one}') AND blob12 != '' \
                 GROUP BY owner, status, reason, path, referrer_host \
                 ORDER BY requests DESC, owner, status, reason, path, referrer_host LIMIT 200 FORMAT JSON"
            )
        );
    }

    #[test]
    fn hits_are_told_apart_by_status_and_cause() {
        let statement =
            told(|hits| Statement::hits_by_outcome(&data_set(), hits), Whose::All, &["referrer:is:x"]);
        assert!(statement.starts_with(
            "SELECT double3 AS status, blob12 AS reason, SUM(_sample_interval) AS requests, \
             SUM(_sample_interval * double1) AS bytes, SUM(_sample_interval * _sample_interval) AS squares, "
        ));
        assert!(statement.ends_with(
            " AND length(index1) = 32 AND (blob11 IN ('x')) \
             GROUP BY status, reason ORDER BY requests DESC, status, reason FORMAT JSON"
        ));
        let statement =
            told(|hits| Statement::hits_failed(&data_set(), hits, 9), Whose::All, &["referrer:is:x"]);
        assert!(statement.starts_with("SELECT double3 AS status, blob12 AS reason, blob13 AS path, "));
        assert!(statement.ends_with(
            " AND (blob11 IN ('x')) AND blob12 != '' GROUP BY status, reason, path, referrer_host \
             ORDER BY requests DESC, status, reason, path, referrer_host LIMIT 9 FORMAT JSON"
        ));
    }

    #[test]
    fn hits_may_be_on_one_file() {
        let image = ImageId::parse("pics/o'neil.jpg").unwrap();
        let build =
            |hits: &Hits<'_>| Statement::hits_by_day(&data_set(), &Hits { image: Some(&image), ..*hits });
        let statement = told(build, Whose::All, &["os:is:iOS"]);
        assert!(
            statement.contains(" AND (blob9 IN ('iOS')) AND blob2 = 'pics/o''neil.jpg' GROUP BY"),
            "{statement}"
        );
    }

    #[test]
    fn a_key_range_bounds_every_prefix() {
        let key =
            GroupKey { image_id: "a/b'".into(), variant: "w1".into(), country: "DE".into(), status: 200 };
        let statement = Statement::groups(&data_set(), day(), &Range::Rest(owner(1), &key), 10);
        let expected = format!(
            " AND index1 = '{}' AND blob2 >= 'a/b''' AND (blob2 > 'a/b''' OR (\
             blob3 >= 'w1' AND (blob3 > 'w1' OR (\
             blob4 >= 'DE' AND (blob4 > 'DE' OR (double3 > 200)))))) GROUP BY owner, image_id",
            owner(1)
        );
        assert!(statement.as_str().contains(&expected), "{}", statement.as_str());
        assert!(
            statement
                .as_str()
                .ends_with("ORDER BY owner, image_id, variant, country, status LIMIT 10 FORMAT JSON")
        );
    }

    fn asked(status: u16, body: &str) -> Result<Option<Vec<DayRow>>> {
        let account = Tag::parse(&"a".repeat(32)).unwrap();
        let canned = Canned::new([(status, body)]);
        let found = now(ask(&canned, &account, &Statement::days(&data_set(), day(), day())));
        assert_eq!(canned.asked.borrow()[0].0, format!("/accounts/{account}/analytics_engine/sql"));
        found?.map(|answer| rows(&answer)).transpose()
    }

    #[test]
    fn answers() {
        let row = |requests| DayRow {
            day: "2026-11-20 00:00:00".into(),
            requests: Number(requests),
            squares: Number::default(),
        };
        let body = r#"{"meta":[],"data":[{"day":"2026-11-20 00:00:00","requests":"12"}],"rows":1}"#;
        assert_eq!(asked(200, body), Ok(Some(vec![row(12)])));
        assert_eq!(asked(200, &body.replace(r#""12""#, "12.0")), Ok(Some(vec![row(12)])));
        assert_eq!(asked(200, r#"{"meta":[],"data":[],"rows":0}"#), Ok(Some(vec![])));
        for (status, body) in [
            (422, "unable to find type of column: \"double3\""),
            (422, "Unknown table: hits"),
            (422, r#"{"success":false,"errors":[{"code":1,"message":"unknown table: \"hits\""}]}"#),
        ] {
            assert_eq!(asked(status, body), Ok(None), "{body}");
        }
        for (status, body, expected) in [
            (422, "unknown function: uniq", "unknown function: uniq"),
            (400, "unknown table: hits", "unknown table: hits"),
            (404, r#"{"errors":[{"message":"Could not route"}]}"#, "Could not route"),
        ] {
            assert_eq!(asked(status, body), Err(SourceError::Query(expected.into())), "{body}");
        }
        for unreadable in [
            &body[..body.len() - 4],
            &body.replace("\"rows\":1", "\"rows\":2"),
            &body.replace("requests", "request"),
            &body.replace("12", "-12"),
            "<html>",
            "",
            r#"{"success":true,"errors":[],"result":{}}"#,
        ] {
            assert!(matches!(asked(200, unreadable), Err(SourceError::Unreadable(_))), "{unreadable}");
        }
        assert_eq!(asked(502, ""), Err(SourceError::Server(502)));
    }

    #[test]
    fn tables_are_named_in_any_column() {
        for row in [r#"{"dataset":"a"}"#, r#"{"type":"x","table":"a"}"#, r#"{"n":1,"other":"a"}"#] {
            assert_eq!(serde_json::from_str::<TableRow>(row).unwrap().name(), Some("a"), "{row}");
        }
        assert_eq!(serde_json::from_str::<TableRow>("{}").unwrap().name(), None);
    }

    proptest! {
        /// Read with and without backslash escapes, a literal ends where it ends, and nowhere before.
        #[test]
        fn no_value_leaves_its_literal(text in r#"['"\\;a-c\n\x00 -]{0,20}"#) {
            let literal = Literal(&text).to_string();
            let inner = &literal[1..literal.len() - 1];
            for backslash_escapes in [false, true] {
                let mut characters = inner.chars();
                while let Some(character) = characters.next() {
                    if character == '\'' || (backslash_escapes && character == '\\') {
                        prop_assert_eq!(characters.next(), Some(character));
                    }
                }
            }
        }
    }
}
