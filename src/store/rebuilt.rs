//! What the nightly job makes of a day: rows and decisions staged unseen, published in one batch.

use serde::{Deserialize, Serialize};

use crate::domain::counters::Counters;
use crate::domain::date::Date;
use crate::domain::owner::{OwnerId, OwnerName};
use crate::domain::reconcile::{Realtime, Rebuilt, ReportedSource};
use crate::domain::row_key::RowKey;
use crate::domain::row_key::columns;
use crate::domain::segment::Segment;

use super::db::{Database, Param, Result, Statement, json, json_parts};
use super::runs::Run;
use super::{meta, runs, segments, sql};

/// Most rows deleted by one statement.
const DROP_CHUNK: u32 = 20_000;

/// What is reported of an owner's day.
pub struct Reported {
    pub run: u32,
    pub rebuilt: Rebuilt,
}

/// What D1 has of an owner's day.
#[derive(Default)]
pub struct OwnerDay {
    pub realtime: Realtime,
    pub reported: Option<Reported>,
    /// The run has decided on it already.
    pub is_staged: bool,
}

/// A decision on an owner's day, see `aggregation_staged`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Staged {
    pub owner: OwnerId,
    pub name: Option<OwnerName>,
    /// 0 for realtime.
    pub reported_run: u32,
    pub source: ReportedSource,
    /// What was decided on.
    pub requests: u64,
    pub error: u64,
    pub dropped_run: u32,
    pub unread: bool,
}

/// What was read of an owner's day, and what had been decided on.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Read {
    pub owner: OwnerId,
    pub name: Option<String>,
    /// Requests by the totals, and the error of them.
    pub decided: u64,
    pub decided_error: u64,
    /// Of `counters.requests`.
    pub variance: f64,
    #[serde(flatten)]
    pub counters: Counters,
}

impl From<Read> for Unread {
    fn from(read: Read) -> Self {
        Self { owner: read.owner.to_string(), name: read.name }
    }
}

/// A decision on an owner's day that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Weighed {
    pub owner: OwnerId,
    /// 0 for realtime.
    pub reported_run: u32,
    pub source: ReportedSource,
    pub requests: u64,
    pub error: u64,
    pub dropped_run: u32,
    /// What the run has read of it goes, too.
    pub is_unfit: bool,
}

/// An owner whose rows are to be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unread {
    pub owner: String,
    pub name: Option<String>,
}

#[derive(Deserialize)]
struct Sums {
    owner: String,
    requests: u64,
    bandwidth_bytes: u64,
    cache_hits: u64,
    cache_misses: u64,
    source_bytes: u64,
    run: Option<u32>,
    source: Option<ReportedSource>,
    error: Option<u64>,
}

