//! What a flush carries from an isolate to its aggregator, and how it is encoded.
//!
//! Not here: when a flush is sent (`flush.rs`), and what becomes of it (`aggregator/`).
//!
//! Isolates and objects of different versions talk to each other during a deploy. An object refuses a version that it does not
//! know, and the isolate keeps the flush and sends it again.

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};

use super::asset_type::AssetType;
use super::counters::Counters;
use super::date::Date;
use super::dimension::Dimension;
use super::failed_request::{FailedRequest, Seen};
use super::flush::FlushId;
use super::minutes::Minutes;
use super::owner::OwnerId;
use super::row_key::{Combination, RowKey};
use super::segment::{MAX_FAILED, largest};
use super::tally::Tallied;
use super::uncounted::Uncounted;
use super::versioned::{self, VersionedError};

/// The version that is written, and the only one that is read.
const VERSION: u8 = 1;
/// The longest encoded flush, in bytes. `Limits::DEFAULT` keeps what an isolate gathers below it.
pub const MAX_BYTES: usize = 4_000_000;

/// All that a flush carries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FlushBody {
    pub id: FlushId,
    /// In the order of days and owners.
    pub days: Vec<DayCounts>,
    /// What its isolate could not count before.
    pub uncounted: Uncounted,
}

/// What was counted of one owner's day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayCounts {
    pub owner: OwnerId,
    pub date: Date,
    /// Add up to all that was counted.
    pub rows: Vec<(Combination, AssetType, Counters)>,
    /// The largest values of every dimension that rows do not tell.
    pub values: Vec<(Dimension, String, Counters)>,
    /// The most frequent failed requests.
    pub failed: Vec<(FailedRequest, Seen)>,
    /// When all of it was served.
    pub minutes: Minutes,
}

impl DayCounts {
    fn new(owner: OwnerId, date: Date) -> Self {
        Self {
            owner,
            date,
            rows: Vec::new(),
            values: Vec::new(),
            failed: Vec::new(),
            minutes: Minutes::default(),
        }
    }

    /// All that was counted.
    pub fn total(&self) -> Counters {
        self.rows.iter().map(|(.., counters)| *counters).sum()
    }
}

/// Why bytes are not a flush.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FlushBodyError {
    #[error("the flush has {0} bytes; at most {MAX_BYTES} are taken")]
    TooLong(usize),
    #[error("the flush: {0}")]
    Unreadable(#[from] VersionedError),
}

impl FlushBody {
    /// A flush of what a tally has gathered.
    pub fn new(id: FlushId, tallied: Tallied, uncounted: Uncounted) -> Self {
        let mut days: BTreeMap<(Date, OwnerId), DayCounts> = BTreeMap::new();
        for (key, counters) in tallied.rows {
            let RowKey { owner, date, combination, asset_type } = key;
            let day = days.entry((date, owner)).or_insert_with(|| DayCounts::new(owner, date));
            day.rows.push((combination, asset_type, counters));
        }
        let mut values: HashMap<(Date, OwnerId, Dimension), HashMap<&str, Counters>> = HashMap::new();
        for ((owner, date, facets), counters) in &tallied.facets {
            for (dimension, value) in facets.values() {
                let of_dimension = values.entry((*date, *owner, dimension)).or_default();
                of_dimension.entry(value).or_default().add(counters);
            }
        }
        for ((date, owner, dimension), of_dimension) in values {
            let Some(day) = days.get_mut(&(date, owner)) else { continue };
            let kept = largest(of_dimension.into_iter().collect());
            day.values.extend(kept.map(|(value, counters)| (dimension, value.to_owned(), counters)));
        }
        for ((owner, date, request), seen) in tallied.failed {
            if let Some(day) = days.get_mut(&(date, owner)) {
                day.failed.push((request, seen));
            }
        }
        for ((owner, date), minutes) in tallied.minutes {
            if let Some(day) = days.get_mut(&(date, owner)) {
                day.minutes = minutes;
            }
        }
        for day in days.values_mut() {
            day.values.sort_unstable_by(|one, other| (one.0, &one.1).cmp(&(other.0, &other.1)));
            day.failed.sort_unstable_by(|(one, one_seen), (other, other_seen)| {
                (other_seen.requests, one).cmp(&(one_seen.requests, other))
            });
            day.failed.truncate(MAX_FAILED);
        }
        Self { id, days: days.into_values().collect(), uncounted }
    }

    pub fn encode(&self) -> Vec<u8> {
        versioned::encode(VERSION, self)
    }

