//! `GET /v1/accounts/usage-analytics`: what the type `UsageAnalyticsResponse` of ImageKit's SDKs describes.

use serde::Serialize;
use utoipa::ToSchema;

use super::Source;
use super::lists::{ERROR, HIT, MISS, country_name};
use crate::domain::asset_type::AssetType;
use crate::domain::date::{Date, Millis, timestamp};
use crate::domain::dimension::Dimension;
use crate::domain::facets::NO_ERROR;
use crate::domain::failure::Reason;
use crate::domain::report::breakdown::Sort;
use crate::domain::report::row::{Row, sum};
use crate::domain::usage_period::UsagePeriod;

/// The name of all URLs that belong to no endpoint with a name of its own: there are none.
const DEFAULT_ENDPOINT: &str = "Default";

#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct UsageAnalytics {
    #[schema(value_type = String, format = Date)]
    pub start_date: Date,
    #[schema(value_type = String, format = Date)]
    pub end_date: Date,
    /// RFC 3339, UTC.
    pub generated_at: String,
    pub request_count: u64,
    pub bandwidth_bytes: u64,
    pub cache: CacheCounts,
    pub status_codes: Vec<RequestEntry>,
    /// Causes in words; only errors.
    pub error_reasons: Vec<RequestEntry>,
    /// By URL, the most frequent ten.
    #[serde(rename = "top404Assets")]
    pub top_404_assets: Vec<RequestEntry>,
    /// Operations that were reported, unweighted.
    pub extensions: Vec<ExtensionEntry>,
    /// Seconds that were reported, unweighted.
    pub video_processing: Vec<VideoProcessingEntry>,
    pub browser: BothOrders<TrafficEntry>,
    /// `Desktop - Windows PC` and the like.
    pub device: BothOrders<TrafficEntry>,
    pub format: BothOrders<TrafficEntry>,
    pub country: BothOrders<CountryEntry>,
    pub top_images: BothOrders<TrafficEntry>,
    pub top_videos: BothOrders<TrafficEntry>,
    pub top_other_assets: BothOrders<TrafficEntry>,
    /// Derived variants of images.
    pub top_image_transforms: BothOrders<TrafficEntry>,
    /// Derived variants of videos.
    pub top_video_transforms: BothOrders<TrafficEntry>,
    /// Hosts.
    pub top_referrers: BothOrders<TrafficEntry>,
    /// Empty below `full` privacy.
    pub top_user_agents: BothOrders<TrafficEntry>,
    /// Everything, as `Default`.
    pub url_endpoints: BothOrders<TrafficEntry>,
}

/// They add up to all requests.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CacheCounts {
    pub hit_count: u64,
    /// Also what the cache was not asked for.
    pub miss_count: u64,
    /// Answers that are errors.
    pub error_count: u64,
}

