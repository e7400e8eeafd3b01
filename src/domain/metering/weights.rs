//! Weights: how many units a second of video or an operation is.
//!
//! The defaults are ImageKit's published ones. Reports weigh what was metered when they are asked for: other weights change
//! the units of the past, too.

use super::extension::Extension;
use super::video::{Codec, Resolution};

/// Largest weight.
pub const MAX_WEIGHT: u32 = 10_000;

/// Units of each kind of work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Weights {
    /// A second's units, in the order of [`Resolution::ALL`]…
    resolutions: [u32; Resolution::ALL.len()],
    /// …times these, in the order of [`Codec::ALL`].
    codecs: [u32; Codec::ALL.len()],
    /// An operation's units, in the order of [`Extension::ALL`].
    extensions: [u32; Extension::ALL.len()],
}

impl Default for Weights {
    /// [Video](https://imagekit.io/docs/video-transformation#pricing): SD 1, HD 2, 4K 4, 8K 8, 16K 16; H.264 and VP9 1,
    /// AV1 10. Extensions: `google-auto-tagging` 2 and `remove-bg` 130; the others, as far as they are published, 1.
    fn default() -> Self {
        let extensions = Extension::ALL.map(|extension| match extension {
            Extension::GoogleAutoTagging => 2,
            Extension::RemoveBg => 130,
            _ => 1,
        });
        Self { resolutions: [1, 2, 4, 8, 16], codecs: [1, 1, 10], extensions }
    }
}

impl Weights {
    /// Units of a second of output.
    pub fn of_video(&self, resolution: Resolution, codec: Codec) -> u64 {
        let of = |weights: &[u32], at: usize| u64::from(weights[at]);
        of(&self.resolutions, resolution as usize) * of(&self.codecs, codec as usize)
    }

    /// Units of an operation.
    pub fn of_extension(&self, extension: Extension) -> u64 {
        self.extensions[extension as usize].into()
    }

    /// Sets those of some resolutions: `SD=1,HD=2`. None, and nothing changes, when the text is something else.
    pub fn set_resolutions(&mut self, text: &str) -> Option<()> {
        set(&mut self.resolutions, text, |name| Resolution::parse(name).map(|it| it as usize))
    }

    /// As [`Self::set_resolutions`]: `h264=1,av1=10`.
    pub fn set_codecs(&mut self, text: &str) -> Option<()> {
        set(&mut self.codecs, text, |name| Codec::parse(name).map(|it| it as usize))
    }

    /// As [`Self::set_resolutions`]: `remove-bg=130,upscale=5`.
    pub fn set_extensions(&mut self, text: &str) -> Option<()> {
        set(&mut self.extensions, text, |name| Extension::parse(name).map(|it| it as usize))
    }
}

fn set<const N: usize>(
    weights: &mut [u32; N],
    text: &str,
    place: impl Fn(&str) -> Option<usize>,
) -> Option<()> {
    let mut changed = *weights;
    for entry in text.split(',') {
        let (name, weight) = entry.split_once('=')?;
        let weight = weight.trim().parse().ok().filter(|weight| *weight <= MAX_WEIGHT)?;
        changed[place(name.trim())?] = weight;
    }
    *weights = changed;
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn enums_are_in_the_order_of_their_lists() {
        assert!(Resolution::ALL.iter().enumerate().all(|(at, it)| *it as usize == at));
        assert!(Codec::ALL.iter().enumerate().all(|(at, it)| *it as usize == at));
        assert!(Extension::ALL.iter().enumerate().all(|(at, it)| *it as usize == at));
    }

    #[test]
    fn published_weights() {
        let weights = Weights::default();
        for (resolution, units) in Resolution::ALL.into_iter().zip([1, 2, 4, 8, 16]) {
            for (codec, factor) in [(Codec::H264, 1), (Codec::Vp9, 1), (Codec::Av1, 10)] {
                assert_eq!(weights.of_video(resolution, codec), units * factor, "{resolution} {codec}");
            }
        }
        assert_eq!(weights.of_extension(Extension::RemoveBg), 130);
        assert_eq!(weights.of_extension(Extension::Upscale), 1);
    }

    #[test]
    fn some_are_set() {
        let mut weights = Weights::default();
        assert_eq!(weights.set_resolutions("HD=3, 16K = 0"), Some(()));
        assert_eq!(weights.set_codecs("av1=4"), Some(()));
        assert_eq!(weights.set_extensions("remove-bg=7"), Some(()));
        let found = [
            weights.of_video(Resolution::Hd, Codec::Av1),
            weights.of_video(Resolution::SixteenK, Codec::H264),
            weights.of_video(Resolution::Sd, Codec::Vp9),
            weights.of_extension(Extension::RemoveBg),
        ];
        assert_eq!(found, [12, 0, 1, 7]);
    }

    #[test]
    fn what_is_no_list_changes_nothing() {
        for text in ["", "HD", "HD=", "HD=x", "HD=-1", "HD=1.5", "hd=2", "HD=2,", "HD=10001", "HD=3,UHD=4"] {
            let mut weights = Weights::default();
            assert_eq!(weights.set_resolutions(text), None, "{text}");
            assert_eq!(weights, Weights::default(), "{text}");
        }
    }
}
