//! What is written to D1 of the open days: absolute values, of which D1 keeps those with the most requests.
//!
//! Values only rise. So a write that is repeated, lost or late does no harm: what D1 has was true at some time, and is never more
//! than the truth. A row is written as a whole, so that its figures belong together.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::entry::Entry;
use super::state::{OwnerDay, State};
use crate::domain::asset_type::AssetType;
use crate::domain::counters::{Counters, sum_of};
use crate::domain::date::{Date, Millis};
use crate::domain::dimension::Dimension;
use crate::domain::owner::OwnerId;
use crate::domain::row_key::{Combination, OTHER};
use crate::domain::segment::{MAX_FAILED, Segment, largest};
use crate::domain::uncounted::Uncounted;

/// An owner's day that D1 has refused so often is set aside. It is still counted; when it leaves, what D1 lacks of it is
/// reported as uncounted.
const MAX_REFUSALS: u32 = 5;

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
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Publication {
    pub days: Vec<PublishedDay>,
    /// All that is uncounted, if that has changed.
    pub uncounted: Option<Uncounted>,
}

impl Publication {
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
    pub rows: Vec<(Combination, AssetType, Counters)>,
    /// All of the day's requests.
    pub requests: u64,
    /// All dimensions and failed requests; none where further rows of the day are to be written first.
    pub segment: Option<Segment>,
    /// Requests and bytes that D1 lacked.
    left: (u64, u64),
    since: Millis,
}

/// What D1 lacks of an owner's day.
#[derive(Debug)]
struct PendingDay {
    rows: BTreeSet<Combination>,
    /// Requests and bytes.
    left: (u64, u64),
    /// Since when.
    since: Millis,
}

impl Default for PendingDay {
    /// Nothing yet.
    fn default() -> Self {
        Self { rows: BTreeSet::new(), left: (0, 0), since: Millis::MAX }
    }
}

impl PendingDay {
    fn add(&mut self, rows: impl Iterator<Item = Combination>, left: (u64, u64), since: Millis) {
        self.rows.extend(rows);
        self.left = plus(self.left, left);
        self.since = self.since.min(since);
    }
}

/// What D1 lacks.
#[derive(Debug, Default)]
pub struct Pending {
    days: BTreeMap<(Date, OwnerId), PendingDay>,
    /// Requests and bytes that are being written, by day.
    under_way: BTreeMap<Date, (u64, u64)>,
    /// How often D1 has refused an owner's day for what is in it.
    refusals: BTreeMap<(Date, OwnerId), u32>,
    uncounted: bool,
}

impl Pending {
    /// Everything: what of it is in D1 is not known.
    pub fn of_all(state: &State) -> Self {
        let days = state.days.iter().map(|(key, day)| {
            let Counters { requests, bandwidth_bytes, .. } = day.total();
            let rows = day.rows.keys().cloned().collect();
            (*key, PendingDay { rows, left: (requests, bandwidth_bytes), since: 0 })
        });
        Self { days: days.collect(), uncounted: !state.uncounted.is_empty(), ..Self::default() }
    }

    /// Whether D1 lacks nothing, not even what is set aside.
    pub fn is_none(&self) -> bool {
        !self.uncounted && self.days.is_empty() && self.under_way.is_empty()
    }

    /// Whether there is nothing to write.
    pub fn is_empty(&self) -> bool {
        !self.uncounted && self.days.keys().all(|key| self.is_aside(key))
    }

    fn is_aside(&self, key: &(Date, OwnerId)) -> bool {
        self.refusals.get(key).is_some_and(|times| *times >= MAX_REFUSALS)
    }

    /// Requests and bytes of a day that are not known to be in D1.
    pub fn left_of(&self, date: Date) -> (u64, u64) {
        let of_day = self.days.iter().filter(|((of, _), _)| *of == date).map(|(_, day)| day.left);
        of_day.chain(self.under_way.get(&date).copied()).fold((0, 0), plus)
    }

    pub fn apply(&mut self, entry: &Entry) {
        match entry {
            Entry::Flush { at, days, uncounted, .. } => {
                self.uncounted |= !uncounted.is_empty();
                for counts in days {
                    let Counters { requests, bandwidth_bytes, .. } = counts.total();
                    let rows = counts.rows.iter().map(|(row, ..)| row.clone());
                    let day = self.days.entry((counts.date, counts.owner)).or_default();
                    day.add(rows, (requests, bandwidth_bytes), *at);
                }
            }
            Entry::Leave { date, uncounted } => {
                self.days.retain(|(of, _), _| of != date);
                self.refusals.retain(|(of, _), _| of != date);
                self.uncounted |= !uncounted.is_empty();
            }
        }
    }

