//! The aggregator: what a Durable Object counts of the open days, as a state machine without I/O. `aggregator/` drives it: it
//! stores what this asks for, and writes to D1 what this hands out.
//!
//! What makes a hit count exactly once, whatever fails:
//!
//! 1. The state is a function of a snapshot and a journal. [`Aggregator::decide`] turns a flush into an [`Entry`], which says
//!    what is counted where; [`Aggregator::apply`] carries an entry out, and decides nothing. So replaying the journal gives the
//!    same state, at any time and under other code.
//! 2. An entry holds the number of its flush. A flush that is repeated finds its number in the state, and changes nothing.
//! 3. What is written to D1 are absolute values that only rise ([`publication`]): repeating, losing or reordering a write does
//!    no harm.
//!
//! Not here: which flushes are committed together, storage, timers and D1.

mod admission;
mod budget;
mod draft;
mod entry;
mod names;
mod owner_day;
mod pages;
pub mod publication;
mod segment;
mod sketch;
mod state;
mod table;

use std::collections::BTreeMap;

use super::date::{Date, Millis};
use super::flush::closes_at;
use super::flush_body::{DayCounts, FlushBody};
use super::minutes::{Minute, Minutes};
use super::night::{DAY_MS, STAYS_MS, end_of};
use super::owner::OwnerId;
use super::uncounted::{Cause, Uncounted};
use super::versioned::VersionedError;

use admission::Schedule;
use draft::{Schedules, Terms, draft};
pub use entry::{Entry, decode, encode};
use owner_day::{Addition, OwnerDay};
pub use owner_day::{NoSuchRow, Row};
use publication::{Pending, Publication};
use sketch::Sketch;
use state::State;

/// An isolate's clock may be ahead of the object's by so much.
const SKEW_MS: Millis = 10 * 60 * 1000;
/// How many days what is uncounted is remembered.
const UNCOUNTED_DAYS: u32 = 40;

/// How much an aggregator holds, and how much it writes. What has no room is counted under
/// [`OTHER`](super::row_key::OTHER), or is left out of the breakdowns that can say so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Rows of D1 that are written in a day.
    pub daily_rows: u32,
    /// Files and combinations of one owner's day, half of it each.
    pub detail: usize,
    /// The same of a date, of all owners.
    pub all_detail: usize,
    /// The same that an owner's day may have when all are used up by others.
    pub share: usize,
    /// Values of each dimension of an owner's day.
    pub values: usize,
    /// Values of a date, of all owners.
    pub all_values: usize,
    /// Values of each dimension that an owner's day may have when all are used up by others.
    pub values_share: usize,
    /// Failed requests of an owner's day.
    pub failed: usize,
    /// Owners' days.
    pub days: usize,
}

impl Limits {
    /// docs/SCALING.md says how much of the 128 MB of an isolate that takes.
    pub const DEFAULT: Self = Self {
        daily_rows: 1_500_000,
        detail: 200_000,
        all_detail: 250_000,
        share: 100,
        values: 300,
        all_values: 450_000,
        values_share: 20,
        failed: 300,
        days: 8_000,
    };
}

/// The figures of the open days.
#[derive(Debug)]
pub struct Aggregator {
    limits: Limits,
    /// The cause under which hits that come too late are uncounted.
    late: Cause,
    state: State,
    pending: Pending,
    schedules: BTreeMap<(Date, OwnerId), Schedules>,
    /// Of all owners together.
    date_schedules: BTreeMap<Date, Schedule>,
}

impl Aggregator {
    /// `restorable`: the nightly job can restore what is left out.
    pub fn new(limits: Limits, restorable: bool) -> Self {
        let late = if restorable { Cause::Shed } else { Cause::Lost };
        Self {
            limits,
            late,
            state: State::default(),
            pending: Pending::new(limits.daily_rows),
            schedules: BTreeMap::new(),
            date_schedules: BTreeMap::new(),
        }
    }

    /// Starts from a stored snapshot. Unless it `is_published`, nobody knows what of it D1 has, and all of it is published
    /// again.
    ///
    /// # Errors
    ///
    /// When this code cannot read the snapshot.
    pub fn restore(&mut self, snapshot: &[u8], is_published: bool) -> Result<(), VersionedError> {
        self.state = State::decode(snapshot)?;
        self.pending = Pending::new(self.limits.daily_rows);
        if !is_published {
            self.pending.add_all(&self.state);
        }
        Ok(())
    }

