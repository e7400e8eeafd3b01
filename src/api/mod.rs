//! The API: which path goes to which handler. A handler decodes, calls the domain, queries, encodes.

mod admin;
mod auth;
mod breakdown;
mod call;
mod cloudinary;
mod comparison;
#[cfg(not(target_arch = "wasm32"))]
pub mod description;
pub mod dialect;
mod engine;
pub mod error;
mod errors;
mod filtered;
mod health;
mod imagekit;
mod images;
pub mod limits;
mod live;
mod lookup;
mod metrics;
mod openapi;
mod overview;
mod owners;
#[cfg(not(target_arch = "wasm32"))]
mod parameters;
mod routes;
mod session;
mod status;
mod storage;
mod subject;
mod tokens;
mod usage_events;

use std::rc::Rc;

use worker::{Context, Env, Request, Response};

use crate::cloudflare::time;
use crate::config::Config;

use call::Call;
use dialect::Dialect;
use error::{ApiError, ApiResult};
use routes::{Method, Route};

/// Whether a path belongs to the API.
pub fn owns(path: &str) -> bool {
    path == "/healthz" || ["/v1", "/v1_1"].into_iter().any(|root| is_below(path, root))
}

fn is_below(path: &str, root: &str) -> bool {
    path.strip_prefix(root).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Answers a request to the API.
pub async fn handle(
    request: Request,
    env: Env,
    ctx: Context,
    config: Rc<Config>,
) -> worker::Result<Response> {
    let dialect = Dialect::of(&request.path());
    let is_head = request.inner().method() == "HEAD";
    let response = match route(request, env, ctx, config).await {
        Ok(response) => response,
        Err(error) => error.response(dialect),
    }?;
    if is_head { headers_only(response).await } else { Ok(response) }
}

/// The response to HEAD: that to GET without its body, but with the length of it.
async fn headers_only(mut response: Response) -> worker::Result<Response> {
    let length = response.bytes().await?.len();
    let headers = response.headers().clone();
    headers.set("content-length", &length.to_string())?;
    Ok(Response::empty()?.with_status(response.status_code()).with_headers(headers))
}

async fn route(
    request: Request,
    env: Env,
    ctx: Context,
    config: Rc<Config>,
) -> ApiResult<worker::Result<Response>> {
    let path = request.path();
    let method = Method::parse(&request.inner().method());
    let mut call = Call::new(request, env, ctx, config, time::now())?;
    let route = method.and_then(|method| Route::of(method, &path)).ok_or_else(|| refused(&path))?;
    match route {
        Route::Health => health::get(&call).await,
        Route::OpenApi => openapi::get(&call).await,
        Route::Overview => overview::get(&call).await,
        Route::Breakdown(dimension) => breakdown::get(&call, dimension).await,
        Route::Image(id) => images::get(&call, id).await,
        Route::Errors => errors::get(&call).await,
        Route::Live => live::get(&call).await,
        Route::Status => status::get(&call).await,
        Route::Storage => storage::get(&call).await,
        Route::Metrics => metrics::get(&call).await,
        Route::UsageEvents => usage_events::post(&mut call).await,
        Route::ImageKitUsage => imagekit::usage(&call).await,
        Route::ImageKitUsageAnalytics => imagekit::usage_analytics(&call).await,
        Route::CloudinaryUsage(cloud) => cloudinary::usage(&call, cloud, None).await,
        Route::CloudinaryUsageAt(cloud, date) => cloudinary::usage_at(&call, cloud, date).await,
        Route::Aggregate => admin::aggregate(&mut call).await,
        Route::Purge => admin::purge(&call).await,
        Route::MeasureStorage => admin::storage(&call).await,
        Route::Run(id) => admin::run(&call, id).await,
        Route::ResumeRun(id) => admin::resume(&call, id).await,
        Route::SignIn => session::post(&mut call).await,
        Route::Session => session::get(&call).await,
        Route::SignOut => session::delete(&call).await,
        Route::CreateOwner => owners::post(&mut call).await,
        Route::Owners => owners::list(&call).await,
        Route::CreateToken => tokens::post(&mut call).await,
        Route::Tokens => tokens::list(&call).await,
        Route::RotateToken(id) => tokens::rotate(&call, id).await,
        Route::RevokeToken(id) => tokens::revoke(&call, id).await,
    }
}

fn refused(path: &str) -> ApiError {
    match routes::allowed(path) {
        Some(methods) => ApiError::MethodNotAllowed(methods),
        None => {
            let message = "Unknown endpoint. /v1/openapi.json lists all endpoints.";
            ApiError::not_found("endpoint_not_found", message)
        }
    }
}
