//! The ranges in which a day's owners are read.
//!
//! Analytics Engine answers a query from a sample when it would read too many points, and leaves small owners out of the answer
//! when it has none of theirs in the sample. So a range of owners that comes sampled is asked for again in two parts, and so
//! on, until it comes whole or holds one owner only.
//!
//! Not here: what is asked (`cloudflare/engine_sql.rs`).

use serde::{Deserialize, Serialize};

use crate::cloudflare::engine_sql::OwnerRange;
use crate::domain::owner::OwnerId;

/// Ranges that are asked for in a day. After so many of them what comes sampled is taken as it is.
pub const MAX_RANGES: u32 = 300;

/// An owner in an answer, and its weight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Found {
    pub owner: OwnerId,
    pub requests: u64,
}

/// How far a day's owners were read, and the ranges that are left.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnerRanges {
    /// Everything up to this index was read.
    after: Option<String>,
    /// Where the next ranges end, the next one last. Behind all of them is one more range without an end.
    ends: Vec<OwnerId>,
    asked: u32,
}

impl OwnerRanges {
    /// What is to be asked for next.
    pub fn next(&self) -> OwnerRange<'_> {
        OwnerRange { after: self.after.as_deref(), until: self.ends.last().copied() }
    }

    /// Notes an answer to [`OwnerRanges::next`]. Whether it is to be taken; if not, its parts are asked for next.
    pub fn takes(&mut self, found: &[Found], is_sampled: bool) -> bool {
        self.asked += 1;
        let cuts = if is_sampled && self.asked < MAX_RANGES { self.cuts(found) } else { Vec::new() };
        self.ends.extend(&cuts);
        cuts.is_empty()
    }

    /// Moves on behind an answer that was taken: behind its last index if it was full, else behind the range. Whether there is
    /// more.
    pub fn moves_on(&mut self, last_of_full: Option<String>) -> bool {
        let end = last_of_full.or_else(|| self.ends.pop().map(|end| end.to_string()));
        let is_more = end.is_some();
        self.after = end.or_else(|| self.after.take());
        is_more
    }

    /// Where the parts of the range end, the first one last, the part at its end left out. Each half has about as many requests;
    /// one owner is cut out, since there may be smaller ones around it. Empty when the range cannot be cut.
    fn cuts(&self, found: &[Found]) -> Vec<OwnerId> {
        match found {
            [] => Vec::new(),
            [one] => {
                let is_end = self.ends.last() == Some(&one.owner);
                let before = one.owner.predecessor().filter(|it| self.after < Some(it.to_string()));
                (!is_end).then_some(one.owner).into_iter().chain(before).collect()
            }
            [all_but_last @ .., last] => {
                let all = all_but_last.iter().map(|it| it.requests).sum::<u64>() + last.requests;
                let mut sum = 0;
                let reaches_half = |it: &&Found| {
                    sum += it.requests;
                    sum * 2 >= all
                };
                let cut = all_but_last.iter().find(reaches_half).or(all_but_last.last());
                cut.map(|it| it.owner).into_iter().collect()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    fn owner(number: u64) -> OwnerId {
        OwnerId::parse(&format!("{number:032x}")).unwrap()
    }

    /// Reads all owners from an engine that reads `whole` points at most without sampling, and whatever is more at one in ten: an
    /// owner with fewer than ten points is then not seen. The owners, whether each came sampled, and the ranges asked for.
    fn read(points: &BTreeMap<u64, u64>, whole: u64) -> (Vec<(u64, bool)>, u32) {
        let mut ranges = OwnerRanges::default();
        let mut found = Vec::new();
        let mut asked = 0;
        loop {
            asked += 1;
            let range = ranges.next();
            let of_range = points.iter().filter(|(number, _)| {
                let owner = owner(**number);
                range.after.is_none_or(|after| *owner.to_string() > *after)
                    && range.until.is_none_or(|until| owner <= until)
            });
            let in_range: Vec<(u64, u64)> = of_range.map(|(number, points)| (*number, *points)).collect();
            let is_sampled = in_range.iter().map(|(_, points)| points).sum::<u64>() > whole;
            let shown = in_range.iter().filter(|(_, points)| !is_sampled || *points >= 10);
            let shown: Vec<(u64, u64)> = shown.copied().collect();
            let seen: Vec<Found> = shown
                .iter()
                .map(|(number, points)| Found { owner: owner(*number), requests: *points })
                .collect();
            if ranges.takes(&seen, is_sampled && !seen.is_empty()) {
                found.extend(shown.iter().map(|(number, _)| (*number, is_sampled)));
                if !ranges.moves_on(None) {
                    return (found, asked);
                }
            }
        }
    }

    proptest! {
        /// Every owner comes once, and sampled only if it is too large by itself.
        #[test]
        fn every_owner_comes_once_and_whole(
            points in prop::collection::btree_map(0u64..500, 1u64..2_000, 1..40), whole in 10u64..3_000,
        ) {
            let (found, _) = read(&points, whole);
            let expected: Vec<(u64, bool)> =
                points.iter().map(|(number, points)| (*number, *points > whole)).collect();
            prop_assert_eq!(found, expected);
        }
    }

    #[test]
    fn three_thousand_owners_take_few_ranges() {
        let points: BTreeMap<u64, u64> =
            (0..3_000).map(|number| (number * 7, 1_000_000 / (number + 1))).collect();
        let (found, asked) = read(&points, 300_000);
        assert_eq!(found.len(), 3_000);
        assert_eq!(found.iter().filter(|(_, is_sampled)| *is_sampled).count(), 3);
        assert!(asked < 150, "{asked}");
    }

    #[test]
    fn ranges_end() {
        let points: BTreeMap<u64, u64> = (0..3_000).map(|number| (number, 1_000)).collect();
        let (found, asked) = read(&points, 10);
        assert_eq!(found.len(), 3_000, "what is left is taken sampled");
        assert!((MAX_RANGES..2 * MAX_RANGES).contains(&asked), "{asked}");
    }

    #[test]
    fn a_full_page_is_followed_within_its_range() {
        let mut ranges = OwnerRanges { ends: vec![owner(9)], ..OwnerRanges::default() };
        assert!(ranges.moves_on(Some(owner(4).to_string())));
        assert_eq!(ranges.next(), OwnerRange { after: Some(&owner(4).to_string()), until: Some(owner(9)) });
        assert!(ranges.moves_on(None));
        assert_eq!(ranges.next(), OwnerRange { after: Some(&owner(9).to_string()), until: None });
        assert!(!ranges.moves_on(None));
    }
}
