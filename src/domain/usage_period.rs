//! The days of a usage report as ImageKit's API takes them: `startDate` and `endDate`, refused in ImageKit's words.

use super::date::Date;
use super::period::Period;

/// How far apart the dates may be.
const MAX_DAYS: i64 = 90;

/// Why a period is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UsagePeriodError {
    #[error("startDate and endDate are required in query parameters.")]
    Missing,
    #[error("startDate and endDate should be in format YYYY-MM-DD.")]
    Malformed,
    #[error("startDate should be before endDate.")]
    Reversed,
    #[error("startDate and endDate should be within 90 days.")]
    TooLong,
    /// In words of our own: ImageKit keeps usage for longer.
    #[error("startDate should be {oldest} or later: data is kept for {retention} days.")]
    BeyondRetention { oldest: Date, retention: u32 },
}

/// Whether a period has its last date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EndDate {
    Exclusive,
    Inclusive,
}

/// The dates as they were given, and the days that they mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UsagePeriod {
    pub start: Date,
    pub end: Date,
    pub days: Period,
}

impl UsagePeriod {
    /// # Errors
    ///
    /// [`UsagePeriodError`], in the order of its variants.
    pub fn parse(
        start: Option<&str>,
        end: Option<&str>,
        kind: EndDate,
        today: Date,
        retention: u32,
    ) -> Result<Self, UsagePeriodError> {
        let given = |text: Option<&str>| text.filter(|text| !text.is_empty()).map(Date::parse);
        let (Some(start), Some(end)) = (given(start), given(end)) else {
            return Err(UsagePeriodError::Missing);
        };
        let (Ok(start), Ok(end)) = (start, end) else { return Err(UsagePeriodError::Malformed) };
        let last = match kind {
            EndDate::Exclusive => end.minus(1),
            EndDate::Inclusive => end,
        };
        if last < start {
            return Err(UsagePeriodError::Reversed);
        }
        if end.days_since(start) >= MAX_DAYS {
            return Err(UsagePeriodError::TooLong);
        }
        let oldest = today.minus(retention.saturating_sub(1));
        if start < oldest {
            return Err(UsagePeriodError::BeyondRetention { oldest, retention });
        }
        Ok(Self { start, end, days: Period { first: start, last } })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use EndDate::{Exclusive, Inclusive};

    /// `-` stands for a date that is not given.
    fn given(text: &str) -> Option<&str> {
        (text != "-").then_some(text)
    }

    fn check(start: &str, end: &str, kind: EndDate) -> Result<usize, String> {
        let today = Date::parse("2026-03-15").unwrap();
        let period = UsagePeriod::parse(given(start), given(end), kind, today, 400);
        period.map(|it| it.days.until(today).count()).map_err(|error| error.to_string())
    }

    #[test]
    fn periods() {
        for (start, end, kind, days) in [
            ("2026-03-01", "2026-03-02", Exclusive, 1),
            ("2026-03-01", "2026-03-02", Inclusive, 2),
            ("2026-03-01", "2026-03-01", Inclusive, 1),
            ("2026-02-27", "2026-03-02", Exclusive, 3),
            ("2025-12-31", "2026-01-01", Inclusive, 2),
            ("2025-12-16", "2026-03-15", Exclusive, 89),
            ("2025-12-16", "2026-03-15", Inclusive, 90),
            ("2026-03-15", "2026-03-16", Exclusive, 1),
            ("2026-03-14", "2026-04-30", Exclusive, 2),
            ("2026-03-16", "2026-03-20", Exclusive, 0),
        ] {
            assert_eq!(check(start, end, kind), Ok(days), "{start} {end} {kind:?}");
        }
    }

    #[test]
    fn leap_days() {
        let day = |text| Date::parse(text).unwrap();
        let period = |start, end| {
            let period = UsagePeriod::parse(Some(start), Some(end), Exclusive, day("2024-03-10"), 90);
            period.map(|it| it.days.until(day("2024-03-10")).map(|date| date.to_string()).collect::<Vec<_>>())
        };
        assert_eq!(period("2024-02-28", "2024-03-02").unwrap(), ["2024-02-28", "2024-02-29", "2024-03-01"]);
        assert_eq!(period("2024-02-29", "2024-03-01").unwrap(), ["2024-02-29"]);
        assert_eq!(period("2023-02-29", "2024-03-01"), Err(UsagePeriodError::Malformed));
    }

    #[test]
    fn refusals() {
        const MISSING: &str = "startDate and endDate are required in query parameters.";
        const MALFORMED: &str = "startDate and endDate should be in format YYYY-MM-DD.";
        const REVERSED: &str = "startDate should be before endDate.";
        const TOO_LONG: &str = "startDate and endDate should be within 90 days.";
        for (start, end, kind, said) in [
            ("-", "2026-03-01", Exclusive, MISSING),
            ("2026-03-01", "-", Exclusive, MISSING),
            ("-", "-", Inclusive, MISSING),
            ("", "2026-03-01", Exclusive, MISSING),
            ("-", "tomorrow", Exclusive, MISSING),
            ("2026-3-1", "2026-03-02", Exclusive, MALFORMED),
            ("2026-02-30", "2026-03-02", Exclusive, MALFORMED),
            ("2025-02-29", "2026-03-02", Exclusive, MALFORMED),
            ("2026-03-01", "2026-03-02T00:00:00Z", Inclusive, MALFORMED),
            ("2026-03-01", "2026-03-01", Exclusive, REVERSED),
            ("2026-03-02", "2026-03-01", Inclusive, REVERSED),
            ("2025-12-01", "2026-03-01", Exclusive, TOO_LONG),
            ("2025-12-01", "2026-03-01", Inclusive, TOO_LONG),
        ] {
            assert_eq!(check(start, end, kind), Err(said.into()), "{start} {end} {kind:?}");
        }
        let today = Date::parse("2026-03-15").unwrap();
        let kept = |retention| {
            UsagePeriod::parse(Some("2026-03-01"), Some("2026-03-03"), Exclusive, today, retention)
        };
        assert!(kept(15).is_ok());
        assert_eq!(
            kept(14).unwrap_err().to_string(),
            "startDate should be 2026-03-02 or later: data is kept for 14 days."
        );
    }
}