    /// Reads what [`Self::encode`] writes.
    ///
    /// # Errors
    ///
    /// [`FlushBodyError`].
    pub fn decode(bytes: &[u8]) -> Result<Self, FlushBodyError> {
        if bytes.len() > MAX_BYTES {
            return Err(FlushBodyError::TooLong(bytes.len()));
        }
        Ok(versioned::decode(VERSION, bytes)?)
    }
}

#[cfg(test)]
pub mod tests {
    use super::*;
    use crate::domain::failure::Reason;
    use crate::domain::flush::IsolateId;
    use crate::domain::hit::{Hit, Subject};
    use crate::domain::tally::tests::{hit, numbered};
    use crate::domain::tally::{Limits, Tally};
    use crate::domain::uncounted::Cause;

    pub const NOW: u64 = 1_795_132_800_000;

    /// A flush of these hits.
    pub fn body(isolate: u64, number: u32, hits: &[Hit]) -> FlushBody {
        let mut tally = Tally::new(Limits::DEFAULT);
        for hit in hits {
            let _ = tally.add(hit, NOW);
        }
        let id = FlushId { isolate: IsolateId(isolate), number };
        FlushBody::new(id, tally.take(), Uncounted::default())
    }

    #[test]
    fn is_read_back() {
        let missing = Hit {
            subject: Subject::Missing,
            status: 404,
            error: Some(Reason::ObjectNotFound),
            failed_path: "/alice/\"old\".png".into(),
            ..hit()
        };
        let mut flush = body(7, 3, &[hit(), missing, numbered(2, 206, 5)]);
        flush.uncounted.add(hit().date, Cause::Lost, 2, 30);
        assert_eq!(FlushBody::decode(&flush.encode()), Ok(flush.clone()));
        assert_eq!(flush.days.len(), 1);
        assert_eq!((flush.days[0].total().requests, flush.days[0].failed.len()), (3, 1));
    }

    #[test]
    fn what_is_no_flush_is_refused() {
        let mut bytes = body(7, 1, &[hit()]).encode();
        let malformed = Err(FlushBodyError::Unreadable(VersionedError::Malformed));
        assert_eq!(FlushBody::decode(&[]), malformed);
        assert_eq!(FlushBody::decode(&bytes[..40]), malformed);
        assert_eq!(FlushBody::decode(&vec![1; MAX_BYTES + 1]), Err(FlushBodyError::TooLong(MAX_BYTES + 1)));
        bytes[0] = 2;
        let unknown = VersionedError::UnknownVersion { found: 2, known: 1 };
        assert_eq!(FlushBody::decode(&bytes), Err(FlushBodyError::Unreadable(unknown)));
    }

    #[test]
    fn the_largest_values_stay() {
        let of_host = |host: u32, requests: u32| {
            let mut one = hit();
            one.visitor.referrer_host = format!("{host}.test");
            (0..requests).map(move |_| one.clone())
        };
        let hits: Vec<Hit> =
            (0..300).flat_map(|host| of_host(host, if host >= 290 { 3 } else { 1 })).collect();
        let flush = body(1, 1, &hits);
        let hosts: Vec<_> =
            flush.days[0].values.iter().filter(|(dimension, ..)| *dimension == Dimension::Referrer).collect();
        assert!((70..=140).contains(&hosts.len()), "{}", hosts.len());
        assert!((290..300).all(|host| hosts.iter().any(|(_, value, _)| *value == format!("{host}.test"))));
    }

    /// An isolate that has gathered as much as it may.
    #[test]
    fn the_fullest_tally_fits() {
        let mut tally = Tally::new(Limits::DEFAULT);
        for number in 0..40_000u32 {
            let image_id = format!("{number}-{}", "\\\"ü".repeat(10));
            let mut hit = Hit {
                subject: Subject::Object { image_id, variant: "original".into() },
                status: 404,
                error: Some(Reason::ObjectNotFound),
                failed_path: format!("/{number}/{}", "p".repeat(50)),
                bytes: u64::MAX,
                source_bytes: u64::MAX,
                ..hit()
            };
            hit.visitor.referrer_host = format!("{number}.{}", "r".repeat(20));
            hit.visitor.user_agent = format!("agent {number}");
            hit.visitor.ip = format!("ip {number}");
            let owner = OwnerId::parse(&format!("{:032x}", number % 3_000)).unwrap();
            let _ = tally.add(&Hit { owner, ..hit }, NOW);
        }
        assert!(tally.is_full());
        let id = FlushId { isolate: IsolateId(u64::MAX), number: u32::MAX };
        let bytes = FlushBody::new(id, tally.take(), Uncounted::default()).encode().len();
        assert!(bytes <= MAX_BYTES, "{bytes} bytes");
    }
}
