//! The source that has the hits themselves: Analytics Engine, read by its SQL API.
//!
//! Pages follow the key (owner, image, variant, country, status), and each begins after the last key of the one before, so
//! that no row is told twice or left out, whatever arrives meanwhile. A page that is not in key order is refused: reading
//! on would lose rows.
//!
//! Analytics Engine samples when it writes points of a busy owner, and again when it reads, query by query, the more a query would
//! read. So totals are read in ranges of owners (`owner_ranges.rs`), and rows and details of fewer owners at once, until what
//! comes is whole or one owner's.
//!
//! The data set may hold points that something else wrote. Those without an owner's identifier or an HTTP status are left
//! out; what is odd in the rest is filed under a value that exists, so that rows and totals still agree.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::owner_ranges::{Found, OwnerRanges};
use super::source::{
    DayCount, Detail, OwnerTotals, Page, Result, Source, SourceError, SourceOwner, SourceRow,
};
use crate::cloudflare::api::{Http, Tag};
use crate::cloudflare::engine_reader::Reader;
use crate::cloudflare::engine_sql::{
    DataSet, DayRow, FailedRow, GroupKey, GroupRow, OwnerRow, Range, Statement, Sums, ValueRow,
};
use crate::cloudflare::number::Number;
use crate::domain::asset_type::AssetType;
use crate::domain::columns::Blob;
use crate::domain::counters::Counters;
use crate::domain::country::Country;
use crate::domain::date::{Date, Millis};
use crate::domain::dimension::Dimension;
use crate::domain::facets::NO_ERROR;
use crate::domain::failed_request::{FailedRequest, Seen};
use crate::domain::failure::Reason;
use crate::domain::hit::failed_path;
use crate::domain::image_id::MAX_PATH;
use crate::domain::night::ENGINE_REACH_DAYS;
use crate::domain::owner::OwnerId;
use crate::domain::privacy::Privacy;
use crate::domain::row_key::{Combination, OTHER, RowKey};
use crate::domain::segment::MAX_FAILED;
use crate::domain::variant::MAX_VARIANT;

/// Rows of a page: as many as fit into an answer that is read.
pub const PAGE_ROWS: usize = 10_000;
/// Most owners that one statement names, which keeps it below 10 kB.
const OWNERS_PER_STATEMENT: usize = 200;
/// Ranges of owners that are asked for before the run is saved.
const RANGES_AT_ONCE: u32 = 8;
/// Pages that are read of an owner's values of one dimension: half a million. What is beyond stays untold: visitors choose
/// some values, and of all of them a hundred are kept.
pub const MAX_VALUE_PAGES: u32 = 50;
/// Comes after every value of an owner.
const LAST_VALUE: &str = "\u{10ffff}";
/// Longest value of a dimension that is taken, in bytes: a user agent.
const MAX_VALUE: usize = crate::domain::user_agent::MAX_USER_AGENT;

/// Analytics Engine's rows.
pub struct Engine<H> {
    reader: Reader<H>,
    now: Millis,
    page_rows: usize,
    /// Whether points have user agents and addresses.
    is_personal: bool,
}

impl<H: Http> Engine<H> {
    /// `page_rows` is [`PAGE_ROWS`], or less where memory is short.
    pub fn new(
        http: H,
        account: Tag,
        data_set: DataSet,
        now: Millis,
        page_rows: usize,
        privacy: Privacy,
    ) -> Self {
        Self {
            reader: Reader::new(http, account, data_set),
            now,
            page_rows: page_rows.max(1),
            is_personal: privacy == Privacy::Full,
        }
    }

    fn check_age(&self, date: Date) -> Result<()> {
        let oldest = self.oldest();
        match date < oldest {
            true => Err(SourceError::TooOld { source_name: "Analytics Engine", date, oldest }),
            false => Ok(()),
        }
    }

    fn oldest(&self) -> Date {
        Date::at(self.now).minus(ENGINE_REACH_DAYS)
    }
}

impl<H: Http> Source for Engine<H> {
    async fn days(&self, from: Date, to: Date) -> Result<Vec<DayCount>> {
        let from = from.max(self.oldest());
        if from > to {
            return Ok(Vec::new());
        }
        let rows: Vec<DayRow> = self.reader.ask(&Statement::days(&self.reader.data_set, from, to)).await?;
        rows.into_iter()
            .map(|row| {
                let date = row.day.get(..10).and_then(|day| Date::parse(day).ok());
                let date = date.ok_or_else(|| SourceError::Unreadable(format!("the day {:?}", row.day)))?;
                Ok(DayCount { date, requests: row.requests.0, variance: variance(row.squares, row.requests) })
            })
            .collect()
    }

    async fn owners(&self, date: Date, cursor: Option<&str>) -> Result<Page<OwnerTotals>> {
        self.check_age(date)?;
        let mut ranges = cursor.map_or(Ok(OwnerRanges::default()), parse_cursor)?;
        let mut items = Vec::new();
        for asked in 0..RANGES_AT_ONCE {
            let rows = match self.totals(date, &ranges).await {
                Ok(rows) => rows,
                // What was learnt before it is kept.
                Err(_) if asked > 0 => break,
                Err(error) => return Err(error),
            };
            let last_of_full = rows.last().filter(|_| rows.len() >= self.page_rows);
            let last_of_full = last_of_full.map(|last| last.owner.clone());
            let is_sampled = is_sample(rows.iter().map(|row| row.resolution));
            let totals: Vec<OwnerTotals> = rows.into_iter().filter_map(owner_totals).collect();
            let found: Vec<Found> = totals
                .iter()
                .map(|it| Found { owner: it.owner.id, requests: it.counters.requests })
                .collect();
            if !ranges.takes(&found, is_sampled) {
                continue;
            }
            items.extend(totals);
            if !ranges.moves_on(last_of_full) {
                return Ok(Page { items, next: None });
            }
            if items.len() >= self.page_rows {
                break;
            }
        }
        Ok(Page { items, next: Some(to_text(&ranges)) })
    }

