//! `aggregation_runs`: the nightly job's runs, saved step by step.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::domain::date::{Date, Millis, parse_timestamp, timestamp};
use crate::domain::night::DayRuns;

use super::db::{Database, Param, Result, Statement, flag, json};
use super::sql;

/// What a run does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Rebuilds a day.
    Aggregate,
    /// Deletes days that are older than the retention.
    Purge,
    /// Measures what stands in R2.
    Storage,
    /// A trigger that stands for neither.
    Unknown,
}

impl Kind {
    fn as_str(self) -> &'static str {
        match self {
            Self::Aggregate => "aggregate",
            Self::Purge => "purge",
            Self::Storage => "storage",
            Self::Unknown => "unknown",
        }
    }
}

/// Who asked for a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Origin {
    Cron,
    Admin,
}

impl Origin {
    fn as_str(self) -> &'static str {
        match self {
            Self::Cron => "cron",
            Self::Admin => "admin",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum State {
    Queued,
    Running,
    Done,
    Failed,
}

impl State {
    pub fn is_open(self) -> bool {
        matches!(self, Self::Queued | Self::Running)
    }
}

/// A run as it is stored. Times are RFC 3339 in UTC.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Run {
    pub id: u32,
    pub kind: Kind,
    pub date: Date,
    pub origin: Origin,
    pub state: State,
    /// Counts saved steps.
    pub step: u32,
    /// What is needed to go on, as JSON.
    pub progress: String,
    pub created_at: String,
    pub started_at: Option<String>,
    pub updated_at: String,
    pub finished_at: Option<String>,
    pub resume_after: Option<String>,
    /// Failures in a row at the current step.
    pub attempts: u32,
    pub busy_ms: u64,
    pub source: Option<String>,
    pub rows: u64,
    pub owners_changed: u64,
    pub realtime_requests: Option<u64>,
    pub batch_requests: Option<u64>,
    pub control_requests: Option<u64>,
    pub drift: Option<f64>,
    #[serde(with = "flag")]
    pub sampled: bool,
    /// Every source that was asked was read to its end.
    #[serde(rename = "whole", with = "flag")]
    pub is_whole: bool,
    /// Everything that Analytics Engine has of the day is reported.
    #[serde(rename = "restored", with = "flag")]
    pub is_restored: bool,
    #[serde(rename = "final", with = "flag")]
    pub is_final: bool,
    pub outcome: Option<String>,
    pub error: Option<String>,
}

impl Run {
    /// Whether it may not go on yet.
    pub fn waits(&self, now: Millis) -> bool {
        self.resume_after.as_ref().is_some_and(|after| *after > timestamp(now))
    }
}

/// Queues a run unless one of its kind and day is unfinished, or any listing of the bucket; either way, the one that is unfinished
/// now.
pub async fn queue(
    db: &impl Database,
    kind: Kind,
    date: Date,
    origin: Origin,
    now: &str,
    resume_after: Option<&str>,
) -> Result<Option<Run>> {
    let (days, date) = (json(&[date]), date.to_string());
    let [kind, days, date, origin, now] =
        [kind.as_str(), &days, &date, origin.as_str(), now].map(Param::Text);
    let insert = [kind, days, origin, now, resume_after.map_or(Param::Null, Param::Text)];
    let open = [kind, date];
    let rows = db.batch(&[Statement(sql::RUN_INSERT, &insert), Statement(sql::RUN_OPEN, &open)]).await?;
    Ok(rows.into_iter().flatten().next())
}

/// Queues a run for each of some days of which none is unfinished.
pub async fn queue_all(db: &impl Database, days: &[Date], now: &str) -> Result<()> {
    let days = json(&days);
    let [kind, days, origin, now] =
        [Kind::Aggregate.as_str(), &days, Origin::Cron.as_str(), now].map(Param::Text);
    db.apply(&[Statement(sql::RUN_INSERT, &[kind, days, origin, now, Param::Null])]).await?;
    Ok(())
}

/// Records a trigger that stands for nothing.
pub async fn record_unknown(db: &impl Database, today: Date, now: &str, error: &str) -> Result<()> {
    let today = today.to_string();
    db.apply(&[Statement(sql::RUN_UNKNOWN, &[&today, now, error].map(Param::Text))]).await?;
    Ok(())
}

pub async fn get(db: &impl Database, id: u32) -> Result<Option<Run>> {
    db.first(Statement(sql::RUN_GET, &[Param::Count(id)])).await
}

/// The unfinished run of the oldest day that may go on now.
pub async fn next(db: &impl Database, kind: Kind, now: &str) -> Result<Option<Run>> {
    db.first(Statement(sql::RUN_NEXT, &[Param::Text(kind.as_str()), Param::Text(now)])).await
}

/// The last run of a kind that has ended.
pub async fn last(db: &impl Database, kind: Kind) -> Result<Option<Run>> {
    db.first(Statement(sql::RUN_LAST, &[Param::Text(kind.as_str())])).await
}

/// The last runs, latest first.
pub async fn list(db: &impl Database, limit: u32) -> Result<Vec<Run>> {
    db.query(Statement(sql::RUN_LIST, &[Param::Count(limit)])).await
}

/// What the runs since `first` have come to.
pub async fn days(db: &impl Database, first: Date) -> Result<BTreeMap<Date, DayRuns>> {
    #[derive(Deserialize)]
    struct Day {
        date: Date,
        done_from: Option<String>,
        #[serde(rename = "final", with = "flag")]
        is_final: bool,
    }
    let first = first.to_string();
    let days: Vec<Day> = db.query(Statement(sql::RUN_DAYS, &[Param::Text(&first)])).await?;
    let runs = |day: Day| {
        let done_from = day.done_from.as_deref().and_then(parse_timestamp);
        (day.date, DayRuns { done_from, is_final: day.is_final })
    };
    Ok(days.into_iter().map(runs).collect())
}

/// The next step of a run: `writes` and the run as it is afterwards, in one batch, of which nothing is written unless
/// the run still stands at the step that `run` was read at. Whether it did.
///
/// # Errors
///
/// When D1 refused the batch or its answer was lost. Then [`get`] tells whether the step was saved.
pub async fn save(db: &impl Database, run: &Run, writes: &[Statement<'_>]) -> Result<bool> {
    let after = serde_json::to_string(run).expect("texts and numbers always encode");
    let params = [Param::Count(run.id), Param::Count(run.step), Param::Text(&after)];
    let mut statements: Vec<Statement<'_>> =
        writes.iter().map(|Statement(sql, params)| Statement(sql, params)).collect();
    statements.push(Statement(sql::RUN_SAVE, &params));
    Ok(db.apply(&statements).await?.last() == Some(&1))
}
