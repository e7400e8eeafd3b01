//! Chance for waiting times, so that isolates which began together do not go on together. Drawn from a seed: the domain has no
//! chance of its own.

use super::date::Millis;

/// A series of pseudo-random numbers (SplitMix64). It decides when something is sent, and nothing that has to be secret.
#[derive(Debug, Clone)]
pub struct Jitter(u64);

impl Jitter {
    /// Different seeds give different series.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A time between three and five quarters of `millis`, evenly spread.
    pub fn around(&mut self, millis: Millis) -> Millis {
        let shortest = millis - millis / 4;
        shortest + self.next() % (millis / 2 + 1)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_spread_by_a_quarter() {
        let mut jitter = Jitter::new(7);
        let times: Vec<Millis> = (0..10_000).map(|_| jitter.around(2_000)).collect();
        assert!(times.iter().all(|time| (1_500..=2_500).contains(time)));
        for tenth in 0..10 {
            let from = 1_500 + tenth * 100;
            let here = times.iter().filter(|time| (from..from + 100).contains(*time)).count();
            assert!((800..1_200).contains(&here), "{here} of 10,000 from {from} ms on");
        }
        assert_eq!(jitter.around(0), 0);
    }

    #[test]
    fn isolates_draw_different_times() {
        let first = |seed| Jitter::new(seed).around(20_000);
        assert_eq!(first(1), first(1));
        let mut times: Vec<Millis> = (0..1_000).map(first).collect();
        times.sort_unstable();
        times.dedup();
        assert!(times.len() > 900, "{}", times.len());
    }
}
