//! The API: which path goes to which handler. A handler decodes, calls the domain, queries, encodes.

mod admin;
mod auth;
mod breakdown;
mod call;
mod cloudinary;
pub mod dialect;
pub mod error;
mod errors;
mod filtered;
mod health;
mod imagekit;
mod images;
mod metrics;
pub mod openapi;
mod overview;
mod owners;
mod parameters;
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
    match route(request, env, ctx, config).await {
        Ok(response) => response,
        Err(error) => error.response(dialect),
    }
}

async fn route(
    request: Request,
    env: Env,
    ctx: Context,
    config: Rc<Config>,
) -> ApiResult<worker::Result<Response>> {
    let path = request.path();
    let method = match request.inner().method().as_str() {
        "HEAD" => "GET".to_owned(),
        method => method.to_owned(),
    };
    let mut call = Call::new(request, env, ctx, config, time::now())?;
    let segments: Vec<&str> = path.trim_start_matches('/').split('/').collect();
    match (method.as_str(), &segments[..]) {
        ("GET", ["healthz"]) => health::get(&call).await,
        ("GET", ["v1", "openapi.json"]) => Ok(openapi::get()),
        ("GET", ["v1", "analytics", "overview"]) => overview::get(&call).await,
        ("GET", ["v1", "analytics", "images", id @ ..]) => images::get(&call, &id.join("/")).await,
        ("GET", ["v1", "analytics", "breakdown", dimension]) => breakdown::get(&call, dimension).await,
        ("GET", ["v1", "analytics", "errors"]) => errors::get(&call).await,
        ("GET", ["v1", "analytics", "status"]) => status::get(&call).await,
        ("GET", ["v1", "usage", "storage"]) => storage::get(&call).await,
        ("GET", ["v1", "usage", "metrics"]) => metrics::get(&call).await,
        ("POST", ["v1", "usage", "events"]) => usage_events::post(&mut call).await,
        ("GET", ["v1", "accounts", "usage"]) => imagekit::usage(&call).await,
        ("GET", ["v1", "accounts", "usage-analytics"]) => imagekit::usage_analytics(&call).await,
        ("GET", ["v1_1", cloud, "usage"]) => cloudinary::usage(&call, cloud, None).await,
        ("GET", ["v1_1", cloud, "usage", date]) => cloudinary::usage_at(&call, cloud, date).await,
        ("POST", ["v1", "admin", "aggregate"]) => admin::aggregate(&mut call).await,
        ("POST", ["v1", "admin", "purge"]) => admin::purge(&call).await,
        ("POST", ["v1", "admin", "storage"]) => admin::storage(&call).await,
        ("GET", ["v1", "admin", "runs", id]) => admin::run(&call, id).await,
        ("POST", ["v1", "session"]) => session::post(&mut call).await,
        ("GET", ["v1", "session"]) => session::get(&call).await,
        ("DELETE", ["v1", "session"]) => session::delete(&call).await,
        ("POST", ["v1", "owners"]) => owners::post(&mut call).await,
        ("GET", ["v1", "owners"]) => owners::list(&call).await,
        ("POST", ["v1", "tokens"]) => tokens::post(&mut call).await,
        ("GET", ["v1", "tokens"]) => tokens::list(&call).await,
        ("POST", ["v1", "tokens", id, "rotate"]) => tokens::rotate(&call, id).await,
        ("DELETE", ["v1", "tokens", id]) => tokens::revoke(&call, id).await,
        (_, segments) => Err(refused(segments)),
    }
}

fn refused(segments: &[&str]) -> ApiError {
    match segments {
        ["healthz"] | ["v1", "openapi.json"] | ["v1", "analytics", "overview"] => {
            ApiError::MethodNotAllowed("GET")
        }
        ["v1", "analytics", "status" | "errors"]
        | ["v1", "analytics", "breakdown", _]
        | ["v1", "usage", "storage" | "metrics"]
        | ["v1", "accounts", "usage" | "usage-analytics"]
        | ["v1_1", _, "usage"]
        | ["v1_1", _, "usage", _]
        | ["v1", "admin", "runs", _] => ApiError::MethodNotAllowed("GET, HEAD"),
        ["v1", "admin", "aggregate" | "purge" | "storage"] | ["v1", "usage", "events"] => {
            ApiError::MethodNotAllowed("POST")
        }
        ["v1", "analytics", "images", ..] => ApiError::MethodNotAllowed("GET, HEAD"),
        ["v1", "session"] => ApiError::MethodNotAllowed("GET, HEAD, POST, DELETE"),
        ["v1", "owners" | "tokens"] => ApiError::MethodNotAllowed("GET, HEAD, POST"),
        ["v1", "tokens", _, "rotate"] => ApiError::MethodNotAllowed("POST"),
        ["v1", "tokens", _] => ApiError::MethodNotAllowed("DELETE"),
        _ => {
            let message = "there is no such endpoint; /v1/openapi.json lists them all".to_owned();
            ApiError::NotFound { code: "endpoint_not_found", message }
        }
    }
}
