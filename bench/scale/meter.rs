//! Memory and time of the object's own work, apart from that of the simulation around it.
#![allow(clippy::disallowed_methods, reason = "this measures time")]

use std::time::Instant;

use allocation_counter::measure;

/// What was measured.
#[derive(Debug, Default)]
pub struct Meter {
    /// Bytes in use now, and the most there were at any moment.
    live: i64,
    peak: i64,
}

impl Meter {
    /// Does a piece of the object's work; also how long it took, in microseconds.
    pub fn timed<T>(&mut self, work: impl FnOnce() -> T) -> (T, f64) {
        let mut done = None;
        let began = Instant::now();
        let memory = measure(|| done = Some(work()));
        let micros = began.elapsed().as_nanos() as f64 / 1000.0;
        self.peak = self.peak.max(self.live + memory.bytes_max as i64);
        self.live += memory.bytes_current;
        (done.expect("the work was done"), micros)
    }

    pub fn work<T>(&mut self, work: impl FnOnce() -> T) -> T {
        self.timed(work).0
    }

    /// Bytes that the object has given to somebody else.
    pub fn give_away(&mut self, bytes: usize) {
        self.live -= bytes as i64;
    }

    pub fn live_bytes(&self) -> i64 {
        self.live
    }

    pub fn peak_bytes(&self) -> i64 {
        self.peak
    }
}

/// How long something took each time. Medians, since other programs use the same processors.
#[derive(Debug, Clone, Default)]
pub struct Times(Vec<f64>);

impl Times {
    pub fn add(&mut self, micros: f64) {
        self.0.push(micros);
    }

    pub fn median(&self) -> f64 {
        self.quantile(0.5)
    }

    pub fn quantile(&self, part: f64) -> f64 {
        let mut sorted = self.0.clone();
        sorted.sort_unstable_by(f64::total_cmp);
        sorted.get((sorted.len() as f64 * part) as usize).copied().unwrap_or_default()
    }
}