/// A list in both orders, largest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct BothOrders<T> {
    pub by_bandwidth: Vec<T>,
    pub by_requests: Vec<T>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RequestEntry {
    pub name: String,
    pub request_count: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TrafficEntry {
    pub name: String,
    pub request_count: u64,
    pub bandwidth_bytes: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CountryEntry {
    pub name: &'static str,
    pub code: String,
    pub request_count: u64,
    pub bandwidth_bytes: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ExtensionEntry {
    pub name: &'static str,
    pub operation_count: u64,
}

#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct VideoProcessingEntry {
    pub codec: &'static str,
    pub resolution: &'static str,
    pub duration_seconds: f64,
}

impl From<&Row> for RequestEntry {
    fn from(row: &Row) -> Self {
        Self { name: row.value.clone(), request_count: row.requests }
    }
}

impl From<&Row> for TrafficEntry {
    fn from(row: &Row) -> Self {
        let Row { value, requests, bandwidth_bytes } = row;
        Self { name: value.clone(), request_count: *requests, bandwidth_bytes: *bandwidth_bytes }
    }
}

impl From<&Row> for CountryEntry {
    fn from(row: &Row) -> Self {
        Self {
            name: country_name(&row.value),
            code: row.value.clone(),
            request_count: row.requests,
            bandwidth_bytes: row.bandwidth_bytes,
        }
    }
}

impl<T: for<'a> From<&'a Row>> BothOrders<T> {
    fn of(list: impl Fn(Sort) -> Vec<Row>) -> Self {
        let entries = |sort| list(sort).iter().map(T::from).collect();
        Self { by_bandwidth: entries(Sort::Bandwidth), by_requests: entries(Sort::Requests) }
    }
}

impl UsageAnalytics {
    pub fn new(period: &UsagePeriod, source: &Source, now: Millis) -> Self {
        let totals = sum(&source.days);
        let few = |dimension| BothOrders::of(|sort| source.few(dimension, sort));
        let top = |dimension| BothOrders::of(|sort| source.top(dimension, sort));
        let top_countries = BothOrders::of(|sort| source.top(Dimension::Country, sort));
        let files = |dimension| BothOrders::of(|sort| source.files(dimension, sort));
        let transforms = |asset_type| BothOrders::of(|sort| source.transformations(asset_type, sort));
        let all = Row {
            value: DEFAULT_ENDPOINT.to_owned(),
            requests: totals.requests,
            bandwidth_bytes: totals.bandwidth_bytes,
        };
        let not_found = source.not_found();
        Self {
            start_date: period.start,
            end_date: period.end,
            generated_at: timestamp(now),
            request_count: totals.requests,
            bandwidth_bytes: totals.bandwidth_bytes,
            cache: CacheCounts::of(&source.cache(Sort::Requests)),
            status_codes: source
                .few(Dimension::Status, Sort::Requests)
                .iter()
                .map(RequestEntry::from)
                .collect(),
            error_reasons: error_reasons(source),
            top_404_assets: not_found
                .map(|(name, request_count)| RequestEntry { name, request_count })
                .collect(),
            extensions: source
                .metered
                .extensions(&source.weights)
                .map(|it| ExtensionEntry { name: it.extension.as_str(), operation_count: it.operations })
                .collect(),
            video_processing: source
                .metered
                .videos(&source.weights)
                .map(|it| VideoProcessingEntry {
                    codec: it.codec.as_str(),
                    resolution: it.resolution.as_str(),
                    duration_seconds: it.millis as f64 / 1_000.0,
                })
                .collect(),
            browser: few(Dimension::Browser),
            device: few(Dimension::Device),
            format: few(Dimension::Format),
            country: top_countries,
            top_images: files(Dimension::Image),
            top_videos: files(Dimension::Video),
            top_other_assets: files(Dimension::Other),
            top_image_transforms: transforms(AssetType::Image),
            top_video_transforms: transforms(AssetType::Video),
            top_referrers: top(Dimension::Referrer),
            top_user_agents: top(Dimension::UserAgent),
            url_endpoints: BothOrders::of(
                |_| if totals.requests > 0 { vec![all.clone()] } else { Vec::new() },
            ),
        }
    }
}

impl CacheCounts {
    fn of(rows: &[Row]) -> Self {
        let count = |name| rows.iter().find(|row| row.value == name).map_or(0, |row| row.requests);
        Self { hit_count: count(HIT), miss_count: count(MISS), error_count: count(ERROR) }
    }
}

fn error_reasons(source: &Source) -> Vec<RequestEntry> {
    let reasons = source.few(Dimension::ErrorReason, Sort::Requests).into_iter();
    let failed = reasons.filter(|row| row.value != NO_ERROR);
    let in_words = |row: Row| {
        let reason = Reason::parse(&row.value);
        let name = reason.map_or(row.value, |reason| reason.meaning().to_owned());
        RequestEntry { name, request_count: row.requests }
    };
    failed.map(in_words).collect()
}