    async fn rows(
        &self,
        date: Date,
        owners: &[SourceOwner],
        cursor: Option<&str>,
    ) -> Result<Page<SourceRow>> {
        self.check_age(date)?;
        let at = cursor.map_or(Ok(Cursor::default()), parse_cursor)?;
        let left: Vec<OwnerId> = ids(owners).into_iter().filter(|owner| at.leaves(*owner)).collect();
        let after = at.owner.zip(at.key.as_ref());
        let group = at.at_once.of(&left, after.is_some());
        let Some(last_owner) = group.last().copied() else {
            return Ok(Page { items: Vec::new(), next: None });
        };
        let range = match after {
            Some((owner, key)) => Range::Rest(owner, key),
            None => Range::Owners(group),
        };
        let rows: Vec<GroupRow> =
            self.reader.ask(&Statement::groups(&self.reader.data_set, date, &range, self.page_rows)).await?;
        let is_sampled = is_sample(rows.iter().map(|row| row.resolution));
        let at_once = at.at_once.next(group.len(), is_sampled);
        if is_sampled && group.len() > 1 {
            return Ok(Page { items: Vec::new(), next: Some(to_text(&Cursor { at_once, ..at })) });
        }
        let full = rows.len() >= self.page_rows;
        let rows = rows.into_iter().map(parse_group).collect::<Result<Vec<_>>>()?;
        in_order(after.into_iter().chain(rows.iter().map(|row| (row.owner, &row.key))))?;
        let next = match rows.last().filter(|_| full) {
            Some(last) => Some(Cursor { owner: Some(last.owner), key: Some(last.key.clone()), at_once }),
            None => {
                let is_more = left.len() > group.len();
                is_more.then_some(Cursor { owner: Some(last_owner), key: None, at_once })
            }
        };
        let items = rows.into_iter().map(|row| row.filed(date)).collect();
        Ok(Page { items, next: next.as_ref().map(to_text) })
    }

    async fn details(
        &self,
        date: Date,
        owners: &[SourceOwner],
        cursor: Option<&str>,
    ) -> Result<Page<Detail>> {
        self.check_age(date)?;
        let at: DetailsCursor = cursor.map_or(Ok(DetailsCursor::default()), parse_cursor)?;
        let owners = ids(owners);
        let left = at.left(&owners);
        let column = self.columns().nth(at.column);
        // Where nothing failed in a sample, an answer about failed requests does not show that it is one.
        let group = at.at_once.of(left, column.is_none() && at.is_sampled);
        let read = match column {
            _ if group.is_empty() => Read::default(),
            Some((dimension, column)) => self.values(date, dimension, column, group, &at.after).await?,
            None => self.failed(date, group).await?,
        };
        let at_once = at.at_once.next(group.len(), read.is_sampled);
        let is_sampled = at.is_sampled || read.is_sampled;
        if read.is_sampled && group.len() > 1 {
            let next = DetailsCursor { at_once, is_sampled, ..at };
            return Ok(Page { items: Vec::new(), next: Some(to_text(&next)) });
        }
        let end_of_group = || group.last().map(|last| (*last, LAST_VALUE.to_owned()));
        let last = read.last.or_else(|| end_of_group().filter(|_| left.len() > group.len()));
        let is_end = last.is_none() && column.is_none();
        let next = (!is_end).then(|| DetailsCursor { at_once, is_sampled, ..at.next(last) });
        Ok(Page { items: read.items, next: next.as_ref().map(to_text) })
    }
}

impl<H: Http> Engine<H> {
    async fn totals(&self, date: Date, ranges: &OwnerRanges) -> Result<Vec<OwnerRow>> {
        let range = ranges.next();
        let statement = Statement::owners(&self.reader.data_set, date, range, self.page_rows);
        let rows: Vec<OwnerRow> = self.reader.ask(&statement).await?;
        in_order(range.after.into_iter().chain(rows.iter().map(|row| row.owner.as_str())))?;
        Ok(rows)
    }

    /// The dimensions that groups do not tell, and where a point has them.
    fn columns(&self) -> impl Iterator<Item = (Dimension, Blob)> {
        let told =
            |dimension: &Dimension| !dimension.is_of_rows() && (self.is_personal || !dimension.is_personal());
        let column = |dimension| Some((dimension, Blob::of_dimension(dimension)?));
        Dimension::ALL.into_iter().filter(told).filter_map(column)
    }

    /// A page of one dimension's values.
    async fn values(
        &self,
        date: Date,
        dimension: Dimension,
        column: Blob,
        owners: &[OwnerId],
        after: &Option<(OwnerId, String)>,
    ) -> Result<Read> {
        let after = after.as_ref().map(|(owner, value)| (*owner, value.as_str()));
        let statement = Statement::values(&self.reader.data_set, date, column, owners, after, self.page_rows);
        let rows: Vec<ValueRow> = self.reader.ask(&statement).await?;
        let is_full = rows.len() >= self.page_rows;
        let is_sampled = is_sample(rows.iter().map(|row| row.resolution));
        let rows = rows.into_iter().map(parse_value).collect::<Result<Vec<_>>>()?;
        in_order(after.into_iter().chain(rows.iter().map(|(owner, value, _)| (*owner, value.as_str()))))?;
        let last = rows.last().filter(|_| is_full).map(|(owner, value, _)| (*owner, value.clone()));
        let named = rows.into_iter().filter_map(|(owner, value, counters)| {
            let value = named(dimension, value)?;
            Some(Detail::Value { owner, dimension, value, counters })
        });
        Ok(Read { items: named.collect(), last, is_sampled })
    }

    /// The most frequent failed requests. Where there are too many for one answer, each owner is asked for alone.
    async fn failed(&self, date: Date, owners: &[OwnerId]) -> Result<Read> {
        let all: Vec<FailedRow> =
            self.reader.ask(&Statement::failed(&self.reader.data_set, date, owners, self.page_rows)).await?;
        let is_sampled = is_sample(all.iter().map(|row| row.resolution));
        if all.len() < self.page_rows || (is_sampled && owners.len() > 1) {
            return Ok(Read { items: all.into_iter().filter_map(failed).collect(), last: None, is_sampled });
        }
        let mut most = Vec::new();
        for owner in owners {
            let statement = Statement::failed(&self.reader.data_set, date, &[*owner], MAX_FAILED);
            let rows: Vec<FailedRow> = self.reader.ask(&statement).await?;
            most.extend(rows.into_iter().filter_map(failed));
        }
        Ok(Read { items: most, last: None, is_sampled })
    }
}

/// An answer about values or failed requests.
#[derive(Default)]
struct Read {
    items: Vec<Detail>,
    /// The last value, where there are more.
    last: Option<(OwnerId, String)>,
    is_sampled: bool,
}

/// How many owners one statement names. The fewer it names, the less it reads, and the less of it comes sampled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
struct AtOnce(usize);

impl Default for AtOnce {
    fn default() -> Self {
        Self(OWNERS_PER_STATEMENT)
    }
}

impl AtOnce {
    /// The owners that the next statement names.
    fn of(self, left: &[OwnerId], is_one: bool) -> &[OwnerId] {
        &left[..left.len().min(if is_one { 1 } else { self.0 })]
    }

