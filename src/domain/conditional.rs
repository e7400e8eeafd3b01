//! Conditional requests (RFC 9110, section 13): whether a client wants this representation, and whether it has it already.

use super::date::{Millis, parse_http_date};

/// The conditions that a request sends. Empty texts are as good as absent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Conditions {
    pub if_match: Option<String>,
    pub if_unmodified_since: Option<String>,
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

/// What a request's conditions make of a representation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It is sent.
    Met,
    /// 304: the client has it.
    NotModified,
    /// 412: the client wants another one.
    Failed,
}

impl Conditions {
    /// Whether an answer depends on the representation's validators.
    pub fn any(&self) -> bool {
        self.if_match.is_some()
            || self.if_unmodified_since.is_some()
            || self.if_none_match.is_some()
            || self.if_modified_since.is_some()
            || self.if_range.is_some()
    }

    /// Checks all conditions in the order of RFC 9110, section 13.2.2.
    pub fn check(&self, current: Validators<'_>) -> Outcome {
        if self.fails(current) {
            Outcome::Failed
        } else if self.has_current(current) {
            Outcome::NotModified
        } else {
            Outcome::Met
        }
    }

    /// Whether the client asked for another representation.
    fn fails(&self, current: Validators<'_>) -> bool {
        match &self.if_match {
            Some(tags) => !any_tag(tags, |tag| tag == current.etag),
            None => date(&self.if_unmodified_since).is_some_and(|date| seconds(current.last_modified) > date),
        }
    }

    /// Whether the client's copy is this representation.
    fn has_current(&self, current: Validators<'_>) -> bool {
        match &self.if_none_match {
            Some(tags) => any_tag(tags, |tag| weak(tag) == weak(current.etag)),
            None => date(&self.if_modified_since).is_some_and(|date| seconds(current.last_modified) <= date),
        }
    }

    /// Whether a `Range` applies: it does not when `If-Range` names another representation.
    pub fn range_applies(&self, current: Validators<'_>) -> bool {
        match self.if_range.as_deref() {
            None => true,
            Some(tag) if tag.starts_with('"') => tag == current.etag,
            Some(_) => date(&self.if_range).is_some_and(|date| date == seconds(current.last_modified)),
        }
    }
}

/// Whether one tag of a list is the right one. `*` stands for every representation.
fn any_tag(list: &str, is_right: impl Fn(&str) -> bool) -> bool {
    list.split(',').map(str::trim).any(|tag| tag == "*" || is_right(tag))
}

/// A tag as weak comparison reads it.
fn weak(tag: &str) -> &str {
    tag.strip_prefix("W/").unwrap_or(tag)
}

/// The second that a header names. One that is no date is ignored.
fn date(header: &Option<String>) -> Option<u64> {
    header.as_deref().and_then(parse_http_date).map(seconds)
}

fn seconds(millis: Millis) -> u64 {
    millis / 1000
}

#[cfg(test)]
mod tests {
    use super::Outcome::{Failed, Met, NotModified};
    use super::*;

    const CURRENT: Validators<'static> = Validators { etag: "\"abc\"", last_modified: 784_111_777_999 };
    const SAME: &str = "Sun, 06 Nov 1994 08:49:37 GMT";
    const SAME_RFC850: &str = "Sunday, 06-Nov-94 08:49:37 GMT";
    const SAME_ASCTIME: &str = "Sun Nov  6 08:49:37 1994";
    const BEFORE: &str = "Sun, 06 Nov 1994 08:49:36 GMT";

    fn conditions(headers: &[(&str, &str)]) -> Conditions {
        let find = |name| headers.iter().find(|(it, _)| *it == name).map(|(_, value)| (*value).to_owned());
        Conditions {
            if_match: find("if-match"),
            if_unmodified_since: find("if-unmodified-since"),
            if_none_match: find("if-none-match"),
            if_modified_since: find("if-modified-since"),
            if_range: find("if-range"),
        }
    }

    #[test]
    fn outcomes() {
        let cases: &[(&[(&str, &str)], Outcome)] = &[
            (&[], Met),
            (&[("if-none-match", "\"abc\"")], NotModified),
            (&[("if-none-match", "W/\"abc\"")], NotModified),
            (&[("if-none-match", "\"x\", \"abc\"")], NotModified),
            (&[("if-none-match", "*")], NotModified),
            (&[("if-none-match", "\"x\"")], Met),
            (&[("if-none-match", "abc")], Met),
            (&[("if-modified-since", SAME)], NotModified),
            (&[("if-modified-since", SAME_RFC850)], NotModified),
            (&[("if-modified-since", SAME_ASCTIME)], NotModified),
            (&[("if-modified-since", BEFORE)], Met),
            (&[("if-modified-since", "yesterday")], Met),
            (&[("if-none-match", "\"x\""), ("if-modified-since", SAME)], Met),
            (&[("if-match", "\"abc\"")], Met),
            (&[("if-match", "\"x\", \"abc\"")], Met),
            (&[("if-match", "*")], Met),
            (&[("if-match", "\"x\"")], Failed),
            (&[("if-match", "W/\"abc\"")], Failed),
            (&[("if-match", "abc")], Failed),
            (&[("if-unmodified-since", SAME)], Met),
            (&[("if-unmodified-since", SAME_RFC850)], Met),
            (&[("if-unmodified-since", BEFORE)], Failed),
            (&[("if-unmodified-since", "yesterday")], Met),
            (&[("if-match", "\"abc\""), ("if-unmodified-since", BEFORE)], Met),
            (&[("if-match", "\"x\""), ("if-none-match", "\"abc\"")], Failed),
            (&[("if-match", "\"abc\""), ("if-none-match", "\"abc\"")], NotModified),
            (&[("if-unmodified-since", BEFORE), ("if-modified-since", SAME)], Failed),
        ];
        for (headers, expected) in cases {
            assert_eq!(conditions(headers).check(CURRENT), *expected, "{headers:?}");
        }
    }

    #[test]
    fn if_range() {
        for (if_range, expected) in [
            ("\"abc\"", true),
            ("W/\"abc\"", false),
            ("\"x\"", false),
            (SAME, true),
            (SAME_RFC850, true),
            (SAME_ASCTIME, true),
            (BEFORE, false),
        ] {
            let conditions = conditions(&[("if-range", if_range)]);
            assert_eq!(conditions.range_applies(CURRENT), expected, "{if_range:?}");
        }
        assert!(Conditions::default().range_applies(CURRENT));
    }
}
