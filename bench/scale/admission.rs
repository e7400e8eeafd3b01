//! What combinations lack that got a row late, or none: the run's own count of hits is the ledger.

use std::cmp::Reverse;

use crate::run::Run;
use crate::traffic::{Key, image_id};

/// What is looked at: the largest combinations.
const TOP: usize = 1_000;

/// How well rows were given away.
#[derive(Debug, Clone, Copy, Default)]
pub struct Admission {
    /// Combinations that were asked for.
    pub combinations: u64,
    /// Of the hits of the largest combinations, the part that is not in their rows.
    pub top_lacks: f64,
    pub top_unlisted: u64,
    /// Hits of the largest combination without a row.
    pub largest_unlisted: u64,
    /// Of all hits, the part in no row of its own; and what the best choice of as many rows would have left out.
    pub other: f64,
    pub least_other: f64,
}

impl Admission {
    /// # Panics
    ///
    /// When a row has more hits than there were, or lacks more than it says.
    pub fn of(run: &Run) -> Self {
        let mut truth: Vec<(u64, u64)> = run.truth.iter().map(|(key, hits)| (*hits, *key)).collect();
        truth.sort_unstable_by_key(|(hits, key)| (Reverse(*hits), *key));
        let (mut listed, mut largest_unlisted) = (0, 0);
        let (mut in_rows, mut top, mut top_in_rows, mut top_unlisted) = (0, 0, 0, 0);
        for (rank, (hits, key)) in truth.iter().enumerate() {
            let row = run.row(Key::unpacked(*key));
            let counted = row.map_or(0, |(counted, _)| counted);
            if let Some((counted, lack)) = row {
                assert!(counted <= *hits && counted + lack >= *hits, "{counted} + {lack} of {hits}");
                listed += 1;
            } else {
                largest_unlisted = largest_unlisted.max(*hits);
            }
            in_rows += counted;
            if rank < TOP {
                (top, top_in_rows) = (top + hits, top_in_rows + counted);
                top_unlisted += u64::from(row.is_none());
            }
        }
        let best: u64 = truth.iter().take(listed).map(|(hits, _)| hits).sum();
        let part = |of: u64, all: u64| 1.0 - of as f64 / all.max(1) as f64;
        Self {
            combinations: truth.len() as u64,
            top_lacks: part(top_in_rows, top),
            top_unlisted,
            largest_unlisted,
            other: part(in_rows, run.hits),
            least_other: part(best, run.hits),
        }
    }
}

/// What an image lacks that came late: the part of its hits that is in none of its rows.
pub fn lacks(run: &Run, image: u32) -> f64 {
    let keys = run.truth.iter().filter(|(key, _)| Key::unpacked(**key).image == image);
    let (hits, _) = keys.fold((0, 0), |(hits, keys), (_, of)| (hits + of, keys + 1));
    1.0 - run.object.waits.hits_of_image(run.date, &image_id(image)) as f64 / f64::max(1.0, hits as f64)
}
