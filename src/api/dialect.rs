//! Dialects: how other products' APIs say what ours says otherwise: who calls, and what went wrong.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::error::ApiError;
use crate::domain::credential::Credential;
use crate::domain::date::http_date;
use crate::domain::rate_limit::{Allowance, WINDOW_MS};

/// What an error of ImageKit's API has besides the message.
const HELP: &str = "For the API of this service see /v1/openapi.json.";

/// Whose API a path belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    Own,
    ImageKit,
    Cloudinary,
}

/// An error of ImageKit's API.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct ImageKitError {
    pub message: String,
    pub help: String,
}

/// An error of Cloudinary's API.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct CloudinaryError {
    pub error: CloudinaryMessage,
}

#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct CloudinaryMessage {
    pub message: String,
}

impl Dialect {
    pub fn of(path: &str) -> Self {
        if super::is_below(path, "/v1/accounts") {
            Self::ImageKit
        } else if super::is_below(path, "/v1_1") {
            Self::Cloudinary
        } else {
            Self::Own
        }
    }

    /// Reads an `Authorization` header.
    pub fn credential(self, header: &str) -> Option<Credential> {
        match self {
            Self::ImageKit => Credential::from_user_name(header),
            Self::Own | Self::Cloudinary => Credential::from_header(header),
        }
    }

    /// How a client is to say who it is. A browser asks people for what Basic wants, so that our own API does not.
    pub(super) fn challenge(self) -> &'static str {
        match self {
            Self::Own => "Bearer realm=\"pixtally\"",
            Self::ImageKit | Self::Cloudinary => "Basic realm=\"pixtally\"",
        }
    }

    pub(super) fn status(self, error: &ApiError) -> u16 {
        match (self, error) {
            (Self::ImageKit, ApiError::CredentialInvalid) => 403,
            (Self::Cloudinary, ApiError::ForeignOwner) => 401,
            // Its clients read no other body of a server's error.
            (Self::Cloudinary, error) if error.status() == 503 => 500,
            _ => error.status(),
        }
    }

    /// The headers for a limit besides `Retry-After`, which has `wait` in seconds.
    pub(super) fn limit_headers(self, allowance: &Allowance, wait: u64) -> Vec<(&'static str, String)> {
        let Allowance { limit, remaining, resets_at } = allowance;
        match self {
            Self::Own => Vec::new(),
            Self::ImageKit => vec![
                ("x-ratelimit-limit", limit.to_string()),
                ("x-ratelimit-reset", (wait * 1_000).to_string()),
                ("x-ratelimit-interval", WINDOW_MS.to_string()),
            ],
            Self::Cloudinary => vec![
                ("x-featureratelimit-limit", limit.to_string()),
                ("x-featureratelimit-remaining", remaining.to_string()),
                ("x-featureratelimit-reset", http_date(*resets_at)),
            ],
        }
    }

    pub(super) fn body(self, error: &ApiError) -> String {
        let text = match self {
            Self::Own => Ok(error.envelope()),
            Self::ImageKit => {
                let message = match error {
                    ApiError::CredentialMissing => {
                        "Your request does not contain private API key.".to_owned()
                    }
                    ApiError::CredentialInvalid => "Your account cannot be authenticated.".to_owned(),
                    error => error.message(),
                };
                serde_json::to_string(&ImageKitError { message, help: HELP.to_owned() })
            }
            Self::Cloudinary => {
                let message = match error {
                    ApiError::CredentialMissing => "Must supply api_key and api_secret".to_owned(),
                    ApiError::CredentialInvalid => "unknown api_key, or api_secret mismatch".to_owned(),
                    ApiError::ForeignOwner => "cloud_name mismatch".to_owned(),
                    error => error.message(),
                };
                serde_json::to_string(&CloudinaryError { error: CloudinaryMessage { message } })
            }
        };
        text.expect("texts always encode")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths() {
        for (path, dialect) in [
            ("/v1/accounts/usage", Dialect::ImageKit),
            ("/v1/accounts", Dialect::ImageKit),
            ("/v1/accountsx", Dialect::Own),
            ("/v1_1/alice/usage", Dialect::Cloudinary),
            ("/v1_1", Dialect::Cloudinary),
            ("/v1/usage/metrics", Dialect::Own),
        ] {
            assert_eq!(Dialect::of(path), dialect, "{path}");
        }
    }

    #[test]
    fn errors() {
        let bad = ApiError::bad_request("x", "wrong");
        for (dialect, error, status, body) in [
            (
                Dialect::Own,
                &bad,
                400,
                r#"{"success":false,"error":{"code":"x","message":"wrong"}}"#.to_owned(),
            ),
            (Dialect::ImageKit, &bad, 400, format!(r#"{{"message":"wrong","help":"{HELP}"}}"#)),
            (Dialect::Cloudinary, &bad, 400, r#"{"error":{"message":"wrong"}}"#.to_owned()),
            (
                Dialect::ImageKit,
                &ApiError::CredentialInvalid,
                403,
                format!(r#"{{"message":"Your account cannot be authenticated.","help":"{HELP}"}}"#),
            ),
            (
                Dialect::Cloudinary,
                &ApiError::Storage,
                500,
                r#"{"error":{"message":"The media storage is unavailable. Try again."}}"#.to_owned(),
            ),
            (
                Dialect::ImageKit,
                &ApiError::CredentialMissing,
                401,
                format!(r#"{{"message":"Your request does not contain private API key.","help":"{HELP}"}}"#),
            ),
        ] {
            assert_eq!((dialect.status(error), dialect.body(error)), (status, body));
        }
    }
}
