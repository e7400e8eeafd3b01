//! Media paths: `/{owner}/{album}/{file}` and `/{owner}/{album}/{file}/{variant}`.
//!
//! The one place that says which URLs are media, for serving them and for reading them back from logs.

use std::borrow::Cow;

use super::image_id::{ImageId, MAX_PATH};
use super::owner::{OwnerName, OwnerNameError};
use super::path_segment::{SegmentError, decode_segment};
use super::variant::Variant;

/// Derived objects stand under this prefix, which no owner can be called.
pub(super) const DERIVED_PREFIX: &str = "_derived";

/// Why a path is not media.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MediaPathError {
    #[error("A path has at most {MAX_PATH} bytes, and this one has {0}.")]
    TooLong(usize),
    #[error("Media paths are /{{owner}}/{{album}}/{{file}} or /{{owner}}/{{album}}/{{file}}/{{variant}}.")]
    Shape,
    #[error("Part {position} of the path {error}.")]
    Segment { position: usize, error: SegmentError },
    #[error(transparent)]
    Owner(#[from] OwnerNameError),
    #[error("{0:?} isn't the name of a variant.")]
    Variant(String),
}

/// What a media URL names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MediaPath {
    pub owner: OwnerName,
    pub image: ImageId,
    pub variant: Variant,
}

impl MediaPath {
    /// Reads a URL's path, still percent-encoded, with its leading slash and without a query.
    pub fn parse(raw: &str) -> Result<Self, MediaPathError> {
        if raw.len() > 3 * MAX_PATH {
            return Err(MediaPathError::TooLong(raw.len()));
        }
        let mut raw_segments = raw.strip_prefix('/').unwrap_or(raw).split('/');
        let mut segments = Vec::with_capacity(4);
        for (index, segment) in raw_segments.by_ref().take(4).enumerate() {
            let decoded = decode_segment(segment)
                .map_err(|error| MediaPathError::Segment { position: index + 1, error })?;
            segments.push(decoded);
        }
        if raw_segments.next().is_some() {
            return Err(MediaPathError::Shape);
        }
        let length = segments.iter().map(|segment| segment.len() + 1).sum();
        if length > MAX_PATH {
            return Err(MediaPathError::TooLong(length));
        }
        let (owner, album, file, variant) = match &segments[..] {
            [owner, album, file] => (owner, album, file, None),
            [owner, album, file, variant] => (owner, album, file, Some(variant)),
            _ => return Err(MediaPathError::Shape),
        };
        let owner = OwnerName::parse(owner)?;
        let variant = match variant {
            None => Variant::Original,
            Some(name) => Variant::parse(name).ok_or_else(|| MediaPathError::Variant(name.clone()))?,
        };
        let path = Self { owner, image: ImageId::from_segments(album, file), variant };
        match path.key().len() {
            length if length > MAX_PATH => Err(MediaPathError::TooLong(length)),
            _ => Ok(path),
        }
    }

    /// The owner that a URL's path names, whether the rest of it is media or not.
    pub fn claimed_owner(raw: &str) -> Option<OwnerName> {
        let first = raw.split('/').map(without_parameters).find(|segment| !segment.is_empty())?;
        OwnerName::parse(&decode_segment(first).ok()?).ok()
    }

    /// The path that a client probably meant, where `raw` has slashes too many, encoded slashes, an owner in
    /// capitals, or `;` parameters. `None` when `raw` has none of these, or would still not name media without them.
    pub fn suggestion(raw: &str) -> Option<String> {
        if raw.len() > 3 * MAX_PATH {
            return None;
        }
        let slashes = raw.replace("%2F", "/").replace("%2f", "/");
        let mut segments: Vec<Cow<'_, str>> = slashes
            .split('/')
            .map(without_parameters)
            .filter(|segment| !segment.is_empty())
            .map(Cow::Borrowed)
            .collect();
        let owner = segments.first_mut()?;
        *owner = Cow::Owned(owner.to_ascii_lowercase());
        let path = format!("/{}", segments.join("/"));
        (path != raw && Self::parse(&path).is_ok()).then_some(path)
    }

    /// The R2 key of what is served.
    pub fn key(&self) -> String {
        match &self.variant {
            Variant::Original => self.original_key(),
            Variant::Derived(name) => format!("{DERIVED_PREFIX}/{}/{}/{name}", self.owner, self.image),
        }
    }

    /// The R2 key of the file that every variant derives from.
    pub fn original_key(&self) -> String {
        original_key(&self.owner, &self.image)
    }
}

/// A raw segment up to its first `;`.
fn without_parameters(segment: &str) -> &str {
    segment.split(';').next().unwrap_or_default()
}

