//! Values as bytes that begin with the version of their encoding. Code of different versions writes and reads them during a
//! deploy, and a version that is not known is told from bytes that are damaged.

use serde::{Deserialize, Serialize};

/// Why bytes cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VersionedError {
    /// Other code can read them.
    #[error("version {found} is unknown here; version {known} is known")]
    UnknownVersion { found: u8, known: u8 },
    #[error("it cannot be read")]
    Malformed,
}

/// Encodes a value: the same one has the same bytes.
pub fn encode<T: Serialize + ?Sized>(version: u8, value: &T) -> Vec<u8> {
    postcard::to_extend(value, vec![version]).expect("texts and numbers always encode")
}

/// Reads what [`encode`] writes.
///
/// # Errors
///
/// [`VersionedError`].
pub fn decode<'a, T: Deserialize<'a>>(known: u8, bytes: &'a [u8]) -> Result<T, VersionedError> {
    match bytes.split_first() {
        Some((&found, body)) if found == known => {
            postcard::from_bytes(body).map_err(|_| VersionedError::Malformed)
        }
        Some((&found, _)) => Err(VersionedError::UnknownVersion { found, known }),
        None => Err(VersionedError::Malformed),
    }
}
