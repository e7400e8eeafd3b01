//! Comparisons: which earlier days a range is held against.

use utoipa::ToSchema;

use super::date::Date;
use super::date_range::DateRange;

/// What a range is compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ToSchema)]
#[schema(as = ComparisonKind, rename_all = "lowercase")]
pub enum Comparison {
    /// The days just before the range.
    Previous,
    /// The nearest earlier days that do not overlap and fall on the same weekdays.
    Weekday,
}

/// Why a comparison is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("compare must be previous or weekday, and {0:?} is neither")]
pub struct ComparisonError(String);

impl Comparison {
    pub fn parse(text: &str) -> Result<Self, ComparisonError> {
        match text {
            "previous" => Ok(Self::Previous),
            "weekday" => Ok(Self::Weekday),
            _ => Err(ComparisonError(text.chars().take(40).collect())),
        }
    }

    /// The range to compare with, or `None` when it begins before the oldest day kept.
    pub fn range(self, range: &DateRange, today: Date, retention: u32) -> Option<DateRange> {
        let days = match self {
            Self::Previous => range.days(),
            Self::Weekday => range.days().div_ceil(7) * 7,
        };
        let earlier = range.earlier(days);
        (earlier.start() >= today.minus(retention.saturating_sub(1))).then_some(earlier)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
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
