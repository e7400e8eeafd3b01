//! The layout of an Analytics Engine data point: which column holds what. The writer and the reader both use
//! it. Columns are only ever added at the end: points written by an older version stay readable.

use serde::ser::{Serialize, SerializeStruct, Serializer};

use super::dimension::Dimension;
use super::facets::hour_name;
use super::hit::Hit;

/// Analytics Engine's limit for the blobs of one point, in bytes.
pub const MAX_BLOB_BYTES: usize = 16 * 1024;

/// Text columns; the first is `blob1`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Blob {
    /// The hit's own UTC date, which may differ from the date that Analytics Engine stamps.
    Date,
    ImageId,
    Variant,
    Country,
    Cache,
    ContentType,
    Device,
    Browser,
    Os,
    Bot,
    ReferrerHost,
    ErrorReason,
    /// The path of a failed request.
    ErrorPath,
    /// Only with `full` privacy, as [`Self::UserAgent`] and [`Self::Ip`].
    RequestId,
    UserAgent,
    Ip,
    /// A program's name; `(none)` of people. Points from before this column have nothing in it.
    Crawler,
    /// Two digits, UTC. Points from before this column have nothing in it.
    Hour,
}

/// Number columns; the first is `double1`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Double {
    Bytes,
    SourceBytes,
    Status,
    QueryIgnored,
    Transformed,
}

impl Blob {
    pub const ALL: [Self; 18] = [
        Self::Date,
        Self::ImageId,
        Self::Variant,
        Self::Country,
        Self::Cache,
        Self::ContentType,
        Self::Device,
        Self::Browser,
        Self::Os,
        Self::Bot,
        Self::ReferrerHost,
        Self::ErrorReason,
        Self::ErrorPath,
        Self::RequestId,
        Self::UserAgent,
        Self::Ip,
        Self::Crawler,
        Self::Hour,
    ];

    /// The column that has a dimension's values; `None` where no text column does.
    pub fn of_dimension(dimension: Dimension) -> Option<Self> {
        match dimension {
            Dimension::Image | Dimension::Video | Dimension::Other => Some(Self::ImageId),
            Dimension::Variant => Some(Self::Variant),
            Dimension::Country => Some(Self::Country),
            Dimension::Format => Some(Self::ContentType),
            Dimension::Cache => Some(Self::Cache),
            Dimension::Device => Some(Self::Device),
            Dimension::Browser => Some(Self::Browser),
            Dimension::Os => Some(Self::Os),
            Dimension::Bot => Some(Self::Bot),
            Dimension::Crawler => Some(Self::Crawler),
            Dimension::Referrer => Some(Self::ReferrerHost),
            Dimension::ErrorReason => Some(Self::ErrorReason),
            Dimension::Hour => Some(Self::Hour),
            Dimension::UserAgent => Some(Self::UserAgent),
            Dimension::Ip => Some(Self::Ip),
            Dimension::Status | Dimension::AssetType => None,
        }
    }

    /// What Analytics Engine calls the column.
    pub fn name(self) -> String {
        format!("blob{}", self as usize + 1)
    }

    /// What a hit has in this column.
    pub fn of<'a>(self, point: &'a Point<'_>) -> &'a str {
        let Point { hit, owner: _, date } = point;
        match self {
            Self::Date => date,
            Self::ImageId => hit.subject.image_id(),
            Self::Variant => hit.subject.variant(),
            Self::Country => hit.country.as_str(),
            Self::Cache => hit.cache.as_str(),
            Self::ContentType => &hit.content_type,
            Self::Device => hit.visitor.device,
            Self::Browser => hit.visitor.browser,
            Self::Os => hit.visitor.os,
            Self::Bot => hit.visitor.bot,
            Self::ReferrerHost => &hit.visitor.referrer_host,
            Self::ErrorReason => hit.error.map_or("", |reason| reason.code()),
            Self::ErrorPath => &hit.failed_path,
            Self::RequestId => &hit.visitor.request_id,
            Self::UserAgent => &hit.visitor.user_agent,
            Self::Ip => &hit.visitor.ip,
            Self::Crawler => hit.visitor.crawler,
            Self::Hour => hour_name(hit.hour),
        }
    }
}

impl Double {
    pub const ALL: [Self; 5] =
        [Self::Bytes, Self::SourceBytes, Self::Status, Self::QueryIgnored, Self::Transformed];

    /// What Analytics Engine calls the column.
    pub fn name(self) -> String {
        format!("double{}", self as usize + 1)
    }

    /// What a hit has in this column.
    pub fn of(self, hit: &Hit) -> f64 {
        match self {
            Self::Bytes => hit.bytes as f64,
            Self::SourceBytes => hit.source_bytes as f64,
            Self::Status => f64::from(hit.status),
            Self::QueryIgnored => f64::from(hit.query_ignored),
            Self::Transformed => f64::from(hit.transformed),
        }
    }
}

/// A hit as a data point. Its index is the owner: sampling is then per owner, and a small owner is not sampled
/// because a large one is.
#[derive(Debug)]
pub struct Point<'a> {
    pub hit: &'a Hit,
    owner: String,
    date: String,
}

impl<'a> Point<'a> {
    pub fn new(hit: &'a Hit) -> Self {
        Self { hit, owner: hit.owner.to_string(), date: hit.date.to_string() }
    }

    fn blobs(&self) -> impl Iterator<Item = &str> {
        Blob::ALL.into_iter().map(|column| column.of(self))
    }

    fn doubles(&self) -> impl Iterator<Item = f64> {
        Double::ALL.into_iter().map(|column| column.of(self.hit))
    }
}

/// As `writeDataPoint` takes it: `{"indexes":[…],"blobs":[…],"doubles":[…]}`.
impl Serialize for Point<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut point = serializer.serialize_struct("Point", 3)?;
        point.serialize_field("indexes", &[&self.owner])?;
        point.serialize_field("blobs", &self.blobs().collect::<Vec<_>>())?;
        point.serialize_field("doubles", &self.doubles().collect::<Vec<_>>())?;
        point.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::tally::tests::hit;

    /// Changing a line of this list breaks the reading of every point written before.
    #[test]
    fn columns_keep_their_places() {
        let blobs: Vec<String> =
            Blob::ALL.iter().map(|column| format!("{column:?}={}", *column as usize)).collect();
        assert_eq!(
            blobs.join(" "),
            "Date=0 ImageId=1 Variant=2 Country=3 Cache=4 ContentType=5 Device=6 Browser=7 Os=8 Bot=9 \
             ReferrerHost=10 ErrorReason=11 ErrorPath=12 RequestId=13 UserAgent=14 Ip=15 Crawler=16 Hour=17"
        );
        let doubles: Vec<String> =
            Double::ALL.iter().map(|column| format!("{column:?}={}", *column as usize)).collect();
        assert_eq!(doubles.join(" "), "Bytes=0 SourceBytes=1 Status=2 QueryIgnored=3 Transformed=4");
    }

    /// The longest values that their constructors let through, together, stay below what the platform refuses.
    #[test]
    fn the_largest_point_fits() {
        let mut largest = hit();
        largest.failed_path = crate::domain::hit::failed_path(&"x".repeat(5000));
        largest.visitor.user_agent = "x".repeat(crate::domain::user_agent::MAX_USER_AGENT);
        largest.visitor.referrer_host = "x".repeat(253);
        largest.visitor.request_id = "x".repeat(64);
        largest.content_type = "x".repeat(127);
        let point = Point::new(&largest);
        assert!(point.blobs().map(str::len).sum::<usize>() < MAX_BLOB_BYTES / 4);
        assert!(point.owner.len() <= 96);
    }
}
