//! `/v1/admin/*`: runs of the nightly job at an administrator's wish.
//!
//! Every POST that finds its run unfinished resumes it after the answer, for as long as the platform lets it. A GET changes
//! nothing.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use worker::Response;

use super::auth;
use super::call::{Call, json};
use super::error::{ApiError, ApiResult};
use crate::batch;
use crate::domain::date::Date;
use crate::domain::scope::Scope;
use crate::store::db::DbError;
use crate::store::runs::{self, Kind, Origin, Run, State};

/// `POST /v1/admin/aggregate`
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAggregation {
    /// The UTC day to rebuild, YYYY-MM-DD.
    date: String,
}

/// A run of the nightly job.
#[derive(Debug, Serialize, ToSchema)]
pub struct RunReport {
    pub id: u32,
    pub kind: Kind,
    /// The day that is rebuilt or measured; for a purge, the first day that is kept.
    #[schema(value_type = String, format = Date)]
    pub date: Date,
    pub state: State,
    pub origin: Origin,
    /// RFC 3339, UTC, like all times.
    pub created_at: String,
    pub started_at: Option<String>,
    pub updated_at: String,
    pub finished_at: Option<String>,
    /// The run waits until then, for the end of the day or because of a rate limit.
    pub resume_after: Option<String>,
    /// Working time in milliseconds.
    pub duration_ms: u64,
    /// The sources that were read: `engine`, `zone`, or both.
    pub source: Option<String>,
    /// Rows written, rows deleted by a purge, or objects listed by a storage measurement.
    pub rows: u64,
    /// Owners with another source than before.
    pub owners_changed: u64,
    /// Requests of the real-time count.
    pub realtime_requests: Option<u64>,
    /// Requests of the source.
    pub batch_requests: Option<u64>,
    /// Cloudflare's own count of the data points; null if it couldn't be read.
    pub control_requests: Option<u64>,
    /// (source - control total) / control total, both by Analytics Engine's clock.
    pub drift: Option<f64>,
    /// The source was sampled.
    pub sampled: bool,
    /// The day needs no further run.
    #[serde(rename = "final")]
    pub is_final: bool,
    pub outcome: Option<String>,
    pub error: Option<String>,
}

impl From<Run> for RunReport {
    fn from(run: Run) -> Self {
        Self {
            id: run.id,
            kind: run.kind,
            date: run.date,
            state: run.state,
            origin: run.origin,
            created_at: run.created_at,
            started_at: run.started_at,
            updated_at: run.updated_at,
            finished_at: run.finished_at,
            resume_after: run.resume_after,
            duration_ms: run.busy_ms,
            source: run.source,
            rows: run.rows,
            owners_changed: run.owners_changed,
            realtime_requests: run.realtime_requests,
            batch_requests: run.batch_requests,
            control_requests: run.control_requests,
            drift: run.drift,
            sampled: run.sampled,
            is_final: run.is_final,
            outcome: run.outcome,
            error: run.error,
        }
    }
}

#[utoipa::path(
    post,
    path = "/v1/admin/aggregate",
    operation_id = "aggregate_day",
    description = "Rebuilds a day from Cloudflare's analytics, or resumes an unfinished run of that day. Scope: `admin`.",
    request_body = NewAggregation,
    responses((status = 202, body = RunReport), (status = "4XX", body = super::error::Envelope), (status = 503, body = super::error::Envelope)),
    security(("bearer" = []), ("basic" = [])),
)]
pub async fn aggregate(call: &mut Call) -> ApiResult<worker::Result<Response>> {
    auth::caller(call, Scope::Admin).await?;
    call.allow(&[])?;
    let asked: NewAggregation = call.body().await?;
    let date = Date::parse(&asked.date)
        .map_err(|error| ApiError::bad_parameter("date", "date_malformed", error.to_string()))?;
    let today = call.today();
    if date >= today {
        let message =
            format!("{date} isn't over yet (today is {today}, UTC). Choose {} or earlier.", today.minus(1));
        return Err(ApiError::bad_request("date_not_over", message));
    }
    let oldest = batch::oldest_day(&call.env, today, call.config.retention_days).await?;
    if date < oldest {
        let message = format!("{date} is older than the data we keep. Choose {oldest} or later.");
        return Err(ApiError::bad_request("date_too_old", message));
    }
    accepted(call, batch::queue_day(&call.env, date).await?)
}

