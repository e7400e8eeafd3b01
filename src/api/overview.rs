//! `GET /v1/analytics/overview`

use worker::Response;

use super::auth::{self, Subject};
use super::call::{Call, csv, json};
use super::error::{ApiError, ApiResult};
use super::subject::Owners;
use crate::domain::comparison::Comparison;
use crate::domain::date::Date;
use crate::domain::date_range::DateRange;
use crate::domain::privacy::Privacy;
use crate::domain::report::overview::{self, Freshness, Overview, TopRow};
use crate::domain::report::row::{Row, series};
use crate::domain::scope::Scope;
use crate::store::db::Db;
use crate::store::{meta, reports, status};

const PARAMETERS: [&str; 6] = ["owner", "days", "start", "end", "compare", "format"];
const BEYOND_RETENTION: &str = "the days to compare with are beyond the retention";

#[utoipa::path(
    get,
    path = "/v1/analytics/overview",
    description = "What was served in a range of UTC days: totals, every day, and the largest values of each dimension.",
    params(
        ("owner" = Option<String>, Query, description = "With the scope `admin`: whose figures; `*` for all owners together."),
        ("days" = Option<u32>, Query, description = "The last so many UTC days, today among them; 1 to 90, default 30."),
        ("start" = Option<String>, Query, description = "First day, YYYY-MM-DD; with `end` and without `days`."),
        ("end" = Option<String>, Query, description = "Last day, YYYY-MM-DD, inclusive."),
        ("compare" = Option<String>, Query, description = "`previous` (the days before) or `weekday` (aligned to weekdays)."),
        ("format" = Option<String>, Query, description = "`json` (default) or `csv`."),
    ),
    responses(
        (status = 200, body = Overview),
        (status = "4XX", body = super::error::Envelope),
        (status = 503, body = super::error::Envelope),
    ),
    security(("bearer" = []), ("basic" = [])),
)]
pub async fn get(call: &Call) -> ApiResult<worker::Result<Response>> {
    let caller = auth::caller(call, Scope::Read).await?;
    call.allow(&PARAMETERS)?;
    let range = call.range()?;
    let comparison = call.parameter("compare").map(Comparison::parse).transpose()?;
    let wants_csv = call.wants_csv()?;
    let subject = auth::subject(call, caller).await?;
    let report = overview(call, &subject, &range, comparison).await?;
    Ok(if wants_csv { csv("overview", report.csv()) } else { json(200, &report) })
}

async fn overview(
    call: &Call,
    subject: &Subject,
    range: &DateRange,
    compare: Option<Comparison>,
) -> ApiResult<Overview> {
    let db = call.db()?;
    let owners = Owners::of(&db, subject).await?;
    let ids = &owners.ids;
    let is_all = matches!(subject, Subject::All);
    let rows = reports::overview(&db, ids, range, is_all).await?;
    let (totals, daily) = series(range, &rows.days);
    let is_full = call.config.privacy == Privacy::Full;
    let (mut top, largest_undercount) = overview::lists(&rows.top, &totals, is_full);
    if is_all {
        let named = |row: Row| TopRow { row: Row { value: owners.name(&row.value), ..row }, name: None };
        top.lists.insert("owner", rows.owners.into_iter().map(named).collect());
    }
    let mut report = Overview {
        range: range.into(),
        totals,
        daily,
        top,
        largest_undercount,
        freshness: freshness(call, &db, range).await?,
        comparison: None,
        comparison_reason: None,
    };
    if let Some(compare) = compare {
        let earlier = compare.range(range, call.today(), call.config.retention_days);
        report.comparison_reason = earlier.is_none().then_some(BEYOND_RETENTION);
        report.comparison = Some(match earlier {
            Some(earlier) => Some(comparison(&db, ids, &earlier).await?),
            None => None,
        });
    }
    Ok(report)
}

async fn comparison(db: &Db, owners: &[String], range: &DateRange) -> Result<overview::Comparison, ApiError> {
    let (totals, daily) = series(range, &reports::days(db, owners, range).await?);
    Ok(overview::Comparison { range: range.into(), totals, daily })
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
