//! Choice by weight, in constant time: Vose's alias method.

use crate::random::Random;

/// Places, each with a weight.
pub struct Alias {
    /// How likely a place stands for itself, and for which it stands else.
    places: Vec<(f64, u32)>,
}

impl Alias {
    pub fn new(weights: &[f64]) -> Self {
        let total: f64 = weights.iter().sum();
        let scale = weights.len() as f64 / total;
        let mut places: Vec<(f64, u32)> = weights.iter().map(|weight| weight * scale).zip(0..).collect();
        let (mut small, mut large): (Vec<u32>, Vec<u32>) =
            (0..weights.len() as u32).partition(|place| places[*place as usize].0 < 1.0);
        while let (Some(less), Some(&more)) = (small.pop(), large.last()) {
            places[less as usize].1 = more;
            places[more as usize].0 -= 1.0 - places[less as usize].0;
            if places[more as usize].0 < 1.0 {
                large.pop();
                small.push(more);
            }
        }
        for place in small.into_iter().chain(large) {
            places[place as usize].0 = 1.0;
        }
        Self { places }
    }

    /// Weights by rank: `1 / rank ^ exponent`.
    pub fn by_rank(places: usize, exponent: f64) -> Self {
        let weights: Vec<f64> = (1..=places).map(|rank| (rank as f64).powf(-exponent)).collect();
        Self::new(&weights)
    }

    pub fn choose(&self, random: &Random) -> usize {
        let place = random.below(self.places.len() as u64) as usize;
        let (own, other) = self.places[place];
        if random.share() < own { place } else { other as usize }
    }
}
