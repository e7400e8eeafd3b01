//! User agents, reduced to coarse classes by tables of product tokens. The classes are all that is recorded of
//! a user agent below `full` privacy; nothing here tells one visitor from another, and every value comes from
//! a fixed list.
//!
//! Not a version parser: families only.

use std::collections::HashMap;

/// Longest user agent that is looked at or recorded, in bytes.
pub const MAX_USER_AGENT: usize = 512;

/// What a request without a user agent, or with one that fits no table, is counted as.
pub const UNKNOWN: &str = "unknown";

/// Crawlers that collect training data or fetch pages for assistants. Source: their operators' documentation.
const AI_CRAWLERS: &[&str] = &[
    "gptbot",
    "chatgpt-user",
    "oai-searchbot",
    "claudebot",
    "claude-user",
    "claude-searchbot",
    "anthropic-ai",
    "perplexitybot",
    "perplexity-user",
    "google-extended",
    "google-cloudvertexbot",
    "applebot-extended",
    "meta-externalagent",
    "meta-externalfetcher",
    "amazonbot",
    "bytespider",
    "ccbot",
    "cohere-ai",
    "diffbot",
    "mistralai-user",
    "duckassistbot",
    "youbot",
];

/// Search engines' crawlers. Source: their operators' documentation.
const SEARCH_CRAWLERS: &[&str] = &[
    "googlebot",
    "bingbot",
    "duckduckbot",
    "yandexbot",
    "yandeximages",
    "baiduspider",
    "applebot",
    "petalbot",
    "seznambot",
    "qwantbot",
    "yeti/",
    "slurp",
];

/// Words that only programs put in their user agents.
const PROGRAMS: &[&str] = &[
    "bot",
    "crawl",
    "spider",
    "curl/",
    "wget/",
    "python",
    "go-http-client",
    "okhttp",
    "headless",
    "scrapy",
    "monitor",
    "axios/",
    "node-fetch",
    "java/",
    "libwww",
    "httpclient",
    "facebookexternalhit",
    "preview",
];

/// Token and family; the first that occurs wins, so that the browsers that also claim to be Chrome or Safari
/// stand before them.
const BROWSERS: &[(&str, &str)] = &[
    ("edg", "Edge"),
    ("opr/", "Opera"),
    ("opera", "Opera"),
    ("samsungbrowser", "Samsung Internet"),
    ("yabrowser", "Yandex Browser"),
    ("vivaldi", "Vivaldi"),
    ("ucbrowser", "UC Browser"),
    ("fxios", "Firefox"),
    ("firefox", "Firefox"),
    ("seamonkey", "SeaMonkey"),
    ("crios", "Chrome"),
    ("chromium", "Chromium"),
    ("chrome", "Chrome"),
    ("msie", "Internet Explorer"),
    ("trident/", "Internet Explorer"),
    ("android", "Android Browser"),
    ("safari", "Safari"),
    ("applewebkit", "WebKit"),
];

const SYSTEMS: &[(&str, &str)] = &[
    ("windows phone", "Windows Phone"),
    ("windows", "Windows"),
    ("iphone", "iOS"),
    ("ipad", "iPadOS"),
    ("ipod", "iOS"),
    ("tizen", "Tizen"),
    ("web0s", "webOS"),
    ("webos", "webOS"),
    ("android", "Android"),
    ("cros ", "ChromeOS"),
    ("mac os x", "macOS"),
    ("macintosh", "macOS"),
    ("playstation", "PlayStation"),
    ("freebsd", "FreeBSD"),
    ("openbsd", "OpenBSD"),
    ("linux", "Linux"),
    ("x11", "Linux"),
];

const TELEVISIONS: &[&str] = &[
    "smart-tv", "smarttv", "googletv", "appletv", "apple tv", "hbbtv", "web0s", "roku", "bravia", "aft",
    "crkey", "tizen",
];

/// Who asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BotClass {
    Human,
    SearchCrawler,
    AiCrawler,
    OtherBot,
}

impl BotClass {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Human => "human",
            Self::SearchCrawler => "search",
            Self::AiCrawler => "ai",
            Self::OtherBot => "other",
        }
    }
}

/// The classes of one user agent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UserAgent {
    pub device: &'static str,
    pub browser: &'static str,
    pub os: &'static str,
    pub bot: BotClass,
}

