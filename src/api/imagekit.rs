//! `GET /v1/accounts/usage` and `GET /v1/accounts/usage-analytics`, as ImageKit's clients ask for them.
//!
//! Parameters that are not known are let through: newer clients may send some.

use worker::Response;

use super::auth;
use super::call::{Call, json};
use super::error::ApiResult;
use crate::domain::asset_urls::AssetUrls;
use crate::domain::report::imagekit::Source;
use crate::domain::report::imagekit::lists::FEW;
use crate::domain::report::imagekit::usage::UsageReport;
use crate::domain::report::imagekit::usage_analytics::UsageAnalytics;
use crate::domain::report::ranking::Ranking;
use crate::domain::report::row::TOP;
use crate::domain::scope::Scope;
use crate::domain::usage_period::{EndDate, UsagePeriod};
use crate::store::usage;

#[utoipa::path(
    get,
    path = "/v1/accounts/usage",
    operation_id = "get_imagekit_usage",
    description = "Usage in the shape of ImageKit's API: the five fields of its SDKs, and their breakdowns. At most 89 days, without `endDate`. The user name of Basic authentication is a token; the password is ignored.",
    params(
        ("startDate" = String, Query, format = Date, description = "First day, YYYY-MM-DD, UTC."),
        ("endDate" = String, Query, format = Date, description = "The day after the last one, YYYY-MM-DD, UTC."),
        ("owner" = Option<String>, Query, description = "The owner. For the scope `admin`."),
    ),
    responses(
        (status = 200, body = UsageReport),
        (status = "4XX", body = super::dialect::ImageKitError),
        (status = 503, body = super::dialect::ImageKitError),
    ),
    security(("bearer" = []), ("basic" = [])),
)]
pub async fn usage(call: &Call) -> ApiResult<worker::Result<Response>> {
    let (period, source) = read(call, EndDate::Exclusive).await?;
    Ok(json(200, &UsageReport::new(&period, &source)))
}

#[utoipa::path(
    get,
    path = "/v1/accounts/usage-analytics",
    operation_id = "get_imagekit_usage_analytics",
    description = "Analytics in the shape of `UsageAnalyticsResponse` of ImageKit's SDKs. At most 90 days, with both dates. The user name of Basic authentication is a token; the password is ignored.",
    params(
        ("startDate" = String, Query, format = Date, description = "First day, YYYY-MM-DD, UTC."),
        ("endDate" = String, Query, format = Date, description = "Last day, YYYY-MM-DD, UTC."),
        ("owner" = Option<String>, Query, description = "The owner. For the scope `admin`."),
    ),
    responses(
        (status = 200, body = UsageAnalytics),
        (status = "4XX", body = super::dialect::ImageKitError),
        (status = 503, body = super::dialect::ImageKitError),
    ),
    security(("bearer" = []), ("basic" = [])),
)]
pub async fn usage_analytics(call: &Call) -> ApiResult<worker::Result<Response>> {
    let (period, source) = read(call, EndDate::Inclusive).await?;
    Ok(json(200, &UsageAnalytics::new(&period, &source, call.now)))
}

async fn read(call: &Call, end: EndDate) -> ApiResult<(UsagePeriod, Source)> {
    let caller = auth::caller(call, Scope::Read).await?;
    let (start_date, end_date) = (call.parameter("startDate"), call.parameter("endDate"));
    let (today, retention) = (call.today(), call.config.retention_days);
    let period = UsagePeriod::parse(start_date, end_date, end, today, retention)?;
    let readable = auth::owner(call, caller).await?;
    let rows = usage::report(&call.db()?, readable.owner, &period.days, today, (FEW, TOP)).await?;
    let source = Source {
        days: rows.usage.days,
        storage: rows.usage.storage,
        metered: rows.usage.metered,
        ranking: Ranking::new(rows.ranked, rows.transformations),
        not_found: rows.not_found,
        urls: AssetUrls::new(call.media_origin(), readable.name),
        weights: call.config.weights.clone(),
    };
    Ok((period, source))
}
