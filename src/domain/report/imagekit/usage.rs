//! `GET /v1/accounts/usage`: ImageKit's `UsageReport`, which contains the five fields that its SDKs know.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;

use super::Source;
use super::lists::country_name;
use crate::domain::asset_type::AssetType;
use crate::domain::date::Date;
use crate::domain::dimension::Dimension;
use crate::domain::metering::extension::Extension;
use crate::domain::metering::usage::{ExtensionUsage, Units, saturating_sum};
use crate::domain::metering::video::Resolution;
use crate::domain::report::breakdown::Sort;
use crate::domain::report::row::{Row, sum};
use crate::domain::usage_period::UsagePeriod;

#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct UsageReport {
    pub meta: UsageMeta,
    pub bandwidth_bytes: u64,
    /// Original files, by the last snapshot within the period or before it.
    pub media_library_storage_bytes: u64,
    /// To whole units.
    pub video_processing_units_count: u64,
    pub extension_units_count: u64,
    /// Always zero: originals are stored once.
    pub original_cache_storage_bytes: u64,
    pub request_count: u64,
    /// By resolution; adds up to `videoProcessingUnitsCount`.
    pub video_processing_units_usage: BTreeMap<&'static str, u64>,
    /// By extension, and `total`.
    pub extension_units_usage: BTreeMap<&'static str, u64>,
    /// Every list by requests.
    pub top_breakdowns_by_request: TopBreakdowns,
    /// The same lists by bandwidth.
    pub top_breakdowns_by_bandwidth: TopBreakdowns,
}

/// The dates as they were asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct UsageMeta {
    #[schema(value_type = String, format = Date)]
    pub from: Date,
    /// The day after the last one.
    #[schema(value_type = String, format = Date)]
    pub to: Date,
}

/// Largest first; at most ten values of what there may be many of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TopBreakdowns {
    pub status_codes: Vec<BreakdownItem>,
    pub formats: Vec<BreakdownItem>,
    /// `Hit`, `Miss` and `Error`.
    pub cache: Vec<BreakdownItem>,
    pub geography: Vec<GeographyBreakdownItem>,
    /// By class: `Desktop`, `Smartphone` and so on.
    pub devices: Vec<BreakdownItem>,
    /// Derived variants of images.
    pub transformations: Vec<BreakdownItem>,
    /// By URL, as are videos and others.
    pub images: Vec<BreakdownItem>,
    pub videos: Vec<BreakdownItem>,
    pub others: Vec<BreakdownItem>,
    /// Hosts.
    pub referral: Vec<BreakdownItem>,
    /// Derived variants of videos.
    pub video_transformations: Vec<BreakdownItem>,
    /// As `cache`, and `Bypass` by itself.
    pub result_type: Vec<BreakdownItem>,
    /// Empty below `full` privacy.
    pub user_agents: Vec<BreakdownItem>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct BreakdownItem {
    pub value: String,
    pub requests: u64,
    pub bandwidth_bytes: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct GeographyBreakdownItem {
    /// The country's name.
    pub value: &'static str,
    pub country_code: String,
    pub requests: u64,
    pub bandwidth_bytes: u64,
}

impl From<&Row> for BreakdownItem {
    fn from(row: &Row) -> Self {
        Self { value: row.value.clone(), requests: row.requests, bandwidth_bytes: row.bandwidth_bytes }
    }
}

impl From<&Row> for GeographyBreakdownItem {
    fn from(row: &Row) -> Self {
        Self {
            value: country_name(&row.value),
            country_code: row.value.clone(),
            requests: row.requests,
            bandwidth_bytes: row.bandwidth_bytes,
        }
    }
}

impl UsageReport {
    pub fn new(period: &UsagePeriod, source: &Source) -> Self {
        let totals = sum(&source.days);
        let (metered, weights) = (&source.metered, &source.weights);
        let of_resolution = |wanted| metered.video_units(weights, |it| it.resolution == wanted);
        let units = Units::whole(&Resolution::ALL.map(of_resolution));
        let videos: BTreeMap<_, _> = Resolution::ALL.into_iter().map(Resolution::as_str).zip(units).collect();
        let mut extensions: BTreeMap<_, _> = Extension::ALL.into_iter().map(|it| (it.as_str(), 0)).collect();
        for ExtensionUsage { extension, units, .. } in metered.extensions(weights) {
            extensions.insert(extension.as_str(), units);
        }
        let extension_units = saturating_sum(extensions.values());
        extensions.insert("total", extension_units);
        Self {
            meta: UsageMeta { from: period.start, to: period.end },
            bandwidth_bytes: totals.bandwidth_bytes,
            media_library_storage_bytes: source.storage.map_or(0, |it| it.usage.original_bytes),
            video_processing_units_count: saturating_sum(videos.values()),
            extension_units_count: extension_units,
            original_cache_storage_bytes: 0,
            request_count: totals.requests,
            video_processing_units_usage: videos,
            extension_units_usage: extensions,
            top_breakdowns_by_request: TopBreakdowns::new(source, Sort::Requests),
            top_breakdowns_by_bandwidth: TopBreakdowns::new(source, Sort::Bandwidth),
        }
    }
}

impl TopBreakdowns {
    fn new(source: &Source, sort: Sort) -> Self {
        let items = |rows: Vec<Row>| rows.iter().map(BreakdownItem::from).collect();
        let few = |dimension| items(source.few(dimension, sort));
        let top = |dimension| items(source.top(dimension, sort));
        let countries = source.top(Dimension::Country, sort);
        Self {
            status_codes: few(Dimension::Status),
            formats: few(Dimension::Format),
            cache: items(source.cache(sort)),
            geography: countries.iter().map(GeographyBreakdownItem::from).collect(),
            devices: items(source.device_classes(sort)),
            transformations: items(source.transformations(AssetType::Image, sort)),
            images: items(source.files(Dimension::Image, sort)),
            videos: items(source.files(Dimension::Video, sort)),
            others: items(source.files(Dimension::Other, sort)),
            referral: top(Dimension::Referrer),
            video_transformations: items(source.transformations(AssetType::Video, sort)),
            result_type: items(source.result_types(sort)),
            user_agents: top(Dimension::UserAgent),
        }
    }
}
