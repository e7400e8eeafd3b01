//! Why requests are refused, and our own shape of errors: `{"success":false,"error":{"code":"…","message":"…"}}`.
//! `dialect.rs` has the shapes of other products.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use worker::{Response, ResponseBuilder, console_error};

use super::dialect::Dialect;
use crate::batch::source::SourceError;
use crate::domain::comparison::ComparisonError;
use crate::domain::date_range::DateRangeError;
use crate::domain::dimension::DimensionError;
use crate::domain::filter::FilterError;
use crate::domain::image_id::ImageIdError;
use crate::domain::month::MonthError;
use crate::domain::owner::OwnerNameError;
use crate::domain::report::breakdown::SortError;
use crate::domain::same_origin::SameOriginError;
use crate::domain::usage_period::UsagePeriodError;
use crate::store::db::DbError;

/// What every error answers.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct Envelope<'a> {
    /// Always false.
    pub success: bool,
    #[serde(borrow)]
    pub error: ErrorBody<'a>,
}

#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct ErrorBody<'a> {
    /// For programs: it does not change.
    pub code: &'a str,
    /// For people: what was wrong and what is allowed.
    pub message: &'a str,
}

/// The JSON text of an error.
pub fn envelope(code: &str, message: &str) -> String {
    let envelope = Envelope { success: false, error: ErrorBody { code, message } };
    serde_json::to_string(&envelope).expect("texts always encode")
}

/// Why an API request is refused.
#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    #[error("{message}")]
    BadRequest { code: &'static str, message: String },
    #[error("send a token: Authorization: Bearer <token>")]
    CredentialMissing,
    #[error("this token is not valid, or no longer")]
    CredentialInvalid,
    #[error("this session has ended: sign in again")]
    SessionEnded,
    #[error("{0}")]
    Forbidden(String),
    #[error("this token reads its own owner alone")]
    ForeignOwner,
    #[error(transparent)]
    Foreign(#[from] SameOriginError),
    #[error("{message}")]
    NotFound { code: &'static str, message: String },
    #[error("{message}")]
    Conflict { code: &'static str, message: String },
    #[error("this path answers {0}")]
    MethodNotAllowed(String),
    #[error("the body must have at most {0} bytes")]
    TooLarge(usize),
    #[error(
        "the API is closed until the secrets ADMIN_TOKEN and OWNER_HASH_SECRET are set; /healthz says which"
    )]
    Closed,
    #[error("the database is unavailable; try again")]
    Database(#[from] DbError),
    #[error("the media storage is unavailable; try again")]
    Storage,
    #[error("{}", engine_message(.0))]
    Engine(#[from] SourceError),
}

pub type ApiResult<T> = Result<T, ApiError>;

impl ApiError {
    pub fn bad_request(code: &'static str, message: impl Into<String>) -> Self {
        Self::BadRequest { code, message: message.into() }
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
            Self::Closed | Self::Database(_) | Self::Storage | Self::Engine(_) => 503,
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
            Self::Engine(_) => "analytics_engine_unavailable",
        }
    }

    /// The body in our own shape.
    pub(super) fn envelope(&self) -> String {
        envelope(self.code(), &self.to_string())
    }

    /// The answer, as a dialect has it. What a client has no business to know goes to the log.
    pub fn response(&self, dialect: Dialect) -> worker::Result<Response> {
        match self {
            Self::Database(error) => console_error!("{error}"),
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

/// What a client is told of it; the log has the rest.
fn engine_message(error: &SourceError) -> String {
    let why = match error {
        SourceError::RateLimited { .. } => "limits how often it may be asked; try again later",
        SourceError::Refused { .. } | SourceError::Query(_) | SourceError::TooOld { .. } => {
            "refused the query; the worker's log says why"
        }
        SourceError::Server(_)
        | SourceError::Timeout(_)
        | SourceError::Network(_)
        | SourceError::Unreadable(_) => "did not answer as it should; try again",
    };
    format!("these filters are answered from Analytics Engine, which {why}")
}

impl From<FilterError> for ApiError {
    fn from(error: FilterError) -> Self {
        let code = match error {
            FilterError::TooMany(_) | FilterError::TooManyValues { .. } => "filter_too_long",
            FilterError::Shape(_) | FilterError::Escape { .. } => "filter_malformed",
            FilterError::Dimension(_) => "filter_dimension_unknown",
            FilterError::Operator { .. } => "filter_operator_unknown",
            FilterError::NotRecorded(_) => "filter_unavailable",
            FilterError::Value { .. } => "filter_value_invalid",
        };
        Self::bad_request(code, error.to_string())
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
        Self::bad_request(code, error.to_string())
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
        Self::bad_request(code, error.to_string())
    }
}

impl From<ComparisonError> for ApiError {
    fn from(error: ComparisonError) -> Self {
        Self::bad_request("compare_invalid", error.to_string())
    }
}

impl From<DimensionError> for ApiError {
    fn from(error: DimensionError) -> Self {
        Self::NotFound { code: "dimension_unknown", message: error.to_string() }
    }
}

impl From<SortError> for ApiError {
    fn from(error: SortError) -> Self {
        Self::bad_request("sort_invalid", error.to_string())
    }
}

impl From<ImageIdError> for ApiError {
    fn from(error: ImageIdError) -> Self {
        Self::bad_request("image_id_malformed", error.to_string())
    }
}

impl From<OwnerNameError> for ApiError {
    fn from(error: OwnerNameError) -> Self {
        let code = match error {
            OwnerNameError::Malformed(_) => "owner_malformed",
            OwnerNameError::Reserved(_) => "owner_reserved",
        };
        Self::bad_request(code, error.to_string())
    }
}
