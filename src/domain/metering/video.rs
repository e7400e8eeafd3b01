//! Videos that were processed, as ImageKit prices them: by the resolution and the codec of the output.

use std::fmt;

/// Resolution tiers, smallest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Resolution {
    Sd,
    Hd,
    FourK,
    EightK,
    SixteenK,
}

impl Resolution {
    pub const ALL: [Self; 5] = [Self::Sd, Self::Hd, Self::FourK, Self::EightK, Self::SixteenK];

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|resolution| resolution.as_str() == text)
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sd => "SD",
            Self::Hd => "HD",
            Self::FourK => "4K",
            Self::EightK => "8K",
            Self::SixteenK => "16K",
        }
    }
}

impl fmt::Display for Resolution {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Codecs of the output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Codec {
    H264,
    Vp9,
    Av1,
}

impl Codec {
    pub const ALL: [Self; 3] = [Self::H264, Self::Vp9, Self::Av1];

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|codec| codec.as_str() == text)
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Self::H264 => "h264",
            Self::Vp9 => "vp9",
            Self::Av1 => "av1",
        }
    }
}

impl fmt::Display for Codec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
