//! How finely a report tells its days apart.

use utoipa::ToSchema;

use super::date_range::DateRange;

/// Most days of which a report has hours.
pub const MAX_HOURLY_DAYS: u32 = 7;

/// What a report has beside its days.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ToSchema)]
#[schema(rename_all = "lowercase")]
pub enum Interval {
    #[default]
    Day,
    /// Hours, too.
    Hour,
}

/// Why an interval is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IntervalError {
    #[error("interval must be day or hour, not {0:?}.")]
    Unknown(String),
    #[error("interval=hour takes at most {MAX_HOURLY_DAYS} days, and these are {0}. Use a shorter range.")]
    TooManyDays(u32),
    #[error("interval=hour can't be combined with filter. Leave one of them out.")]
    Filtered,
}

impl Interval {
    /// # Errors
    ///
    /// [`IntervalError`].
    pub fn parse(text: &str, range: &DateRange, is_filtered: bool) -> Result<Self, IntervalError> {
        match text {
            "day" => Ok(Self::Day),
            "hour" if range.days() > MAX_HOURLY_DAYS => Err(IntervalError::TooManyDays(range.days())),
            "hour" if is_filtered => Err(IntervalError::Filtered),
            "hour" => Ok(Self::Hour),
            _ => Err(IntervalError::Unknown(text.chars().take(40).collect())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::date::Date;
    use crate::domain::date_range::RangeQuery;

    #[test]
    fn hours_are_of_a_week_at_most() {
        let days = |days: u32| {
            let query = RangeQuery { days: Some(days.to_string()), ..RangeQuery::default() };
            DateRange::parse(&query, Date::parse("2026-11-20").unwrap(), 90).unwrap()
        };
        for (text, range, is_filtered, expected) in [
            ("day", days(90), true, Ok(Interval::Day)),
            ("hour", days(7), false, Ok(Interval::Hour)),
            ("hour", days(8), false, Err(IntervalError::TooManyDays(8))),
            ("hour", days(1), true, Err(IntervalError::Filtered)),
            ("minute", days(1), false, Err(IntervalError::Unknown("minute".into()))),
        ] {
            assert_eq!(Interval::parse(text, &range, is_filtered), expected);
        }
    }
}
