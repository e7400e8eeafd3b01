//! The Cache API. What was put comes back as it is.
//!
//! It is per data centre, keeps nothing on `*.workers.dev`, and any failure of it is a miss.

use js_sys::Promise;
use js_sys::futures::JsFuture;
use wasm_bindgen::prelude::*;
use worker::worker_sys::web_sys::Response;

#[wasm_bindgen(module = "/src/cloudflare/glue.js")]
extern "C" {
    #[wasm_bindgen(catch, js_name = findKept)]
    fn find_kept(url: &str) -> Result<Promise, JsValue>;

    #[wasm_bindgen(catch, js_name = findKeptPart)]
    fn find_kept_part(url: &str, range: &str) -> Result<Promise, JsValue>;

    #[wasm_bindgen(catch)]
    fn keep(url: &str, response: &Response) -> Result<Promise, JsValue>;

    #[wasm_bindgen(js_name = describeKept)]
    fn describe_kept(response: &Response) -> String;
}

/// What the headers of a kept answer say; none of it is certain to be there.
#[derive(Debug, Default, serde::Deserialize)]
pub struct Description {
    pub status: u16,
    pub content_length: Option<String>,
    pub content_range: Option<String>,
    pub content_type: Option<String>,
    pub etag: Option<String>,
    pub last_modified: Option<String>,
    pub source_bytes: Option<String>,
}

/// The answer kept under a URL: with a `Range`, only that part of it (206), as far as the platform can do that.
pub async fn get(url: &str, range: Option<&str>) -> Option<Response> {
    let finding = match range {
        None => find_kept(url),
        Some(range) => find_kept_part(url, range),
    };
    let found = JsFuture::from(finding.ok()?).await.ok()?;
    (!found.is_undefined()).then(|| found.unchecked_into())
}

pub fn describe(kept: &Response) -> Description {
    serde_json::from_str(&describe_kept(kept)).unwrap_or_default()
}

/// Keeps a 200 answer for as long as its `Cache-Control` or `Expires` says.
///
/// # Errors
///
/// The exception of the Cache API.
pub async fn put(url: &str, response: &Response) -> Result<(), JsValue> {
    JsFuture::from(keep(url, response)?).await.map(drop)
}
