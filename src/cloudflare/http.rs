//! Requests and responses of the media route, read and made with one crossing each.

use std::collections::BTreeMap;

use wasm_bindgen::prelude::*;
use worker::worker_sys::web_sys::{ReadableStream, Request, Response};

#[wasm_bindgen(module = "/src/cloudflare/glue.js")]
extern "C" {
    #[wasm_bindgen(js_name = describeRequest)]
    fn describe_request(request: &Request) -> String;

    #[wasm_bindgen(catch)]
    fn respond(body: &JsValue, status: u16, headers: &str, encoded: bool) -> Result<Response, JsValue>;

    #[wasm_bindgen(js_name = discard)]
    fn discard_body(body: &ReadableStream);

    #[wasm_bindgen(catch, js_name = withoutBody)]
    fn without_body(response: &Response, status: u16) -> Result<Response, JsValue>;
}

/// What a request says, as far as the media route looks at it.
#[derive(Debug, serde::Deserialize)]
pub struct Description {
    pub method: String,
    pub url: String,
    /// Cloudflare's own answer. The header `CF-IPCountry` is not read: it depends on a setting of the zone, and may be the
    /// client's.
    pub country: Option<String>,
    pub range: Option<String>,
    pub if_match: Option<String>,
    pub if_unmodified_since: Option<String>,
    pub if_none_match: Option<String>,
    pub if_modified_since: Option<String>,
    pub if_range: Option<String>,
    pub cf_ray: Option<String>,
    pub user_agent: Option<String>,
    pub referer: Option<String>,
    pub cf_connecting_ip: Option<String>,
    pub sec_gpc: Option<String>,
    pub dnt: Option<String>,
}

pub fn describe(request: &Request) -> Description {
    serde_json::from_str(&describe_request(request)).expect("glue.js and this struct list the same fields")
}

/// Headers of a response. One that HTTP does not allow, from a file's metadata, is left out.
#[derive(Debug, Default)]
pub struct Headers<'a>(BTreeMap<&'static str, std::borrow::Cow<'a, str>>);

impl<'a> Headers<'a> {
    pub fn set(&mut self, name: &'static str, value: impl Into<std::borrow::Cow<'a, str>>) {
        let value = value.into();
        if value.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
            self.0.insert(name, value);
        }
    }

    fn json(&self) -> String {
        serde_json::to_string(&self.0).expect("texts always encode")
    }
}

/// A response; `encoded` says that the body is compressed already.
pub fn response(body: &JsValue, status: u16, headers: &Headers<'_>, encoded: bool) -> Response {
    respond(body, status, &headers.json(), encoded).expect("names are constants, values are printable ASCII")
}

/// Ends a body that nobody reads.
pub fn discard(body: Option<ReadableStream>) {
    if let Some(body) = body {
        discard_body(&body);
    }
}

/// A response's headers without its body, under another status.
pub fn bare(response: &Response, status: u16) -> Response {
    without_body(response, status).expect("the headers were a response's before")
}
