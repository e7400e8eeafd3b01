//! What is written to D1 of the open days: absolute values, of which D1 keeps those with the most requests.
//!
//! Values only rise. So a write that is repeated, lost or late does no harm: what D1 has was true at some time, and is never more
//! than the truth. A row is written as a whole, so that its figures belong together.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::budget::Budget;
use super::entry::Entry;
use super::owner_day::Row;
use super::segment::segment;
use super::state::State;
use crate::domain::counters::{Counters, sum_of};
use crate::domain::date::{Date, Millis};
use crate::domain::flush::closes_at;
use crate::domain::owner::OwnerId;
use crate::domain::row_key::Combination;
use crate::domain::segment::Segment;
use crate::domain::uncounted::Uncounted;

/// An owner's day that D1 has refused so often is set aside. It is still counted; when it leaves, what D1 lacks of it is
/// reported as uncounted.
const MAX_REFUSALS: u32 = 5;
/// While rows are scarce, breakdowns of an owner's day are written once in so long.
const SCARCE_MS: Millis = 6 * 1000;
/// While rows are scarce, one in so many goes to what has waited longest, the others to what has waited long and counts much.
const BY_AGE: usize = 4;

/// How much is written to D1 in one batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// Rows of `analytics_daily`.
    pub rows: usize,
    /// Of these rows, encoded; and of the segments, encoded.
    pub bytes: usize,
}

impl Size {
    /// Some 100 ms of D1, and below what it takes as one parameter.
    pub const DEFAULT: Self = Self { rows: 5_000, bytes: 1_500_000 };
}

/// What one D1 batch writes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Publication {
    pub days: Vec<PublishedDay>,
    /// All that is uncounted, if that has changed.
    pub uncounted: Option<Uncounted>,
}

impl Publication {
    fn is_empty(&self) -> bool {
        self.days.is_empty() && self.uncounted.is_none()
    }

    /// Two that are written one after the other instead, first of all what is uncounted and the days; none where there is only
    /// one owner's day.
    ///
    /// # Errors
    ///
    /// The publication itself, when it cannot be divided.
    pub fn halves(mut self) -> Result<(Self, Self), Self> {
        if self.uncounted.is_some() && !self.days.is_empty() {
            let days = std::mem::take(&mut self.days);
            return Ok((self, Self { days, uncounted: None }));
        }
        if self.days.len() < 2 {
            return Err(self);
        }
        let days = self.days.split_off(self.days.len() / 2);
        Ok((self, Self { days, uncounted: None }))
    }
}

/// What is written of an owner's day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublishedDay {
    pub owner: OwnerId,
    pub date: Date,
    pub rows: Vec<(Combination, Row)>,
    /// All dimensions and failed requests, of so many requests.
    pub segment: Option<(Segment, u64)>,
    /// What D1 lacked, by row; and since when it lacked what is in the segment.
    waited: Vec<(u32, Waiting)>,
    segment_since: Option<Millis>,
}

/// What D1 lacks of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Waiting {
    left: Left,
    since: Millis,
}

/// Requests and bytes.
type Left = (u64, u64);

/// What D1 lacks of an owner's day.
#[derive(Debug, Default)]
struct PendingDay {
    rows: BTreeMap<u32, Waiting>,
    segment_since: Option<Millis>,
}

impl PendingDay {
    fn add(&mut self, row: u32, more: Waiting) {
        let known = self.rows.entry(row).or_insert(Waiting { left: (0, 0), since: more.since });
        known.left = plus(known.left, more.left);
        known.since = known.since.min(more.since);
    }

    fn add_segment(&mut self, since: Millis) {
        self.segment_since = Some(self.segment_since.map_or(since, |known| known.min(since)));
    }

    fn is_empty(&self) -> bool {
        self.rows.is_empty() && self.segment_since.is_none()
    }
}

