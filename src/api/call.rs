//! One API request: its parts, decoded strictly, and what its handler needs.

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use futures_util::StreamExt;
use serde::Serialize;
use serde::de::DeserializeOwned;
use worker::{Context, Env, Request, Response, ResponseBuilder};

use super::dialect::Dialect;
use super::error::{ApiError, ApiResult};
use crate::config::Config;
use crate::domain::date::{Date, Millis, timestamp};
use crate::domain::date_range::{DateRange, RangeQuery};
use crate::domain::filter::Filters;
use crate::domain::origin::Origin;
use crate::domain::own_hosts::OwnHosts;
use crate::domain::owner::OwnerHasher;
use crate::domain::rate_limit::Allowance;
use crate::store::db::Db;

/// Largest body that is read, in bytes.
pub const MAX_BODY: usize = 64 * 1024;
/// Longest query string that is read, in bytes.
const MAX_QUERY: usize = 4 * 1024;
/// Most entries of one page of a list.
pub const MAX_PAGE: u32 = 1_000;
pub const DEFAULT_PAGE: u32 = 100;
/// The parameter that may be repeated.
pub const FILTER: &str = "filter";
/// The parameter that leaves the byte order mark out.
pub const BOM: &str = "bom";
const BYTE_ORDER_MARK: char = '\u{feff}';

/// The caller's token. Its requests are counted.
#[derive(Debug, Clone)]
pub struct CountedToken {
    pub id: String,
    /// What it may still ask.
    pub allowance: Allowance,
}

pub struct Call {
    pub request: Request,
    pub env: Env,
    pub ctx: Context,
    pub config: Rc<Config>,
    pub now: Millis,
    pub dialect: Dialect,
    /// Once the caller is known, unless it is the operator.
    pub counted: OnceCell<CountedToken>,
    query: BTreeMap<String, Vec<String>>,
}

