//! Devices: a class, and after it the vendor or the system, as far as the user agent tells them. Chrome on
//! Android has not told the model since 2023 (`Android 10; K`), and an iPad asks for desktop sites as a Mac:
//! such are `Smartphone - Android` and `Desktop - Mac`.
//!
//! Not here: models.

use super::UNKNOWN;
use super::vendor::{self, Vendor};
use super::words::Words;

const CONSOLES: &[(&str, &str)] = &[
    ("xbox", "Console - Xbox"),
    ("playstation", "Console - PlayStation"),
    ("nintendo", "Console - Nintendo"),
];

/// Neither a telephone nor a television nor a computer, though most say that they run what these run.
const OTHERS: &[(&str, &str)] = &[
    ("homepod", "Speaker - Apple"),
    ("sonos", "Speaker - Sonos"),
    ("devicetype/smartspeaker", "Speaker - Google"),
    ("alexamediaplayer", "Speaker - Amazon"),
    ("apple watch", "Wearable - Apple"),
    ("watchos", "Wearable - Apple"),
    ("watch os", "Wearable - Apple"),
    ("oculusbrowser", "Wearable - Meta"),
    ("oculus", "Wearable - Meta"),
    ("quest 2", "Wearable - Meta"),
    ("quest 3", "Wearable - Meta"),
    ("quest pro", "Wearable - Meta"),
    ("sm-r", "Wearable - Samsung"),
    ("tesla/", "Car - Tesla"),
];

/// What only televisions and what is plugged into them say, with the vendor.
const TELEVISIONS: &[(&str, &str)] = &[
    ("roku", "TV - Roku"),
    ("apple tv", "TV - Apple"),
    ("appletv", "TV - Apple"),
    ("tvos", "TV - Apple"),
    ("web0s", "TV - LG"),
    ("webos.tv", "TV - LG"),
    ("netcast", "TV - LG"),
    ("lg browser", "TV - LG"),
    ("vizio", "TV - Vizio"),
    ("smartcast", "TV - Vizio"),
    ("crkey", "TV - Google"),
    ("chromecast", "TV - Google"),
    ("bravia", "TV - Sony"),
    ("viera", "TV - Panasonic"),
    ("vidaa", "TV - Hisense"),
    ("mitv", "TV - Xiaomi"),
    ("mibox", "TV - Xiaomi"),
    ("shield android tv", "TV - Nvidia"),
    ("aquos-as", "TV - Sharp"),
    ("tivo", "TV - TiVo"),
    ("andr0id", "TV - Android"),
];

/// What televisions of any vendor say.
const ANY_TELEVISION: &[&str] = &[
    "smart-tv",
    "smarttv",
    "smart tv",
    "smarthub",
    "googletv",
    "google tv",
    "android tv",
    "androidtv",
    "hbbtv",
    "ce-html",
    "nettv",
    "opera tv",
    "tv safari",
    "inettvbrowser",
    "tbrowser",
    "hybridcast",
    "omi/",
];

/// Vendors that televisions of [`ANY_TELEVISION`] name.
const TELEVISION_VENDORS: &[(&str, &str)] = &[
    ("samsung", "TV - Samsung"),
    ("tizen", "TV - Samsung"),
    ("maple", "TV - Samsung"),
    ("lge", "TV - LG"),
    ("lg ", "TV - LG"),
    ("lg-", "TV - LG"),
    ("sony", "TV - Sony"),
    ("philips", "TV - Philips"),
    ("panasonic", "TV - Panasonic"),
    ("hisense", "TV - Hisense"),
    ("tcl", "TV - TCL"),
    ("sharp", "TV - Sharp"),
    ("toshiba", "TV - Toshiba"),
    ("xiaomi", "TV - Xiaomi"),
    ("vestel", "TV - Vestel"),
    ("android", "TV - Android"),
];

const DESKTOPS: &[(&str, &str)] = &[
    ("cros ", "Desktop - Chromebook"),
    ("windows", "Desktop - Windows PC"),
    ("win64", "Desktop - Windows PC"),
    ("win32", "Desktop - Windows PC"),
    ("macintosh", "Desktop - Mac"),
    ("mac os", "Desktop - Mac"),
    ("macos", "Desktop - Mac"),
    ("macbook", "Desktop - Mac"),
    ("imac", "Desktop - Mac"),
    ("macmini", "Desktop - Mac"),
    ("macpro", "Desktop - Mac"),
    ("freebsd", "Desktop - BSD PC"),
    ("openbsd", "Desktop - BSD PC"),
    ("netbsd", "Desktop - BSD PC"),
];

