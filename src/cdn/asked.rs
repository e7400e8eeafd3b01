//! What a request asks for: the parts of it that matter here, read once.

use worker::Request;

use crate::domain::conditional::Conditions;
use crate::domain::country::Country;
use crate::domain::credential::hex;
use crate::domain::hit::VisitorHeaders;

/// Longest request id that is kept, in bytes.
const MAX_REQUEST_ID: usize = 64;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    Get,
    Head,
    Other,
}

pub struct Asked {
    pub method: Method,
    /// Still percent-encoded.
    pub path: String,
    pub has_query: bool,
    pub range: Option<String>,
    pub conditions: Conditions,
    pub country: Country,
    pub visitor: VisitorHeaders,
    pub request_id: String,
}

impl Asked {
    pub fn new(request: &Request) -> Self {
        let header = |name: &str| request.headers().get(name).ok().flatten();
        let method = match request.inner().method().as_str() {
            "GET" => Method::Get,
            "HEAD" => Method::Head,
            _ => Method::Other,
        };
        Self {
            method,
            path: request.path(),
            has_query: request.inner().url().split_once('?').is_some_and(|(_, query)| !query.is_empty()),
            range: (method == Method::Get).then(|| header("range")).flatten(),
            conditions: Conditions {
                if_none_match: header("if-none-match"),
                if_modified_since: header("if-modified-since"),
                if_range: header("if-range"),
            },
            country: Country::from_header(header("cf-ipcountry").as_deref()),
            visitor: VisitorHeaders {
                user_agent: header("user-agent"),
                referrer: header("referer"),
                ip: header("cf-connecting-ip"),
                sec_gpc: header("sec-gpc"),
                dnt: header("dnt"),
            },
            request_id: request_id(header("cf-ray")),
        }
    }
}

/// Cloudflare's own id of the request, else a random one.
fn request_id(ray: Option<String>) -> String {
    let usable = |ray: &String| {
        (1..=MAX_REQUEST_ID).contains(&ray.len())
            && ray.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    ray.filter(usable).unwrap_or_else(|| {
        let mut random = [0; 8];
        getrandom::fill(&mut random).expect("Workers have a source of randomness");
        hex(&random)
    })
}
