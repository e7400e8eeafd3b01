//! Absolute URLs of an owner's files, on the host that serves them.

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

use super::owner::OwnerName;

/// What a path's segment cannot have as it is, and the slash, which separates them (RFC 3986, section 3.3).
const ESCAPED: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b'/')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'[')
    .add(b'\\')
    .add(b']')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

/// URLs of one owner.
pub struct AssetUrls {
    origin: String,
    owner: Option<OwnerName>,
}

impl AssetUrls {
    /// `origin` is a scheme and a host, such as `https://cdn.example.com`. Nobody's files have no URLs.
    pub fn new(origin: String, owner: Option<OwnerName>) -> Self {
        Self { origin, owner }
    }

    /// The URL of a file; none for what stands for several.
    pub fn of(&self, image_id: &str) -> Option<String> {
        let (album, file) = image_id.split_once('/')?;
        let escape = |segment| utf8_percent_encode(segment, ESCAPED);
        Some(format!("{}/{}/{}/{}", self.origin, self.owner.as_ref()?, escape(album), escape(file)))
    }

    /// The URL that was asked for with a path; none for what stands for several.
    pub fn of_path(&self, path: &str) -> Option<String> {
        path.starts_with('/').then(|| format!("{}{path}", self.origin))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::media_path::MediaPath;
    use crate::domain::path_segment::composed;
    use proptest::prelude::*;

    fn urls() -> AssetUrls {
        AssetUrls::new("https://cdn.example.com".into(), OwnerName::parse("alice").ok())
    }

    #[test]
    fn of_files() {
        for (image, url) in [
            ("pics/dino.jpg", Some("https://cdn.example.com/alice/pics/dino.jpg")),
            ("p q/ä?#%.jpg", Some("https://cdn.example.com/alice/p%20q/%C3%A4%3F%23%25.jpg")),
            ("(missing)", None),
            ("(other)", None),
        ] {
            assert_eq!(urls().of(image).as_deref(), url, "{image}");
        }
        assert_eq!(urls().of_path("/alice/a%20b").as_deref(), Some("https://cdn.example.com/alice/a%20b"));
        assert_eq!(urls().of_path("(other)"), None);
        assert_eq!(AssetUrls::new("https://cdn.example.com".into(), None).of("pics/dino.jpg"), None);
    }

    proptest! {
        #[test]
        fn lead_back_to_the_file(album in "[^/\\p{C}]{1,20}", file in "[^/\\p{C}]{1,20}") {
            let image = format!("{album}/{file}");
            let url = urls().of(&image).unwrap();
            let path = url.strip_prefix("https://cdn.example.com").unwrap();
            if let Ok(read) = MediaPath::parse(path) {
                prop_assert_eq!(read.image.as_str(), composed(image.into()));
            }
        }
    }
}
