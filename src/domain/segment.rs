//! Segments: what is known of an owner's day besides `analytics_daily`, as one compact text. A flush changes one row for
//! each owner's day, whatever it has counted; when the day closes, D1 itself turns segments into rows of
//! `analytics_breakdown_daily` and `analytics_errors_daily` (`store/queries/close_*.sql`).
//!
//! A text holds the entries of a JSON array without its brackets, so that two are put together with a comma:
//!
//! - breakdowns: `[dimension, value, requests, bandwidth_bytes, cache_hits, cache_misses, source_bytes]`
//! - errors: `[status, reason, path, referrer_host, requests, first seen, last seen]`
//!
//! Values that a segment has no room for are left out. They are not lost: what a dimension lacks to the owner's total
//! is reported as `(other)`, and the dimensions that `analytics_daily` tells are closed from there.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};

use serde::Serialize;

use super::counters::Counters;
use super::date::Date;
use super::dimension::Dimension;
use super::facets::Facets;
use super::failed_request::{FailedRequest, Seen};
use super::owner::OwnerId;
use super::row_key::{OTHER, RowKey};
use super::tally::Tallied;

/// Values of each dimension that a segment keeps by requests, and as many by bandwidth: more than stay when the day closes.
pub const MAX_VALUES: usize = 70;
/// Most failed requests in a segment.
pub const MAX_FAILED: usize = 100;
/// By how many characters a segment's text may grow before D1 adds it up again. Every overview reads the text of every open
/// day, and every addition the whole of it: this is some 300 entries, where a hundred values of each dimension are some 600.
pub const MAX_GROWTH: u32 = 16 * 1024;

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

    /// Of what a tally has gathered, the largest values of each dimension.
    pub fn of_tally(tallied: &Tallied) -> Vec<Self> {
        let mut days: BTreeMap<(Date, OwnerId), Day<'_>> = BTreeMap::new();
        for (key, counters) in &tallied.rows {
            days.entry((key.date, key.owner)).or_default().add_row(key, counters);
        }
        for ((owner, date, facets), counters) in &tallied.facets {
            days.entry((*date, *owner)).or_default().add_facets(facets, counters);
        }
        for ((owner, date, request), seen) in &tallied.failed {
            days.entry((*date, *owner)).or_default().failed.push((request, *seen));
        }
        days.into_iter().map(|((date, owner), day)| day.segment(owner, date)).collect()
    }
}

fn encode(entry: &impl Serialize) -> String {
    serde_json::to_string(entry).expect("texts and numbers always encode")
}

fn join(entries: impl Iterator<Item = String>) -> String {
    entries.collect::<Vec<_>>().join(",")
}

