//! The isolates that answer. They come and go, and each has the product's flusher.

use pixtally::domain::date::Millis;
use pixtally::domain::flush::{Flusher, IsolateId};
use pixtally::domain::tally::Limits;

use crate::alias::Alias;
use crate::random::Random;

const DATA_CENTRES: u64 = 300;
/// How long an isolate lives, on average.
const LIFE_MS: f64 = 30.0 * 60.0 * 1000.0;
/// How differently busy isolates are: the standard deviation of the logarithm.
const SIGMA: f64 = 1.2;

/// A place for an isolate. Whoever takes it is as busy as the one before.
pub struct Place {
    pub flusher: Flusher,
    /// Requests that are still at work for the tally.
    pub chains: u32,
    /// When the window began that is being gathered; and that of the flush on its way.
    pub gathering: Option<Millis>,
    pub under_way: Millis,
    /// To the object and back.
    pub distance: Millis,
    ends_at: Millis,
}

/// All places.
pub struct Fleet {
    pub places: Vec<Place>,
    by_rate: Alias,
    started: u64,
}

impl Fleet {
    pub fn new(isolates: usize, now: Millis, random: &Random) -> Self {
        let rates: Vec<f64> = (0..isolates).map(|_| (SIGMA * normal(random)).exp()).collect();
        // A data centre is near the object, or on the other side of the world.
        let distances: Vec<Millis> = (0..DATA_CENTRES).map(|_| random.between(4, 280)).collect();
        let mut fleet = Self { places: Vec::new(), by_rate: Alias::new(&rates), started: 0 };
        for _ in 0..isolates {
            let distance = distances[random.below(DATA_CENTRES) as usize];
            let flusher = fleet.flusher();
            let ends_at = now + life(random);
            let place = Place { flusher, chains: 0, gathering: None, under_way: now, distance, ends_at };
            fleet.places.push(place);
        }
        fleet
    }

    /// The place that gets the next request. An isolate ends when it has nothing to do any more.
    pub fn choose(&mut self, now: Millis, random: &Random) -> usize {
        let number = self.by_rate.choose(random);
        if now >= self.places[number].ends_at && self.places[number].chains == 0 {
            let flusher = self.flusher();
            let place = &mut self.places[number];
            (place.flusher, place.gathering) = (flusher, None);
            place.ends_at = now + life(random);
        }
        number
    }

    fn flusher(&mut self) -> Flusher {
        self.started += 1;
        Flusher::new(IsolateId(self.started.wrapping_mul(0x9E37_79B9_7F4A_7C15)), Limits::DEFAULT, true)
    }
}

fn life(random: &Random) -> Millis {
    (-(1.0 - random.share()).ln() * LIFE_MS) as Millis
}

/// A normal variate, by Box and Muller.
fn normal(random: &Random) -> f64 {
    (-2.0 * (1.0 - random.share()).ln()).sqrt() * (std::f64::consts::TAU * random.share()).cos()
}
