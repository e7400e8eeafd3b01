//! R2 keys, read back: whose an object is, and whether it was derived from another. Not whether a URL reaches it: what
//! stands under an owner's name is the owner's, and takes up room.

use super::media_path::DERIVED_PREFIX;
use super::owner::OwnerName;

/// `owner/album/file`, or `_derived/owner/album/file/variant`; what stands deeper belongs to the same owner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MediaKey {
    pub owner: OwnerName,
    pub is_derived: bool,
}

impl MediaKey {
    /// `None` when the object is nobody's: no name of an owner, too few segments, or one of these is empty.
    pub fn parse(key: &str) -> Option<Self> {
        let derived = key.strip_prefix(DERIVED_PREFIX).and_then(|rest| rest.strip_prefix('/'));
        // The owner, the album, the file, and of a derived object the variant.
        let (rest, least) = derived.map_or((key, 3), |rest| (rest, 4));
        let mut segments = rest.split('/');
        let has_all = segments.clone().take(least).filter(|segment| !segment.is_empty()).count() == least;
        let owner = segments.next().filter(|_| has_all)?;
        Some(Self { owner: OwnerName::parse(owner).ok()?, is_derived: derived.is_some() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::media_path::MediaPath;
    use proptest::prelude::*;

    fn read(key: &str) -> Option<(String, bool)> {
        MediaKey::parse(key).map(|key| (key.owner.into(), key.is_derived))
    }

    #[test]
    fn keys() {
        for (key, owner, is_derived) in [
            ("alice/pics/dino.jpg", "alice", false),
            ("alice/pics/2026/rome/dino.jpg", "alice", false),
            ("alice/pics/.hidden", "alice", false),
            ("_derived/alice/pics/dino.jpg/w512", "alice", true),
            ("_derived/alice/pics/2026/dino.jpg/w512", "alice", true),
        ] {
            assert_eq!(read(key), Some((owner.to_owned(), is_derived)), "{key}");
        }
        for key in [
            "",
            "/",
            "alice",
            "alice/dino.jpg",
            "alice/pics/",
            "alice//dino.jpg",
            "/alice/pics/dino.jpg",
            "Alice/pics/dino.jpg",
            "v1/pics/dino.jpg",
            "_tmp/alice/pics/dino.jpg",
            "_derived",
            "_derived/",
            "_derived/alice/pics/dino.jpg",
            "_derived/alice/pics/dino.jpg/",
            "_derived/Alice/pics/dino.jpg/w512",
            "_derivedalice/pics/dino.jpg",
        ] {
            assert_eq!(read(key), None, "{key:?}");
        }
    }

    proptest! {
        #[test]
        fn what_is_served_is_its_owners(album in "[a-z .]{1,8}", file in "[a-zé.]{1,8}", variant in "original|w512|thumb") {
            if let Ok(path) = MediaPath::parse(&format!("/alice/{album}/{file}/{variant}")) {
                prop_assert_eq!(read(&path.key()), Some(("alice".to_owned(), variant != "original")));
            }
        }
    }
}
