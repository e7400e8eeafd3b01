//! Extensions: operations on images and videos that are priced one by one. The names are ImageKit's.

use std::fmt;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Extension {
    AwsAutoTagging,
    GoogleAutoTagging,
    AiAutoDescription,
    IkRemoveBg,
    RemoveBg,
    Upscale,
    Retouch,
    GenVar,
    GenFill,
    GenImg,
    DropShadow,
    ChangeBg,
    Edit,
    AiTasks,
    AiVideoTranscription,
    CreativeBanner,
}

impl Extension {
    pub const ALL: [Self; 16] = [
        Self::AwsAutoTagging,
        Self::GoogleAutoTagging,
        Self::AiAutoDescription,
        Self::IkRemoveBg,
        Self::RemoveBg,
        Self::Upscale,
        Self::Retouch,
        Self::GenVar,
        Self::GenFill,
        Self::GenImg,
        Self::DropShadow,
        Self::ChangeBg,
        Self::Edit,
        Self::AiTasks,
        Self::AiVideoTranscription,
        Self::CreativeBanner,
    ];

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|extension| extension.as_str() == text)
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Self::AwsAutoTagging => "aws-auto-tagging",
            Self::GoogleAutoTagging => "google-auto-tagging",
            Self::AiAutoDescription => "ai-auto-description",
            Self::IkRemoveBg => "ikremovebg",
            Self::RemoveBg => "remove-bg",
            Self::Upscale => "upscale",
            Self::Retouch => "retouch",
            Self::GenVar => "genvar",
            Self::GenFill => "genfill",
            Self::GenImg => "genimg",
            Self::DropShadow => "dropshadow",
            Self::ChangeBg => "change-bg",
            Self::Edit => "edit",
            Self::AiTasks => "ai-tasks",
            Self::AiVideoTranscription => "ai-video-transcription",
            Self::CreativeBanner => "creative-banner",
        }
    }
}

impl fmt::Display for Extension {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
