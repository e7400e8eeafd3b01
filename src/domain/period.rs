//! Periods: days of which some may be to come, and have nothing yet.
//!
//! The ranges of our own reports are `date_range.rs`'s.

use super::date::Date;
use super::date_range::DateRange;

/// Days from `first` to `last`, both among them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    pub first: Date,
    pub last: Date,
}

impl From<&DateRange> for Period {
    fn from(range: &DateRange) -> Self {
        Self { first: range.start(), last: range.end() }
    }
}

impl Period {
    /// The `days` days that end with `last`.
    pub fn rolling(days: u32, last: Date) -> Self {
        Self { first: last.minus(days.saturating_sub(1)), last }
    }

    /// Every day until `today`, oldest first; none when all are to come.
    pub fn until(&self, today: Date) -> impl Iterator<Item = Date> + use<> {
        let (first, last) = (self.first, self.last.min(today));
        (0..).map(move |days| first.plus(days)).take_while(move |date| *date <= last)
    }
}
