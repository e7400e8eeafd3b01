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

    /// Whether its variant and country are those of the hits.
    pub fn is_exact(&self) -> bool {
        self.image_id != OTHER
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
    )
}
