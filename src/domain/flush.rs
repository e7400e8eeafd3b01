//! Flushing the tally exactly once. A state machine without I/O: it says what to send and when, and is told how
//! that went; `record/flusher.rs` does the sending.
//!
//! What makes a flush count exactly once:
//!
//! 1. A flush is one D1 batch that also inserts its id into `applied_flushes`, where an id stands only once. So
//!    however often it is sent, it is applied at most once.
//! 2. A flush is kept, id and payload, until D1 is known to have applied it. So it is applied at least once.
//! 3. There is at most one flush outstanding. Whoever sends it holds it for [`HOLD_MS`]; after that its request
//!    has died, and the next one takes it over with the same id and payload.

use std::fmt;
use std::rc::Rc;

use super::date::{Date, Millis};
use super::hit::Hit;
use super::tally::{Added, Counters, Limits, RowKey, Tally};
use super::uncounted::{Cause, Uncounted};
use super::window::Window;

/// A request that has not settled its flush for so long is dead: `waitUntil` lasts 30 s.
pub const HOLD_MS: Millis = 35_000;
/// A flusher that is this late has died.
const LATE_MS: Millis = 5_000;
/// Attempts after which a flush that the nightly job can restore is given up.
pub const SHED_AFTER: u32 = 3;
/// Age at which a flush is given up for good: `applied_flushes` forgets ids after a day.
pub const MAX_AGE_MS: Millis = 12 * 60 * 60 * 1000;

/// Identifies one flush. 32 hexadecimal digits, of which the first 12 are the time of its making in milliseconds,
/// so that old ids are a range of keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FlushId(u128);

impl FlushId {
    pub fn new(now: Millis, random: u128) -> Self {
        const RANDOM_BITS: u32 = 80;
        Self((u128::from(now) << RANDOM_BITS) | (random & ((1 << RANDOM_BITS) - 1)))
    }
}

impl fmt::Display for FlushId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

/// What one D1 batch writes.
#[derive(Debug, PartialEq, Eq)]
pub struct Flush {
    pub id: FlushId,
    /// `[[owner, date, image_id, variant, country, status, requests, bandwidth_bytes, cache_hits, cache_misses,
    /// source_bytes], …]`
    pub rows: String,
    /// What could not be counted before.
    pub uncounted: Uncounted,
    created_at: Millis,
    totals: Vec<(Date, Counters)>,
}

/// The encoding of rows that the upsert of `analytics_daily` reads.
pub fn encode(rows: &[(RowKey, Counters)]) -> String {
    let rows: Vec<_> = rows
        .iter()
        .map(|(key, counters)| {
            (
                key.owner,
                key.date,
                &key.image_id,
                &key.variant,
                key.country.as_str(),
                key.status,
                counters.requests,
                counters.bandwidth_bytes,
                counters.cache_hits,
                counters.cache_misses,
                counters.source_bytes,
            )
        })
        .collect();
    serde_json::to_string(&rows).expect("texts and numbers always encode")
}

impl Flush {
    fn new(id: FlushId, created_at: Millis, rows: &[(RowKey, Counters)], uncounted: Uncounted) -> Self {
        let mut totals: Vec<(Date, Counters)> = Vec::new();
        for (key, counters) in rows {
            match totals.iter_mut().find(|(date, _)| *date == key.date) {
                Some((_, sum)) => sum.add(counters),
                None => totals.push((key.date, *counters)),
            }
        }
        Self { id, rows: encode(rows), uncounted, created_at, totals }
    }
}

#[derive(Debug)]
struct Outstanding {
    flush: Rc<Flush>,
    /// Nobody else sends it before.
    held_until: Millis,
    attempts: u32,
}

/// What a flusher has to do.
#[derive(Debug, PartialEq, Eq)]
pub enum Next {
    /// Send this; when `sent_before`, first look whether its id is there already.
    Send {
        flush: Rc<Flush>,
        sent_before: bool,
    },
    /// Come back in so many milliseconds.
    Wait(Millis),
    Done,
}

