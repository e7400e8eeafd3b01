//! `GET /v1/analytics/live`

use worker::{Response, console_error};

use super::auth::{self, Subject};
use super::call::{Call, json};
use super::error::{ApiError, ApiResult};
use crate::aggregator;
use crate::domain::report::live::Live;
use crate::domain::scope::Scope;

const PARAMETERS: [&str; 1] = ["owner"];

#[utoipa::path(
    get,
    path = "/v1/analytics/live",
    operation_id = "get_live",
    description = "The last 60 minutes, minute by minute, as the aggregator has counted them.",
    params(
        ("owner" = Option<String>, Query, description = "The owner, or `*` for all owners. For the scope `admin`."),
    ),
    responses(
        (status = 200, body = Live),
        (status = "4XX", body = super::error::Envelope),
        (status = 503, body = super::error::Envelope),
    ),
    security(("bearer" = []), ("basic" = [])),
)]
pub async fn get(call: &Call) -> ApiResult<worker::Result<Response>> {
    let caller = auth::caller(call, Scope::Read).await?;
    call.allow(&PARAMETERS)?;
    let owner = match auth::subject(call, caller).await? {
        Subject::One(readable) => Some(readable.owner),
        Subject::All => None,
    };
    let minutes = aggregator::minutes(&call.env, owner).await.map_err(|refusal| {
        console_error!("the last minutes: {refusal}");
        ApiError::Aggregator
    })?;
    Ok(json(200, &Live::new(&minutes, call.now)))
}
