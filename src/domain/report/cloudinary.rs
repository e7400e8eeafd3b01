//! What Cloudinary's clients read: usage of the last thirty days, in its shape and its credits.
//!
//! A credit is a thousand transformations, or a GiB delivered, or a GiB stored. What has no counterpart here is zero, and
//! `docs/COMPATIBILITY.md` lists it.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;

use super::row::{StoredDay, sum};
use super::storage::StoredSnapshot;
use crate::domain::date::{Date, timestamp};
use crate::domain::inventory::StorageUsage;
use crate::domain::metering::usage::{ExtensionUsage, Units, Usage, VideoUsage, saturating_sum};
use crate::domain::metering::video::{Codec, Resolution};
use crate::domain::metering::weights::Weights;

/// How many days usage is of, the last of them among them.
pub const ROLLING_DAYS: u32 = 30;

const PLAN: &str = "Pixtally";
const TRANSFORMATIONS_PER_CREDIT: f64 = 1_000.0;
const BYTES_PER_CREDIT: f64 = (1_u64 << 30) as f64;
/// What the worker has transformed itself; it does not transform yet.
const OWN_TRANSFORMATIONS: &str = "transformation";

/// `GET /v1_1/{cloud}/usage`
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct CloudinaryUsage {
    pub plan: &'static str,
    /// The last day that has figures.
    #[schema(value_type = String, format = Date)]
    pub last_updated: Date,
    /// The end of the thirty days.
    pub date_requested: String,
    pub transformations: Transformations,
    pub bandwidth: Consumption,
    /// Originals and derived objects: a snapshot, the last one within the thirty days or before.
    pub storage: Consumption,
    pub requests: u64,
    pub objects: Objects,
    /// Original objects.
    pub resources: u64,
    pub derived_resources: u64,
    pub credits: Credits,
}

#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Transformations {
    /// What the breakdown adds up to.
    pub usage: u64,
    pub credits_usage: f64,
    /// Units that were metered, by what they are of.
    pub breakdown: BTreeMap<String, u64>,
}

/// Bytes.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, ToSchema)]
pub struct Consumption {
    pub usage: u64,
    pub credits_usage: f64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct Objects {
    pub usage: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, ToSchema)]
pub struct Credits {
    /// What the three parts add up to.
    pub usage: f64,
    /// 0: there is no limit.
    pub limit: f64,
    pub used_percent: f64,
}

impl CloudinaryUsage {
    /// Of the days that end with `last`; `updated` is the last one that has figures.
    pub fn new(
        (last, updated): (Date, Date),
        days: &[StoredDay],
        storage: Option<StoredSnapshot>,
        metered: &Usage,
        weights: &Weights,
    ) -> Self {
        let totals = sum(days);
        let StorageUsage { original_bytes, derived_bytes, original_objects, derived_objects } =
            storage.map(|it| it.usage).unwrap_or_default();
        let transformations = Transformations::new(metered, weights);
        let bandwidth = Consumption::of_bytes(totals.bandwidth_bytes);
        let storage = Consumption::of_bytes(original_bytes + derived_bytes);
        let credits = transformations.credits_usage + bandwidth.credits_usage + storage.credits_usage;
        Self {
            plan: PLAN,
            last_updated: updated,
            date_requested: timestamp(last.start()),
            transformations,
            bandwidth,
            storage,
            requests: totals.requests,
            objects: Objects { usage: original_objects + derived_objects },
            resources: original_objects,
            derived_resources: derived_objects,
            credits: Credits { usage: rounded(credits), limit: 0.0, used_percent: 0.0 },
        }
    }
}

impl Transformations {
    fn new(metered: &Usage, weights: &Weights) -> Self {
        let mut breakdown = BTreeMap::from([(OWN_TRANSFORMATIONS.to_owned(), 0)]);
        let mut videos: BTreeMap<String, Units> = BTreeMap::new();
        for VideoUsage { resolution, codec, units, .. } in metered.videos(weights) {
            *videos.entry(seconds_name(resolution, codec)).or_default() += units;
        }
        let whole = Units::whole(&videos.values().copied().collect::<Vec<_>>());
        breakdown.extend(videos.into_keys().zip(whole));
        for ExtensionUsage { extension, units, .. } in metered.extensions(weights) {
            breakdown.insert(extension.to_string(), units);
        }
        let usage = saturating_sum(breakdown.values());
        let credits_usage = rounded(usage as f64 / TRANSFORMATIONS_PER_CREDIT);
        Self { usage, credits_usage, breakdown }
    }
}

impl Consumption {
    fn of_bytes(usage: u64) -> Self {
        Self { usage, credits_usage: rounded(usage as f64 / BYTES_PER_CREDIT) }
    }
}

/// As Cloudinary calls them: `sd_video_second`, `av1_hd_video_second`.
fn seconds_name(resolution: Resolution, codec: Codec) -> String {
    let prefix = if codec == Codec::Av1 { "av1_" } else { "" };
    format!("{prefix}{}_video_second", resolution.as_str().to_ascii_lowercase())
}

/// Credits are told to two places.
fn rounded(credits: f64) -> f64 {
    (credits * 100.0).round() / 100.0
}
