//! The tally: hits added up by row, by facets and by what failed, in memory, until they are flushed. Bounded in rows and
//! bytes.
//!
//! Not here: when and how a flush happens (`flush.rs`), and writing it (`record/`).

use std::collections::HashMap;

use super::counters::Counters;
use super::date::{Date, Millis};
use super::facets::Facets;
use super::failed_request::{FailedRequest, Seen};
use super::hit::Hit;
use super::minutes::{Minute, Minutes, Served};
use super::owner::OwnerId;
use super::row_key::RowKey;

/// How much a tally may hold. What has no room is left out of the breakdowns and error lists, never of the counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    pub rows: usize,
    /// Of the encoded rows.
    pub bytes: usize,
    /// Rows under [`OTHER`](super::row_key::OTHER) that are admitted beyond `rows`.
    pub coarse_rows: usize,
    /// Of the text in distinct facets and failed requests, each; of either there are at most half as many as `rows`.
    pub text_bytes: usize,
}

impl Limits {
    /// Encoded, a flush stays below `flush_body::MAX_BYTES`.
    pub const DEFAULT: Self =
        Self { rows: 10_000, bytes: 1_500_000, coarse_rows: 1_000, text_bytes: 500_000 };
}

/// Where a hit went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Added {
    /// To its own row.
    Exact,
    /// To a row under [`OTHER`](super::row_key::OTHER), because the tally is full.
    Coarse,
    /// Nowhere: even [`OTHER`](super::row_key::OTHER) is full.
    Refused,
}

/// What a tally has gathered, in no particular order but the rows, which are in that of their keys.
#[derive(Debug, Clone, Default)]
pub struct Tallied {
    pub rows: Vec<(RowKey, Counters)>,
    pub facets: Vec<((OwnerId, Date, Facets), Counters)>,
    pub failed: Vec<((OwnerId, Date, FailedRequest), Seen)>,
    pub minutes: Vec<((OwnerId, Date), Minutes)>,
}

/// Hits added up.
#[derive(Debug, Clone)]
pub struct Tally {
    rows: HashMap<RowKey, Counters>,
    bytes: usize,
    coarse_rows: usize,
    facets: HashMap<(OwnerId, Date, Facets), Counters>,
    facets_bytes: usize,
    failed: HashMap<(OwnerId, Date, FailedRequest), Seen>,
    failed_bytes: usize,
    /// Few: those of owners that were served since the last flush.
    minutes: HashMap<(OwnerId, Date), Minutes>,
    limits: Limits,
}

impl Tally {
    pub fn new(limits: Limits) -> Self {
        Self {
            rows: HashMap::new(),
            bytes: 0,
            coarse_rows: 0,
            facets: HashMap::new(),
            facets_bytes: 0,
            failed: HashMap::new(),
            failed_bytes: 0,
            minutes: HashMap::new(),
            limits,
        }
    }

    #[must_use]
    pub fn add(&mut self, hit: &Hit, now: Millis) -> Added {
        let added = self.add_row(hit);
        if added != Added::Refused {
            self.add_facets(hit);
            self.add_failed(hit, now);
            let minutes = self.minutes.entry((hit.owner, hit.date)).or_default();
            minutes.add(Minute::at(now), &Served::of(hit));
        }
        added
    }

    fn add_facets(&mut self, hit: &Hit) {
        let key = (hit.owner, hit.date, Facets::of(hit));
        if let Some(counters) = self.facets.get_mut(&key) {
            counters.add(&Counters::of(hit));
        } else if self.has_room(self.facets.len(), self.facets_bytes) {
            self.facets_bytes += key.2.text_bytes();
            self.facets.insert(key, Counters::of(hit));
        }
    }

    fn add_failed(&mut self, hit: &Hit, now: Millis) {
        let Some(request) = FailedRequest::of(hit) else { return };
        let key = (hit.owner, hit.date, request);
        if let Some(seen) = self.failed.get_mut(&key) {
            seen.add(&Seen::once(now));
        } else if self.has_room(self.failed.len(), self.failed_bytes) {
            self.failed_bytes += key.2.text_bytes();
            self.failed.insert(key, Seen::once(now));
        }
    }

    fn has_room(&self, entries: usize, bytes: usize) -> bool {
        entries < self.limits.rows / 2 && bytes < self.limits.text_bytes
    }

