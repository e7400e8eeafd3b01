//! The worker's own pages: `/` and `/_app/*`, from the `ASSETS` binding. No media path can reach them.

use wasm_bindgen::JsCast;
use worker::worker_sys::web_sys;
use worker::{Env, Response};

use crate::api::dialect::Dialect;
use crate::api::error::ApiError;
use crate::cdn::{Asked, Method};
use crate::cloudflare::assets;

const INDEX: &str = "/index.html";

/// Pages run what is built with them and nothing else, ask this worker and nobody else, and stand in no frame. Thumbnails
/// come from this host, too.
const SECURITY: [(&str, &str); 4] = [
    (
        "content-security-policy",
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; \
         font-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    ),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "same-origin"),
    ("cross-origin-opener-policy", "same-origin"),
];
/// The page names the files that belong to it, and is asked for anew every time.
const PAGE_CACHING: &str = "no-cache";
/// The build puts a hash of its content into the name of every file under `/_app/`.
const FILE_CACHING: &str = "public, max-age=31536000, immutable";

/// Whether a path is one of the worker's own pages.
pub fn owns(path: &str) -> bool {
    path == "/" || path.starts_with("/_app/")
}

pub async fn handle(request: &web_sys::Request, asked: &Asked, env: &Env) -> worker::Result<Response> {
    if !matches!(asked.method, Method::Get | Method::Head) {
        return ApiError::MethodNotAllowed("GET, HEAD".to_owned()).response(Dialect::Own);
    }
    let index = assets::address(INDEX);
    let (page, caching) = match asked.path.as_str() {
        "/" => (&web_sys::Request::new_with_str_and_init(&index, request.unchecked_ref())?, PAGE_CACHING),
        _ => (request, FILE_CACHING),
    };
    match assets::fetch(env, page).await {
        Ok(answer) if matches!(answer.status_code(), 200 | 304) => dressed(answer, caching),
        Ok(_) => ApiError::not_found("page_not_found", "This page doesn't exist.").response(Dialect::Own),
        Err(error) => ApiError::from(error).response(Dialect::Own),
    }
}

/// A file of the worker's own, with the headers of one.
fn dressed(answer: Response, caching: &str) -> worker::Result<Response> {
    let headers = answer.headers().clone();
    for (name, value) in SECURITY {
        headers.set(name, value)?;
    }
    headers.set("cache-control", caching)?;
    Ok(answer.with_headers(headers))
}
