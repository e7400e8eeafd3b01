//! What `GET /v1/analytics/status` and `/healthz` read.

use futures_util::future::try_join;
use serde::Deserialize;

use crate::domain::date::Date;
use crate::domain::date_range::DateRange;
use crate::domain::reconcile::ReportedSource;
use crate::domain::report::status::{ClosedDay, Known, LastRun, UncountedReport};
use crate::domain::uncounted::Cause;

use super::db::{Database, Param, Result, Statement, flag, json};
use super::runs::{Run, State};
use super::{rebuilt, sql};

/// The days that are closed, of some owners or of all.
pub async fn closed_days(
    db: &impl Database,
    owners: Option<&[String]>,
    range: &DateRange,
) -> Result<Vec<ClosedDay>> {
    #[derive(Deserialize)]
    struct Day {
        date: Date,
        source: ReportedSource,
        #[serde(with = "flag")]
        estimated: bool,
        error: u64,
    }
    let owners = owners.map(|owners| json(&owners));
    let (start, end) = (range.start().to_string(), range.end().to_string());
    let owners = owners.as_deref().map_or(Param::Null, Param::Text);
    let days: Vec<Day> =
        db.query(Statement(sql::STATUS_DAYS, &[owners, Param::Text(&start), Param::Text(&end)])).await?;
    let closed = |day: Day| ClosedDay {
        date: day.date,
        source: day.source,
        estimated: day.estimated,
        error: day.error,
    };
    Ok(days.into_iter().map(closed).collect())
}

/// The last run of each day.
pub async fn last_runs(db: &impl Database, range: &DateRange) -> Result<Vec<(Date, LastRun)>> {
    let (start, end) = (range.start().to_string(), range.end().to_string());
    let runs: Vec<Run> =
        db.query(Statement(sql::RUN_LATEST, &[Param::Text(&start), Param::Text(&end)])).await?;
    let last = |run: Run| {
        let last = LastRun {
            done: run.state == State::Done,
            is_final: run.is_final,
            has_engine: run.source.as_deref().is_some_and(|source| source.contains("engine")),
            drift: run.drift,
            error: run.error,
        };
        (run.date, last)
    };
    Ok(runs.into_iter().map(last).collect())
}

/// Of which days anything is known.
pub async fn known(db: &impl Database, range: &DateRange) -> Result<Known> {
    let (runs, first) = try_join(last_runs(db, range), rebuilt::first_day(db)).await?;
    Ok(Known { closed: Vec::new(), runs: runs.into_iter().collect(), first })
}

/// What realtime counting left out.
pub async fn uncounted(db: &impl Database, range: &DateRange) -> Result<UncountedReport> {
    #[derive(Deserialize)]
    struct Left {
        cause: Cause,
        requests: u64,
        #[serde(with = "flag")]
        restored: bool,
        #[serde(rename = "final", with = "flag")]
        is_final: bool,
    }
    let (start, end) = (range.start().to_string(), range.end().to_string());
    let rows: Vec<Left> =
        db.query(Statement(sql::UNCOUNTED, &[Param::Text(&start), Param::Text(&end)])).await?;
    let mut report = UncountedReport::default();
    for row in rows {
        match row.cause {
            Cause::Lost => report.lost_requests += row.requests,
            Cause::Shed => {
                if row.is_final && !row.restored {
                    report.lost_requests += row.requests;
                    continue;
                }
                report.shed_requests += row.requests;
                if !row.restored {
                    report.shed_requests_to_restore += row.requests;
                }
            }
        }
    }
    Ok(report)
}