    pub fn take(&mut self, state: &State, size: Size) -> Option<Publication> {
        let uncounted = std::mem::take(&mut self.uncounted).then(|| state.uncounted.clone());
        let waiting = self.days.iter().filter(|(key, _)| !self.is_aside(key));
        let mut order: Vec<_> = waiting.map(|(key, day)| (day.since, *key)).collect();
        order.sort_unstable();
        let mut room = Room { rows: size.rows, row_bytes: size.bytes, segment_bytes: size.bytes };
        let mut days = Vec::new();
        for (_, key) in order {
            let (Some(pending), Some(day)) = (self.days.get_mut(&key), state.days.get(&key)) else {
                continue;
            };
            let fitting = room.fitting(&pending.rows);
            let is_whole = fitting == pending.rows.len();
            let segment = is_whole.then(|| segment(key, day));
            let fits = segment.as_ref().is_some_and(|it| it.text_bytes() <= room.segment_bytes);
            if !fits && !days.is_empty() {
                break;
            }
            let taken: Vec<Combination> = (0..fitting).filter_map(|_| pending.rows.pop_first()).collect();
            let left = if is_whole { pending.left } else { (0, 0) };
            let since = pending.since;
            let under_way = self.under_way.entry(key.0).or_default();
            *under_way = plus(*under_way, left);
            room.take(&taken, segment.as_ref());
            days.push(PublishedDay::new(key, day, taken, segment, left, since));
            if !is_whole {
                break;
            }
            self.days.remove(&key);
        }
        (!days.is_empty() || uncounted.is_some()).then_some(Publication { days, uncounted })
    }

    /// A publication is not under way any more.
    pub fn settle(&mut self, publication: &Publication) {
        for day in &publication.days {
            if let Some(under_way) = self.under_way.get_mut(&day.date) {
                *under_way = (under_way.0.saturating_sub(day.left.0), under_way.1.saturating_sub(day.left.1));
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
            let rows = published.rows.into_iter().map(|(row, ..)| row);
            self.days.entry(key).or_default().add(rows, published.left, published.since);
        }
    }
}

fn plus(one: (u64, u64), other: (u64, u64)) -> (u64, u64) {
    (sum_of(one.0, other.0), sum_of(one.1, other.1))
}

/// What still fits into a batch.
struct Room {
    rows: usize,
    row_bytes: usize,
    segment_bytes: usize,
}

impl Room {
    /// How many of these rows fit, from the first one on.
    fn fitting(&self, rows: &BTreeSet<Combination>) -> usize {
        let mut bytes = 0;
        let fits = |row: &&Combination| {
            bytes += row.encoded_bytes();
            bytes <= self.row_bytes
        };
        rows.iter().take(self.rows).take_while(fits).count()
    }

    fn take(&mut self, rows: &[Combination], segment: Option<&Segment>) {
        self.rows -= rows.len();
        self.row_bytes -= rows.iter().map(Combination::encoded_bytes).sum::<usize>();
        self.segment_bytes = self.segment_bytes.saturating_sub(segment.map_or(0, Segment::text_bytes));
    }
}

impl PublishedDay {
    fn new(
        (date, owner): (Date, OwnerId),
        day: &OwnerDay,
        rows: Vec<Combination>,
        segment: Option<Segment>,
        left: (u64, u64),
        since: Millis,
    ) -> Self {
        let figures = |row: Combination| day.rows.get(&row).map(|(kind, counters)| (row, *kind, *counters));
        let rows = rows.into_iter().filter_map(figures).collect();
        Self { owner, date, rows, requests: day.total().requests, segment, left, since }
    }
}

/// All dimensions and failed requests of an owner's day, the largest of each.
fn segment((date, owner): (Date, OwnerId), day: &OwnerDay) -> Segment {
    let mut of_rows: BTreeMap<(Dimension, Cow<'_, str>), Counters> = BTreeMap::new();
    for (row, (asset_type, counters)) in &day.rows {
        let told = |value| Cow::Borrowed(if row.is_exact() { value } else { OTHER });
        for (dimension, value) in [
            (asset_type.dimension(), Cow::Borrowed(&*row.image_id)),
            (Dimension::Variant, told(&row.variant)),
            (Dimension::Status, Cow::Owned(row.status.to_string())),
            (Dimension::Country, told(row.country.as_str())),
            (Dimension::AssetType, Cow::Borrowed(asset_type.as_str())),
        ] {
            of_rows.entry((dimension, value)).or_default().add(counters);
        }
    }
    let mut dimensions: BTreeMap<Dimension, Vec<(Cow<'_, str>, Counters)>> = BTreeMap::new();
    for ((dimension, value), counters) in of_rows {
        dimensions.entry(dimension).or_default().push((value, counters));
    }
    for (dimension, values) in &day.values {
        let values = values.iter().map(|(value, counters)| (Cow::Borrowed(&**value), *counters));
        dimensions.entry(*dimension).or_default().extend(values);
    }
    let entries = dimensions.into_iter().flat_map(|(dimension, values)| {
        largest(values).map(move |(value, counters)| (dimension, value, counters))
    });
    let mut failed: Vec<_> = day.failed.iter().collect();
    failed.sort_unstable_by_key(|(request, seen)| (Reverse((seen.requests, seen.last)), *request));
    let failed = failed.into_iter().take(MAX_FAILED).map(|(request, seen)| (request.clone(), *seen));
    Segment::new(owner, date, entries, failed)
}
