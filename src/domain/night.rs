//! The nights of the nightly job: when a day may be rebuilt, when it needs no further run, and which days are due.
//!
//! A day is rebuilt in the night after it, and once more in the second night: until then late hits
//! may still be written to D1. After the second night it is final, if Analytics Engine agrees with its own control total; else it is tried
//! again until the third.

use std::collections::BTreeMap;

use super::date::{Date, Millis};

pub const DAY_MS: Millis = 24 * 60 * 60 * 1000;
/// After a day's end: Analytics Engine shows points about a minute late.
pub const GRACE_MS: Millis = 15 * 60 * 1000;
/// After a day's end: it has left its aggregator. Hits are counted until noon; what is left of them is written to D1 until then.
pub const STAYS_MS: Millis = 23 * 60 * 60 * 1000;
/// After a day's end: nothing of it is written any more.
const SETTLED_MS: Millis = STAYS_MS + 60 * 60 * 1000;
/// Nights in which a day is tried that does not agree with its control total.
const NIGHTS: u32 = 3;
/// Analytics Engine keeps points for three months, the shortest of which have 89 days: so many before today are whole.
pub const ENGINE_REACH_DAYS: u32 = 88;
/// By how much a day may fall short of its control total and still be final.
const TOLERANCE: f64 = 0.01;
/// Days that are never purged, whatever the retention: they may still change.
const KEEP_DAYS: u32 = NIGHTS + 1;

/// The instant at which a day is over.
pub fn end_of(date: Date) -> Millis {
    date.start() + DAY_MS
}

/// What is known of a day's runs so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DayRuns {
    /// When the last one that is done began.
    pub done_from: Option<Millis>,
    pub is_final: bool,
}

/// The days that a nightly run on `today` has to rebuild, oldest first. `first` is the oldest day that has anything;
/// `retention` the number of days kept, today among them.
pub fn due(today: Date, first: Option<Date>, retention: u32, runs: &BTreeMap<Date, DayRuns>) -> Vec<Date> {
    let yesterday = today.minus(1);
    let mut date = first.unwrap_or(yesterday).max(oldest_due(today, retention));
    let mut due = Vec::new();
    while date <= yesterday {
        let known = runs.get(&date).copied().unwrap_or_default();
        let is_settled = known.done_from.is_some_and(|began| is_settled(date, began));
        let given_up = is_settled && today.days_since(date) > NIGHTS.into();
        if !known.is_final && !given_up {
            due.push(date);
        }
        date = date.plus(1);
    }
    due
}

/// The oldest day that may be rebuilt: one that is not purged, and that Analytics Engine still has.
pub fn oldest_due(today: Date, retention: u32) -> Date {
    purge_before(today, retention).max(today.minus(ENGINE_REACH_DAYS))
}

/// The oldest day of the retention. Everything older may be purged, if it is older than [`KEEP_DAYS`], too.
fn oldest_kept(today: Date, retention: u32) -> Date {
    today.minus(retention.max(1) - 1)
}

/// The first day that a purge keeps.
pub fn purge_before(today: Date, retention: u32) -> Date {
    oldest_kept(today, retention.max(KEEP_DAYS))
}

/// Whether nothing of a day is written any more.
fn is_settled(date: Date, now: Millis) -> bool {
    now >= end_of(date) + SETTLED_MS
}

/// How far a count is from its control total, as a share of it; negative when it falls short.
pub fn drift(count: u64, control: u64) -> f64 {
    if count == control { 0.0 } else { (count as f64 - control as f64) / control.max(1) as f64 }
}