    /// After an answer about so many owners.
    fn next(self, asked: usize, is_sampled: bool) -> Self {
        Self(if is_sampled { (asked / 2).max(1) } else { (self.0 * 2).min(OWNERS_PER_STATEMENT) })
    }
}

/// Where the next page of details begins.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct DetailsCursor {
    /// Which of the columns; after the last of them come failed requests.
    column: usize,
    /// After this value of this owner.
    after: Option<(OwnerId, String)>,
    /// Pages that have ended with this owner.
    pages: u32,
    at_once: AtOnce,
    /// Whether any answer came sampled.
    is_sampled: bool,
}

impl DetailsCursor {
    /// The owners of whom the column is still to be read.
    fn left<'a>(&self, owners: &'a [OwnerId]) -> &'a [OwnerId] {
        let is_read = |owner: &OwnerId| {
            self.after
                .as_ref()
                .is_some_and(|(last, value)| owner < last || (owner == last && value == LAST_VALUE))
        };
        &owners[owners.partition_point(is_read)..]
    }

    /// After a page that ended with `last`, if there is more of the column.
    fn next(self, last: Option<(OwnerId, String)>) -> Self {
        let Some((owner, value)) = last else {
            return Self { column: self.column + 1, after: None, pages: 0, ..self };
        };
        let is_same = self.after.is_some_and(|(before, _)| before == owner);
        let pages = if is_same { self.pages + 1 } else { 1 };
        let value = if pages < MAX_VALUE_PAGES { value } else { LAST_VALUE.to_owned() };
        Self { after: Some((owner, value)), pages, ..self }
    }
}

/// Where the next page of rows begins.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Cursor {
    /// The last owner of whom something was read.
    owner: Option<OwnerId>,
    /// After this key of the owner; `None` when the owner is done.
    key: Option<GroupKey>,
    at_once: AtOnce,
}

impl Cursor {
    /// Whether anything of an owner is still to be read.
    fn leaves(&self, owner: OwnerId) -> bool {
        self.owner.is_none_or(|last| owner > last || (owner == last && self.key.is_some()))
    }
}

/// In key order.
fn ids(owners: &[SourceOwner]) -> Vec<OwnerId> {
    let mut ids: Vec<OwnerId> = owners.iter().map(|owner| owner.id).collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}

/// Reads a cursor that [`to_text`] has written.
fn parse_cursor<T: DeserializeOwned>(text: &str) -> Result<T> {
    serde_json::from_str(text).map_err(|error| SourceError::Query(format!("the cursor is damaged: {error}")))
}

fn to_text(cursor: &impl Serialize) -> String {
    serde_json::to_string(cursor).expect("texts and numbers always encode")
}

/// Refuses keys that do not rise.
fn in_order<T: PartialOrd>(keys: impl Iterator<Item = T>) -> Result<()> {
    match keys.is_sorted_by(|one, next| one < next) {
        true => Ok(()),
        false => Err(SourceError::Unreadable("the rows are not in the order of their keys".to_owned())),
    }
}

/// `None` for an index that no owner has.
fn owner_totals(row: OwnerRow) -> Option<OwnerTotals> {
    let id = parse_owner(&row.owner)?;
    let variance = variance(row.squares, row.sums.requests);
    let owner = SourceOwner { id, name: None };
    Some(OwnerTotals { owner, counters: row.sums.counters(), points: row.points.0, variance })
}

/// Whether an answer comes from a sample: not one of its points stands for itself only.
fn is_sample(mut resolutions: impl Iterator<Item = Number>) -> bool {
    resolutions.next().is_some_and(|first| first.0 > 1 && resolutions.all(|other| other.0 > 1))
}

/// From the sum of the squares of sample intervals, and the sum of these.
fn variance(squares: Number, requests: Number) -> f64 {
    squares.0.saturating_sub(requests.0) as f64
}

/// Only the spelling that is written: the rows are asked for by it.
fn parse_owner(text: &str) -> Option<OwnerId> {
    OwnerId::parse(text).filter(|id| id.to_string() == text)
}

/// The owner of a row that was asked for by owner.
fn asked_owner(text: &str) -> Result<OwnerId> {
    parse_owner(text)
        .ok_or_else(|| SourceError::Unreadable("a row of an owner that was not asked for".to_owned()))
}

/// A [`GroupRow`] whose owner was asked for.
struct Group {
    owner: OwnerId,
    key: GroupKey,
    sums: Sums,
    asset_type: AssetType,
    variance: f64,
}

impl Group {
    fn filed(self, date: Date) -> SourceRow {
        let key = row_key(self.owner, date, self.key, self.asset_type);
        SourceRow { key, counters: self.sums.counters(), variance: self.variance }
    }
}

fn parse_group(row: GroupRow) -> Result<Group> {
    let owner = asked_owner(&row.owner)?;
    let variance = variance(row.squares, row.sums.requests);
    let GroupRow { image_id, variant, country, status, sums, asset_type, .. } = row;
    let asset_type = match asset_type.0 {
        0 => AssetType::Image,
        2 => AssetType::Video,
        _ => AssetType::Other,
    };
    Ok(Group {
        owner,
        key: GroupKey { image_id, variant, country, status: status.0 },
        sums,
        asset_type,
        variance,
    })
}

fn parse_value(row: ValueRow) -> Result<(OwnerId, String, Counters)> {
    Ok((asked_owner(&row.owner)?, row.value, row.sums.counters()))
}

/// A value as it is reported. `None` for what Pixtally cannot have written, and where nothing was recorded: both belong to
/// [`OTHER`].
fn named(dimension: Dimension, value: String) -> Option<String> {
    match dimension {
        Dimension::ErrorReason if value.is_empty() => Some(NO_ERROR.to_owned()),
        Dimension::ErrorReason => Reason::parse(&value).map(|reason| reason.code().to_owned()),
        _ => (1..=MAX_VALUE).contains(&value.len()).then_some(value),
    }
}

/// `None` for what Pixtally cannot have written.
fn failed(row: FailedRow) -> Option<Detail> {
    let owner = parse_owner(&row.owner)?;
    let reason = Reason::parse(&row.reason)?.code();
    let status = u16::try_from(row.status.0).ok()?;
    let (first, last) = row.seen()?;
    let (path, referrer_host) = (failed_path(&row.path), row.referrer_host);
    let request = FailedRequest { status, reason, path, referrer_host };
    Some(Detail::Failed { owner, request, seen: Seen { requests: row.requests.0, first, last } })
}

