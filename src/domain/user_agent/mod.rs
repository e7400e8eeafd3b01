//! User agents, reduced to coarse classes by tables of product tokens. The classes are all that is recorded of
//! a user agent below `full` privacy; nothing here tells one visitor from another, and every value comes from
//! a fixed list.
//!
//! Not a version parser: families only. Not a proof either: whoever wants to can call itself anything.

mod bot;
mod browser;
mod classes;
mod crawler;
mod device;
mod system;
#[cfg(test)]
mod tests;
mod vendor;
mod words;

pub use bot::BotClass;
pub use classes::{browsers, devices, systems};
pub use crawler::{Crawler, UNNAMED, crawler, crawlers};

use std::collections::HashMap;
use words::Words;

/// Longest user agent that is looked at or recorded, in bytes.
pub const MAX_USER_AGENT: usize = 512;

/// What a request without a user agent, or with one that fits no table, is counted as.
pub const UNKNOWN: &str = "unknown";

/// The device of every program.
const BOT: &str = "Bot";

/// The classes of one user agent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UserAgent {
    /// A class, and the vendor or system where it is told: `Smartphone - Samsung`.
    pub device: &'static str,
    /// A browser's, player's or in-app browser's family; [`browser::APP`] for any other app.
    pub browser: &'static str,
    pub os: &'static str,
    pub bot: BotClass,
    /// The program's name: one of [`crawlers`], or [`UNNAMED`]'s. `None` of people.
    pub crawler: Option<&'static str>,
}

impl UserAgent {
    /// Of a program only its class is told: the browser and the system that crawlers name are those that they
    /// imitate.
    fn classify(text: &str) -> Self {
        let text = text.to_ascii_lowercase();
        let words = Words::new(&text);
        let device = device::class(&words);
        let browser = browser::family(&words, device);
        let program = crawler::named(&words).or_else(|| {
            let is_program = bot::is_program(&words, device) || names_nothing(&words, device, browser);
            is_program.then(|| crawler::named_by_word(&words).unwrap_or(UNNAMED))
        });
        match program {
            Some(Crawler { name, class, .. }) => {
                Self { device: BOT, browser: UNKNOWN, os: UNKNOWN, bot: class, crawler: Some(name) }
            }
            None => {
                let os = system::family(&words);
                Self { device, browser, os, bot: BotClass::Human, crawler: None }
            }
        }
    }
}

/// Whether a user agent names neither a device nor what shows the media there. A system is not enough: browsers and apps
/// name themselves, too.
fn names_nothing(words: &Words, device: &str, browser: &str) -> bool {
    let is_unnamed = browser == UNKNOWN || browser == browser::APP;
    browser == UNKNOWN && device == UNKNOWN || is_unnamed && !words.names_product()
}

/// Classifies user agents, and remembers some: most requests come from few.
#[derive(Debug, Default)]
pub struct Classifier(HashMap<String, UserAgent>);

/// Most user agents that a [`Classifier`] remembers.
const MAX_REMEMBERED: usize = 500;

impl Classifier {
    pub fn classify(&mut self, text: &str) -> UserAgent {
        let text = truncate(text);
        if let Some(classes) = self.0.get(text) {
            return *classes;
        }
        if self.0.len() >= MAX_REMEMBERED {
            self.0.clear();
        }
        let classes = UserAgent::classify(text);
        self.0.insert(text.to_owned(), classes);
        classes
    }
}

/// The first [`MAX_USER_AGENT`] bytes, cut between characters.
pub fn truncate(text: &str) -> &str {
    &text[..text.floor_char_boundary(MAX_USER_AGENT)]
}
