//! Whole numbers as Cloudflare's APIs write them: as JSON numbers, as strings where 64 bits may not fit into one, and
//! with a fraction or an exponent where they come from a sum of doubles.

use std::fmt;

use crate::domain::counters::MAX_COUNT;
use serde::Deserialize;
use serde::de::{self, Deserializer, Visitor};

/// A count, never negative, and at most [`MAX_COUNT`]: a sum of what was written once may be larger, and a day of everybody
/// would be unreadable for it. A fraction is rounded: only sums of doubles have one, from adding in another order.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Number(pub u64);

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NumberVisitor).map(Self)
    }
}

struct NumberVisitor;

impl Visitor<'_> for NumberVisitor {
    type Value = u64;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number that is not negative, or one in a string")
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<u64, E> {
        Ok(number.min(MAX_COUNT))
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<u64, E> {
        u64::try_from(number)
            .map(|it| it.min(MAX_COUNT))
            .map_err(|_| E::invalid_value(de::Unexpected::Signed(number), &self))
    }

    fn visit_f64<E: de::Error>(self, number: f64) -> Result<u64, E> {
        (number > -0.5)
            .then(|| (number.round() as u64).min(MAX_COUNT))
            .ok_or_else(|| E::invalid_value(de::Unexpected::Float(number), &self))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<u64, E> {
        if let Ok(number) = text.parse() {
            return self.visit_u64(number);
        }
        match text.parse() {
            Ok(number) => self.visit_f64(number),
            Err(_) => Err(E::invalid_value(de::Unexpected::Str(text), &self)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers() {
        for (json, number) in [
            ("0", 0),
            ("42", 42),
            ("\"42\"", 42),
            ("9007199254740991", MAX_COUNT),
            ("9007199254740992", MAX_COUNT),
            ("18446744073709551615", MAX_COUNT),
            ("\"18446744073709551615\"", MAX_COUNT),
            ("\"99999999999999999999999\"", MAX_COUNT),
            ("9.2e19", MAX_COUNT),
            ("1e300", MAX_COUNT),
            ("\"inf\"", MAX_COUNT),
            ("42.0", 42),
            ("41.9999999999", 42),
            ("1.5e3", 1500),
            ("\"1.5e3\"", 1500),
            ("-0.0", 0),
        ] {
            assert_eq!(serde_json::from_str::<Number>(json).unwrap().0, number, "{json}");
        }
        for json in ["-1", "\"-1\"", "-1e300", "\"NaN\"", "\"-inf\"", "\"\"", "\"x\"", "null", "true", "[]"] {
            assert!(serde_json::from_str::<Number>(json).is_err(), "{json}");
        }
    }
}
