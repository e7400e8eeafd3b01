//! How long hits wait until D1 has them, and what D1 lacks. It reads what the aggregator decides and publishes, and is the
//! ledger that its figures are compared with.

use std::collections::{BTreeMap, HashMap, VecDeque};

use pixtally::domain::aggregator::Entry;
use pixtally::domain::aggregator::publication::Publication;
use pixtally::domain::country::Country;
use pixtally::domain::date::{Date, Millis};
use pixtally::domain::flush::FlushId;
use pixtally::domain::owner::OwnerId;
use pixtally::domain::row_key::{ANY_STATUS, OTHER};

use crate::histogram::Histogram;

/// Hits that were committed, and since when they wait; the oldest first.
#[derive(Debug, Default)]
struct Queue {
    committed: u64,
    published: u64,
    waiting: VecDeque<(Millis, u64)>,
}

impl Queue {
    fn add(&mut self, since: Millis, requests: u64) {
        self.committed += requests;
        match self.waiting.back_mut() {
            Some((known, count)) if since.abs_diff(*known) < 500 => *count += requests,
            _ => self.waiting.push_back((since, requests)),
        }
    }

    /// D1 has so many of them.
    fn publish(&mut self, requests: u64, now: Millis, waits: &mut Histogram) {
        let mut more = requests.saturating_sub(self.published);
        self.published += more;
        while more > 0 {
            let Some((since, count)) = self.waiting.front_mut() else { break };
            let taken = more.min(*count);
            waits.add(now.saturating_sub(*since), taken);
            more -= taken;
            *count -= taken;
            if *count == 0 {
                self.waiting.pop_front();
            }
        }
    }

    fn left(&self) -> u64 {
        self.committed - self.published
    }
}

/// Image, variant, country and status, with names by number.
type RowName = (u32, u32, Country, u16);

/// A row of D1.
#[derive(Debug)]
struct Row {
    queue: Queue,
    lack: u32,
    is_exact: bool,
}

/// An owner's day.
#[derive(Debug, Default)]
struct OwnerDay {
    names: HashMap<String, u32>,
    rows: Vec<Row>,
    numbers: HashMap<RowName, u32>,
    total: Queue,
}

impl OwnerDay {
    fn find(&self, image: &str, variant: &str, country: Country, status: u16) -> Option<&Row> {
        let name = (*self.names.get(image)?, *self.names.get(variant)?, country, status);
        Some(&self.rows[*self.numbers.get(&name)? as usize])
    }
}

/// What D1 lacks of a day.
#[derive(Debug, Clone, Copy, Default)]
pub struct Left {
    /// Rows, and hits in them.
    pub rows: u64,
    pub hits: u64,
}

/// How a day's hits are kept.
#[derive(Debug, Clone, Copy, Default)]
pub struct Kept {
    pub rows: u64,
    pub hits: u64,
    /// Hits in rows of their own combination.
    pub exact: u64,
}

impl Kept {
    /// The part of the hits that is not in a row of its own combination.
    pub fn other(&self) -> f64 {
        1.0 - self.exact as f64 / self.hits.max(1) as f64
    }
}

/// All owners' days.
#[derive(Default)]
pub struct Waits {
    days: BTreeMap<(Date, OwnerId), OwnerDay>,
    /// Rows of which D1 lacks something.
    pub waiting_rows: usize,
    /// Of rows; of totals and breakdowns. Of the first day only.
    pub rows: Histogram,
    pub totals: Histogram,
}