impl UserAgent {
    fn classify(text: &str) -> Self {
        let text = text.to_ascii_lowercase();
        let bot = bot_class(&text);
        if bot != BotClass::Human {
            return Self { device: "Bot", browser: UNKNOWN, os: family(&text, SYSTEMS), bot };
        }
        Self { device: device(&text), browser: family(&text, BROWSERS), os: family(&text, SYSTEMS), bot }
    }
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

/// A user agent is a program's unless it claims to be a browser.
fn bot_class(text: &str) -> BotClass {
    if contains_any(text, AI_CRAWLERS) {
        BotClass::AiCrawler
    } else if contains_any(text, SEARCH_CRAWLERS) {
        BotClass::SearchCrawler
    } else if contains_any(text, PROGRAMS) || !text.contains("mozilla/") && !text.contains("opera/") {
        BotClass::OtherBot
    } else {
        BotClass::Human
    }
}

fn device(text: &str) -> &'static str {
    if contains_any(text, TELEVISIONS) {
        "TV"
    } else if text.contains("ipad")
        || text.contains("tablet")
        || (text.contains("android") && !text.contains("mobile"))
    {
        "Tablet"
    } else if text.contains("mobi") || text.contains("iphone") || text.contains("ipod") {
        "Smartphone"
    } else if contains_any(text, &["windows", "macintosh", "x11", "linux", "cros "]) {
        "Desktop"
    } else {
        UNKNOWN
    }
}

fn contains_any(text: &str, tokens: &[&str]) -> bool {
    tokens.iter().any(|token| text.contains(token))
}

fn family(text: &str, table: &[(&str, &'static str)]) -> &'static str {
    table.iter().find(|(token, _)| text.contains(token)).map_or(UNKNOWN, |(_, family)| family)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes() {
        for (text, device, browser, os, bot) in [
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/149.0.0.0 Safari/537.36",
                "Desktop",
                "Chrome",
                "Windows",
                "human",
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/149.0.0.0 Safari/537.36 Edg/149.0.0.0",
                "Desktop",
                "Edge",
                "Windows",
                "human",
            ),
            (
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.1 Safari/605.1.15",
                "Desktop",
                "Safari",
                "macOS",
                "human",
            ),
            (
                "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
                "Desktop",
                "Firefox",
                "Linux",
                "human",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 19_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.1 Mobile/15E148 Safari/604.1",
                "Smartphone",
                "Safari",
                "iOS",
                "human",
            ),
            (
                "Mozilla/5.0 (iPad; CPU OS 16_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/16.6 Mobile/15E148 Safari/604.1",
                "Tablet",
                "Safari",
                "iPadOS",
                "human",
            ),
            (
                "Mozilla/5.0 (Linux; Android 16; Pixel 10) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/149.0.0.0 Mobile Safari/537.36",
                "Smartphone",
                "Chrome",
                "Android",
                "human",
            ),
            (
                "Mozilla/5.0 (Linux; Android 15; SM-S928B) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36",
                "Smartphone",
                "Samsung Internet",
                "Android",
                "human",
            ),
            (
                "Mozilla/5.0 (SMART-TV; Linux; Tizen 7.0) AppleWebKit/537.36 (KHTML, like Gecko) Version/7.0 TV Safari/537.36",
                "TV",
                "Safari",
                "Tizen",
                "human",
            ),
            (
                "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
                "Bot",
                "unknown",
                "unknown",
                "search",
            ),
            (
                "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.3; +https://openai.com/gptbot)",
                "Bot",
                "unknown",
                "unknown",
                "ai",
            ),
            ("curl/8.14.1", "Bot", "unknown", "unknown", "other"),
            ("", "Bot", "unknown", "unknown", "other"),
            ("<script>alert(1)</script>", "Bot", "unknown", "unknown", "other"),
        ] {
            let classes = UserAgent::classify(text);
            assert_eq!(
                (classes.device, classes.browser, classes.os, classes.bot.as_str()),
                (device, browser, os, bot),
                "{text}"
            );
        }
    }

    #[test]
    fn memory_is_bounded_and_changes_nothing() {
        let mut classifier = Classifier::default();
        for round in 0..3 {
            for number in 0..MAX_REMEMBERED {
                let text = format!(
                    "Mozilla/5.0 (X11; Linux x86_64; rv:{round}{number}) Gecko/20100101 Firefox/140.0"
                );
                assert_eq!(classifier.classify(&text), UserAgent::classify(&text));
                assert_eq!(classifier.classify(&text), UserAgent::classify(&text));
                assert!(classifier.0.len() <= MAX_REMEMBERED);
            }
        }
    }

    #[test]
    fn truncation_keeps_characters_whole() {
        assert_eq!(truncate(&"ä".repeat(400)).len(), 512);
        assert_eq!(truncate(&format!("x{}", "ä".repeat(400))).len(), 511);
    }
}