#[utoipa::path(
    post,
    path = "/v1/admin/purge",
    operation_id = "purge_days",
    description = "Deletes days that are older than the retention. Months are kept. Scope: `admin`.",
    responses((status = 202, body = RunReport), (status = "4XX", body = super::error::Envelope), (status = 503, body = super::error::Envelope)),
    security(("bearer" = []), ("basic" = [])),
)]
pub async fn purge(call: &Call) -> ApiResult<worker::Result<Response>> {
    auth::caller(call, Scope::Admin).await?;
    call.allow(&[])?;
    accepted(call, batch::queue_purge(&call.env, call.config.retention_days).await?)
}

#[utoipa::path(
    post,
    path = "/v1/admin/storage",
    operation_id = "measure_storage",
    description = "Measures the objects in the bucket and replaces today's snapshot, or resumes an unfinished run. A snapshot has the date on which its run began. Scope: `admin`.",
    responses((status = 202, body = RunReport), (status = "4XX", body = super::error::Envelope), (status = 503, body = super::error::Envelope)),
    security(("bearer" = []), ("basic" = [])),
)]
pub async fn storage(call: &Call) -> ApiResult<worker::Result<Response>> {
    auth::caller(call, Scope::Admin).await?;
    call.allow(&[])?;
    accepted(call, batch::queue_storage(&call.env).await?)
}

#[utoipa::path(
    get,
    path = "/v1/admin/runs/{id}",
    operation_id = "get_run",
    description = "Returns a run of the nightly job. Scope: `admin`.",
    params(("id" = u32, Path, description = "The run's id.")),
    responses((status = 200, body = RunReport), (status = "4XX", body = super::error::Envelope), (status = 503, body = super::error::Envelope)),
    security(("bearer" = []), ("basic" = [])),
)]
pub async fn run(call: &Call, id: &str) -> ApiResult<worker::Result<Response>> {
    Ok(json(200, &RunReport::from(found(call, id).await?)))
}

#[utoipa::path(
    post,
    path = "/v1/admin/runs/{id}",
    operation_id = "resume_run",
    description = "Resumes a run of the nightly job. A run that is finished or waits is only returned. Scope: `admin`.",
    params(("id" = u32, Path, description = "The run's id.")),
    responses((status = 202, body = RunReport), (status = "4XX", body = super::error::Envelope), (status = 503, body = super::error::Envelope)),
    security(("bearer" = []), ("basic" = [])),
)]
pub async fn resume(call: &Call, id: &str) -> ApiResult<worker::Result<Response>> {
    let run = found(call, id).await?;
    go_on(call, &run);
    Ok(json(202, &RunReport::from(run)))
}

async fn found(call: &Call, id: &str) -> ApiResult<Run> {
    auth::caller(call, Scope::Admin).await?;
    call.allow(&[])?;
    let db = call.db()?;
    let found = match id.parse() {
        Ok(id) => runs::get(&db, id).await?,
        Err(_) => None,
    };
    found.ok_or_else(|| ApiError::not_found("run_not_found", format!("Run {id:?} doesn't exist.")))
}

fn accepted(call: &Call, run: Option<Run>) -> ApiResult<worker::Result<Response>> {
    let run = run.ok_or_else(|| DbError::new("the queued run is missing"))?;
    go_on(call, &run);
    Ok(json(202, &RunReport::from(run)))
}

fn go_on(call: &Call, run: &Run) {
    if run.state.is_open() && !run.waits(call.now) {
        let (env, config, run) = (call.env.clone(), std::rc::Rc::clone(&call.config), run.clone());
        call.ctx.wait_until(async move { batch::go_on(env, &config, run).await });
    }
}
