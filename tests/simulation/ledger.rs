//! What is true: kept by the simulation from what it does itself, never from what the product says.

use std::collections::{BTreeMap, BTreeSet};

use pixtally::domain::country::Country;
use pixtally::domain::date::{Date, Millis};
use pixtally::domain::hit::{CacheResult, Hit};
use pixtally::domain::owner::OwnerId;
use pixtally::domain::tally::{Counters, RowKey};

use super::profile::{DAY_MS, HOUR_MS};

/// How old a flush may be and still be sent, and for how long after a day's end.
const MAX_AGE_MS: Millis = 12 * HOUR_MS;

pub type Rows = BTreeMap<RowKey, Counters>;
pub type OwnerDay = (OwnerId, Date);
/// Requests and bytes.
pub type Sum = (u64, u64);

pub fn add(rows: &mut Rows, key: RowKey, counters: &Counters) {
    rows.entry(key).or_default().add(counters);
}

pub fn total<'a>(rows: impl IntoIterator<Item = &'a Counters>) -> Counters {
    let mut sum = Counters::default();
    rows.into_iter().for_each(|row| sum.add(row));
    sum
}

pub fn plus<K: Ord>(sums: &mut BTreeMap<K, Sum>, key: K, (requests, bytes): Sum) {
    let sum = sums.entry(key).or_default();
    *sum = (sum.0 + requests, sum.1 + bytes);
}

pub fn key_of(hit: &Hit) -> RowKey {
    RowKey {
        owner: hit.owner,
        date: hit.date,
        image_id: hit.subject.image_id().to_owned(),
        variant: hit.subject.variant().to_owned(),
        country: hit.country,
        status: hit.status,
    }
}

/// What a hit counts, `weight` times.
pub fn counters_of(hit: &Hit, weight: u64) -> Counters {
    Counters {
        requests: weight,
        bandwidth_bytes: weight * hit.bytes,
        cache_hits: if hit.cache == CacheResult::Hit { weight } else { 0 },
        cache_misses: if hit.cache == CacheResult::Miss { weight } else { 0 },
        source_bytes: weight * hit.source_bytes,
    }
}

/// A flush as D1 has been sent it.
#[derive(Debug, Clone)]
pub struct SentFlush {
    pub isolate: usize,
    /// After this it may be given up whatever has become of it.
    pub expires_at: Millis,
    pub rows: Rows,
    pub uncounted: BTreeMap<(Date, String), Sum>,
    pub is_applied: bool,
    /// The isolate was told that it is applied.
    pub is_acknowledged: bool,
    /// The isolate was told last that it is not there.
    pub is_absent: bool,
    /// The isolate has gone on to another.
    pub is_given_up: bool,
}

impl SentFlush {
    /// Reads what a flush's statements are bound to: `rows` and `uncounted` as `flush_rows.sql` and
    /// `flush_uncounted.sql` describe them.
    pub fn read(isolate: usize, sent_at: Millis, rows: &str, uncounted: Option<&str>) -> Self {
        type Row = (String, Date, String, String, String, u16, u64, u64, u64, u64, u64);
        let encoded: Vec<Row> = serde_json::from_str(rows).expect("rows of a flush");
        let mut read = Rows::new();
        for (owner, date, image_id, variant, country, status, requests, bytes, hits, misses, source) in
            encoded
        {
            let owner = OwnerId::parse(&owner).expect("an owner");
            let country = Country::from_header(Some(&country));
            let key = RowKey { owner, date, image_id, variant, country, status };
            let counters = Counters {
                requests,
                bandwidth_bytes: bytes,
                cache_hits: hits,
                cache_misses: misses,
                source_bytes: source,
            };
            assert!(read.insert(key, counters).is_none(), "a flush names a row twice");
        }
        let closes_at = read.keys().map(|key| key.date.start() + DAY_MS + MAX_AGE_MS);
        let left_out: Vec<(Date, String, u64, u64)> =
            serde_json::from_str(uncounted.unwrap_or("[]")).expect("what a flush left out");
        let uncounted =
            left_out.into_iter().map(|(date, cause, requests, bytes)| ((date, cause), (requests, bytes)));
        let expires_at = closes_at.fold(sent_at + MAX_AGE_MS, Millis::min);
        Self {
            isolate,
            expires_at,
            rows: read,
            uncounted: uncounted.collect(),
            is_applied: false,
            is_acknowledged: false,
            is_absent: false,
            is_given_up: false,
        }
    }
}

/// The ledger.
#[derive(Debug, Default)]
pub struct Ledger {
    /// Every hit that was served.
    pub truth: Rows,
    /// What each isolate was given to count, by day.
    pub recorded: BTreeMap<usize, BTreeMap<Date, Sum>>,
    /// By their ids.
    pub flushes: BTreeMap<String, SentFlush>,
    /// What flushes have brought to D1, each counted once.
    pub realtime: Rows,
    /// What flushes have said to have left out.
    pub uncounted: BTreeMap<(Date, String), Sum>,
    /// The first day that the last purge keeps.
    pub kept_from: Option<Date>,
    /// What was reported of owners' days when they were purged.
    pub frozen: BTreeMap<OwnerDay, Sum>,
    /// The last day that a purge has begun to delete.
    pub purged_until: Option<Date>,
    /// Isolates that no longer live: what they had not flushed is gone, uncounted.
    pub dead: BTreeSet<usize>,
}

impl Ledger {
    pub fn served(&mut self, hit: &Hit) {
        add(&mut self.truth, key_of(hit), &counters_of(hit, 1));
    }

    pub fn recorded(&mut self, isolate: usize, hit: &Hit) {
        plus(self.recorded.entry(isolate).or_default(), hit.date, (1, hit.bytes));
    }

    /// D1 has applied a flush: whatever it does, this counts it once.
    pub fn applied(&mut self, id: &str) {
        let flush = self.flushes.get_mut(id).expect("a flush that was sent");
        if std::mem::replace(&mut flush.is_applied, true) {
            return;
        }
        for (key, counters) in &flush.rows {
            self.realtime.entry(key.clone()).or_default().add(counters);
        }
        for (key, sum) in &flush.uncounted {
            plus(&mut self.uncounted, key.clone(), *sum);
        }
    }

    pub fn rows_of(rows: &Rows, (owner, date): OwnerDay) -> Rows {
        let of_day = rows.iter().filter(|(key, _)| key.owner == owner && key.date == date);
        of_day.map(|(key, counters)| (key.clone(), *counters)).collect()
    }

    /// Whether a day is older than what is kept: purged, or never to be published.
    pub fn is_purged(&self, date: Date) -> bool {
        self.purged_until.is_some_and(|until| date <= until)
            || self.kept_from.is_some_and(|first| date < first)
    }

    /// Every owner's day that had a hit.
    pub fn owner_days(&self) -> BTreeSet<OwnerDay> {
        self.truth.keys().map(|key| (key.owner, key.date)).collect()
    }
}
