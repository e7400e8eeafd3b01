//! How far a run has come: what is saved after each step, so that any later invocation can go on from there.

use serde::{Deserialize, Serialize};

use super::source::SourceName;
use crate::store::rebuilt::Unread;

/// What a run does next.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Ask how much there is.
    #[default]
    Begin,
    /// Read one page of owners, and decide on each.
    Owners { source: SourceName, cursor: Option<String> },
    /// Read one page of the rows of those that were decided for. `reading` are the owners that `cursor` belongs to; `then`
    /// is where the owners go on, if they do.
    Rows { source: SourceName, cursor: Option<String>, reading: Vec<Unread>, then: Option<String> },
    /// Read what else there is of `reading`, or of the next owners after `after` when there is no `cursor`: before that, decide
    /// again on those whose rows are not what was decided on.
    Details { source: SourceName, cursor: Option<String>, reading: Vec<Unread>, after: Option<String> },
    /// Turn what was read of these owners into rows, and go on with those after them.
    Close { source: SourceName, owners: Vec<String> },
    /// Drop what a source has given that failed before it was complete.
    Discard { source: SourceName },
    /// Show all of it at once.
    Publish,
    /// Delete what is not reported any more.
    Sweep,
}

/// A run's phase, and what it has found out so far.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Progress {
    #[serde(default)]
    pub phase: Phase,
    /// Sources that were read to their end.
    #[serde(default)]
    pub complete: Vec<SourceName>,
    /// Sources that failed for good, and what they said.
    #[serde(default)]
    pub failed: Vec<(SourceName, String)>,
    /// Sources that do not go back as far as the day.
    #[serde(default)]
    pub gone: Vec<SourceName>,
    /// `owners`, `changed` and the run's rows before the source that is being read.
    #[serde(default)]
    pub before: (u64, u64, u64),
    /// Why what was read is doubtful although nothing failed.
    #[serde(default)]
    pub doubtful: Option<String>,
    /// Owners that a source was asked about.
    #[serde(default)]
    pub owners: u64,
    /// Those of them that are reported from it from now on.
    #[serde(default)]
    pub changed: u64,
    /// Requests of the day by the source's own clock, to be compared with the control total, and the error of them.
    #[serde(default)]
    pub by_clock: Option<u64>,
    #[serde(default)]
    pub by_clock_error: u64,
    /// Owners whose day is not reported as it was read.
    #[serde(default)]
    pub unsure: Unsure,
    /// `unsure` before the source that is being read.
    #[serde(default)]
    pub unsure_before: Unsure,
    /// Why there is no control total.
    #[serde(default)]
    pub uncontrolled: Option<String>,
}

/// Owners whose day is not reported as it was read, by why.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unsure {
    /// Their rows add up to less than their totals.
    pub short: u64,
    /// Their rows turned out no better than what is reported.
    pub no_better: u64,
    /// Analytics Engine may have hits of them that are not reported.
    pub lacking: u64,
}
