//! What is known of a value besides its figures: the name of a country, the operator of a program, whether a host is own.

use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::country::Country;
use crate::domain::dimension::Dimension;
use crate::domain::own_hosts::OwnHosts;
use crate::domain::user_agent::crawler;

/// Each field only where it means something.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct About {
    /// The English name. Of a country.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<&'static str>,
    /// The organisation that runs it. Of a program, where it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operator: Option<&'static str>,
    /// `search`, `ai` or `other`, as in `bot`. Of a program.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub class: Option<&'static str>,
    /// Whether it is the host that media are served from, one that `OWN_HOSTS` names, or a subdomain of one. Of a referrer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub own: Option<bool>,
}

impl About {
    /// Of a dimension's value. [`Self::mark_own`] adds whether a host is own.
    pub fn of(dimension: Dimension, value: &str) -> Self {
        match dimension {
            Dimension::Country => {
                Self { name: Some(Country::of_code(Some(value)).name()), ..Self::default() }
            }
            Dimension::Crawler => crawler(value).map_or_else(Self::default, |it| Self {
                operator: Some(it.operator).filter(|operator| !operator.is_empty()),
                class: Some(it.class.as_str()),
                ..Self::default()
            }),
            _ => Self::default(),
        }
    }

    pub fn mark_own(&mut self, host: &str, own: &OwnHosts) {
        self.own = Some(own.contains(host));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_explained() {
        for (dimension, value, about) in [
            (Dimension::Country, "DE", (Some("Germany"), None, None)),
            (Dimension::Country, "ZZ", (Some("Unknown"), None, None)),
            (Dimension::Crawler, "GPTBot", (None, Some("OpenAI"), Some("ai"))),
            (Dimension::Crawler, "Googlebot", (None, Some("Google"), Some("search"))),
            (Dimension::Crawler, "Twitterbot", (None, Some("X"), Some("other"))),
            (Dimension::Crawler, "Thinkbot", (None, None, Some("ai"))),
            (Dimension::Crawler, "Other bot", (None, None, Some("other"))),
            (Dimension::Crawler, "(none)", (None, None, None)),
            (Dimension::Crawler, "(private)", (None, None, None)),
            (Dimension::Bot, "ai", (None, None, None)),
        ] {
            let About { name, operator, class, own } = About::of(dimension, value);
            assert_eq!(((name, operator, class), own), (about, None), "{value}");
        }
    }
}
