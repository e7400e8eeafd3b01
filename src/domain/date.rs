//! UTC dates and instants. Pixtally's days are UTC days everywhere.

use std::fmt;
use std::time::{Duration, UNIX_EPOCH};

use chrono::{DateTime, Datelike, Days, Months, NaiveDate};
use serde::{Deserialize, Serialize};

/// Milliseconds since the Unix epoch, as the platform's clock tells them.
pub type Millis = u64;

/// The last second that an HTTP date can have, 9999-12-31T23:59:59Z.
const LATEST_HTTP_DATE: Millis = 253_402_300_799_000;

/// A UTC day. Written `YYYY-MM-DD`, years 0001 to 9999.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Date(NaiveDate);

/// Why a text is not a date.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} isn't a date. Use YYYY-MM-DD.")]
pub struct DateError(String);

pub const HOUR_MS: Millis = 60 * 60 * 1000;

/// The hour of the day in UTC that an instant falls in, 0 to 23.
pub fn hour_of(millis: Millis) -> u8 {
    (millis / HOUR_MS % 24) as u8
}

impl Date {
    /// The day that an instant falls on.
    pub fn at(millis: Millis) -> Self {
        let instant = i64::try_from(millis).ok().and_then(DateTime::from_timestamp_millis);
        Self(instant.unwrap_or(DateTime::UNIX_EPOCH).date_naive())
    }

    pub fn parse(text: &str) -> Result<Self, DateError> {
        let error = || DateError(text.chars().take(40).collect());
        let bytes = text.as_bytes();
        let shaped = bytes.len() == 10
            && bytes.iter().enumerate().all(|(index, byte)| match index {
                4 | 7 => *byte == b'-',
                _ => byte.is_ascii_digit(),
            });
        if !shaped {
            return Err(error());
        }
        NaiveDate::parse_from_str(text, "%Y-%m-%d")
            .ok()
            .filter(|date| date.year() > 0)
            .map(Self)
            .ok_or_else(error)
    }

    /// The instant at which the day begins.
    pub fn start(self) -> Millis {
        self.0.and_time(chrono::NaiveTime::MIN).and_utc().timestamp_millis().try_into().unwrap_or_default()
    }

    /// The day `days` later, held within the representable range.
    pub fn plus(self, days: u32) -> Self {
        Self(self.0.checked_add_days(Days::new(days.into())).unwrap_or(NaiveDate::MAX))
    }

    /// The day `days` earlier, held within the representable range.
    pub fn minus(self, days: u32) -> Self {
        Self(self.0.checked_sub_days(Days::new(days.into())).unwrap_or(NaiveDate::MIN))
    }

    /// Days from `earlier` to this day; negative when it is later.
    pub fn days_since(self, earlier: Self) -> i64 {
        (self.0 - earlier.0).num_days()
    }

    /// The first day of the month that the day is in.
    pub fn first_of_month(self) -> Self {
        Self(self.0.with_day(1).unwrap_or(self.0))
    }

    /// The last day of the month that the day is in.
    pub fn last_of_month(self) -> Self {
        self.first_of_month().plus(31).first_of_month().minus(1)
    }

    pub fn is_last_of_month(self) -> bool {
        self == self.last_of_month()
    }

    /// The same day of the month so many months earlier; that month's last day where it is shorter.
    pub fn minus_months(self, months: u32) -> Self {
        Self(self.0.checked_sub_months(Months::new(months)).unwrap_or(NaiveDate::MIN))
    }

    /// How many months `earlier` lies before the month of this day; 0 when it does not.
    pub fn months_since(self, earlier: Self) -> u32 {
        let month = |date: NaiveDate| i64::from(date.year()) * 12 + i64::from(date.month());
        u32::try_from(month(self.0) - month(earlier.0)).unwrap_or_default()
    }

    /// The month that the day is in, written `YYYY-MM`.
    pub fn month(self) -> String {
        format!("{:04}-{:02}", self.0.year(), self.0.month())
    }
}

