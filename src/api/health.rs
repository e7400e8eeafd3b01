//! `GET /healthz`: is it alive, is it configured, do its bindings answer? Anybody sees which parts need attention, and only
//! an administrator what is wrong with them.

use std::cell::RefCell;
use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;
use worker::Response;

use super::auth;
use super::call::{Call, json};
use super::error::ApiResult;
use crate::cloudflare::rate_limiter::{self, Verdict};
use crate::cloudflare::{analytics_engine, bindings, time};
use crate::config::Problem;
use crate::domain::date::{Date, Millis, parse_timestamp, timestamp};
use crate::domain::night::DAY_MS;
use crate::domain::privacy::Privacy;
use crate::domain::scope::Scope;
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
/// How long what an isolate has said in D1 of its stuck flush holds. It says so again every minute.
const STUCK_HOLDS_MS: Millis = 5 * 60 * 1000;
/// A key that no file can have, and no client.
const ABSENT_KEY: &str = "_healthz";
/// What a deployment without Analytics Engine cannot do.
const WITHOUT_ENGINE: &str = "The ANALYTICS binding is missing. Every request is counted, but days are not checked or restored \
                              at night, and reports that need Analytics Engine are not available.";
const NIGHTLY: &str = "nightly";
const RECORDING: &str = "recording";

thread_local! {
    static CHECKED: RefCell<Option<(Millis, Bindings, Marks)>> = const { RefCell::new(None) };
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
    aggregator: Check,
    analytics: Check,
    images: Check,
    assets: Check,
    /// The rate limiter of wrong credentials. Without it each isolate counts by itself.
    failures: Check,
    /// The rate limiter of statements to Analytics Engine. Without it each isolate counts by itself.
    statements: Check,
}

impl Bindings {
    /// Those that need attention.
    fn degraded(&self) -> impl Iterator<Item = &'static str> {
        let all = [
            (bindings::MEDIA, self.media),
            (bindings::DB, self.db),
            (bindings::AGGREGATOR, self.aggregator),
            (bindings::ANALYTICS, self.analytics),
            (bindings::IMAGES, self.images),
            (bindings::FAILURES, self.failures),
            (bindings::STATEMENTS, self.statements),
        ];
        all.into_iter().filter(|(_, check)| *check != Check::Ok).map(|(name, _)| name)
    }
}

#[derive(Serialize, ToSchema)]
pub struct AnalyticsState {
    enabled: bool,
    /// Why it is off.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
    /// What is not possible although it is on, and why.
    #[serde(skip_serializing_if = "Option::is_none")]
    limitation: Option<&'static str>,
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

/// Whether what was counted reaches D1.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Recording {
    /// RFC 3339, UTC: since when the answering isolate holds a flush that no aggregator accepts; null if none.
    stuck_since: Option<String>,
    /// How often that flush was sent.
    attempts: u32,
    /// When another isolate last reported such a flush, or an aggregator reported that D1 refuses its figures; null if none did in
    /// the last five minutes.
    elsewhere_at: Option<String>,
}

impl Recording {
    fn is_stuck(&self) -> bool {
        self.stuck_since.is_some() || self.elsewhere_at.is_some()
    }
}

/// What was read from D1.
#[derive(Debug, Clone, Default)]
struct Marks {
    nightly: Nightly,
    /// When an isolate has last reported a stuck flush.
    stuck_at: Option<String>,
}

/// The first three fields are for anybody; the others need a token.
#[derive(Serialize, ToSchema)]
pub struct Health {
    status: Status,
    /// What needs attention: bindings that are missing or do not answer, `nightly`, `recording`.
    degraded: Vec<&'static str>,
    /// Variables and secrets that cannot be used as they are.
    misconfigured: Vec<&'static str>,
    /// With a token of the scope `read`, or a session.
    #[serde(skip_serializing_if = "Option::is_none")]
    analytics: Option<AnalyticsState>,
    #[serde(flatten)]
    details: Option<Details>,
}

/// Only for administrators.
#[derive(Serialize, ToSchema)]
pub struct Details {
    version: &'static str,
    bindings: Bindings,
    nightly: Nightly,
    recording: Recording,
    /// What is wrong with variables and secrets.
    configuration: Vec<Problem>,
}

