//! Which files and combinations get a row of their own, when not all of them can.
//!
//! What has a row keeps it, and what was counted elsewhere stays there: values only rise. So rows must not go to whatever comes
//! first in the day. A quarter of them is free at midnight, and the clock releases the rest, except for an eighth. Whenever the
//! released rows are used up, the threshold rises: how often something must have been asked for until it gets one. The last
//! eighth is for what is large whatever the threshold: a newcomer with a real share of the traffic gets a row at once.

use crate::domain::date::Millis;
use crate::domain::night::DAY_MS;

/// Rows are released, and the threshold moves, once in so long.
const PERIOD_MS: Millis = 60 * 1000;
/// By how much the threshold rises in a period in which the rows were used up.
const RISE: f64 = 1.5;
/// By how much it falls in one in which some were left.
const FALL: f64 = 0.95;
/// An applicant with more than this many times the average requests of a row is large.
const LARGE: u64 = 6;

/// Decides who gets a row. What it has learnt is not stored: an object that starts anew learns it again within minutes.
#[derive(Debug, Clone)]
pub struct Schedule {
    threshold: f64,
    /// The current period.
    period: u64,
    is_used_up: bool,
}

/// A file or combination that asks for a row.
#[derive(Debug, Clone, Copy)]
pub struct Applicant {
    /// How often it was asked for by now, at most.
    pub estimate: u64,
    /// Rows that are used.
    pub used: usize,
    /// All rows.
    pub rows: usize,
    /// Requests of the day, so far.
    pub requests: u64,
}

impl Default for Schedule {
    fn default() -> Self {
        Self { threshold: 1.0, period: 0, is_used_up: false }
    }
}

impl Schedule {
    /// Whether an applicant gets a row, so long after midnight.
    pub fn admits(&mut self, applicant: &Applicant, since_midnight: Millis) -> bool {
        let Applicant { estimate, used, rows, requests } = *applicant;
        self.move_to(since_midnight / PERIOD_MS);
        if used >= rows {
            return false;
        }
        let is_large = estimate.saturating_mul(rows as u64) > requests.saturating_mul(LARGE);
        if used >= released(rows, since_midnight) {
            if !self.is_used_up {
                self.is_used_up = true;
                self.threshold *= RISE;
            }
            return is_large;
        }
        is_large || estimate as f64 >= self.threshold.floor()
    }

    fn move_to(&mut self, period: u64) {
        let passed = period.saturating_sub(self.period);
        if passed == 0 {
            return;
        }
        let quiet = passed - u64::from(self.is_used_up);
        self.threshold = (self.threshold * FALL.powi(quiet.min(1_000) as i32)).max(1.0);
        (self.period, self.is_used_up) = (period, false);
    }
}

/// How many rows are released so long after midnight.
fn released(rows: usize, since_midnight: Millis) -> usize {
    let periods = (since_midnight / PERIOD_MS).min(DAY_MS / PERIOD_MS) as usize;
    let by_clock = (rows - rows / 4 - rows / 8) * periods / (DAY_MS / PERIOD_MS) as usize;
    rows / 4 + by_clock
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: Millis = DAY_MS / 2;

    /// What the given requests lead to: how many rows are used after each.
    fn used(schedule: &mut Schedule, rows: usize, estimates: &[(u64, Millis)]) -> Vec<usize> {
        let mut used = 0;
        let admitted = estimates.iter().zip(1_000_000..).map(|((estimate, at), requests)| {
            let applicant = Applicant { estimate: *estimate, used, rows, requests };
            used += usize::from(schedule.admits(&applicant, *at));
            used
        });
        admitted.collect()
    }

    #[test]
    fn the_clock_releases_rows() {
        for (at, expected) in [(0, 250), (NOON, 562), (DAY_MS, 875), (2 * DAY_MS, 875)] {
            assert_eq!(released(1_000, at), expected, "{at}");
            let all = used(&mut Schedule::default(), 1_000, &[(1, at); 2_000]);
            assert_eq!(all.last(), Some(&released(1_000, at)));
        }
    }

    #[test]
    fn what_is_large_gets_a_row_at_once_while_there_are_any() {
        let large = 12_001;
        let all = used(&mut Schedule::default(), 1_000, &[(large, 0); 2_000]);
        assert_eq!((all[999], all[1_999]), (1_000, 1_000));
        let small = used(&mut Schedule::default(), 1_000, &[(5_999, 0); 2_000]);
        assert_eq!(small[1_999], 250);
    }

    #[test]
    fn the_threshold_rises_while_rows_are_used_up_and_falls_while_they_are_not() {
        let mut schedule = Schedule::default();
        let mut admits = |estimate, used, minute: u64| {
            let applicant = Applicant { estimate, used, rows: 1_000, requests: 1_000_000 };
            schedule.admits(&applicant, minute * PERIOD_MS)
        };
        assert!(admits(1, 0, 0));
        for minute in 1..=3 {
            assert!(!admits(1, 1_000 - 1, minute), "none are left");
        }
        // 1.5 times 1.5 times 1.5
        assert!(!admits(2, 0, 4));
        assert!(admits(3, 0, 4));
        assert!(!admits(1, 0, 10));
        assert!(admits(1, 0, 40));
    }
}
