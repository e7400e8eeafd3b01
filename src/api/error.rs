//! Why requests are refused, and our own shape of errors: `{"success":false,"error":{"code":"…","message":"…"}}`.
//! `dialect.rs` has the shapes of other products.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use worker::{Response, ResponseBuilder, console_error};

use super::call::FILTER;
use super::comparison::COMPARE;
use super::dialect::Dialect;
use crate::batch::source::SourceError;
use crate::cloudflare::assets::AssetsError;
use crate::domain::abridged::abridged;
use crate::domain::comparison::ComparisonError;
use crate::domain::date::Millis;
use crate::domain::date_range::DateRangeError;
use crate::domain::dimension::DimensionError;
use crate::domain::filter::{FilterError, FiltersError};
use crate::domain::image_id::ImageIdError;
use crate::domain::interval::IntervalError;
use crate::domain::month::MonthError;
use crate::domain::owner::OwnerNameError;
use crate::domain::rate_limit::Allowance;
use crate::domain::report::breakdown::SortError;
use crate::domain::same_origin::SameOriginError;
use crate::domain::usage_period::UsagePeriodError;
use crate::store::db::DbError;

/// The body of every error.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct Envelope<'a> {
    /// Always false.
    pub success: bool,
    #[serde(borrow)]
    pub error: ErrorBody<'a>,
}

#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct ErrorBody<'a> {
    /// For programs: it never changes.
    pub code: &'a str,
    /// For people: what is wrong and what is allowed.
    pub message: &'a str,
    /// The parameter that was refused, if it was one; of a parameter that can be repeated with its place, as `filter[0]`.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub parameter: Option<&'a str>,
}

/// The JSON text of an error without a parameter.
pub fn envelope(code: &str, message: &str) -> String {
    enveloped(code, message, None)
}

fn enveloped(code: &str, message: &str, parameter: Option<&str>) -> String {
    let envelope =
        Envelope { success: false, error: ErrorBody { code, message: &abridged(message), parameter } };
    serde_json::to_string(&envelope).expect("texts always encode")
}