    /// Carries out an entry that was stored.
    ///
    /// # Errors
    ///
    /// [`NoSuchRow`], when it was not stored after what is here.
    pub fn replay(&mut self, entry: &Entry, is_published: bool) -> Result<(), NoSuchRow> {
        self.state.apply(entry)?;
        if !is_published {
            self.pending.apply(entry, &self.state);
        }
        Ok(())
    }

    /// All of the state.
    pub fn snapshot(&self) -> Vec<u8> {
        self.state.encode()
    }

    /// What a flush changes; none when it was applied before.
    pub fn decide(&mut self, flush: FlushBody, now: Millis) -> Option<Entry> {
        if self.state.has_applied(flush.id) {
            return None;
        }
        let mut uncounted = flush.uncounted;
        let (mut days, mut new_days) = (Vec::new(), 0);
        let mut sizes: BTreeMap<Date, (usize, usize)> =
            self.state.dates.iter().map(|(date, it)| (*date, (it.detail, it.values))).collect();
        for counts in flush.days {
            let is_known = self.state.days.contains_key(&(counts.date, counts.owner));
            new_days += usize::from(!is_known);
            let has_room = is_known || self.state.days.len() + new_days <= self.limits.days;
            if !has_room || !is_open(counts.date, now) {
                let total = counts.total();
                let date = counts.date.min(Date::at(now).plus(1));
                uncounted.add(date, self.late, total.requests, total.bandwidth_bytes);
                continue;
            }
            let size = sizes.entry(counts.date).or_default();
            let addition = self.admit(counts, *size, now);
            size.0 += addition.files.len() + addition.rows.len();
            size.1 += addition.values.len();
            days.push(addition);
        }
        Some(Entry::Flush { id: flush.id, at: now, days, uncounted })
    }

    /// What is added to an owner's day. `size` says how many files, combinations and values the date has, of all
    /// owners.
    fn admit(&mut self, counts: DayCounts, size: (usize, usize), now: Millis) -> Addition {
        let (unknown, empty) = (OwnerDay::default(), Sketch::default());
        let key = (counts.date, counts.owner);
        let date = self.state.dates.get(&counts.date);
        let terms = Terms {
            limits: &self.limits,
            schedules: self.schedules.entry(key).or_default(),
            of_all: self.date_schedules.entry(counts.date).or_default(),
            sketch: date.map_or(&empty, |date| &date.unlisted),
            since_midnight: now.saturating_sub(counts.date.start()),
            all_detail: size.0,
            all_values: size.1,
            all_requests: date.map_or(0, |date| date.requests),
        };
        draft(counts, self.state.days.get(&key).unwrap_or(&unknown), terms)
    }

    /// Carries out an entry that was just decided.
    pub fn apply(&mut self, entry: &Entry) {
        self.replay(entry, false).expect("it was decided on what is here");
        if let Entry::Leave { date, .. } = entry {
            self.schedules.retain(|(of, _), _| of != date);
            self.date_schedules.remove(date);
        }
    }

    /// The oldest day that leaves: nothing is added to it any more, and what is in D1 of it stays as it is. What could not be
    /// published is uncounted.
    pub fn leaving(&self, now: Millis) -> Option<Entry> {
        let (date, _) = *self.state.days.keys().next()?;
        (now >= leaves_at(date)).then(|| {
            let mut uncounted = Uncounted::default();
            let (requests, bandwidth_bytes) = self.pending.left_of(date);
            if requests > 0 {
                uncounted.add(date, self.late, requests, bandwidth_bytes);
            }
            Entry::Leave { date, uncounted }
        })
    }

    /// The last minutes of an owner, or of all owners together.
    pub fn minutes(&self, owner: Option<OwnerId>, now: Millis) -> Minutes {
        let mut all = Minutes::default();
        let of_owner = self.state.minutes.iter().filter(|(of, _)| owner.is_none_or(|owner| owner == **of));
        of_owner.for_each(|(_, minutes)| all.merge(minutes));
        all.keep(Minute::at(now));
        all
    }

    /// What is to be written to D1 next, at most so much of it. None when there is nothing, or when the budget of rows allows
    /// for nothing now. One of the next three says what became of it.
    pub fn publication(&mut self, size: publication::Size, now: Millis) -> Option<Publication> {
        self.pending.take(&self.state, size, now)
    }

    /// A publication is in D1.
    pub fn published(&mut self, publication: &Publication) {
        self.pending.settle(publication);
    }

