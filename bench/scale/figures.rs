//! What is reported of a run.

use std::collections::BTreeMap;

use pixtally::domain::date::{Date, Millis};

use crate::histogram::Histogram;
use crate::prices::Use;
use crate::restart::Restart;
use crate::run::Run;
use crate::spec::{Length, Spec};
use crate::storage::bytes_of_day;
use crate::waits::{Kept, Left};

const DAY_S: f64 = 86_400.0;

/// Figures of one run.
pub struct Figures {
    pub spec: Spec,
    pub hits: u64,
    /// Of a second.
    pub flushes: f64,
    pub commits: f64,
    pub object_rows: f64,
    pub isolate_rows: f64,
    pub flush_bytes: f64,
    pub journal_bytes: f64,
    /// What the first day writes to D1 in all, also after its end; none of a part of a day.
    pub d1_rows: Option<f64>,
    /// Of them, totals and breakdowns.
    pub d1_segments: Option<f64>,
    /// Of all days.
    pub d1_rows_a_second: f64,
    pub rows: Waits,
    pub totals: Waits,
    pub at_midnight: Left,
    pub at_close: Left,
    pub kept: Kept,
    /// Of the second day, when the run ended.
    pub next: Kept,
    pub live_bytes: i64,
    pub peak_bytes: i64,
    pub flush_micros: f64,
    pub publication_ms: (f64, f64),
    pub snapshot_bytes: usize,
    pub snapshot_ms: f64,
    pub restart: Option<Restart>,
    /// Of the first day, in D1.
    pub d1_bytes: Option<u64>,
}

/// How long hits waited.
#[derive(Debug, Clone, Copy)]
pub struct Waits {
    pub p50: Millis,
    pub p99: Millis,
    pub most: Millis,
}

impl Waits {
    fn of(histogram: &Histogram) -> Self {
        let at = |part| histogram.quantile(part);
        Self { p50: at(0.5), p99: at(0.99), most: at(1.0) }
    }
}

impl Figures {
    pub fn of(run: &mut Run, spec: &Spec) -> Self {
        let is_day = !matches!(spec.length, Length::Seconds(_));
        // What D1 lacks when a run ends is written once more.
        let left = if spec.length == Length::Day { run.at_midnight.rows } else { 0 };
        let now = run.date.start() + 30 * 60 * 60 * 1000;
        let d1_bytes = (is_day && spec.publishes)
            .then(|| bytes_of_day(&run.object.aggregator.snapshot(), run.date, now));
        let (counts, rates) = (&run.object.counts, &run.rates);
        let second = |count: u64| count as f64 / run.seconds;
        let of_day = |by_date: &BTreeMap<Date, u64>| by_date.get(&run.date).copied().unwrap_or_default();
        Self {
            hits: run.hits,
            flushes: second(rates.flushes),
            commits: second(rates.commits),
            object_rows: second(rates.object_rows),
            isolate_rows: second(rates.isolate_rows),
            flush_bytes: rates.flush_bytes as f64 / rates.flushes.max(1) as f64,
            journal_bytes: rates.journal_bytes as f64 / rates.commits.max(1) as f64,
            d1_rows: is_day.then(|| (of_day(&counts.d1_rows) + left) as f64),
            d1_segments: is_day.then(|| of_day(&counts.d1_segments) as f64),
            d1_rows_a_second: second(rates.d1_rows),
            rows: Waits::of(&run.object.waits.rows),
            totals: Waits::of(&run.object.waits.totals),
            at_midnight: run.at_midnight,
            at_close: run.at_close,
            kept: run.object.waits.kept(run.date),
            next: run.object.waits.kept(run.date.plus(1)),
            live_bytes: run.object.meter.live_bytes(),
            peak_bytes: run.object.meter.peak_bytes(),
            flush_micros: counts.per_flush.median(),
            publication_ms: (
                counts.per_publication.median() / 1000.0,
                counts.per_publication.quantile(0.99) / 1000.0,
            ),
            snapshot_bytes: counts.snapshot_bytes,
            snapshot_ms: counts.per_snapshot.median() / 1000.0,
            restart: run.object.restart,
            d1_bytes,
            spec: spec.clone(),
        }
    }

    /// What D1 writes in a day: at most the budget, where the day is too busy to write all of it.
    pub fn d1_rows_a_day(&self) -> f64 {
        self.d1_rows.unwrap_or_else(|| f64::from(self.spec.limits.daily_rows))
    }

    /// What a second uses. `d1_bytes` is what a day takes where this run was no whole day.
    pub fn uses(&self, d1_bytes: u64, days: f64) -> Use {
        let of_day = self.d1_bytes.unwrap_or(d1_bytes) as f64;
        Use {
            requests: self.spec.hits_per_second,
            object_requests: self.flushes + 1.0 / 60.0,
            object_rows: self.object_rows,
            d1_rows: self.d1_rows_a_day() / DAY_S,
            d1_gb: crate::prices::stored_gb(of_day, days),
            objects: 1.0,
        }
    }

    /// The part of the first day's hits that is not in a row of its own combination.
    pub fn other(&self) -> f64 {
        self.kept.other()
    }
}
