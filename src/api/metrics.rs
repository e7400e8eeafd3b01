//! `GET /v1/usage/metrics`

use worker::Response;

use super::auth::{self, Subject};
use super::call::{BOM, Call};
use super::error::{ApiError, ApiResult};
use super::subject::Owners;
use crate::domain::counters::Counters;
use crate::domain::month::Month;
use crate::domain::period::Period;
use crate::domain::report::metrics::{Metrics, Span, served};
use crate::domain::scope::Scope;
use crate::store::usage::{self, FrozenMonth};

const PARAMETERS: [&str; 7] = ["owner", "month", "days", "start", "end", "format", BOM];

#[utoipa::path(
    get,
    path = "/v1/usage/metrics",
    operation_id = "get_metrics",
    description = "Traffic, metered work and storage of a calendar month, UTC, or of the days that `days`, or `start` and `end`, choose. Months are kept forever.",
    params(
        ("owner" = Option<String>, Query, description = "The owner, or `*` for all owners. For the scope `admin`."),
        ("month" = Option<String>, Query, description = "YYYY-MM; by default the current one.", pattern = "^[0-9]{4}-[0-9]{2}$"),
        ("days" = Option<u32>, Query, description = "Instead of a month: the number of UTC days up to today.", minimum = 1, maximum = 90),
        ("start" = Option<String>, Query, format = Date, description = "Instead of a month: the first day, YYYY-MM-DD; with `end`."),
        ("end" = Option<String>, Query, format = Date, description = "The last day, inclusive; at most 90 days with the first."),
        super::parameters::Format,
    ),
    responses(
        (status = 200, content((Metrics = "application/json"), (String = "text/csv"))),
        (status = "4XX", body = super::error::Envelope),
        (status = 503, body = super::error::Envelope),
    ),
    security(("bearer" = []), ("basic" = [])),
)]
pub async fn get(call: &Call) -> ApiResult<worker::Result<Response>> {
    let caller = auth::caller(call, Scope::Read).await?;
    call.allow(&PARAMETERS)?;
    let span = span(call)?;
    let format = call.format()?;
    let subject = auth::subject(call, caller).await?;
    let db = call.db()?;
    let owners = Owners::of(call, &db, &subject).await?;
    let owner = match &subject {
        Subject::One(readable) => Some(readable.owner),
        Subject::All => None,
    };
    let (rows, frozen) = match span {
        Span::Month(month) => usage::month(&db, owner, &owners.ids, month, call.today()).await?,
        Span::Days(days) => {
            (usage::totals(&db, owner, &owners.ids, &days, call.today()).await?, FrozenMonth::default())
        }
    };
    let counted = Counters {
        requests: frozen.requests,
        bandwidth_bytes: frozen.bandwidth_bytes,
        ..Counters::default()
    };
    let served = served(counted, frozen.open_from, &rows.days);
    let report = Metrics::new(span, &served, rows.storage, &rows.metered, &call.config.weights, call.now);
    Ok(format.answer(&report, "metrics", || report.csv()))
}

fn span(call: &Call) -> ApiResult<Span> {
    let today = call.today();
    let has_days = ["days", "start", "end"].into_iter().any(|name| call.parameter(name).is_some());
    match (call.parameter("month"), has_days) {
        (Some(_), true) => {
            let message = "Use either month, or days, or start and end.";
            Err(ApiError::bad_request("range_ambiguous", message.to_owned()))
        }
        (None, true) => Ok(Span::Days(Period::from(&call.range()?))),
        (Some(text), false) => Ok(Span::Month(Month::parse(text, today)?)),
        (None, false) => Ok(Span::Month(Month::of(today))),
    }
}