    /// A publication is not known to be in D1.
    pub fn unpublished(&mut self, publication: Publication) {
        self.pending.restore(publication, &self.state);
    }

    /// D1 has refused a publication of one owner's day for what is in it.
    pub fn refused(&mut self, publication: Publication) {
        self.pending.refuse(publication, &self.state);
    }

    /// Whether D1 has everything, or will have it once the last publication is written.
    pub fn is_published(&self) -> bool {
        self.pending.is_none()
    }

    /// Whether D1 lacks something that is to be written.
    pub fn is_pending(&self) -> bool {
        !self.pending.is_empty()
    }
}

/// Whether hits of a day are counted.
fn is_open(date: Date, now: Millis) -> bool {
    now <= closes_at(date) && date <= Date::at(now + SKEW_MS)
}

/// The instant at which a day leaves.
fn leaves_at(date: Date) -> Millis {
    end_of(date) + STAYS_MS
}

/// When a day leaves, marks that were made before this instant are not needed any more: their flushes have expired.
fn marks_from(date: Date) -> Millis {
    (date.start() + DAY_MS).saturating_sub(6 * SKEW_MS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::counters::Counters;
    use crate::domain::dimension::Dimension;
    use crate::domain::flush_body::tests::body;
    use crate::domain::hit::{Hit, Subject};
    use crate::domain::night::end_of;
    use crate::domain::owner::OwnerId;
    use crate::domain::tally::tests::{hit, numbered};
    use proptest::prelude::*;
    use publication::Size;

    const SMALL: Limits = Limits {
        daily_rows: 1_000_000,
        detail: 12,
        all_detail: 20,
        share: 4,
        values: 3,
        all_values: 1_000,
        values_share: 1,
        failed: 2,
        days: 3,
    };

    fn noon() -> Millis {
        hit().date.start() + DAY_MS / 2
    }

    fn owner(number: u8) -> OwnerId {
        OwnerId::parse(&format!("{number:032x}")).unwrap()
    }

    fn aggregator() -> Aggregator {
        Aggregator::new(Limits::DEFAULT, true)
    }

    /// Counts a flush; the entry, unless it was counted before.
    fn count(aggregator: &mut Aggregator, flush: FlushBody, now: Millis) -> Option<Entry> {
        let entry = aggregator.decide(flush, now)?;
        aggregator.apply(&entry);
        Some(entry)
    }

    /// Everything that is published, by row: the last of each.
    fn published(aggregator: &mut Aggregator) -> BTreeMap<(OwnerId, String, u16), u64> {
        let mut rows = BTreeMap::new();
        while let Some(publication) = aggregator.publication(Size::DEFAULT, noon()) {
            aggregator.published(&publication);
            for day in publication.days {
                for (of, row) in day.rows {
                    rows.insert((day.owner, of.image_id, of.status), row.counters.requests);
                }
            }
        }
        rows
    }

    /// What the first day's breakdowns stand for.
    fn requests(publication: &Publication) -> u64 {
        publication.days[0].segment.as_ref().map_or(0, |(_, requests)| *requests)
    }

    fn total(aggregator: &Aggregator) -> Counters {
        aggregator.state.days.values().map(|day| day.total).sum()
    }

    #[test]
    fn a_flush_counts_once() {
        let mut aggregator = aggregator();
        assert!(count(&mut aggregator, body(1, 1, &[hit()]), noon()).is_some());
        assert!(count(&mut aggregator, body(1, 1, &[hit()]), noon()).is_none(), "it is repeated");
        assert!(count(&mut aggregator, body(2, 1, &[hit()]), noon()).is_some(), "another isolate's");
        assert!(count(&mut aggregator, body(1, 3, &[hit()]), noon()).is_some());
        assert!(
            count(&mut aggregator, body(1, 2, &[hit()]), noon()).is_none(),
            "its isolate has given it up"
        );
        assert_eq!(total(&aggregator).requests, 3);
    }

    #[test]
    fn hits_are_counted_until_noon_of_the_next_day_and_from_ten_minutes_before_it() {
        let date = hit().date;
        for (now, is_counted) in [
            (date.start() - SKEW_MS, true),
            (date.start() - SKEW_MS - 1, false),
            (closes_at(date), true),
            (closes_at(date) + 1, false),
        ] {
            let mut aggregator = aggregator();
            let entry = count(&mut aggregator, body(1, 1, &[hit()]), now).expect("it is acknowledged");
            assert_eq!(total(&aggregator).requests, u64::from(is_counted), "{now}");
            let Entry::Flush { uncounted, .. } = entry else { panic!("{entry:?}") };
            assert_eq!(uncounted.is_empty(), is_counted);
        }
    }

    #[test]
    fn what_has_no_room_is_under_other_and_everybody_has_a_share() {
        let mut aggregator = Aggregator::new(SMALL, false);
        let of_owner = |number: u8, images: u8| -> Vec<Hit> {
            (0..images).map(|image| Hit { owner: owner(number), ..numbered(image, 200, 1) }).collect()
        };
        for (isolate, flush) in
            [(1, of_owner(1, 10)), (2, of_owner(2, 10)), (3, of_owner(3, 10)), (4, of_owner(4, 10))]
        {
            count(&mut aggregator, body(isolate, 1, &flush), noon());
        }
        let sizes = |day: &OwnerDay| (day.files.len(), day.combinations, day.rows.len());
        let days: Vec<_> = aggregator.state.days.values().map(sizes).collect();
        assert_eq!(days, [(3, 3, 4), (3, 2, 4), (2, 2, 3)], "eleven by noon, and a share");
        assert_eq!(total(&aggregator).requests, 30);
        let uncounted = &aggregator.state.uncounted;
        assert_eq!(uncounted.encode(), r#"[["2026-11-20","lost",10,10]]"#, "a fourth owner has no room");
    }

    #[test]
    fn values_and_failed_requests_that_have_no_room_are_left_out() {
        let mut aggregator = Aggregator::new(SMALL, false);
        for number in 0..9u8 {
            let mut failed = Hit {
                status: 404,
                error: Some(crate::domain::failure::Reason::ObjectNotFound),
                failed_path: format!("/{}", number % 4),
                ..hit()
            };
            failed.visitor.referrer_host = format!("{number}.test");
            count(&mut aggregator, body(u64::from(number), 1, &[failed]), noon());
        }
        let day = aggregator.state.days.values().next().unwrap();
        assert_eq!(day.value_counts[&Dimension::Referrer], 3);
        assert_eq!(day.failed.len(), 2);
        assert_eq!(total(&aggregator).requests, 9);
    }

    #[test]
    fn what_is_not_known_to_be_written_is_written_again() {
        let mut aggregator = aggregator();
        count(&mut aggregator, body(1, 1, &[hit(), numbered(1, 200, 5)]), noon());
        let first = aggregator.publication(Size::DEFAULT, noon()).unwrap();
        assert_eq!((first.days[0].rows.len(), requests(&first)), (2, 2));
        assert!(!aggregator.is_pending() && aggregator.publication(Size::DEFAULT, noon()).is_none());
        count(&mut aggregator, body(1, 2, &[hit()]), noon());
        aggregator.unpublished(first);
        let again = aggregator.publication(Size::DEFAULT, noon()).unwrap();
        assert_eq!((again.days[0].rows.len(), requests(&again)), (2, 3), "as it is by now");
    }

    #[test]
    fn long_days_are_written_in_several_batches_and_their_breakdowns_first() {
        let mut aggregator = aggregator();
        let hits: Vec<Hit> = (0..7).map(|image| numbered(image, 200, 1)).collect();
        count(&mut aggregator, body(1, 1, &hits), noon());
        let other = Hit { owner: owner(9), ..hit() };
        count(&mut aggregator, body(2, 1, &[other]), noon() + 1);
        let size = Size { rows: 3, ..Size::DEFAULT };
        let mut batches = Vec::new();
        while let Some(publication) = aggregator.publication(size, noon() + 1) {
            let days = publication.days.iter();
            let rows = days.clone().map(|day| day.rows.len()).sum::<usize>();
            batches.push((rows, days.filter(|day| day.segment.is_some()).count()));
        }
        assert_eq!(batches, [(3, 2), (3, 0), (2, 0)]);
    }

    /// A day that is over has half of the budget, which may be too little, and what open days leave of the other half.
    #[test]
    fn a_day_that_is_over_is_completed_from_what_open_days_leave() {
        let limits = Limits { daily_rows: 400, ..Limits::DEFAULT };
        let mut aggregator = Aggregator::new(limits, true);
        let hits: Vec<Hit> = (0..250).map(|image| numbered(image, 200, 1)).collect();
        count(&mut aggregator, body(1, 1, &hits), noon());
        let closed = closes_at(hit().date) + 1;
        let mut written = Vec::new();
        for hour in 0..10 {
            let publication = aggregator.publication(Size::DEFAULT, closed + hour * DAY_MS / 24);
            publication.iter().for_each(|it| aggregator.published(it));
            written.push(publication.map_or(0, |it| it.days[0].rows.len()));
        }
        // 200 are half of the budget; an hour of the other half is 8, of which one goes to the breakdowns.
        assert_eq!((written[0], written.iter().sum::<usize>()), (207, 250), "{written:?}");
        assert!(aggregator.is_published());
    }

    #[test]
    fn an_owner_that_is_refused_is_set_aside_and_holds_up_nobody() {
        let mut aggregator = aggregator();
        count(&mut aggregator, body(1, 1, &[hit()]), noon());
        let mut refusals = 0;
        while let Some(publication) = aggregator.publication(Size::DEFAULT, noon()) {
            refusals += 1;
            aggregator.refused(publication);
        }
        assert_eq!(refusals, 5);
        assert!(!aggregator.is_pending());
        count(&mut aggregator, body(2, 1, &[hit(), Hit { owner: owner(9), ..hit() }]), noon());
        let rows = published(&mut aggregator);
        assert_eq!(rows.into_keys().map(|(owner, ..)| owner).collect::<Vec<_>>(), [owner(9)]);
        let Some(Entry::Leave { uncounted, .. }) = aggregator.leaving(end_of(hit().date) + STAYS_MS) else {
            panic!("the day leaves")
        };
        assert_eq!(uncounted.encode(), r#"[["2026-11-20","shed",2,40000]]"#);
    }

    /// Not what is uncounted either, which is of all owners together.
    #[test]
    fn what_is_refused_is_divided_down_to_one_owners_day() {
        let mut aggregator = aggregator();
        let mut flush = body(1, 1, &[hit(), Hit { owner: owner(9), ..hit() }]);
        flush.uncounted.add(hit().date, Cause::Lost, 1, 1);
        count(&mut aggregator, flush, noon());
        let mut parts = Vec::new();
        let mut waiting = vec![aggregator.publication(Size::DEFAULT, noon()).unwrap()];
        while let Some(publication) = waiting.pop() {
            match publication.halves() {
                Ok((first, second)) => waiting.extend([second, first]),
                Err(whole) => parts.push((whole.days.len(), whole.uncounted.is_some())),
            }
        }
        assert_eq!(parts, [(0, true), (1, false), (1, false)]);
    }

    #[test]
    fn a_day_leaves_with_its_marks_and_the_next_stays() {
        let mut aggregator = aggregator();
        let date = hit().date;
        count(&mut aggregator, body(1, 1, &[hit()]), noon());
        count(&mut aggregator, body(2, 1, &[Hit { date: date.plus(1), ..hit() }]), noon() + DAY_MS);
        published(&mut aggregator);
        let leaves = end_of(date) + STAYS_MS;
        assert_eq!(aggregator.leaving(leaves - 1), None);
        let entry = aggregator.leaving(leaves).unwrap();
        assert_eq!(entry, Entry::Leave { date, uncounted: Uncounted::default() });
        aggregator.apply(&entry);
        assert_eq!(aggregator.leaving(leaves), None);
        assert_eq!(total(&aggregator).requests, 1);
        let mut was_applied = |isolate| aggregator.decide(body(isolate, 1, &[]), leaves).is_none();
        assert_eq!([was_applied(1), was_applied(2)], [false, true]);
    }

    #[test]
    fn what_is_being_written_while_a_day_leaves_is_the_most_that_it_may_lack() {
        let mut aggregator = aggregator();
        count(&mut aggregator, body(1, 1, &[hit()]), noon());
        let publication = aggregator.publication(Size::DEFAULT, noon()).unwrap();
        let leaves = end_of(hit().date) + STAYS_MS;
        let missing = |aggregator: &Aggregator| match aggregator.leaving(leaves) {
            Some(Entry::Leave { uncounted, .. }) => uncounted.encode(),
            other => panic!("{other:?}"),
        };
        assert_eq!(missing(&aggregator), r#"[["2026-11-20","shed",1,20000]]"#);
        aggregator.unpublished(publication);
        assert_eq!(missing(&aggregator), r#"[["2026-11-20","shed",1,20000]]"#);
        let again = aggregator.publication(Size::DEFAULT, noon()).unwrap();
        aggregator.published(&again);
        assert_eq!(missing(&aggregator), "[]");
    }

    #[test]
    fn a_file_that_was_replaced_has_one_row() {
        let mut aggregator = aggregator();
        let replaced = Hit { content_type: "video/mp4".into(), ..hit() };
        count(&mut aggregator, body(1, 1, &[hit(), replaced]), noon());
        let publication = aggregator.publication(Size::DEFAULT, noon()).unwrap();
        let [(_, row)] = &publication.days[0].rows[..] else { panic!("one row") };
        assert_eq!((row.asset_type.as_str(), row.counters.requests), ("video", 2));
    }

    #[test]
    fn segments_tell_every_dimension() {
        let mut aggregator = aggregator();
        count(&mut aggregator, body(1, 1, &[hit(), hit()]), noon());
        let publication = aggregator.publication(Size::DEFAULT, noon()).unwrap();
        let (segment, _) = publication.days[0].segment.as_ref().unwrap();
        let entries: Vec<serde_json::Value> = serde_json::from_str(&format!("[{}]", segment.body)).unwrap();
        let found: Vec<String> = entries
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
                "error_reason=(none)",
                "hour=12"
            ]
        );
        for entry in entries {
            assert_eq!(entry.as_array().unwrap()[2..], [2, 40_000, 0, 2, 40_000], "{entry}");
        }
    }

    fn any_hit() -> impl Strategy<Value = Hit> {
        (0u8..5, 0u8..8, prop::sample::select(vec![200u16, 206, 404]), 0u64..1_000, 0u32..3).prop_map(
            |(number, image, status, bytes, days)| Hit {
                owner: owner(number),
                date: hit().date.plus(days),
                subject: Subject::Object {
                    image_id: format!("pics/{image}.jpg"),
                    variant: "original".into(),
                },
                ..numbered(image, status, bytes)
            },
        )
    }

    proptest! {
        /// Whenever an object is restarted, from whichever snapshot, its state is the same, byte for byte; under other limits,
        /// too, as another version of the code may have them.
        #[test]
        fn replay_gives_the_same_state(
            flushes in prop::collection::vec((0u64..3, prop::collection::vec(any_hit(), 0..20)), 1..20),
            snapshot_after in 0usize..20,
            hours in 0u64..60,
        ) {
            let mut aggregator = Aggregator::new(SMALL, true);
            let mut snapshot = aggregator.snapshot();
            let mut journal = Vec::new();
            for (number, (isolate, hits)) in (1..).zip(&flushes) {
                let now = noon() + u64::from(number) * hours * 60 * 60 * 1000;
                let mut entries: Vec<Entry> = Vec::new();
                while let Some(entry) = aggregator.leaving(now) {
                    aggregator.apply(&entry);
                    entries.push(entry);
                }
                entries.extend(count(&mut aggregator, body(*isolate, number, hits), now));
                journal.push(encode(&entries));
                if number as usize == snapshot_after {
                    snapshot = aggregator.snapshot();
                    journal.clear();
                }
            }
            let mut replayed = Aggregator::new(Limits { detail: 1, all_detail: 1, ..Limits::DEFAULT }, false);
            replayed.restore(&snapshot, false).unwrap();
            for group in &journal {
                decode(group).unwrap().iter().for_each(|entry| replayed.replay(entry, false).unwrap());
            }
            prop_assert_eq!(replayed.snapshot(), aggregator.snapshot());
        }

        /// Whatever the limits, everything is counted once: in rows, or as uncounted.
        #[test]
        fn nothing_is_lost(flushes in prop::collection::vec(prop::collection::vec(any_hit(), 0..20), 1..20)) {
            let mut aggregator = Aggregator::new(SMALL, false);
            let mut hits = 0;
            for (isolate, flush) in (0..).zip(&flushes) {
                hits += flush.len() as u64;
                count(&mut aggregator, body(isolate, 1, flush), noon() + DAY_MS);
            }
            let uncounted: Vec<(String, String, u64, u64)> =
                serde_json::from_str(&aggregator.state.uncounted.encode()).unwrap();
            let uncounted: u64 = uncounted.into_iter().map(|(_, _, requests, _)| requests).sum();
            prop_assert_eq!(total(&aggregator).requests + uncounted, hits);
            let rows: u64 = published(&mut aggregator).into_values().sum();
            prop_assert!(rows <= hits);
        }
    }
}
