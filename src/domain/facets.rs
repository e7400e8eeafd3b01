//! Facets: what a hit is broken down by besides its row of `analytics_daily`.
//!
//! Hits with the same facets are counted together in memory, since few visitors make most requests. They are only ever
//! stored one dimension at a time (`segment.rs`): what is stored does not tell which device came from which referrer.

use super::dimension::Dimension;
use super::failure::Reason;
use super::hit::{CacheResult, Hit};

/// The error reason of an answer that is none, so that this dimension adds up to the totals, too.
pub const NO_ERROR: &str = "(none)";

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
