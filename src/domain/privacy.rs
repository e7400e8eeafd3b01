//! How much of a request is recorded.

use std::fmt;

use serde::Serialize;

/// What is recorded of a request beyond what its response says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Privacy {
    /// The response, and the country.
    Strict,
    /// And coarse classes: device, browser family, OS family, bot class, referrer host.
    Standard,
    /// And the raw user agent and the IP address.
    Full,
}

impl Privacy {
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "strict" => Some(Self::Strict),
            "standard" => Some(Self::Standard),
            "full" => Some(Self::Full),
            _ => None,
        }
    }

    /// The level for one request: a visitor who opts out is always recorded strictly.
    pub fn for_request(self, opted_out: bool) -> Self {
        if opted_out { Self::Strict } else { self }
    }
}

impl fmt::Display for Privacy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Strict => "strict",
            Self::Standard => "standard",
            Self::Full => "full",
        })
    }
}
