//! Static files that are deployed with the Worker, from the `ASSETS` binding.
//!
//! Not here: which paths they answer, and with which headers.

use js_sys::Promise;
use js_sys::futures::JsFuture;
use wasm_bindgen::prelude::*;
use worker::worker_sys::web_sys;
use worker::{Env, Response};

use super::bindings;

#[wasm_bindgen]
extern "C" {
    type Assets;

    #[wasm_bindgen(method, catch)]
    fn fetch(this: &Assets, request: &web_sys::Request) -> Result<Promise, JsValue>;
}

/// Static files are looked up by their path only; nothing is sent to this host.
const HOST: &str = "https://assets.pixtally.internal";

/// Why a static file cannot be had.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AssetsError {
    #[error("the ASSETS binding is missing")]
    Unbound,
    #[error("ASSETS failed: {0}")]
    Failed(String),
    #[error("ASSETS answered {status} for {path}")]
    Status { path: &'static str, status: u16 },
}

/// The address of a file.
pub fn address(path: &str) -> String {
    format!("{HOST}{path}")
}

/// What the binding answers, whatever its status.
pub async fn fetch(env: &Env, request: &web_sys::Request) -> Result<Response, AssetsError> {
    let binding = bindings::find(env, bindings::ASSETS).ok_or(AssetsError::Unbound)?;
    let answer = binding.unchecked_into::<Assets>().fetch(request).map_err(failed)?;
    let answer = JsFuture::from(answer).await.map_err(failed)?;
    Ok(answer.unchecked_into::<web_sys::Response>().into())
}

/// A whole file.
pub async fn read(env: &Env, path: &'static str) -> Result<Vec<u8>, AssetsError> {
    let request = web_sys::Request::new_with_str(&address(path)).map_err(failed)?;
    let mut answer = fetch(env, &request).await?;
    match answer.status_code() {
        200 => answer.bytes().await.map_err(|error| AssetsError::Failed(error.to_string())),
        status => Err(AssetsError::Status { path, status }),
    }
}

fn failed(error: JsValue) -> AssetsError {
    AssetsError::Failed(format!("{error:?}"))
}