impl TryFrom<String> for Date {
    type Error = DateError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

impl From<Date> for String {
    fn from(date: Date) -> Self {
        date.to_string()
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = (self.0.year(), self.0.month(), self.0.day());
        write!(f, "{year:04}-{month:02}-{day:02}")
    }
}

/// An instant as RFC 3339 in UTC, to the second: `2026-11-20T17:39:32Z`.
pub fn timestamp(millis: Millis) -> String {
    format(millis, "%Y-%m-%dT%H:%M:%SZ")
}

/// Reads what [`timestamp`] writes.
pub fn parse_timestamp(text: &str) -> Option<Millis> {
    let instant = chrono::NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%SZ").ok()?;
    instant.and_utc().timestamp_millis().try_into().ok()
}

/// Reads any instant that RFC 3339 allows, in any zone, to milliseconds; what was before 1970 is read as its beginning.
pub fn parse_instant(text: &str) -> Option<Millis> {
    DateTime::parse_from_rfc3339(text).ok()?.timestamp_millis().max(0).try_into().ok()
}

/// An instant as an HTTP date, to the second: `Fri, 20 Nov 2026 17:39:32 GMT`.
pub fn http_date(millis: Millis) -> String {
    httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_millis(millis.min(LATEST_HTTP_DATE)))
}

/// Reads any of the three forms of an HTTP date (RFC 9110, section 5.6.7), to milliseconds.
pub fn parse_http_date(text: &str) -> Option<Millis> {
    let since_epoch = httpdate::parse_http_date(text.trim()).ok()?.duration_since(UNIX_EPOCH).ok()?;
    since_epoch.as_millis().try_into().ok()
}

fn format(millis: Millis, pattern: &str) -> String {
    let instant = i64::try_from(millis).ok().and_then(DateTime::from_timestamp_millis);
    instant.unwrap_or(DateTime::UNIX_EPOCH).format(pattern).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn parsing() {
        for text in ["2026-11-20", "2024-02-29", "0001-01-01", "9999-12-31"] {
            assert_eq!(Date::parse(text).unwrap().to_string(), text);
        }
        for text in [
            "",
            "2026-2-3",
            "2026-02-30",
            "2025-02-29",
            "0000-01-01",
            "20261120",
            "2026-11-20 ",
            "+026-11-20",
            "tomorrow",
        ] {
            assert!(Date::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn midnight_belongs_to_the_new_day() {
        let midnight = 1_795_132_800_000;
        assert_eq!(Date::at(midnight - 1).to_string(), "2026-11-19");
        assert_eq!(Date::at(midnight).to_string(), "2026-11-20");
    }

    #[test]
    fn instants() {
        assert_eq!(timestamp(784_111_777_999), "1994-11-06T08:49:37Z");
        assert_eq!(http_date(784_111_777_999), "Sun, 06 Nov 1994 08:49:37 GMT");
        assert_eq!(http_date(u64::MAX), "Fri, 31 Dec 9999 23:59:59 GMT");
    }

    #[test]
    fn http_dates_are_read_in_all_three_forms() {
        for (text, expected) in [
            ("Sun, 06 Nov 1994 08:49:37 GMT", Some(784_111_777_000)),
            ("Sunday, 06-Nov-94 08:49:37 GMT", Some(784_111_777_000)),
            ("Sun Nov  6 08:49:37 1994", Some(784_111_777_000)),
            (" Sun, 06 Nov 1994 08:49:37 GMT ", Some(784_111_777_000)),
            ("Thu, 01 Jan 1970 00:00:00 GMT", Some(0)),
            ("Sun, 06 Nov 1994 08:49:37 CET", None),
            ("Sun, 31 Feb 1994 08:49:37 GMT", None),
            ("1994-11-06T08:49:37Z", None),
            ("784111777", None),
            ("yesterday", None),
            ("", None),
        ] {
            assert_eq!(parse_http_date(text), expected, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn text_and_value_agree(day in 0u32..3_000_000) {
            let date = Date::parse("0001-01-01").unwrap().plus(day);
            prop_assert_eq!(Date::parse(&date.to_string()), Ok(date));
            prop_assert_eq!(date.minus(day).plus(day), date);
            prop_assert_eq!(date.days_since(date.minus(day)), i64::from(day));
        }
    }
}