    fn add_row(&mut self, hit: &Hit) -> Added {
        let counters = Counters::of(hit);
        let key = RowKey::of(hit);
        if let Some(row) = self.rows.get_mut(&key) {
            row.add(&counters);
            return Added::Exact;
        }
        if !self.is_full() {
            self.insert(key, counters);
            return Added::Exact;
        }
        let key = RowKey::coarse(hit);
        if let Some(row) = self.rows.get_mut(&key) {
            row.add(&counters);
        } else if self.coarse_rows < self.limits.coarse_rows {
            self.coarse_rows += 1;
            self.insert(key, counters);
        } else {
            return Added::Refused;
        }
        Added::Coarse
    }

    fn insert(&mut self, key: RowKey, counters: Counters) {
        self.bytes += key.combination.encoded_bytes();
        self.rows.insert(key, counters);
    }

    /// Whether new rows have to wait for a flush.
    pub fn is_full(&self) -> bool {
        self.rows.len() >= self.limits.rows || self.bytes >= self.limits.bytes
    }

    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Hands over everything, and begins anew.
    pub fn take(&mut self) -> Tallied {
        (self.bytes, self.coarse_rows) = (0, 0);
        (self.facets_bytes, self.failed_bytes) = (0, 0);
        let mut rows: Vec<_> = self.rows.drain().collect();
        rows.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
        Tallied {
            rows,
            facets: self.facets.drain().collect(),
            failed: self.failed.drain().collect(),
            minutes: self.minutes.drain().collect(),
        }
    }
}

#[cfg(test)]
pub mod tests {
    use super::*;
    use crate::domain::country::Country;
    use crate::domain::hit::{CacheResult, Subject, Visitor, VisitorHeaders};
    use crate::domain::owner::{OwnerHasher, OwnerName};
    use crate::domain::privacy::Privacy;
    use crate::domain::row_key::{OTHER, columns};
    use crate::domain::user_agent::Classifier;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    pub fn hit() -> Hit {
        Hit {
            owner: OwnerHasher::new("secret").id(&OwnerName::parse("alice").unwrap()),
            subject: Subject::Object { image_id: "pics/dino.jpg".into(), variant: "original".into() },
            status: 200,
            bytes: 20_000,
            source_bytes: 20_000,
            cache: CacheResult::Miss,
            content_type: "image/jpeg".into(),
            country: Country::of_code(Some("DE")),
            visitor: Visitor::new(&VisitorHeaders::default(), Privacy::Standard, &mut Classifier::default()),
            error: None,
            failed_path: String::new(),
            query_ignored: false,
            transformed: false,
            date: Date::parse("2026-11-20").unwrap(),
            hour: 12,
        }
    }

    pub fn numbered(image: u8, status: u16, bytes: u64) -> Hit {
        let subject = Subject::Object { image_id: format!("pics/{image}.jpg"), variant: "original".into() };
        Hit { subject, status, bytes, ..hit() }
    }

    fn encoded(rows: &[(RowKey, Counters)]) -> String {
        let rows: Vec<_> = rows
            .iter()
            .map(|(key, counters)| {
                columns((key.owner, key.date), &key.combination, key.asset_type, counters, 0)
            })
            .collect();
        serde_json::to_string(&rows).unwrap()
    }

    /// A row of one request for an image.
    pub fn row(image_id: &str) -> (RowKey, Counters) {
        let hit = hit();
        let subject = Subject::Object { image_id: image_id.to_owned(), variant: "original".into() };
        let hit = Hit { subject, ..hit };
        (RowKey::of(&hit), Counters::of(&hit))
    }

    fn sum(rows: &[(RowKey, Counters)]) -> Counters {
        rows.iter().map(|(_, counters)| *counters).sum()
    }

    #[test]
    fn a_row_adds_up() {
        let mut tally = Tally::new(Limits::DEFAULT);
        assert_eq!(tally.add(&hit(), 0), Added::Exact);
        assert_eq!(tally.add(&Hit { cache: CacheResult::Hit, ..hit() }, 0), Added::Exact);
        assert_eq!(
            tally
                .add(&Hit { status: 304, bytes: 0, source_bytes: 0, cache: CacheResult::Bypass, ..hit() }, 0),
            Added::Exact
        );
        let rows = tally.take().rows;
        let counters: Vec<_> =
            rows.iter().map(|(key, counters)| (key.combination.status, *counters)).collect();
        assert_eq!(
            counters,
            [
                (
                    200,
                    Counters {
                        requests: 2,
                        bandwidth_bytes: 40_000,
                        cache_hits: 1,
                        cache_misses: 1,
                        source_bytes: 40_000
                    }
                ),
                (304, Counters { requests: 1, ..Counters::default() }),
            ]
        );
        assert!(tally.is_empty() && !tally.is_full());
    }

