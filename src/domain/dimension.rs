//! Dimensions: what hits are broken down by. The names are those of the API and of the tables.

use std::fmt;

use utoipa::ToSchema;

use super::facets::NO_ERROR;
use super::hit::NO_CRAWLER;
use super::privacy::Privacy;

/// What a breakdown is by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ToSchema)]
#[schema(rename_all = "snake_case")]
pub enum Dimension {
    /// Files that were served as images; [`Self::Video`] and [`Self::Other`] are the rest of them.
    Image,
    Video,
    Other,
    Variant,
    Status,
    Country,
    /// How much was image, video and other.
    AssetType,
    /// Media types.
    Format,
    Cache,
    Device,
    Browser,
    Os,
    Bot,
    /// Programs by name.
    Crawler,
    Referrer,
    ErrorReason,
    /// Of the day, in UTC.
    Hour,
    /// Only recorded with `full` privacy, as [`Self::Ip`].
    UserAgent,
    Ip,
}

/// Why a text is not a dimension.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("Unknown dimension {given:?}. Use one of: {}.", Dimension::names())]
pub struct DimensionError {
    given: String,
}

impl Dimension {
    pub const ALL: [Self; 19] = [
        Self::Image,
        Self::Video,
        Self::Other,
        Self::Variant,
        Self::Status,
        Self::Country,
        Self::AssetType,
        Self::Format,
        Self::Cache,
        Self::Device,
        Self::Browser,
        Self::Os,
        Self::Bot,
        Self::Crawler,
        Self::Referrer,
        Self::ErrorReason,
        Self::Hour,
        Self::UserAgent,
        Self::Ip,
    ];

    /// # Errors
    ///
    /// [`DimensionError`], which names those that there are.
    pub fn parse(text: &str) -> Result<Self, DimensionError> {
        let found = Self::ALL.into_iter().find(|dimension| dimension.as_str() == text);
        found.ok_or_else(|| DimensionError { given: text.chars().take(40).collect() })
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Image => "image",
            Self::Video => "video",
            Self::Other => "other",
            Self::Variant => "variant",
            Self::Status => "status",
            Self::Country => "country",
            Self::AssetType => "asset_type",
            Self::Format => "format",
            Self::Cache => "cache",
            Self::Device => "device",
            Self::Browser => "browser",
            Self::Os => "os",
            Self::Bot => "bot",
            Self::Crawler => "crawler",
            Self::Referrer => "referrer",
            Self::ErrorReason => "error_reason",
            Self::Hour => "hour",
            Self::UserAgent => "user_agent",
            Self::Ip => "ip",
        }
    }

    /// Whether `analytics_daily` tells it: such dimensions combine with each other exactly.
    pub fn is_of_rows(self) -> bool {
        use Dimension::{AssetType, Country, Image, Other, Status, Variant, Video};
        matches!(self, Image | Video | Other | Variant | Status | Country | AssetType)
    }

    /// Those of which an overview lists the largest values: all that are recorded, but for hours, which are a course of time.
    pub fn listed(privacy: Privacy) -> impl Iterator<Item = Self> {
        let is_recorded = move |it: &Self| privacy == Privacy::Full || !it.is_personal();
        Self::ALL.into_iter().filter(move |it| *it != Self::Hour && is_recorded(it))
    }

    /// Whether it tells visitors apart, and is only recorded when the operator has asked for it.
    pub fn is_personal(self) -> bool {
        matches!(self, Self::UserAgent | Self::Ip)
    }

    /// Whether lists of the largest values show a value. Breakdowns show all of them; a list of errors shows only errors, and a
    /// list of crawlers only programs.
    pub fn lists(self, value: &str) -> bool {
        match self {
            Self::ErrorReason => value != NO_ERROR,
            Self::Crawler => value != NO_CRAWLER,
            _ => true,
        }
    }

    fn names() -> String {
        Self::ALL.map(Self::as_str).join(", ")
    }
}

impl fmt::Display for Dimension {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl serde::Serialize for Dimension {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> serde::Deserialize<'de> for Dimension {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'_, str>::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_back() {
        for dimension in Dimension::ALL {
            assert_eq!(Dimension::parse(dimension.as_str()), Ok(dimension));
        }
        let refused = Dimension::parse("colour").unwrap_err().to_string();
        assert!(refused.contains("\"colour\"") && refused.contains("error_reason"), "{refused}");
    }
}
