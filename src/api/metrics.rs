//! `GET /v1/usage/metrics`

use worker::Response;

use super::auth::{self, Subject};
use super::call::{Call, csv, json};
use super::error::ApiResult;
use super::parameters::Format;
use super::subject::Owners;
use crate::domain::counters::Counters;
use crate::domain::month::Month;
use crate::domain::report::metrics::{Metrics, served};
use crate::domain::scope::Scope;
use crate::store::usage;

const PARAMETERS: [&str; 3] = ["owner", "month", "format"];

#[utoipa::path(
    get,
    path = "/v1/usage/metrics",
    operation_id = "get_metrics",
    description = "A calendar month, UTC: what was served, what was metered and what is stored. Months are kept for ever.",
    params(
        ("owner" = Option<String>, Query, description = "With the scope `admin`: whose figures; `*` for all owners together."),
        ("month" = Option<String>, Query, description = "YYYY-MM; by default the current one.", pattern = "^[0-9]{4}-[0-9]{2}$"),
        Format,
    ),
    responses(
        (status = 200, content((Metrics = "application/json"), (String = "text/csv"))),
        (status = "4XX", body = super::error::Envelope),
        (status = 503, body = super::error::Envelope),
    ),
    security(("bearer" = []), ("basic" = [])),
)]
pub async fn get(call: &Call) -> ApiResult<worker::Result<Response>> {
    let caller = auth::caller(call, Scope::Read).await?;
    call.allow(&PARAMETERS)?;
    let today = call.today();
    let month = call.parameter("month").map_or(Ok(Month::of(today)), |text| Month::parse(text, today))?;
    let wants_csv = call.wants_csv()?;
    let subject = auth::subject(call, caller).await?;
    let db = call.db()?;
    let owners = Owners::of(call, &db, &subject).await?;
    let owner = match &subject {
        Subject::One(readable) => Some(readable.owner),
        Subject::All => None,
    };
    let rows = usage::month(&db, owner, &owners.ids, month, today).await?;
    let frozen = Counters {
        requests: rows.frozen.requests,
        bandwidth_bytes: rows.frozen.bandwidth_bytes,
        ..Counters::default()
    };
    let served = served(frozen, rows.frozen.open_from, &rows.usage.days);
    let weights = &call.config.weights;
    let report = Metrics::new(month, &served, rows.usage.storage, &rows.usage.metered, weights, call.now);
    Ok(if wants_csv { csv("metrics", report.csv()) } else { json(200, &report) })
}