impl Sums {
    fn counters(&self) -> Counters {
        Counters {
            requests: self.requests,
            bandwidth_bytes: self.bandwidth_bytes,
            cache_hits: self.cache_hits,
            cache_misses: self.cache_misses,
            source_bytes: self.source_bytes,
        }
    }
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Answer {
    Sums(Sums),
    Staged { owner: String },
}

/// What D1 has of some owners' day, in the order asked for.
pub async fn owner_days(
    db: &impl Database,
    owners: &[OwnerId],
    date: Date,
    run: u32,
) -> Result<Vec<OwnerDay>> {
    let keys: Vec<String> = owners.iter().map(OwnerId::to_string).collect();
    let (encoded, date) = (json(&keys), date.to_string());
    let params = [Param::Text(&encoded), Param::Text(&date)];
    let staged = [Param::Text(&encoded), Param::Count(run)];
    let answers: Vec<Vec<Answer>> = db
        .batch(&[
            Statement(sql::DAY_REALTIME, &params),
            Statement(sql::DAY_PUBLISHED, &params),
            Statement(sql::DAY_STAGED, &staged),
        ])
        .await?;
    let mut found: std::collections::HashMap<&str, OwnerDay> = std::collections::HashMap::new();
    for answer in answers.iter().flatten() {
        match answer {
            Answer::Staged { owner } => found.entry(owner).or_default().is_staged = true,
            Answer::Sums(sums) => {
                let day = found.entry(&sums.owner).or_default();
                match (sums.run, sums.source) {
                    (Some(run), Some(source)) => day.reported = reported(run, source, sums),
                    _ => day.realtime = Realtime { counters: sums.counters() },
                }
            }
        }
    }
    Ok(keys.iter().map(|owner| found.remove(owner.as_str()).unwrap_or_default()).collect())
}

/// `None` where realtime is reported.
fn reported(run: u32, source: ReportedSource, sums: &Sums) -> Option<Reported> {
    let rebuilt = Rebuilt { source, counters: sums.counters(), error: sums.error.unwrap_or_default() };
    (run != 0).then_some(Reported { run, rebuilt })
}

/// The encoding that `stage_decisions.sql` reads.
fn encode_decisions(staged: &[Staged]) -> String {
    let rows: Vec<_> = staged
        .iter()
        .map(|it| {
            let name = it.name.as_ref().map(OwnerName::as_str);
            let unread = u8::from(it.unread);
            (
                it.owner,
                name,
                it.reported_run,
                it.source.as_str(),
                it.requests,
                it.error,
                it.dropped_run,
                unread,
            )
        })
        .collect();
    json(&rows)
}

/// Stages decisions, and saves the run's step with them; whether the run still stood there.
pub async fn stage_decisions(db: &impl Database, run: &Run, staged: &[Staged]) -> Result<bool> {
    let decisions = encode_decisions(staged);
    let params = [Param::Text(&decisions), Param::Count(run.id), Param::Count(run.step)];
    let writes = [Statement(sql::STAGE_DECISIONS, &params)];
    runs::save(db, run, if staged.is_empty() { &[] } else { &writes }).await
}

/// Stages a page of rows, and saves the run's step with it; whether the run still stood there. `variances` are those of the
/// requests in it, of owners whose rows are sampled; `complete` are the owners of whom this was the last page.
pub async fn stage_rows(
    db: &impl Database,
    run: &Run,
    rows: &[(RowKey, Counters)],
    variances: &[(OwnerId, f64)],
    complete: &[OwnerId],
) -> Result<bool> {
    let parts = json_parts(rows.iter().map(|(key, counters)| {
        let RowKey { owner, date, combination, asset_type } = key;
        columns((*owner, *date), combination, *asset_type, counters, 0)
    }));
    let (id, step) = (Param::Count(run.id), Param::Count(run.step));
    let pages: Vec<[Param<'_>; 3]> = parts.iter().map(|part| [Param::Text(part), id, step]).collect();
    let (variance, owners) = (json(&variances), json(&complete));
    let (sampled, read) = ([Param::Text(&variance), id, step], [Param::Text(&owners), id, step]);
    let mut writes: Vec<Statement<'_>> = pages.iter().map(|page| Statement(sql::STAGE_ROWS, page)).collect();
    if !variances.is_empty() {
        writes.push(Statement(sql::STAGE_VARIANCE, &sampled));
    }
    if !complete.is_empty() {
        writes.push(Statement(sql::STAGE_READ, &read));
    }
    runs::save(db, run, &writes).await
}

/// Stages segments, and saves the run's step with them; whether the run still stood there.
pub async fn stage_segments(db: &impl Database, run: &Run, segments: &[Segment]) -> Result<bool> {
    let parts = segments::encode(segments);
    let (id, step) = (Param::Count(run.id), Param::Count(run.step));
    let numbered = (0..).zip(&parts);
    let pages: Vec<[Param<'_>; 4]> =
        numbered.map(|(number, part)| [Param::Text(part), id, step, Param::Count(number)]).collect();
    let writes: Vec<Statement<'_>> = pages.iter().map(|page| Statement(sql::STAGE_SEGMENTS, page)).collect();
    runs::save(db, run, &writes).await
}

/// Marks what a run has staged from a source as to be dropped, and saves the run's step; whether it still stood there.
pub async fn discard(db: &impl Database, run: &Run, source: ReportedSource) -> Result<bool> {
    let params = [Param::Count(run.id), Param::Count(run.step), Param::Text(source.as_str())];
    runs::save(db, run, &[Statement(sql::STAGE_DISCARD, &params)]).await
}

/// Publishes a run's day, its month and its date, and saves the run's step, all in one batch; whether the run still
/// stood there. `decisions` is the run whose decisions count, 0 for nobody's; `closes` says whether the day counts as
/// closed.
pub async fn publish(db: &impl Database, run: &Run, decisions: u32, closes: bool) -> Result<bool> {
    let (id, step) = (Param::Count(run.id), Param::Count(run.step));
    let (day, month) = (run.date.to_string(), run.date.month());
    let days = [Param::Text(&day), id, step, Param::Count(decisions)];
    let months = [Param::Text(&month)];
    let key = Param::Text(meta::LAST_AGGREGATION_DATE);
    let closed = [key, Param::Text(&day), Param::Text(&run.updated_at), id, step];
    let mut writes = vec![Statement(sql::PUBLISH_DAYS, &days), Statement(sql::PUBLISH_MONTH, &months)];
    if closes {
        writes.push(Statement(sql::PUBLISH_DATE, &closed));
    }
    runs::save(db, run, &writes).await
}

/// Forgets what a run has decided, all of it or from one source.
pub async fn clear(db: &impl Database, run: u32, source: Option<ReportedSource>) -> Result<()> {
    let source = source.map_or(Param::Null, |source| Param::Text(source.as_str()));
    db.apply(&[Statement(sql::STAGE_CLEAR, &[Param::Count(run), source])]).await?;
    Ok(())
}

/// Owners whose rows a run has still to read, in key order.
pub async fn unread(db: &impl Database, run: u32, limit: u32) -> Result<Vec<Unread>> {
    db.query(Statement(sql::STAGE_UNREAD, &[Param::Count(run), Param::Count(limit)])).await
}

/// What the rows add up to that a run has read of a source, in key order of the owners; each was decided on.
pub async fn read(
    db: &impl Database,
    run: &Run,
    source: ReportedSource,
    after: Option<&str>,
    limit: u32,
) -> Result<Vec<Read>> {
    let date = run.date.to_string();
    let params = [
        Param::Count(run.id),
        Param::Text(source.as_str()),
        Param::Text(&date),
        Param::Text(after.unwrap_or_default()),
        Param::Count(limit),
    ];
    db.query(Statement(sql::STAGE_SUMS, &params)).await
}

/// Puts decisions in the place of earlier ones, and saves the run's step with them; whether the run still stood there.
pub async fn stage_weighed(db: &impl Database, run: &Run, weighed: &[Weighed]) -> Result<bool> {
    let rows: Vec<_> = weighed
        .iter()
        .map(|it| {
            let Weighed { owner, reported_run, source, requests, error, dropped_run, is_unfit } = it;
            (owner, reported_run, source.as_str(), requests, error, dropped_run, u8::from(*is_unfit))
        })
        .collect();
    let rows = json(&rows);
    let params = [Param::Text(&rows), Param::Count(run.id), Param::Count(run.step)];
    runs::save(db, run, &[Statement(sql::STAGE_WEIGHED, &params)]).await
}

/// What realtime counting has of a day, all owners together.
pub async fn realtime_total(db: &impl Database, date: Date) -> Result<u64> {
    #[derive(Deserialize)]
    struct Total {
        requests: u64,
    }
    let total: Option<Total> = db.first(Statement(sql::DAY_TOTAL, &[Param::Text(&date.to_string())])).await?;
    Ok(total.map_or(0, |total| total.requests))
}

/// The oldest day that has rows.
pub async fn first_day(db: &impl Database) -> Result<Option<Date>> {
    #[derive(Deserialize)]
    struct First {
        date: Option<Date>,
    }
    let first: Option<First> = db.first(Statement(sql::FIRST_DAY, &[])).await?;
    Ok(first.and_then(|first| first.date))
}

/// Deletes some of the rows that a run's decisions have made superfluous; whether none is left.
pub async fn drop_rows(db: &impl Database, run: &Run) -> Result<bool> {
    let date = run.date.to_string();
    let params = [Param::Text(&date), Param::Count(run.id), Param::Count(DROP_CHUNK)];
    let dropped = db
        .apply(&[
            Statement(sql::STAGE_DROP_ROWS, &params),
            Statement(sql::STAGE_DROP_BREAKDOWNS, &params),
            Statement(sql::STAGE_DROP_ERRORS, &params),
            Statement(sql::STAGE_DROP_SEGMENTS, &params),
        ])
        .await?;
    Ok(dropped.iter().all(|rows| *rows < u64::from(DROP_CHUNK)))
}
