//! `GET /v1/openapi.json`: the API's description, a file that is deployed with the Worker.
//!
//! Not here: what it says (`description.rs`).

use worker::{Response, ResponseBuilder};

use super::call::Call;
use super::error::ApiResult;
use crate::cloudflare::assets;

const FILE: &str = "/v1/openapi.json";

pub async fn get(call: &Call) -> ApiResult<worker::Result<Response>> {
    let description = assets::read(&call.env, FILE).await?;
    Ok(answer(description))
}

/// As the API answers with JSON: the headers of static files are for pages.
fn answer(description: Vec<u8>) -> worker::Result<Response> {
    Ok(ResponseBuilder::new()
        .with_header("cache-control", "no-store")?
        .with_header("content-type", "application/json")?
        .with_header("x-content-type-options", "nosniff")?
        .fixed(description))
}
