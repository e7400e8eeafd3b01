//! What is true: kept by the simulation from what it does itself, never from what the product says.

use std::collections::{BTreeMap, BTreeSet};

use pixtally::domain::asset_type::AssetType;
use pixtally::domain::counters::Counters;
use pixtally::domain::date::{Date, Millis};
use pixtally::domain::dimension::Dimension;
use pixtally::domain::failed_request::{FailedRequest, Seen};
use pixtally::domain::flush::FlushId;
use pixtally::domain::flush_body::{DayCounts, FlushBody};
use pixtally::domain::hit::{CacheResult, Hit};
use pixtally::domain::owner::OwnerId;
use pixtally::domain::row_key::{Combination, OTHER, RowKey};
use pixtally::domain::tally::Limits;

use super::profile::{DAY_MS, HOUR_MS};

/// How old a flush may be and still be sent, and for how long after a day's end.
const OPEN_MS: Millis = 12 * HOUR_MS;

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
    let combination = Combination {
        image_id: hit.subject.image_id().to_owned(),
        variant: hit.subject.variant().to_owned(),
        country: hit.country,
        status: hit.status,
    };
    RowKey { owner: hit.owner, date: hit.date, combination, asset_type: AssetType::of(&hit.content_type) }
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

/// The values that a hit has, dimension by dimension.
fn values_of(hit: &Hit) -> impl Iterator<Item = (Dimension, String)> {
    let (RowKey { combination, asset_type, .. }, visitor) = (key_of(hit), &hit.visitor);
    let values = [
        (asset_type.dimension(), combination.image_id),
        (Dimension::Variant, combination.variant),
        (Dimension::Status, combination.status.to_string()),
        (Dimension::Country, combination.country.to_string()),
        (Dimension::AssetType, asset_type.as_str().to_owned()),
        (Dimension::Format, hit.content_type.clone()),
        (Dimension::Cache, hit.cache.as_str().to_owned()),
        (Dimension::Device, visitor.device.to_owned()),
        (Dimension::Browser, visitor.browser.to_owned()),
        (Dimension::Os, visitor.os.to_owned()),
        (Dimension::Bot, visitor.bot.to_owned()),
        (Dimension::Crawler, visitor.crawler.to_owned()),
        (Dimension::Referrer, visitor.referrer_host.clone()),
        (Dimension::ErrorReason, hit.error.map_or("(none)", |reason| reason.code()).to_owned()),
        (Dimension::Hour, format!("{:02}", hit.hour)),
        (Dimension::UserAgent, visitor.user_agent.clone()),
        (Dimension::Ip, visitor.ip.clone()),
    ];
    values.into_iter().filter(|(_, value)| !value.is_empty())
}

/// What is counted of an owner's day by dimension, and what failed on it.
#[derive(Debug, Clone, Default)]
pub struct Details {
    pub values: BTreeMap<(Dimension, String), Counters>,
    pub failures: BTreeMap<FailedRequest, Seen>,
    /// Requests among these that flushes had to leave out.
    pub left_out: u64,
    /// Whether flushes had no room for all rows, values or failed requests. Where they had, all of them are told.
    pub rows_capped: bool,
    pub values_capped: bool,
    pub failures_capped: bool,
}

impl Details {
    /// A hit, `weight` times, at a second since 1970.
    pub fn add(&mut self, hit: &Hit, weight: u64, second: u64) {
        let counters = counters_of(hit, weight);
        for value in values_of(hit) {
            self.values.entry(value).or_default().add(&counters);
        }
        if let Some(reason) = hit.error {
            let failed = FailedRequest {
                status: hit.status,
                reason: reason.code(),
                path: hit.failed_path.clone(),
                referrer_host: hit.visitor.referrer_host.clone(),
            };
            self.failed(failed, &Seen { requests: weight, first: second, last: second });
        }
    }

    fn failed(&mut self, failed: FailedRequest, seen: &Seen) {
        let known = self.failures.entry(failed);
        known.and_modify(|known| known.add(seen)).or_insert(*seen);
    }

    pub fn merge(&mut self, other: &Self) {
        for (value, counters) in &other.values {
            self.values.entry(value.clone()).or_default().add(counters);
        }
        for (failed, seen) in &other.failures {
            self.failed(failed.clone(), seen);
        }
        self.left_out += other.left_out;
        self.rows_capped |= other.rows_capped;
        self.values_capped |= other.values_capped;
        self.failures_capped |= other.failures_capped;
    }

