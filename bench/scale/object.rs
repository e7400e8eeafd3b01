//! The aggregator's object: the product's state machine and journal, driven in the product's rhythm (`src/aggregator/object.rs`)
//! by a clock that is simulated.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use pixtally::aggregator::journal::{Journal, Kind, Piece, Storage, StorageError};
use pixtally::domain::active_isolates::ActiveIsolates;
use pixtally::domain::aggregator::publication::{Publication, Size};
use pixtally::domain::aggregator::{Aggregator, Entry, Limits, encode};
use pixtally::domain::date::{Date, Millis};
use pixtally::domain::flush::{Flush, FlushId};
use pixtally::domain::flush_body::FlushBody;

use crate::meter::{Meter, Times};
use crate::restart::Restart;
use crate::waits::Waits;

/// As in `src/aggregator/object.rs`.
pub const COMMIT_EVERY_MS: Millis = 200;
pub const PUBLISH_EVERY_MS: Millis = 2_000;
const MAX_PUBLISH_EVERY_MS: Millis = 60_000;
const SHARE: Millis = 10;
/// While more rows than this wait, and when its first day is over, a run of days publishes less often than the product, to end in
/// time. Rows wait for minutes then in any case.
const MANY_ROWS: usize = 20_000;
const SELDOM_MS: Millis = 30_000;
const ALARM_MS: Millis = 60_000;
/// Of so many snapshots one is made, and the others are taken to be as long: they would take most of the time.
const MADE_OF: u64 = 10;
/// What workerd takes for a flush, in milliseconds: an object takes 2,000 flushes a second, whatever is in them.
const SERVICE_MS: f64 = 0.5;
/// What D1 takes for a batch, and for a row in it.
const D1_MS: f64 = 30.0;
const D1_ROW_MS: f64 = 0.01;

/// A flush that waits for its commit.
pub struct Waiting {
    pub place: usize,
    pub flush: Rc<Flush>,
    pub sent_at: Millis,
    pub deadline: Millis,
    /// When its first hit came.
    pub since: Millis,
}

/// What happened so far, as it goes on.
#[derive(Debug, Clone, Copy, Default)]
pub struct Rates {
    pub flushes: u64,
    pub flush_bytes: u64,
    pub commits: u64,
    pub journal_bytes: u64,
    /// Rows of the object's own storage: journal, snapshots, marks and alarms.
    pub object_rows: u64,
    /// Rows of D1.
    pub d1_rows: u64,
    /// Rows that isolates would have written by themselves: for each flush its rows, and one for each owner in it.
    pub isolate_rows: u64,
}

impl Rates {
    pub fn since(&self, before: &Self) -> Self {
        Self {
            flushes: self.flushes - before.flushes,
            flush_bytes: self.flush_bytes - before.flush_bytes,
            commits: self.commits - before.commits,
            journal_bytes: self.journal_bytes - before.journal_bytes,
            object_rows: self.object_rows - before.object_rows,
            d1_rows: self.d1_rows - before.d1_rows,
            isolate_rows: self.isolate_rows - before.isolate_rows,
        }
    }
}

/// What happened so far.
#[derive(Debug, Default)]
pub struct Counts {
    pub rates: Rates,
    /// Rows that D1 has written, by the day that they are of; of these, totals and breakdowns.
    pub d1_rows: BTreeMap<Date, u64>,
    pub d1_segments: BTreeMap<Date, u64>,
    pub snapshots: u64,
    pub snapshot_bytes: usize,
    pub per_flush: Times,
    pub per_publication: Times,
    pub per_snapshot: Times,
}

/// The object's own storage: only how much is written to it.
#[derive(Default)]
struct Pieces {
    rows: RefCell<u64>,
}

impl Storage for Pieces {
    fn read(&self, _: Kind) -> Result<Vec<Piece>, StorageError> {
        Ok(Vec::new())
    }

    fn write(&self, _: Kind, _: u64, _: &Piece) -> Result<(), StorageError> {
        *self.rows.borrow_mut() += 1;
        Ok(())
    }
}

/// A part of the journal that a restart is measured with.
#[derive(Default)]
pub struct Recording {
    pub snapshot: Vec<u8>,
    pub groups: Vec<Vec<u8>>,
    pub flushes: usize,
}

/// One object.
pub struct Object {
    pub aggregator: Aggregator,
    pub limits: Limits,
    pub counts: Counts,
    pub meter: Meter,
    pub waits: Waits,
    pub isolates: ActiveIsolates,
    pub recording: Option<Recording>,
    pub restart: Option<Restart>,
    journal: Journal,
    pieces: Pieces,
    waiting: Vec<Waiting>,
    free_at: f64,
    last_commit: Millis,
    is_committing: bool,
    alarm_at: Millis,
    is_publishing: bool,
    /// When the first day ends, in a run of days.
    first_ends: Option<Millis>,
}

impl Object {
    pub fn new(limits: Limits, first_ends: Option<Millis>) -> Self {
        let mut meter = Meter::default();
        Self {
            aggregator: meter.work(|| Aggregator::new(limits, true)),
            limits,
            counts: Counts::default(),
            meter,
            waits: Waits::default(),
            isolates: ActiveIsolates::default(),
            recording: None,
            restart: None,
            journal: Journal::default(),
            pieces: Pieces::default(),
            waiting: Vec::new(),
            free_at: 0.0,
            last_commit: 0,
            is_committing: false,
            alarm_at: 0,
            is_publishing: false,
            first_ends,
        }
    }

    /// When a flush that arrives now is taken.
    pub fn taken_at(&mut self, now: Millis) -> Millis {
        self.free_at = self.free_at.max(now as f64) + SERVICE_MS;
        (self.free_at as Millis).max(now)
    }

