//! Countries, as Cloudflare tells them, and their names.
//!
//! Not here: other languages. The names are those of Unicode's CLDR in English, as browsers show them too.

use std::fmt;

/// Two capital letters or digits: an ISO 3166-1 alpha-2 code, or one of Cloudflare's own such as `T1` (Tor).
/// `XX` where it is unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Country([u8; 2]);

impl Country {
    pub const UNKNOWN: Self = Self(*b"XX");

    /// Reads `CF-IPCountry`. Anything malformed is unknown: a header must not be able to add rows.
    pub fn from_header(value: Option<&str>) -> Self {
        value.and_then(Self::parse).unwrap_or(Self::UNKNOWN)
    }

    /// `None` for what is no code.
    pub fn parse(text: &str) -> Option<Self> {
        match text.as_bytes() {
            &[first, second] if is_code(first) && is_code(second) => Some(Self([first, second])),
            _ => None,
        }
    }

    /// The English name, as people know it. `iso3166` lacks two, and shortens or has outdated four.
    pub fn name(&self) -> &'static str {
        match &self.0 {
            b"T1" => "Tor",
            b"AQ" => "Antarctica",
            b"BA" => "Bosnia & Herzegovina",
            b"GB" => "United Kingdom",
            b"TR" => "Türkiye",
            b"US" => "United States",
            b"XK" => "Kosovo",
            &code => iso3166::countries::from_alpha2(code).map_or("Unknown", |country| country.data().name),
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
    #[test]
    fn names() {
        for (code, name) in [
            ("DE", "Germany"),
            ("US", "United States"),
            ("GB", "United Kingdom"),
            ("KR", "South Korea"),
            ("KP", "North Korea"),
            ("CZ", "Czechia"),
            ("RU", "Russia"),
            ("IR", "Iran"),
            ("VN", "Vietnam"),
            ("TW", "Taiwan"),
            ("BO", "Bolivia"),
            ("VE", "Venezuela"),
            ("TZ", "Tanzania"),
            ("MK", "North Macedonia"),
            ("SZ", "Eswatini"),
            ("NL", "Netherlands"),
            ("TR", "Türkiye"),
            ("BA", "Bosnia & Herzegovina"),
            ("CI", "Côte d’Ivoire"),
            ("CD", "Congo - Kinshasa"),
            ("CG", "Congo - Brazzaville"),
            ("HK", "Hong Kong"),
            ("PS", "Palestine"),
            ("AQ", "Antarctica"),
            ("SS", "South Sudan"),
            ("AX", "Åland Islands"),
            ("XK", "Kosovo"),
            ("T1", "Tor"),
            ("XX", "Unknown"),
            ("ZZ", "Unknown"),
            ("A1", "Unknown"),
            ("UK", "Unknown"),
        ] {
            assert_eq!(Country::from_header(Some(code)).name(), name, "{code}");
        }
    }

    #[test]
    fn every_country_of_iso_3166_has_a_name_of_its_own() {
        let letters = || (b'A'..=b'Z').map(char::from);
        let codes = letters().flat_map(|first| letters().map(move |second| format!("{first}{second}")));
        let names: Vec<_> = codes
            .map(|code| Country::from_header(Some(&code)).name())
            .filter(|name| *name != "Unknown")
            .collect();
        let distinct: std::collections::HashSet<_> = names.iter().collect();
        assert_eq!((names.len(), distinct.len()), (250, 250), "ISO 3166-1's 249, and Kosovo");
    }
}
