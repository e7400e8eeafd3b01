//! The rows of `analytics_daily`: what tells them apart, and how they are sent to D1.

use serde::{Deserialize, Serialize};

use super::asset_type::AssetType;
use super::counters::Counters;
use super::country::Country;
use super::date::Date;
use super::hit::Hit;
use super::owner::OwnerId;

/// Image id of what had no room for its own row, and the value of whatever else is not told of it. Owner, date, status,
/// type and every counter stay exact.
pub const OTHER: &str = "(other)";

/// The status of a row that stands for several.
pub const ANY_STATUS: u16 = 0;

/// What the answers for a file are told apart by where they have no rows of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum FileKind {
    Served(AssetType),
    /// Status 400 and above.
    Failed,
}

impl FileKind {
    pub fn of(asset_type: AssetType, status: u16) -> Self {
        if status >= 400 { Self::Failed } else { Self::Served(asset_type) }
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Served(asset_type) => asset_type.as_str(),
            Self::Failed => "error",
        }
    }

    /// The kind by which files are listed. An error's body is no image.
    pub fn asset_type(self) -> AssetType {
        match self {
            Self::Served(asset_type) => asset_type,
            Self::Failed => AssetType::Other,
        }
    }
}

/// What tells the rows of an owner's day apart.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Combination {
    pub image_id: String,
    pub variant: String,
    pub country: Country,
    pub status: u16,
}

impl Combination {
    /// What has no room for a row of its own stands under this one. The variant stands for the type, which D1 keeps out of the
    /// key: or one type would be that of all.
    pub fn coarse(status: u16, asset_type: AssetType) -> Self {
        let variant = format!("({})", asset_type.as_str());
        Self { image_id: OTHER.to_owned(), variant, country: Country::UNKNOWN, status }
    }

    /// What a file has besides the combinations that have rows of their own.
    pub fn rest_of(image_id: String, kind: FileKind) -> Self {
        let variant = format!("({})", kind.as_str());
        Self { image_id, variant, country: Country::UNKNOWN, status: ANY_STATUS }
    }

    /// Whether its variant and country are those of the hits.
    pub fn is_exact(&self) -> bool {
        self.status != ANY_STATUS && self.image_id != OTHER
    }

    /// Whether its answers are errors.
    pub fn is_failed(&self) -> bool {
        self.status >= 400 || (self.status == ANY_STATUS && self.variant == "(error)")
    }

    /// Upper bound of what its row takes when it is encoded as JSON, in bytes. Escaping at most doubles a name:
    /// control characters are refused where names are parsed.
    pub fn encoded_bytes(&self) -> usize {
        const FIXED: usize = 32 + 10 + 2 + 3 + 5 * 20 + 5 + 33;
        FIXED + 2 * (self.image_id.len() + self.variant.len())
    }
}

/// A row of `analytics_daily`, without its counters.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RowKey {
    pub owner: OwnerId,
    pub date: Date,
    pub combination: Combination,
    /// Not part of the row's key in D1. Of several, which only a file that was replaced can have, the last of the alphabet
    /// stays.
    pub asset_type: AssetType,
}

impl RowKey {
    pub fn of(hit: &Hit) -> Self {
        let combination = Combination {
            image_id: hit.subject.image_id().to_owned(),
            variant: hit.subject.variant().to_owned(),
            country: hit.country,
            status: hit.status,
        };
        let asset_type = AssetType::of(&hit.content_type);
        Self { owner: hit.owner, date: hit.date, combination, asset_type }
    }

    /// Of a hit that has no room for a row of its own.
    pub fn coarse(hit: &Hit) -> Self {
        let asset_type = AssetType::of(&hit.content_type);
        let combination = Combination::coarse(hit.status, asset_type);
        Self { owner: hit.owner, date: hit.date, combination, asset_type }
    }
}

/// The encoding of a row that the statements read which write `analytics_daily`.
pub fn columns<'a>(
    (owner, date): (OwnerId, Date),
    combination: &'a Combination,
    asset_type: AssetType,
    counters: &Counters,
    lack: u32,
) -> impl Serialize + use<'a> {
    (
        owner,
        date,
        &combination.image_id,
        &combination.variant,
        combination.country,
        combination.status,
        counters.requests,
        counters.bandwidth_bytes,
        counters.cache_hits,
        counters.cache_misses,
        counters.source_bytes,
        asset_type.as_str(),
        lack,
    )
}
