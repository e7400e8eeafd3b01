//! The state of an aggregator: all that its journal has decided.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::entry::Entry;
use super::{UNCOUNTED_DAYS, marks_from};
use crate::domain::asset_type::AssetType;
use crate::domain::counters::Counters;
use crate::domain::date::{Date, Millis};
use crate::domain::dimension::Dimension;
use crate::domain::failed_request::{FailedRequest, Seen};
use crate::domain::flush::{FlushId, IsolateId};
use crate::domain::flush_body::DayCounts;
use crate::domain::owner::OwnerId;
use crate::domain::row_key::Combination;
use crate::domain::uncounted::Uncounted;
use crate::domain::versioned::{self, VersionedError};

/// The version that is written, and the only one that is read.
const VERSION: u8 = 1;

/// All of it. Its maps are ordered, so that equal states have equal bytes.
#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    /// The last flush of each isolate, and when it was applied.
    marks: BTreeMap<IsolateId, (u32, Millis)>,
    pub days: BTreeMap<(Date, OwnerId), OwnerDay>,
    /// Of all owners together.
    pub uncounted: Uncounted,
    /// Rows of all days.
    pub rows: usize,
}

/// What was counted of an owner's day.
#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnerDay {
    pub rows: BTreeMap<Combination, (AssetType, Counters)>,
    pub values: BTreeMap<Dimension, BTreeMap<String, Counters>>,
    pub failed: BTreeMap<FailedRequest, Seen>,
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

    pub fn apply(&mut self, entry: &Entry) {
        match entry {
            Entry::Flush { id, at, days, uncounted } => {
                self.marks.insert(id.isolate, (id.number, *at));
                self.uncounted.merge(uncounted);
                for counts in days {
                    let day = self.days.entry((counts.date, counts.owner)).or_default();
                    let before = day.rows.len();
                    day.add(counts);
                    self.rows += day.rows.len() - before;
                }
            }
            Entry::Leave { date, uncounted } => {
                self.marks.retain(|_, (_, at)| *at >= marks_from(*date));
                self.days.retain(|(of, _), _| of != date);
                self.rows = self.days.values().map(|day| day.rows.len()).sum();
                self.uncounted.merge(uncounted);
                self.uncounted.keep_from(date.minus(UNCOUNTED_DAYS));
            }
        }
    }
}

impl OwnerDay {
    fn add(&mut self, counts: &DayCounts) {
        for (row, asset_type, counters) in &counts.rows {
            let (kind, sum) =
                self.rows.entry(row.clone()).or_insert_with(|| (*asset_type, Counters::default()));
            // As in D1: of several, which only a file that was replaced can have, the last of the alphabet.
            *kind = (*kind).max_by_name(*asset_type);
            sum.add(counters);
        }
        for (dimension, value, counters) in &counts.values {
            let values = self.values.entry(*dimension).or_default();
            values.entry(value.clone()).or_default().add(counters);
        }
        for (request, seen) in &counts.failed {
            self.failed.entry(request.clone()).and_modify(|known| known.add(seen)).or_insert(*seen);
        }
    }

    /// All that was counted.
    pub fn total(&self) -> Counters {
        self.rows.values().map(|(_, counters)| *counters).sum()
    }
}
