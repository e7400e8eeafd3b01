//! Flushing the tally exactly once. A state machine without I/O: it says what to send and when, and is told how
//! that went; `record/flusher.rs` does the sending.
//!
//! What makes a flush count exactly once:
//!
//! 1. An isolate numbers its flushes, and the aggregator remembers which was the isolate's last. So however often a flush is
//!    sent, it is applied at most once, and after a later one not at all.
//! 2. A flush is kept, number and payload, until the aggregator has acknowledged it. So it is applied at least once.
//! 3. There is at most one flush outstanding. Whoever sends it holds it for [`HOLD_MS`]; after that its request
//!    has died, and the next one takes it over as it is.
//!
//! A flusher lives as long as the request that it began with. Windows, and waits after failures, are kept here: where a flusher
//! has died, or would die before, that of a later request waits for the rest.

use std::fmt;
use std::rc::Rc;

use serde::{Deserialize, Serialize};

use super::acknowledgement::Acknowledgement;
use super::breaker::{Breaker, TRIAL_MS};
use super::counters::Counters;
use super::date::{Date, Millis};
use super::flush_body::FlushBody;
use super::hit::Hit;
use super::night::end_of;
use super::tally::{Added, Limits, Tallied, Tally};
use super::uncounted::{Cause, Uncounted};
use super::window::{self, Window};

/// A request that has not settled its flush for so long is dead: `waitUntil` lasts 30 s.
pub const HOLD_MS: Millis = TRIAL_MS;
/// A flusher that is this late has died.
const LATE_MS: Millis = 5_000;
/// Attempts after which a flush that the nightly job can restore may be given up, if the tally needs its place.
pub const SHED_AFTER: u32 = 3;
/// After so long a flush that was tried [`SHED_AFTER`] times is stuck: an object is hardly ever away for a minute.
pub const STUCK_MS: Millis = 60_000;
/// How long after a day's end its hits are still counted: after that the nightly job takes the day for complete.
pub const OPEN_MS: Millis = 12 * 60 * 60 * 1000;

/// Identifies an isolate's tally: 16 hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct IsolateId(pub u64);

impl fmt::Display for IsolateId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

/// Identifies one flush: whose it is, and which of them, counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct FlushId {
    pub isolate: IsolateId,
    pub number: u32,
}

impl fmt::Display for FlushId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.isolate, self.number)
    }
}

/// What is sent to the aggregator.
#[derive(Debug, PartialEq, Eq)]
pub struct Flush {
    pub id: FlushId,
    /// A [`FlushBody`], encoded.
    pub bytes: Vec<u8>,
    /// What could not be counted before, which the flush carries.
    uncounted: Uncounted,
    /// When it cannot be sent any more.
    expires_at: Millis,
    totals: Vec<(Date, Counters)>,
}

/// The last instant at which hits of a day are counted.
pub fn closes_at(date: Date) -> Millis {
    end_of(date) + OPEN_MS
}

impl Flush {
    fn new(id: FlushId, tallied: Tallied, uncounted: Uncounted) -> Self {
        let body = FlushBody::new(id, tallied, uncounted);
        let totals: Vec<_> = body.days.iter().map(|day| (day.date, day.total())).collect();
        let expires_at = totals.iter().map(|(date, _)| closes_at(*date)).min().unwrap_or_default();
        Self { id, bytes: body.encode(), uncounted: body.uncounted, expires_at, totals }
    }
}

#[derive(Debug)]
struct Outstanding {
    flush: Rc<Flush>,
    /// Nobody else sends it before.
    held_until: Millis,
    attempts: u32,
    made_at: Millis,
}

/// A flush that was sent again and again, and is not acknowledged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StuckFlush {
    pub since: Millis,
    pub attempts: u32,
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
    Send(Rc<Flush>),
    Wait(Alarm),
    Done,
}

