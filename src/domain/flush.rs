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

/// A promise to come back, which one flusher holds. A later one takes its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Alarm {
    /// In how many milliseconds.
    pub delay: Millis,
    ticket: u64,
}

/// What a flusher has to do.
#[derive(Debug, PartialEq, Eq)]
pub enum Next {
    /// Send this; when `sent_before`, first look whether its id is there already.
    Send {
        flush: Rc<Flush>,
        sent_before: bool,
    },
    Wait(Alarm),
    Done,
}

/// The tally of one isolate with its flushes.
#[derive(Debug)]
pub struct Flusher {
    tally: Tally,
    uncounted: Uncounted,
    window: Window,
    outstanding: Option<Outstanding>,
    /// The flusher that everything unflushed waits for: when it has to have come back, and its ticket.
    alarm: Option<(Millis, u64)>,
    tickets: u64,
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
            tickets: 0,
            hurried: false,
            restorable,
        }
    }

    /// Counts a hit. `Some` asks the caller to start a flusher, which calls [`Self::wake`] when the alarm is due.
    #[must_use]
    pub fn record(&mut self, hit: &Hit, now: Millis) -> Option<Alarm> {
        if self.tally.add(hit) == Added::Refused {
            self.uncounted.add(hit.date, self.cause(), 1, hit.bytes);
        }
        if self.tally.is_full() && !self.hurried && self.outstanding.is_none() {
            self.hurried = true;
            return Some(self.arm(now, 0));
        }
        (!self.is_awaited(now)).then(|| self.arm(now, self.window.millis()))
    }

    /// Whether a flusher is under way that has not died.
    fn is_awaited(&self, now: Millis) -> bool {
        self.alarm.is_some_and(|(due, _)| now <= due)
    }

    fn cause(&self) -> Cause {
        if self.restorable { Cause::Shed } else { Cause::Lost }
    }

    fn arm(&mut self, now: Millis, delay: Millis) -> Alarm {
        self.tickets += 1;
        self.alarm = Some((now + delay + LATE_MS, self.tickets));
        Alarm { delay, ticket: self.tickets }
    }

    /// A flusher has come back: what now? `fresh` names the flush if a new one is made.
    pub fn wake(&mut self, alarm: Alarm, now: Millis, fresh: FlushId) -> Next {
        self.give_up(alarm);
        self.next(now, fresh)
    }

    /// What a flusher does next, after waking or after it has settled a flush. Where another is under way, all that
    /// is left is the other's: there is one chain of flushers, or every failure would begin one more.
    pub fn next(&mut self, now: Millis, fresh: FlushId) -> Next {
        if self.is_awaited(now) {
            return Next::Done;
        }
        self.drop_aged(now);
        if let Some(outstanding) = &mut self.outstanding {
            if now < outstanding.held_until {
                let wait = outstanding.held_until - now;
                return Next::Wait(self.arm(now, wait.min(self.window.millis())));
            }
            outstanding.held_until = now + HOLD_MS;
            outstanding.attempts += 1;
            return Next::Send { flush: Rc::clone(&outstanding.flush), sent_before: true };
        }
        if self.tally.is_empty() && self.uncounted.is_empty() {
            return Next::Done;
        }
        self.hurried = false;
        let rows = self.tally.take();
        let flush = Rc::new(Flush::new(fresh, now, &rows, std::mem::take(&mut self.uncounted)));
        self.outstanding =
            Some(Outstanding { flush: Rc::clone(&flush), held_until: now + HOLD_MS, attempts: 1 });
        Next::Send { flush, sent_before: false }
    }

    /// The flusher does not come back; the next hit starts another.
    pub fn give_up(&mut self, Alarm { ticket, .. }: Alarm) {
        self.alarm.take_if(|(_, current)| *current == ticket);
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
        if restorable && outstanding.attempts >= SHED_AFTER {
            self.drop_outstanding();
        }
    }

    /// A flush that is older than its id is sure to be cannot be sent again: it might have been applied.
    fn drop_aged(&mut self, now: Millis) {
        let aged = |outstanding: &Outstanding| now.saturating_sub(outstanding.flush.created_at) > MAX_AGE_MS;
        if self.outstanding.as_ref().is_some_and(aged) {
            self.drop_outstanding();
        }
    }

    fn drop_outstanding(&mut self) {
        let Some(outstanding) = self.outstanding.take() else { return };
        let cause = self.cause();
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

    /// Counts a hit that has to start a flusher with this delay.
    fn started(flusher: &mut Flusher, hit: &Hit, now: Millis, delay: Millis) -> Alarm {
        let alarm = flusher.record(hit, now).expect("a flusher is started");
        assert_eq!(alarm.delay, delay);
        alarm
    }

    /// The flush that is to be sent, and whether it was sent before.
    fn sent(next: Next) -> (Rc<Flush>, bool) {
        match next {
            Next::Send { flush, sent_before } => (flush, sent_before),
            other => panic!("{other:?}"),
        }
    }

    fn waits(next: Next) -> Alarm {
        match next {
            Next::Wait(alarm) => alarm,
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
        let first = started(&mut flusher, &hit(), 0, 2_000);
        assert_eq!(flusher.record(&hit(), 1_000), None);
        let (flush, sent_before) = sent(flusher.wake(first, 2_000, ID(1)));
        assert!(!sent_before);
        let owner = hit().owner;
        let row = format!(
            "[[\"{owner}\",\"2026-11-20\",\"pics/dino.jpg\",\"original\",\"DE\",200,2,40000,0,2,40000]]"
        );
        assert_eq!(flush.rows, row);
        let second = started(&mut flusher, &hit(), 2_001, 2_000);
        flusher.applied(flush.id, 20);
        assert_eq!(flusher.next(2_020, ID(2)), Next::Done, "the new window's flusher writes its hits");
        sent(flusher.wake(second, 4_001, ID(3)));
    }

    #[test]
    fn hits_of_a_dead_flusher_are_taken_up() {
        let mut flusher = flusher(false);
        let _ = started(&mut flusher, &hit(), 0, 2_000);
        assert_eq!(flusher.record(&hit(), 7_000), None);
        let second = started(&mut flusher, &hit(), 7_001, 2_000);
        let (flush, _) = sent(flusher.wake(second, 9_001, ID(1)));
        flusher.applied(flush.id, 20);
        let _ = started(&mut flusher, &hit(), 9_100, 2_000);
        let later = 9_100 + 2_000 + LATE_MS + 1;
        assert!(
            matches!(flusher.next(later, ID(2)), Next::Send { .. }),
            "a dead flusher is nobody to leave hits to"
        );
    }

    #[test]
    fn a_stale_flush_is_taken_over_with_its_id() {
        let mut flusher = flusher(false);
        let first = started(&mut flusher, &hit(), 0, 2_000);
        let (flush, _) = sent(flusher.wake(first, 2_000, ID(1)));
        let second = started(&mut flusher, &hit(), 3_000, 2_000);
        let again = waits(flusher.wake(second, 5_000, ID(2)));
        let (taken_over, sent_before) = sent(flusher.wake(again, 2_000 + HOLD_MS, ID(3)));
        assert!(sent_before && Rc::ptr_eq(&flush, &taken_over));
        flusher.applied(taken_over.id, 20);
        let (_, sent_before) = sent(flusher.next(40_000, ID(4)));
        assert!(!sent_before, "then the hits since");
    }

    #[test]
    fn a_late_answer_settles_only_its_own_flush() {
        let mut flusher = flusher(false);
        let alarm = started(&mut flusher, &hit(), 0, 2_000);
        let (first, _) = sent(flusher.wake(alarm, 2_000, ID(1)));
        flusher.applied(first.id, 20);
        let alarm = started(&mut flusher, &hit(), 3_000, 2_000);
        let (second, _) = sent(flusher.wake(alarm, 5_000, ID(2)));
        flusher.applied(first.id, 20);
        flusher.failed(first.id, 5_001);
        let (again, _) = sent(flusher.next(5_000 + HOLD_MS, ID(3)));
        assert_eq!(again.id, second.id);
    }

    #[test]
    fn a_failed_flush_is_kept_and_sent_again() {
        let mut flusher = flusher(false);
        let alarm = started(&mut flusher, &hit(), 0, 2_000);
        let mut now = 2_000;
        let (flush, _) = sent(flusher.wake(alarm, now, ID(1)));
        for attempt in 2..20 {
            flusher.failed(flush.id, now);
            let alarm = waits(flusher.next(now, ID(attempt)));
            now += alarm.delay;
            let (again, sent_before) = sent(flusher.wake(alarm, now, ID(attempt)));
            assert!(sent_before && Rc::ptr_eq(&flush, &again));
        }
        assert!(flusher.uncounted.is_empty());
    }

    /// Steady traffic, one failing batch after another: at any time one flusher is under way, not a growing number.
    #[test]
    fn failures_do_not_multiply_flushers() {
        let mut flusher = flusher(false);
        let mut under_way: Vec<(Millis, Alarm)> = Vec::new();
        for now in (0..120_000).step_by(100) {
            under_way.extend(flusher.record(&hit(), now).map(|alarm| (now + alarm.delay, alarm)));
            let (due, later): (Vec<_>, Vec<_>) = under_way.into_iter().partition(|(due, _)| *due <= now);
            under_way = later;
            for (_, alarm) in due {
                let mut next = flusher.wake(alarm, now, ID(now.into()));
                while let Next::Send { flush, .. } = next {
                    under_way.extend(flusher.record(&hit(), now).map(|alarm| (now + alarm.delay, alarm)));
                    if now < 60_000 {
                        flusher.failed(flush.id, now)
                    } else {
                        flusher.applied(flush.id, 20)
                    }
                    next = flusher.next(now, ID(now.into()));
                }
                if let Next::Wait(alarm) = next {
                    under_way.push((now + alarm.delay, alarm));
                }
            }
            assert!(under_way.len() <= 1, "{under_way:?}");
        }
    }

    /// Fails every flush, a hit at a time, until it is given up.
    fn fail(flusher: &mut Flusher, mut now: Millis, attempts: u32) -> Millis {
        let mut next = flusher.next(now, ID(now.into()));
        for _ in 0..attempts {
            let (flush, _) = sent(next);
            flusher.failed(flush.id, now);
            now += 20_000;
            next = match flusher.next(now - 20_000, ID(now.into())) {
                Next::Wait(alarm) => flusher.wake(alarm, now, ID(now.into())),
                other => other,
            };
        }
        now
    }

    #[test]
    fn what_can_be_restored_is_shed_and_counted() {
        let mut flusher = flusher(true);
        let alarm = started(&mut flusher, &numbered(1, 200, 7), 0, 2_000);
        assert_eq!(flusher.record(&numbered(2, 200, 8), 0), None);
        flusher.give_up(alarm);
        fail(&mut flusher, 2_000, SHED_AFTER);
        let outstanding = flusher.outstanding.as_ref().expect("what was left out is to be written");
        assert_eq!(outstanding.flush.rows, "[]");
        assert_eq!(outstanding.flush.uncounted.encode(), r#"[["2026-11-20","shed",2,15]]"#);
        fail_outstanding(&mut flusher);
        assert_eq!(
            flusher.uncounted.encode(),
            r#"[["2026-11-20","shed",2,15]]"#,
            "given up twice, counted once"
        );
    }

    fn fail_outstanding(flusher: &mut Flusher) {
        let id = flusher.outstanding.as_ref().map(|outstanding| outstanding.flush.id).expect("a flush");
        flusher.outstanding.as_mut().expect("a flush").attempts = SHED_AFTER;
        flusher.failed(id, 1_000_000);
    }

    #[test]
    fn a_flush_older_than_its_id_may_be_is_lost() {
        let mut flusher = flusher(false);
        let alarm = started(&mut flusher, &hit(), 0, 2_000);
        let (first, _) = sent(flusher.wake(alarm, 2_000, ID(1)));
        let alarm = started(&mut flusher, &hit(), 3_000, 2_000);
        let (second, sent_before) = sent(flusher.wake(alarm, 2_001 + MAX_AGE_MS, ID(2)));
        assert!(first.id != second.id && !sent_before);
        assert_eq!(second.uncounted.encode(), r#"[["2026-11-20","lost",1,20000]]"#);
    }

    #[test]
    fn a_full_tally_is_flushed_at_once_and_once() {
        let mut flusher = flusher(false);
        let slow = started(&mut flusher, &numbered(1, 200, 1), 0, 2_000);
        assert_eq!(flusher.record(&numbered(2, 200, 1), 0), None);
        let hurried = started(&mut flusher, &numbered(3, 200, 1), 0, 0);
        assert_eq!(flusher.record(&numbered(4, 200, 1), 0), None);
        let (flush, _) = sent(flusher.wake(hurried, 0, ID(1)));
        let next = started(&mut flusher, &numbered(1, 200, 1), 0, 2_000);
        assert_eq!(flusher.record(&numbered(2, 200, 1), 0), None);
        assert_eq!(flusher.record(&numbered(3, 200, 1), 0), None, "not while one is outstanding");
        assert_eq!(flusher.record(&numbered(4, 200, 1), 0), None);
        assert_eq!(flusher.record(&numbered(4, 404, 5), 0), None);
        flusher.applied(flush.id, 20);
        assert_eq!(flusher.wake(slow, 1_999, ID(2)), Next::Done, "another has taken its place");
        let (flush, _) = sent(flusher.wake(next, 2_000, ID(3)));
        assert!(flush.rows.contains("(other)"));
        assert_eq!(flush.uncounted.encode(), r#"[["2026-11-20","lost",1,5]]"#);
    }
}
