//! Facets: what a hit is broken down by besides its row of `analytics_daily`.
//!
//! Hits with the same facets are counted together in memory, since few visitors make most requests. They are only ever
//! stored one dimension at a time (`segment.rs`): what is stored does not tell which device came from which referrer.

use super::dimension::Dimension;
use super::failure::Reason;
use super::hit::{CacheResult, Hit};

/// The error reason of an answer that is none, so that this dimension adds up to the totals, too.
pub const NO_ERROR: &str = "(none)";

/// What hours are called, in the dimension of that name.
pub const HOURS: [&str; 24] = [
    "00", "01", "02", "03", "04", "05", "06", "07", "08", "09", "10", "11", "12", "13", "14", "15", "16",
    "17", "18", "19", "20", "21", "22", "23",
];

/// What an hour is called; the last one stands for what is no hour.
pub fn hour_name(hour: u8) -> &'static str {
    HOURS[usize::from(hour.min(23))]
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Facets {
    cache: CacheResult,
    format: String,
    device: &'static str,
    browser: &'static str,
    os: &'static str,
    bot: &'static str,
    crawler: &'static str,
    referrer_host: String,
    error: Option<Reason>,
    hour: &'static str,
    user_agent: String,
    ip: String,
}

impl Facets {
    pub fn of(hit: &Hit) -> Self {
        let visitor = &hit.visitor;
        Self {
            cache: hit.cache,
            format: hit.content_type.clone(),
            device: visitor.device,
            browser: visitor.browser,
            os: visitor.os,
            bot: visitor.bot,
            crawler: visitor.crawler,
            referrer_host: visitor.referrer_host.clone(),
            error: hit.error,
            hour: hour_name(hit.hour),
            user_agent: visitor.user_agent.clone(),
            ip: visitor.ip.clone(),
        }
    }

    /// The value in each dimension; those that are not recorded are left out.
    pub fn values(&self) -> impl Iterator<Item = (Dimension, &str)> {
        let values = [
            (Dimension::Format, &*self.format),
            (Dimension::Cache, self.cache.as_str()),
            (Dimension::Device, self.device),
            (Dimension::Browser, self.browser),
            (Dimension::Os, self.os),
            (Dimension::Bot, self.bot),
            (Dimension::Crawler, self.crawler),
            (Dimension::Referrer, &self.referrer_host),
            (Dimension::ErrorReason, self.error.map_or(NO_ERROR, Reason::code)),
            (Dimension::Hour, self.hour),
            (Dimension::UserAgent, &self.user_agent),
            (Dimension::Ip, &self.ip),
        ];
        values.into_iter().filter(|(_, value)| !value.is_empty())
    }

    /// Upper bound of the text in it, in bytes.
    pub fn text_bytes(&self) -> usize {
        self.format.len() + self.referrer_host.len() + self.user_agent.len() + self.ip.len()
    }
}
