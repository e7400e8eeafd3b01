//! What kind of file an answer was, by its media type: reports list images, videos and the rest apart.

use serde::{Deserialize, Serialize};

use super::dimension::Dimension;
use super::media_type;

/// The kind of a delivered file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AssetType {
    Image,
    Video,
    /// Everything else, error bodies among it.
    Other,
}

impl AssetType {
    /// Of a media type without parameters.
    pub fn of(media_type: &str) -> Self {
        match media_type.split_once('/') {
            Some(("image", _)) => Self::Image,
            Some(("video", _)) => Self::Video,
            _ if media_type::is_manifest(media_type) => Self::Video,
            _ => Self::Other,
        }
    }

    /// Reads what [`Self::as_str`] writes; anything else is [`Self::Other`].
    pub fn parse(text: &str) -> Self {
        [Self::Image, Self::Video].into_iter().find(|it| it.as_str() == text).unwrap_or(Self::Other)
    }

    /// The one whose name is the last of the alphabet.
    pub fn max_by_name(self, other: Self) -> Self {
        if other.as_str() > self.as_str() { other } else { self }
    }

    pub fn as_str(self) -> &'static str {
        self.dimension().as_str()
    }

    /// The kind whose files a dimension lists.
    pub fn of_dimension(dimension: Dimension) -> Option<Self> {
        [Self::Image, Self::Video, Self::Other].into_iter().find(|it| it.dimension() == dimension)
    }

    /// The dimension that lists files of this kind.
    pub fn dimension(self) -> Dimension {
        match self {
            Self::Image => Dimension::Image,
            Self::Video => Dimension::Video,
            Self::Other => Dimension::Other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds() {
        for (media_type, kind) in [
            ("image/jpeg", "image"),
            ("image/svg+xml", "image"),
            ("video/mp4", "video"),
            ("application/vnd.apple.mpegurl", "video"),
            ("audio/x-mpegurl", "video"),
            ("application/dash+xml", "video"),
            ("audio/mpeg", "other"),
            ("application/json", "other"),
            ("imagery/x", "other"),
            ("image", "other"),
            ("", "other"),
        ] {
            let is = AssetType::of(media_type);
            assert_eq!((is.as_str(), AssetType::parse(is.as_str())), (kind, is), "{media_type}");
        }
    }
}