    #[test]
    fn a_full_tally_keeps_its_totals() {
        let mut tally = Tally::new(Limits { rows: 2, bytes: usize::MAX, coarse_rows: 1, text_bytes: 500 });
        assert_eq!(tally.add(&numbered(1, 200, 1), 0), Added::Exact);
        assert_eq!(tally.add(&numbered(2, 200, 2), 0), Added::Exact);
        assert!(tally.is_full());
        assert_eq!(tally.add(&numbered(1, 200, 4), 0), Added::Exact);
        assert_eq!(tally.add(&numbered(3, 200, 8), 0), Added::Coarse);
        assert_eq!(tally.add(&numbered(4, 200, 16), 0), Added::Coarse);
        assert_eq!(tally.add(&numbered(4, 404, 32), 0), Added::Refused);
        let rows = tally.take().rows;
        let images: Vec<_> = rows
            .iter()
            .map(|(key, counters)| (key.combination.image_id.as_str(), counters.bandwidth_bytes))
            .collect();
        assert_eq!(images, [(OTHER, 24), ("pics/1.jpg", 5), ("pics/2.jpg", 2)]);
    }

    #[test]
    fn bytes_are_bounded_by_what_is_encoded() {
        let subject = Subject::Object { image_id: "\"".repeat(1000), variant: "\\".repeat(60) };
        let key = RowKey::of(&Hit { subject, ..hit() });
        let counters = Counters {
            requests: u64::MAX,
            bandwidth_bytes: u64::MAX,
            cache_hits: u64::MAX,
            cache_misses: u64::MAX,
            source_bytes: u64::MAX,
        };
        let encoded = encoded(&[(key.clone(), counters)]);
        assert!(
            encoded.len() <= key.combination.encoded_bytes(),
            "{} > {}",
            encoded.len(),
            key.combination.encoded_bytes()
        );
    }

    proptest! {
        /// However hits are spread over isolates and in whatever order they come, the sums are those of one
        /// plain count.
        #[test]
        fn any_split_and_order_gives_the_same_sums(
            hits in prop::collection::vec((0u8..6, prop::sample::select(vec![200u16, 206, 304, 404]), 0u64..1_000_000, 0usize..3), 0..200)
                .prop_shuffle(),
        ) {
            let mut expected: BTreeMap<(String, u16), (u64, u64)> = BTreeMap::new();
            let mut isolates = vec![Tally::new(Limits::DEFAULT); 3];
            for (image, status, bytes, isolate) in &hits {
                let entry = expected.entry((format!("pics/{image}.jpg"), *status)).or_default();
                entry.0 += 1;
                entry.1 += bytes;
                prop_assert_eq!(isolates[*isolate].add(&numbered(*image, *status, *bytes), 0), Added::Exact);
            }
            let mut merged: BTreeMap<(String, u16), (u64, u64)> = BTreeMap::new();
            for (key, counters) in isolates.iter_mut().flat_map(|tally| tally.take().rows) {
                let entry = merged.entry((key.combination.image_id, key.combination.status)).or_default();
                entry.0 += counters.requests;
                entry.1 += counters.bandwidth_bytes;
            }
            prop_assert_eq!(merged, expected);
        }

        #[test]
        fn the_encoding_is_bounded(
            hits in prop::collection::vec((0u8..200, 200u16..600, 0u64..1000), 0..400), bytes in 1usize..20_000,
        ) {
            let coarse_rows = 5;
            let mut tally = Tally::new(Limits { rows: 1_000, bytes, coarse_rows, text_bytes: 500 });
            let (largest, coarse) = (RowKey::of(&numbered(255, 200, 0)), RowKey::coarse(&hit()));
            for (image, status, bytes) in &hits {
                let _ = tally.add(&numbered(*image, *status, *bytes), 0);
            }
            let encoded = encoded(&tally.take().rows).len();
            prop_assert!(encoded <= bytes + largest.combination.encoded_bytes() + coarse_rows * coarse.combination.encoded_bytes());
        }

        #[test]
        fn bounds_never_change_totals(
            hits in prop::collection::vec((0u8..50, 0u64..1000), 0..200), rows in 1usize..20,
        ) {
            let mut tally = Tally::new(Limits { rows, bytes: usize::MAX, coarse_rows: 1, text_bytes: 500 });
            for (image, bytes) in &hits {
                prop_assert_ne!(tally.add(&numbered(*image, 200, *bytes), 0), Added::Refused);
            }
            let taken = tally.take().rows;
            prop_assert!(taken.len() <= rows + 1);
            let total = sum(&taken);
            prop_assert_eq!(total.requests, hits.len() as u64);
            prop_assert_eq!(total.bandwidth_bytes, hits.iter().map(|(_, bytes)| bytes).sum::<u64>());
        }
    }
}
