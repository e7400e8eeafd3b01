//! The range of days that a report covers, as it is asked for in a query string.

use super::date::{Date, DateError};

/// Longest range of one report, in days.
pub const MAX_DAYS: u32 = 90;
/// Range of a report that asks for none, in days.
pub const DEFAULT_DAYS: u32 = 30;

/// Why a range is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DateRangeError {
    #[error("Use either days, or start and end.")]
    Both,
    #[error("start and end belong together: {0} is missing.")]
    Half(&'static str),
    #[error("Choose 1 to {MAX_DAYS} days, not {0:?}.")]
    Days(String),
    #[error("Invalid {0}: {1}")]
    Malformed(&'static str, DateError),
    #[error("The start date {0} is after the end date {1}.")]
    Reversed(Date, Date),
    #[error("Choose at most {MAX_DAYS} days: {0} to {1} is longer.")]
    TooLong(Date, Date),
    #[error("The end date {0} is in the future (today is {1}, UTC).")]
    Future(Date, Date),
    #[error("Data goes back to {1}, but the start date is {0}.")]
    BeyondRetention(Date, Date),
}

impl DateRangeError {
    /// The parameter that was refused.
    pub fn parameter(&self) -> &'static str {
        match self {
            Self::Both | Self::Days(_) => "days",
            Self::Half(name) | Self::Malformed(name, _) => name,
            Self::Reversed(..) | Self::TooLong(..) | Self::BeyondRetention(..) => "start",
            Self::Future(..) => "end",
        }
    }
}

/// A range's parameters as a query string has them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RangeQuery {
    pub days: Option<String>,
    pub start: Option<String>,
    pub end: Option<String>,
}

/// Days from `start` to `end`, both inclusive, at most [`MAX_DAYS`], none of them in the future.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DateRange {
    start: Date,
    end: Date,
}

impl DateRange {
    /// `retention` is the number of days kept, `today` among them.
    pub fn parse(query: &RangeQuery, today: Date, retention: u32) -> Result<Self, DateRangeError> {
        let oldest = today.minus(retention.saturating_sub(1));
        let range = match (&query.days, &query.start, &query.end) {
            (Some(_), Some(_), _) | (Some(_), _, Some(_)) => return Err(DateRangeError::Both),
            (None, Some(_), None) => return Err(DateRangeError::Half("end")),
            (None, None, Some(_)) => return Err(DateRangeError::Half("start")),
            (None, None, None) => Self::last(DEFAULT_DAYS.min(retention), today),
            (Some(days), None, None) => Self::last(parse_days(days)?, today),
            (None, Some(start), Some(end)) => Self::between(start, end, today)?,
        };
        if range.start < oldest {
            return Err(DateRangeError::BeyondRetention(range.start, oldest));
        }
        Ok(range)
    }

    pub(super) fn last(days: u32, today: Date) -> Self {
        Self { start: today.minus(days - 1), end: today }
    }

    fn between(start: &str, end: &str, today: Date) -> Result<Self, DateRangeError> {
        let start = Date::parse(start).map_err(|error| DateRangeError::Malformed("start", error))?;
        let end = Date::parse(end).map_err(|error| DateRangeError::Malformed("end", error))?;
        if start > end {
            return Err(DateRangeError::Reversed(start, end));
        }
        if end > today {
            return Err(DateRangeError::Future(end, today));
        }
        if end.days_since(start) >= i64::from(MAX_DAYS) {
            return Err(DateRangeError::TooLong(start, end));
        }
        Ok(Self { start, end })
    }

    pub fn start(&self) -> Date {
        self.start
    }

    pub fn end(&self) -> Date {
        self.end
    }

    /// How many days; at least 1.
    pub fn days(&self) -> u32 {
        u32::try_from(self.end.days_since(self.start)).expect("start is not after end") + 1
    }

    /// Every day, oldest first.
    pub fn dates(&self) -> impl Iterator<Item = Date> + use<> {
        let start = self.start;
        (0..self.days()).map(move |offset| start.plus(offset))
    }

    /// From `start`, which is not after it, to `end`.
    pub(super) fn spanning(start: Date, end: Date) -> Self {
        Self { start, end }
    }

    /// The same with the days before it from `start` on.
    pub fn back_to(&self, start: Date) -> Self {
        Self { start: start.min(self.start), ..*self }
    }

