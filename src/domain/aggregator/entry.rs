//! Entries of the journal: what was decided, and how it is stored.

use serde::{Deserialize, Serialize};

use crate::domain::date::{Date, Millis};
use crate::domain::flush::FlushId;
use crate::domain::flush_body::DayCounts;
use crate::domain::uncounted::Uncounted;

/// The version that is written, and the only one that is read.
const VERSION: u8 = 1;

/// What changes the state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Entry {
    /// A flush is counted, once.
    Flush {
        id: FlushId,
        /// When it was decided.
        at: Millis,
        /// What is added, under the keys that it stays under.
        days: Vec<DayCounts>,
        /// What is added to what is uncounted.
        uncounted: Uncounted,
    },
    /// A day leaves.
    Leave {
        date: Date,
        /// What could not be written to D1.
        uncounted: Uncounted,
    },
}

/// Why stored bytes cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EntryError {
    /// Stored by other code: whoever knows the version can read it.
    #[error("version {0:?} of what is stored is unknown here; version {VERSION} is known")]
    UnknownVersion(Option<u8>),
    #[error("what is stored cannot be read")]
    Malformed,
}

/// Encodes entries that are stored together.
pub fn encode(entries: &[Entry]) -> Vec<u8> {
    versioned(entries)
}

/// Reads what [`encode`] writes.
///
/// # Errors
///
/// [`EntryError`].
pub fn decode(bytes: &[u8]) -> Result<Vec<Entry>, EntryError> {
    read(bytes)
}

pub(super) fn versioned<T: Serialize + ?Sized>(value: &T) -> Vec<u8> {
    postcard::to_extend(value, vec![VERSION]).expect("texts and numbers always encode")
}

pub(super) fn read<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<T, EntryError> {
    match bytes.split_first() {
        Some((&VERSION, body)) => postcard::from_bytes(body).map_err(|_| EntryError::Malformed),
        other => Err(EntryError::UnknownVersion(other.map(|(version, _)| *version))),
    }
}
