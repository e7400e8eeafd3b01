//! Whole numbers as Cloudflare's APIs write them: as JSON numbers, as strings where 64 bits may not fit into one, and
//! with a fraction or an exponent where they come from a sum of doubles.

use std::fmt;

use serde::Deserialize;
use serde::de::{self, Deserializer, Visitor};

/// A count, never negative. A fraction is rounded: only sums of doubles have one, from adding in another order.
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
        Ok(number)
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<u64, E> {
        u64::try_from(number).map_err(|_| E::invalid_value(de::Unexpected::Signed(number), &self))
    }

    fn visit_f64<E: de::Error>(self, number: f64) -> Result<u64, E> {
        let countable = number > -0.5 && number < u64::MAX as f64;
        countable
            .then(|| number.round() as u64)
            .ok_or_else(|| E::invalid_value(de::Unexpected::Float(number), &self))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<u64, E> {
        if let Ok(number) = text.parse() {
            return Ok(number);
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
            ("18446744073709551615", u64::MAX),
            ("\"18446744073709551615\"", u64::MAX),
            ("42.0", 42),
            ("41.9999999999", 42),
            ("1.5e3", 1500),
            ("\"1.5e3\"", 1500),
            ("-0.0", 0),
        ] {
            assert_eq!(serde_json::from_str::<Number>(json).unwrap().0, number, "{json}");
        }
        for json in ["-1", "\"-1\"", "1e300", "\"NaN\"", "\"inf\"", "\"\"", "\"x\"", "null", "true", "[]"] {
            assert!(serde_json::from_str::<Number>(json).is_err(), "{json}");
        }
    }
}