/// The tally of one isolate with its flushes.
#[derive(Debug)]
pub struct Flusher {
    isolate: IsolateId,
    /// Flushes that were made.
    flushes: u32,
    tally: Tally,
    uncounted: Uncounted,
    window: Window,
    /// When what has gathered is to be flushed; none while nothing has.
    window_ends: Option<Millis>,
    /// Whether the aggregator answers.
    breaker: Breaker,
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
    pub fn new(isolate: IsolateId, limits: Limits, restorable: bool) -> Self {
        Self {
            isolate,
            flushes: 0,
            tally: Tally::new(limits),
            uncounted: Uncounted::default(),
            window: Window::new(isolate.0),
            window_ends: None,
            breaker: Breaker::new(!isolate.0),
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
        if self.tally.add(hit, now) == Added::Refused {
            self.uncounted.add(hit.date, self.cause(), 1, hit.bytes);
        }
        let window_ends = *self.window_ends.get_or_insert_with(|| now + self.window.draw());
        let rests = self.breaker.wait(now);
        if self.tally.is_full() && !self.hurried && self.outstanding.is_none() && rests == 0 {
            self.hurried = true;
            return Some(self.arm(now, 0));
        }
        if self.is_awaited(now) {
            return None;
        }
        match self.come_back(now, window_ends.saturating_sub(now).max(rests)) {
            Next::Wait(alarm) => Some(alarm),
            _ => None,
        }
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

    /// Waits for so long, unless no request lives that long: then a later hit starts the flusher.
    fn come_back(&mut self, now: Millis, wait: Millis) -> Next {
        if wait > window::MAX_MS { Next::Done } else { Next::Wait(self.arm(now, wait)) }
    }

    /// A flusher has come back: what now?
    pub fn wake(&mut self, alarm: Alarm, now: Millis) -> Next {
        self.give_up(alarm);
        self.next(now)
    }

    /// What a flusher does next, after waking or after it has settled a flush. Where another is under way, all that
    /// is left is the other's: there is one chain of flushers, or every failure would begin one more.
    pub fn next(&mut self, now: Millis) -> Next {
        if self.is_awaited(now) {
            return Next::Done;
        }
        self.drop_expired(now);
        if self.outstanding.is_none() && self.tally.is_empty() {
            return Next::Done;
        }
        let held = self.outstanding.as_ref().map_or(0, |it| it.held_until.saturating_sub(now));
        if held > 0 {
            let wait = held.min(self.window.draw());
            return self.come_back(now, wait);
        }
        let rests = self.breaker.wait(now);
        if rests > 0 {
            return self.come_back(now, rests);
        }
        if let Some(outstanding) = &mut self.outstanding {
            self.breaker.asked(now);
            outstanding.held_until = now + HOLD_MS;
            outstanding.attempts += 1;
            return Next::Send(Rc::clone(&outstanding.flush));
        }
        self.hurried = false;
        self.window_ends = None;
        let tallied = self.take(now);
        if tallied.rows.is_empty() {
            return Next::Done;
        }
        self.breaker.asked(now);
        self.flushes += 1;
        let id = FlushId { isolate: self.isolate, number: self.flushes };
        let flush = Rc::new(Flush::new(id, tallied, std::mem::take(&mut self.uncounted)));
        self.outstanding = Some(Outstanding {
            flush: Rc::clone(&flush),
            held_until: now + HOLD_MS,
            attempts: 1,
            made_at: now,
        });
        Next::Send(flush)
    }

    /// What has gathered, without what comes too late: hits may have waited for long for the next one. What is uncounted
    /// waits for a flush that has rows.
    fn take(&mut self, now: Millis) -> Tallied {
        let mut tallied = self.tally.take();
        let is_open = |date: Date| now <= closes_at(date);
        let (rows, late): (Vec<_>, Vec<_>) = tallied.rows.into_iter().partition(|(key, _)| is_open(key.date));
        let cause = self.cause();
        for (key, counters) in late {
            self.uncounted.add(key.date, cause, counters.requests, counters.bandwidth_bytes);
        }
        tallied.facets.retain(|((_, date, _), _)| is_open(*date));
        tallied.failed.retain(|((_, date, _), _)| is_open(*date));
        Tallied { rows, ..tallied }
    }

    /// The flusher does not come back; the next hit starts another.
    pub fn give_up(&mut self, Alarm { ticket, .. }: Alarm) {
        self.alarm.take_if(|(_, current)| *current == ticket);
    }

    /// The aggregator has counted the flush. `acknowledgement`: what it answered, if that can be read.
    pub fn applied(&mut self, id: FlushId, acknowledgement: Option<Acknowledgement>) {
        self.breaker.answered();
        if let Some(acknowledgement) = acknowledgement {
            self.window.ask(acknowledgement.window);
        }
        self.outstanding.take_if(|outstanding| outstanding.flush.id == id);
    }

    /// The flush was not acknowledged.
    ///
    /// It is shed only when the tally is full, so that keeping it would cost hits of now. It may have been applied
    /// nevertheless: so what is reported as uncounted is the most that can be missing.
    pub fn failed(&mut self, id: FlushId, now: Millis) {
        self.breaker.unanswered(now);
        let Some(outstanding) = self.outstanding.as_mut().filter(|outstanding| outstanding.flush.id == id)
        else {
            return;
        };
        outstanding.held_until = now;
        let was_tried = outstanding.attempts >= SHED_AFTER;
        if self.restorable && was_tried && self.tally.is_full() {
            self.drop_outstanding();
        }
    }

    /// The aggregator will never take this flush: it is given up, so that those behind it do not wait.
    pub fn refused(&mut self, id: FlushId) {
        self.breaker.answered();
        if self.outstanding.as_ref().is_some_and(|outstanding| outstanding.flush.id == id) {
            self.drop_outstanding();
        }
    }

    /// The outstanding flush, if it has failed for so long that somebody has to look at it.
    pub fn stuck(&self, now: Millis) -> Option<StuckFlush> {
        let Outstanding { made_at: since, attempts, .. } = *self.outstanding.as_ref()?;
        let is_stuck = attempts >= SHED_AFTER && now.saturating_sub(since) >= STUCK_MS;
        is_stuck.then_some(StuckFlush { since, attempts })
    }

    /// A flush of a day that is taken for complete cannot be sent any more.
    fn drop_expired(&mut self, now: Millis) {
        if self.outstanding.as_ref().is_some_and(|outstanding| now > outstanding.flush.expires_at) {
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

    fn flusher(restorable: bool) -> Flusher {
        Flusher::new(
            IsolateId(7),
            Limits { rows: 3, bytes: usize::MAX, coarse_rows: 1, text_bytes: 500 },
            restorable,
        )
    }

    /// Counts a hit that has to start a flusher with about this delay.
    fn started(flusher: &mut Flusher, hit: &Hit, now: Millis, delay: Millis) -> Alarm {
        let alarm = flusher.record(hit, now).expect("a flusher is started");
        assert!((delay * 3 / 4..=delay * 5 / 4).contains(&alarm.delay), "{alarm:?} instead of {delay}");
        alarm
    }

    /// The flush that is to be sent.
    fn sent(next: Next) -> Rc<Flush> {
        match next {
            Next::Send(flush) => flush,
            other => panic!("{other:?}"),
        }
    }

    /// What is counted in a flush, by image.
    fn rows(flush: &Flush) -> Vec<(String, u64)> {
        let days = FlushBody::decode(&flush.bytes).unwrap().days.into_iter();
        days.flat_map(|day| day.rows).map(|(row, _, counters)| (row.image_id, counters.requests)).collect()
    }

    fn waits(next: Next) -> Alarm {
        match next {
            Next::Wait(alarm) => alarm,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn an_isolate_numbers_its_flushes() {
        let mut flusher = flusher(false);
        for expected in ["0000000000000007/1", "0000000000000007/2"] {
            let alarm = started(&mut flusher, &hit(), 0, 2_000);
            let flush = sent(flusher.wake(alarm, 2_000));
            assert_eq!(flush.id.to_string(), expected);
            flusher.applied(flush.id, None);
        }
    }

    #[test]
    fn one_flusher_a_window() {
        let mut flusher = flusher(false);
        let first = started(&mut flusher, &hit(), 0, 2_000);
        assert_eq!(flusher.record(&hit(), 1_000), None);
        let flush = sent(flusher.wake(first, 2_000));
        assert_eq!(rows(&flush), [("pics/dino.jpg".to_owned(), 2)]);
        let second = started(&mut flusher, &hit(), 2_001, 2_000);
        flusher.applied(flush.id, None);
        assert_eq!(flusher.next(2_020), Next::Done, "the new window's flusher writes its hits");
        sent(flusher.wake(second, 4_001));
    }

    #[test]
    fn hits_of_a_dead_flusher_are_taken_up() {
        let mut flusher = flusher(false);
        let _ = started(&mut flusher, &hit(), 0, 2_000);
        assert_eq!(flusher.record(&hit(), 6_500), None, "the flusher is hardly late");
        let second = started(&mut flusher, &hit(), 7_501, 0);
        let flush = sent(flusher.wake(second, 7_501));
        assert_eq!(rows(&flush), [("pics/dino.jpg".to_owned(), 3)]);
        flusher.applied(flush.id, None);
        let alarm = started(&mut flusher, &hit(), 9_100, 2_000);
        let later = 9_100 + alarm.delay + LATE_MS + 1;
        assert!(matches!(flusher.next(later), Next::Send(_)), "a dead flusher is nobody to leave hits to");
    }

    #[test]
    fn a_stale_flush_is_taken_over_with_its_id() {
        let mut flusher = flusher(false);
        let first = started(&mut flusher, &hit(), 0, 2_000);
        let flush = sent(flusher.wake(first, 2_000));
        let second = started(&mut flusher, &hit(), 3_000, 2_000);
        let again = waits(flusher.wake(second, 5_000));
        let taken_over = sent(flusher.wake(again, 2_000 + HOLD_MS));
        assert!(Rc::ptr_eq(&flush, &taken_over));
        flusher.applied(taken_over.id, None);
        assert_eq!(sent(flusher.next(40_000)).id.number, 2, "then the hits since");
    }

    #[test]
    fn a_late_answer_settles_only_its_own_flush() {
        let mut flusher = flusher(false);
        let alarm = started(&mut flusher, &hit(), 0, 2_000);
        let first = sent(flusher.wake(alarm, 2_000));
        flusher.applied(first.id, None);
        let alarm = started(&mut flusher, &hit(), 3_000, 2_000);
        let second = sent(flusher.wake(alarm, 5_000));
        flusher.applied(first.id, None);
        flusher.failed(first.id, 5_001);
        let again = sent(flusher.next(5_000 + HOLD_MS));
        assert_eq!(again.id, second.id);
    }

    #[test]
    fn a_failed_flush_is_kept_and_sent_again() {
        let mut flusher = flusher(false);
        let alarm = started(&mut flusher, &hit(), 0, 2_000);
        let mut now = 2_000;
        let flush = sent(flusher.wake(alarm, now));
        for _ in 2..20 {
            flusher.failed(flush.id, now);
            now += 400_000;
            let again = sent(flusher.next(now));
            assert!(Rc::ptr_eq(&flush, &again));
        }
        assert!(flusher.uncounted.is_empty());
    }

    #[test]
    fn what_is_left_of_a_window_is_waited_for() {
        let mut flusher = flusher(false);
        let alarm = started(&mut flusher, &hit(), 0, 2_000);
        flusher.give_up(alarm);
        let second = flusher.record(&hit(), 1_000).expect("a flusher");
        assert_eq!(second.delay, alarm.delay - 1_000);
        sent(flusher.wake(second, alarm.delay));
    }

    #[test]
    fn windows_are_as_long_as_the_aggregator_asks() {
        let mut flusher = flusher(false);
        let alarm = started(&mut flusher, &hit(), 0, 2_000);
        let flush = sent(flusher.wake(alarm, 2_000));
        flusher.applied(flush.id, Some(Acknowledgement { window: 16_000 }));
        let alarm = started(&mut flusher, &hit(), 3_000, 16_000);
        let flush = sent(flusher.wake(alarm, 20_000));
        flusher.applied(flush.id, None);
        let _ = started(&mut flusher, &hit(), 21_000, 16_000);
    }

    /// The waits between attempts, with a hit every second and an aggregator that is away. No request waits longer than it lives.
    #[test]
    fn waits_grow_to_minutes() {
        let mut flusher = flusher(false);
        let mut under_way: Option<(Millis, Alarm)> = None;
        let mut sent_at = Vec::new();
        for now in (0..3_600_000).step_by(1_000) {
            if let Some((_, alarm)) = under_way.take_if(|(due, _)| *due <= now)
                && let Next::Send(flush) = flusher.wake(alarm, now)
            {
                sent_at.push(now / 1_000);
                flusher.failed(flush.id, now);
                if let Next::Wait(alarm) = flusher.next(now) {
                    under_way = Some((now + alarm.delay, alarm));
                }
            }
            let more = flusher.record(&hit(), now).map(|alarm| (now + alarm.delay, alarm));
            assert!(more.is_none() || under_way.is_none(), "one flusher");
            under_way = under_way.or(more);
            assert!(under_way.is_none_or(|(due, _)| due <= now + window::MAX_MS));
        }
        let waits: Vec<u64> = sent_at.windows(2).map(|pair| pair[1] - pair[0]).collect();
        for (wait, expected) in waits.iter().zip([4, 8, 16, 32, 64, 128, 256, 300, 300]) {
            assert!((expected * 3 / 4..=expected * 5 / 4 + 2).contains(wait), "{waits:?}");
        }
        assert!((15..=22).contains(&sent_at.len()), "{sent_at:?}");
        assert_eq!(flusher.stuck(3_600_000).map(|it| it.attempts), Some(sent_at.len() as u32));
    }

    #[test]
    fn a_new_flush_waits_too_after_one_that_failed() {
        let (mut flusher, first) = overloaded(true);
        assert!(is_given_up(&mut flusher, SHED_AFTER));
        let alarm = waits(flusher.next(20_000));
        assert!((3_000..=5_000).contains(&alarm.delay), "{alarm:?}");
        assert_ne!(sent(flusher.wake(alarm, 20_000 + alarm.delay)).id, first.id);
    }

    #[test]
    fn a_flush_that_fails_for_a_minute_is_stuck() {
        let mut flusher = flusher(false);
        let alarm = started(&mut flusher, &hit(), 0, 2_000);
        let flush = sent(flusher.wake(alarm, 2_000));
        for (now, attempts, is_stuck) in [
            (2_000 + STUCK_MS, SHED_AFTER - 1, false),
            (2_000 + STUCK_MS - 1, SHED_AFTER, false),
            (2_000 + STUCK_MS, SHED_AFTER, true),
        ] {
            flusher.outstanding.as_mut().unwrap().attempts = attempts;
            let expected = is_stuck.then_some(StuckFlush { since: 2_000, attempts });
            assert_eq!(flusher.stuck(now), expected, "{now} {attempts}");
        }
        flusher.applied(flush.id, None);
        assert_eq!(flusher.stuck(900_000), None);
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
                let mut next = flusher.wake(alarm, now);
                while let Next::Send(flush) = next {
                    under_way.extend(flusher.record(&hit(), now).map(|alarm| (now + alarm.delay, alarm)));
                    if now < 60_000 {
                        flusher.failed(flush.id, now)
                    } else {
                        flusher.applied(flush.id, None)
                    }
                    next = flusher.next(now);
                }
                if let Next::Wait(alarm) = next {
                    under_way.push((now + alarm.delay, alarm));
                }
            }
            assert!(under_way.len() <= 1, "{under_way:?}");
        }
    }

    /// Fills the tally, and another while the first is outstanding.
    fn overloaded(restorable: bool) -> (Flusher, Rc<Flush>) {
        let mut flusher = flusher(restorable);
        let alarm = started(&mut flusher, &numbered(1, 200, 7), 0, 2_000);
        assert_eq!(flusher.record(&numbered(2, 200, 8), 0), None);
        let flush = sent(flusher.wake(alarm, 2_000));
        for image in 3..6 {
            let _ = flusher.record(&numbered(image, 200, 9), 2_000);
        }
        (flusher, flush)
    }

    /// Fails the outstanding flush so often; whether it is given up by then.
    fn is_given_up(flusher: &mut Flusher, attempts: u32) -> bool {
        let outstanding = flusher.outstanding.as_mut().expect("a flush");
        let id = outstanding.flush.id;
        outstanding.attempts = attempts;
        flusher.failed(id, 20_000);
        flusher.outstanding.is_none()
    }

    #[test]
    fn a_flush_is_shed_only_for_hits_of_now() {
        for (why, restorable, is_full, attempts, expected) in [
            ("the nightly job restores it", true, true, SHED_AFTER, true),
            ("nothing restores it", false, true, SHED_AFTER, false),
            ("there is room for both", true, false, SHED_AFTER, false),
            ("it may still succeed", true, true, SHED_AFTER - 1, false),
        ] {
            let (mut flusher, _) = overloaded(restorable);
            if !is_full {
                flusher.tally.take();
            }
            assert_eq!(is_given_up(&mut flusher, attempts), expected, "{why}");
        }
    }

    #[test]
    fn a_refused_flush_holds_up_nothing() {
        let (mut flusher, first) = overloaded(false);
        flusher.refused(first.id);
        let second = sent(flusher.next(20_000));
        assert_eq!((second.id.number, rows(&second).len()), (2, 3));
        assert_eq!(second.uncounted.encode(), r#"[["2026-11-20","lost",2,15]]"#);
        flusher.refused(first.id);
        assert!(flusher.outstanding.is_some(), "a late answer refuses only its own flush");
    }

    #[test]
    fn what_is_shed_is_counted_once_however_often_it_is_given_up() {
        let (mut flusher, first) = overloaded(true);
        assert!(is_given_up(&mut flusher, SHED_AFTER));
        let second = sent(flusher.next(60_000));
        assert_ne!(second.id, first.id);
        assert_eq!(second.uncounted.encode(), r#"[["2026-11-20","shed",2,15]]"#);
        for image in 6..9 {
            let _ = flusher.record(&numbered(image, 200, 1), 60_000);
        }
        assert!(is_given_up(&mut flusher, SHED_AFTER));
        assert_eq!(flusher.uncounted.encode(), r#"[["2026-11-20","shed",5,42]]"#);
    }

    #[test]
    fn hits_of_a_day_are_written_until_noon_after_it() {
        let closes = closes_at(hit().date);
        let tomorrow = Hit { date: hit().date.plus(1), ..hit() };
        for (now, written, uncounted) in
            [(closes, 2, "[]"), (closes + 1, 1, r#"[["2026-11-20","lost",1,20000]]"#)]
        {
            let mut flusher = flusher(false);
            let first = started(&mut flusher, &hit(), closes - OPEN_MS, 2_000);
            flusher.give_up(first);
            let second = started(&mut flusher, &tomorrow, now, 0);
            let flush = sent(flusher.wake(second, now));
            assert_eq!((rows(&flush).len(), &flush.uncounted.encode()[..]), (written, uncounted));
        }
        let mut flusher = flusher(false);
        let alarm = started(&mut flusher, &hit(), closes - 10_000, 2_000);
        let first = sent(flusher.wake(alarm, closes - 8_000));
        flusher.failed(first.id, closes);
        assert_eq!(flusher.next(closes + 60_000), Next::Done, "what is uncounted waits for hits");
        let alarm = started(&mut flusher, &tomorrow, closes + 60_000, 2_000);
        let second = sent(flusher.wake(alarm, closes + 64_000));
        assert_eq!(second.uncounted.encode(), r#"[["2026-11-20","lost",1,20000]]"#);
    }

    #[test]
    fn a_full_tally_is_flushed_at_once_and_once() {
        let mut flusher = flusher(false);
        let slow = started(&mut flusher, &numbered(1, 200, 1), 0, 2_000);
        assert_eq!(flusher.record(&numbered(2, 200, 1), 0), None);
        let hurried = started(&mut flusher, &numbered(3, 200, 1), 0, 0);
        assert_eq!(flusher.record(&numbered(4, 200, 1), 0), None);
        let flush = sent(flusher.wake(hurried, 0));
        let next = started(&mut flusher, &numbered(1, 200, 1), 0, 2_000);
        assert_eq!(flusher.record(&numbered(2, 200, 1), 0), None);
        assert_eq!(flusher.record(&numbered(3, 200, 1), 0), None, "not while one is outstanding");
        assert_eq!(flusher.record(&numbered(4, 200, 1), 0), None);
        assert_eq!(flusher.record(&numbered(4, 404, 5), 0), None);
        flusher.applied(flush.id, None);
        assert_eq!(flusher.wake(slow, 1_999), Next::Done, "another has taken its place");
        let flush = sent(flusher.wake(next, 2_000));
        assert!(rows(&flush).contains(&("(other)".to_owned(), 1)));
        assert_eq!(flush.uncounted.encode(), r#"[["2026-11-20","lost",1,5]]"#);
    }
}
