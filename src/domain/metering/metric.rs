//! Metrics: what is metered, as one text in the tables.

use std::fmt;

use super::extension::Extension;
use super::video::{Codec, Resolution};

/// What a quantity is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Metric {
    /// Milliseconds of output.
    Video(Resolution, Codec),
    /// Operations.
    Extension(Extension),
}

impl Metric {
    /// Reads what `Display` writes.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('/');
        let metric = match (parts.next()?, parts.next()?) {
            ("video", resolution) => {
                Self::Video(Resolution::parse(resolution)?, Codec::parse(parts.next()?)?)
            }
            ("extension", name) => Self::Extension(Extension::parse(name)?),
            _ => return None,
        };
        parts.next().is_none().then_some(metric)
    }

    /// A quantity of it in words, for people.
    pub fn describe(self, quantity: u64) -> String {
        match self {
            Self::Video(resolution, codec) => {
                format!("{} seconds of {resolution} {codec}", quantity as f64 / 1_000.0)
            }
            Self::Extension(extension) => format!("{quantity} of {extension}"),
        }
    }
}

impl fmt::Display for Metric {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Video(resolution, codec) => write!(f, "video/{resolution}/{codec}"),
            Self::Extension(extension) => write!(f, "extension/{extension}"),
        }
    }
}

impl serde::Serialize for Metric {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for Metric {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom(format!("{text:?} is no metric")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_read_back() {
        let videos =
            Resolution::ALL.into_iter().flat_map(|it| Codec::ALL.map(|codec| Metric::Video(it, codec)));
        let metrics: Vec<_> = videos.chain(Extension::ALL.map(Metric::Extension)).collect();
        assert_eq!(metrics.len(), 31);
        for metric in metrics {
            assert_eq!(Metric::parse(&metric.to_string()), Some(metric), "{metric}");
        }
        for text in ["", "video", "video/HD", "video/HD/h264/", "video/hd/h264", "extension/", "image/HD"] {
            assert_eq!(Metric::parse(text), None, "{text}");
        }
        assert_eq!(Metric::Video(Resolution::Hd, Codec::Av1).describe(1_500), "1.5 seconds of HD av1");
    }
}
