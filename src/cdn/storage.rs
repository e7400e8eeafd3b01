//! R2, with time limits: storage that fails or hangs is a clear 503.

use worker::{Bucket, Conditional, Env, Object, Range};

use crate::cloudflare::{bindings, time};
use crate::domain::byte_range::ByteRange;
use crate::domain::conditional::Validators;
use crate::domain::date::Millis;
use crate::domain::failure::{Failure, Reason};
use crate::domain::media_path::MediaPath;
use crate::domain::media_type;
use crate::domain::variant::Variant;

/// How long R2 may take to begin its answer.
const TIMEOUT_MS: Millis = 10_000;
/// Where a derived object says how large the file is that it was made from.
const SOURCE_BYTES: &str = "source-bytes";

/// What is known of a stored object without its body.
pub struct Stored {
    pub object: Object,
    pub etag: String,
    pub last_modified: Millis,
    pub size: u64,
    pub content_type: String,
    pub content_encoding: Option<String>,
    pub content_language: Option<String>,
    pub content_disposition: Option<String>,
    /// Size of the stored file that this object derives from.
    pub source_bytes: u64,
}

impl Stored {
    fn new(object: Object, path: &MediaPath) -> Self {
        let metadata = object.http_metadata();
        let size = object.size();
        let source_bytes = match path.variant {
            Variant::Original => size,
            Variant::Derived(_) => source_bytes(&object).unwrap_or(size),
        };
        Self {
            etag: object.http_etag(),
            last_modified: object.uploaded().as_millis(),
            size,
            content_type: media_type::content_type(metadata.content_type.as_deref(), path.image.as_str()),
            content_encoding: metadata.content_encoding,
            content_language: metadata.content_language,
            content_disposition: metadata.content_disposition,
            source_bytes,
            object,
        }
    }

    pub fn validators(&self) -> Validators<'_> {
        Validators { etag: &self.etag, last_modified: self.last_modified }
    }
}

fn source_bytes(object: &Object) -> Option<u64> {
    object.custom_metadata().ok()?.get(SOURCE_BYTES)?.parse().ok()
}

/// The `MEDIA` bucket.
pub struct Storage(Bucket);

impl Storage {
    pub fn open(env: &Env) -> Result<Self, Failure> {
        env.bucket(bindings::MEDIA).map(Self).map_err(|_| unavailable("the MEDIA binding is missing"))
    }

    /// The object without its body.
    pub async fn head(&self, path: &MediaPath) -> Result<Option<Stored>, Failure> {
        Ok(self.in_time(self.0.head(path.key())).await?.map(|object| Stored::new(object, path)))
    }

    /// The object with its body.
    pub async fn get(&self, path: &MediaPath) -> Result<Option<Stored>, Failure> {
        Ok(self.in_time(self.0.get(path.key()).execute()).await?.map(|object| Stored::new(object, path)))
    }

    /// A part of the object, which has no body when the object is no longer the one with this tag.
    pub async fn get_part(
        &self,
        path: &MediaPath,
        part: ByteRange,
        etag: &str,
    ) -> Result<Option<Stored>, Failure> {
        let unquoted = etag.trim_matches('"').to_owned();
        let request = self
            .0
            .get(path.key())
            .range(Range::OffsetWithLength { offset: part.offset, length: part.length })
            .only_if(Conditional { etag_matches: Some(unquoted), ..Conditional::default() });
        Ok(self.in_time(request.execute()).await?.map(|object| Stored::new(object, path)))
    }

    /// Whether the file is there that a path's variants derive from.
    pub async fn has_original(&self, path: &MediaPath) -> Result<bool, Failure> {
        Ok(self.in_time(self.0.head(path.original_key())).await?.is_some())
    }

    async fn in_time<T>(&self, call: impl Future<Output = worker::Result<T>>) -> Result<T, Failure> {
        match time::within(TIMEOUT_MS, call).await {
            Some(Ok(answer)) => Ok(answer),
            Some(Err(error)) => {
                worker::console_error!("R2: {error:?}");
                Err(unavailable("the storage failed; try again"))
            }
            None => {
                worker::console_error!("R2: no answer within {TIMEOUT_MS} ms");
                Err(unavailable("the storage did not answer in time; try again"))
            }
        }
    }
}

pub fn unavailable(message: &str) -> Failure {
    Failure::new(Reason::StorageUnavailable, message)
}