impl Call {
    pub fn new(request: Request, env: Env, ctx: Context, config: Rc<Config>, now: Millis) -> ApiResult<Self> {
        let url = request.inner().url();
        let query = url.split_once('?').map_or("", |(_, query)| query.split('#').next().unwrap_or_default());
        if query.len() > MAX_QUERY {
            return Err(ApiError::bad_request(
                "query_too_long",
                format!("The query string is too long: at most {MAX_QUERY} bytes."),
            ));
        }
        let mut parameters: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            let values = parameters.entry(name.to_string()).or_default();
            values.push(value.into_owned());
            if values.len() > 1 && name != FILTER {
                let message = format!("The parameter {name:?} appears more than once.");
                let parameter = name.into_owned();
                return Err(ApiError::bad_parameter(parameter, "parameter_repeated", message));
            }
        }
        let dialect = Dialect::of(&request.path());
        Ok(Self { request, env, ctx, config, now, dialect, counted: OnceCell::new(), query: parameters })
    }

    /// Refuses parameters that the endpoint does not have: a misspelt one must not change an answer silently.
    pub fn allow(&self, allowed: &[&str]) -> ApiResult<()> {
        match self.query.keys().find(|name| !allowed.contains(&name.as_str())) {
            None => Ok(()),
            Some(name) => {
                let name: String = name.chars().take(60).collect();
                let allowed = match allowed {
                    [] => "This endpoint has no parameters.".to_owned(),
                    _ => format!("Use one of: {}.", allowed.join(", ")),
                };
                let message = format!("Unknown parameter {name:?}. {allowed}");
                Err(ApiError::bad_parameter(name, "parameter_unknown", message))
            }
        }
    }

    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.query.get(name)?.first().map(String::as_str)
    }

    /// The filters asked for: `filter=` is the one parameter that may come several times.
    pub fn filters(&self) -> ApiResult<Filters> {
        let given = self.query.get(FILTER).map(Vec::as_slice).unwrap_or_default();
        Ok(Filters::parse(given.iter().map(String::as_str), self.config.privacy)?)
    }

    pub fn header(&self, name: &str) -> Option<String> {
        self.request.headers().get(name).ok().flatten()
    }

    /// Whether the request asks, and changes nothing.
    pub fn is_read(&self) -> bool {
        matches!(self.request.inner().method().as_str(), "GET" | "HEAD")
    }

    /// Whether a body comes with the request. Its headers tell; the platform has an empty one also where there is none.
    pub fn announces_body(&self) -> bool {
        self.header("transfer-encoding").is_some()
            || self.header("content-length").is_some_and(|length| length != "0")
    }

    pub fn db(&self) -> ApiResult<Db> {
        Ok(Db::open(&self.env)?)
    }

    pub fn owners(&self) -> ApiResult<&OwnerHasher> {
        self.config.owners.as_ref().ok_or(ApiError::Closed)
    }

    pub fn today(&self) -> Date {
        Date::at(self.now)
    }

    /// Where media are served: `CDN_HOST` where it is set, else the host that this request came to.
    pub fn media_origin(&self) -> String {
        let url = self.request.inner().url();
        let asked = Origin::of(&url);
        match &self.config.cdn_host {
            Some(host) if asked.host() != host => format!("https://{host}"),
            _ => asked.as_str().to_owned(),
        }
    }

    /// The owner's own hosts: that of the media, that of this request, and `OWN_HOSTS`.
    pub fn own_hosts(&self) -> OwnHosts {
        let url = self.request.inner().url();
        self.config
            .own_hosts
            .with([Origin::of(&url).host()].into_iter().chain(self.config.cdn_host.as_deref()))
    }

    /// Now, as it is stored.
    pub fn timestamp(&self) -> String {
        timestamp(self.now)
    }

    /// The days asked for.
    pub fn range(&self) -> ApiResult<DateRange> {
        let given = |name| self.parameter(name).map(ToOwned::to_owned);
        let query = RangeQuery { days: given("days"), start: given("start"), end: given("end") };
        Ok(DateRange::parse(&query, self.today(), self.config.retention_days)?)
    }

    /// `limit` and `offset`.
    pub fn page(&self) -> ApiResult<(u32, u32)> {
        let limit = self.number("limit", DEFAULT_PAGE, 1, MAX_PAGE)?;
        let offset = self.number("offset", 0, 0, u32::MAX)?;
        Ok((limit, offset))
    }

    fn number(&self, name: &'static str, default: u32, least: u32, most: u32) -> ApiResult<u32> {
        let Some(text) = self.parameter(name) else { return Ok(default) };
        text.parse().ok().filter(|number| (least..=most).contains(number)).ok_or_else(|| {
            let message = format!("{name} must be a whole number from {least} to {most}.");
            ApiError::bad_parameter(name, "parameter_invalid", message)
        })
    }

    /// A switch.
    pub fn flag(&self, name: &'static str, default: bool) -> ApiResult<bool> {
        match self.parameter(name) {
            None => Ok(default),
            Some("false") => Ok(false),
            Some("true") => Ok(true),
            Some(_) => {
                let message = format!("{name} must be true or false.");
                Err(ApiError::bad_parameter(name, "parameter_invalid", message))
            }
        }
    }

    /// What the client wants: `format=csv` or `Accept: text/csv`, with a byte order mark unless `bom=false`; else JSON.
    pub fn format(&self) -> ApiResult<Format> {
        let has_mark = self.flag(BOM, true)?;
        match self.parameter("format") {
            Some("csv") => Ok(Format::Csv { has_mark }),
            Some("json") => Ok(Format::Json),
            Some(_) => {
                Err(ApiError::bad_parameter("format", "format_invalid", "format must be json or csv."))
            }
            None if self.accepts_csv() => Ok(Format::Csv { has_mark }),
            None => Ok(Format::Json),
        }
    }

    fn accepts_csv(&self) -> bool {
        self.header("accept").is_some_and(|accept| {
            accept.split(',').any(|kind| kind.split(';').next().unwrap_or_default().trim() == "text/csv")
        })
    }

    /// The beginning of the body, at least `enough` bytes where there are so many. No more of it is asked for then: a length need not
    /// be announced, nor be what was announced.
    async fn read(&mut self, enough: usize) -> ApiResult<Vec<u8>> {
        let mut bytes = Vec::new();
        // A request without a body has no stream.
        let Ok(mut stream) = self.request.stream() else { return Ok(bytes) };
        while bytes.len() < enough
            && let Some(chunk) = stream.next().await
        {
            bytes.extend(chunk.map_err(|error| {
                worker::console_error!("a request body could not be read: {error:?}");
                ApiError::bad_request("body_unreadable", "The body couldn't be read.")
            })?);
        }
        Ok(bytes)
    }

    /// The JSON body, at most [`MAX_BODY`] of it.
    pub async fn body<T: DeserializeOwned>(&mut self) -> ApiResult<T> {
        let too_large = || ApiError::TooLarge(MAX_BODY);
        let announced = self.header("content-length").and_then(|text| text.parse::<usize>().ok());
        if announced.is_some_and(|length| length > MAX_BODY) {
            return Err(too_large());
        }
        let bytes = self.read(MAX_BODY + 1).await?;
        if bytes.len() > MAX_BODY {
            return Err(too_large());
        }
        serde_json::from_slice(&bytes).map_err(|error| {
            ApiError::bad_request(
                "body_malformed",
                format!("The body isn't the JSON that this endpoint expects: {error}."),
            )
        })
    }
}

/// A JSON answer.
pub fn json(status: u16, value: &impl Serialize) -> worker::Result<Response> {
    ResponseBuilder::new()
        .with_status(status)
        .with_header("cache-control", "no-store")?
        .with_header("x-content-type-options", "nosniff")?
        .from_json(value)
}

/// How a report is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Json,
    /// Spreadsheets read a text as UTF-8 when it begins with a byte order mark.
    Csv {
        has_mark: bool,
    },
}

impl Format {
    /// A report, or what `csv` writes of it, offered as a file.
    pub fn answer(
        self,
        report: &impl Serialize,
        file: &str,
        csv: impl FnOnce() -> String,
    ) -> worker::Result<Response> {
        match self {
            Self::Json => json(200, report),
            Self::Csv { has_mark: true } => table(file, format!("{BYTE_ORDER_MARK}{}", csv())),
            Self::Csv { has_mark: false } => table(file, csv()),
        }
    }
}

fn table(file: &str, text: String) -> worker::Result<Response> {
    Ok(ResponseBuilder::new()
        .with_header("cache-control", "no-store")?
        .with_header("content-type", "text/csv; charset=utf-8")?
        .with_header("x-content-type-options", "nosniff")?
        .with_header("content-disposition", &format!("attachment; filename=\"{file}.csv\""))?
        .fixed(text.into_bytes()))
}
