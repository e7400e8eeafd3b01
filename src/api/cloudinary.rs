//! `GET /v1_1/{cloud}/usage` and `/usage/{date}`, as Cloudinary's clients ask for them. A cloud is an owner.

use std::borrow::Cow;

use worker::Response;

use super::auth::{self, Readable, Subject};
use super::call::{Call, json};
use super::dialect::Dialect;
use super::error::{ApiError, ApiResult};
use crate::domain::date::Date;
use crate::domain::period::Period;
use crate::domain::report::cloudinary::{CloudinaryUsage, ROLLING_DAYS};
use crate::domain::scope::Scope;
use crate::store::{meta, usage};

#[utoipa::path(
    get,
    path = "/v1_1/{cloud}/usage",
    operation_id = "get_cloudinary_usage",
    description = "Usage of the last thirty days, in the shape of Cloudinary's Admin API. Basic authentication with a token's id and the token.",
    params(
        ("cloud" = String, Path, description = "The owner."),
        ("date" = Option<String>, Query, format = Date, description = "The last of the thirty days; by default today."),
    ),
    responses(
        (status = 200, body = CloudinaryUsage, headers(
            ("x-featureratelimit-limit" = u32, description = "Requests of the token in a minute, as this instance of the worker counts them. Not sent to the operator, who is not limited."),
            ("x-featureratelimit-remaining" = u32, description = "How many of them are left."),
            ("x-featureratelimit-reset" = String, description = "When the minute ends, as an HTTP date."),
        )),
        (status = "4XX", body = super::dialect::CloudinaryError),
        (status = 500, body = super::dialect::CloudinaryError),
    ),
    security(("bearer" = []), ("basic" = [])),
)]
pub async fn usage(call: &Call, cloud: &str, date: Option<&str>) -> ApiResult<worker::Result<Response>> {
    let caller = auth::caller(call, Scope::Read).await?;
    let last = last_day(call, date.or_else(|| call.parameter("date")))?;
    let Subject::One(Readable { owner, .. }) = auth::named(call, caller, Some(cloud)).await? else {
        let message = format!("Cloud {cloud:?} doesn't exist.");
        return Err(ApiError::not_found("owner_not_found", message));
    };
    let db = call.db()?;
    let days = ROLLING_DAYS.min(call.config.retention_days);
    let rows =
        usage::totals(&db, Some(owner), &[owner.to_string()], &Period::rolling(days, last), call.today())
            .await?;
    let updated = match call.config.realtime_enabled {
        true => Some(call.today()),
        false => meta::get(&db, meta::LAST_AGGREGATION_DATE).await?.and_then(|it| Date::parse(&it).ok()),
    };
    let updated = updated.unwrap_or(last).min(last);
    let weights = &call.config.weights;
    let usage = CloudinaryUsage::new((last, updated), &rows.days, rows.storage, &rows.metered, weights);
    Ok(limited(call, json(200, &usage)))
}

/// With what the caller's token may still ask, where that is counted.
fn limited(call: &Call, answer: worker::Result<Response>) -> worker::Result<Response> {
    let answer = answer?;
    if let Some(token) = call.counted.get() {
        for (name, value) in Dialect::Cloudinary.limit_headers(&token.allowance, 0) {
            answer.headers().set(name, &value)?;
        }
    }
    Ok(answer)
}

/// Cloudinary's clients for Ruby and Python write DD-MM-YYYY.
fn year_first(text: &str) -> Cow<'_, str> {
    match text.split('-').collect::<Vec<_>>()[..] {
        [day, month, year] if year.len() == 4 => format!("{year}-{month}-{day}").into(),
        _ => text.into(),
    }
}

/// The last of the days that are asked for.
fn last_day(call: &Call, date: Option<&str>) -> ApiResult<Date> {
    let (today, retention) = (call.today(), call.config.retention_days);
    let Some(text) = date else { return Ok(today) };
    let date = Date::parse(&year_first(text))
        .map_err(|error| ApiError::bad_request("date_malformed", format!("Invalid date: {error}")))?;
    let oldest = today.minus(retention.saturating_sub(ROLLING_DAYS));
    if !(oldest..=today).contains(&date) {
        let message = format!("Invalid date: {date} is not from {oldest} to {today}");
        return Err(ApiError::bad_request("date_out_of_range", message));
    }
    Ok(date)
}

#[utoipa::path(
    get,
    path = "/v1_1/{cloud}/usage/{date}",
    operation_id = "get_cloudinary_usage_at",
    description = "Usage of the thirty days that end with a date.",
    params(
        ("cloud" = String, Path, description = "The owner."),
        ("date" = String, Path, format = Date, description = "The last of the thirty days, YYYY-MM-DD or DD-MM-YYYY, UTC. The thirty days must be within the retention."),
    ),
    responses(
        (status = 200, body = CloudinaryUsage),
        (status = "4XX", body = super::dialect::CloudinaryError),
        (status = 500, body = super::dialect::CloudinaryError),
    ),
    security(("bearer" = []), ("basic" = [])),
)]
pub async fn usage_at(call: &Call, cloud: &str, date: &str) -> ApiResult<worker::Result<Response>> {
    usage(call, cloud, Some(date)).await
}
