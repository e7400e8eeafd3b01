//! Owners: who media belong to. A name as it stands in URLs, and the identifier that is stored instead of it.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

/// Longest owner name, in bytes: the longest DNS label, so that a name can become a host name.
pub const MAX_OWNER_NAME: usize = 63;

/// First path segments that belong to the worker itself.
const RESERVED: [&str; 5] = ["v1", "v1_1", "assets", "healthz", "cdn-cgi"];

/// Stands for every owner that does not exist, so that made-up names cannot fill the tables.
pub const UNKNOWN: &str = "_unknown";

/// Why a text is not an owner's name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OwnerNameError {
    #[error(
        "Owner name {0:?} is invalid. Use 1–{MAX_OWNER_NAME} lowercase letters, digits or hyphens, starting with a letter or digit."
    )]
    Malformed(String),
    #[error("Owner name {0:?} is reserved.")]
    Reserved(String),
}

/// `[a-z0-9][a-z0-9-]{0,62}`, and none of the names that the worker keeps for itself.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct OwnerName(String);

impl OwnerName {
    pub fn parse(text: &str) -> Result<Self, OwnerNameError> {
        if RESERVED.contains(&text) || text.starts_with('_') {
            return Err(OwnerNameError::Reserved(shown(text)));
        }
        let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
        let well_formed = (1..=MAX_OWNER_NAME).contains(&text.len())
            && text.bytes().all(|byte| allowed(byte) || byte == b'-')
            && !text.starts_with('-');
        if !well_formed {
            return Err(OwnerNameError::Malformed(shown(text)));
        }
        Ok(Self(text.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for OwnerName {
    type Error = OwnerNameError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

impl From<OwnerName> for String {
    fn from(name: OwnerName) -> Self {
        name.0
    }
}

impl fmt::Display for OwnerName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// As much of a refused text as an error message should repeat.
fn shown(text: &str) -> String {
    text.chars().take(MAX_OWNER_NAME + 1).collect()
}

/// The stored identifier of an owner: the first 128 bits of HMAC-SHA256(`OWNER_HASH_SECRET`, name).
///
/// Written as 32 lower-case hexadecimal digits. Without the secret it cannot be traced back to a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct OwnerId([u8; 16]);

impl OwnerId {
    /// Reads what [`fmt::Display`] writes.
    pub fn parse(hex: &str) -> Option<Self> {
        u128::from_str_radix(hex, 16)
            .ok()
            .filter(|_| hex.len() == 32)
            .map(|number| Self(number.to_be_bytes()))
    }

    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The identifier just before it, in the order of their texts; `None` of the first.
    pub fn predecessor(self) -> Option<Self> {
        u128::from_be_bytes(self.0).checked_sub(1).map(|number| Self(number.to_be_bytes()))
    }
}

impl fmt::Display for OwnerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", u128::from_be_bytes(self.0))
    }
}

impl Serialize for OwnerId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for OwnerId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom("not an owner's identifier"))
    }
}

/// Turns names into identifiers.
#[derive(Clone)]
pub struct OwnerHasher {
    keyed: Hmac<Sha256>,
    unknown: OwnerId,
}

impl OwnerHasher {
    pub fn new(secret: &str) -> Self {
        let keyed = Hmac::new_from_slice(secret.as_bytes()).expect("HMAC takes a key of any length");
        let unknown = identify(&keyed, UNKNOWN);
        Self { keyed, unknown }
    }

    pub fn id(&self, name: &OwnerName) -> OwnerId {
        identify(&self.keyed, name.as_str())
    }

    /// The identifier that requests for owners that do not exist are recorded under. No name has it.
    pub fn unknown(&self) -> OwnerId {
        self.unknown
    }

    /// The identifier of what an administrator asks for: a name, or `_unknown`.
    pub fn id_for_admin(&self, text: &str) -> Result<OwnerId, OwnerNameError> {
        if text == UNKNOWN {
            return Ok(self.unknown);
        }
        OwnerName::parse(text).map(|name| self.id(&name))
    }
}

fn identify(keyed: &Hmac<Sha256>, name: &str) -> OwnerId {
    let digest = keyed.clone().chain_update(name.as_bytes()).finalize().into_bytes();
    let (first, _) = digest.split_at(16);
    OwnerId(first.try_into().expect("SHA-256 has 32 bytes"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        let longest = "a".repeat(63);
        for name in ["alice", "a", "0", "a-b", "v2", "assets2", &longest] {
            assert_eq!(OwnerName::parse(name).map(String::from), Ok(name.to_owned()));
        }
        for name in ["", "-a", "Alice", "a_b", "ä", "a b", "a.b", &"a".repeat(64)] {
            assert_eq!(OwnerName::parse(name), Err(OwnerNameError::Malformed(shown(name))), "{name}");
        }
        for name in ["v1", "v1_1", "assets", "healthz", "cdn-cgi", "_derived", "_"] {
            assert_eq!(OwnerName::parse(name), Err(OwnerNameError::Reserved(name.into())), "{name}");
        }
    }

    /// The expected value comes from `printf %s alice | openssl dgst -sha256 -hmac secret | cut -c1-32`.
    #[test]
    fn identifiers_are_the_first_half_of_hmac_sha256() {
        let hasher = OwnerHasher::new("secret");
        let alice = hasher.id(&OwnerName::parse("alice").unwrap());
        assert_eq!(alice.to_string(), "4360c67bc81025114044578d7c4e8e0f");
        assert_eq!(OwnerId::parse(&alice.to_string()), Some(alice));
        assert_ne!(hasher.unknown(), alice);
        assert_ne!(OwnerHasher::new("other").id(&OwnerName::parse("alice").unwrap()), alice);
    }
}
