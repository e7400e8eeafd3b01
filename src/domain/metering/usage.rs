//! What was metered in some days, added up, and what it is in units.

use std::collections::BTreeMap;

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

impl FromIterator<StoredUsage> for Usage {
    fn from_iter<I: IntoIterator<Item = StoredUsage>>(stored: I) -> Self {
        let mut usage = Self::default();
        for StoredUsage { metric, quantity } in stored {
            *usage.0.entry(metric).or_default() += quantity;
        }
        usage
    }
}

/// Thousandths of a unit, so that sums are exact.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Units(u64);

impl Units {
    pub fn as_f64(self) -> f64 {
        self.0 as f64 / 1_000.0
    }

    /// To the nearest whole one, halves upwards.
    pub fn rounded(self) -> u64 {
        (self.0 + 500) / 1_000
    }
}

impl std::iter::Sum for Units {
    fn sum<I: Iterator<Item = Self>>(units: I) -> Self {
        Self(units.map(|it| it.0).sum())
    }
}

impl Usage {
    /// Milliseconds of output, those that there are.
    pub fn videos(&self) -> impl Iterator<Item = (Resolution, Codec, u64)> {
        self.0.iter().filter_map(|(metric, quantity)| match metric {
            Metric::Video(resolution, codec) => Some((*resolution, *codec, *quantity)),
            Metric::Extension(_) => None,
        })
    }

    /// Operations, those that there are.
    pub fn extensions(&self) -> impl Iterator<Item = (Extension, u64)> {
        self.0.iter().filter_map(|(metric, quantity)| match metric {
            Metric::Extension(extension) => Some((*extension, *quantity)),
            Metric::Video(..) => None,
        })
    }

    /// Units of the videos that fit.
    pub fn video_units(&self, weights: &Weights, fits: impl Fn(Resolution, Codec) -> bool) -> Units {
        let fitting = self.videos().filter(|(resolution, codec, _)| fits(*resolution, *codec));
        fitting.map(|(resolution, codec, millis)| Units(millis * weights.of_video(resolution, codec))).sum()
    }

    pub fn extension_units(&self, weights: &Weights) -> Units {
        let units = |(extension, operations)| Units(operations * weights.of_extension(extension) * 1_000);
        self.extensions().map(units).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_add_up() {
        let video =
            |resolution, codec, quantity| StoredUsage { metric: Metric::Video(resolution, codec), quantity };
        let extension = |extension, quantity| StoredUsage { metric: Metric::Extension(extension), quantity };
        let usage: Usage = [
            video(Resolution::Hd, Codec::H264, 12_500),
            video(Resolution::Sd, Codec::Vp9, 1),
            video(Resolution::Sd, Codec::Av1, 250),
            extension(Extension::RemoveBg, 2),
            extension(Extension::Edit, 3),
        ]
        .into_iter()
        .collect();
        let weights = Weights::default();
        assert_eq!(usage.video_units(&weights, |_, _| true), Units(25_000 + 1 + 2_500));
        assert_eq!(usage.video_units(&weights, |it, _| it == Resolution::Sd).as_f64(), 2.501);
        assert_eq!(usage.extension_units(&weights).rounded(), 263);
        assert_eq!([Units(499), Units(500), Units(1_499)].map(Units::rounded), [0, 1, 1]);
    }
}