impl Waits {
    /// An entry was applied. `since` says when the first hit of a flush came: the others in it waited less.
    pub fn commit(&mut self, entry: &Entry, since: impl Fn(FlushId) -> Millis) {
        let Entry::Flush { id, days, .. } = entry else { return };
        let since = since(*id);
        for addition in days {
            let day = self.days.entry((addition.date, addition.owner)).or_default();
            for name in &addition.names {
                let number = day.names.len() as u32;
                day.names.insert(name.clone(), number);
            }
            let other = day.names.get(OTHER).copied();
            for (key, lack) in &addition.rows {
                let is_exact = key.status != ANY_STATUS && Some(key.image) != other;
                let name = (key.image, key.variant, key.country, key.status);
                day.numbers.insert(name, day.rows.len() as u32);
                day.rows.push(Row { queue: Queue::default(), lack: *lack, is_exact });
            }
            for count in &addition.counts {
                let queue = &mut day.rows[count.row as usize].queue;
                self.waiting_rows += usize::from(queue.left() == 0);
                queue.add(since, count.counters.requests);
                day.total.add(since, count.counters.requests);
            }
        }
    }

    /// A publication is in D1.
    pub fn publish(&mut self, publication: &Publication, now: Millis) {
        let first = self.days.keys().next().map(|(date, _)| *date);
        let mut of_others = Histogram::default();
        for published in &publication.days {
            let is_first = Some(published.date) == first;
            let Some(day) = self.days.get_mut(&(published.date, published.owner)) else { continue };
            for (of, row) in &published.rows {
                let name = (day.names[&of.image_id], day.names[&of.variant], of.country, of.status);
                let queue = &mut day.rows[day.numbers[&name] as usize].queue;
                let was_waiting = queue.left() > 0;
                let waits = if is_first { &mut self.rows } else { &mut of_others };
                queue.publish(row.counters.requests, now, waits);
                self.waiting_rows -= usize::from(was_waiting && queue.left() == 0);
            }
            if let Some((_, requests)) = &published.segment {
                let waits = if is_first { &mut self.totals } else { &mut of_others };
                day.total.publish(*requests, now, waits);
            }
        }
    }

    /// The run ends: what D1 lacks of its first day counts as if it had it now.
    pub fn end(&mut self, now: Millis) {
        let Some((first, _)) = self.days.keys().next().copied() else { return };
        for (_, day) in self.days.iter_mut().filter(|((date, _), _)| *date == first) {
            for row in &mut day.rows {
                row.queue.publish(row.queue.committed, now, &mut self.rows);
            }
            day.total.publish(day.total.committed, now, &mut self.totals);
        }
    }

    fn of(&self, date: Date) -> impl Iterator<Item = &OwnerDay> {
        self.days.iter().filter(move |((of, _), _)| *of == date).map(|(_, day)| day)
    }

    pub fn left(&self, date: Date) -> Left {
        let rows = self.of(date).flat_map(|day| &day.rows).filter(|row| row.queue.left() > 0);
        rows.fold(Left::default(), |sum, row| Left { rows: sum.rows + 1, hits: sum.hits + row.queue.left() })
    }

    pub fn kept(&self, date: Date) -> Kept {
        let rows = self.of(date).flat_map(|day| &day.rows);
        rows.fold(Kept::default(), |sum, row| Kept {
            rows: sum.rows + 1,
            hits: sum.hits + row.queue.committed,
            exact: sum.exact + if row.is_exact { row.queue.committed } else { 0 },
        })
    }

    /// Hits in the rows of an image's combinations.
    pub fn hits_of_image(&self, date: Date, image: &str) -> u64 {
        let of = |day: &OwnerDay| {
            let name = day.names.get(image).copied();
            let rows = day.numbers.iter().filter(move |((of, ..), _)| Some(*of) == name);
            let rows = rows.map(|(_, number)| &day.rows[*number as usize]).filter(|row| row.is_exact);
            rows.map(|row| row.queue.committed).sum::<u64>()
        };
        self.of(date).map(of).sum()
    }

    /// Hits in the row of a combination, and the most that it may lack; none where it has no row.
    pub fn row(
        &self,
        (date, owner): (Date, OwnerId),
        (image, variant, country, status): (&str, &str, Country, u16),
    ) -> Option<(u64, u64)> {
        let row = self.days.get(&(date, owner))?.find(image, variant, country, status)?;
        Some((row.queue.committed, u64::from(row.lack)))
    }
}