/// The tally of one isolate with its flushes.
#[derive(Debug)]
pub struct Flusher {
    tally: Tally,
    uncounted: Uncounted,
    window: Window,
    outstanding: Option<Outstanding>,
    /// When the flusher that is under way has to have come back.
    alarm: Option<Millis>,
    /// Whether a full tally has already asked for its flush.
    hurried: bool,
    /// Whether the nightly job can restore what is shed.
    restorable: bool,
}

impl Flusher {
    pub fn new(limits: Limits, restorable: bool) -> Self {
        Self {
            tally: Tally::new(limits),
            uncounted: Uncounted::default(),
            window: Window::default(),
            outstanding: None,
            alarm: None,
            hurried: false,
            restorable,
        }
    }

    /// Counts a hit. `Some` asks the caller to start a flusher that first calls [`Self::next`] after so many
    /// milliseconds.
    #[must_use]
    pub fn record(&mut self, hit: &Hit, now: Millis) -> Option<Millis> {
        if self.tally.add(hit) == Added::Refused {
            let cause = if self.restorable { Cause::Shed } else { Cause::Lost };
            self.uncounted.add(hit.date, cause, 1, hit.bytes);
        }
        if self.tally.is_full() && !self.hurried && self.outstanding.is_none() {
            self.hurried = true;
            return Some(self.arm(now, 0));
        }
        let under_way = self.alarm.is_some_and(|alarm| now <= alarm);
        (!under_way).then(|| self.arm(now, self.window.millis()))
    }

    fn arm(&mut self, now: Millis, delay: Millis) -> Millis {
        self.alarm = Some(now + delay + LATE_MS);
        delay
    }

    /// A flusher has come back: what now? `fresh` names the flush if a new one is made.
    pub fn wake(&mut self, now: Millis, fresh: FlushId) -> Next {
        self.alarm = None;
        self.next(now, fresh)
    }

    /// What a flusher does after it has settled a flush.
    pub fn next(&mut self, now: Millis, fresh: FlushId) -> Next {
        if let Some(outstanding) = &mut self.outstanding {
            if now < outstanding.held_until {
                let wait = outstanding.held_until - now;
                return Next::Wait(self.arm(now, wait.min(self.window.millis())));
            }
            outstanding.held_until = now + HOLD_MS;
            outstanding.attempts += 1;
            return Next::Send { flush: Rc::clone(&outstanding.flush), sent_before: true };
        }
        let another_comes = self.alarm.is_some();
        if another_comes || (self.tally.is_empty() && self.uncounted.is_empty()) {
            return Next::Done;
        }
        self.hurried = false;
        let rows = self.tally.take();
        let flush = Rc::new(Flush::new(fresh, now, &rows, std::mem::take(&mut self.uncounted)));
        self.outstanding =
            Some(Outstanding { flush: Rc::clone(&flush), held_until: now + HOLD_MS, attempts: 1 });
        Next::Send { flush, sent_before: false }
    }

    /// The flusher's request ends; the next hit starts another.
    pub fn give_up(&mut self) {
        self.alarm = None;
    }

    /// D1 has applied the flush, `latency` after it was sent.
    pub fn applied(&mut self, id: FlushId, latency: Millis) {
        self.window.after_success(latency);
        self.outstanding.take_if(|outstanding| outstanding.flush.id == id);
    }

    /// D1 has refused the flush, or has not said.
    pub fn failed(&mut self, id: FlushId, now: Millis) {
        self.window.after_failure();
        let restorable = self.restorable;
        let Some(outstanding) = self.outstanding.as_mut().filter(|outstanding| outstanding.flush.id == id)
        else {
            return;
        };
        outstanding.held_until = now + self.window.millis();
        let too_old = now.saturating_sub(outstanding.flush.created_at) > MAX_AGE_MS;
        let shed = restorable && outstanding.attempts >= SHED_AFTER;
        if too_old || shed {
            self.drop_outstanding(if restorable { Cause::Shed } else { Cause::Lost });
        }
    }

