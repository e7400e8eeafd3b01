//! The classes that user agents are reduced to: every value that a device, a browser and a system can have, read off the
//! tables that classify, so that a row there needs no second edit. Of bots see [`BotClass::ALL`](super::BotClass::ALL).
//!
//! Not here: what stands for a class that was not recorded, nor classes that the tables had once. What was counted under
//! such a one stays in reports; if one is ever renamed, its old name belongs here for as long as filters should find it.

use std::sync::LazyLock;

use super::{BOT, UNKNOWN, browser, device, system};

/// Without duplicates.
type Classes = LazyLock<Vec<&'static str>>;

static DEVICES: Classes = LazyLock::new(|| list(device::classes().chain([BOT, UNKNOWN])));
static BROWSERS: Classes = LazyLock::new(|| list(browser::families().chain([UNKNOWN])));
static SYSTEMS: Classes = LazyLock::new(|| list(system::families().chain([UNKNOWN])));

/// Every [`device`](super::UserAgent::device).
pub fn devices() -> &'static [&'static str] {
    &DEVICES
}

/// Every [`browser`](super::UserAgent::browser).
pub fn browsers() -> &'static [&'static str] {
    &BROWSERS
}

/// Every [`os`](super::UserAgent::os).
pub fn systems() -> &'static [&'static str] {
    &SYSTEMS
}

/// Many tokens of a table tell the same.
fn list(told: impl Iterator<Item = &'static str>) -> Vec<&'static str> {
    told.fold(Vec::new(), |mut classes, class| {
        if !classes.contains(&class) {
            classes.push(class);
        }
        classes
    })
}
