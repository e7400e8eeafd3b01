//! Conditional requests (RFC 9110, section 13): does the client have this representation already?

use super::date::{Millis, parse_http_date};

/// The conditions that a request sends. Empty texts are as good as absent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Conditions {
    pub if_none_match: Option<String>,
    pub if_modified_since: Option<String>,
    pub if_range: Option<String>,
}

/// What identifies a representation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Validators<'a> {
    /// Strong, in its quotes.
    pub etag: &'a str,
    pub last_modified: Millis,
}

impl Conditions {
    /// Whether a GET or HEAD may have to be answered with 304.
    pub fn any(&self) -> bool {
        self.if_none_match.is_some() || self.if_modified_since.is_some()
    }

    /// Whether the client's copy is current: 304.
    pub fn not_modified(&self, current: Validators<'_>) -> bool {
        if let Some(tags) = &self.if_none_match {
            return tags.split(',').map(str::trim).any(|tag| tag == "*" || weakly_equal(tag, current.etag));
        }
        self.if_modified_since
            .as_deref()
            .and_then(parse_http_date)
            .is_some_and(|since| seconds(current.last_modified) <= seconds(since))
    }

    /// Whether a `Range` applies: it does not when `If-Range` names another representation.
    pub fn range_applies(&self, current: Validators<'_>) -> bool {
        match self.if_range.as_deref() {
            None => true,
            Some(tag) if tag.starts_with('"') => tag == current.etag,
            Some(date) => {
                parse_http_date(date).is_some_and(|date| seconds(date) == seconds(current.last_modified))
            }
        }
    }
}

fn weakly_equal(one: &str, other: &str) -> bool {
    one.strip_prefix("W/").unwrap_or(one) == other.strip_prefix("W/").unwrap_or(other)
}

fn seconds(millis: Millis) -> u64 {
    millis / 1000
}

#[cfg(test)]
mod tests {
    use super::*;

    const CURRENT: Validators<'static> = Validators { etag: "\"abc\"", last_modified: 784_111_777_999 };
    const SAME: &str = "Sun, 06 Nov 1994 08:49:37 GMT";
    const BEFORE: &str = "Sun, 06 Nov 1994 08:49:36 GMT";

    #[test]
    fn not_modified() {
        for (if_none_match, if_modified_since, expected) in [
            (None, None, false),
            (Some("\"abc\""), None, true),
            (Some("W/\"abc\""), None, true),
            (Some("\"x\", \"abc\""), None, true),
            (Some("*"), None, true),
            (Some("\"x\""), None, false),
            (Some("abc"), None, false),
            (None, Some(SAME), true),
            (None, Some(BEFORE), false),
            (None, Some("yesterday"), false),
            (Some("\"x\""), Some(SAME), false),
        ] {
            let conditions = Conditions {
                if_none_match: if_none_match.map(Into::into),
                if_modified_since: if_modified_since.map(Into::into),
                if_range: None,
            };
            assert_eq!(conditions.not_modified(CURRENT), expected, "{conditions:?}");
        }
    }

    #[test]
    fn if_range() {
        for (if_range, expected) in [
            (None, true),
            (Some("\"abc\""), true),
            (Some("W/\"abc\""), false),
            (Some("\"x\""), false),
            (Some(SAME), true),
            (Some(BEFORE), false),
        ] {
            let conditions = Conditions { if_range: if_range.map(Into::into), ..Conditions::default() };
            assert_eq!(conditions.range_applies(CURRENT), expected, "{if_range:?}");
        }
    }
}
