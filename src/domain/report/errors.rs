//! The error report: what failed, why, what to do about it, and who links to it.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::breakdown::{Measures, StoredValue};
use super::csv::Csv;
use super::measures::share;
use super::row::Range;
use super::source::Source;
use crate::domain::counters::Counters;
use crate::domain::date::timestamp;
use crate::domain::facets::NO_ERROR;
use crate::domain::failure::Reason;
use crate::domain::filter::Filter;
use crate::domain::own_hosts::OwnHosts;
use crate::domain::row_key::OTHER;

/// The lowest status of an answer that is an error.
const FIRST_ERROR: &str = "400";
/// Most hosts that are named beside a failing URL; `report_errors.sql` has the same.
pub const MAX_REFERRERS: usize = 5;

/// A failing path as D1 has added it up. A page always ends with one of status 0, which is none.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct StoredFailure {
    pub status: u16,
    pub reason: String,
    pub path: String,
    pub requests: u64,
    pub first_seen: u64,
    pub last_seen: u64,
    /// JSON: `[[host, requests], …]`.
    pub referrers: String,
    /// Of all paths together.
    pub all_requests: u64,
    pub all_paths: u64,
}

/// `GET /v1/analytics/errors`
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ErrorReport {
    pub range: Range,
    /// All requests.
    pub totals: ErrorTotals,
    pub by_status: Vec<StatusErrors>,
    pub by_reason: Vec<ReasonErrors>,
    /// URLs with most errors.
    pub urls: Vec<FailingUrl>,
    pub limit: u32,
    pub offset: u32,
    /// Number of failing URLs on all pages. A URL with several causes counts several times.
    pub values: u64,
    /// Errors in no row of any page: URLs beyond the daily limit are combined.
    pub other: OtherErrors,
    /// Only of a filtered report, as what follows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub filters: Option<Vec<Filter>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<Source>,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, ToSchema)]
pub struct ErrorTotals {
    pub requests: u64,
    pub errors: u64,
    pub error_rate: Option<f64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct OtherErrors {
    pub requests: u64,
    /// Most requests that a single URL can have in here, listed or not.
    pub largest_undercount: u64,
}

/// Errors of one status.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct StatusErrors {
    pub value: String,
    pub requests: u64,
    pub bandwidth_bytes: u64,
    /// Share of all errors, 0 to 1.
    pub share: Option<f64>,
}

/// Errors of one cause.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ReasonErrors {
    /// The `X-Pixtally-Error` header; `(other)` for errors without a known cause.
    pub value: String,
    pub requests: u64,
    pub bandwidth_bytes: u64,
    /// Share of all errors, 0 to 1.
    pub share: Option<f64>,
    /// What went wrong.
    pub meaning: &'static str,
    /// What to do about it.
    pub advice: &'static str,
}

/// A URL with errors.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct FailingUrl {
    /// The path, without a query.
    pub value: String,
    pub status: u16,
    pub reason: String,
    pub requests: u64,
    /// RFC 3339, UTC.
    pub first_seen: String,
    pub last_seen: String,
    /// Hosts that link to it, at most five, most requests first.
    pub referrers: Vec<Referrer>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Referrer {
    pub value: String,
    pub requests: u64,
    /// Whether it is the host that media are served from, one that `OWN_HOSTS` names, or a subdomain of one.
    pub own: bool,
}

