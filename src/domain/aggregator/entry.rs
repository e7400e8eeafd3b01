//! Entries of the journal: what was decided, and how it is stored.

use serde::{Deserialize, Serialize};

use super::owner_day::Addition;
use crate::domain::date::{Date, Millis};
use crate::domain::flush::FlushId;
use crate::domain::uncounted::Uncounted;
use crate::domain::versioned::{self, VersionedError};

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
        days: Vec<Addition>,
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

/// Encodes entries that are stored together.
pub fn encode(entries: &[Entry]) -> Vec<u8> {
    versioned::encode(VERSION, entries)
}

/// Reads what [`encode`] writes.
///
/// # Errors
///
/// [`VersionedError`].
pub fn decode(bytes: &[u8]) -> Result<Vec<Entry>, VersionedError> {
    versioned::decode(VERSION, bytes)
}