/// What D1 lacks.
#[derive(Debug)]
pub struct Pending {
    budget: Budget,
    days: BTreeMap<(Date, OwnerId), PendingDay>,
    /// What is being written, by day.
    under_way: BTreeMap<Date, Left>,
    batches_under_way: usize,
    /// How often D1 has refused an owner's day for what is in it.
    refusals: BTreeMap<(Date, OwnerId), u32>,
    uncounted: bool,
}

impl Pending {
    /// Nothing. So many rows may be written in a day.
    pub fn new(daily_rows: u32) -> Self {
        Self {
            budget: Budget::new(daily_rows),
            days: BTreeMap::new(),
            under_way: BTreeMap::new(),
            batches_under_way: 0,
            refusals: BTreeMap::new(),
            uncounted: false,
        }
    }

    /// Adds everything: what of it is in D1 is not known.
    pub fn add_all(&mut self, state: &State) {
        for (key, day) in &state.days {
            let pending = self.days.entry(*key).or_default();
            for (number, (_, row)) in (0..).zip(day.rows.iter()) {
                pending.add(number, Waiting { left: left(&row.counters), since: 0 });
            }
            pending.add_segment(0);
        }
        self.uncounted |= !state.uncounted.is_empty();
    }

    /// Whether D1 lacks nothing, not even what is set aside.
    pub fn is_none(&self) -> bool {
        !self.uncounted && self.days.is_empty() && self.batches_under_way == 0
    }

    /// Whether there is nothing to write.
    pub fn is_empty(&self) -> bool {
        !self.uncounted && self.days.keys().all(|key| self.is_aside(key))
    }

    fn is_aside(&self, key: &(Date, OwnerId)) -> bool {
        self.refusals.get(key).is_some_and(|times| *times >= MAX_REFUSALS)
    }

    /// Requests and bytes of a day that are not known to be in D1.
    pub fn left_of(&self, date: Date) -> Left {
        let of_day = self.days.iter().filter(|((of, _), _)| *of == date);
        let of_rows = of_day.flat_map(|(_, day)| day.rows.values().map(|row| row.left));
        of_rows.chain(self.under_way.get(&date).copied()).fold((0, 0), plus)
    }

    /// After an entry was applied to the state.
    pub fn apply(&mut self, entry: &Entry, state: &State) {
        match entry {
            Entry::Flush { at, days, uncounted, .. } => {
                self.uncounted |= !uncounted.is_empty();
                for addition in days {
                    let key = (addition.date, addition.owner);
                    let pending = self.days.entry(key).or_default();
                    let rows = state.days.get(&key).map_or(0, |day| day.rows.len());
                    let first_new = rows.saturating_sub(addition.rows.len()) as u32;
                    for (row, _) in (first_new..).zip(&addition.rows) {
                        pending.add(row, Waiting { left: (0, 0), since: *at });
                    }
                    for count in &addition.counts {
                        pending.add(count.row, Waiting { left: left(&count.counters), since: *at });
                    }
                    pending.add_segment(*at);
                }
            }
            Entry::Leave { date, uncounted } => {
                self.days.retain(|(of, _), _| of != date);
                self.refusals.retain(|(of, _), _| of != date);
                self.uncounted |= !uncounted.is_empty();
            }
        }
    }

    /// The next batch, as far as the budget allows for one.
    pub fn take(&mut self, state: &State, size: Size, now: Millis) -> Option<Publication> {
        let uncounted = std::mem::take(&mut self.uncounted).then(|| state.uncounted.clone());
        let mut days = BTreeMap::new();
        let open = self.budget.open(now);
        let segments = self.take_segments(state, size.bytes, (open, now), &mut days);
        self.budget.spend_open(segments);
        self.take_rows(state, size, (open - segments, now), &mut days);
        self.days.retain(|_, pending| !pending.is_empty());
        for day in days.values() {
            let under_way = self.under_way.entry(day.date).or_default();
            *under_way = day.waited.iter().map(|(_, row)| row.left).fold(*under_way, plus);
        }
        let publication = Publication { days: days.into_values().collect(), uncounted };
        if publication.is_empty() {
            return None;
        }
        self.batches_under_way += 1;
        Some(publication)
    }

