//! Why a media request was answered with an error: one code per cause, as the `X-Pixtally-Error` header, the
//! error column and the error body have it.

use super::media_path::{MediaPath, MediaPathError};
use super::owner::OwnerNameError;
use super::path_segment::SegmentError;

/// The cause of an error answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reason {
    PathTooLong,
    PathMalformed,
    OwnerMalformed,
    OwnerReserved,
    NotMedia,
    ObjectNotFound,
    VariantNotAllowed,
    MethodNotAllowed,
    PreconditionFailed,
    RangeNotSatisfiable,
    StorageUnavailable,
    Internal,
}

impl Reason {
    pub const ALL: [Self; 12] = [
        Self::PathTooLong,
        Self::PathMalformed,
        Self::OwnerMalformed,
        Self::OwnerReserved,
        Self::NotMedia,
        Self::ObjectNotFound,
        Self::VariantNotAllowed,
        Self::MethodNotAllowed,
        Self::PreconditionFailed,
        Self::RangeNotSatisfiable,
        Self::StorageUnavailable,
        Self::Internal,
    ];

    /// Reads what [`Self::code`] writes.
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.code() == code)
    }

    pub fn code(self) -> &'static str {
        match self {
            Self::PathTooLong => "path_too_long",
            Self::PathMalformed => "path_malformed",
            Self::OwnerMalformed => "owner_malformed",
            Self::OwnerReserved => "owner_reserved",
            Self::NotMedia => "not_media",
            Self::ObjectNotFound => "object_not_found",
            Self::VariantNotAllowed => "variant_not_allowed",
            Self::MethodNotAllowed => "method_not_allowed",
            Self::PreconditionFailed => "precondition_failed",
            Self::RangeNotSatisfiable => "range_not_satisfiable",
            Self::StorageUnavailable => "storage_unavailable",
            Self::Internal => "internal_error",
        }
    }

    /// What went wrong, for the owner.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::PathTooLong => "The URL is too long.",
            Self::PathMalformed => "The URL contains invalid characters.",
            Self::OwnerMalformed => "The URL starts with an invalid owner name.",
            Self::OwnerReserved => "The URL starts with a reserved name.",
            Self::NotMedia => "The URL isn't /owner/album/file or /owner/album/file/variant.",
            Self::ObjectNotFound => "The file doesn't exist in the bucket.",
            Self::VariantNotAllowed => "The requested variant, or its file, doesn't exist.",
            Self::MethodNotAllowed => "Only GET, HEAD and OPTIONS are supported.",
            Self::PreconditionFailed => "The client asked for another version of the file.",
            Self::RangeNotSatisfiable => "The requested byte range is past the end of the file.",
            Self::StorageUnavailable => "R2 didn't respond.",
            Self::Internal => "The Worker crashed.",
        }
    }

    /// What the owner can do about it.
    pub fn advice(self) -> &'static str {
        match self {
            Self::PathTooLong | Self::PathMalformed | Self::OwnerMalformed => {
                "Usually a scanner. If one of your pages links here, fix how it builds URLs."
            }
            Self::OwnerReserved | Self::NotMedia => {
                "Usually a scanner. If one of your pages links here, fix the link."
            }
            Self::ObjectNotFound => "Upload the file, or fix the link on the referring pages.",
            Self::VariantNotAllowed => "Fix the variant in the link, or upload that variant.",
            Self::MethodNotAllowed => "Find the client that sends other methods.",
            Self::PreconditionFailed => {
                "Usually a download that resumes after the file changed. Give changed files a new name."
            }
            Self::RangeNotSatisfiable => {
                "Usually a player with an older copy. Give changed files a new name."
            }
            Self::StorageUnavailable => "Check Cloudflare's R2 status. Retrying usually works.",
            Self::Internal => "Check the Worker log for that time and report the error.",
        }
    }

    /// Whether the file exists that the answer is about: the error is then one of this file.
    pub fn is_of_a_file(self) -> bool {
        matches!(self, Self::PreconditionFailed | Self::RangeNotSatisfiable)
    }

    pub fn status(self) -> u16 {
        match self {
            Self::PathTooLong | Self::PathMalformed | Self::OwnerMalformed => 400,
            Self::OwnerReserved | Self::NotMedia | Self::ObjectNotFound | Self::VariantNotAllowed => 404,
            Self::MethodNotAllowed => 405,
            Self::PreconditionFailed => 412,
            Self::RangeNotSatisfiable => 416,
            Self::StorageUnavailable => 503,
            Self::Internal => 500,
        }
    }
}

/// An error answer: its cause, and what to tell the client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    pub reason: Reason,
    pub message: String,
    /// Size of the object whose range was not satisfiable.
    pub size: Option<u64>,
}

impl Failure {
    pub fn new(reason: Reason, message: impl Into<String>) -> Self {
        Self { reason, message: message.into(), size: None }
    }

    /// 416 for an object of `size` bytes.
    pub fn range_not_satisfiable(size: u64) -> Self {
        let message = format!("The file has {size} bytes. The range must be bytes=first-last within them.");
        Self { size: Some(size), ..Self::new(Reason::RangeNotSatisfiable, message) }
    }

    /// 412
    pub fn precondition_failed() -> Self {
        Self::new(
            Reason::PreconditionFailed,
            "The file isn't the version that If-Match or If-Unmodified-Since asks for.",
        )
    }

    /// The same, with the path that the client probably meant.
    pub fn with_suggestion(self, path: &str) -> Self {
        match MediaPath::suggestion(path) {
            Some(suggestion) => {
                Self { message: format!("{} Did you mean {suggestion}?", self.message), ..self }
            }
            None => self,
        }
    }
}

impl From<MediaPathError> for Failure {
    fn from(error: MediaPathError) -> Self {
        let reason = match &error {
            MediaPathError::TooLong(_) => Reason::PathTooLong,
            MediaPathError::Shape | MediaPathError::Segment { error: SegmentError::Empty, .. } => {
                Reason::NotMedia
            }
            MediaPathError::Segment { .. } => Reason::PathMalformed,
            MediaPathError::Owner(OwnerNameError::Malformed(_)) => Reason::OwnerMalformed,
            MediaPathError::Owner(OwnerNameError::Reserved(_)) => Reason::OwnerReserved,
            MediaPathError::Variant(_) => Reason::VariantNotAllowed,
        };
        Self::new(reason, error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths() {
        for (path, status, code) in [
            ("/", 404, "not_media"),
            ("//alice/pics/a.jpg", 404, "not_media"),
            ("/alice//a.jpg", 404, "not_media"),
            ("/alice/pics/a.jpg/", 404, "not_media"),
            ("/robots.txt", 404, "not_media"),
            ("/Alice/pics/a.jpg", 400, "owner_malformed"),
            ("/alice/pics", 404, "not_media"),
            ("/alice/pics/.env", 400, "path_malformed"),
            ("/assets/a/b", 404, "owner_reserved"),
            ("/alice/pics/a.jpg/W1", 404, "variant_not_allowed"),
        ] {
            let failure = Failure::from(MediaPath::parse(path).unwrap_err());
            assert_eq!((failure.reason.status(), failure.reason.code()), (status, code), "{path}");
        }
    }
}
