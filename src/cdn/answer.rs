//! Responses with media, and what is counted of them.

use worker::worker_sys::web_sys::{ReadableStream, Response};
use worker::{EncodeBody, ResponseBody, ResponseBuilder};

use super::asked::{Asked, Method};
use super::storage::Stored;
use crate::domain::byte_range::ByteRange;
use crate::domain::date::http_date;
use crate::domain::failure::{Failure, Reason};
use crate::domain::hit::CacheResult;
use crate::domain::media_type;

/// An owner's file must not act on the origin that the dashboard is served from.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; sandbox";
/// Where a kept answer says how large the file is that it derives from, unless it is that file.
pub const SOURCE_BYTES: &str = "x-pixtally-source-bytes";
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

/// The headers of a representation.
pub struct Headers<'a> {
    pub stored: &'a Stored,
    pub cache_control: &'a str,
    /// What `X-Cache` says.
    pub x_cache: &'static str,
}

impl Headers<'_> {
    fn builder(&self, status: u16, length: Option<u64>) -> ResponseBuilder {
        let stored = self.stored;
        let mut builder = base(status)
            .header("content-type", &stored.content_type)
            .header("etag", &stored.etag)
            .header("last-modified", &http_date(stored.last_modified))
            .header("cache-control", self.cache_control)
            .header("accept-ranges", "bytes")
            .header("x-cache", self.x_cache);
        if let Some(length) = length {
            builder = builder.header("content-length", &length.to_string());
        }
        if media_type::is_image(&stored.content_type) {
            builder = builder.header("access-control-allow-origin", "*");
        }
        if stored.source_bytes != stored.size {
            builder = builder.header(SOURCE_BYTES, &stored.source_bytes.to_string());
        }
        for (name, value) in [
            ("content-encoding", &stored.content_encoding),
            ("content-language", &stored.content_language),
            ("content-disposition", &stored.content_disposition),
        ] {
            if let Some(value) = value {
                builder = builder.header(name, value);
            }
        }
        builder.0.with_encode_body(EncodeBody::Manual)
    }

    /// 200 with a body of the object's size.
    pub fn whole(&self, body: ReadableStream) -> Response {
        self.builder(200, Some(self.stored.size)).body(ResponseBody::Stream(body)).into()
    }

    /// 200 without a body, for HEAD.
    pub fn head(&self) -> Response {
        self.builder(200, Some(self.stored.size)).empty().into()
    }

    /// 206 with a body of the part's length.
    pub fn part(&self, part: ByteRange, body: ReadableStream) -> Response {
        let builder = Builder(self.builder(206, Some(part.length)));
        builder.header("content-range", &part.to_string()).0.body(ResponseBody::Stream(body)).into()
    }

    /// 304
    pub fn not_modified(&self) -> Response {
        self.builder(304, None).empty().into()
    }
}

/// An error answer, in the shape that all of Pixtally's errors have.
pub fn refusal(failure: &Failure, asked: &Asked) -> Answer {
    let status = failure.reason.status();
    let body = crate::api::error::envelope(failure.reason.code(), &failure.message).into_bytes();
    let mut builder = base(status)
        .header("content-type", "application/json")
        .header("cache-control", "no-store")
        .header("x-cache", "BYPASS")
        .header(ERROR, failure.reason.code());
    builder = match failure.reason {
        Reason::MethodNotAllowed => builder.header("allow", "GET, HEAD"),
        Reason::StorageUnavailable => builder.header("retry-after", "5"),
        _ => builder,
    };
    if let Some(size) = failure.size {
        builder = builder.header("content-range", &format!("bytes */{size}"));
    }
    let bytes = if asked.method == Method::Head { 0 } else { body.len() as u64 };
    let response = match asked.method {
        Method::Head => builder.header("content-length", &body.len().to_string()).0.empty(),
        _ => builder.0.body(ResponseBody::Body(body)),
    };
    Answer {
        response: response.into(),
        status,
        bytes,
        source_bytes: 0,
        cache: CacheResult::Error,
        content_type: "application/json".to_owned(),
    }
}

fn base(status: u16) -> Builder {
    Builder(ResponseBuilder::new().with_status(status))
        .header("x-content-type-options", "nosniff")
        .header("content-security-policy", CONTENT_SECURITY_POLICY)
}

/// A response builder that leaves out a header that HTTP does not allow, rather than failing the answer.
struct Builder(ResponseBuilder);

impl Builder {
    fn header(self, name: &str, value: &str) -> Self {
        let builder = self.0.clone();
        Self(self.0.with_header(name, value).unwrap_or(builder))
    }
}
