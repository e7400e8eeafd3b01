//! What an aggregator answers to a flush that it has counted, and how that is encoded.
//!
//! Isolates and objects of different versions talk to each other during a deploy. That a flush is counted is said by the status
//! of the answer. So an isolate that cannot read an acknowledgement loses only what the aggregator asks for.

use serde::{Deserialize, Serialize};

use super::date::Millis;
use super::versioned::{self, VersionedError};

/// The version that is written, and the only one that is read.
const VERSION: u8 = 1;

/// What an isolate must know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acknowledgement {
    /// How long the isolate is to gather hits before its next flush, in milliseconds.
    pub window: Millis,
}

impl Acknowledgement {
    pub fn encode(&self) -> Vec<u8> {
        versioned::encode(VERSION, self)
    }

    /// Reads what [`Self::encode`] writes.
    ///
    /// # Errors
    ///
    /// [`VersionedError`].
    pub fn decode(bytes: &[u8]) -> Result<Self, VersionedError> {
        versioned::decode(VERSION, bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_read_back() {
        let acknowledgement = Acknowledgement { window: 20_000 };
        let mut bytes = acknowledgement.encode();
        assert_eq!(Acknowledgement::decode(&bytes), Ok(acknowledgement));
        assert_eq!(bytes, [1, 0xA0, 0x9C, 0x01], "the encoding of version 1 stays as it is");
        bytes[0] = 2;
        let unknown = VersionedError::UnknownVersion { found: 2, known: 1 };
        assert_eq!(Acknowledgement::decode(&bytes), Err(unknown));
        for bytes in [&[][..], &[1], &[1, 0x80]] {
            assert_eq!(Acknowledgement::decode(bytes), Err(VersionedError::Malformed), "{bytes:?}");
        }
    }
}
