//! Media in R2: what is stored, under which type it is served, and failures as clear 503s.

use worker::worker_sys::web_sys::ReadableStream;
use worker::{Env, console_error};

use crate::cloudflare::r2::{Bucket, Description, Object, R2Error};
use crate::domain::byte_range::ByteRange;
use crate::domain::conditional::Validators;
use crate::domain::date::Millis;
use crate::domain::failure::{Failure, Reason};
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
            Variant::Derived(_) => description.source_bytes.as_ref().and_then(|text| text.parse().ok()),
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

    /// The body, unless only the description was asked for or a condition failed.
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

    /// A part of the object, which has no body when the object is no longer the one with this tag.
    pub async fn get_part(
        &self,
        path: &MediaPath,
        part: ByteRange,
        etag: &str,
    ) -> Result<Option<Stored>, Failure> {
        stored(self.0.get_part(&path.key(), part, etag).await, path)
    }

    /// Whether the file is there that a path's variants derive from.
    pub async fn has_original(&self, path: &MediaPath) -> Result<bool, Failure> {
        Ok(self.0.head(&path.original_key()).await.map_err(failure)?.is_some())
    }
}

fn stored(found: Result<Option<Object>, R2Error>, path: &MediaPath) -> Result<Option<Stored>, Failure> {
    found.and_then(|object| object.map(|object| Stored::new(object, path)).transpose()).map_err(failure)
}

fn failure(error: R2Error) -> Failure {
    console_error!("{error}");
    unavailable(match error {
        R2Error::Missing => "the media storage is not bound",
        R2Error::Timeout => "the media storage did not answer in time; try again",
        R2Error::Failed(_) => "the media storage failed; try again",
    })
}

pub fn unavailable(message: &str) -> Failure {
    Failure::new(Reason::StorageUnavailable, message)
}
