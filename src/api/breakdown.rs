//! `GET /v1/analytics/breakdown/{dimension}`

use futures_util::future::try_join;
use worker::Response;

use super::auth::{self, Caller, Subject};
use super::call::{BOM, Call, FILTER};
use super::comparison::{self, COMPARE};
use super::error::{ApiError, ApiResult};
use super::filtered::Filtered;
use super::subject::Owners;
use crate::domain::comparison::{ComparedDays, Comparison};
use crate::domain::date_range::DateRange;
use crate::domain::dimension::Dimension;
use crate::domain::privacy::Privacy;
use crate::domain::report::breakdown::{Breakdown, Page, PeriodValues, Sort, totals};
use crate::domain::scope::Scope;
use crate::store::db::Db;
use crate::store::reports;

/// The dimension that tells owners apart.
pub const OWNER: &str = "owner";
const PARAMETERS: [&str; 12] =
    ["owner", "days", "start", "end", COMPARE, "sort", "limit", "offset", "format", BOM, "complete", FILTER];
const PARAMETERS_OF_OWNERS: [&str; 11] =
    ["owner", "days", "start", "end", COMPARE, "sort", "limit", "offset", "format", BOM, FILTER];

#[utoipa::path(
    get,
    path = "/v1/analytics/breakdown/{dimension}",
    operation_id = "get_breakdown",
    description = "Traffic in a range of UTC days by one dimension: the largest values, and `(other)`, which is the total minus those.",
    params(
        super::parameters::By,
        super::parameters::Owner,
        super::parameters::Days,
        ("compare" = inline(Option<Comparison>), Query, description = "Adds to each row its `current` and `previous` figures: those of the complete days of the range, and of the same days of the previous period (`previous`), of the nearest earlier one that begins on the same weekday (`weekday`), or of the month before (`month`)."),
        ("sort" = Option<Sort>, Query, description = "By default `requests`."),
        super::parameters::Page,
        super::parameters::Format,
        ("complete" = Option<bool>, Query, description = "`true` lists every value. `image`, `video`, `other`, `variant`, `status`, `country` and `asset_type` use every row of the days in D1; any other dimension uses Analytics Engine."),
        ("filter" = Option<Vec<String>>, Query, max_items = 10, description = "As in the overview. Filtered breakdowns list every value."),
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
    let mut report = match dimension {
        OWNER => of_owners(call, caller).await?,
        _ => of_values(call, caller, Dimension::parse(dimension)?).await?,
    };
    report.mark_own(&call.own_hosts());
    Ok(call.format()?.answer(&report, report.dimension, || report.csv()))
}

/// What a breakdown is asked for, besides its dimension.
struct Asked {
    range: DateRange,
    page: Page,
    compare: Option<Comparison>,
}

impl Asked {
    fn of(call: &Call) -> ApiResult<Self> {
        let (range, compare) = (call.range()?, comparison::asked(call)?);
        let sort = call.parameter("sort").map_or(Ok(Sort::default()), Sort::parse)?;
        let (limit, offset) = call.page()?;
        call.format()?;
        Ok(Self { range, page: Page { sort, limit, offset }, compare })
    }
}

async fn of_values(call: &Call, caller: Caller, dimension: Dimension) -> ApiResult<Breakdown> {
    call.allow(&PARAMETERS)?;
    if dimension.is_personal() && call.config.privacy != Privacy::Full {
        let message = format!("{dimension} is recorded only with ANALYTICS_PRIVACY=full.");
        return Err(ApiError::bad_parameter("dimension", "dimension_unavailable", message));
    }
    let (asked, filters) = (Asked::of(call)?, call.filters()?);
    let is_complete = call.flag("complete", false)?;
    let subject = auth::subject(call, caller).await?;
    let db = call.db()?;
    let owners = Owners::of(call, &db, &subject).await?;
    if filters.is_empty() && !is_complete {
        return kept(call, &db, &owners, dimension, &asked).await;
    }
    let Asked { range, page, compare } = asked;
    let filtered = Filtered::new(call, &subject, &owners, &range, &filters, Some(dimension))?;
    let mut report = filtered.breakdown(&range, dimension, page).await?;
    let days = comparison::days(call, &db, compare, &range, filtered.oldest()).await?;
    let figures =
        async |range: &DateRange, values: &[String]| filtered.values(range, dimension, values).await;
    add_comparison(&mut report, &range, days, figures).await?;
    Ok(report)
}

