//! Operating systems, without versions.

use super::UNKNOWN;
use super::words::Words;

/// Token and family; the first that occurs wins, so that systems that also claim to be another one stand before
/// it.
const SYSTEMS: &[(&str, &str)] = &[
    ("windows phone", "Windows Phone"),
    ("xbox", "Xbox"),
    ("playstation", "PlayStation"),
    ("nintendo", "Nintendo"),
    ("roku", "Roku OS"),
    ("apple tv", "tvOS"),
    ("appletv", "tvOS"),
    ("tvos", "tvOS"),
    ("apple watch", "watchOS"),
    ("watchos", "watchOS"),
    ("watch os", "watchOS"),
    ("tizen", "Tizen"),
    ("web0s", "webOS"),
    ("webos", "webOS"),
    ("kaios", "KaiOS"),
    ("harmonyos", "HarmonyOS"),
    ("openharmony", "HarmonyOS"),
    ("windows", "Windows"),
    ("win64", "Windows"),
    ("win32", "Windows"),
    ("ipad", "iPadOS"),
    ("iphone", "iOS"),
    ("ipod", "iOS"),
    ("ios", "iOS"),
    ("fuchsia", "Fuchsia"),
    ("android", "Android"),
    ("andr0id", "Android"),
    ("dalvik", "Android"),
    ("fban/fb4a", "Android"),
    ("adr ", "Android"),
    ("cros ", "ChromeOS"),
    ("mac os", "macOS"),
    ("macintosh", "macOS"),
    ("macos", "macOS"),
    ("macbook", "macOS"),
    ("imac", "macOS"),
    ("macmini", "macOS"),
    ("macpro", "macOS"),
    // What iOS, iPadOS and macOS have in common: all that an app's default user agent tells.
    ("darwin", "Darwin"),
    ("blackberry", "BlackBerry"),
    ("bb10", "BlackBerry"),
    ("symbian", "Symbian"),
    ("series60", "Symbian"),
    ("freebsd", "FreeBSD"),
    ("openbsd", "OpenBSD"),
    ("netbsd", "NetBSD"),
    ("linux", "Linux"),
    ("x11", "Linux"),
];

/// All that [`family`] tells but [`UNKNOWN`]; some of them often.
pub(super) fn families() -> impl Iterator<Item = &'static str> {
    SYSTEMS.iter().map(|&(_, family)| family)
}

pub(super) fn family(words: &Words) -> &'static str {
    words.first(SYSTEMS).unwrap_or(UNKNOWN)
}
