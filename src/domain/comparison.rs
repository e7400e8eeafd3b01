//! Comparisons: which earlier days a range is held against.

use utoipa::ToSchema;

use super::date::Date;
use super::date_range::DateRange;

/// The period to compare with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ToSchema)]
#[schema(as = ComparisonKind, rename_all = "lowercase")]
pub enum Comparison {
    /// The days just before the range.
    Previous,
    /// The nearest earlier days that do not overlap and fall on the same weekdays.
    Weekday,
    /// The same days of the month before; for days of several months, as many months earlier. What ends with its month is
    /// compared with days that end with theirs, so that the number of days may differ.
    Month,
}

/// Why a comparison is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("compare must be previous, weekday or month, not {0:?}.")]
pub struct ComparisonError(String);

impl Comparison {
    pub fn parse(text: &str) -> Result<Self, ComparisonError> {
        match text {
            "previous" => Ok(Self::Previous),
            "weekday" => Ok(Self::Weekday),
            "month" => Ok(Self::Month),
            _ => Err(ComparisonError(text.chars().take(40).collect())),
        }
    }

    /// The range to compare with, or `None` when it begins before the oldest day kept.
    pub fn range(self, range: &DateRange, today: Date, retention: u32) -> Option<DateRange> {
        let earlier = match self {
            Self::Previous => range.earlier(range.days()),
            Self::Weekday => range.earlier(range.days().div_ceil(7) * 7),
            Self::Month => range.months_earlier(),
        };
        (earlier.start() >= today.minus(retention.saturating_sub(1))).then_some(earlier)
    }
}

/// The days of a range that can be compared, and as many before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ComparedDays {
    pub current: DateRange,
    pub previous: DateRange,
}

/// Why no day of a range can be compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Incomparable {
    #[error("Today isn't over, and only complete days are compared.")]
    Incomplete,
    #[error("There is no data for the previous period.")]
    Unknown,
}

impl ComparedDays {
    /// Pairs each day of a range with its counterpart in `previous`, which is as long, and keeps the pairs of complete, known
    /// days: beside a whole day, any other would look like a fall. Those at both ends are left out.
    ///
    /// # Errors
    ///
    /// When no pair is left.
    pub fn of(
        range: &DateRange,
        previous: &DateRange,
        today: Date,
        is_known: impl Fn(Date) -> bool,
    ) -> Result<Self, Incomparable> {
        let is_whole = |(date, before): &(Date, Date)| *date < today && is_known(*date) && is_known(*before);
        let pairs: Vec<(Date, Date)> = range.dates().zip(previous.dates()).filter(is_whole).collect();
        match (pairs.first(), pairs.last()) {
            (Some(first), Some(last)) => Ok(Self {
                current: DateRange::spanning(first.0, last.0),
                previous: DateRange::spanning(first.1, last.1),
            }),
            _ if range.start() >= today => Err(Incomparable::Incomplete),
            _ => Err(Incomparable::Unknown),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::date_range::{MAX_DAYS, RangeQuery};
    use proptest::prelude::*;

    /// Offsets from today; a day is known from `first` on, except for `gap`.
    #[test]
    fn complete_known_days_are_compared() {
        let today = Date::parse("2026-11-20").unwrap();
        let check = |days: u32, end: u32, first: u32, gap: u32| {
            let (start, end) = (today.minus(end + days - 1), today.minus(end));
            let query = RangeQuery {
                start: Some(start.to_string()),
                end: Some(end.to_string()),
                ..RangeQuery::default()
            };
            let range = DateRange::parse(&query, today, 90).unwrap();
            let previous = Comparison::Previous.range(&range, today, 90).unwrap();
            let is_known = |date: Date| date >= today.minus(first) && date != today.minus(gap);
            let ago = |date: Date| today.days_since(date);
            ComparedDays::of(&range, &previous, today, is_known).map(|ComparedDays { current, previous }| {
                [current, previous].map(|it| (ago(it.start()), ago(it.end())))
            })
        };
        for (days, end, first, gap, expected) in [
            (7, 0, 89, 90, Ok([(6, 1), (13, 8)])),
            (7, 1, 89, 90, Ok([(7, 1), (14, 8)])),
            (7, 0, 10, 90, Ok([(3, 1), (10, 8)])),
            (7, 0, 8, 90, Ok([(1, 1), (8, 8)])),
            (7, 0, 7, 90, Err(Incomparable::Unknown)),
            (7, 0, 89, 3, Ok([(6, 1), (13, 8)])),
            (7, 0, 89, 13, Ok([(5, 1), (12, 8)])),
            (1, 0, 89, 90, Err(Incomparable::Incomplete)),
            (1, 1, 1, 90, Err(Incomparable::Unknown)),
        ] {
            assert_eq!(check(days, end, first, gap), expected, "{days} days, {end}, {first}, {gap}");
        }
    }

    #[test]
    fn months_are_compared_with_months() {
        let today = Date::parse("2026-11-26").unwrap();
        for (start, end, expected) in [
            ("2026-11-01", "2026-11-26", "2026-10-01 2026-10-26"),
            ("2026-10-01", "2026-10-31", "2026-09-01 2026-09-30"),
            ("2026-09-01", "2026-09-30", "2026-08-01 2026-08-31"),
            ("2026-03-01", "2026-03-30", "2026-02-01 2026-02-28"),
            ("2024-03-29", "2024-03-31", "2024-02-29 2024-02-29"),
            ("2026-11-26", "2026-11-26", "2026-10-26 2026-10-26"),
            ("2026-01-05", "2026-01-20", "2025-12-05 2025-12-20"),
            ("2026-09-10", "2026-10-09", "2026-07-10 2026-08-09"),
            ("2026-02-01", "2026-04-30", "2025-11-03 2026-01-31"),
        ] {
            let query =
                RangeQuery { start: Some(start.into()), end: Some(end.into()), ..RangeQuery::default() };
            let range = DateRange::parse(&query, today, 5_000).unwrap();
            let earlier = Comparison::Month.range(&range, today, 5_000).unwrap();
            assert_eq!(format!("{} {}", earlier.start(), earlier.end()), expected, "{start} {end}");
        }
    }

    proptest! {
        #[test]
        fn months_earlier_do_not_overlap(days in 1u32..=MAX_DAYS, offset in 0u32..4000) {
            let today = Date::parse("2020-01-01").unwrap().plus(offset);
            let range = DateRange::last(days, today);
            let earlier = Comparison::Month.range(&range, today, 1000).unwrap();
            prop_assert!(earlier.end() < range.start() && earlier.days() <= MAX_DAYS);
            prop_assert!(earlier.days().abs_diff(days) <= 3);
        }


        #[test]
        fn comparisons_are_earlier_and_as_long(days in 1u32..=90, offset in 0u32..4000) {
            let today = Date::parse("2020-01-01").unwrap().plus(offset);
            let range = DateRange::last(days, today);
            for comparison in [Comparison::Previous, Comparison::Weekday] {
                let earlier = comparison.range(&range, today, 1000).unwrap();
                prop_assert_eq!(earlier.days(), days);
                prop_assert!(earlier.end() < range.start());
                if comparison == Comparison::Weekday {
                    prop_assert_eq!(range.start().days_since(earlier.start()) % 7, 0);
                }
                prop_assert!(comparison.range(&range, today, days).is_none());
            }
        }
    }
}
