//! The Cache API, without taking answers apart: what was put comes back as it is.
//!
//! It is per data centre, keeps nothing on `*.workers.dev`, and any failure of it is a miss.

use js_sys::Promise;
use js_sys::futures::JsFuture;
use wasm_bindgen::prelude::*;
use worker::worker_sys::web_sys::Response;

#[wasm_bindgen]
extern "C" {
    type Cache;

    #[wasm_bindgen(method, catch, js_name = match)]
    fn find(this: &Cache, url: &str) -> Result<Promise, JsValue>;

    #[wasm_bindgen(method, catch)]
    fn put(this: &Cache, url: &str, response: &Response) -> Result<Promise, JsValue>;

    type CacheStorage;

    #[wasm_bindgen(method, getter)]
    fn default(this: &CacheStorage) -> Cache;

    type Global;

    #[wasm_bindgen(method, getter)]
    fn caches(this: &Global) -> CacheStorage;
}

fn cache() -> Cache {
    js_sys::global().unchecked_into::<Global>().caches().default()
}

/// The answer kept under a URL.
pub async fn get(url: &str) -> Option<Response> {
    let found = JsFuture::from(cache().find(url).ok()?).await.ok()?;
    (!found.is_undefined()).then(|| found.unchecked_into())
}

/// Keeps a 200 answer for as long as its `Cache-Control` says.
///
/// # Errors
///
/// The exception of the Cache API.
pub async fn put(url: &str, response: &Response) -> Result<(), JsValue> {
    JsFuture::from(cache().put(url, response)?).await.map(drop)
}
