//! What a request asks for: the parts of it that matter here, read once.

use worker::worker_sys::web_sys::Request;

use crate::cloudflare::http;
use crate::domain::byte_range::RangeRequest;
use crate::domain::conditional::Conditions;
use crate::domain::country::Country;
use crate::domain::hit::VisitorHeaders;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    Get,
    Head,
    Options,
    Other,
}

pub struct Asked {
    pub method: Method,
    /// Still percent-encoded.
    pub path: String,
    pub has_query: bool,
    /// What a GET asks for, unless it is ignored.
    pub range: Option<RangeRequest>,
    pub conditions: Conditions,
    pub country: Country,
    pub visitor: VisitorHeaders,
}

impl Asked {
    pub fn new(request: &Request) -> Self {
        let said = http::describe(request);
        let method = match said.method.as_str() {
            "GET" => Method::Get,
            "HEAD" => Method::Head,
            "OPTIONS" => Method::Options,
            _ => Method::Other,
        };
        let (path, has_query) = path_and_query(&said.url);
        Self {
            method,
            path: path.to_owned(),
            has_query,
            range: said.range.filter(|_| method == Method::Get).and_then(|it| RangeRequest::parse(&it)),
            conditions: Conditions {
                if_match: said.if_match,
                if_unmodified_since: said.if_unmodified_since,
                if_none_match: said.if_none_match,
                if_modified_since: said.if_modified_since,
                if_range: said.if_range,
            },
            country: Country::of_code(said.country.as_deref()),
            visitor: VisitorHeaders {
                user_agent: said.user_agent,
                referrer: said.referer,
                ip: said.cf_connecting_ip,
                ray: said.cf_ray,
                sec_gpc: said.sec_gpc,
                dnt: said.dnt,
            },
        }
    }
}

/// The path of a URL as the platform writes it, and whether a query follows.
fn path_and_query(url: &str) -> (&str, bool) {
    let after_scheme = url.find("://").map_or(0, |index| index + 3);
    let path = url[after_scheme..].find('/').map_or("/", |index| &url[after_scheme + index..]);
    let path = path.split('#').next().unwrap_or_default();
    path.split_once('?').map_or((path, false), |(path, query)| (path, !query.is_empty()))
}
