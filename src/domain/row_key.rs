//! The rows of `analytics_daily`: what tells them apart, and how they are sent to D1.

use serde::Serialize;

use super::asset_type::AssetType;
use super::counters::Counters;
use super::country::Country;
use super::date::Date;
use super::hit::Hit;
use super::owner::OwnerId;

/// Image id of what had no room for its own row, and the value of whatever else is not told of it. Owner, date, status,
/// type and every counter stay exact.
pub const OTHER: &str = "(other)";

/// A row of `analytics_daily`, without its counters.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RowKey {
    pub owner: OwnerId,
    pub date: Date,
    pub image_id: String,
    pub variant: String,
    pub country: Country,
    pub status: u16,
    /// Not part of the row's key in D1. Of several, which only a file that was replaced can have, the last of the alphabet
    /// stays.
    pub asset_type: AssetType,
}

impl RowKey {
    pub fn of(hit: &Hit) -> Self {
        Self {
            owner: hit.owner,
            date: hit.date,
            image_id: hit.subject.image_id().to_owned(),
            variant: hit.subject.variant().to_owned(),
            country: hit.country,
            status: hit.status,
            asset_type: AssetType::of(&hit.content_type),
        }
    }

    /// Of a hit that has no room for a row of its own. The variant stands for the type, which D1 keeps out of the key: or one
    /// type would be that of all.
    pub fn coarse(hit: &Hit) -> Self {
        let exact = Self::of(hit);
        Self {
            image_id: OTHER.to_owned(),
            variant: format!("({})", exact.asset_type.as_str()),
            country: Country::UNKNOWN,
            ..exact
        }
    }

    /// Whether its variant and country are those of the hits.
    pub fn is_exact(&self) -> bool {
        self.image_id != OTHER
    }

    /// Upper bound of what the row takes when it is encoded as JSON, in bytes. Escaping at most doubles a name:
    /// control characters are refused where names are parsed.
    pub fn encoded_bytes(&self) -> usize {
        encoded_bytes(&self.image_id, &self.variant)
    }
}

/// As [`RowKey::encoded_bytes`].
pub fn encoded_bytes(image_id: &str, variant: &str) -> usize {
    const FIXED: usize = 32 + 10 + 2 + 3 + 5 * 20 + 5 + 33;
    FIXED + 2 * (image_id.len() + variant.len())
}

/// The encoding of a row that the statements read which write `analytics_daily`.
pub fn columns<'a>(key: &'a RowKey, counters: &Counters) -> impl Serialize + use<'a> {
    (
        key.owner,
        key.date,
        &key.image_id,
        &key.variant,
        key.country.as_str(),
        key.status,
        counters.requests,
        counters.bandwidth_bytes,
        counters.cache_hits,
        counters.cache_misses,
        counters.source_bytes,
        key.asset_type.as_str(),
    )
}
