//! `GET /v1/analytics/errors`

use worker::Response;

use super::auth;
use super::call::{Call, csv, json};
use super::error::ApiResult;
use super::subject::Owners;
use crate::domain::report::errors::ErrorReport;
use crate::domain::scope::Scope;
use crate::store::reports;

const PARAMETERS: [&str; 7] = ["owner", "days", "start", "end", "limit", "offset", "format"];

#[utoipa::path(
    get,
    path = "/v1/analytics/errors",
    description = "What failed in a range of UTC days: by status, by reason with what to do about it, and the URLs that failed most with the hosts that link to them.",
    params(
        ("owner" = Option<String>, Query, description = "With the scope `admin`: whose errors; `*` for all owners together."),
        ("days" = Option<u32>, Query, description = "The last so many UTC days, today among them; 1 to 90, default 30."),
        ("start" = Option<String>, Query, description = "First day, YYYY-MM-DD; with `end` and without `days`."),
        ("end" = Option<String>, Query, description = "Last day, YYYY-MM-DD, inclusive."),
        ("limit" = Option<u32>, Query, description = "Of the URLs: 1 to 1000, default 100."),
        ("offset" = Option<u32>, Query, description = "Of the URLs: default 0."),
        ("format" = Option<String>, Query, description = "`json` (default) or `csv`."),
    ),
    responses(
        (status = 200, body = ErrorReport),
        (status = "4XX", body = super::error::Envelope),
        (status = 503, body = super::error::Envelope),
    ),
    security(("bearer" = []), ("basic" = [])),
)]
pub async fn get(call: &Call) -> ApiResult<worker::Result<Response>> {
    let caller = auth::caller(call, Scope::Read).await?;
    call.allow(&PARAMETERS)?;
    let range = call.range()?;
    let page = call.page()?;
    let wants_csv = call.wants_csv()?;
    let subject = auth::subject(call, caller).await?;
    let db = call.db()?;
    let owners = Owners::of(call, &db, &subject).await?;
    let rows = reports::errors(&db, &owners.ids, &range, page).await?;
    let report = ErrorReport::new((&range).into(), page, &rows.statuses, &rows.reasons, rows.failures);
    Ok(if wants_csv { csv("errors", report.csv()) } else { json(200, &report) })
}