/// The R2 key of an owner's file.
pub fn original_key(owner: &OwnerName, image: &ImageId) -> String {
    format!("{owner}/{image}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::path_segment::composed;
    use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
    use proptest::prelude::*;

    #[test]
    fn media() {
        for (raw, key) in [
            ("/alice/pics/dino.jpg", "alice/pics/dino.jpg"),
            ("/alice/pics/dino.jpg/original", "alice/pics/dino.jpg"),
            ("/alice/pics/dino.jpg/w512", "_derived/alice/pics/dino.jpg/w512"),
            ("/alice/p%20q/%C3%A4.jpg", "alice/p q/ä.jpg"),
            ("/alice/pics/100%25.jpg", "alice/pics/100%.jpg"),
            ("/alice/pics/a%5Cb", "alice/pics/a\\b"),
            ("/alice/pics/%252e%252e", "alice/pics/%2e%2e"),
            ("/alice/pics/a.jpg;v=2", "alice/pics/a.jpg;v=2"),
            ("/alice/cafe%CC%81/cafe%CC%81.jpg/w1", "_derived/alice/caf\u{e9}/caf\u{e9}.jpg/w1"),
        ] {
            assert_eq!(MediaPath::parse(raw).unwrap().key(), key, "{raw}");
        }
    }

    #[test]
    fn refusals() {
        use SegmentError::*;
        let segment = |position, error| MediaPathError::Segment { position, error };
        for (raw, expected) in [
            ("/", segment(1, Empty)),
            ("/favicon.ico", MediaPathError::Shape),
            ("/alice", MediaPathError::Shape),
            ("/alice/pics", MediaPathError::Shape),
            ("/alice/pics/a/w1/x", MediaPathError::Shape),
            ("/alice//a.jpg", segment(2, Empty)),
            ("/alice/pics/", segment(3, Empty)),
            ("/alice/pics/a.jpg/", segment(4, Empty)),
            ("/alice/.git/config", segment(2, Hidden)),
            ("/alice/pics/..%2fx", segment(3, Hidden)),
            ("/alice/pics/a%2fb", segment(3, Slash)),
            ("/alice/pics/a%00b", segment(3, Control)),
            ("/alice/pics/a%C2%85b", segment(3, Control)),
            ("/alice/pics/%FF", segment(3, NotUtf8)),
            ("/v1/analytics/x", MediaPathError::Owner(OwnerNameError::Reserved("v1".into()))),
            (
                "/_derived/alice/pics/a.jpg",
                MediaPathError::Owner(OwnerNameError::Reserved("_derived".into())),
            ),
            ("/Alice/pics/a.jpg", MediaPathError::Owner(OwnerNameError::Malformed("Alice".into()))),
            ("/alice/pics/a.jpg/W512", MediaPathError::Variant("W512".into())),
        ] {
            assert_eq!(MediaPath::parse(raw), Err(expected), "{raw}");
        }
    }

    #[test]
    fn an_owner_is_named_by_the_first_segment() {
        for (raw, owner) in [
            ("/alice/pics/a.jpg", Some("alice")),
            ("/alice/pics/a%2fb", Some("alice")),
            ("/alice/pics/a.jpg/W512", Some("alice")),
            ("/%61lice", Some("alice")),
            ("//alice/pics/a.jpg", Some("alice")),
            ("/alice;v=2/pics/a.jpg", Some("alice")),
            ("/", None),
            ("/favicon.ico", None),
            ("/Alice/pics/a.jpg", None),
            ("/v1/x", None),
        ] {
            assert_eq!(MediaPath::claimed_owner(raw).as_ref().map(OwnerName::as_str), owner, "{raw}");
        }
    }

    #[test]
    fn a_slip_has_a_suggestion() {
        for (raw, suggestion) in [
            ("//alice/pics/a.jpg", Some("/alice/pics/a.jpg")),
            ("/alice//pics///a.jpg", Some("/alice/pics/a.jpg")),
            ("/alice/pics/a.jpg/", Some("/alice/pics/a.jpg")),
            ("/alice/pics/a.jpg/w512/", Some("/alice/pics/a.jpg/w512")),
            ("/alice/pics/a.jpg;v=2", Some("/alice/pics/a.jpg")),
            ("/alice/pics/a%20b.jpg;jsessionid=1/", Some("/alice/pics/a%20b.jpg")),
            ("/alice/pics%2Fa.jpg", Some("/alice/pics/a.jpg")),
            ("/Alice/pics/A.jpg", Some("/alice/pics/A.jpg")),
            ("/alice/pics/a.jpg", None),
            ("/alice/pics/", None),
            ("/alice/pics/..%2f..%2fb", None),
            ("/alice/pics/a/w1/x/", None),
            ("//", None),
            ("", None),
        ] {
            assert_eq!(MediaPath::suggestion(raw).as_deref(), suggestion, "{raw}");
        }
    }

    #[test]
    fn length_counts_decoded_bytes() {
        let file = |bytes: usize| format!("/a/b/{}", "%61".repeat(bytes));
        assert!(MediaPath::parse(&file(1019)).is_ok());
        assert_eq!(MediaPath::parse(&file(1020)), Err(MediaPathError::TooLong(1025)));
        assert_eq!(
            MediaPath::parse(&format!("{}/w1", file(1010))),
            Err(MediaPathError::TooLong(1026)),
            "the key of a derived object is longer than its path"
        );
    }

    proptest! {
        #[test]
        fn never_panics_and_never_escapes(raw in "/?[a-z0-9./%\\\\_ \u{0}-\u{ff}-]{0,60}") {
            if let Ok(path) = MediaPath::parse(&raw) {
                let key = path.original_key();
                prop_assert_eq!(key.split('/').count(), 3);
                prop_assert!(key.split('/').all(|part| !part.is_empty() && !part.starts_with('.')));
                prop_assert!(!key.chars().any(char::is_control));
                prop_assert!(!path.owner.as_str().starts_with('_'));
            }
        }

        #[test]
        fn any_legal_name_survives_encoding(album in "[^./\u{0}-\u{1f}\u{7f}-\u{9f}][^/\u{0}-\u{1f}\u{7f}-\u{9f}]{0,20}",
                                            file in "[^./\u{0}-\u{1f}\u{7f}-\u{9f}][^/\u{0}-\u{1f}\u{7f}-\u{9f}]{0,20}") {
            let encode = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
            let raw = format!("/alice/{}/{}", encode(&album), encode(&file));
            let path = MediaPath::parse(&raw).unwrap();
            prop_assert_eq!(path.key(), composed(format!("alice/{album}/{file}").into()));
        }
    }
}
