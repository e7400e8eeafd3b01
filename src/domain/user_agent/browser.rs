//! What shows the media: browsers, browsers inside apps, players, and apps.
//!
//! Not here: browsers that say they are another one. Brave and most Chromium forks are Chrome.

use super::UNKNOWN;
use super::words::Words;

/// Any app whose own name does not matter here.
pub(super) const APP: &str = "App";

/// Token and family; the first that occurs wins, so that those that also claim to be another one stand before
/// it.
const NAMED: &[(&str, &str)] = &[
    // Inside apps.
    ("fban/messenger", "Messenger"),
    ("fb_iab/messenger", "Messenger"),
    ("fb_iab/orca", "Messenger"),
    ("instagram", "Instagram"),
    ("barcelona ", "Threads"),
    ("metaiab", "Facebook"),
    ("fban/", "Facebook"),
    ("fbav/", "Facebook"),
    ("fb_iab", "Facebook"),
    ("fbios", "Facebook"),
    ("musical_ly", "TikTok"),
    ("bytedancewebview", "TikTok"),
    ("tiktok", "TikTok"),
    ("trill", "TikTok"),
    ("aweme", "Douyin"),
    ("micromessenger", "WeChat"),
    ("kakaotalk", "KakaoTalk"),
    ("line/", "LINE"),
    ("snapchat", "Snapchat"),
    ("pinterest", "Pinterest"),
    ("twitter for", "X"),
    ("twitterandroid", "X"),
    ("linkedinapp", "LinkedIn"),
    ("reddit/", "Reddit"),
    ("telegram", "Telegram"),
    ("discord/", "Discord"),
    ("discord-", "Discord"),
    ("slack/", "Slack"),
    ("slack_ssb", "Slack"),
    ("zalo", "Zalo"),
    ("baiduboxapp", "Baidu"),
    ("weibo", "Weibo"),
    ("gsa/", "Google app"),
    ("spotify", "Spotify"),
    // Players.
    ("applecoremedia", "AppleCoreMedia"),
    ("exoplayer", "ExoPlayer"),
    ("androidxmedia3", "ExoPlayer"),
    ("vlc/", "VLC"),
    ("libvlc", "VLC"),
    ("kodi/", "Kodi"),
    ("xbmc", "Kodi"),
    ("stagefright", "Stagefright"),
    ("libmpv", "mpv"),
    ("mpv ", "mpv"),
    ("mpv/", "mpv"),
    ("gstreamer", "GStreamer"),
    ("nexplayer", "NexPlayer"),
    ("itunes", "iTunes"),
    ("nsplayer", "Windows Media Player"),
    ("windows-media-player", "Windows Media Player"),
    ("quicktime", "QuickTime"),
    ("mplayer", "MPlayer"),
    ("plex", "Plex"),
    ("sonos", "Sonos"),
    ("roku", "Roku"),
    // Browsers.
    ("edg/", "Edge"),
    ("edge/", "Edge"),
    ("edga/", "Edge"),
    ("edgios/", "Edge"),
    ("edgw/", "Edge"),
    ("opera mini", "Opera Mini"),
    ("opios/", "Opera Mini"),
    ("opr/", "Opera"),
    ("opt/", "Opera"),
    ("opx/", "Opera"),
    ("opera/", "Opera"),
    ("opera ", "Opera"),
    ("opera;", "Opera"),
    ("oculusbrowser", "Meta Quest Browser"),
    ("samsungbrowser", "Samsung Internet"),
    ("yabrowser", "Yandex Browser"),
    ("yasearchbrowser", "Yandex Browser"),
    ("vivaldi", "Vivaldi"),
    ("ucbrowser", "UC Browser"),
    ("ucweb", "UC Browser"),
    ("ubrowser", "UC Browser"),
    ("mqqbrowser", "QQ Browser"),
    ("qqbrowser", "QQ Browser"),
    ("qq/", "QQ"),
    ("miuibrowser", "Mi Browser"),
    ("huaweibrowser", "Huawei Browser"),
    ("heytapbrowser", "HeyTap Browser"),
    ("vivobrowser", "vivo Browser"),
    ("quark/", "Quark"),
    ("whale/", "Whale"),
    ("coc_coc_browser", "Cốc Cốc"),
    ("duckduckgo", "DuckDuckGo"),
    ("ddg/", "DuckDuckGo"),
    ("ecosia", "Ecosia"),
    ("silk/", "Silk"),
    ("puffin", "Puffin"),
    ("sogoumobilebrowser", "Sogou Browser"),
    ("metasr", "Sogou Browser"),
    ("360se", "360 Browser"),
    ("qihu", "360 Browser"),
    ("avast/", "Avast Secure Browser"),
    ("seamonkey", "SeaMonkey"),
    ("palemoon", "Pale Moon"),
    ("fxios", "Firefox"),
    ("focus/", "Firefox"),
    ("klar/", "Firefox"),
    ("firefox", "Firefox"),
    ("nintendobrowser", "Nintendo Browser"),
    ("electron/", APP),
    ("tizen", "Tizen browser"),
    ("web0s", "webOS browser"),
    ("netcast", "NetCast browser"),
    ("crios", "Chrome"),
    ("chromium", "Chromium"),
    ("konqueror", "Konqueror"),
    ("epiphany", "GNOME Web"),
    ("msie", "Internet Explorer"),
    ("trident/", "Internet Explorer"),
    ("iemobile", "Internet Explorer"),
];

/// Of browsers that name themselves by none of [`NAMED`].
const UNNAMED: &[(&str, &str)] =
    &[("wv)", "Android WebView"), ("chrome", "Chrome"), ("android", "Android Browser"), ("safari", "Safari")];

/// Of engines inside apps, where even `Safari` is missing.
const EMBEDDED: &[(&str, &str)] =
    &[("iphone", "iOS WebView"), ("ipad", "iOS WebView"), ("ipod", "iOS WebView"), ("applewebkit", "WebKit")];

/// How apps and players name themselves that name no device: by the HTTP client of their platform, or by what
/// they are. OkHttp, though a library, is what Android apps use and scripts seldom do; so is Dart's for apps
/// made with Flutter.
const APPS: &[&str] = &[
    "cfnetwork",
    "darwin/",
    "dalvik/",
    "okhttp",
    "cronet",
    "dart/",
    "unityplayer",
    "podcast",
    "pocket casts",
    "player",
    "deezer",
    "tunein",
    "amazonmusic",
    "rhythmbox",
    "musicbee",
    "winamp",
    "foobar2000",
    "audacious",
    "clementine",
    "music player daemon",
    "microsoft office",
];

/// All that [`family`] tells but [`UNKNOWN`]; some of them often.
pub(super) fn families() -> impl Iterator<Item = &'static str> {
    [NAMED, UNNAMED, EMBEDDED].into_iter().flatten().map(|&(_, family)| family).chain([APP])
}

pub(super) fn family(words: &Words, device: &str) -> &'static str {
    if let Some(family) = words.first(NAMED) {
        return family;
    }
    if !words.claims_browser() {
        return if device != UNKNOWN || words.has_any(APPS) { APP } else { UNKNOWN };
    }
    let embedded = || words.has("applewebkit").then(|| words.first(EMBEDDED)).flatten();
    words.first(UNNAMED).or_else(embedded).unwrap_or(UNKNOWN)
}
