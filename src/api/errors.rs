//! `GET /v1/analytics/errors`

use worker::Response;

use super::auth;
use super::call::{BOM, Call, FILTER};
use super::error::ApiResult;
use super::filtered;
use super::subject::Owners;
use crate::domain::report::errors::ErrorReport;
use crate::domain::scope::Scope;
use crate::store::reports;

const PARAMETERS: [&str; 9] = ["owner", "days", "start", "end", "limit", "offset", "format", BOM, FILTER];

#[utoipa::path(
    get,
    path = "/v1/analytics/errors",
    operation_id = "get_errors",
    description = "Errors in a range of UTC days: by status, by reason with advice, and the URLs with most errors, page by page, with the hosts that link to them.",
    params(
        ("owner" = Option<String>, Query, description = "The owner, or `*` for all owners. For the scope `admin`."),
        super::parameters::Days,
        super::parameters::Page,
        super::parameters::Format,
        ("filter" = Option<Vec<String>>, Query, max_items = 10, description = "As the overview's. Answered from Analytics Engine, whatever the dimension."),
    ),
    responses(
        (status = 200, content((ErrorReport = "application/json"), (String = "text/csv"))),
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
    let filters = call.filters()?;
    let format = call.format()?;
    let subject = auth::subject(call, caller).await?;
    let db = call.db()?;
    let owners = Owners::of(call, &db, &subject).await?;
    let mut report = match filters.is_empty() {
        true => {
            let rows = reports::errors(&db, &owners.ids, &range, page).await?;
            ErrorReport::new((&range).into(), page, &rows.statuses, &rows.reasons, rows.failures)
        }
        false => filtered::errors(call, &subject, &owners, &range, &filters, page).await?,
    };
    report.mark_own(&call.own_hosts());
    Ok(format.answer(&report, "errors", || report.csv()))
}