    /// Takes breakdowns, those first that have waited longest, and returns how many. Reports of open days are made of them.
    fn take_segments(
        &mut self,
        state: &State,
        bytes: usize,
        (most, now): (usize, Millis),
        days: &mut BTreeMap<(Date, OwnerId), PublishedDay>,
    ) -> usize {
        let until = if self.budget.is_ample() { now } else { now.saturating_sub(SCARCE_MS) };
        let waiting = self.days.iter().filter(|(key, _)| !self.is_aside(key));
        let waiting = waiting.filter_map(|(key, day)| day.segment_since.map(|since| (since, *key)));
        let mut waiting: Vec<_> = waiting.filter(|(since, _)| *since <= until).collect();
        waiting.sort_unstable();
        let (mut taken, mut room) = (0, bytes);
        for (since, key) in waiting.into_iter().take(most) {
            let (Some(pending), Some(day)) = (self.days.get_mut(&key), state.days.get(&key)) else {
                continue;
            };
            let segment = segment(key, day);
            let length = segment.text_bytes();
            if length > room && taken > 0 {
                break;
            }
            room = room.saturating_sub(length);
            taken += 1;
            pending.segment_since = None;
            let published = days.entry(key).or_insert_with(|| PublishedDay::new(key));
            published.segment = Some((segment, day.total.requests));
            published.segment_since = Some(since);
        }
        taken
    }

    /// Takes rows of days that are over, and as many of open days as the budget allows.
    fn take_rows(
        &mut self,
        state: &State,
        size: Size,
        (open, now): (usize, Millis),
        days: &mut BTreeMap<(Date, OwnerId), PublishedDay>,
    ) {
        let keys: Vec<_> = self.days.keys().copied().filter(|key| !self.is_aside(key)).collect();
        let (mut of_over, mut of_open) = (Vec::new(), Vec::new());
        for (day, key) in (0..).zip(&keys) {
            let list = if now > closes_at(key.0) { &mut of_over } else { &mut of_open };
            let rows = self.days.get(key).into_iter().flat_map(|pending| &pending.rows);
            list.extend(rows.map(|(row, waiting)| Candidate::new(day, *row, waiting, now)));
        }
        let date_over = of_over.first().and_then(|first| keys.get(first.day as usize));
        let over = date_over.map_or(0, |(date, _)| self.budget.over(*date));
        of_over.truncate(size.rows);
        // What is beyond its half of the budget competes with open days for the other half.
        of_open.extend(of_over.split_off(over.min(of_over.len())));
        let spent_over = of_over.len();
        let most = open.min(size.rows - spent_over);
        largest_and_oldest(&mut of_open, most);
        let (mut room, mut spent) = (size.bytes, 0);
        for Candidate { day, row, .. } in of_over.into_iter().chain(of_open) {
            let Some(key) = keys.get(day as usize).copied() else { continue };
            let (Some(pending), Some(day)) = (self.days.get_mut(&key), state.days.get(&key)) else {
                continue;
            };
            let Some((of, figures)) = day.rows.get(row) else { continue };
            let combination = day.combination(of);
            let bytes = combination.encoded_bytes();
            if bytes > room {
                break;
            }
            room -= bytes;
            spent += 1;
            let Some(waiting) = pending.rows.remove(&row) else { continue };
            let published = days.entry(key).or_insert_with(|| PublishedDay::new(key));
            published.waited.push((row, waiting));
            published.rows.push((combination, *figures));
        }
        self.budget.spend_over(spent.min(spent_over));
        self.budget.spend_open(spent.saturating_sub(spent_over));
    }