/// The row that a group belongs to. A name that Pixtally cannot have written belongs to [`OTHER`].
fn row_key(owner: OwnerId, date: Date, key: GroupKey, asset_type: AssetType) -> RowKey {
    let named = |name: String, most: usize| {
        let possible = (1..=most).contains(&name.len()) && !name.chars().any(char::is_control);
        if possible { name } else { OTHER.to_owned() }
    };
    let combination = Combination {
        image_id: named(key.image_id, MAX_PATH),
        variant: named(key.variant, MAX_VARIANT),
        country: Country::of_code(Some(&key.country)),
        // The statement asks for 100 to 599 alone.
        status: u16::try_from(key.status).unwrap_or(599),
    };
    RowKey { owner, date, combination, asset_type }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::batch::source::tests::pages;
    use crate::cloudflare::api::Answer;
    use crate::cloudflare::api::tests::{Canned, now};
    use crate::domain::columns::{Blob, Double};
    use proptest::prelude::*;
    use rusqlite::Connection;
    use rusqlite::types::Value;
    use std::cell::Cell;
    use std::collections::BTreeMap;

    fn day() -> Date {
        Date::parse("2026-11-20").unwrap()
    }

    fn data_set() -> DataSet {
        DataSet::parse("hits").unwrap()
    }

    fn account() -> Tag {
        Tag::parse(&"a".repeat(32)).unwrap()
    }

    fn owner(number: u32) -> OwnerId {
        OwnerId::parse(&format!("{number:032x}")).unwrap()
    }

    fn engine<H: Http>(http: H, page_rows: usize) -> Engine<H> {
        Engine::new(http, account(), data_set(), day().plus(1).start(), page_rows, Privacy::Full)
    }

    #[derive(Debug, Clone)]
    struct Stored {
        /// Hours since the day's beginning.
        hour: i64,
        interval: u64,
        index: String,
        date: Date,
        image_id: String,
        variant: String,
        country: String,
        cache: &'static str,
        bytes: u64,
        status: u16,
        facets: StoredFacets,
    }

    #[derive(Debug, Clone, Default)]
    struct StoredFacets {
        content_type: &'static str,
        device: &'static str,
        referrer: &'static str,
        error: &'static str,
        path: String,
        user_agent: &'static str,
    }

    /// Analytics Engine's SQL, evaluated by SQLite.
    struct Sqlite {
        connection: Connection,
        /// Points that a statement may read; where it would read more, it reads every tenth.
        most: u64,
        asked: Cell<u32>,
    }

    impl Sqlite {
        fn new(points: &[Stored]) -> Self {
            let database = Connection::open_in_memory().unwrap();
            let blobs = Blob::ALL.map(Blob::name).join(" TEXT DEFAULT '', ");
            let doubles = Double::ALL.map(Double::name).join(" REAL, ");
            let table = format!(
                "CREATE TABLE hits (timestamp, _sample_interval, index1, {blobs} DEFAULT '', {doubles})"
            );
            database.execute_batch(&table).unwrap();
            let insert = "INSERT INTO hits (timestamp, _sample_interval, index1, blob1, blob2, blob3, blob4, blob5, \
                          double1, double2, double3, blob6, blob7, blob11, blob12, blob13, blob15) \
                          VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)";
            for it in points {
                let values = rusqlite::params![
                    second(it.hour),
                    it.interval as i64,
                    it.index,
                    it.date.to_string(),
                    it.image_id,
                    it.variant,
                    it.country,
                    it.cache,
                    it.bytes as f64,
                    it.bytes as f64 * 2.0,
                    it.status,
                    it.facets.content_type,
                    it.facets.device,
                    it.facets.referrer,
                    it.facets.error,
                    it.facets.path,
                    it.facets.user_agent,
                ];
                database.execute(insert, values).unwrap();
            }
            let sampled = format!(
                "CREATE VIEW sampled AS SELECT timestamp, _sample_interval * 10 AS _sample_interval, index1, {}, {}
                 FROM hits WHERE rowid % 10 = 0",
                Blob::ALL.map(Blob::name).join(", "),
                Double::ALL.map(Double::name).join(", ")
            );
            database.execute_batch(&sampled).unwrap();
            Self { connection: database, most: u64::MAX, asked: Cell::new(0) }
        }

        /// The points of the owners and the time that a statement is about, whatever else it asks for.
        fn reads(&self, sql: &str) -> u64 {
            let (_, from) = sql.split_once(" WHERE ").unwrap();
            let (conditions, _) = from.split_once(" GROUP BY ").unwrap();
            let is_read = |condition: &&str| {
                ["timestamp ", "index1 "].iter().any(|column| condition.starts_with(column))
            };
            let conditions: Vec<&str> = conditions.split(" AND ").filter(is_read).collect();
            let count = format!("SELECT count(*) FROM hits WHERE {}", conditions.join(" AND "));
            self.connection.query_row(&count, [], |row| row.get::<_, i64>(0)).unwrap() as u64
        }
    }

    impl Http for Sqlite {
        async fn post(&self, _: &str, _: &str, body: &str) -> Result<Answer> {
            let sql = body
                .replace(
                    "toStartOfInterval(timestamp, INTERVAL '1' DAY)",
                    "datetime(timestamp, 'unixepoch', 'start of day')",
                )
                .replace("min(timestamp)", "datetime(min(timestamp), 'unixepoch')")
                .replace("max(timestamp)", "datetime(max(timestamp), 'unixepoch')")
                .replace("toDateTime(", "(")
                .replace("if(", "iif(")
                .replace(" FORMAT JSON", "");
            self.asked.set(self.asked.get() + 1);
            let is_sampled = self.reads(&sql) > self.most;
            let sql = if is_sampled { sql.replace("FROM hits", "FROM sampled") } else { sql };
            let mut statement =
                self.connection.prepare(&sql).unwrap_or_else(|error| panic!("{error}: {sql}"));
            let names: Vec<String> = statement.column_names().into_iter().map(Into::into).collect();
            let mut data = Vec::new();
            let mut rows = statement.query([]).unwrap();
            while let Some(row) = rows.next().unwrap() {
                let mut object = serde_json::Map::new();
                for (index, name) in names.iter().enumerate() {
                    let value = match row.get_unwrap(index) {
                        Value::Integer(number) => number.to_string().into(),
                        Value::Real(number) => number.into(),
                        Value::Text(text) => text.into(),
                        other => panic!("{other:?}"),
                    };
                    object.insert(name.clone(), value);
                }
                data.push(object);
            }
            let body = serde_json::json!({"meta": [], "rows": data.len(), "data": data}).to_string();
            Ok(Answer { status: 200, retry_after: None, body })
        }
    }

    fn all_owners(http: &Sqlite, page_rows: usize) -> Vec<OwnerTotals> {
        pages(|cursor| now(engine(http, page_rows).owners(day(), cursor)))
    }

    fn all_rows(http: &Sqlite, owners: &[SourceOwner], page_rows: usize) -> Vec<SourceRow> {
        pages(|cursor| now(engine(http, page_rows).rows(day(), owners, cursor)))
    }

    fn all_details(http: &Sqlite, owners: &[SourceOwner], page_rows: usize) -> Details {
        let mut told = Details::default();
        for detail in pages(|cursor| now(engine(http, page_rows).details(day(), owners, cursor))) {
            let is_new = match detail {
                Detail::Value { owner, dimension, value, counters } => {
                    told.0.insert((owner, dimension, value), counters).is_none()
                }
                Detail::Failed { owner, request, seen } => told.1.insert((owner, request), seen).is_none(),
            };
            assert!(is_new, "something came twice");
        }
        told
    }

    /// Values and failed requests, by owner.
    type Details =
        (BTreeMap<(OwnerId, Dimension, String), Counters>, BTreeMap<(OwnerId, FailedRequest), Seen>);

    /// What some owners' points tell besides their rows.
    fn expected_details(points: &[Stored], owners: &[SourceOwner]) -> Details {
        let mut expected = Details::default();
        for point in points.iter().filter(|point| is_counted(point)) {
            let Some(owner) =
                parse_owner(&point.index).filter(|owner| owners.iter().any(|it| it.id == *owner))
            else {
                continue;
            };
            let facets = &point.facets;
            let reason = Reason::parse(facets.error).map(Reason::code);
            let error = if facets.error.is_empty() { NO_ERROR } else { reason.unwrap_or_default() };
            for (dimension, value) in [
                (Dimension::Format, facets.content_type),
                (Dimension::Cache, point.cache),
                (Dimension::Device, facets.device),
                (Dimension::Referrer, facets.referrer),
                (Dimension::ErrorReason, error),
                (Dimension::UserAgent, facets.user_agent),
            ] {
                if !value.is_empty() {
                    let key = (owner, dimension, value.to_owned());
                    expected.0.entry(key).or_default().add(&counted(point));
                }
            }
            if let Some(reason) = reason {
                let (path, referrer_host) = (facets.path.clone(), facets.referrer.to_owned());
                let request = FailedRequest { status: point.status, reason, path, referrer_host };
                let at = second(point.hour) as u64;
                let seen = Seen { requests: point.interval, first: at, last: at };
                let known = expected.1.entry((owner, request));
                known.and_modify(|known| known.add(&seen)).or_insert(seen);
            }
        }
        expected
    }

    fn second(hour: i64) -> i64 {
        day().start() as i64 / 1000 + hour * 3600
    }

    fn is_counted(point: &Stored) -> bool {
        point.date == day() && (-1..25).contains(&point.hour) && (100..600).contains(&point.status)
    }

    fn counted(point: &Stored) -> Counters {
        Counters {
            requests: point.interval,
            bandwidth_bytes: point.interval * point.bytes,
            cache_hits: if point.cache == "hit" { point.interval } else { 0 },
            cache_misses: if point.cache == "miss" { point.interval } else { 0 },
            source_bytes: point.interval * point.bytes * 2,
        }
    }

    fn sum<'a>(counters: impl Iterator<Item = &'a Counters>) -> Counters {
        counters.fold(Counters::default(), |mut sum, counters| {
            sum.add(counters);
            sum
        })
    }

    fn facets() -> impl Strategy<Value = StoredFacets> {
        let one_of = |values: &[&'static str]| prop::sample::select(values.to_vec());
        (
            one_of(&["image/jpeg", "video/mp4", ""]),
            one_of(&["Desktop", "Mobile", "(private)", ""]),
            one_of(&["N/A", "a.example", "b.example", "o'b"]),
            one_of(&["", "", "object_not_found", "internal_error", "nothing of ours"]),
            one_of(&["/a", "/a/'b\"", ""]),
            one_of(&["", "Mozilla/5.0 'x'", "curl"]),
        )
            .prop_map(|(content_type, device, referrer, error, path, user_agent)| StoredFacets {
                content_type,
                device,
                referrer,
                error,
                path: path.into(),
                user_agent,
            })
    }

    fn stored() -> impl Strategy<Value = Stored> {
        let one_of = |values: &[&'static str]| prop::sample::select(values.to_vec());
        let index = prop_oneof![
            9 => (0u32..4).prop_map(|number| owner(number).to_string()),
            1 => one_of(&["", "someone", "0000000000000000000000000000000A", "z'"]).prop_map(Into::into),
        ];
        (
            (-2i64..27, 1u64..5, index, prop::bool::weighted(0.9)),
            (
                one_of(&["a/1", "a/o'b", "a/''", "a/ä", "(missing)", "", "a/\n"]),
                one_of(&["original", "w1", "(none)"]),
                one_of(&["DE", "FR", "de", ""]),
            ),
            (
                one_of(&["hit", "miss", "bypass"]),
                0u64..1_000,
                prop::sample::select(vec![0u16, 200, 206, 404, 700]),
            ),
            facets(),
        )
            .prop_map(
                |(
                    (hour, interval, index, today),
                    (image_id, variant, country),
                    (cache, bytes, status),
                    facets,
                )| {
                    Stored {
                        facets,
                        hour,
                        interval,
                        index,
                        date: if today { day() } else { day().plus(1) },
                        image_id: image_id.into(),
                        variant: variant.into(),
                        country: country.into(),
                        cache,
                        bytes,
                        status,
                    }
                },
            )
    }

    proptest! {
        #[test]
        fn pages_of_any_size_tell_everything_once(
            points in prop::collection::vec(stored(), 0..80), page_rows in 1usize..6,
        ) {
            let http = Sqlite::new(&points);
            let mut expected: BTreeMap<OwnerId, (Counters, u64, f64)> = BTreeMap::new();
            let mut expected_rows: BTreeMap<(OwnerId, u16, &str), Counters> = BTreeMap::new();
            for point in points.iter().filter(|point| is_counted(point)) {
                let Some(owner) = parse_owner(&point.index) else { continue };
                let (counters, stored, variance) = expected.entry(owner).or_default();
                counters.add(&counted(point));
                *stored += 1;
                *variance += (point.interval * (point.interval - 1)) as f64;
                let image = if ["", "a/\n"].contains(&&point.image_id[..]) { OTHER } else { &point.image_id };
                expected_rows.entry((owner, point.status, image)).or_default().add(&counted(point));
            }
            let owners = all_owners(&http, page_rows);
            let totals: BTreeMap<_, _> =
                owners.iter().map(|it| (it.owner.id, (it.counters, it.points, it.variance))).collect();
            prop_assert_eq!(totals.len(), owners.len(), "an owner came twice");
            prop_assert_eq!(&totals, &expected);

            // A control character in a key cannot be asked beyond: such a page is an error, and never wrong.
            let odd = points.iter().any(|point| point.image_id.contains('\n'));
            let page_rows = if odd { 1_000 } else { page_rows };
            let owners: Vec<SourceOwner> = owners.into_iter().rev().map(|it| it.owner).collect();
            let mut rows: BTreeMap<(OwnerId, u16, &str), Counters> = BTreeMap::new();
            let told = all_rows(&http, &owners, page_rows);
            for SourceRow { key, counters, .. } in &told {
                prop_assert_eq!(key.date, day());
                rows.entry((key.owner, key.combination.status, &key.combination.image_id)).or_default().add(counters);
            }
            prop_assert_eq!(rows, expected_rows);
            let some: Vec<SourceOwner> = owners.iter().take(2).cloned().collect();
            let whole = sum(some.iter().map(|owner| &expected[&owner.id].0));
            prop_assert_eq!(sum(all_rows(&http, &some, page_rows).iter().map(|row| &row.counters)), whole);
            let variance: f64 = told.iter().map(|row| row.variance).sum();
            prop_assert_eq!(variance, expected.values().map(|(.., variance)| variance).sum::<f64>());
        }

        #[test]
        fn details_of_any_page_size_are_told_once(
            points in prop::collection::vec(stored(), 0..80), page_rows in 1usize..12, asked in 0usize..5,
        ) {
            let http = Sqlite::new(&points);
            let owners: Vec<SourceOwner> =
                (0..asked as u32).rev().map(|it| SourceOwner { id: owner(it), name: None }).collect();
            prop_assert_eq!(all_details(&http, &owners, page_rows), expected_details(&points, &owners));
        }
    }

    fn point(index: u32, image: &str) -> Stored {
        Stored {
            hour: 1,
            interval: 1,
            index: owner(index).to_string(),
            date: day(),
            image_id: image.into(),
            variant: "original".into(),
            country: "DE".into(),
            cache: "hit",
            bytes: 10,
            status: 200,
            facets: StoredFacets::default(),
        }
    }

    /// Points whose requests failed, each with a path of its own and one more often than the one before.
    fn failing(index: u32, paths: u64) -> impl Iterator<Item = Stored> {
        (1..=paths).map(move |number| {
            let facets = StoredFacets {
                error: "object_not_found",
                path: format!("/{number}"),
                ..StoredFacets::default()
            };
            Stored { interval: number, status: 404, facets, ..point(index, "(missing)") }
        })
    }

    #[test]
    fn of_too_many_failed_requests_each_owners_most_frequent_are_told() {
        let points: Vec<Stored> = failing(1, 250).chain(failing(2, 3)).collect();
        let http = Sqlite::new(&points);
        let owners: Vec<SourceOwner> = (1..3).map(|it| SourceOwner { id: owner(it), name: None }).collect();
        for (page_rows, expected) in
            [(1_000, [250, 3]), (254, [250, 3]), (253, [MAX_FAILED, 3]), (1, [MAX_FAILED, 3])]
        {
            let (_, failed) = all_details(&http, &owners, page_rows);
            let of = |index| failed.iter().filter(move |((of, _), _)| *of == owner(index));
            assert_eq!([of(1).count(), of(2).count()], expected, "{page_rows}");
            let least = of(1).map(|(_, seen)| seen.requests).min();
            assert_eq!(least, Some(251 - expected[0] as u64), "{page_rows}");
        }
    }

    #[test]
    fn of_an_owner_with_too_many_values_the_others_are_told_all_the_same() {
        let hosts = (0..70).map(|number| format!("{number:02}.example").leak() as &'static str);
        let mut points: Vec<Stored> = hosts
            .map(|referrer| Stored {
                facets: StoredFacets { referrer, ..StoredFacets::default() },
                ..point(1, "a/1")
            })
            .collect();
        points.push(Stored {
            facets: StoredFacets { referrer: "b.example", ..StoredFacets::default() },
            ..point(2, "a/1")
        });
        let http = Sqlite::new(&points);
        let owners: Vec<SourceOwner> = (1..3).map(|it| SourceOwner { id: owner(it), name: None }).collect();
        for (page_rows, expected) in [(100, 70), (1, MAX_VALUE_PAGES as usize)] {
            let (values, _) = all_details(&http, &owners, page_rows);
            let of = |index| {
                values.keys().filter(move |(of, dimension, _)| {
                    (*of, *dimension) == (owner(index), Dimension::Referrer)
                })
            };
            assert_eq!([of(1).count(), of(2).count()], [expected, 1], "{page_rows}");
        }
    }

    #[test]
    fn personal_columns_are_read_with_full_privacy_alone() {
        let mut point = point(1, "a/1");
        point.facets.user_agent = "curl";
        let http = Sqlite::new(&[point]);
        let owners = [SourceOwner { id: owner(1), name: None }];
        for (privacy, expected) in [(Privacy::Strict, 0), (Privacy::Standard, 0), (Privacy::Full, 1)] {
            let read = |cursor: Option<&str>| {
                let engine =
                    Engine::new(&http, account(), data_set(), day().plus(1).start(), PAGE_ROWS, privacy);
                now(engine.details(day(), &owners, cursor))
            };
            let is_personal = |detail: &&Detail| matches!(detail, Detail::Value { dimension, .. } if dimension.is_personal());
            assert_eq!(pages(read).iter().filter(is_personal).count(), expected, "{privacy}");
        }
    }

    #[test]
    fn more_owners_than_a_statement_names() {
        let points: Vec<Stored> = (0..450).map(|number| point(number, "a/1")).collect();
        let http = Sqlite::new(&points);
        let owners: Vec<SourceOwner> = (0..450).map(|it| SourceOwner { id: owner(it), name: None }).collect();
        for page_rows in [7, 200, 1_000] {
            let rows = all_rows(&http, &owners, page_rows);
            let told: Vec<OwnerId> = rows.iter().map(|row| row.key.owner).collect();
            assert_eq!(told, owners.iter().map(|owner| owner.id).collect::<Vec<_>>());
        }
        assert_eq!(all_rows(&http, &[], 7), []);
    }

    /// A hundred owners of ten points each, of which a sample sees one; and one of a thousand, which is sampled even alone.
    #[test]
    fn what_comes_sampled_is_asked_for_in_parts() {
        const LARGE: u32 = 70;
        let number = |owner: u32| if owner == LARGE { 1_000 } else { 10 };
        let referred = |owner: u32, number: u32| Stored {
            facets: StoredFacets {
                referrer: ["a.example", "b.example"][number as usize % 2],
                error: "object_not_found",
                path: "/x".into(),
                ..StoredFacets::default()
            },
            ..point(owner, "a/1")
        };
        let points: Vec<Stored> =
            (0..100).flat_map(|owner| (0..number(owner)).map(move |it| referred(owner, it))).collect();
        let http = Sqlite { most: 200, ..Sqlite::new(&points) };
        let exact = |id: OwnerId| id != owner(LARGE);
        for page_rows in [40, 10_000] {
            http.asked.set(0);
            let totals = all_owners(&http, page_rows);
            assert_eq!(totals.len(), 100);
            for it in &totals {
                let (requests, variance) = if exact(it.owner.id) { (10, 0.0) } else { (1_000, 9_000.0) };
                assert_eq!((it.counters.requests, it.variance), (requests, variance), "{:?}", it.owner);
            }
            let asked = http.asked.get();
            assert!(page_rows == 40 || asked < 30, "{asked}");
            let owners: Vec<SourceOwner> = totals.into_iter().map(|it| it.owner).collect();
            let rows = all_rows(&http, &owners, page_rows);
            assert_eq!(rows.len(), 100);
            for row in &rows {
                let (requests, variance) = if exact(row.key.owner) { (10, 0.0) } else { (1_000, 9_000.0) };
                assert_eq!(
                    (row.counters.requests, row.variance),
                    (requests, variance),
                    "{:?}",
                    row.key.owner
                );
            }
            let (values, failed) = all_details(&http, &owners, page_rows);
            let hosts: BTreeMap<OwnerId, Vec<u64>> = values
                .into_iter()
                .filter(|((_, dimension, _), _)| *dimension == Dimension::Referrer)
                .fold(BTreeMap::new(), |mut hosts, ((owner, ..), counters)| {
                    hosts.entry(owner).or_default().push(counters.requests);
                    hosts
                });
            let whole = hosts.iter().filter(|(_, requests)| **requests == [5, 5]).count();
            assert_eq!((hosts.len(), whole), (100, 99));
            let whole =
                failed.iter().filter(|((owner, _), seen)| exact(*owner) && seen.requests == 5).count();
            assert_eq!((failed.len(), whole), (199, 198));
        }
    }

    /// A busy owner's points stand for several hits since they were written: reading fewer owners at once would not help.
    #[test]
    fn what_was_sampled_when_it_was_written_is_not_asked_for_in_parts() {
        let busy = (0..50).map(|_| Stored { interval: 10, ..point(40, "a/1") });
        let others = (0..100).filter(|owner| *owner != 40).map(|owner| point(owner, "a/1"));
        let http = Sqlite::new(&others.chain(busy).collect::<Vec<_>>());
        let totals = all_owners(&http, 1_000);
        let owners: Vec<SourceOwner> = totals.iter().map(|it| it.owner.clone()).collect();
        let variance = |of: u32| totals.iter().find(|it| it.owner.id == owner(of)).unwrap().variance;
        assert_eq!((variance(40), variance(41)), (4_500.0, 0.0));
        assert_eq!(http.asked.replace(0), 1);
        all_rows(&http, &owners, 1_000);
        assert_eq!(http.asked.replace(0), 1);
        all_details(&http, &owners, 1_000);
        assert_eq!(http.asked.get(), 1 + engine(&http, 1).columns().count() as u32);
    }

    /// A statement that fails is no reason to forget what the ones before it said.
    #[test]
    fn ranges_that_were_read_are_kept_when_the_next_one_fails() {
        let row = |index: u32, resolution: u64| {
            serde_json::json!({
                "owner": owner(index).to_string(), "requests": 10, "bytes": 1, "cache_hits": 0, "cache_misses": 0,
                "source_bytes": 1, "points": 1, "squares": 100, "resolution": resolution
            })
        };
        let body =
            |rows: &[serde_json::Value]| serde_json::json!({"data": rows, "rows": rows.len()}).to_string();
        let (both, one) = (body(&[row(1, 10), row(2, 10)]), body(&[row(1, 1)]));
        let canned = Canned::new([(200, &*both), (200, &one), (500, "")]);
        let page = now(engine(&canned, 9).owners(day(), None)).unwrap();
        assert_eq!(page.items.iter().map(|it| it.owner.id).collect::<Vec<_>>(), [owner(1)]);
        let canned = Canned::new([(200, &*body(&[row(2, 1)]))]);
        let rest = now(engine(&canned, 9).owners(day(), page.next.as_deref())).unwrap();
        assert_eq!((rest.items.len(), rest.next), (1, None));
        let asked = canned.asked.borrow();
        assert!(asked[0].1.contains(&format!(" AND index1 > '{}' GROUP", owner(1))), "{}", asked[0].1);
    }

    #[test]
    fn a_page_that_is_exactly_full_is_followed_by_an_empty_one() {
        let http = Sqlite::new(&[point(1, "a/1"), point(1, "a/2"), point(1, "a/3")]);
        let owners = [SourceOwner { id: owner(1), name: None }];
        let first = now(engine(&http, 3).rows(day(), &owners, None)).unwrap();
        assert_eq!(first.items.len(), 3);
        let last = now(engine(&http, 3).rows(day(), &owners, first.next.as_deref())).unwrap();
        assert_eq!(last, Page { items: vec![], next: None });
        let page = now(engine(&http, 4).rows(day(), &owners, None)).unwrap();
        assert_eq!((page.items.len(), page.next), (3, None));
    }

    #[test]
    fn days_are_by_the_engines_own_time() {
        let http = Sqlite::new(&[point(1, "a/1"), Stored { hour: 24, interval: 5, ..point(1, "a/1") }]);
        let count =
            |date, requests: u64| DayCount { date, requests, variance: (requests * (requests - 1)) as f64 };
        assert_eq!(
            now(engine(&http, 3).days(day().minus(1), day().plus(1))),
            Ok(vec![count(day(), 1), count(day().plus(1), 5)])
        );
        assert_eq!(now(engine(&http, 3).days(day(), day())), Ok(vec![count(day(), 1)]));
        assert_eq!(now(engine(Canned::default(), 3).days(day().minus(300), day().minus(200))), Ok(vec![]));
    }

    #[test]
    fn what_is_older_than_three_months_is_not_asked_for() {
        let oldest = day().plus(1).minus(ENGINE_REACH_DAYS);
        let engine = engine(Canned::default(), 3);
        let date = oldest.minus(1);
        let error = SourceError::TooOld { source_name: "Analytics Engine", date, oldest };
        assert_eq!(now(engine.owners(date, None)), Err(error.clone()));
        assert_eq!(now(engine.rows(date, &[], None)), Err(error.clone()));
        assert_eq!(now(engine.details(date, &[], None)), Err(error));
    }

    #[test]
    fn a_new_data_set_has_no_rows_and_a_wrong_one_is_named() {
        let unknown = (422, "unknown table: hits");
        let untyped = (422, "unable to find type of column: double3");
        let tables = |names: &[&str]| {
            let data: Vec<_> = names.iter().map(|name| serde_json::json!({"dataset": name})).collect();
            serde_json::json!({"meta": [], "data": data, "rows": data.len()}).to_string()
        };
        for (answer, names) in [(unknown, &[][..]), (untyped, &["other", "hits"])] {
            let tables = tables(names);
            let canned = Canned::new([answer, (200, &tables), answer]);
            let engine = engine(&canned, 3);
            assert_eq!(now(engine.owners(day(), None)), Ok(Page { items: vec![], next: None }));
            assert_eq!(now(engine.days(day(), day())), Ok(vec![]), "the data sets are asked for once");
            assert_eq!(canned.asked.borrow()[1].1, "SHOW TABLES FORMAT JSON");
        }
        let canned = Canned::new([(422, "unknown table"), (422, "unknown table")]);
        assert_eq!(now(engine(&canned, 3).days(day(), day())), Ok(vec![]));

        let tables = tables(&["a", "b", "c", "d", "e", "f"]);
        let canned = Canned::new([unknown, (200, &tables)]);
        let Err(SourceError::Query(message)) = now(engine(&canned, 3).owners(day(), None)) else { panic!() };
        for part in ["data set hits", "a, b, c, d, e and others;", "ANALYTICS_DATASET"] {
            assert!(message.contains(part), "{message}");
        }
        assert!(!message.contains(", f"), "{message}");
    }

    #[test]
    fn failures_pass_through() {
        let limited = SourceError::RateLimited { retry_after: None };
        for (status, body, expected) in [
            (401, "no", SourceError::Refused { status: 401, message: "no".into() }),
            (429, "", limited),
            (500, "", SourceError::Server(500)),
            (400, "syntax", SourceError::Query("syntax".into())),
        ] {
            let canned = Canned::new([(status, body); 5]);
            let engine = engine(&canned, 3);
            let owners = [SourceOwner { id: owner(1), name: None }];
            let failed = to_text(&DetailsCursor { column: 99, ..DetailsCursor::default() });
            for cursor in [None, Some(&*failed)] {
                assert_eq!(now(engine.details(day(), &owners, cursor)), Err(expected.clone()));
            }
            assert_eq!(now(engine.owners(day(), None)), Err(expected.clone()));
            assert_eq!(now(engine.rows(day(), &owners, None)), Err(expected.clone()));
            assert_eq!(now(engine.days(day(), day())), Err(expected));
        }
    }

    #[test]
    fn rows_out_of_order_and_cursors_of_something_else_are_refused() {
        let row = |index: u32, image: &str| {
            serde_json::json!({
                "owner": owner(index).to_string(), "image_id": image, "variant": "original", "country": "DE",
                "status": 200, "requests": "1", "bytes": 1, "cache_hits": "1", "cache_misses": "0", "source_bytes": 1, "asset_type": 0, "squares": "1", "resolution": 1
            })
        };
        let owners = [SourceOwner { id: owner(1), name: None }, SourceOwner { id: owner(2), name: None }];
        let read = |rows: &[serde_json::Value], cursor: Option<&str>| {
            let body = serde_json::json!({"data": rows, "rows": rows.len()}).to_string();
            now(engine(Canned::new([(200, &body[..])]), 2).rows(day(), &owners, cursor))
        };
        let page = read(&[row(1, "a/1"), row(1, "a/2")], None).unwrap();
        let cursor = page.next.as_deref();
        assert_eq!(page.items[0].counters.requests, 1);
        assert!(read(&[row(1, "a/3"), row(2, "a/1")], cursor).is_ok());
        for rows in
            [[row(1, "a/2"), row(1, "a/3")], [row(1, "a/4"), row(1, "a/3")], [row(2, "a/1"), row(1, "a/3")]]
        {
            assert!(matches!(read(&rows, cursor), Err(SourceError::Unreadable(_))), "{rows:?}");
        }
        for cursor in ["", "{}", r#"{"owner":"x","key":null}"#] {
            assert!(matches!(read(&[], Some(cursor)), Err(SourceError::Query(_))), "{cursor}");
            let details = now(engine(Canned::default(), 2).details(day(), &owners, Some(cursor)));
            assert!(matches!(details, Err(SourceError::Query(_))), "{cursor}");
        }
    }

    #[test]
    fn values_out_of_order_and_of_others_are_refused() {
        let row = |index: &str, value: &str| {
            serde_json::json!({
                "owner": index, "value": value,
                "requests": "1", "bytes": 1, "cache_hits": "1", "cache_misses": "0", "source_bytes": 1, "resolution": 1
            })
        };
        let owners = [SourceOwner { id: owner(1), name: None }, SourceOwner { id: owner(2), name: None }];
        let (one, two) = (owner(1).to_string(), owner(2).to_string());
        let after = DetailsCursor {
            column: 2,
            after: Some((owner(1), "b".into())),
            pages: 1,
            ..DetailsCursor::default()
        };
        let read = |rows: &[serde_json::Value]| {
            let body = serde_json::json!({"data": rows, "rows": rows.len()}).to_string();
            now(engine(Canned::new([(200, &body[..])]), 9).details(day(), &owners, Some(&to_text(&after))))
        };
        let page = read(&[row(&one, "c"), row(&two, "a")]).unwrap();
        assert_eq!(page.items.len(), 2);
        assert_eq!(page.next, Some(to_text(&DetailsCursor { column: 3, ..DetailsCursor::default() })));
        for rows in [
            [row(&one, "b"), row(&two, "a")],
            [row(&two, "a"), row(&one, "c")],
            [row(&two, "a"), row(&two, "a")],
            [row(&one, "c"), row("someone", "a")],
        ] {
            assert!(matches!(read(&rows), Err(SourceError::Unreadable(_))), "{rows:?}");
        }
    }
}
