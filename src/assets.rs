//! The worker's own pages: `/` and `/_app/*`, from the `ASSETS` binding. No media path can reach them.

use js_sys::Promise;
use js_sys::futures::JsFuture;
use wasm_bindgen::prelude::*;
use worker::worker_sys::web_sys;
use worker::{Env, Response};

use crate::api::dialect::Dialect;
use crate::api::error::ApiError;
use crate::cdn::{Asked, Method};
use crate::cloudflare::bindings;

#[wasm_bindgen]
extern "C" {
    type Assets;

    #[wasm_bindgen(method, catch)]
    fn fetch(this: &Assets, request: &web_sys::Request) -> Result<Promise, JsValue>;
}

/// Static files are looked up by path alone; the host is never requested.
const INDEX: &str = "https://assets.pixtally.internal/index.html";

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
    let Some(assets) = bindings::find(env, bindings::ASSETS) else {
        return not_found("The ASSETS binding is missing.");
    };
    let (page, caching) = match asked.path.as_str() {
        "/" => (&web_sys::Request::new_with_str_and_init(INDEX, request.unchecked_ref())?, PAGE_CACHING),
        _ => (request, FILE_CACHING),
    };
    let answer = assets.unchecked_into::<Assets>().fetch(page)?;
    let answer: web_sys::Response = JsFuture::from(answer).await?.unchecked_into();
    match answer.status() {
        200 | 304 => dressed(answer.into(), caching),
        _ => not_found("This page doesn't exist."),
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

fn not_found(message: &str) -> worker::Result<Response> {
    ApiError::not_found("page_not_found", message).response(Dialect::Own)
}
