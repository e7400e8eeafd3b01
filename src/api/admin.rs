//! `/v1/admin/*`: runs of the nightly job at an administrator's wish.
//!
//! Every call that finds its run unfinished goes on with it after the answer, for as long as the platform lets it.

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
    /// The day that is rebuilt or measured; of a purge, the first day that is kept.
    #[schema(value_type = String, format = Date)]
    pub date: Date,
    pub state: State,
    pub origin: Origin,
    /// RFC 3339, UTC, as all times.
    pub created_at: String,
    pub started_at: Option<String>,
    pub updated_at: String,
    pub finished_at: Option<String>,
    /// It waits until then: for the day to be over, or because Cloudflare asked to.
    pub resume_after: Option<String>,
    /// How long it worked, in milliseconds.
    pub duration_ms: u64,
    /// What was read: `engine`, `zone`, or both.
    pub source: Option<String>,
    /// Rows written, or deleted by a purge; of a measurement of the storage, objects listed.
    pub rows: u64,
    /// Owners that are reported from another source than before.
    pub owners_changed: u64,
    /// What was counted in realtime.
    pub realtime_requests: Option<u64>,
    /// What the source has.
    pub batch_requests: Option<u64>,
    /// What Cloudflare's own count of the data points says; null when it could not be had.
    pub control_requests: Option<u64>,
    /// (source - control total) / control total, both by Analytics Engine's clock.
    pub drift: Option<f64>,
    /// Some of the source's rows stand for several requests.
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
    description = "Rebuilds a day from Cloudflare's analytics. Needs the scope `admin`. An unfinished run of the day is gone on with.",
    request_body = NewAggregation,
    responses((status = 202, body = RunReport), (status = "4XX", body = super::error::Envelope), (status = 503, body = super::error::Envelope)),
    security(("bearer" = []), ("basic" = [])),
)]
pub async fn aggregate(call: &mut Call) -> ApiResult<worker::Result<Response>> {
    auth::caller(call, Scope::Admin).await?;
    call.allow(&[])?;
    let asked: NewAggregation = call.body().await?;
    let date = Date::parse(&asked.date)
        .map_err(|error| ApiError::bad_request("date_malformed", format!("date: {error}")))?;
    let today = call.today();
    if date >= today {
        let message = format!(
            "{date} is not over: today is {today} (UTC); the last day that can be rebuilt is {}",
            today.minus(1)
        );
        return Err(ApiError::bad_request("date_not_over", message));
    }
    let oldest = batch::oldest_day(&call.env, today, call.config.retention_days).await?;
    if date < oldest {
        let message = format!(
            "{date} is beyond the retention, or older than any source; the oldest day that can be rebuilt is {oldest}"
        );
        return Err(ApiError::bad_request("date_too_old", message));
    }
    accepted(call, batch::queue_day(&call.env, date).await?)
}

#[utoipa::path(
    post,
    path = "/v1/admin/purge",
    operation_id = "purge_days",
    description = "Deletes days that are older than the retention. Needs the scope `admin`. Months are kept.",
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
    description = "Measures what stands in the bucket, in place of today's snapshot if there is one. Needs the scope `admin`. An unfinished run of today is gone on with.",
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
    description = "A run of the nightly job. Needs the scope `admin`. An unfinished one is gone on with.",
    params(("id" = u32, Path, description = "As the run was answered with.")),
    responses((status = 200, body = RunReport), (status = "4XX", body = super::error::Envelope), (status = 503, body = super::error::Envelope)),
    security(("bearer" = []), ("basic" = [])),
)]
pub async fn run(call: &Call, id: &str) -> ApiResult<worker::Result<Response>> {
    auth::caller(call, Scope::Admin).await?;
    call.allow(&[])?;
    let db = call.db()?;
    let found = match id.parse() {
        Ok(id) => runs::get(&db, id).await?,
        Err(_) => None,
    };
    let shown: String = id.chars().take(40).collect();
    let run = found.ok_or_else(|| ApiError::NotFound {
        code: "run_not_found",
        message: format!("there is no run {shown:?}"),
    })?;
    go_on(call, &run);
    Ok(json(200, &RunReport::from(run)))
}

fn accepted(call: &Call, run: Option<Run>) -> ApiResult<worker::Result<Response>> {
    let run = run.ok_or_else(|| DbError::new("a run was queued and is not there"))?;
    go_on(call, &run);
    Ok(json(202, &RunReport::from(run)))
}

fn go_on(call: &Call, run: &Run) {
    if run.state.is_open() && !run.waits(call.now) {
        let (env, config, run) = (call.env.clone(), std::rc::Rc::clone(&call.config), run.clone());
        call.ctx.wait_until(async move { batch::go_on(env, &config, run).await });
    }
}
