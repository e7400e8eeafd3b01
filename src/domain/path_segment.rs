//! Path segments: one part of a media path, decoded once, and nothing in it that could mean something else to a file
//! system, a cache or a terminal.

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
    #[error("contains an encoded path separator or dot")]
    Traversal,
}

/// Decodes one path segment once, and refuses what could mean something else to a file system, a cache or a
/// terminal.
pub fn decode_segment(raw: &str) -> Result<String, SegmentError> {
    let decoded = percent_decode_str(raw).decode_utf8().map_err(|_| SegmentError::NotUtf8)?;
    check_segment(&decoded)?;
    Ok(decoded.into_owned())
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
    let encoded_again = |escape: &[u8]| {
        segment.as_bytes().windows(escape.len()).any(|part| part.eq_ignore_ascii_case(escape))
    };
    if segment.contains(['/', '\\']) || [&b"%2e"[..], b"%2f", b"%5c"].into_iter().any(encoded_again) {
        return Err(SegmentError::Traversal);
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
            ("a%2Fb", Err(SegmentError::Traversal)),
            ("a%5cb", Err(SegmentError::Traversal)),
            ("a%252Fb", Err(SegmentError::Traversal)),
            ("%ff", Err(SegmentError::NotUtf8)),
        ] {
            assert_eq!(decode_segment(raw), expected, "{raw}");
        }
    }
}