/// Telephones that are neither Apple's nor run Android.
const OTHER_SMARTPHONES: &[(&str, &str)] = &[
    ("windows phone", "Smartphone - Windows Phone"),
    ("kaios", "Smartphone - KaiOS"),
    ("blackberry", "Smartphone - BlackBerry"),
    ("bb10", "Smartphone - BlackBerry"),
    ("symbian", "Smartphone - Nokia"),
    ("series60", "Smartphone - Nokia"),
];

const APPLE_MOBILES: &[(&str, &str)] = &[
    ("ipad", "Tablet - Apple iPad"),
    ("ipod", "Smartphone - Apple iPod"),
    ("iphone", "Smartphone - Apple iPhone"),
    ("ios ", "Smartphone - Apple iPhone"),
    ("ios/", "Smartphone - Apple iPhone"),
];

/// Classes that no table tells, or not alone.
const ECHO: &str = "Speaker - Amazon";
const FIRE_TV: &str = "TV - Amazon";
const OTHER_TELEVISION: &str = "TV - other";
const NOKIA: &str = "Smartphone - Nokia";
const HARMONY_PC: &str = "Desktop - HarmonyOS PC";
const OTHER_SMARTPHONE: &str = "Smartphone - other";
const LINUX_PC: &str = "Desktop - Linux PC";

/// Android, the names under which some browsers and apps hide it, and what runs its apps.
const ANDROID: &[&str] = &["android", "dalvik/", "adr ", "fban/fb4a", "silk/", "harmonyos", "openharmony"];

/// All that [`class`] tells but [`UNKNOWN`]; some of them often.
pub(super) fn classes() -> impl Iterator<Item = &'static str> {
    let tables =
        [CONSOLES, OTHERS, TELEVISIONS, TELEVISION_VENDORS, APPLE_MOBILES, OTHER_SMARTPHONES, DESKTOPS];
    let untabled = [ECHO, FIRE_TV, OTHER_TELEVISION, NOKIA, HARMONY_PC, OTHER_SMARTPHONE, LINUX_PC];
    tables.into_iter().flatten().map(|&(_, class)| class).chain(untabled).chain(vendor::classes())
}

pub(super) fn class(words: &Words) -> &'static str {
    words
        .first(CONSOLES)
        .or_else(|| words.first(OTHERS))
        .or_else(|| words.iter().any(is_echo).then_some(ECHO))
        .or_else(|| television(words))
        .or_else(|| words.first(APPLE_MOBILES))
        .or_else(|| words.first(OTHER_SMARTPHONES))
        .or_else(|| android(words))
        .or_else(|| words.has("nokia").then_some(NOKIA))
        .or_else(|| words.first(DESKTOPS))
        .or_else(|| other(words))
        .unwrap_or(UNKNOWN)
}

fn television(words: &Words) -> Option<&'static str> {
    if let Some(class) = words.first(TELEVISIONS) {
        return Some(class);
    }
    if words.iter().any(is_fire_tv) && words.has_any(&["android", "linux", "amazon"]) {
        return Some(FIRE_TV);
    }
    let named_tv = || words.claims_browser() && words.codes().any(|code| code.ends_with("tv"));
    let any = words.has_any(ANY_TELEVISION)
        || !words.has("mobile") && (words.has("tizen") || words.has("linux") && named_tv());
    any.then(|| words.first(TELEVISION_VENDORS).unwrap_or(OTHER_TELEVISION))
}

/// Amazon's names for Fire TV models: `AFTT`, `AFTKA`, `AFTBAMR311`.
fn is_fire_tv(word: &str) -> bool {
    word.starts_with("aft") && (4..=10).contains(&word.len()) && word != "after"
}

/// Amazon's names for Echo models: `AEOTA`.
fn is_echo(word: &str) -> bool {
    word.starts_with("aeo") && word.len() == 5
}

/// A browser on a tablet leaves out the word `Mobile`; apps never say it, so that only a tablet's model tells.
fn android(words: &Words) -> Option<&'static str> {
    if words.has("pc; openharmony") {
        return Some(HARMONY_PC);
    }
    if !words.has_any(ANDROID) {
        return None;
    }
    let tablet = vendor::is_tablet(words)
        || words.has("tablet")
        || words.claims_browser() && !words.has("mobile") && !words.has("phone");
    let Vendor { smartphone, tablet: tablet_class, .. } = vendor::of(words);
    Some(if tablet { tablet_class } else { smartphone })
}

/// Linux counts as a desktop when a browser says it: what else says it is most often a server.
fn other(words: &Words) -> Option<&'static str> {
    if words.has_any(&["midp", "cldc", "j2me", "opera mini"]) || words.claims_browser() && words.has("mobile")
    {
        Some(OTHER_SMARTPHONE)
    } else if words.claims_browser() && words.has_any(&["linux", "x11"]) {
        Some(LINUX_PC)
    } else {
        None
    }
}