    /// The same days as many months earlier as the range touches, from first to last days of months where it ends with its
    /// month; no earlier start than [`MAX_DAYS`] allow.
    pub(super) fn months_earlier(&self) -> Self {
        let months = self.end.months_since(self.start) + 1;
        let end = self.end.minus_months(months);
        let end = if self.end.is_last_of_month() { end.last_of_month() } else { end };
        Self { start: self.start.minus_months(months).max(end.minus(MAX_DAYS - 1)), end }
    }

    /// As many days, so many earlier.
    pub(super) fn earlier(&self, days: u32) -> Self {
        Self { start: self.start.minus(days), end: self.end.minus(days) }
    }
}

fn parse_days(text: &str) -> Result<u32, DateRangeError> {
    text.parse()
        .ok()
        .filter(|days| (1..=MAX_DAYS).contains(days) && text.bytes().all(|byte| byte.is_ascii_digit()))
        .ok_or_else(|| DateRangeError::Days(text.chars().take(40).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn date(text: &str) -> Date {
        Date::parse(text).unwrap()
    }

    fn parse(days: &str, start: &str, end: &str) -> Result<(String, String), DateRangeError> {
        let given = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        let query = RangeQuery { days: given(days), start: given(start), end: given(end) };
        DateRange::parse(&query, date("2026-03-01"), 90)
            .map(|range| (range.start().to_string(), range.end().to_string()))
    }

    #[test]
    fn ranges() {
        for (days, start, end, expected) in [
            ("", "", "", ("2026-01-31", "2026-03-01")),
            ("1", "", "", ("2026-03-01", "2026-03-01")),
            ("90", "", "", ("2025-12-02", "2026-03-01")),
            ("", "2026-02-28", "2026-03-01", ("2026-02-28", "2026-03-01")),
            ("", "2026-03-01", "2026-03-01", ("2026-03-01", "2026-03-01")),
            ("", "2025-12-02", "2026-03-01", ("2025-12-02", "2026-03-01")),
        ] {
            assert_eq!(parse(days, start, end), Ok((expected.0.into(), expected.1.into())));
        }
    }

    #[test]
    fn refusals_say_which() {
        for (days, start, end, message) in [
            ("7", "2026-02-01", "", "Use either days, or start and end."),
            ("7", "", "2026-02-01", "Use either days, or start and end."),
            ("", "2026-02-01", "", "start and end belong together: end is missing."),
            ("", "", "2026-02-01", "start and end belong together: start is missing."),
            ("0", "", "", "Choose 1 to 90 days, not \"0\"."),
            ("91", "", "", "Choose 1 to 90 days, not \"91\"."),
            ("+7", "", "", "Choose 1 to 90 days, not \"+7\"."),
            ("1.5", "", "", "Choose 1 to 90 days, not \"1.5\"."),
            ("", "2026-02-30", "2026-03-01", "Invalid start: \"2026-02-30\" isn't a date. Use YYYY-MM-DD."),
            ("", "2026-02-01", "x", "Invalid end: \"x\" isn't a date. Use YYYY-MM-DD."),
            ("", "2026-02-02", "2026-02-01", "The start date 2026-02-02 is after the end date 2026-02-01."),
            (
                "",
                "2026-03-01",
                "2026-03-02",
                "The end date 2026-03-02 is in the future (today is 2026-03-01, UTC).",
            ),
            ("", "2025-12-01", "2026-03-01", "Choose at most 90 days: 2025-12-01 to 2026-03-01 is longer."),
            (
                "",
                "2025-12-01",
                "2025-12-02",
                "Data goes back to 2025-12-02, but the start date is 2025-12-01.",
            ),
        ] {
            assert_eq!(parse(days, start, end).unwrap_err().to_string(), message);
        }
    }

    #[test]
    fn a_short_retention_shortens_the_default() {
        let range = DateRange::parse(&RangeQuery::default(), date("2026-03-01"), 7).unwrap();
        assert_eq!(range.days(), 7);
    }

    proptest! {
        #[test]
        fn days_are_counted_once(days in 1u32..=90, offset in 0u32..4000) {
            let today = date("2020-01-01").plus(offset);
            let query = RangeQuery { days: Some(days.to_string()), ..RangeQuery::default() };
            let range = DateRange::parse(&query, today, 90).unwrap();
            prop_assert_eq!(range.days(), days);
            let dates: Vec<Date> = range.dates().collect();
            prop_assert_eq!(dates.len() as u32, days);
            prop_assert_eq!(dates[0], range.start());
            prop_assert_eq!(dates[dates.len() - 1], today);
        }
    }
}
