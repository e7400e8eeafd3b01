//! What was metered in some days, added up, and what it is in units.

use std::collections::BTreeMap;
use std::iter::Sum;
use std::ops::AddAssign;

use serde::Deserialize;

use super::extension::Extension;
use super::metric::Metric;
use super::video::{Codec, Resolution};
use super::weights::Weights;

/// A sum as D1 has added it up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub struct StoredUsage {
    pub metric: Metric,
    /// Milliseconds or operations.
    pub quantity: u64,
}

/// Quantities by metric.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Usage(BTreeMap<Metric, u64>);

/// Videos of one kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VideoUsage {
    pub resolution: Resolution,
    pub codec: Codec,
    pub millis: u64,
    pub units: Units,
}

/// Operations of one kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExtensionUsage {
    pub extension: Extension,
    pub operations: u64,
    pub units: u64,
}

/// Thousandths of a unit, so that sums are exact.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Units(u128);

impl FromIterator<StoredUsage> for Usage {
    fn from_iter<I: IntoIterator<Item = StoredUsage>>(stored: I) -> Self {
        let mut usage = Self::default();
        for StoredUsage { metric, quantity } in stored {
            *usage.0.entry(metric).or_default() += quantity;
        }
        usage
    }
}

impl Usage {
    /// What there is of videos.
    pub fn videos(&self, weights: &Weights) -> impl Iterator<Item = VideoUsage> {
        self.0.iter().filter_map(|(metric, &millis)| match *metric {
            Metric::Video(resolution, codec) => {
                let units = Units(u128::from(millis) * u128::from(weights.of_video(resolution, codec)));
                Some(VideoUsage { resolution, codec, millis, units })
            }
            Metric::Extension(_) => None,
        })
    }

    /// What there is of extensions.
    pub fn extensions(&self, weights: &Weights) -> impl Iterator<Item = ExtensionUsage> {
        self.0.iter().filter_map(|(metric, &operations)| match *metric {
            Metric::Extension(extension) => {
                let units = operations.saturating_mul(weights.of_extension(extension));
                Some(ExtensionUsage { extension, operations, units })
            }
            Metric::Video(..) => None,
        })
    }

    /// Units of the videos that fit.
    pub fn video_units(&self, weights: &Weights, fits: impl Fn(&VideoUsage) -> bool) -> Units {
        self.videos(weights).filter(fits).map(|video| video.units).sum()
    }
}

impl Units {
    pub fn as_f64(self) -> f64 {
        self.0 as f64 / 1_000.0
    }

    /// To the nearest whole one, halves upwards.
    fn rounded(self) -> u64 {
        u64::try_from((self.0 + 500) / 1_000).unwrap_or(u64::MAX)
    }

    /// Whole units of each part, which add up to the whole ones of all parts together: those with the largest remainders are
    /// rounded up.
    pub fn whole(parts: &[Self]) -> Vec<u64> {
        let mut whole: Vec<u64> =
            parts.iter().map(|part| u64::try_from(part.0 / 1_000).unwrap_or(u64::MAX)).collect();
        let floor = saturating_sum(&whole);
        let missing = parts.iter().copied().sum::<Self>().rounded().saturating_sub(floor);
        let mut places: Vec<usize> = (0..parts.len()).collect();
        places.sort_by_key(|&place| std::cmp::Reverse(parts[place].0 % 1_000));
        for (place, _) in places.into_iter().zip(0..missing) {
            whole[place] = whole[place].saturating_add(1);
        }
        whole
    }
}

impl AddAssign for Units {
    fn add_assign(&mut self, other: Self) {
        self.0 += other.0;
    }
}

impl Sum for Units {
    fn sum<I: Iterator<Item = Self>>(units: I) -> Self {
        Self(units.map(|it| it.0).sum())
    }
}

/// The sum, or the largest number when it is larger.
pub fn saturating_sum<'a>(parts: impl IntoIterator<Item = &'a u64>) -> u64 {
    parts.into_iter().fold(0, |sum, part| sum.saturating_add(*part))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn units_add_up() {
        let stored = |metric, quantity| StoredUsage { metric, quantity };
        let usage: Usage = [
            stored(Metric::Video(Resolution::Hd, Codec::H264), 12_500),
            stored(Metric::Video(Resolution::Sd, Codec::Vp9), 1),
            stored(Metric::Video(Resolution::Sd, Codec::Av1), 250),
            stored(Metric::Extension(Extension::RemoveBg), 2),
        ]
        .into_iter()
        .collect();
        let weights = Weights::default();
        assert_eq!(usage.video_units(&weights, |_| true), Units(25_000 + 1 + 2_500));
        assert_eq!(usage.video_units(&weights, |it| it.resolution == Resolution::Sd).as_f64(), 2.501);
        let extensions: Vec<_> = usage.extensions(&weights).map(|it| (it.operations, it.units)).collect();
        assert_eq!(extensions, [(2, 260)]);
    }

    #[test]
    fn parts_are_whole() {
        for (parts, whole) in [
            (vec![], vec![]),
            (vec![499], vec![0]),
            (vec![500], vec![1]),
            (vec![400, 400, 200], vec![1, 0, 0]),
            (vec![400, 400, 800], vec![1, 0, 1]),
            (vec![400, 400, 1_800], vec![1, 0, 2]),
            (vec![u128::from(u64::MAX) * 2_000], vec![u64::MAX]),
        ] {
            let parts: Vec<_> = parts.into_iter().map(Units).collect();
            assert_eq!(Units::whole(&parts), whole);
        }
    }

    proptest! {
        #[test]
        fn whole_parts_add_up_to_the_whole(parts in prop::collection::vec(0u128..100_000, 0..12)) {
            let parts: Vec<_> = parts.into_iter().map(Units).collect();
            let whole = Units::whole(&parts);
            prop_assert_eq!(whole.iter().sum::<u64>(), parts.iter().copied().sum::<Units>().rounded());
            for (part, whole) in parts.iter().zip(whole) {
                prop_assert!(part.as_f64().floor() <= whole as f64 && whole as f64 <= part.as_f64().floor() + 1.0);
            }
        }
    }
}
