//! `GET /v1/analytics/status`

use worker::Response;

use super::admin::RunReport;
use super::auth::{self, Caller, Subject};
use super::call::{Call, json};
use super::error::ApiResult;
use super::health;
use crate::domain::date::Date;
use crate::domain::report::status::{Known, Status, messages};
use crate::domain::scope::Scope;
use crate::record;
use crate::store::{meta, rebuilt, runs, status};

const PARAMETERS: [&str; 4] = ["owner", "days", "start", "end"];
/// Runs that an administrator sees.
const RUNS: u32 = 20;

#[utoipa::path(
    get,
    path = "/v1/analytics/status",
    operation_id = "get_status",
    description = "How current and complete the data is: the source of each day, gaps, drift, sampling and missed requests.",
    params(
        ("owner" = Option<String>, Query, description = "The owner, or `*` for all owners, which is the default of `ADMIN_TOKEN`. For the scope `admin`."),
        super::parameters::Days,
    ),
    responses((status = 200, body = Status<RunReport>), (status = "4XX", body = super::error::Envelope), (status = 503, body = super::error::Envelope)),
    security(("bearer" = []), ("basic" = [])),
)]
pub async fn get(call: &Call) -> ApiResult<worker::Result<Response>> {
    let caller = auth::caller(call, Scope::Read).await?;
    call.allow(&PARAMETERS)?;
    let range = call.range()?;
    let is_admin = caller.is_admin();
    let subject = match (&caller, call.parameter("owner")) {
        (Caller::Operator, None) => Subject::All,
        _ => auth::subject(call, caller).await?,
    };
    let owners = match subject {
        Subject::One(readable) => Some(vec![readable.owner.to_string()]),
        Subject::All => None,
    };
    let db = call.db()?;
    let known = Known {
        closed: status::closed_days(&db, owners.as_deref(), &range).await?,
        runs: status::last_runs(&db, &range).await?.into_iter().collect(),
        first: rebuilt::first_day(&db).await?,
    };
    let uncounted = status::uncounted(&db, &range).await?;
    let marks = meta::all(&db).await?;
    let days = known.days(&range, call.today(), is_admin);
    let list = if is_admin { Some(runs::list(&db, RUNS).await?) } else { None };
    // What to look at in the deployment is the operator's business.
    let overdue = is_admin && health::overdue(&marks, known.first, call.now);
    let report = Status {
        generated_at: call.timestamp(),
        range: (&range).into(),
        messages: messages(&days, &uncounted, overdue),
        realtime_enabled: call.config.realtime_enabled && record::off(&call.env, &call.config).is_none(),
        batch_enabled: call.config.batch_enabled,
        last_aggregation_date: marks.get(meta::LAST_AGGREGATION_DATE).and_then(|text| Date::parse(text).ok()),
        last_aggregation_at: marks.get(meta::LAST_AGGREGATION).cloned(),
        last_purge_at: marks.get(meta::LAST_PURGE).cloned(),
        gaps: days.iter().filter(|day| day.is_gap()).map(|day| day.date).collect(),
        days,
        uncounted,
        runs: list.map(|runs| runs.into_iter().map(RunReport::from).collect()),
    };
    Ok(json(200, &report))
}
