//! `POST /v1/usage/events`: work that was done elsewhere is reported, and counts once however often it is.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use worker::Response;

use super::auth;
use super::call::{Call, json};
use super::error::{ApiError, ApiResult};
use crate::domain::metering::event::{self, EventError, MAX_EVENTS, NewUsageEvent, UsageEvent};
use crate::domain::scope::Scope;
use crate::store::usage_events::{self, KnownEvent};

/// Most errors in one response.
const MAX_ERRORS: usize = 5;

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewUsageEvents {
    /// Either all are counted, or none.
    #[schema(min_items = 1, max_items = 200)]
    events: Vec<NewUsageEvent>,
}

#[derive(Serialize, ToSchema)]
pub struct CountedEvents {
    /// Newly counted events.
    counted: usize,
    /// Events with a known key, or sent twice.
    repeated: usize,
}

#[utoipa::path(
    post,
    path = "/v1/usage/events",
    operation_id = "report_usage_events",
    description = "Reports video processing and extensions, up to 200 events and 64 KiB at once: all of them count, or none. An event with a known key counts once, so a request can be repeated after a lost connection or a 503. Scope: `write`.",
    params(("owner" = Option<String>, Query, description = "The owner of the work. For the scope `admin`.")),
    request_body = NewUsageEvents,
    responses(
        (status = 200, body = CountedEvents),
        (status = 409, body = super::error::Envelope, description = "A key was already used for something else."),
        (status = "4XX", body = super::error::Envelope),
        (status = 503, body = super::error::Envelope),
    ),
    security(("bearer" = []), ("basic" = [])),
)]
pub async fn post(call: &mut Call) -> ApiResult<worker::Result<Response>> {
    let caller = auth::caller(call, Scope::Write).await?;
    call.allow(&["owner"])?;
    let NewUsageEvents { events } = call.body().await?;
    if !(1..=MAX_EVENTS).contains(&events.len()) {
        let message = format!("events must have 1 to {MAX_EVENTS} entries, not {}.", events.len());
        return Err(ApiError::bad_request("events_count_invalid", message));
    }
    let owner = auth::owner(call, caller).await?.owner;
    let sent = events.len();
    let events = event::read(&events, call.now).map_err(invalid)?;
    let known = usage_events::count(&call.db()?, owner, &events, call.today()).await?;
    reused(&events, &known)?;
    let counted = events.len() - known.len();
    Ok(json(200, &CountedEvents { counted, repeated: sent - counted }))
}

fn invalid(errors: Vec<(usize, EventError)>) -> ApiError {
    let mut said: Vec<String> =
        errors.iter().take(MAX_ERRORS).map(|(place, error)| format!("events[{place}]: {error}")).collect();
    if errors.len() > MAX_ERRORS {
        said.push(format!("{} more errors", errors.len() - MAX_ERRORS));
    }
    ApiError::bad_request("event_invalid", format!("Nothing was counted. {}.", said.join("; ")))
}

/// Whether a key was used before for something else.
fn reused(events: &[UsageEvent], known: &[KnownEvent]) -> ApiResult<()> {
    for before in known {
        let event = events.iter().find(|event| event.key == before.idempotency_key);
        if event.is_some_and(|event| !event.is_same(before.metric, before.quantity, before.date)) {
            let message = format!(
                "Nothing was counted. The idempotency_key {:?} was already used for {} on {}.",
                before.idempotency_key,
                before.metric.describe(before.quantity),
                before.date
            );
            return Err(ApiError::Conflict { code: "idempotency_key_reused", message });
        }
    }
    Ok(())
}