    /// Takes a flush. When the next commit is, if this begins one.
    pub fn take(&mut self, waiting: Waiting, now: Millis) -> Option<Millis> {
        self.waiting.push(waiting);
        let begins = !std::mem::replace(&mut self.is_committing, true);
        begins.then(|| now.max(self.last_commit + COMMIT_EVERY_MS))
    }

    /// Commits all that waits. Whose it was, and when the first publication is, if this begins one.
    pub fn commit(&mut self, now: Millis, publishes: bool) -> (Vec<Waiting>, Option<Millis>) {
        (self.last_commit, self.is_committing) = (now, false);
        let taken = std::mem::take(&mut self.waiting);
        let Self { aggregator, counts, meter, .. } = self;
        let (mut entries, mut isolate_rows) = (Vec::new(), 0);
        let ((), micros) = meter.timed(|| {
            while let Some(entry) = aggregator.leaving(now) {
                aggregator.apply(&entry);
                entries.push(entry);
            }
            for waiting in &taken {
                let body = FlushBody::decode(&waiting.flush.bytes).expect("an isolate has encoded it");
                isolate_rows += body.days.iter().map(|day| day.rows.len() + 1).sum::<usize>() as u64;
                if let Some(entry) = aggregator.decide(body, now) {
                    aggregator.apply(&entry);
                    entries.push(entry);
                }
            }
        });
        counts.rates.isolate_rows += isolate_rows;
        counts.per_flush.add(micros / taken.len().max(1) as f64);
        counts.rates.flushes += taken.len() as u64;
        counts.rates.flush_bytes += taken.iter().map(|waiting| waiting.flush.bytes.len() as u64).sum::<u64>();
        let since: HashMap<FlushId, Millis> =
            taken.iter().map(|waiting| (waiting.flush.id, waiting.since)).collect();
        for entry in &entries {
            self.waits.commit(entry, |id| since[&id]);
        }
        self.store(&entries);
        self.meter.work(|| drop(entries));
        (taken, if publishes { self.start_publisher(now) } else { None })
    }

    fn store(&mut self, entries: &[Entry]) {
        if entries.is_empty() {
            return;
        }
        let Self { aggregator, counts, meter, journal, pieces, recording, .. } = self;
        let group = encode(entries);
        counts.rates.commits += 1;
        counts.rates.journal_bytes += group.len() as u64;
        let snapshot = || {
            counts.snapshots += 1;
            if counts.snapshots % MADE_OF != 1 {
                return vec![0; counts.snapshot_bytes];
            }
            let (snapshot, micros) = meter.timed(|| aggregator.snapshot());
            meter.give_away(snapshot.capacity());
            counts.per_snapshot.add(micros);
            counts.snapshot_bytes = snapshot.len();
            snapshot
        };
        journal.write(pieces, (&group, entries.len()), snapshot).expect("this storage never fails");
        if let Some(recording) = recording {
            recording.flushes += entries.len();
            recording.groups.push(group);
        }
        counts.rates.object_rows += std::mem::take(&mut *pieces.rows.borrow_mut());
    }

    fn start_publisher(&mut self, now: Millis) -> Option<Millis> {
        if !self.aggregator.is_pending() {
            return None;
        }
        if self.alarm_at <= now {
            self.alarm_at = now + ALARM_MS;
            // Setting one writes a row.
            self.counts.rates.object_rows += 1;
        }
        let begins = !std::mem::replace(&mut self.is_publishing, true);
        begins.then_some(now + PUBLISH_EVERY_MS)
    }

    /// What is to be written to D1 now, and when D1 has it; or when to ask again, if the object goes on.
    pub fn publish(&mut self, now: Millis) -> Result<(Publication, Millis), Option<Millis>> {
        let Self { aggregator, counts, meter, .. } = self;
        let (publication, micros) = meter.timed(|| aggregator.publication(Size::DEFAULT, now));
        counts.per_publication.add(micros);
        let Some(publication) = publication else {
            if aggregator.is_pending() {
                return Err(Some(now + self.publish_every(now)));
            }
            self.is_publishing = false;
            self.journal.published(&self.pieces).expect("this storage never fails");
            self.counts.rates.object_rows += std::mem::take(&mut *self.pieces.rows.borrow_mut());
            return Err(None);
        };
        let mut rows = 0;
        for day in &publication.days {
            let segments = u64::from(day.segment.is_some());
            *counts.d1_rows.entry(day.date).or_default() += day.rows.len() as u64 + segments;
            *counts.d1_segments.entry(day.date).or_default() += segments;
            rows += day.rows.len() as u64 + segments;
        }
        counts.rates.d1_rows += rows;
        let latency = D1_MS + D1_ROW_MS * rows as f64;
        Ok((publication, now + latency as Millis))
    }

    /// D1 has a publication. When the next one is.
    pub fn written(&mut self, publication: Publication, began: Millis, now: Millis) -> Millis {
        let Self { aggregator, meter, .. } = self;
        meter.work(|| aggregator.published(&publication));
        self.waits.publish(&publication, now);
        self.meter.work(|| drop(publication));
        now + self.publish_every(now).max((now - began) * SHARE).min(MAX_PUBLISH_EVERY_MS)
    }

    fn publish_every(&self, now: Millis) -> Millis {
        let is_seldom = |ends: Millis| now > ends || self.waits.waiting_rows > MANY_ROWS;
        if self.first_ends.is_some_and(is_seldom) { SELDOM_MS } else { PUBLISH_EVERY_MS }
    }
}
