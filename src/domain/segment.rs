//! Segments: what is known of an owner's day besides `analytics_daily`, as one compact text. An aggregator replaces one row
//! for each owner's day, whatever was counted; when the day closes, D1 itself turns segments into rows of
//! `analytics_breakdown_daily` and `analytics_errors_daily` (`store/queries/close_*.sql`).
//!
//! A text holds the entries of a JSON array without its brackets:
//!
//! - breakdowns: `[dimension, value, requests, bandwidth_bytes, cache_hits, cache_misses, source_bytes]`
//! - errors: `[status, reason, path, referrer_host, requests, first seen, last seen]`
//!
//! Values that a segment has no room for are left out. They are not lost: what a dimension lacks to the owner's total
//! is reported as `(other)`, and the dimensions that `analytics_daily` tells are closed from there.

use std::borrow::Cow;
use std::cmp::Reverse;

use serde::Serialize;

use super::counters::Counters;
use super::date::Date;
use super::dimension::Dimension;
use super::failed_request::{FailedRequest, Seen};
use super::owner::OwnerId;

/// Values of each dimension that a segment keeps by requests, and as many by bandwidth: more than stay when the day closes.
pub const MAX_VALUES: usize = 70;
/// Most failed requests in a segment.
pub const MAX_FAILED: usize = 100;

/// An owner's day as one text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segment {
    pub owner: OwnerId,
    pub date: Date,
    pub body: String,
    pub errors: String,
}

/// One value of a dimension with its counters.
pub type Entry<'a> = (Dimension, Cow<'a, str>, Counters);

impl Segment {
    /// Of everything that is given, in its order.
    pub fn new<'a>(
        owner: OwnerId,
        date: Date,
        entries: impl IntoIterator<Item = Entry<'a>>,
        failed: impl IntoIterator<Item = (FailedRequest, Seen)>,
    ) -> Self {
        let body = entries.into_iter().map(|(dimension, value, counters)| {
            let Counters { requests, bandwidth_bytes, cache_hits, cache_misses, source_bytes } = counters;
            encode(&(dimension, value, requests, bandwidth_bytes, cache_hits, cache_misses, source_bytes))
        });
        let errors = failed.into_iter().map(|(request, seen)| {
            let FailedRequest { status, reason, path, referrer_host } = request;
            encode(&(status, reason, path, referrer_host, seen.requests, seen.first, seen.last))
        });
        Self { owner, date, body: join(body), errors: join(errors) }
    }

    /// How long its texts are, in bytes.
    pub fn text_bytes(&self) -> usize {
        self.body.len() + self.errors.len()
    }
}

fn encode(entry: &impl Serialize) -> String {
    serde_json::to_string(entry).expect("texts and numbers always encode")
}

fn join(entries: impl Iterator<Item = String>) -> String {
    entries.collect::<Vec<_>>().join(",")
}

/// The values with the most requests, in that order, and those with the most bandwidth.
pub fn largest<T: Ord>(mut values: Vec<(T, Counters)>) -> impl Iterator<Item = (T, Counters)> {
    values.sort_unstable_by(|(one, one_counters), (other, other_counters)| {
        let rank = |counters: &Counters| Reverse((counters.requests, counters.bandwidth_bytes));
        rank(one_counters).cmp(&rank(other_counters)).then_with(|| one.cmp(other))
    });
    let mut by_bandwidth: Vec<usize> = (0..values.len()).collect();
    by_bandwidth.sort_by_key(|place| Reverse(values[*place].1.bandwidth_bytes));
    by_bandwidth.truncate(MAX_VALUES);
    let is_kept = move |place: &usize| *place < MAX_VALUES || by_bandwidth.contains(place);
    values.into_iter().enumerate().filter(move |(place, _)| is_kept(place)).map(|(_, value)| value)
}