    fn drop_outstanding(&mut self, cause: Cause) {
        let Some(outstanding) = self.outstanding.take() else { return };
        for (date, sum) in &outstanding.flush.totals {
            self.uncounted.add(*date, cause, sum.requests, sum.bandwidth_bytes);
        }
        self.uncounted.merge(&outstanding.flush.uncounted);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::tally::tests::{hit, numbered};

    const ID: fn(u128) -> FlushId = |number| FlushId::new(0, number);

    fn flusher(restorable: bool) -> Flusher {
        Flusher::new(Limits { rows: 3, bytes: usize::MAX, coarse_rows: 1 }, restorable)
    }

    /// Wakes the flusher, which has to send.
    fn sent(flusher: &mut Flusher, now: Millis, fresh: u128) -> (Rc<Flush>, bool) {
        match flusher.wake(now, ID(fresh)) {
            Next::Send { flush, sent_before } => (flush, sent_before),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn ids_sort_by_time_and_print_32_digits() {
        let early = FlushId::new(1_795_132_800_000, u128::MAX);
        let late = FlushId::new(1_795_132_800_001, 0);
        assert!(early < late && early.to_string() < late.to_string());
        assert_eq!(early.to_string(), "01a1f640bc00ffffffffffffffffffff");
    }

    #[test]
    fn one_flusher_a_window() {
        let mut flusher = flusher(false);
        assert_eq!(flusher.record(&hit(), 0), Some(2_000));
        assert_eq!(flusher.record(&hit(), 1_000), None);
        let (flush, sent_before) = sent(&mut flusher, 2_000, 1);
        assert!(!sent_before);
        assert_eq!(
            flush.rows,
            "[[\"0de1b6b2a7f7d1f0\"".replace("0de1b6b2a7f7d1f0", &hit().owner.to_string())
                + ",\"2026-11-20\",\"pics/dino.jpg\",\"original\",\"DE\",200,2,40000,0,2,40000]]"
        );
        assert_eq!(flusher.record(&hit(), 2_001), Some(2_000), "a hit after the take begins a new window");
        flusher.applied(flush.id, 20);
        assert_eq!(flusher.next(2_020, ID(2)), Next::Done, "the new window's flusher writes its hits");
        assert!(matches!(flusher.wake(4_001, ID(3)), Next::Send { .. }));
    }

    #[test]
    fn hits_of_a_dead_flusher_are_taken_up() {
        let mut flusher = flusher(false);
        assert_eq!(flusher.record(&hit(), 0), Some(2_000));
        assert_eq!(flusher.record(&hit(), 7_000), None);
        assert_eq!(flusher.record(&hit(), 7_001), Some(2_000));
    }

    #[test]
    fn a_stale_flush_is_taken_over_with_its_id() {
        let mut flusher = flusher(false);
        let _ = flusher.record(&hit(), 0);
        let (flush, _) = sent(&mut flusher, 2_000, 1);
        let _ = flusher.record(&hit(), 3_000);
        assert_eq!(flusher.wake(5_000, ID(2)), Next::Wait(2_000), "held by the first");
        let (again, sent_before) = sent(&mut flusher, 2_000 + HOLD_MS, 3);
        assert!(sent_before && Rc::ptr_eq(&flush, &again));
        flusher.applied(again.id, 20);
        assert!(
            matches!(flusher.next(40_000, ID(4)), Next::Send { sent_before: false, .. }),
            "then the hits since"
        );
    }

    #[test]
    fn a_late_answer_settles_only_its_own_flush() {
        let mut flusher = flusher(false);
        let _ = flusher.record(&hit(), 0);
        let (first, _) = sent(&mut flusher, 2_000, 1);
        flusher.applied(first.id, 20);
        let _ = flusher.record(&hit(), 3_000);
        let (second, _) = sent(&mut flusher, 5_000, 2);
        flusher.applied(first.id, 20);
        flusher.failed(first.id, 5_001);
        let (again, _) = sent(&mut flusher, 5_000 + HOLD_MS, 3);
        assert_eq!(again.id, second.id);
    }

    #[test]
    fn a_failed_flush_is_kept_and_sent_again() {
        let mut flusher = flusher(false);
        let _ = flusher.record(&hit(), 0);
        let mut now = 2_000;
        let (flush, _) = sent(&mut flusher, now, 1);
        for attempt in 2..20 {
            flusher.failed(flush.id, now);
            assert!(matches!(flusher.next(now, ID(attempt)), Next::Wait(_)));
            now += 15_000;
            let (again, sent_before) = sent(&mut flusher, now, attempt);
            assert!(sent_before && Rc::ptr_eq(&flush, &again));
        }
        assert!(flusher.uncounted.is_empty());
    }

    #[test]
    fn what_can_be_restored_is_shed_and_counted() {
        let mut flusher = flusher(true);
        let _ = flusher.record(&numbered(1, 200, 7), 0);
        let _ = flusher.record(&numbered(2, 200, 8), 0);
        let mut now = 2_000;
        for attempt in 1..=u128::from(SHED_AFTER) {
            let (flush, _) = sent(&mut flusher, now, attempt);
            flusher.failed(flush.id, now);
            now += 15_000;
        }
        let (flush, _) = sent(&mut flusher, now, 9);
        assert_eq!(flush.rows, "[]");
        assert_eq!(flush.uncounted.encode(), r#"[["2026-11-20","shed",2,15]]"#);
    }

    #[test]
    fn what_is_shed_twice_is_counted_once() {
        let mut flusher = flusher(true);
        let _ = flusher.record(&numbered(1, 200, 7), 0);
        let mut now = 2_000;
        for attempt in 1..=2 * u128::from(SHED_AFTER) {
            let (flush, _) = sent(&mut flusher, now, attempt);
            flusher.failed(flush.id, now);
            now += 15_000;
        }
        assert_eq!(flusher.uncounted.encode(), r#"[["2026-11-20","shed",1,7]]"#);
    }

    #[test]
    fn a_flush_older_than_its_id_may_be_is_lost() {
        let mut flusher = flusher(false);
        let _ = flusher.record(&hit(), 0);
        let (flush, _) = sent(&mut flusher, 2_000, 1);
        flusher.failed(flush.id, 2_001 + MAX_AGE_MS);
        assert_eq!(flusher.uncounted.encode(), r#"[["2026-11-20","lost",1,20000]]"#);
    }

    #[test]
    fn a_full_tally_is_flushed_at_once_and_once() {
        let mut flusher = flusher(false);
        assert_eq!(flusher.record(&numbered(1, 200, 1), 0), Some(2_000));
        assert_eq!(flusher.record(&numbered(2, 200, 1), 0), None);
        assert_eq!(flusher.record(&numbered(3, 200, 1), 0), Some(0));
        assert_eq!(flusher.record(&numbered(4, 200, 1), 0), None);
        let (flush, _) = sent(&mut flusher, 0, 1);
        assert_eq!(flusher.record(&numbered(1, 200, 1), 0), Some(2_000));
        assert_eq!(flusher.record(&numbered(2, 200, 1), 0), None);
        assert_eq!(flusher.record(&numbered(3, 200, 1), 0), None, "not while one is outstanding");
        assert_eq!(flusher.record(&numbered(4, 200, 1), 0), None);
        assert_eq!(flusher.record(&numbered(4, 404, 5), 0), None);
        flusher.applied(flush.id, 20);
        let (flush, _) = sent(&mut flusher, 2_000, 2);
        assert!(flush.rows.contains("(other)"));
        assert_eq!(flush.uncounted.encode(), r#"[["2026-11-20","lost",1,5]]"#);
    }
}
