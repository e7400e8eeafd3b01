//! Single byte ranges (RFC 9110, section 14). Requests for several ranges at once are answered whole, as the
//! RFC allows.

use std::fmt;

/// The bytes of a body that are sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ByteRange {
    pub offset: u64,
    /// At least 1.
    pub length: u64,
    /// Size of the whole body.
    pub total: u64,
}

impl fmt::Display for ByteRange {
    /// As `Content-Range` has it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let last = self.offset + self.length - 1;
        write!(f, "bytes {}-{last}/{}", self.offset, self.total)
    }
}

/// What a `Range` header asks for, before the size of the body is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RangeRequest {
    /// From the first byte on, to the last one or to the end; `first` is not greater than `last`.
    From { first: u64, last: Option<u64> },
    /// So many bytes at the end.
    Suffix(u64),
    /// In bytes, but no range.
    Malformed,
}

/// What a range is for a body of a known size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    Whole,
    Part(ByteRange),
    /// 416
    NotSatisfiable,
}

impl RangeRequest {
    /// Reads a `Range` header. `None` when it is ignored: another unit, or several ranges.
    pub fn parse(header: &str) -> Option<Self> {
        let (unit, set) = header.split_once('=')?;
        let is_ignored = !unit.trim().eq_ignore_ascii_case("bytes") || set.contains(',');
        (!is_ignored).then(|| range(set.trim()).unwrap_or(Self::Malformed))
    }

    /// As a `Range` header has it; a malformed one has no form.
    pub fn header(self) -> Option<String> {
        match self {
            Self::From { first, last: None } => Some(format!("bytes={first}-")),
            Self::From { first, last: Some(last) } => Some(format!("bytes={first}-{last}")),
            Self::Suffix(length) => Some(format!("bytes=-{length}")),
            Self::Malformed => None,
        }
    }

    /// The extent in a body of `total` bytes.
    pub fn of(self, total: u64) -> Extent {
        let (offset, end) = match self {
            Self::Malformed | Self::Suffix(0) => return Extent::NotSatisfiable,
            // A suffix of an empty body is satisfiable (section 14.1.2), and no `Content-Range` can say it.
            Self::Suffix(_) if total == 0 => return Extent::Whole,
            Self::Suffix(length) => (total.saturating_sub(length), total),
            Self::From { first, last } => {
                (first, last.map_or(total, |last| last.saturating_add(1).min(total)))
            }
        };
        if offset < end {
            Extent::Part(ByteRange { offset, length: end - offset, total })
        } else {
            Extent::NotSatisfiable
        }
    }
}

fn range(spec: &str) -> Option<RangeRequest> {
    let (first, last) = spec.split_once('-')?;
    match (first, last) {
        ("", length) => digits(length).map(RangeRequest::Suffix),
        (first, "") => digits(first).map(|first| RangeRequest::From { first, last: None }),
        (first, last) => {
            let (first, last) = (digits(first)?, digits(last)?);
            (first <= last).then_some(RangeRequest::From { first, last: Some(last) })
        }
    }
}

/// A number of any length; one that is too large for any body counts as the largest.
fn digits(text: &str) -> Option<u64> {
    let all_digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    all_digits.then(|| text.parse().unwrap_or(u64::MAX))
}

/// The size of the whole body, from a `Content-Range`.
pub fn complete_length(content_range: &str) -> Option<u64> {
    content_range.strip_prefix("bytes ")?.split_once('/')?.1.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn ranges() {
        let part = |offset, length| Extent::Part(ByteRange { offset, length, total: 100 });
        for (header, expected) in [
            ("bytes=0-99", part(0, 100)),
            ("bytes=0-", part(0, 100)),
            ("bytes=10-19", part(10, 10)),
            ("bytes=10-1000", part(10, 90)),
            ("bytes=99-", part(99, 1)),
            ("bytes=-1", part(99, 1)),
            ("bytes=-1000", part(0, 100)),
            ("bytes = 0-0", part(0, 1)),
            ("Bytes=0-0", part(0, 1)),
            ("bytes=0-99999999999999999999999", part(0, 100)),
            ("bytes=100-", Extent::NotSatisfiable),
            ("bytes=-0", Extent::NotSatisfiable),
            ("bytes=5-4", Extent::NotSatisfiable),
            ("bytes=", Extent::NotSatisfiable),
            ("bytes=-", Extent::NotSatisfiable),
            ("bytes=a-b", Extent::NotSatisfiable),
            ("bytes=+1-2", Extent::NotSatisfiable),
        ] {
            assert_eq!(RangeRequest::parse(header).map(|range| range.of(100)), Some(expected), "{header}");
        }
        for ignored in ["bytes=0-1,5-6", "items=0-1", "x=1", "nonsense", ""] {
            assert_eq!(RangeRequest::parse(ignored), None, "{ignored}");
        }
    }

    #[test]
    fn ranges_of_an_empty_body() {
        for (header, expected) in [
            ("bytes=-5", Extent::Whole),
            ("bytes=-0", Extent::NotSatisfiable),
            ("bytes=0-", Extent::NotSatisfiable),
            ("bytes=0-0", Extent::NotSatisfiable),
        ] {
            assert_eq!(RangeRequest::parse(header).map(|range| range.of(0)), Some(expected), "{header}");
        }
    }

    #[test]
    fn a_range_is_written_as_it_was_read() {
        for header in ["bytes=0-9", "bytes=5-", "bytes=-5"] {
            assert_eq!(RangeRequest::parse(header).and_then(RangeRequest::header).as_deref(), Some(header));
        }
        assert_eq!(RangeRequest::Malformed.header(), None);
    }

    #[test]
    fn complete_lengths() {
        for (header, expected) in [
            ("bytes 0-9/1000", Some(1000)),
            ("bytes */1000", Some(1000)),
            ("bytes 0-9/*", None),
            ("items 0-9/1000", None),
            ("", None),
        ] {
            assert_eq!(complete_length(header), expected, "{header}");
        }
    }

    proptest! {
        #[test]
        fn a_part_lies_within_the_body(header in "bytes=[0-9]{0,4}-[0-9]{0,4}", total in 0u64..5000) {
            if let Some(Extent::Part(range)) = RangeRequest::parse(&header).map(|range| range.of(total)) {
                prop_assert!(range.length >= 1);
                prop_assert!(range.offset + range.length <= total);
                prop_assert_eq!(complete_length(&range.to_string()), Some(total));
            }
        }
    }
}
