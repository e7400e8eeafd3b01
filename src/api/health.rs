//! `GET /healthz`: is it alive, is it configured, do its bindings answer?

use std::cell::RefCell;

use serde::Serialize;
use utoipa::ToSchema;
use worker::Response;

use super::call::{Call, json};
use super::error::ApiResult;
use crate::cloudflare::{bindings, time};
use crate::config::Problem;
use crate::domain::date::Millis;
use crate::domain::privacy::Privacy;
use crate::record;
use crate::store::db::{Db, Found, Statement};
use crate::store::sql;

/// How long a check of the bindings holds: anybody may ask.
const CHECK_HOLDS_MS: Millis = 10_000;
const CHECK_TIMEOUT_MS: Millis = 3_000;
/// A key that no file can have.
const ABSENT_KEY: &str = "_healthz";

thread_local! {
    static CHECKED: RefCell<Option<(Millis, Bindings)>> = const { RefCell::new(None) };
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    Ok,
    /// Media are served, and something else needs attention.
    Degraded,
    /// Media cannot be served.
    Down,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Check {
    Ok,
    Missing,
    /// It is bound, and does not answer.
    Failing,
    /// The database answers, and its migrations have not been applied.
    NotMigrated,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "UPPERCASE")]
pub struct Bindings {
    media: Check,
    db: Check,
    analytics: Check,
    images: Check,
    assets: Check,
}

#[derive(Serialize, ToSchema)]
pub struct AnalyticsState {
    enabled: bool,
    /// Why it is off.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
    realtime_enabled: bool,
    batch_enabled: bool,
    #[schema(value_type = String)]
    privacy: Privacy,
    retention_days: u32,
    dataset: String,
}

#[derive(Serialize, ToSchema)]
pub struct Health {
    status: Status,
    version: &'static str,
    analytics: AnalyticsState,
    bindings: Bindings,
    /// What is wrong with variables and secrets.
    configuration: Vec<Problem>,
}

#[utoipa::path(
    get,
    path = "/healthz",
    description = "Liveness, configuration and bindings. 503 when media cannot be served.",
    responses((status = 200, body = Health), (status = 503, body = Health)),
)]
pub async fn get(call: &Call) -> ApiResult<worker::Result<Response>> {
    let config = &call.config;
    let bindings = bindings_now(call).await;
    let off = record::off(&call.env, config);
    let complete =
        bindings.db == Check::Ok && bindings.analytics == Check::Ok && bindings.images == Check::Ok;
    let status = if bindings.media != Check::Ok {
        Status::Down
    } else if complete && config.problems.is_empty() {
        Status::Ok
    } else {
        Status::Degraded
    };
    let health = Health {
        status,
        version: env!("CARGO_PKG_VERSION"),
        analytics: AnalyticsState {
            enabled: off.is_none(),
            reason: off.map(record::Off::message),
            realtime_enabled: config.realtime_enabled,
            batch_enabled: config.batch_enabled,
            privacy: config.privacy,
            retention_days: config.retention_days,
            dataset: config.dataset.clone(),
        },
        bindings,
        configuration: config.problems.clone(),
    };
    Ok(json(if status == Status::Down { 503 } else { 200 }, &health))
}

async fn bindings_now(call: &Call) -> Bindings {
    let recent = CHECKED.with_borrow(|checked| *checked).filter(|(at, _)| call.now - at < CHECK_HOLDS_MS);
    if let Some((_, bindings)) = recent {
        return bindings;
    }
    let present = |name| if bindings::find(&call.env, name).is_some() { Check::Ok } else { Check::Missing };
    let bindings = Bindings {
        media: media(call).await,
        db: db(call).await,
        analytics: present(bindings::ANALYTICS),
        images: present(bindings::IMAGES),
        assets: present(bindings::ASSETS),
    };
    CHECKED.set(Some((call.now, bindings)));
    bindings
}

async fn media(call: &Call) -> Check {
    let Ok(bucket) = call.env.bucket(bindings::MEDIA) else { return Check::Missing };
    match time::within(CHECK_TIMEOUT_MS, bucket.head(ABSENT_KEY)).await {
        Some(Ok(_)) => Check::Ok,
        _ => Check::Failing,
    }
}

async fn db(call: &Call) -> Check {
    let Ok(db) = Db::open(&call.env) else { return Check::Missing };
    match time::within(CHECK_TIMEOUT_MS, db.first::<Found>(Statement(sql::PING, &[]))).await {
        Some(Ok(found)) => {
            if Found::is(found) {
                Check::Ok
            } else {
                Check::NotMigrated
            }
        }
        _ => Check::Failing,
    }
}
