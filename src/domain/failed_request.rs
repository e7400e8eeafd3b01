//! Failed requests: what was asked for in vain, and who links to it.

use serde::{Deserialize, Deserializer, Serialize};

use super::date::Millis;
use super::failure::Reason;
use super::hit::Hit;

/// Requests that failed alike.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub struct FailedRequest {
    pub status: u16,
    /// See [`Reason::code`].
    pub reason: &'static str,
    /// As it was asked for, without its query.
    pub path: String,
    pub referrer_host: String,
}

/// How often, and from when to when.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    pub requests: u64,
    /// Seconds since 1970, UTC, as [`Self::last`].
    pub first: u64,
    pub last: u64,
}

impl FailedRequest {
    /// `None` for an answer that is no error.
    pub fn of(hit: &Hit) -> Option<Self> {
        let reason = hit.error?.code();
        let (path, referrer_host) = (hit.failed_path.clone(), hit.visitor.referrer_host.clone());
        Some(Self { status: hit.status, reason, path, referrer_host })
    }

    /// Upper bound of the text in it, in bytes.
    pub fn text_bytes(&self) -> usize {
        self.path.len() + self.referrer_host.len()
    }
}

impl Seen {
    pub fn once(now: Millis) -> Self {
        Self { requests: 1, first: now / 1_000, last: now / 1_000 }
    }

    pub fn add(&mut self, other: &Self) {
        self.requests += other.requests;
        self.first = self.first.min(other.first);
        self.last = self.last.max(other.last);
    }
}

impl<'de> Deserialize<'de> for FailedRequest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Stored {
            status: u16,
            reason: String,
            path: String,
            referrer_host: String,
        }
        let Stored { status, reason, path, referrer_host } = Stored::deserialize(deserializer)?;
        let reason = Reason::parse(&reason).map(Reason::code);
        let reason = reason.ok_or_else(|| serde::de::Error::custom("not a reason"))?;
        Ok(Self { status, reason, path, referrer_host })
    }
}
