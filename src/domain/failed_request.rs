//! Failed requests: what was asked for in vain, and who links to it.

use super::date::Millis;
use super::hit::Hit;

/// Requests that failed alike.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FailedRequest {
    pub status: u16,
    /// See [`super::failure::Reason::code`].
    pub reason: &'static str,
    /// As it was asked for, without its query.
    pub path: String,
    pub referrer_host: String,
}

/// How often, and from when to when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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
