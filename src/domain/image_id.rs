//! Image ids: `album/file`, the name of a file within its owner. Videos and other files have one, too.

use std::fmt;

use percent_encoding::percent_decode_str;

use super::path_segment::{SegmentError, check_segment, composed};

/// Longest path, in bytes after decoding: R2's own limit for a key.
pub const MAX_PATH: usize = 1024;

/// Why a text is not an image id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ImageIdError {
    #[error("{0:?} isn't a file path. Use album/file.")]
    Shape(String),
    #[error("Part {0:?} of the file path {1}.")]
    Segment(String, SegmentError),
    #[error("A file path has at most {MAX_PATH} bytes, not {0}.")]
    TooLong(usize),
}

/// `album/file`, decoded.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ImageId(String);

impl ImageId {
    /// Both parts have passed [`decode_segment`].
    pub(super) fn from_segments(album: &str, file: &str) -> Self {
        Self(format!("{album}/{file}"))
    }

    /// Reads the rest of a URL's path. The slash may be percent-encoded, for clients that encode an id whole.
    pub fn parse(raw: &str) -> Result<Self, ImageIdError> {
        if raw.len() > 3 * MAX_PATH {
            return Err(ImageIdError::TooLong(raw.len()));
        }
        let decoded = percent_decode_str(raw)
            .decode_utf8()
            .map_err(|_| ImageIdError::Segment(raw.to_owned(), SegmentError::NotUtf8))?;
        if decoded.len() > MAX_PATH {
            return Err(ImageIdError::TooLong(decoded.len()));
        }
        let decoded = composed(decoded);
        let Some((album, file)) = decoded.split_once('/') else {
            return Err(ImageIdError::Shape(decoded.into_owned()));
        };
        if file.contains('/') {
            return Err(ImageIdError::Shape(decoded.into_owned()));
        }
        for segment in [album, file] {
            check_segment(segment).map_err(|error| ImageIdError::Segment(segment.to_owned(), error))?;
        }
        Ok(Self::from_segments(album, file))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ImageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids() {
        for (raw, id) in [
            ("pics/dino.jpg", "pics/dino.jpg"),
            ("pics%2Fdino.jpg", "pics/dino.jpg"),
            ("pics/d%C3%ADno%20x.jpg", "pics/díno x.jpg"),
            ("pics/di%CC%81no%20x.jpg", "pics/díno x.jpg"),
            ("a%5Cb/c", "a\\b/c"),
        ] {
            assert_eq!(ImageId::parse(raw).unwrap().as_str(), id);
        }
        for raw in ["", "pics", "a/b/c", "a%2Fb/c", "/a", "a/", "a/.b", "a/%2e%2e", "a/b%00", "a/%FF"] {
            assert!(ImageId::parse(raw).is_err(), "{raw}");
        }
        assert_eq!(ImageId::parse(&format!("a/{}", "b".repeat(1023))), Err(ImageIdError::TooLong(1025)));
    }
}
