//! Reconciling: which source an owner's day is reported from. One source for a day as a whole, never a mixture: a
//! maximum taken row by row of an exact and a sampled count is too high on every row.
//!
//! What the rules rest on: realtime rows only rise, and count each hit at most once, and Analytics Engine
//! keeps a point once. So without sampling neither ever has too much, and whichever has more requests has lost less.
//! Where both have the same, realtime's rows are as good, and not one has to be written.
//!
//! Not here: reading sources and writing rows (`batch/`).

use serde::{Deserialize, Serialize};

use super::counters::Counters;

/// How many standard deviations the stated sampling error has. In simulation 97 of 100 estimates lie within: the deviation
/// is an estimate, too.
const DEVIATIONS: f64 = 3.0;

/// Where reported rows come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum ReportedSource {
    /// Counted in D1 as requests came in.
    Realtime,
    /// Rebuilt from the hits in Analytics Engine.
    Engine,
    /// Estimated from Cloudflare's own analytics of the zone.
    Zone,
}

impl ReportedSource {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Realtime => "realtime",
            Self::Engine => "engine",
            Self::Zone => "zone",
        }
    }
}

/// What realtime counting has of an owner's day.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Realtime {
    pub counters: Counters,
}

/// What a source other than realtime has of an owner's day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rebuilt {
    pub source: ReportedSource,
    pub counters: Counters,
    /// Of the requests, see [`stated_error`]; 0 when nothing was sampled.
    pub error: u64,
}

impl Rebuilt {
    /// The zone counts requests at the edge and other bytes than ours: never exact, sampled or not.
    pub fn is_estimate(&self) -> bool {
        self.error > 0 || self.source == ReportedSource::Zone
    }

    /// The least that it can stand for.
    fn at_least(&self) -> u64 {
        self.counters.requests.saturating_sub(self.error)
    }
}

/// What an owner's day is to be reported from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// What is reported already.
    Keep,
    /// The realtime rows, although others were reported.
    Realtime,
    /// The rows of this source.
    Rebuilt,
}

/// The sampling error that is stated for a count, from its variance.
pub fn stated_error(variance: f64) -> u64 {
    (DEVIATIONS * variance.max(0.0).sqrt()).ceil() as u64
}

