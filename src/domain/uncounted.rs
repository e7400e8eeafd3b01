//! Requests that realtime counting had to leave out: how many, on which day, and why. Shown to the user, since
//! a number that is short has to say so.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::counters::sum_of;
use super::date::Date;

/// Why requests are missing from the realtime counters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Cause {
    /// Given up under overload, because the nightly job restores them from Analytics Engine.
    Shed,
    /// Given up although nothing restores them.
    Lost,
}

/// Left-out requests and bytes by day and cause.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Uncounted(BTreeMap<(Date, Cause), (u64, u64)>);

impl Uncounted {
    pub fn add(&mut self, date: Date, cause: Cause, requests: u64, bandwidth_bytes: u64) {
        let entry = self.0.entry((date, cause)).or_default();
        entry.0 = sum_of(entry.0, requests);
        entry.1 = sum_of(entry.1, bandwidth_bytes);
    }

    pub fn merge(&mut self, other: &Self) {
        for ((date, cause), (requests, bandwidth_bytes)) in &other.0 {
            self.add(*date, *cause, *requests, *bandwidth_bytes);
        }
    }

    /// Forgets older days.
    pub fn keep_from(&mut self, first: Date) {
        self.0.retain(|(date, _), _| *date >= first);
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// `[[date, cause, requests, bandwidth_bytes], …]`
    pub fn encode(&self) -> String {
        let rows: Vec<_> = self
            .0
            .iter()
            .map(|((date, cause), (requests, bandwidth_bytes))| (date, cause, requests, bandwidth_bytes))
            .collect();
        serde_json::to_string(&rows).expect("texts and numbers always encode")
    }
}
