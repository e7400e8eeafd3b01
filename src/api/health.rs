//! `GET /healthz`: is it alive, is it configured, do its bindings answer?

use std::cell::RefCell;
use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;
use worker::Response;

use super::call::{Call, json};
use super::error::ApiResult;
use crate::cloudflare::{bindings, time};
use crate::config::Problem;
use crate::domain::date::{Date, Millis, parse_timestamp};
use crate::domain::night::DAY_MS;
use crate::domain::privacy::Privacy;
use crate::record;
use crate::store::db::{Database, Db, DbError, Found, Statement};
use crate::store::{meta, owners, rebuilt, sql};

/// How long a check of the bindings holds: anybody may ask.
const CHECK_HOLDS_MS: Millis = 10_000;
const CHECK_TIMEOUT_MS: Millis = 3_000;
/// The triggers come once a day; this is two hours late.
const OVERDUE_MS: Millis = 26 * 60 * 60 * 1000;
/// Yesterday is closed in the night; one night may fail.
const BEHIND_DAYS: i64 = 3;
/// A key that no file can have.
const ABSENT_KEY: &str = "_healthz";

thread_local! {
    static CHECKED: RefCell<Option<(Millis, Bindings, Nightly)>> = const { RefCell::new(None) };
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    Ok,
    /// Media are served, but something else needs attention.
    Degraded,
    /// Media cannot be served.
    Down,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Check {
    Ok,
    Missing,
    /// It is bound, but does not respond.
    Failing,
    /// The database responds, but its migrations are missing.
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

/// The nightly job.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Nightly {
    /// RFC 3339, UTC; null before the first run.
    last_aggregation_at: Option<String>,
    last_purge_at: Option<String>,
    /// No trigger came for more than 26 hours, although there is work.
    overdue: bool,
    /// The last finalised day, YYYY-MM-DD.
    last_aggregation_date: Option<String>,
    /// Triggers come, but no day was finalised for three days; `/v1/analytics/status` says why.
    behind: bool,
}

#[derive(Serialize, ToSchema)]
pub struct Health {
    status: Status,
    version: &'static str,
    analytics: AnalyticsState,
    bindings: Bindings,
    nightly: Nightly,
    /// What is wrong with variables and secrets.
    configuration: Vec<Problem>,
}

#[utoipa::path(
    get,
    path = "/healthz",
    operation_id = "get_health",
    description = "Liveness, configuration and bindings. 503 when media cannot be served.",
    responses((status = 200, body = Health), (status = 503, body = Health)),
)]
pub async fn get(call: &Call) -> ApiResult<worker::Result<Response>> {
    let config = &call.config;
    let (bindings, nightly) = checked(call).await;
    let off = record::off(&call.env, config);
    let complete = bindings.db == Check::Ok
        && bindings.analytics == Check::Ok
        && bindings.images == Check::Ok
        && !nightly.overdue
        && !nightly.behind;
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
        nightly,
        configuration: config.problems.clone(),
    };
    Ok(json(if status == Status::Down { 503 } else { 200 }, &health))
}

async fn nightly(call: &Call, bindings: &Bindings) -> Nightly {
    if bindings.db != Check::Ok {
        return Nightly::default();
    }
    let read = async {
        let db = Db::open(&call.env)?;
        let registered = owners::first(&db).await?.and_then(|text| parse_timestamp(&text));
        Ok::<_, DbError>((meta::all(&db).await?, rebuilt::first_day(&db).await?, registered))
    };
    let Some(Ok((marks, first, registered))) = time::within(CHECK_TIMEOUT_MS, read).await else {
        return Nightly::default();
    };
    let first = first.or_else(|| registered.map(Date::at));
    let is_overdue = overdue(&marks, first, call.now);
    Nightly {
        overdue: is_overdue,
        behind: !is_overdue && is_behind(&marks, first, call.today()),
        last_aggregation_at: marks.get(meta::LAST_AGGREGATION).cloned(),
        last_purge_at: marks.get(meta::LAST_PURGE).cloned(),
        last_aggregation_date: marks.get(meta::LAST_AGGREGATION_DATE).cloned(),
    }
}

/// Whether days that are over for so long are not closed. `first` is the oldest day that has figures.
fn is_behind(marks: &BTreeMap<String, String>, first: Option<Date>, today: Date) -> bool {
    let closed = marks.get(meta::LAST_AGGREGATION_DATE).and_then(|text| Date::parse(text).ok());
    closed.max(first).is_some_and(|date| today.days_since(date) > BEHIND_DAYS)
}

/// Whether one of the triggers has not come for too long, although there was something to do: `first` is the oldest day
/// that has figures.
pub fn overdue(marks: &BTreeMap<String, String>, first: Option<Date>, now: Millis) -> bool {
    let is_recent = |millis: Millis| now.saturating_sub(millis) <= OVERDUE_MS;
    let came = |mark: &str| marks.get(mark).and_then(|text| parse_timestamp(text)).is_some_and(is_recent);
    let has_work = first.is_some_and(|first| !is_recent(first.start() + DAY_MS));
    has_work && !(came(meta::LAST_AGGREGATION) && came(meta::LAST_PURGE))
}

/// The state of what is behind the worker: from memory if it was asked for just now, since anybody may ask.
async fn checked(call: &Call) -> (Bindings, Nightly) {
    let recent = CHECKED.with_borrow(Clone::clone).filter(|(at, ..)| call.now - at < CHECK_HOLDS_MS);
    if let Some((_, bindings, nightly)) = recent {
        return (bindings, nightly);
    }
    let present = |name| if bindings::find(&call.env, name).is_some() { Check::Ok } else { Check::Missing };
    let bindings = Bindings {
        media: media(call).await,
        db: db(call).await,
        analytics: present(bindings::ANALYTICS),
        images: present(bindings::IMAGES),
        assets: present(bindings::ASSETS),
    };
    let nightly = nightly(call, &bindings).await;
    CHECKED.set(Some((call.now, bindings, nightly.clone())));
    (bindings, nightly)
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
