//! Responses with media, and what is counted of them.

use wasm_bindgen::JsValue;
use worker::worker_sys::web_sys::{ReadableStream, Response};

use super::asked::{Asked, Method};
use super::storage::Stored;
use crate::cloudflare::http::{self, Headers};
use crate::domain::byte_range::ByteRange;
use crate::domain::cache_policy::CachePolicy;
use crate::domain::content_disposition;
use crate::domain::date::http_date;
use crate::domain::failure::{Failure, Reason};
use crate::domain::hit::CacheResult;
use crate::domain::media_type;

/// An owner's file must not act on the origin that the dashboard is served from.
const SANDBOX: &str = "default-src 'none'; style-src 'unsafe-inline'; sandbox";
/// A video or a sound that is opened by itself is loaded by the page that the browser makes for it.
const PLAYER_SANDBOX: &str = "default-src 'none'; media-src *; style-src 'unsafe-inline'; sandbox";
/// Where an answer says how large the file is that it derives from, unless it is that file.
const SOURCE_BYTES: &str = "x-pixtally-source-bytes";
/// What media can be asked with.
const METHODS: &str = "GET, HEAD, OPTIONS";
/// Request headers that a page's script may send. Old browsers do not know `*`.
const REQUEST_HEADERS: &str = "*, Range, If-Match, If-None-Match, If-Modified-Since, If-Unmodified-Since, If-Range, Cache-Control, Pragma";
/// How long browsers may remember the answer to a preflight, in seconds.
const PREFLIGHT_SECONDS: &str = "86400";
/// Response headers that a page's script may read, beside those that it always may.
const EXPOSED_HEADERS: &str = "Accept-Ranges, Content-Disposition, Content-Encoding, Content-Length, Content-Range, \
                               ETag, X-Cache, X-Pixtally-Error, X-Pixtally-Source-Bytes";
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
    /// Whether it is about a file that exists.
    pub is_of_a_file: bool,
}

/// An object as it is sent.
pub struct Representation<'a> {
    pub stored: &'a Stored,
    pub cache_policy: CachePolicy<'a>,
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
        if let Some(cache_control) = self.cache_policy.cache_control {
            headers.set("cache-control", cache_control);
        }
        if let Some(expires) = self.cache_policy.expires {
            headers.set("expires", http_date(expires));
        }
        headers.set("accept-ranges", "bytes");
        headers.set("x-cache", self.x_cache);
        if let Some(policy) = content_security_policy(content_type) {
            headers.set("content-security-policy", policy);
        }
        if *source_bytes != description.size {
            headers.set(SOURCE_BYTES, source_bytes.to_string());
        }
        for (name, value) in [
            ("content-encoding", &description.content_encoding),
            ("content-language", &description.content_language),
        ] {
            if let Some(value) = value {
                headers.set(name, value);
            }
        }
        if let Some(value) = description.content_disposition.as_deref().and_then(content_disposition::header)
        {
            headers.set("content-disposition", value);
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

/// Says what clients may ask of media (`OPTIONS`), also to pages of other sites before they ask it.
pub fn preflight() -> Answer {
    let mut headers = base();
    headers.set("allow", METHODS);
    headers.set("access-control-allow-methods", METHODS);
    headers.set("access-control-allow-headers", REQUEST_HEADERS);
    headers.set("access-control-max-age", PREFLIGHT_SECONDS);
    headers.set("x-cache", "BYPASS");
    Answer {
        response: http::response(&JsValue::NULL, 204, &headers, false),
        status: 204,
        bytes: 0,
        source_bytes: 0,
        cache: CacheResult::Bypass,
        content_type: media_type::NO_TYPE.to_owned(),
        is_of_a_file: false,
    }
}

/// An error answer, in the shape that all of Pixtally's errors have.
pub fn refusal(failure: &Failure, asked: &Asked) -> Answer {
    let status = failure.reason.status();
    let body = crate::api::error::envelope(failure.reason.code(), &failure.message);
    let mut headers = base();
    headers.set("content-security-policy", SANDBOX);
    headers.set("content-type", "application/json");
    headers.set("content-length", body.len().to_string());
    headers.set("cache-control", "no-store");
    headers.set("x-cache", "BYPASS");
    headers.set(ERROR, failure.reason.code());
    match failure.reason {
        Reason::MethodNotAllowed => headers.set("allow", METHODS),
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
        is_of_a_file: failure.reason.is_of_a_file(),
    }
}

/// What a file may do when it is opened by itself. A PDF can do nothing: browsers show it in a viewer of their own, and
/// some don't start it in a sandbox.
fn content_security_policy(content_type: &str) -> Option<&'static str> {
    match media_type::essence(content_type).split_once('/') {
        Some(("application", "pdf")) => None,
        Some(("audio" | "video", _)) => Some(PLAYER_SANDBOX),
        _ => Some(SANDBOX),
    }
}

/// What every answer carries. Media are public: pages of any site may show and read them.
fn base() -> Headers<'static> {
    let mut headers = Headers::default();
    headers.set("x-content-type-options", "nosniff");
    headers.set("access-control-allow-origin", "*");
    headers.set("access-control-expose-headers", EXPOSED_HEADERS);
    headers.set("cross-origin-resource-policy", "cross-origin");
    headers
}