    /// A publication is not under way any more.
    pub fn settle(&mut self, publication: &Publication) {
        self.batches_under_way = self.batches_under_way.saturating_sub(1);
        for day in &publication.days {
            if let Some(under_way) = self.under_way.get_mut(&day.date) {
                let (requests, bytes) = day.waited.iter().map(|(_, row)| row.left).fold((0, 0), plus);
                *under_way = (under_way.0.saturating_sub(requests), under_way.1.saturating_sub(bytes));
            }
        }
        self.under_way.retain(|_, left| *left != (0, 0));
    }

    /// As [`Self::restore`], for what D1 has refused for what is in it: a few times, and then it is set aside.
    pub fn refuse(&mut self, publication: Publication, state: &State) {
        for day in &publication.days {
            *self.refusals.entry((day.date, day.owner)).or_default() += 1;
        }
        self.restore(publication, state);
    }

    /// A publication is not known to be in D1.
    pub fn restore(&mut self, publication: Publication, state: &State) {
        self.settle(&publication);
        self.uncounted |= publication.uncounted.is_some();
        for published in publication.days {
            let key = (published.date, published.owner);
            if !state.days.contains_key(&key) {
                continue;
            }
            let pending = self.days.entry(key).or_default();
            for (row, waiting) in published.waited {
                pending.add(row, waiting);
            }
            if let Some(since) = published.segment_since {
                pending.add_segment(since);
            }
        }
    }
}

impl PublishedDay {
    fn new((date, owner): (Date, OwnerId)) -> Self {
        Self { owner, date, rows: Vec::new(), segment: None, waited: Vec::new(), segment_since: None }
    }
}

/// A row that may be written. There can be hundreds of thousands: so it is small.
struct Candidate {
    /// A place in a list of owners' days.
    day: u32,
    row: u32,
    since: Millis,
    /// What it counts, times how long that has waited.
    weight: u64,
}

impl Candidate {
    fn new(day: u32, row: u32, waiting: &Waiting, now: Millis) -> Self {
        let age = now.saturating_sub(waiting.since) + 1;
        Self { day, row, since: waiting.since, weight: (waiting.left.0 + 1).saturating_mul(age) }
    }
}

/// Keeps so many rows: most of them by their weight, the rest by how long they have waited.
fn largest_and_oldest(rows: &mut Vec<Candidate>, most: usize) {
    if rows.len() <= most {
        return;
    }
    if most == 0 {
        return rows.clear();
    }
    let by_weight = most - most / BY_AGE;
    rows.select_nth_unstable_by_key(by_weight, |row| Reverse(row.weight));
    let rest = &mut rows[by_weight..];
    if most > by_weight {
        rest.select_nth_unstable_by_key(most - by_weight - 1, |row| row.since);
    }
    rows.truncate(most);
    rows.sort_unstable_by_key(|row| (row.day, row.row));
}

fn left(counters: &Counters) -> Left {
    (counters.requests, counters.bandwidth_bytes)
}

fn plus(one: Left, other: Left) -> Left {
    (sum_of(one.0, other.0), sum_of(one.1, other.1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scarce_rows_go_to_what_counts_much_and_has_waited_long() {
        let now = 1_000_000;
        let waiting = |requests, age| Waiting { left: (requests, 0), since: now - age };
        // Row 0 is old and counts little, the others are younger and count ever more.
        let mut rows: Vec<Candidate> = (0..100u32)
            .map(|row| {
                Candidate::new(0, row, &waiting(u64::from(row), if row == 0 { 900_000 } else { 1_000 }), now)
            })
            .collect();
        largest_and_oldest(&mut rows, 8);
        let kept: Vec<u32> = rows.iter().map(|row| row.row).collect();
        assert_eq!(kept.len(), 8);
        assert!(kept.contains(&0) && (95..100).all(|row| kept.contains(&row)), "{kept:?}");
        largest_and_oldest(&mut rows, 0);
        assert!(rows.is_empty());
    }
}
