//! `GET /v1/analytics/overview`

use worker::Response;

use super::auth::{self, Subject};
use super::call::{BOM, Call, FILTER};
use super::comparison::{self, COMPARE};
use super::error::{ApiError, ApiResult};
use super::filtered::{Filtered, Lists};
use super::subject::Owners;
use crate::domain::comparison::Comparison;
use crate::domain::date::Date;
use crate::domain::date_range::DateRange;
use crate::domain::dimension::Dimension;
use crate::domain::filter::Filters;
use crate::domain::interval::Interval;
use crate::domain::report::hours::{hourly, unassigned};
use crate::domain::report::overview::{self, Freshness, Overview};
use crate::domain::report::row::series;
use crate::domain::scope::Scope;
use crate::store::db::Db;
use crate::store::{meta, reports, status};

const INTERVAL: &str = "interval";
const PARAMETERS: [&str; 9] = ["owner", "days", "start", "end", INTERVAL, COMPARE, "format", BOM, FILTER];

#[utoipa::path(
    get,
    path = "/v1/analytics/overview",
    operation_id = "get_overview",
    description = "Traffic in a range of UTC days: totals, every day, and the largest values of each dimension.",
    params(
        super::parameters::Owner,
        super::parameters::Days,
        ("interval" = inline(Option<Interval>), Query, description = "`hour` adds `hourly`, for at most 7 days and without `filter`. By default `day`."),
        ("compare" = inline(Option<Comparison>), Query, description = "Compares with the days just before (`previous`), with the nearest earlier days on the same weekdays (`weekday`), or with the same days of the month before (`month`)."),
        super::parameters::Format,
        ("filter" = Option<Vec<String>>, Query, max_items = 10, description = "`dimension:is:value;value` or `dimension:is_not:value;value`; can be repeated up to ten times; filters narrow each other. In a value, `\\;` is a semicolon and `\\\\` a backslash. `image`, `video`, `other`, `variant`, `status` (also `4xx`), `country` and `asset_type` use D1; any other dimension uses Analytics Engine for the whole report."),
    ),
    responses(
        (status = 200, content((Overview = "application/json"), (String = "text/csv"))),
        (status = "4XX", body = super::error::Envelope),
        (status = 503, body = super::error::Envelope),
    ),
    security(("bearer" = []), ("basic" = [])),
)]
pub async fn get(call: &Call) -> ApiResult<worker::Result<Response>> {
    let caller = auth::caller(call, Scope::Read).await?;
    call.allow(&PARAMETERS)?;
    let range = call.range()?;
    let compare = comparison::asked(call)?;
    let filters = call.filters()?;
    let interval = call.parameter(INTERVAL).map(|text| Interval::parse(text, &range, !filters.is_empty()));
    let interval = interval.transpose()?.unwrap_or_default();
    let format = call.format()?;
    let subject = auth::subject(call, caller).await?;
    let report = overview(call, &subject, &range, (interval, compare), &filters).await?;
    Ok(format.answer(&report, "overview", || report.csv()))
}

async fn overview(
    call: &Call,
    subject: &Subject,
    range: &DateRange,
    (interval, compare): (Interval, Option<Comparison>),
    filters: &Filters,
) -> ApiResult<Overview> {
    let db = call.db()?;
    let owners = Owners::of(call, &db, subject).await?;
    let filtered = match filters.is_empty() {
        true => None,
        false => Some(Filtered::new(call, subject, &owners, range, filters, None)?),
    };
    let freshness = freshness(call, &db, range).await?;
    let mut report = match &filtered {
        None => whole(call, &db, &owners, range, freshness).await?,
        Some(filtered) => narrowed(filtered, &owners, range, freshness).await?,
    };
    report.top.mark_own(&call.own_hosts());
    if interval == Interval::Hour {
        let stored = reports::hours(&db, &owners.ids, range).await?;
        report.hourly = Some(hourly(range, &stored, call.now));
        report.hourly_unassigned_requests = Some(unassigned(&stored, report.totals.requests));
    }
    if let Some(compare) = compare {
        let oldest = filtered.as_ref().and_then(Filtered::oldest);
        report.comparison = Some(match comparison::earlier(call, compare, range, oldest) {
            Ok(earlier) => {
                let mut compared = compared(&db, &owners.ids, &earlier, filtered.as_ref()).await?;
                if interval == Interval::Hour {
                    let stored = reports::hours(&db, &owners.ids, &earlier).await?;
                    compared.hourly = Some(hourly(&earlier, &stored, call.now));
                    compared.hourly_unassigned_requests = Some(unassigned(&stored, compared.totals.requests));
                }
                Some(compared)
            }
            Err(reason) => {
                report.comparison_reason = Some(reason);
                None
            }
        });
    }
    Ok(report)
}

/// Of everything.
async fn whole(
    call: &Call,
    db: &Db,
    owners: &Owners,
    range: &DateRange,
    freshness: Freshness,
) -> ApiResult<Overview> {
    let rows = reports::overview(db, &owners.ids, range, owners.are_all).await?;
    let (totals, daily) = series(range, &rows.days);
    let dimensions = Dimension::listed(call.config.privacy);
    let (mut top, largest_undercount) = overview::lists(&rows.top, &totals, dimensions);
    owners.list(&mut top, rows.owners);
    Ok(Overview::new(range.into(), (totals, daily), (top, largest_undercount), freshness))
}

/// Of what fits filters.
async fn narrowed(
    filtered: &Filtered<'_>,
    owners: &Owners,
    range: &DateRange,
    freshness: Freshness,
) -> ApiResult<Overview> {
    let (days, mut lists) = filtered.overview(range, owners.are_all).await?;
    owners.list(&mut lists.top, std::mem::take(&mut lists.owners));
    let unlisted_reason = lists.unlisted_reason();
    let Lists { top, largest_undercount, source, unlisted, .. } = lists;
    Ok(Overview {
        filters: Some(filtered.filters.given().to_vec()),
        source: Some(source),
        unlisted: Some(unlisted),
        unlisted_reason,
        ..Overview::new(range.into(), series(range, &days), (top, largest_undercount), freshness)
    })
}

async fn compared(
    db: &Db,
    owners: &[String],
    range: &DateRange,
    filtered: Option<&Filtered<'_>>,
) -> ApiResult<overview::Comparison> {
    let days = match filtered {
        None => reports::days(db, owners, range).await?,
        Some(filtered) => filtered.days(range).await?,
    };
    let (totals, daily) = series(range, &days);
    Ok(overview::Comparison {
        range: range.into(),
        totals,
        daily,
        hourly: None,
        hourly_unassigned_requests: None,
    })
}

async fn freshness(call: &Call, db: &Db, range: &DateRange) -> Result<Freshness, ApiError> {
    let last_aggregation = meta::get(db, meta::LAST_AGGREGATION_DATE).await?;
    Ok(Freshness {
        generated_at: call.timestamp(),
        realtime_enabled: call.config.realtime_enabled
            && crate::record::off(&call.env, &call.config).is_none(),
        last_aggregation_date: last_aggregation.and_then(|text| Date::parse(&text).ok()),
        uncounted_requests: status::uncounted(db, range).await?.missing(),
    })
}
