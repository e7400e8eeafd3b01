//! How often what has no row was asked for, roughly, in little memory: a count-min sketch with conservative update.
//!
//! An estimate is never below the truth. It is above it where two keys share all their cells.

use serde::{Deserialize, Serialize};

/// Cells of each of the two lines, a power of two: 1 MB in all.
const CELLS: usize = 1 << 17;

/// Estimated counts, by the hash of a key.
#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sketch {
    /// Both lines, one after the other; none before something was added.
    cells: Vec<u32>,
}

impl Sketch {
    /// At least what was added of this hash.
    pub fn estimate(&self, hash: u64) -> u32 {
        places(hash).map(|place| self.cells.get(place).copied().unwrap_or(0)).into_iter().min().unwrap_or(0)
    }

    pub fn add(&mut self, hash: u64, count: u32) {
        if self.cells.is_empty() {
            self.cells = vec![0; 2 * CELLS];
        }
        let sum = self.estimate(hash).saturating_add(count);
        for place in places(hash) {
            self.cells[place] = self.cells[place].max(sum);
        }
    }
}

fn places(hash: u64) -> [usize; 2] {
    [hash as usize % CELLS, CELLS + (hash >> 32) as usize % CELLS]
}

/// A hash that is the same in every version of this code, since estimates are stored: FNV-1a, mixed as in MurmurHash3.
pub fn hash(parts: &[&[u8]]) -> u64 {
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    for part in parts {
        for byte in part.iter().chain(&[0xff]) {
            hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
    for factor in [0xff51_afd7_ed55_8ccd, 0xc4ce_b9fe_1a85_ec53] {
        hash = (hash ^ (hash >> 33)).wrapping_mul(factor);
    }
    hash ^ (hash >> 33)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn estimates_are_never_below_the_truth_and_mostly_equal() {
        let mut sketch = Sketch::default();
        let key = |number: u32| hash(&[b"pics", &number.to_le_bytes()]);
        assert_eq!(sketch.estimate(key(1)), 0);
        for number in 0..100_000 {
            sketch.add(key(number), 1);
            sketch.add(key(number % 100), 1);
        }
        let truth = |number: u32| if number < 100 { 1_001 } else { 1 };
        assert!((0..100_000).all(|number| sketch.estimate(key(number)) >= truth(number)));
        let wrong = (0..100_000).filter(|number| sketch.estimate(key(*number)) > truth(*number)).count();
        assert!(wrong < 40_000, "{wrong}");
        assert!((0..100).all(|number| sketch.estimate(key(number)) < 1_010));
    }

    #[test]
    fn hashes_are_the_same_in_every_version() {
        assert_eq!(hash(&[b"a", b"bc"]), 800_149_765_227_105_174);
        assert_ne!(hash(&[b"a", b"bc"]), hash(&[b"ab", b"c"]));
    }
}