/// Why an API request is refused.
#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    #[error("{message}")]
    BadRequest { code: &'static str, message: String, parameter: Option<Cow<'static, str>> },
    #[error("Send a token: Authorization: Bearer <token>.")]
    CredentialMissing,
    #[error("That token is invalid, expired or revoked.")]
    CredentialInvalid,
    #[error("Your session has expired. Sign in again.")]
    SessionEnded,
    #[error("{0}")]
    Forbidden(String),
    #[error("This token can read only its own owner.")]
    ForeignOwner,
    #[error(transparent)]
    Foreign(#[from] SameOriginError),
    #[error("{message}")]
    NotFound { code: &'static str, message: String, parameter: Option<&'static str> },
    #[error("{message}")]
    Conflict { code: &'static str, message: String },
    #[error("Allowed methods: {0}.")]
    MethodNotAllowed(String),
    #[error("The body is too large: at most {0} bytes.")]
    TooLarge(usize),
    #[error("Set ADMIN_TOKEN and OWNER_HASH_SECRET to enable the API (see /healthz).")]
    Closed,
    #[error("The database is unavailable. Try again.")]
    Database(#[from] DbError),
    #[error("The media storage is unavailable. Try again.")]
    Storage,
    #[error("The aggregator is unavailable. Try again.")]
    Aggregator,
    #[error("The Worker's static files are unavailable. The Worker's log says why.")]
    Assets(#[from] AssetsError),
    #[error("{}", engine_message(.0))]
    Engine(SourceError),
    #[error("{what} Try again in {wait} s.")]
    Limited {
        what: Limited,
        allowance: Allowance,
        /// In seconds.
        wait: u64,
    },
    #[error("Too many credentials are being checked. Try again.")]
    Busy,
}

/// What was done too often.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Limited {
    #[error("A token can send {} requests a minute.", super::limits::REQUESTS_A_MINUTE)]
    Requests,
    #[error("This token has reached its limit for reports from Analytics Engine.")]
    Statements,
    #[error("Too many wrong credentials from this address. A valid one still works.")]
    Failures,
}

pub type ApiResult<T> = Result<T, ApiError>;

impl ApiError {
    pub fn bad_request(code: &'static str, message: impl Into<String>) -> Self {
        Self::BadRequest { code, message: message.into(), parameter: None }
    }

    /// A request with a parameter that cannot be taken.
    pub fn bad_parameter(
        parameter: impl Into<Cow<'static, str>>,
        code: &'static str,
        message: impl Into<String>,
    ) -> Self {
        Self::BadRequest { code, message: message.into(), parameter: Some(parameter.into()) }
    }

    pub fn not_found(code: &'static str, message: impl Into<String>) -> Self {
        Self::NotFound { code, message: message.into(), parameter: None }
    }

    fn parameter(&self) -> Option<&str> {
        match self {
            Self::BadRequest { parameter, .. } => parameter.as_deref(),
            Self::NotFound { parameter, .. } => *parameter,
            Self::ForeignOwner => Some("owner"),
            _ => None,
        }
    }

    pub fn limited(what: Limited, allowance: Allowance, now: Millis) -> Self {
        Self::Limited {
            what,
            allowance,
            wait: allowance.resets_at.saturating_sub(now).div_ceil(1_000).max(1),
        }
    }

    /// The message. It repeats only the beginning of what the client has sent.
    pub(super) fn message(&self) -> String {
        abridged(&self.to_string())
    }

    pub(super) fn status(&self) -> u16 {
        match self {
            Self::BadRequest { .. } => 400,
            Self::CredentialMissing | Self::CredentialInvalid | Self::SessionEnded => 401,
            Self::Forbidden(_) | Self::ForeignOwner | Self::Foreign(_) => 403,
            Self::NotFound { .. } => 404,
            Self::MethodNotAllowed(_) => 405,
            Self::Conflict { .. } => 409,
            Self::TooLarge(_) => 413,
            Self::Limited { .. } => 429,
            Self::Closed
            | Self::Database(_)
            | Self::Storage
            | Self::Aggregator
            | Self::Assets(_)
            | Self::Engine(_)
            | Self::Busy => 503,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::BadRequest { code, .. } | Self::NotFound { code, .. } | Self::Conflict { code, .. } => code,
            Self::CredentialMissing | Self::CredentialInvalid | Self::SessionEnded => "unauthorized",
            Self::Forbidden(_) | Self::ForeignOwner => "forbidden",
            Self::Foreign(SameOriginError::Origin(_)) => "origin_mismatch",
            Self::Foreign(SameOriginError::ContentType) => "content_type_invalid",
            Self::MethodNotAllowed(_) => "method_not_allowed",
            Self::TooLarge(_) => "body_too_large",
            Self::Closed => "api_closed",
            Self::Database(_) => "database_unavailable",
            Self::Storage => "storage_unavailable",
            Self::Aggregator => "aggregator_unavailable",
            Self::Assets(_) => "assets_unavailable",
            Self::Engine(_) => "analytics_engine_unavailable",
            Self::Limited { .. } => "rate_limited",
            Self::Busy => "busy",
        }
    }

    /// The body in our own shape.
    pub(super) fn envelope(&self) -> String {
        enveloped(self.code(), &self.to_string(), self.parameter())
    }

    /// The answer, as a dialect has it. What a client has no business to know goes to the log.
    pub fn response(&self, dialect: Dialect) -> worker::Result<Response> {
        match self {
            Self::Database(error) => console_error!("{error}"),
            Self::Assets(error) => console_error!("{error}"),
            Self::Engine(error) => console_error!("a filtered report: {error}"),
            _ => {}
        }
        let mut builder = ResponseBuilder::new()
            .with_status(dialect.status(self))
            .with_header("content-type", "application/json")?
            .with_header("cache-control", "no-store")?
            .with_header("x-content-type-options", "nosniff")?;
        match self {
            Self::CredentialMissing | Self::CredentialInvalid | Self::SessionEnded => {
                builder = builder.with_header("www-authenticate", dialect.challenge())?
            }
            Self::MethodNotAllowed(allowed) => builder = builder.with_header("allow", allowed)?,
            Self::Limited { allowance, wait, .. } => {
                builder = builder.with_header("retry-after", &wait.to_string())?;
                for (name, value) in dialect.limit_headers(allowance, *wait) {
                    builder = builder.with_header(name, &value)?;
                }
            }
            Self::Busy => builder = builder.with_header("retry-after", "5")?,
            Self::Engine(error) => {
                if let Some(wait) = error.retry_after() {
                    builder = builder.with_header("retry-after", &wait.div_ceil(1_000).to_string())?;
                }
            }
            _ => {}
        }
        Ok(builder.fixed(dialect.body(self).into_bytes()))
    }
}

impl From<SourceError> for ApiError {
    fn from(error: SourceError) -> Self {
        match error {
            SourceError::Spent { allowance, now } => Self::limited(Limited::Statements, allowance, now),
            error => Self::Engine(error),
        }
    }
}

/// What a client may know; the log has the rest.
fn engine_message(error: &SourceError) -> String {
    let why = match error {
        SourceError::RateLimited { .. } | SourceError::Spent { .. } => {
            "which limits how often it can be asked. Try again later."
        }
        SourceError::Refused { .. } | SourceError::Query(_) | SourceError::TooOld { .. } => {
            "which rejected the query. The Worker's log says why."
        }
        SourceError::Server(_)
        | SourceError::Timeout(_)
        | SourceError::Network(_)
        | SourceError::Unreadable(_) => "which isn't responding. Try again.",
    };
    format!("Filtered data comes from Analytics Engine, {why}")
}

/// How an error names one of several filters, or all of them.
pub fn filter_parameter(place: Option<usize>) -> Cow<'static, str> {
    place.map_or(FILTER.into(), |place| format!("{FILTER}[{place}]").into())
}

impl From<FiltersError> for ApiError {
    fn from(FiltersError { place, error }: FiltersError) -> Self {
        let code = match error {
            FilterError::TooMany(_) | FilterError::TooManyValues { .. } => "filter_too_long",
            FilterError::Shape(_) | FilterError::Escape { .. } => "filter_malformed",
            FilterError::Dimension(_) => "filter_dimension_unknown",
            FilterError::Operator { .. } => "filter_operator_unknown",
            FilterError::NotRecorded(_) => "filter_unavailable",
            FilterError::Value { .. } => "filter_value_invalid",
        };
        Self::bad_parameter(filter_parameter(place), code, error.to_string())
    }
}

impl From<DateRangeError> for ApiError {
    fn from(error: DateRangeError) -> Self {
        let code = match error {
            DateRangeError::Both | DateRangeError::Half(_) => "range_ambiguous",
            DateRangeError::Days(_) => "days_invalid",
            DateRangeError::Malformed(..) => "date_malformed",
            DateRangeError::Reversed(..) => "range_reversed",
            DateRangeError::TooLong(..) => "range_too_long",
            DateRangeError::Future(..) => "range_in_future",
            DateRangeError::BeyondRetention(..) => "range_beyond_retention",
        };
        Self::bad_parameter(error.parameter(), code, error.to_string())
    }
}

impl From<IntervalError> for ApiError {
    fn from(error: IntervalError) -> Self {
        Self::bad_parameter("interval", "interval_invalid", error.to_string())
    }
}

impl From<UsagePeriodError> for ApiError {
    fn from(error: UsagePeriodError) -> Self {
        Self::bad_request("period_invalid", error.to_string())
    }
}

impl From<MonthError> for ApiError {
    fn from(error: MonthError) -> Self {
        let code = match error {
            MonthError::Malformed(_) => "month_malformed",
            MonthError::Future(..) => "month_in_future",
        };
        Self::bad_parameter("month", code, error.to_string())
    }
}

impl From<ComparisonError> for ApiError {
    fn from(error: ComparisonError) -> Self {
        Self::bad_parameter(COMPARE, "compare_invalid", error.to_string())
    }
}

impl From<DimensionError> for ApiError {
    fn from(error: DimensionError) -> Self {
        Self::NotFound { code: "dimension_unknown", message: error.to_string(), parameter: Some("dimension") }
    }
}

impl From<SortError> for ApiError {
    fn from(error: SortError) -> Self {
        Self::bad_parameter("sort", "sort_invalid", error.to_string())
    }
}

impl From<ImageIdError> for ApiError {
    fn from(error: ImageIdError) -> Self {
        Self::bad_parameter("image_id", "image_id_malformed", error.to_string())
    }
}

impl From<OwnerNameError> for ApiError {
    fn from(error: OwnerNameError) -> Self {
        let code = match error {
            OwnerNameError::Malformed(_) => "owner_malformed",
            OwnerNameError::Reserved(_) => "owner_reserved",
        };
        Self::bad_parameter("owner", code, error.to_string())
    }
}
