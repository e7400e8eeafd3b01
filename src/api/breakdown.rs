//! `GET /v1/analytics/breakdown/{dimension}`

use worker::Response;

use super::auth::{self, Caller, Subject};
use super::call::{Call, FILTER, csv, json};
use super::error::{ApiError, ApiResult};
use super::filtered::Filtered;
use super::parameters::{self, By, Days, Format, Owner};
use super::subject::Owners;
use crate::domain::dimension::Dimension;
use crate::domain::privacy::Privacy;
use crate::domain::report::breakdown::{Breakdown, Page, Sort, totals};
use crate::domain::scope::Scope;
use crate::store::reports;

/// The dimension that tells owners apart.
pub const OWNER: &str = "owner";
const PARAMETERS: [&str; 10] =
    ["owner", "days", "start", "end", "sort", "limit", "offset", "format", "complete", FILTER];
const PARAMETERS_OF_OWNERS: [&str; 8] =
    ["owner", "days", "start", "end", "sort", "limit", "offset", "format"];

#[utoipa::path(
    get,
    path = "/v1/analytics/breakdown/{dimension}",
    operation_id = "get_breakdown",
    description = "What was served in a range of UTC days by one dimension: the values that were kept, and `(other)`, the total minus those.",
    params(
        By,
        Owner,
        Days,
        ("sort" = Option<Sort>, Query, description = "By default `requests`."),
        parameters::Page,
        Format,
        ("complete" = Option<bool>, Query, description = "`true`: every value instead of those that were kept, for `image`, `video`, `other`, `variant`, `status`, `country` and `asset_type`. Reads every row of the days."),
        ("filter" = Option<Vec<String>>, Query, max_items = 10, description = "As the overview's. Filtered breakdowns are complete."),
    ),
    responses(
        (status = 200, content((Breakdown = "application/json"), (String = "text/csv"))),
        (status = "4XX", body = super::error::Envelope),
        (status = 503, body = super::error::Envelope),
    ),
    security(("bearer" = []), ("basic" = [])),
)]
pub async fn get(call: &Call, dimension: &str) -> ApiResult<worker::Result<Response>> {
    let caller = auth::caller(call, Scope::Read).await?;
    let report = match dimension {
        OWNER => of_owners(call, caller).await?,
        _ => of_values(call, caller, Dimension::parse(dimension)?).await?,
    };
    Ok(if call.wants_csv()? { csv(report.dimension, report.csv()) } else { json(200, &report) })
}

async fn of_values(call: &Call, caller: Caller, dimension: Dimension) -> ApiResult<Breakdown> {
    call.allow(&PARAMETERS)?;
    if dimension.is_personal() && call.config.privacy != Privacy::Full {
        let message = format!("{dimension} is recorded with ANALYTICS_PRIVACY=full alone");
        return Err(ApiError::bad_request("dimension_unavailable", message));
    }
    let (range, page) = (call.range()?, page(call)?);
    let filters = call.filters()?;
    let is_complete = complete(call, dimension)?;
    call.wants_csv()?;
    let subject = auth::subject(call, caller).await?;
    let db = call.db()?;
    let owners = Owners::of(call, &db, &subject).await?;
    if !filters.is_empty() || is_complete {
        let filtered = Filtered::new(call, &subject, &owners, &range, &filters, Some(dimension))?;
        return filtered.breakdown(&range, dimension, page).await;
    }
    let rows = reports::breakdown(&db, &owners.ids, &range, dimension, page).await?;
    let totals = totals(dimension, &rows.asset_types);
    Ok(Breakdown::new(dimension, (&range).into(), page, totals, rows.values))
}

/// By owner, where all are asked for together.
async fn of_owners(call: &Call, caller: Caller) -> ApiResult<Breakdown> {
    call.allow(&PARAMETERS_OF_OWNERS)?;
    let (range, page) = (call.range()?, page(call)?);
    call.wants_csv()?;
    let subject = auth::subject(call, caller).await?;
    if !matches!(subject, Subject::All) {
        let message = "figures are told by owner where all owners are asked for together: owner=*";
        return Err(ApiError::bad_request("dimension_unavailable", message));
    }
    let db = call.db()?;
    let owners = Owners::of(call, &db, &subject).await?;
    let mut rows = reports::owners(&db, &owners.ids, &range, page).await?;
    rows.iter_mut().for_each(|it| it.row.value = owners.name(&it.row.value));
    Ok(Breakdown::of_owners((&range).into(), page, rows))
}

fn page(call: &Call) -> ApiResult<Page> {
    let sort = call.parameter("sort").map_or(Ok(Sort::default()), Sort::parse)?;
    let (limit, offset) = call.page()?;
    Ok(Page { sort, limit, offset })
}

/// Whether every value is asked for.
fn complete(call: &Call, dimension: Dimension) -> ApiResult<bool> {
    let is_complete = call.flag("complete")?;
    if is_complete && !dimension.is_of_rows() {
        let told = Dimension::ALL.into_iter().filter(|it| it.is_of_rows()).map(Dimension::as_str);
        let told: Vec<&str> = told.collect();
        let message = format!(
            "complete=true is answered for {}; of {dimension} the largest values of a day are kept",
            told.join(", ")
        );
        return Err(ApiError::bad_request("complete_unavailable", message));
    }
    Ok(is_complete)
}
