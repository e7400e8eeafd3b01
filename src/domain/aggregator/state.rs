//! The state of an aggregator: all that its journal has decided.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::entry::Entry;
use super::owner_day::{NoSuchRow, OwnerDay};
use super::sketch::Sketch;
use super::{UNCOUNTED_DAYS, marks_from};
use crate::domain::counters::sum_of;
use crate::domain::date::{Date, Millis};
use crate::domain::flush::{FlushId, IsolateId};
use crate::domain::minutes::{Minute, Minutes};
use crate::domain::owner::OwnerId;
use crate::domain::uncounted::Uncounted;
use crate::domain::versioned::{self, VersionedError};

/// The version that is written, and the only one that is read.
const VERSION: u8 = 1;

/// All of it. Its maps are ordered, and rows stand in the order in which they came: equal states have equal bytes.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct State {
    /// The last flush of each isolate, and when it was applied.
    marks: BTreeMap<IsolateId, (u32, Millis)>,
    pub days: BTreeMap<(Date, OwnerId), OwnerDay>,
    pub dates: BTreeMap<Date, OpenDate>,
    /// The last minutes of each owner.
    pub minutes: BTreeMap<OwnerId, Minutes>,
    /// Of all owners together.
    pub uncounted: Uncounted,
}

/// What all owners of a date have together.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct OpenDate {
    pub requests: u64,
    /// Files and combinations.
    pub detail: usize,
    /// Values of all dimensions.
    pub values: usize,
    /// Requests of files and combinations that have no row.
    pub unlisted: Sketch,
}

impl State {
    pub fn encode(&self) -> Vec<u8> {
        versioned::encode(VERSION, self)
    }

    pub fn decode(bytes: &[u8]) -> Result<Self, VersionedError> {
        versioned::decode(VERSION, bytes)
    }

    /// Whether a flush was applied, or comes after a later one of its isolate, which has then given it up.
    pub fn has_applied(&self, id: FlushId) -> bool {
        self.marks.get(&id.isolate).is_some_and(|(number, _)| id.number <= *number)
    }

    /// # Errors
    ///
    /// [`NoSuchRow`]; what is then in memory is of no use.
    pub fn apply(&mut self, entry: &Entry) -> Result<(), NoSuchRow> {
        match entry {
            Entry::Flush { id, at, days, uncounted } => {
                self.marks.insert(id.isolate, (id.number, *at));
                self.uncounted.merge(uncounted);
                for addition in days {
                    let day = self.days.entry((addition.date, addition.owner)).or_default();
                    let date = self.dates.entry(addition.date).or_default();
                    let before = (day.detail(), day.values.len());
                    day.add(addition)?;
                    date.requests = sum_of(date.requests, addition.total().requests);
                    date.detail += day.detail() - before.0;
                    date.values += day.values.len() - before.1;
                    let minutes = self.minutes.entry(addition.owner).or_default();
                    minutes.merge(&addition.minutes);
                    minutes.keep(Minute::at(*at));
                    for (hash, requests) in &addition.unlisted {
                        date.unlisted.add(*hash, *requests);
                    }
                }
            }
            Entry::Leave { date, uncounted } => {
                self.marks.retain(|_, (_, at)| *at >= marks_from(*date));
                self.days.retain(|(of, _), _| of != date);
                self.dates.remove(date);
                let owners: BTreeSet<OwnerId> = self.days.keys().map(|(_, owner)| *owner).collect();
                self.minutes.retain(|owner, _| owners.contains(owner));
                self.uncounted.merge(uncounted);
                self.uncounted.keep_from(date.minus(UNCOUNTED_DAYS));
            }
        }
        Ok(())
    }
}
