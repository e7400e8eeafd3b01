//! The worker's own pages: `/` and `/_app/*`, from the `ASSETS` binding. No media path can reach them.

use js_sys::Promise;
use js_sys::futures::JsFuture;
use wasm_bindgen::prelude::*;
use worker::worker_sys::web_sys;
use worker::{Env, ResponseBuilder};

use crate::api::error::envelope;
use crate::cloudflare::bindings;

#[wasm_bindgen]
extern "C" {
    type Assets;

    #[wasm_bindgen(method, catch)]
    fn fetch(this: &Assets, request: &web_sys::Request) -> Result<Promise, JsValue>;
}

/// Static files are looked up by path alone; the host is never requested.
const INDEX: &str = "https://assets.pixtally.internal/index.html";

/// Whether a path is one of the worker's own pages.
pub fn owns(path: &str) -> bool {
    path == "/" || path.starts_with("/_app/")
}

pub async fn handle(request: &web_sys::Request, path: &str, env: &Env) -> worker::Result<web_sys::Response> {
    let Some(assets) = bindings::find(env, bindings::ASSETS) else {
        let body = envelope("not_found", "the ASSETS binding is missing").into_bytes();
        let builder =
            ResponseBuilder::new().with_status(404).with_header("content-type", "application/json")?;
        return Ok(builder.fixed(body).into());
    };
    let page = match path {
        "/" => &web_sys::Request::new_with_str(INDEX)?,
        _ => request,
    };
    let answer = assets.unchecked_into::<Assets>().fetch(page)?;
    Ok(JsFuture::from(answer).await?.unchecked_into())
}
