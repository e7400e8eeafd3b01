//! How many rows of D1 an aggregator may write in a day. Half of them are for days that are over, so that what the open days
//! have used up never keeps a day from being complete.

use crate::domain::date::{Date, Millis};
use crate::domain::night::DAY_MS;

/// Unused rows add up to those of so long.
const SAVED_MS: Millis = 60 * 60 * 1000;

/// What is left of a day's rows.
#[derive(Debug)]
pub struct Budget {
    daily: u32,
    /// For open days, at this time.
    open: f64,
    at: Millis,
    /// For the last day that is over.
    over: Option<(Date, usize)>,
}

impl Budget {
    /// Of so many rows a day.
    pub fn new(daily: u32) -> Self {
        Self { daily, open: 0.0, at: 0, over: None }
    }

    /// How many rows of open days may be written now.
    pub fn open(&mut self, now: Millis) -> usize {
        let passed = now.saturating_sub(self.at).min(SAVED_MS);
        self.open = (self.open + self.rate() * passed as f64).min(self.most());
        self.at = now;
        self.open as usize
    }

    /// Whether there are so many left that nothing has to wait.
    pub fn is_ample(&self) -> bool {
        self.open >= self.most() / 2.0
    }

    /// How many rows of a day that is over may be written now, besides [`Self::open`].
    pub fn over(&mut self, date: Date) -> usize {
        let half = (self.daily / 2) as usize;
        match &mut self.over {
            Some((of, left)) if *of == date => *left,
            Some((of, _)) if *of > date => 0,
            _ => self.over.insert((date, half)).1,
        }
    }

    pub fn spend_open(&mut self, rows: usize) {
        self.open = (self.open - rows as f64).max(0.0);
    }

    pub fn spend_over(&mut self, rows: usize) {
        if let Some((_, left)) = &mut self.over {
            *left = left.saturating_sub(rows);
        }
    }

    /// Rows of open days in a millisecond.
    fn rate(&self) -> f64 {
        f64::from(self.daily) / 2.0 / DAY_MS as f64
    }

    /// At least one: a budget below that would write nothing.
    fn most(&self) -> f64 {
        (self.rate() * SAVED_MS as f64).max(1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Millis = 60 * 60 * 1000;

    #[test]
    fn open_days_have_half_of_the_rows() {
        let mut budget = Budget::new(48_000);
        let mut written = 0;
        for minute in 0..24 * 60 {
            let rows = budget.open(1_000 * HOUR + minute * HOUR / 60);
            budget.spend_open(rows);
            written += rows;
        }
        // What an hour saves is there when it begins.
        assert!((24_000..=25_000).contains(&written), "{written}");
    }

    #[test]
    fn what_is_not_used_is_saved_for_an_hour() {
        let mut budget = Budget::new(48_000);
        assert_eq!(budget.open(1_000 * HOUR), 1_000);
        assert!(budget.is_ample());
        budget.spend_open(600);
        assert!(!budget.is_ample());
        assert_eq!(budget.open(1_000 * HOUR + HOUR / 2), 900);
        assert_eq!(budget.open(1_020 * HOUR), 1_000);
    }

    #[test]
    fn a_day_that_is_over_has_the_other_half() {
        let day = Date::parse("2026-11-20").unwrap();
        let mut budget = Budget::new(48_000);
        assert_eq!(budget.over(day), 24_000);
        budget.spend_over(20_000);
        assert_eq!((budget.over(day), budget.over(day.minus(1))), (4_000, 0));
        assert_eq!(budget.over(day.plus(1)), 24_000);
    }
}
