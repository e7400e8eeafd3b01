//! Countries, as Cloudflare tells them.

use std::fmt;

/// Two capital letters or digits: an ISO 3166-1 alpha-2 code, or one of Cloudflare's own such as `T1` (Tor).
/// `XX` where it is unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Country([u8; 2]);

impl Country {
    pub const UNKNOWN: Self = Self(*b"XX");

    /// Reads `CF-IPCountry`. Anything malformed is unknown: a header must not be able to add rows.
    pub fn from_header(value: Option<&str>) -> Self {
        match value.map(str::as_bytes) {
            Some(&[first, second]) if is_code(first) && is_code(second) => Self([first, second]),
            _ => Self::UNKNOWN,
        }
    }

    pub fn as_str(&self) -> &str {
        str::from_utf8(&self.0).expect("ASCII")
    }
}

fn is_code(byte: u8) -> bool {
    byte.is_ascii_uppercase() || byte.is_ascii_digit()
}

impl fmt::Display for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes() {
        for (header, code) in [
            (Some("DE"), "DE"),
            (Some("T1"), "T1"),
            (Some("de"), "XX"),
            (Some("DEU"), "XX"),
            (Some("D"), "XX"),
            (Some("Ä"), "XX"),
            (Some(""), "XX"),
            (None, "XX"),
        ] {
            assert_eq!(Country::from_header(header).as_str(), code, "{header:?}");
        }
    }
}
