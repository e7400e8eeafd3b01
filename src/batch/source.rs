//! Where a day can be rebuilt from: what every source answers, and how it fails.
//!
//! A source is read by key ranges, page by page, so that memory stays bounded whatever the day's size. It is never read
//! by slices of time: a row that two slices know would be told twice.

use crate::domain::counters::Counters;
use crate::domain::date::{Date, Millis, timestamp};
use crate::domain::dimension::Dimension;
use crate::domain::failed_request::{FailedRequest, Seen};
use crate::domain::owner::{OwnerId, OwnerName};
use crate::domain::rate_limit::Allowance;
use crate::domain::reconcile::ReportedSource;
use crate::domain::row_key::RowKey;

/// Which source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SourceName {
    /// Analytics Engine's rows: the hits themselves.
    Engine,
    /// Cloudflare's own request analytics of the zone: what is left when the hits are not.
    Zone,
}

impl SourceName {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Engine => "engine",
            Self::Zone => "zone",
        }
    }

    /// What rows from it are reported as.
    pub fn reported(self) -> ReportedSource {
        match self {
            Self::Engine => ReportedSource::Engine,
            Self::Zone => ReportedSource::Zone,
        }
    }
}

/// Which sources a day is rebuilt from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Preference {
    /// The engine; the zone where neither it nor realtime has anything of an owner's day.
    Auto,
    Engine,
    Zone,
}

impl Preference {
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "auto" => Some(Self::Auto),
            "engine" => Some(Self::Engine),
            "zone" => Some(Self::Zone),
            _ => None,
        }
    }
}

/// An owner, as sources are asked about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceOwner {
    pub id: OwnerId,
    /// Only from a source whose rows carry names.
    pub name: Option<OwnerName>,
}

/// What a source has of one owner's day, added up.
#[derive(Debug, Clone, PartialEq)]
pub struct OwnerTotals {
    pub owner: SourceOwner,
    /// Scaled for sampling.
    pub counters: Counters,
    /// Rows that are stored, of which a sampled one stands for several hits.
    pub points: u64,
    /// Variance of `counters.requests` that sampling brings: the sum of `k * (k - 1)` over the stored rows, each of which
    /// stands for `k` hits. 0 when nothing was sampled.
    pub variance: f64,
}

/// A row of an owner's day.
#[derive(Debug, Clone, PartialEq)]
pub struct SourceRow {
    pub key: RowKey,
    /// Scaled for sampling.
    pub counters: Counters,
    /// As in [`OwnerTotals`].
    pub variance: f64,
}

/// A page, and where the next one begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    pub items: Vec<T>,
    /// Opaque; `None` when this was the last page.
    pub next: Option<String>,
}

/// What a source tells of an owner's day besides its rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Detail {
    /// A value of a dimension that the rows do not tell.
    Value { owner: OwnerId, dimension: Dimension, value: String, counters: Counters },
    /// The most frequent failed requests.
    Failed { owner: OwnerId, request: FailedRequest, seen: Seen },
}

/// Requests of one day by the source's own clock.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DayCount {
    pub date: Date,
    /// Scaled for sampling.
    pub requests: u64,
    /// As in [`OwnerTotals`]; 0 of a source whose days nobody compares.
    pub variance: f64,
}

/// Why a source gave no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SourceError {
    #[error("Cloudflare refused access with this API token (HTTP {status}): {message}")]
    Refused { status: u16, message: String },
    #[error("Cloudflare's rate limit is reached (HTTP 429){}", .retry_after.map(|it| format!("; it asks to wait {} s", it / 1000)).unwrap_or_default())]
    RateLimited { retry_after: Option<Millis> },
    #[error("Cloudflare's API has a fault (HTTP {0})")]
    Server(u16),
    #[error("Cloudflare's API did not answer within {0} ms")]
    Timeout(Millis),
    #[error("Cloudflare's API could not be reached: {0}")]
    Network(String),
    /// Not JSON, cut off, larger than any page, or of another shape than documented.
    #[error("Cloudflare's API answered something that cannot be read: {0}")]
    Unreadable(String),
    /// The query itself is refused: an error of ours, a plan's limit, or of the configuration.
    #[error("Cloudflare refused the query: {0}")]
    Query(String),
    /// The caller has sent as many statements as it may.
    #[error("the caller's share of Cloudflare's API is used up until {}", timestamp(allowance.resets_at))]
    Spent { allowance: Allowance, now: Millis },
    /// The day is older than the source can tell.
    #[error("{source_name} no longer has {date}: it goes back to {oldest}")]
    TooOld { source_name: &'static str, date: Date, oldest: Date },
}

impl SourceError {
    /// How long to wait before the same may succeed; `None` when waiting does not help.
    pub fn retry_after(&self) -> Option<Millis> {
        /// GraphQL's documentation asks for five minutes where no header says more.
        const RATE_LIMIT_MS: Millis = 300_000;
        const FAULT_MS: Millis = 2_000;
        match self {
            Self::RateLimited { retry_after } => Some(retry_after.unwrap_or(RATE_LIMIT_MS)),
            Self::Server(_) | Self::Timeout(_) | Self::Network(_) | Self::Unreadable(_) => Some(FAULT_MS),
            Self::Spent { allowance, now } => Some(allowance.resets_at.saturating_sub(*now)),
            Self::Refused { .. } | Self::Query(_) | Self::TooOld { .. } => None,
        }
    }
}

pub type Result<T> = std::result::Result<T, SourceError>;

/// A source of whole days. Days are those of the hits themselves, in UTC.
#[allow(async_fn_in_trait)]
pub trait Source {
    /// Requests of each day of a range by the source's own clock, days without any left out. A day that the source no
    /// longer has is left out, too.
    async fn days(&self, from: Date, to: Date) -> Result<Vec<DayCount>>;

    /// The owners of a day with their totals, each owner on one page. A page may be empty although there are more.
    async fn owners(&self, date: Date, cursor: Option<&str>) -> Result<Page<OwnerTotals>>;

    /// The rows of some owners' day. A row may come in several parts, on one page or on several, which add up. A page may be
    /// empty although there are more.
    async fn rows(&self, date: Date, owners: &[SourceOwner], cursor: Option<&str>)
    -> Result<Page<SourceRow>>;

    /// What else there is of some owners' day. What a dimension lacks to the rows is reported as `(other)`.
    async fn details(&self, date: Date, owners: &[SourceOwner], cursor: Option<&str>)
    -> Result<Page<Detail>>;
}

/// What a source's days are checked against.
#[allow(async_fn_in_trait)]
pub trait Control {
    /// How many data points the account counts for a day, by Analytics Engine's own clock.
    async fn count(&self, date: Date) -> Result<u64>;
}

#[cfg(test)]
pub mod tests {
    use super::*;

    /// Every page, each read by a source of its own that knows nothing but the cursor.
    pub fn pages<T>(read: impl Fn(Option<&str>) -> Result<Page<T>>) -> Vec<T> {
        let mut cursor: Option<String> = None;
        let mut items = Vec::new();
        for _ in 0..500 {
            let page = read(cursor.as_deref()).unwrap();
            items.extend(page.items);
            match page.next {
                Some(next) => assert_ne!(cursor.replace(next.clone()), Some(next)),
                None => return items,
            }
        }
        panic!("the pages never end");
    }
}
