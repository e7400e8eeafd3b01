//! Countries, as Cloudflare names them, and what people call them.
//!
//! Not here: other languages. The names are those of Unicode's CLDR in English, as browsers show them too.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// An ISO 3166-1 alpha-2 code; `XK`, which ISO leaves to its users and which stands for Kosovo everywhere; or one of
/// Cloudflare's own: `T1` for Tor, `XX` where the country is unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Country([u8; 2]);

impl Country {
    pub const UNKNOWN: Self = Self(*b"XX");

    /// The country of a code from outside. Anything else is unknown: it must not add rows.
    pub fn of_code(code: Option<&str>) -> Self {
        code.and_then(Self::parse).unwrap_or(Self::UNKNOWN)
    }

    /// `None` for what is no country's code.
    pub fn parse(text: &str) -> Option<Self> {
        let code: [u8; 2] = text.as_bytes().try_into().ok()?;
        (code == Self::UNKNOWN.0 || name(code).is_some()).then_some(Self(code))
    }

    /// The English name, as people know it.
    pub fn name(&self) -> &'static str {
        name(self.0).unwrap_or("Unknown")
    }

    pub fn as_str(&self) -> &str {
        str::from_utf8(&self.0).expect("ASCII")
    }
}

/// The name of a country that is known. `iso3166` lacks two, and shortens or has outdated four.
fn name(code: [u8; 2]) -> Option<&'static str> {
    match &code {
        b"T1" => Some("Tor"),
        b"AQ" => Some("Antarctica"),
        b"BA" => Some("Bosnia & Herzegovina"),
        b"GB" => Some("United Kingdom"),
        b"TR" => Some("Türkiye"),
        b"US" => Some("United States"),
        b"XK" => Some("Kosovo"),
        &code => iso3166::countries::from_alpha2(code).map(|country| country.data().name),
    }
}

impl Serialize for Country {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Country {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self::of_code(Some(&Cow::<'_, str>::deserialize(deserializer)?)))
    }
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
        for (given, code) in [
            (Some("DE"), "DE"),
            (Some("T1"), "T1"),
            (Some("XX"), "XX"),
            (Some("XK"), "XK"),
            (Some("ZZ"), "XX"),
            (Some("A1"), "XX"),
            (Some("T2"), "XX"),
            (Some("00"), "XX"),
            (Some("UK"), "XX"),
            (Some("EU"), "XX"),
            (Some("AN"), "XX"),
            (Some("de"), "XX"),
            (Some("DEU"), "XX"),
            (Some("D"), "XX"),
            (Some("Ä"), "XX"),
            (Some(""), "XX"),
            (None, "XX"),
        ] {
            assert_eq!(Country::of_code(given).as_str(), code, "{given:?}");
        }
    }

    #[test]
    fn pairs_of_characters_are_no_countries() {
        let characters = || (b'A'..=b'Z').chain(b'0'..=b'9').map(char::from);
        let pairs = characters().flat_map(|first| characters().map(move |second| format!("{first}{second}")));
        assert_eq!(
            pairs.filter(|code| Country::parse(code).is_some()).count(),
            249 + "XK, T1, XX".split(' ').count()
        );
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
            assert_eq!(Country::of_code(Some(code)).name(), name, "{code}");
        }
    }

    #[test]
    fn every_country_of_iso_3166_has_a_name_of_its_own() {
        let letters = || (b'A'..=b'Z').map(char::from);
        let codes = letters().flat_map(|first| letters().map(move |second| format!("{first}{second}")));
        let names: Vec<_> = codes
            .map(|code| Country::of_code(Some(&code)).name())
            .filter(|name| *name != "Unknown")
            .collect();
        let distinct: std::collections::HashSet<_> = names.iter().collect();
        assert_eq!((names.len(), distinct.len()), (250, 250), "ISO 3166-1's 249, and Kosovo");
    }
}
