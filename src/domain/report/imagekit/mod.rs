//! What ImageKit's clients read: the same shapes, names and kinds of values, from what was counted here.
//!
//! What has no counterpart here is zero or empty, and `docs/COMPATIBILITY.md` lists it.

pub mod lists;
pub mod usage;
pub mod usage_analytics;

use crate::domain::asset_urls::AssetUrls;
use crate::domain::metering::usage::Usage;
use crate::domain::metering::weights::Weights;
use crate::domain::report::ranking::{NotFound, Ranking};
use crate::domain::report::row::StoredDay;
use crate::domain::report::storage::StoredSnapshot;

/// What both reports are made of.
pub struct Source {
    pub days: Vec<StoredDay>,
    pub storage: Option<StoredSnapshot>,
    pub metered: Usage,
    pub ranking: Ranking,
    pub not_found: Vec<NotFound>,
    pub urls: AssetUrls,
    pub weights: Weights,
}
