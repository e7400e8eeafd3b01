//! Filters as conditions on a data point's columns.

use std::fmt::Write;

use super::Literal;
use crate::domain::asset_type::AssetType;
use crate::domain::columns::{Blob, Double};
use crate::domain::dimension::Dimension;
use crate::domain::facets::NO_ERROR;
use crate::domain::filter::{Allowed, Filters};

/// Every condition with ` AND ` before it.
pub fn conditions(filters: &Filters) -> String {
    Dimension::ALL.into_iter().fold(String::new(), |mut all, dimension| {
        if let Some(condition) = condition(dimension, &filters.allowed(dimension)) {
            all.push_str(" AND ");
            all.push_str(&condition);
        }
        all
    })
}

/// `None` where anything is allowed.
fn condition(dimension: Dimension, allowed: &Allowed) -> Option<String> {
    let (values, not) = match allowed {
        Allowed::Except(values) if values.is_empty() => return None,
        Allowed::Only(values) if values.is_empty() => return Some(format!("{} < 0", Double::Status.name())),
        Allowed::Only(values) => (values, ""),
        Allowed::Except(values) => (values, "NOT "),
    };
    let values = values.iter().map(String::as_str);
    Some(match dimension {
        Dimension::Status => format!("{not}({})", statuses(values)),
        Dimension::AssetType => {
            let kinds: Vec<String> = values.map(|value| asset_type(AssetType::parse(value))).collect();
            format!("{not}({})", kinds.join(" OR "))
        }
        _ => {
            let values: Vec<String> =
                values.map(|value| Literal(stored(dimension, value)).to_string()).collect();
            let column = Blob::of_dimension(dimension)?.name();
            let is_one_of = format!("{column} IN ({})", values.join(", "));
            match AssetType::of_dimension(dimension) {
                Some(kind) => format!("{not}({} AND {is_one_of})", asset_type(kind)),
                None => format!("{not}({is_one_of})"),
            }
        }
    })
}

/// What a point has where reports show a value.
fn stored(dimension: Dimension, value: &str) -> &str {
    if dimension == Dimension::ErrorReason && value == NO_ERROR { "" } else { value }
}

/// Statuses as ranges: a class is one.
fn statuses<'a>(values: impl Iterator<Item = &'a str>) -> String {
    let mut ranges: Vec<(u16, u16)> = Vec::new();
    for status in values.filter_map(|value| value.parse().ok()) {
        match ranges.last_mut() {
            Some((_, last)) if *last + 1 == status => *last = status,
            _ => ranges.push((status, status)),
        }
    }
    let column = Double::Status.name();
    ranges.iter().fold(String::new(), |mut all, (first, last)| {
        let or = if all.is_empty() { "" } else { " OR " };
        let _ = write!(all, "{or}({column} >= {first} AND {column} <= {last})");
        all
    })
}

/// Whether an answer was of a kind.
pub fn asset_type(kind: AssetType) -> String {
    let column = Blob::ContentType.name();
    match kind {
        AssetType::Image => format!("{column} LIKE 'image/%'"),
        AssetType::Video => format!("{column} LIKE 'video/%'"),
        AssetType::Other => format!("({column} NOT LIKE 'image/%' AND {column} NOT LIKE 'video/%')"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::privacy::Privacy;
    use proptest::prelude::*;

    fn written(filters: &[&str]) -> String {
        conditions(&Filters::parse(filters.iter().copied(), Privacy::Full).unwrap())
    }

    #[test]
    fn filters_are_conditions() {
        for (filters, condition) in [
            (&[][..], ""),
            (&["country:is:DE;AT"], " AND (blob4 IN ('DE', 'AT'))"),
            (&["country:is_not:DE"], " AND NOT (blob4 IN ('DE'))"),
            (&["country:is:DE", "country:is:AT"], " AND double3 < 0"),
            (&["bot:is_not:ai", "os:is:iOS"], " AND (blob9 IN ('iOS')) AND NOT (blob10 IN ('ai'))"),
            (&["image:is:a/b;c/d'"], " AND (blob6 LIKE 'image/%' AND blob2 IN ('a/b', 'c/d'''))"),
            (&["video:is_not:a/b"], " AND NOT (blob6 LIKE 'video/%' AND blob2 IN ('a/b'))"),
            (
                &["other:is:(missing)"],
                " AND ((blob6 NOT LIKE 'image/%' AND blob6 NOT LIKE 'video/%') AND blob2 IN ('(missing)'))",
            ),
            (&["asset_type:is:image;video"], " AND (blob6 LIKE 'image/%' OR blob6 LIKE 'video/%')"),
            (
                &["status:is:404;5xx;405"],
                " AND ((double3 >= 404 AND double3 <= 404) OR (double3 >= 500 AND double3 <= 599) OR (double3 >= 405 AND double3 <= 405))",
            ),
            (&["status:is_not:200"], " AND NOT ((double3 >= 200 AND double3 <= 200))"),
            (&["error_reason:is:(none);internal_error"], " AND (blob12 IN ('', 'internal_error'))"),
            (&["user_agent:is:a\\;b' OR 1=1 --"], " AND (blob15 IN ('a;b'' OR 1=1 --'))"),
        ] {
            assert_eq!(written(filters), condition, "{filters:?}");
        }
    }

    /// What stands outside the literals, and in them.
    fn scanned(sql: &str, backslash_escapes: bool) -> (String, Vec<String>) {
        let (mut outside, mut literals) = (String::new(), Vec::new());
        let mut characters = sql.chars().peekable();
        while let Some(character) = characters.next() {
            if character != '\'' {
                outside.push(character);
                continue;
            }
            let mut literal = String::new();
            while let Some(character) = characters.next() {
                match character {
                    '\'' if characters.next_if_eq(&'\'').is_none() => break,
                    '\\' if backslash_escapes => literal.extend(characters.next()),
                    character => literal.push(character),
                }
            }
            literals.push(literal);
        }
        (outside, literals)
    }

    proptest! {
        #[test]
        fn no_value_leaves_its_literal(value in r"['\\;%_a-c() -]{1,20}|.{1,20}") {
            let escaped = value.replace('\\', r"\\").replace(';', r"\;");
            let filter = format!("user_agent:is:{escaped}");
            let Ok(filters) = Filters::parse([&*filter].into_iter(), Privacy::Full) else { return Ok(()) };
            let sql = conditions(&filters);
            let expected = " AND (blob15 IN ())".to_owned();
            prop_assert_eq!(scanned(&sql, true), (expected.clone(), vec![value.clone()]));
            let (outside, literals) = scanned(&sql, false);
            prop_assert_eq!((outside, literals.len()), (expected, 1));
        }
    }
}
