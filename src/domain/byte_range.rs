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

/// What a `Range` header asks of a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Requested {
    Whole,
    Part(ByteRange),
    /// Malformed, or outside the body: 416.
    NotSatisfiable,
}

/// Reads a `Range` header for a body of `total` bytes.
pub fn requested(header: &str, total: u64) -> Requested {
    let Some(("bytes", set)) = header.split_once('=').map(|(unit, set)| (unit.trim(), set)) else {
        return Requested::Whole;
    };
    if set.contains(',') {
        return Requested::Whole;
    }
    part(set.trim(), total).map_or(Requested::NotSatisfiable, Requested::Part)
}

fn part(spec: &str, total: u64) -> Option<ByteRange> {
    let (first, last) = spec.split_once('-')?;
    let (offset, end) = match (first, last) {
        ("", suffix) => (total.saturating_sub(digits(suffix)?), total),
        (first, "") => (digits(first)?, total),
        (first, last) => {
            let (first, last) = (digits(first)?, digits(last)?);
            if first > last {
                return None;
            }
            (first, last.saturating_add(1).min(total))
        }
    };
    (offset < end).then(|| ByteRange { offset, length: end - offset, total })
}

/// A number of any length; one that is too large for any body counts as the largest.
fn digits(text: &str) -> Option<u64> {
    let all_digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    all_digits.then(|| text.parse().unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(header: &str, total: u64, expected: Requested) {
        assert_eq!(requested(header, total), expected, "{header} of {total}");
    }

    #[test]
    fn ranges() {
        let part = |offset, length| Requested::Part(ByteRange { offset, length, total: 100 });
        for (header, expected) in [
            ("bytes=0-99", part(0, 100)),
            ("bytes=0-", part(0, 100)),
            ("bytes=10-19", part(10, 10)),
            ("bytes=10-1000", part(10, 90)),
            ("bytes=99-", part(99, 1)),
            ("bytes=-1", part(99, 1)),
            ("bytes=-1000", part(0, 100)),
            ("bytes = 0-0", part(0, 1)),
            ("bytes=0-99999999999999999999999", part(0, 100)),
            ("bytes=0-1,5-6", Requested::Whole),
            ("items=0-1", Requested::Whole),
            ("nonsense", Requested::Whole),
            ("bytes=100-", Requested::NotSatisfiable),
            ("bytes=-0", Requested::NotSatisfiable),
            ("bytes=5-4", Requested::NotSatisfiable),
            ("bytes=", Requested::NotSatisfiable),
            ("bytes=-", Requested::NotSatisfiable),
            ("bytes=a-b", Requested::NotSatisfiable),
            ("bytes=+1-2", Requested::NotSatisfiable),
        ] {
            check(header, 100, expected);
        }
        check("bytes=0-", 0, Requested::NotSatisfiable);
    }

    proptest! {
        #[test]
        fn a_part_lies_within_the_body(header in "bytes=[0-9]{0,4}-[0-9]{0,4}", total in 0u64..5000) {
            if let Requested::Part(range) = requested(&header, total) {
                prop_assert!(range.length >= 1);
                prop_assert!(range.offset + range.length <= total);
            }
        }
    }
}