    pub fn of_dimension(&self, dimension: Dimension) -> BTreeMap<&str, Counters> {
        let of_dimension = self.values.iter().filter(|((of, _), _)| *of == dimension);
        of_dimension.map(|((_, value), counters)| (&**value, *counters)).collect()
    }
}

/// The last instant at which hits of a day are written.
fn closes_at(date: Date) -> Millis {
    date.start() + DAY_MS + OPEN_MS
}

/// A flush as the object has been sent it.
#[derive(Debug, Clone)]
pub struct SentFlush {
    pub isolate: usize,
    /// After this it may be given up whatever has become of it.
    pub expires_at: Millis,
    pub rows: Rows,
    pub details: BTreeMap<OwnerDay, Details>,
    pub uncounted: BTreeMap<(Date, String), Sum>,
    /// The object has stored it.
    pub is_counted: bool,
    /// The isolate was told so.
    pub is_acknowledged: bool,
    /// The isolate has gone on to another.
    pub is_given_up: bool,
}

/// What is uncounted, as it is encoded.
fn uncounted(encoded: &str) -> BTreeMap<(Date, String), Sum> {
    let left_out: Vec<(Date, String, u64, u64)> = serde_json::from_str(encoded).expect("what was left out");
    left_out.into_iter().map(|(date, cause, requests, bytes)| ((date, cause), (requests, bytes))).collect()
}

impl SentFlush {
    fn read(isolate: usize, sent_at: Millis, flush: FlushBody) -> Self {
        let mut rows = Rows::new();
        for DayCounts { owner, date, rows: of_day, .. } in flush.days {
            for (combination, asset_type, counters) in of_day {
                let key = RowKey { owner, date, combination, asset_type };
                assert!(rows.insert(key, counters).is_none(), "a flush names a row twice");
            }
        }
        let days_close_at = rows.keys().map(|key| closes_at(key.date));
        let expires_at = days_close_at.fold(sent_at + OPEN_MS, Millis::min);
        Self {
            isolate,
            expires_at,
            rows,
            details: BTreeMap::new(),
            uncounted: uncounted(&flush.uncounted.encode()),
            is_counted: false,
            is_acknowledged: false,
            is_given_up: false,
        }
    }

