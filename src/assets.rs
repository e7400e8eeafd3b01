//! The worker's own pages: `/` and `/_app/*`, from the `ASSETS` binding. No media path can reach them.

use js_sys::Promise;
use js_sys::futures::JsFuture;
use wasm_bindgen::prelude::*;
use worker::worker_sys::web_sys;
use worker::{Env, Request, ResponseBuilder};

use crate::api::error::envelope;
use crate::cloudflare::bindings;

#[wasm_bindgen]
extern "C" {
    type Assets;

    #[wasm_bindgen(method, catch)]
    fn fetch(this: &Assets, request: &web_sys::Request) -> Result<Promise, JsValue>;
}

/// Whether a path is one of the worker's own pages.
pub fn owns(path: &str) -> bool {
    path == "/" || path.starts_with("/_app/")
}

fn index(request: &Request) -> worker::Result<String> {
    let mut url = request.url()?;
    url.set_path("/index.html");
    Ok(url.into())
}

pub async fn handle(request: &Request, env: &Env) -> worker::Result<web_sys::Response> {
    let Some(assets) = bindings::find(env, bindings::ASSETS) else {
        let body = envelope("not_found", "the ASSETS binding is missing").into_bytes();
        let builder =
            ResponseBuilder::new().with_status(404).with_header("content-type", "application/json")?;
        return Ok(builder.fixed(body).into());
    };
    let page = match request.path().as_str() {
        "/" => &web_sys::Request::new_with_str(&index(request)?)?,
        _ => request.inner(),
    };
    let answer = assets.unchecked_into::<Assets>().fetch(page)?;
    Ok(JsFuture::from(answer).await?.unchecked_into())
}