impl ErrorReport {
    /// `statuses` and `reasons` are those dimensions' values; `stored` the page of URLs.
    pub fn new(
        range: Range,
        (limit, offset): (u32, u32),
        statuses: &[StoredValue],
        reasons: &[StoredValue],
        stored: Vec<StoredFailure>,
    ) -> Self {
        let requests = statuses.first().map_or(0, |it| it.all_requests);
        let failed: Vec<&StoredValue> = statuses.iter().filter(|it| is_error(&it.row.value)).collect();
        let all = failed.iter().map(|it| it.row.counters()).sum();
        let measures = |it: &StoredValue| Measures::new(&it.row.counters(), &all);
        let by_status = failed.iter().map(|it| StatusErrors {
            value: it.row.value.clone(),
            requests: it.row.requests,
            bandwidth_bytes: it.row.bandwidth_bytes,
            share: measures(it).share,
        });
        let by_reason = reasons.iter().filter(|it| it.row.value != NO_ERROR).filter_map(|it| {
            let reason = Reason::parse(&it.row.value)?;
            Some(ReasonErrors {
                value: it.row.value.clone(),
                requests: it.row.requests,
                bandwidth_bytes: it.row.bandwidth_bytes,
                share: measures(it).share,
                meaning: reason.meaning(),
                advice: reason.advice(),
            })
        });
        let mut by_reason: Vec<ReasonErrors> = by_reason.collect();
        by_reason.extend(ReasonErrors::unknown(&all, &by_reason));
        let unlisted = all.requests.saturating_sub(stored.first().map_or(0, |it| it.all_requests));
        Self {
            range,
            totals: ErrorTotals { requests, errors: all.requests, error_rate: share(all.requests, requests) },
            by_status: by_status.collect(),
            by_reason,
            limit,
            offset,
            values: stored.first().map_or(0, |it| it.all_paths),
            urls: stored.into_iter().filter(|it| it.status != 0).map(FailingUrl::from).collect(),
            other: OtherErrors { requests: unlisted, largest_undercount: unlisted },
            filters: None,
            source: None,
        }
    }

    /// Says of each host whether it is the owner's own.
    pub fn mark_own(&mut self, own: &OwnHosts) {
        for host in self.urls.iter_mut().flat_map(|url| &mut url.referrers) {
            host.own = own.contains(&host.value);
        }
    }

    /// What each section lacks is empty; the bytes of a URL's errors are not known.
    pub fn csv(&self) -> String {
        let mut csv = Csv::new(&[
            "section",
            "value",
            "requests",
            "bandwidth_bytes",
            "status",
            "reason",
            "first_seen",
            "last_seen",
            "referrers",
        ]);
        for StatusErrors { value, requests, bandwidth_bytes, .. } in &self.by_status {
            csv.record(&["status", value, &requests.to_string(), &bandwidth_bytes.to_string()]);
        }
        for ReasonErrors { value, requests, bandwidth_bytes, .. } in &self.by_reason {
            csv.record(&["reason", value, &requests.to_string(), &bandwidth_bytes.to_string()]);
        }
        for FailingUrl { value, status, reason, requests, first_seen, last_seen, referrers } in &self.urls {
            let (requests, status) = (requests.to_string(), status.to_string());
            let hosts: Vec<&str> = referrers.iter().map(|it| &*it.value).collect();
            let hosts = hosts.join(" ");
            csv.record(&["url", value, &requests, "", &status, reason, first_seen, last_seen, &hosts]);
        }
        csv.record(&["url", OTHER, &self.other.requests.to_string()]);
        csv.provenance(self.filters.as_deref(), self.source.as_ref());
        csv.finish()
    }
}

impl ReasonErrors {
    /// What the others lack to all errors.
    fn unknown(all: &Counters, others: &[Self]) -> Option<Self> {
        let mut known = Counters::default();
        for Self { requests, bandwidth_bytes, .. } in others {
            known.add(&Counters {
                requests: *requests,
                bandwidth_bytes: *bandwidth_bytes,
                ..Counters::default()
            });
        }
        let Counters { requests, bandwidth_bytes, .. } = all.less(&known);
        (requests > 0).then(|| Self {
            value: OTHER.to_owned(),
            requests,
            bandwidth_bytes,
            share: share(requests, all.requests),
            meaning: "The cause wasn't kept: a busy Worker ran out of room, or the day comes from Cloudflare zone \
                      analytics, which has no causes.",
            advice: "Check the status codes and URLs of these errors.",
        })
    }
}

fn is_error(status: &str) -> bool {
    status.len() == FIRST_ERROR.len() && status >= FIRST_ERROR
}

impl From<StoredFailure> for FailingUrl {
    fn from(failure: StoredFailure) -> Self {
        let time = |seconds: u64| timestamp(seconds * 1_000);
        let mut hosts: Vec<(String, u64)> = serde_json::from_str(&failure.referrers).unwrap_or_default();
        hosts.sort_by(|(one, one_requests), (other, other_requests)| {
            other_requests.cmp(one_requests).then_with(|| one.cmp(other))
        });
        Self {
            value: failure.path,
            status: failure.status,
            reason: failure.reason,
            requests: failure.requests,
            first_seen: time(failure.first_seen),
            last_seen: time(failure.last_seen),
            referrers: hosts
                .into_iter()
                .map(|(value, requests)| Referrer { value, requests, own: false })
                .collect(),
        }
    }
}
