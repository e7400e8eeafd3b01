//! Calendar months, UTC.

use std::fmt;

use super::date::Date;
use super::period::Period;

/// A month, written `YYYY-MM`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Month(Period);

/// Why a text is no month that can be reported.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MonthError {
    #[error("Invalid month {0:?}. Use YYYY-MM.")]
    Malformed(String),
    #[error("The month {0} is in the future (today is {1}, UTC).")]
    Future(Month, Date),
}

impl Month {
    /// The month that a day is in.
    pub fn of(date: Date) -> Self {
        Self(Period { first: date.first_of_month(), last: date.last_of_month() })
    }

    /// # Errors
    ///
    /// [`MonthError`] also when the month has not begun.
    pub fn parse(text: &str, today: Date) -> Result<Self, MonthError> {
        let malformed = || MonthError::Malformed(text.chars().take(40).collect());
        let month = Date::parse(&format!("{text}-01")).map(Self::of).map_err(|_| malformed())?;
        if month.0.first > today { Err(MonthError::Future(month, today)) } else { Ok(month) }
    }

    /// Its days.
    pub fn period(self) -> Period {
        self.0
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.first.month())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months() {
        let today = Date::parse("2026-03-15").unwrap();
        for (text, last, days) in [
            ("2026-03", "2026-03-31", 15),
            ("2026-02", "2026-02-28", 28),
            ("2024-02", "2024-02-29", 29),
            ("2025-12", "2025-12-31", 31),
            ("2025-04", "2025-04-30", 30),
            ("0001-01", "0001-01-31", 31),
        ] {
            let month = Month::parse(text, today).unwrap();
            assert_eq!((month.to_string(), month.period().last.to_string()), (text.into(), last.into()));
            assert_eq!(month.period().until(today).count(), days, "{text}");
        }
        for text in ["", "2026", "2026-3", "2026-13", "2026-03-01", "26-03", "2026-03-"] {
            assert!(matches!(Month::parse(text, today), Err(MonthError::Malformed(_))), "{text}");
        }
        for text in ["2026-04", "2027-01", "9999-11", "9999-12"] {
            assert!(matches!(Month::parse(text, today), Err(MonthError::Future(..))), "{text}");
        }
        let future = Month::parse("2026-04", today).unwrap_err().to_string();
        assert_eq!(future, "The month 2026-04 is in the future (today is 2026-03-15, UTC).");
    }
}
