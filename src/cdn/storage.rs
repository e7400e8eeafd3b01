//! Media in R2: what is stored, under which type it is served, and failures as clear 503s.

use worker::worker_sys::web_sys::ReadableStream;
use worker::{Env, console_error};

use crate::cloudflare::r2::{Bucket, Description, Object, R2Error};
use crate::domain::byte_range::RangeRequest;
use crate::domain::cache_policy::CachePolicy;
use crate::domain::conditional::Validators;
use crate::domain::date::Millis;
use crate::domain::failure::{Failure, Reason};
use crate::domain::file_size::claimed_size;
use crate::domain::media_path::MediaPath;
use crate::domain::media_type;
use crate::domain::variant::Variant;

/// How long R2 may take to begin its answer.
const TIMEOUT_MS: Millis = 10_000;

/// A stored object, with or without its body.
pub struct Stored {
    object: Object,
    pub description: Description,
    /// What it is served as.
    pub content_type: String,
    /// Size of the stored file that this object derives from.
    pub source_bytes: u64,
}

impl Stored {
    fn new(object: Object, path: &MediaPath) -> Result<Self, R2Error> {
        let description = object.describe()?;
        let source_bytes = match path.variant {
            Variant::Original => None,
            Variant::Derived(_) => description.source_bytes.as_deref().and_then(claimed_size),
        };
        Ok(Self {
            content_type: media_type::content_type(description.content_type.as_deref(), path.image.as_str()),
            source_bytes: source_bytes.unwrap_or(description.size),
            description,
            object,
        })
    }

    pub fn size(&self) -> u64 {
        self.description.size
    }

    pub fn validators(&self) -> Validators<'_> {
        Validators { etag: &self.description.etag, last_modified: self.description.uploaded }
    }

    /// How long the object may be kept; `default` is for objects that don't say it.
    pub fn cache_policy<'a>(&'a self, default: &'a str) -> CachePolicy<'a> {
        CachePolicy::new(self.description.cache_control.as_deref(), self.description.cache_expiry, default)
    }

    /// The body, unless only the description was read.
    pub fn body(&self) -> Option<ReadableStream> {
        self.object.stream()
    }
}

/// The `MEDIA` bucket.
pub struct Storage(Bucket);

impl Storage {
    pub fn open(env: &Env) -> Result<Self, Failure> {
        Bucket::open(env, TIMEOUT_MS).map(Self).map_err(failure)
    }

    /// The object without its body.
    pub async fn head(&self, path: &MediaPath) -> Result<Option<Stored>, Failure> {
        stored(self.0.head(&path.key()).await, path)
    }

    /// The object with its body.
    pub async fn get(&self, path: &MediaPath) -> Result<Option<Stored>, Failure> {
        stored(self.0.get(&path.key()).await, path)
    }

    /// The object with the part of its body that a range asks for, or without a body when there is no such part.
    pub async fn get_range(&self, path: &MediaPath, range: RangeRequest) -> Result<Option<Stored>, Failure> {
        let key = path.key();
        let part = match range {
            RangeRequest::From { first, last } => {
                let length = last.map(|last| (last - first).saturating_add(1));
                self.0.get_part(&key, first, length).await
            }
            RangeRequest::Suffix(length @ 1..) => self.0.get_end(&key, length).await,
            RangeRequest::Suffix(0) | RangeRequest::Malformed => return self.head(path).await,
        };
        match part {
            // R2 refuses a range outside the object. The answer then needs the object's size.
            Err(R2Error::Failed(_)) => self.head(path).await,
            part => stored(part, path),
        }
    }
}

fn stored(found: Result<Option<Object>, R2Error>, path: &MediaPath) -> Result<Option<Stored>, Failure> {
    found.and_then(|object| object.map(|object| Stored::new(object, path)).transpose()).map_err(failure)
}

fn failure(error: R2Error) -> Failure {
    console_error!("{error}");
    unavailable(match error {
        R2Error::Missing => "The MEDIA bucket isn't bound.",
        R2Error::Timeout => "R2 didn't respond in time. Try again.",
        R2Error::Failed(_) => "R2 failed. Try again.",
    })
}

pub fn unavailable(message: &str) -> Failure {
    Failure::new(Reason::StorageUnavailable, message)
}
