//! Variants: which rendition of a file is asked for. `original` is the file as it was stored; any other name
//! is a derived object. Making derived objects is not done here.

use std::fmt;

/// Longest variant name, in bytes.
pub const MAX_VARIANT: usize = 64;

const ORIGINAL: &str = "original";

/// A rendition of a file: the stored file itself, or one derived from it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Variant {
    Original,
    /// `[a-z0-9][a-z0-9_-]{0,63}`
    Derived(String),
}

impl Variant {
    /// `None` when no variant can have this name.
    pub fn parse(text: &str) -> Option<Self> {
        if text == ORIGINAL {
            return Some(Self::Original);
        }
        let letter_or_digit = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
        let well_formed = (1..=MAX_VARIANT).contains(&text.len())
            && text.bytes().all(|byte| letter_or_digit(byte) || byte == b'-' || byte == b'_')
            && text.bytes().next().is_some_and(letter_or_digit);
        well_formed.then(|| Self::Derived(text.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        match self {
            Self::Original => ORIGINAL,
            Self::Derived(name) => name,
        }
    }
}

impl fmt::Display for Variant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        assert_eq!(Variant::parse("original"), Some(Variant::Original));
        for name in ["w512", "0", "thumb_2", "a-b", &"a".repeat(64)] {
            assert_eq!(Variant::parse(name), Some(Variant::Derived(name.into())));
        }
        for name in ["", "W512", "-a", "_a", "a.b", "a b", "(none)", &"a".repeat(65)] {
            assert_eq!(Variant::parse(name), None, "{name}");
        }
    }
}
