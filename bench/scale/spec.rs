//! What is simulated, and for how long.

use pixtally::domain::aggregator::Limits;
use pixtally::domain::date::{Date, Millis};
use pixtally::domain::flush::closes_at;

pub const HOUR_MS: Millis = 60 * 60 * 1000;
pub const DAY_MS: Millis = 24 * HOUR_MS;
/// A part of a day begins when it is as busy as on average.
const MORNING_MS: Millis = 9 * HOUR_MS;
/// Of a part of a day, how long isolates take until they flush as they go on to.
const WARM_UP_MS: Millis = 20_000;
/// How long the requests take that somebody makes up.
const MADE_UP_MS: Millis = 10 * 60 * 1000;

/// How long a run is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Length {
    /// A day, and the next until D1 has all of the first.
    ToClose,
    Day,
    /// So many seconds in the morning, when it is as busy as on average.
    Seconds(u64),
}

/// What is simulated.
#[derive(Debug, Clone)]
pub struct Spec {
    pub hits_per_second: f64,
    pub owners: usize,
    pub isolates: usize,
    pub length: Length,
    pub limits: Limits,
    /// Without, only what is decided counts: D1 gets nothing.
    pub publishes: bool,
    /// Made-up requests at the beginning.
    pub made_up: u64,
    pub has_newcomer: bool,
    /// Counts hits by combination, too.
    pub has_truth: bool,
    pub is_recorded: bool,
}

impl Spec {
    pub fn new(hits_per_second: f64, isolates: usize, length: Length) -> Self {
        Self {
            hits_per_second,
            owners: 1,
            isolates,
            length,
            limits: Limits::DEFAULT,
            publishes: true,
            made_up: 0,
            has_newcomer: false,
            has_truth: false,
            is_recorded: false,
        }
    }

    /// When hits begin.
    pub fn begins(&self, date: Date) -> Millis {
        if self.is_long() { date.start() } else { date.start() + MORNING_MS }
    }

    /// From when on rates are measured.
    pub fn warm_at(&self, date: Date) -> Millis {
        self.begins(date) + if self.is_long() { 0 } else { WARM_UP_MS }
    }

    /// When hits end.
    pub fn ends(&self, date: Date) -> Millis {
        match self.length {
            Length::Seconds(seconds) => self.begins(date) + seconds * 1000,
            Length::Day => date.start() + DAY_MS,
            Length::ToClose => closes_at(date) + 1,
        }
    }

    /// Whether it lasts for days.
    pub fn is_long(&self) -> bool {
        !matches!(self.length, Length::Seconds(_))
    }

    /// Made-up requests a second, so long after midnight.
    pub fn made_up_rate(&self, since_midnight: Millis) -> f64 {
        if since_midnight < MADE_UP_MS { self.made_up as f64 * 1000.0 / MADE_UP_MS as f64 } else { 0.0 }
    }
}