    /// What the hits tell that a flush was made of at `now`. Those that come too late are left out, but they took room.
    fn add_details(&mut self, hits: &[(Hit, Millis)], now: Millis, limits: &Limits) {
        let mut facets: BTreeSet<(OwnerDay, Vec<String>)> = BTreeSet::new();
        let mut all: BTreeMap<OwnerDay, Details> = BTreeMap::new();
        for (hit, at) in hits {
            let day = (hit.owner, hit.date);
            all.entry(day).or_default().add(hit, 1, at / 1_000);
            let is_facet = |(dimension, _): &(Dimension, String)| !dimension.is_of_rows();
            facets.insert((day, values_of(hit).filter(is_facet).map(|(_, value)| value).collect()));
        }
        let failed: Vec<&FailedRequest> = all.values().flat_map(|it| it.failures.keys()).collect();
        let text = |(_, values): &(OwnerDay, Vec<String>)| values.iter().map(String::len).sum::<usize>();
        let (most, most_bytes) = (limits.rows / 2, limits.text_bytes);
        let values_capped = facets.len() > most || facets.iter().map(text).sum::<usize>() > most_bytes;
        let text = |it: &&FailedRequest| it.path.len() + it.referrer_host.len();
        let failures_capped = failed.len() > most || failed.iter().map(text).sum::<usize>() > most_bytes;
        self.details = all.into_iter().filter(|((_, date), _)| now <= closes_at(*date)).collect();
        for (day, details) in &mut self.details {
            let rows = Ledger::rows_of(&self.rows, *day);
            let recorded = total(details.of_dimension(Dimension::Status).values()).requests;
            let left_out = recorded.checked_sub(total(rows.values()).requests);
            details.left_out = left_out.expect("a flush counts more than its isolate was given");
            details.rows_capped =
                details.left_out > 0 || rows.keys().any(|key| key.combination.image_id == OTHER);
            details.values_capped = values_capped || details.left_out > 0;
            details.failures_capped = failures_capped || details.left_out > 0;
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
    /// Hits that an isolate was given since it made its last flush, and when.
    pending: BTreeMap<usize, Vec<(Hit, Millis)>>,
    pub flushes: BTreeMap<FlushId, SentFlush>,
    /// What flushes have brought to the object, each counted once.
    pub realtime: Rows,
    pub realtime_details: BTreeMap<OwnerDay, Details>,
    /// What flushes have said to have left out, and what the object had to leave out.
    pub uncounted: BTreeMap<(Date, String), Sum>,
    /// Days that have left the object, with what could not be written of them.
    pub left: BTreeMap<Date, Sum>,
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

    pub fn recorded(&mut self, isolate: usize, hit: &Hit, now: Millis) {
        plus(self.recorded.entry(isolate).or_default(), hit.date, (1, hit.bytes));
        self.pending.entry(isolate).or_default().push((hit.clone(), now));
    }

    pub fn died(&mut self, isolate: usize) {
        self.dead.insert(isolate);
        self.pending.remove(&isolate);
    }

    pub fn knows(&self, id: FlushId) -> bool {
        self.flushes.contains_key(&id)
    }

    /// An isolate has made a flush, of all that it was given since the last one and that does not come too late. The one before,
    /// if it was not acknowledged, is given up; how that is called.
    pub fn sent(
        &mut self,
        flush: FlushBody,
        isolate: usize,
        now: Millis,
        limits: &Limits,
    ) -> Vec<&'static str> {
        let before = self.flushes.values_mut();
        let before = before.filter(|it| it.isolate == isolate && !it.is_acknowledged && !it.is_given_up);
        let given_up = before.map(|before| {
            before.is_given_up = true;
            if now > before.expires_at { "flushes given up as too old" } else { "flushes shed" }
        });
        let given_up = given_up.collect();
        let (id, hits) = (flush.id, self.pending.remove(&isolate).unwrap_or_default());
        let mut sent = SentFlush::read(isolate, now, flush);
        sent.add_details(&hits, now, limits);
        self.flushes.insert(id, sent);
        given_up
    }

    /// An isolate was told that a flush is counted.
    pub fn acknowledged(&mut self, id: FlushId) {
        let flush = self.flushes.get_mut(&id).expect("a flush that was sent");
        assert!(flush.is_counted || flush.is_given_up, "{id} is acknowledged, and was not stored");
        flush.is_acknowledged = true;
    }

    /// The object has stored a flush, which it has decided on at this time: until then hits of a day count.
    ///
    /// Whether some of it came too late.
    pub fn counted(&mut self, id: FlushId, at: Millis, late: &str) -> bool {
        let flush = self.flushes.get_mut(&id).expect("a flush that was sent");
        assert!(!flush.is_counted, "{id} is counted twice");
        flush.is_counted = true;
        for (key, counters) in &flush.rows {
            if at <= closes_at(key.date) {
                self.realtime.entry(key.clone()).or_default().add(counters);
            } else {
                let sum = (counters.requests, counters.bandwidth_bytes);
                plus(&mut self.uncounted, (key.date, late.to_owned()), sum);
            }
        }
        for (day, details) in flush.details.iter().filter(|((_, date), _)| at <= closes_at(*date)) {
            self.realtime_details.entry(*day).or_default().merge(details);
        }
        for (key, sum) in &flush.uncounted {
            plus(&mut self.uncounted, key.clone(), *sum);
        }
        flush.rows.keys().any(|key| at > closes_at(key.date))
    }

    /// A day has left the object, with what is said to be missing of it in D1. Whether anything is.
    pub fn left(&mut self, date: Date, missing: &str) -> bool {
        let mut sum = (0, 0);
        for (key, (requests, bytes)) in uncounted(missing) {
            sum = (sum.0 + requests, sum.1 + bytes);
            plus(&mut self.uncounted, key, (requests, bytes));
        }
        assert!(self.left.insert(date, sum).is_none(), "{date} leaves twice");
        sum.0 > 0
    }

    /// What was counted of an owner's day.
    pub fn counted_of(&self, day: OwnerDay) -> Counters {
        total(Self::rows_of(&self.realtime, day).values())
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
