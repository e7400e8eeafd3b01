//! Path segments: one part of a media path, decoded once, in the form in which R2 stores names.
//!
//! Any name that a key can have is served, with three exceptions, which docs/ARCHITECTURE.md explains.

use std::borrow::Cow;

use icu_normalizer::ComposingNormalizerBorrowed;
use percent_encoding::percent_decode_str;

/// Why a path segment is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SegmentError {
    #[error("is not UTF-8")]
    NotUtf8,
    #[error("is empty")]
    Empty,
    #[error("begins with a dot")]
    Hidden,
    #[error("contains a control character")]
    Control,
    #[error("contains an encoded slash")]
    Slash,
}

/// Decodes one path segment once.
pub fn decode_segment(raw: &str) -> Result<String, SegmentError> {
    let decoded = percent_decode_str(raw).decode_utf8().map_err(|_| SegmentError::NotUtf8)?;
    check_segment(&decoded)?;
    Ok(composed(decoded).into_owned())
}

/// A name in Unicode's composed form (NFC). R2 stores keys in it, and some clients send the decomposed form.
pub(super) fn composed(name: Cow<'_, str>) -> Cow<'_, str> {
    if name.is_ascii() {
        return name;
    }
    match ComposingNormalizerBorrowed::new_nfc().normalize(&name) {
        Cow::Borrowed(_) => name,
        Cow::Owned(composed) => Cow::Owned(composed),
    }
}

/// Refuses a decoded segment that [`decode_segment`] would not let through.
pub(super) fn check_segment(segment: &str) -> Result<(), SegmentError> {
    if segment.is_empty() {
        return Err(SegmentError::Empty);
    }
    if segment.starts_with('.') {
        return Err(SegmentError::Hidden);
    }
    if segment.chars().any(char::is_control) {
        return Err(SegmentError::Control);
    }
    if segment.contains('/') {
        return Err(SegmentError::Slash);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segments() {
        for (raw, expected) in [
            ("dino.jpg", Ok("dino.jpg".to_owned())),
            ("100%25", Ok("100%".to_owned())),
            ("a%20b", Ok("a b".to_owned())),
            ("", Err(SegmentError::Empty)),
            (".git", Err(SegmentError::Hidden)),
            ("%2e%2e", Err(SegmentError::Hidden)),
            ("a%0ab", Err(SegmentError::Control)),
            ("a%7Fb", Err(SegmentError::Control)),
            ("a%2Fb", Err(SegmentError::Slash)),
            ("..%2f..", Err(SegmentError::Hidden)),
            ("x%5Cy.png", Ok("x\\y.png".to_owned())),
            ("a%252Fb", Ok("a%2Fb".to_owned())),
            ("%252e%252e", Ok("%2e%2e".to_owned())),
            ("a.jpg;v=2", Ok("a.jpg;v=2".to_owned())),
            ("cafe%CC%81.jpg", Ok("caf\u{e9}.jpg".to_owned())),
            ("caf%C3%A9.jpg", Ok("caf\u{e9}.jpg".to_owned())),
            ("%E1%84%92%E1%85%A1%E1%86%AB", Ok("\u{d55c}".to_owned())),
            ("%E2%84%AB", Ok("\u{c5}".to_owned())),
            ("%EF%AC%81", Ok("\u{fb01}".to_owned())),
            ("%ff", Err(SegmentError::NotUtf8)),
        ] {
            assert_eq!(decode_segment(raw), expected, "{raw}");
        }
    }
}