/// Decides an owner's day: `published` is what an earlier run has rebuilt and published, `batch` what a complete
/// reading of a source has now.
pub fn decide(realtime: &Realtime, published: Option<&Rebuilt>, batch: &Rebuilt) -> Decision {
    let exact = best_exact(realtime, published, batch);
    let estimate = best_estimate(published, batch);
    match estimate {
        Some(Origin::Published) if beats(published, exact.requests) => Decision::Keep,
        Some(Origin::Batch) if beats(Some(batch), exact.requests) => Decision::Rebuilt,
        _ => match (exact.origin, published) {
            (Origin::Batch, _) => Decision::Rebuilt,
            (Origin::Published, _) | (Origin::Realtime, None) => Decision::Keep,
            (Origin::Realtime, Some(_)) => Decision::Realtime,
        },
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Origin {
    Realtime,
    Published,
    Batch,
}

struct Exact {
    origin: Origin,
    requests: u64,
}

/// The exact count that has lost least. What is reported already stays unless another has more.
fn best_exact(realtime: &Realtime, published: Option<&Rebuilt>, batch: &Rebuilt) -> Exact {
    let mut best = Exact { origin: Origin::Realtime, requests: realtime.counters.requests };
    let published = published.filter(|it| !it.is_estimate());
    if let Some(published) = published.filter(|it| it.counters.requests >= best.requests) {
        best = Exact { origin: Origin::Published, requests: published.counters.requests };
    }
    if batch.is_estimate() {
        return best;
    }
    let says_more = batch.counters.requests > best.requests;
    let says_the_same_better = best.origin == Origin::Realtime
        && batch.counters.requests == best.requests
        && batch.counters != realtime.counters;
    if says_more || says_the_same_better {
        best = Exact { origin: Origin::Batch, requests: batch.counters.requests };
    }
    best
}

/// The estimate that stands for more at least; the published one stays unless the other does. One that is only higher may be the
/// coarser one.
fn best_estimate(published: Option<&Rebuilt>, batch: &Rebuilt) -> Option<Origin> {
    let published = published.filter(|it| it.is_estimate());
    match (published, batch.is_estimate()) {
        (None, false) => None,
        (Some(_), false) => Some(Origin::Published),
        (None, true) => Some(Origin::Batch),
        (Some(published), true) => {
            let is_better = batch.at_least() > published.at_least();
            Some(if is_better { Origin::Batch } else { Origin::Published })
        }
    }
}

/// Whether an exact count falls short of an estimate by more than the estimate's error. Any estimate is better than
/// nothing: what was sampled did happen.
fn beats(estimate: Option<&Rebuilt>, exact: u64) -> bool {
    let is_all_there_is = |estimate: &Rebuilt| exact == 0 && estimate.counters.requests > 0;
    estimate.is_some_and(|estimate| estimate.at_least() > exact || is_all_there_is(estimate))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn realtime_of(counters: Counters) -> Realtime {
        Realtime { counters }
    }

    fn counters(requests: u64) -> Counters {
        Counters { requests, bandwidth_bytes: 10 * requests, ..Counters::default() }
    }

    fn realtime(requests: u64) -> Realtime {
        realtime_of(counters(requests))
    }

    fn engine(requests: u64, error: u64) -> Rebuilt {
        Rebuilt { source: ReportedSource::Engine, counters: counters(requests), error }
    }

    fn zone(requests: u64, error: u64) -> Rebuilt {
        Rebuilt { source: ReportedSource::Zone, ..engine(requests, error) }
    }

    #[test]
    fn decisions() {
        use Decision::{Keep, Rebuilt};
        for (why, realtime, published, batch, expected) in [
            ("both the same", realtime(10), None, engine(10, 0), Keep),
            ("realtime lost some", realtime(9), None, engine(10, 0), Rebuilt),
            ("realtime off", realtime(0), None, engine(10, 0), Rebuilt),
            ("Analytics Engine lost some", realtime(10), None, engine(9, 0), Keep),
            ("nothing anywhere", realtime(0), None, engine(0, 0), Keep),
            (
                "the same: rows of its own may be more than there may be",
                realtime(10),
                None,
                engine(10, 0),
                Keep,
            ),
            (
                "the same requests, other bytes",
                realtime_of(Counters { bandwidth_bytes: 1, ..counters(10) }),
                None,
                engine(10, 0),
                Rebuilt,
            ),
            ("a rerun with the same answer", realtime(9), Some(engine(10, 0)), engine(10, 0), Keep),
            ("a rerun with more", realtime(9), Some(engine(10, 0)), engine(11, 0), Rebuilt),
            ("a rerun with less", realtime(9), Some(engine(10, 0)), engine(8, 0), Keep),
            ("a late flush", realtime(11), Some(engine(10, 0)), engine(10, 0), Decision::Realtime),
            ("a late flush that makes it equal", realtime(10), Some(engine(10, 0)), engine(10, 0), Keep),
            ("sampled, within its error", realtime(95), None, engine(100, 6), Keep),
            ("sampled, exactly its error", realtime(94), None, engine(100, 6), Keep),
            ("sampled, beyond its error", realtime(93), None, engine(100, 6), Rebuilt),
            ("sampled, and nothing else", realtime(0), None, engine(10, 29), Rebuilt),
            ("sampled, within its error of very little", realtime(1), None, engine(10, 29), Keep),
            ("sampled and lower", realtime(100), None, engine(60, 6), Keep),
            ("a sampled rerun, higher", realtime(50), Some(engine(100, 6)), engine(104, 6), Rebuilt),
            ("a coarser rerun, higher", realtime(85), Some(engine(100, 10)), engine(120, 90), Keep),
            ("a finer rerun, lower", realtime(85), Some(engine(120, 90)), engine(100, 10), Rebuilt),
            ("a sampled rerun, lower", realtime(50), Some(engine(100, 6)), engine(96, 6), Keep),
            (
                "realtime caught up with a sample",
                realtime(98),
                Some(engine(100, 6)),
                engine(100, 6),
                Decision::Realtime,
            ),
            ("sampled after exact", realtime(50), Some(engine(100, 0)), engine(104, 6), Keep),
            ("exact after sampled", realtime(50), Some(engine(104, 6)), engine(100, 0), Rebuilt),
            ("far less, exact, after sampled", realtime(50), Some(engine(104, 6)), engine(60, 0), Keep),
            ("the zone where there is nothing", realtime(0), None, zone(7, 0), Rebuilt),
            ("the zone has more, unsampled", realtime(5), None, zone(7, 0), Rebuilt),
            ("the zone has the same", realtime(7), None, zone(7, 0), Keep),
            ("the engine after the zone", realtime(0), Some(zone(7, 0)), engine(7, 0), Rebuilt),
        ] {
            assert_eq!(decide(&realtime, published.as_ref(), &batch), expected, "{why}");
        }
    }

    #[test]
    fn errors_are_three_standard_deviations() {
        for (variance, error) in [(0.0, 0), (-1.0, 0), (1.0, 3), (100.0, 30), (2.0, 5)] {
            assert_eq!(stated_error(variance), error);
        }
    }

    proptest! {
        /// Whatever is read in whatever order, what is reported never has fewer exact requests than it had.
        #[test]
        fn exact_counts_never_fall(runs in prop::collection::vec((0u64..50, 0u64..50), 1..8)) {
            let (mut published, mut reported, mut counted) = (None, 0, 0);
            for (flushed, batch) in runs {
                counted += flushed;
                let (now, batch) = (realtime(counted), engine(batch, 0));
                match decide(&now, published.as_ref(), &batch) {
                    Decision::Keep => {}
                    Decision::Realtime => published = None,
                    Decision::Rebuilt => published = Some(batch),
                }
                let shown = published.map_or(counted, |it: Rebuilt| it.counters.requests);
                prop_assert!(shown >= reported && shown >= counted.max(batch.counters.requests));
                prop_assert_eq!(decide(&now, published.as_ref(), &batch), Decision::Keep, "a rerun changes nothing");
                reported = shown;
            }
        }
    }
}
