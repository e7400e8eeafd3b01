//! Responses with media, and what is counted of them.

use wasm_bindgen::JsValue;
use worker::worker_sys::web_sys::{ReadableStream, Response};

use super::asked::{Asked, Method};
use super::storage::Stored;
use crate::cloudflare::http::{self, Headers};
use crate::domain::byte_range::ByteRange;
use crate::domain::date::http_date;
use crate::domain::failure::{Failure, Reason};
use crate::domain::hit::CacheResult;
use crate::domain::media_type;

/// An owner's file must not act on the origin that the dashboard is served from.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; sandbox";
/// Where an answer says how large the file is that it derives from, unless it is that file.
const SOURCE_BYTES: &str = "x-pixtally-source-bytes";
/// Where an error answer says its reason.
const ERROR: &str = "x-pixtally-error";

/// A response, and what is counted of it.
pub struct Answer {
    pub response: Response,
    pub status: u16,
    pub bytes: u64,
    pub source_bytes: u64,
    pub cache: CacheResult,
    pub content_type: String,
}

/// An object as it is sent.
pub struct Representation<'a> {
    pub stored: &'a Stored,
    pub cache_control: &'a str,
    /// What `X-Cache` says.
    pub x_cache: &'static str,
}

impl Representation<'_> {
    fn headers(&self) -> Headers<'_> {
        let Stored { description, content_type, source_bytes, .. } = self.stored;
        let mut headers = base();
        headers.set("content-type", content_type);
        headers.set("etag", &description.etag);
        headers.set("last-modified", http_date(description.uploaded));
        headers.set("cache-control", self.cache_control);
        headers.set("accept-ranges", "bytes");
        headers.set("x-cache", self.x_cache);
        if media_type::is_image(content_type) {
            headers.set("access-control-allow-origin", "*");
        }
        if *source_bytes != description.size {
            headers.set(SOURCE_BYTES, source_bytes.to_string());
        }
        for (name, value) in [
            ("content-encoding", &description.content_encoding),
            ("content-language", &description.content_language),
            ("content-disposition", &description.content_disposition),
        ] {
            if let Some(value) = value {
                headers.set(name, value);
            }
        }
        headers
    }

    fn response(&self, body: &JsValue, status: u16, headers: &Headers<'_>) -> Response {
        http::response(body, status, headers, self.stored.description.content_encoding.is_some())
    }

    /// 200 with a body of the object's size.
    pub fn whole(&self, body: &ReadableStream) -> Response {
        let mut headers = self.headers();
        headers.set("content-length", self.stored.size().to_string());
        self.response(body, 200, &headers)
    }

    /// 200 without a body, for HEAD.
    pub fn head(&self) -> Response {
        let mut headers = self.headers();
        headers.set("content-length", self.stored.size().to_string());
        self.response(&JsValue::NULL, 200, &headers)
    }

    /// 206 with a body of the part's length.
    pub fn part(&self, part: ByteRange, body: &ReadableStream) -> Response {
        let mut headers = self.headers();
        headers.set("content-length", part.length.to_string());
        headers.set("content-range", part.to_string());
        self.response(body, 206, &headers)
    }

    /// 304
    pub fn not_modified(&self) -> Response {
        self.response(&JsValue::NULL, 304, &self.headers())
    }
}

/// An error answer, in the shape that all of Pixtally's errors have.
pub fn refusal(failure: &Failure, asked: &Asked) -> Answer {
    let status = failure.reason.status();
    let body = crate::api::error::envelope(failure.reason.code(), &failure.message);
    let mut headers = base();
    headers.set("content-type", "application/json");
    headers.set("content-length", body.len().to_string());
    headers.set("cache-control", "no-store");
    headers.set("x-cache", "BYPASS");
    headers.set(ERROR, failure.reason.code());
    match failure.reason {
        Reason::MethodNotAllowed => headers.set("allow", "GET, HEAD"),
        Reason::StorageUnavailable => headers.set("retry-after", "5"),
        _ => {}
    }
    if let Some(size) = failure.size {
        headers.set("content-range", format!("bytes */{size}"));
    }
    let (bytes, body) = match asked.method {
        Method::Head => (0, JsValue::NULL),
        _ => (body.len() as u64, JsValue::from_str(&body)),
    };
    Answer {
        response: http::response(&body, status, &headers, false),
        status,
        bytes,
        source_bytes: bytes,
        cache: CacheResult::Error,
        content_type: "application/json".to_owned(),
    }
}

/// What every answer carries.
fn base() -> Headers<'static> {
    let mut headers = Headers::default();
    headers.set("x-content-type-options", "nosniff");
    headers.set("content-security-policy", CONTENT_SECURITY_POLICY);
    headers
}