/// From the values that are kept of each day.
async fn kept(
    call: &Call,
    db: &Db,
    owners: &Owners,
    dimension: Dimension,
    &Asked { range, page, compare }: &Asked,
) -> ApiResult<Breakdown> {
    let rows = reports::breakdown(db, &owners.ids, &range, dimension, page).await?;
    let totals = totals(dimension, &rows.asset_types);
    let mut report = Breakdown::new(dimension, (&range).into(), page, totals, rows.values);
    let days = comparison::days(call, db, compare, &range, None).await?;
    let figures = async |range: &DateRange, values: &[String]| {
        Ok(reports::values(db, &owners.ids, range, dimension, values).await?)
    };
    add_comparison(&mut report, &range, days, figures).await?;
    Ok(report)
}

/// By owner, where all are asked for together.
async fn of_owners(call: &Call, caller: Caller) -> ApiResult<Breakdown> {
    call.allow(&PARAMETERS_OF_OWNERS)?;
    let (Asked { range, page, compare }, filters) = (Asked::of(call)?, call.filters()?);
    let subject = auth::subject(call, caller).await?;
    if !matches!(subject, Subject::All) {
        let message = "The breakdown by owner needs owner=*.";
        return Err(ApiError::bad_parameter("dimension", "dimension_unavailable", message));
    }
    let db = call.db()?;
    let owners = Owners::of(call, &db, &subject).await?;
    let filtered = match filters.is_empty() {
        true => None,
        false => Some(Filtered::new(call, &subject, &owners, &range, &filters, None)?),
    };
    let mut report = match &filtered {
        None => {
            let rows = reports::owners(&db, &owners.ids, &range, page).await?;
            Breakdown::of_owners((&range).into(), page, rows)
        }
        Some(filtered) => filtered.of_owners(&range, page).await?,
    };
    let figures = async |range: &DateRange, ids: &[String]| match &filtered {
        None => {
            let found = reports::owners(&db, ids, range, Page::first(ids.len())).await?;
            Ok(PeriodValues { values: found.into_iter().map(|it| it.row).collect(), is_complete: true })
        }
        Some(filtered) => filtered.owner_values(range, ids).await,
    };
    let oldest = filtered.as_ref().and_then(Filtered::oldest);
    let days = comparison::days(call, &db, compare, &range, oldest).await?;
    add_comparison(&mut report, &range, days, figures).await?;
    report.rows.iter_mut().for_each(|row| row.value = owners.name(&row.value));
    Ok(report)
}

/// Adds the days before to the rows of a report, or why there are none. `figures` reads those of some values on some days.
async fn add_comparison(
    report: &mut Breakdown,
    range: &DateRange,
    days: Option<Result<ComparedDays, String>>,
    figures: impl AsyncFn(&DateRange, &[String]) -> ApiResult<PeriodValues>,
) -> ApiResult<()> {
    let days = match days {
        None => return Ok(()),
        Some(Ok(days)) => days,
        Some(Err(reason)) => {
            report.comparison = Some(None);
            report.comparison_reason = Some(reason);
            return Ok(());
        }
    };
    let values: Vec<String> = report.rows.iter().map(|row| row.value.clone()).collect();
    let current = async {
        // The report has them where all of its days are compared.
        if days.current == *range { Ok(None) } else { figures(&days.current, &values).await.map(Some) }
    };
    let (current, previous) = try_join(current, figures(&days.previous, &values)).await?;
    report.compare(&days, current.as_ref(), &previous);
    Ok(())
}