/// An owner's day while it is put together.
#[derive(Default)]
struct Day<'a> {
    values: HashMap<(Dimension, Cow<'a, str>), Counters>,
    failed: Vec<(&'a FailedRequest, Seen)>,
}

impl<'a> Day<'a> {
    fn add_row(&mut self, key: &'a RowKey, counters: &Counters) {
        let told = |value: &'a str| Cow::Borrowed(if key.is_exact() { value } else { OTHER });
        for (dimension, value) in [
            (key.asset_type.dimension(), Cow::Borrowed(&*key.image_id)),
            (Dimension::Variant, told(&key.variant)),
            (Dimension::Status, Cow::Owned(key.status.to_string())),
            (Dimension::Country, told(key.country.as_str())),
            (Dimension::AssetType, Cow::Borrowed(key.asset_type.as_str())),
        ] {
            self.values.entry((dimension, value)).or_default().add(counters);
        }
    }

    fn add_facets(&mut self, facets: &'a Facets, counters: &Counters) {
        for (dimension, value) in facets.values() {
            self.values.entry((dimension, Cow::Borrowed(value))).or_default().add(counters);
        }
    }

    fn segment(mut self, owner: OwnerId, date: Date) -> Segment {
        let mut dimensions: BTreeMap<Dimension, Vec<(Cow<'a, str>, Counters)>> = BTreeMap::new();
        for ((dimension, value), counters) in self.values {
            dimensions.entry(dimension).or_default().push((value, counters));
        }
        let entries = dimensions.into_iter().flat_map(|(dimension, values)| {
            largest(values).map(move |(value, counters)| (dimension, value, counters))
        });
        self.failed.sort_unstable_by(|(one, one_seen), (other, other_seen)| {
            (Reverse(one_seen.requests), one).cmp(&(Reverse(other_seen.requests), other))
        });
        self.failed.truncate(MAX_FAILED);
        let failed = self.failed.into_iter().map(|(request, seen)| (request.clone(), seen));
        Segment::new(owner, date, entries, failed)
    }
}

/// The values with the most requests, in that order, and those with the most bandwidth.
fn largest(mut values: Vec<(Cow<'_, str>, Counters)>) -> impl Iterator<Item = (Cow<'_, str>, Counters)> {
    values.sort_unstable_by(|(one, one_counters), (other, other_counters)| {
        let rank = |counters: &Counters| Reverse((counters.requests, counters.bandwidth_bytes));
        (rank(one_counters), one).cmp(&(rank(other_counters), other))
    });
    let mut by_bandwidth: Vec<usize> = (0..values.len()).collect();
    by_bandwidth.sort_by_key(|place| Reverse(values[*place].1.bandwidth_bytes));
    by_bandwidth.truncate(MAX_VALUES);
    let is_kept = move |place: &usize| *place < MAX_VALUES || by_bandwidth.contains(place);
    values.into_iter().enumerate().filter(move |(place, _)| is_kept(place)).map(|(_, value)| value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::failure::Reason;
    use crate::domain::hit::{Hit, Subject};
    use crate::domain::tally::tests::{hit, numbered};
    use crate::domain::tally::{Limits, Tally};

    fn segments(hits: &[Hit]) -> Vec<Segment> {
        let mut tally = Tally::new(Limits::DEFAULT);
        for hit in hits {
            let _ = tally.add(hit, 1_795_132_800_000);
        }
        Segment::of_tally(&tally.take())
    }

    fn entries(text: &str) -> Vec<serde_json::Value> {
        serde_json::from_str(&format!("[{text}]")).unwrap()
    }

    #[test]
    fn a_hit_has_an_entry_in_every_dimension() {
        let [segment] = &segments(&[hit(), hit()])[..] else { panic!("one owner's day") };
        let found: Vec<String> = entries(&segment.body)
            .iter()
            .map(|entry| format!("{}={}", entry[0].as_str().unwrap(), entry[1].as_str().unwrap()))
            .collect();
        assert_eq!(
            found,
            [
                "image=pics/dino.jpg",
                "variant=original",
                "status=200",
                "country=DE",
                "asset_type=image",
                "format=image/jpeg",
                "cache=miss",
                "device=Bot",
                "browser=unknown",
                "os=unknown",
                "bot=other",
                "crawler=Other bot",
                "referrer=N/A",
                "error_reason=(none)"
            ]
        );
        for entry in entries(&segment.body) {
            assert_eq!(entry.as_array().unwrap()[2..], [2, 40_000, 0, 2, 40_000], "{entry}");
        }
        assert_eq!(segment.errors, "");
    }

    #[test]
    fn failed_requests_are_listed() {
        let failed = Hit {
            subject: Subject::Missing,
            status: 404,
            error: Some(Reason::ObjectNotFound),
            failed_path: "/alice/\"old\".png".into(),
            ..hit()
        };
        let [segment] = &segments(&[failed.clone(), failed])[..] else { panic!("one owner's day") };
        assert_eq!(
            segment.errors,
            r#"[404,"object_not_found","/alice/\"old\".png","N/A",2,1795132800,1795132800]"#
        );
    }

    #[test]
    fn the_largest_values_stay() {
        let of_image = |image: u16, requests: u16| {
            let subject = Subject::Object { image_id: format!("a/{image}"), variant: "original".into() };
            let bytes = if image == 200 { 1_000 } else { 1 };
            (0..requests).map(move |_| Hit { subject: subject.clone(), ..numbered(0, 200, bytes) })
        };
        let hits: Vec<Hit> =
            (0..300).flat_map(|image| of_image(image, if image >= 290 { 3 } else { 1 })).collect();
        let [segment] = &segments(&hits)[..] else { panic!("one owner's day") };
        let images: Vec<_> = entries(&segment.body).into_iter().filter(|entry| entry[0] == "image").collect();
        assert_eq!(
            (&images[0][1], &images[9][2], &images[10][1]),
            (&"a/290".into(), &3.into(), &"a/200".into())
        );
        assert!((MAX_VALUES..=2 * MAX_VALUES).contains(&images.len()), "{}", images.len());
    }

    #[test]
    fn each_owner_and_day_has_its_own() {
        let other_day = Hit { date: hit().date.plus(1), ..hit() };
        let other_owner = Hit { owner: OwnerId::parse(&"0".repeat(32)).unwrap(), ..hit() };
        let segments = segments(&[hit(), other_day, other_owner]);
        assert_eq!(segments.len(), 3);
        assert!(segments.is_sorted_by_key(|segment| (segment.date, segment.owner)));
    }
}