#[utoipa::path(
    get,
    path = "/healthz",
    operation_id = "get_health",
    description = "Liveness, configuration and bindings; 503 when media cannot be served. Without a credential, or with one that is not valid: \
                   the status, and the names of what needs attention. With the scope `read` also how counting is set up, with the scope \
                   `admin` everything.",
    responses((status = 200, body = Health), (status = 503, body = Health)),
)]
pub async fn get(call: &Call) -> ApiResult<worker::Result<Response>> {
    let config = &call.config;
    let (bindings, Marks { nightly, stuck_at }) = checked(call).await;
    let recording = recording(stuck_at, call.now);
    let parts = [(NIGHTLY, nightly.overdue || nightly.behind), (RECORDING, recording.is_stuck())];
    let parts = parts.into_iter().filter_map(|(name, is_degraded)| is_degraded.then_some(name));
    let degraded: Vec<_> = bindings.degraded().chain(parts).collect();
    let status = if bindings.media != Check::Ok {
        Status::Down
    } else if degraded.is_empty() && config.problems.is_empty() {
        Status::Ok
    } else {
        Status::Degraded
    };
    let reader = reader(call).await;
    let details = Details {
        version: env!("CARGO_PKG_VERSION"),
        bindings,
        nightly,
        recording,
        configuration: config.problems.clone(),
    };
    let health = Health {
        status,
        degraded,
        misconfigured: config.problems.iter().map(|problem| problem.variable).collect(),
        analytics: (reader != Reader::Anybody).then(|| analytics(call)),
        details: (reader == Reader::Admin).then_some(details),
    };
    Ok(json(if status == Status::Down { 503 } else { 200 }, &health))
}

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reader {
    Anybody,
    Token,
    Admin,
}

/// A credential that is not valid opens nothing, and is no error here: the answer is the one for anybody.
async fn reader(call: &Call) -> Reader {
    if call.header("authorization").is_none() && auth::session(call).is_none() {
        return Reader::Anybody;
    }
    match auth::caller(call, Scope::Read).await {
        Ok(caller) if caller.is_admin() => Reader::Admin,
        Ok(_) => Reader::Token,
        Err(_) => Reader::Anybody,
    }
}

fn analytics(call: &Call) -> AnalyticsState {
    let (config, off) = (&call.config, record::off(&call.env, &call.config));
    AnalyticsState {
        enabled: off.is_none(),
        reason: off.map(record::Off::message),
        limitation: (off.is_none() && !analytics_engine::is_bound(&call.env)).then_some(WITHOUT_ENGINE),
        realtime_enabled: config.realtime_enabled,
        batch_enabled: config.batch_enabled,
        privacy: config.privacy,
        retention_days: config.retention_days,
        dataset: config.dataset.clone(),
    }
}

/// `stuck_at`: what isolates have said in D1.
fn recording(stuck_at: Option<String>, now: Millis) -> Recording {
    let is_recent =
        |text: &String| parse_timestamp(text).is_some_and(|at| now.saturating_sub(at) <= STUCK_HOLDS_MS);
    let own = record::flusher::stuck(now);
    Recording {
        stuck_since: own.map(|flush| timestamp(flush.since)),
        attempts: own.map_or(0, |flush| flush.attempts),
        elsewhere_at: stuck_at.filter(is_recent),
    }
}

async fn marks(call: &Call, bindings: &Bindings) -> Marks {
    if bindings.db != Check::Ok {
        return Marks::default();
    }
    let read = async {
        let db = Db::open(&call.env)?;
        let registered = owners::first(&db).await?.and_then(|text| parse_timestamp(&text));
        Ok::<_, DbError>((meta::all(&db).await?, rebuilt::first_day(&db).await?, registered))
    };
    let Some(Ok((marks, first, registered))) = time::within(CHECK_TIMEOUT_MS, read).await else {
        return Marks::default();
    };
    let first = first.or_else(|| registered.map(Date::at));
    let is_overdue = overdue(&marks, first, call.now);
    let nightly = Nightly {
        overdue: is_overdue,
        behind: !is_overdue && is_behind(&marks, first, call.today()),
        last_aggregation_at: marks.get(meta::LAST_AGGREGATION).cloned(),
        last_purge_at: marks.get(meta::LAST_PURGE).cloned(),
        last_aggregation_date: marks.get(meta::LAST_AGGREGATION_DATE).cloned(),
    };
    Marks { nightly, stuck_at: marks.get(meta::STUCK_FLUSH).cloned() }
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
async fn checked(call: &Call) -> (Bindings, Marks) {
    let recent = CHECKED.with_borrow(Clone::clone).filter(|(at, ..)| call.now - at < CHECK_HOLDS_MS);
    if let Some((_, bindings, marks)) = recent {
        return (bindings, marks);
    }
    let present = |name| if bindings::find(&call.env, name).is_some() { Check::Ok } else { Check::Missing };
    let bindings = Bindings {
        media: media(call).await,
        db: db(call).await,
        aggregator: present(bindings::AGGREGATOR),
        analytics: present(bindings::ANALYTICS),
        images: present(bindings::IMAGES),
        assets: present(bindings::ASSETS),
        failures: limiter(call, bindings::FAILURES).await,
        statements: limiter(call, bindings::STATEMENTS).await,
    };
    let marks = marks(call, &bindings).await;
    CHECKED.set(Some((call.now, bindings, marks.clone())));
    (bindings, marks)
}

/// Asks a rate limiter about nobody.
async fn limiter(call: &Call, name: &str) -> Check {
    match rate_limiter::count(&call.env, name, ABSENT_KEY).await {
        Verdict::Within | Verdict::Beyond => Check::Ok,
        Verdict::Missing => Check::Missing,
        Verdict::Failing => Check::Failing,
    }
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