/// Whether a day whose sources were compared at `now` or later needs no further run. `drift` is none where the control total is unknown.
pub fn is_final(date: Date, now: Millis, drift: Option<f64>) -> bool {
    let agrees = drift.is_some_and(|drift| drift >= -TOLERANCE);
    let last_night = Date::at(now).days_since(date) >= NIGHTS.into();
    is_settled(date, now) && (agrees || last_night)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> Date {
        Date::parse(text).unwrap()
    }

    fn at(text: &str, hour: u64) -> Millis {
        date(text).start() + hour * 60 * 60 * 1000
    }

    #[test]
    fn due_days() {
        /// What the runs of a day have come to.
        #[derive(Clone, Copy)]
        enum Known {
            Final,
            /// Done by a run that began so many days after the day, at two o'clock.
            Done(u32),
            Failed,
        }
        use Known::{Done, Failed, Final};
        let runs = |list: &[(&str, Known)]| {
            let known = |day: &str, known| match known {
                Final => DayRuns { done_from: None, is_final: true },
                Done(later) => {
                    DayRuns { done_from: Some(at(day, u64::from(later) * 24 + 2)), is_final: false }
                }
                Failed => DayRuns::default(),
            };
            list.iter().map(|(day, what)| (date(day), known(day, *what))).collect()
        };
        let final_from = |first: u32, last: u32| -> Vec<(String, Known)> {
            (first..=last).map(|day| (format!("2026-11-{day}"), Final)).collect()
        };
        let and = |days: Vec<(String, Known)>, more: &[(&str, Known)]| {
            let days: Vec<(&str, Known)> = days.iter().map(|(day, known)| (&day[..], *known)).collect();
            runs(&[&days, more].concat())
        };
        for (why, first, retention, known, expected) in [
            ("a new deployment", None, 90, runs(&[]), vec!["2026-11-19"]),
            (
                "missed nights",
                Some("2026-11-17"),
                90,
                runs(&[]),
                vec!["2026-11-17", "2026-11-18", "2026-11-19"],
            ),
            (
                "the second night, and the third of a day that is not agreed upon; before it they are given up",
                Some("2026-11-10"),
                90,
                and(
                    final_from(10, 15),
                    &[("2026-11-16", Done(3)), ("2026-11-17", Done(2)), ("2026-11-18", Done(1))],
                ),
                vec!["2026-11-17", "2026-11-18", "2026-11-19"],
            ),
            (
                "the second and the third night were missed: hits may have come in since",
                Some("2026-11-15"),
                90,
                and(final_from(16, 19), &[("2026-11-15", Done(1))]),
                vec!["2026-11-15"],
            ),
            (
                "failed long ago",
                Some("2026-11-12"),
                9,
                and(final_from(13, 19), &[("2026-11-12", Failed)]),
                vec!["2026-11-12"],
            ),
            (
                "beyond the retention",
                Some("2026-11-01"),
                5,
                runs(&[]),
                vec!["2026-11-16", "2026-11-17", "2026-11-18", "2026-11-19"],
            ),
            (
                "a short retention",
                Some("2026-11-01"),
                1,
                runs(&[]),
                vec!["2026-11-17", "2026-11-18", "2026-11-19"],
            ),
        ] {
            let due = due(date("2026-11-20"), first.map(date), retention, &known);
            assert_eq!(due.iter().map(Date::to_string).collect::<Vec<_>>(), expected, "{why}");
        }
        let reach = due(date("2026-11-20"), Some(date("2025-01-01")), 3650, &BTreeMap::new());
        assert_eq!((reach.len(), reach[0]), (ENGINE_REACH_DAYS as usize, date("2026-08-24")));
    }

    #[test]
    fn final_days() {
        for (now, drift, expected) in [
            (at("2026-11-20", 2), Some(0.0), false),
            (at("2026-11-20", 23), Some(0.0), false),
            (at("2026-11-21", 0), Some(0.0), true),
            (at("2026-11-21", 2), Some(-0.01), true),
            (at("2026-11-21", 2), Some(0.5), true),
            (at("2026-11-21", 2), Some(-0.011), false),
            (at("2026-11-21", 2), None, false),
            (at("2026-11-22", 2), Some(-0.5), true),
            (at("2026-11-22", 2), None, true),
        ] {
            assert_eq!(is_final(date("2026-11-19"), now, drift), expected, "{now} {drift:?}");
        }
    }

    #[test]
    fn drifts() {
        for (count, control, expected) in
            [(0, 0, 0.0), (5, 0, 5.0), (99, 100, -0.01), (0, 10, -1.0), (11, 10, 0.1)]
        {
            assert!((drift(count, control) - expected).abs() < 1e-9, "{count} {control}");
        }
    }

    #[test]
    fn purges_keep_what_may_change() {
        for (retention, expected) in [(90, "2026-08-23"), (5, "2026-11-16"), (1, "2026-11-17")] {
            assert_eq!(purge_before(date("2026-11-20"), retention), date(expected));
        }
    }
}
