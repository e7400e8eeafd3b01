//! The hit: one delivered response, decided once, as a plain value. Everything that is counted derives from it.

use super::country::Country;
use super::date::Date;
use super::failure::Reason;
use super::media_path::MediaPath;
use super::owner::OwnerId;
use super::privacy::Privacy;
use super::referrer;
use super::user_agent::{self, Classifier};

/// Image id of every response whose object is not known to exist.
pub const MISSING_IMAGE: &str = "(missing)";
/// Variant of every response whose object is not known to exist.
pub const NO_VARIANT: &str = "(none)";
/// Stands for request-derived values that were not recorded, so that sums still agree.
pub const PRIVATE: &str = "(private)";
/// Stands for a header that a request does not have.
pub const NOT_GIVEN: &str = "N/A";
/// The crawler of a hit that no program asked for.
pub const NO_CRAWLER: &str = "(none)";

/// Longest IP address, in bytes: IPv6 with an embedded IPv4 address.
pub const MAX_IP: usize = 45;
/// Longest request id, in bytes.
const MAX_REQUEST_ID: usize = 64;
/// Longest path of a failed request that is kept, in bytes.
const MAX_FAILED_PATH: usize = super::image_id::MAX_PATH;

/// Where the answer came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CacheResult {
    Hit,
    Miss,
    /// The cache was not asked, or cannot hold such an answer.
    Bypass,
    /// The answer is an error.
    Error,
}

impl CacheResult {
    pub const ALL: [Self; 4] = [Self::Hit, Self::Miss, Self::Bypass, Self::Error];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Hit => "hit",
            Self::Miss => "miss",
            Self::Bypass => "bypass",
            Self::Error => "error",
        }
    }
}

/// What was delivered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// An object that exists.
    Object { image_id: String, variant: String },
    /// Nothing that is known to exist.
    Missing,
}

impl Subject {
    pub fn object(path: &MediaPath) -> Self {
        Self::Object { image_id: path.image.to_string(), variant: path.variant.to_string() }
    }

    pub fn image_id(&self) -> &str {
        match self {
            Self::Object { image_id, .. } => image_id,
            Self::Missing => MISSING_IMAGE,
        }
    }

    pub fn variant(&self) -> &str {
        match self {
            Self::Object { variant, .. } => variant,
            Self::Missing => NO_VARIANT,
        }
    }
}

/// What a request's headers say of who asked, as far as it may be recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Visitor {
    pub device: &'static str,
    pub browser: &'static str,
    pub os: &'static str,
    pub bot: &'static str,
    /// A program's name, or [`NO_CRAWLER`].
    pub crawler: &'static str,
    /// See [`referrer`].
    pub referrer_host: String,
    /// Empty below `full` privacy.
    pub user_agent: String,
    /// Empty below `full` privacy.
    pub ip: String,
    /// Cloudflare's own id of the request, which leads to Cloudflare's logs. Empty below `full` privacy.
    pub request_id: String,
}

/// The headers that a [`Visitor`] is made of. Everything else about a request is not looked at.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct VisitorHeaders {
    pub user_agent: Option<String>,
    pub referrer: Option<String>,
    pub ip: Option<String>,
    pub ray: Option<String>,
    pub sec_gpc: Option<String>,
    pub dnt: Option<String>,
}

impl VisitorHeaders {
    fn opted_out(&self) -> bool {
        [&self.sec_gpc, &self.dnt].into_iter().any(|value| value.as_deref().map(str::trim) == Some("1"))
    }
}

impl Visitor {
    pub fn new(headers: &VisitorHeaders, configured: Privacy, classifier: &mut Classifier) -> Self {
        let privacy = configured.for_request(headers.opted_out());
        if privacy == Privacy::Strict {
            let raw = if configured == Privacy::Full { PRIVATE } else { "" };
            return Self {
                device: PRIVATE,
                browser: PRIVATE,
                os: PRIVATE,
                bot: PRIVATE,
                crawler: PRIVATE,
                referrer_host: PRIVATE.to_owned(),
                user_agent: raw.to_owned(),
                ip: raw.to_owned(),
                request_id: String::new(),
            };
        }
        let text = headers.user_agent.as_deref().unwrap_or_default();
        let classes = classifier.classify(text);
        // A page of values cannot begin after one that has control characters: see `Literal` in engine_sql.rs.
        let full = |value: &str| match privacy {
            Privacy::Full => {
                let text: String = value.chars().filter(|it| !it.is_control()).collect();
                if text.is_empty() { NOT_GIVEN.to_owned() } else { text }
            }
            Privacy::Strict | Privacy::Standard => String::new(),
        };
        let ip = headers.ip.as_deref().unwrap_or_default();
        Self {
            device: classes.device,
            browser: classes.browser,
            os: classes.os,
            bot: classes.bot.as_str(),
            crawler: classes.crawler.unwrap_or(NO_CRAWLER),
            referrer_host: referrer::host(headers.referrer.as_deref()),
            user_agent: full(user_agent::truncate(text)),
            ip: full(&ip[..ip.floor_char_boundary(MAX_IP)]),
            request_id: match privacy {
                Privacy::Full => request_id(headers.ray.as_deref()),
                Privacy::Strict | Privacy::Standard => String::new(),
            },
        }
    }
}

/// An id as Cloudflare writes them; empty for anything else.
fn request_id(ray: Option<&str>) -> String {
    let is_id = |ray: &&str| {
        ray.len() <= MAX_REQUEST_ID && ray.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    ray.filter(is_id).unwrap_or_default().to_owned()
}

/// What of a failed request's path is recorded, for the error columns alone: anybody can make one up.
pub fn failed_path(path: &str) -> String {
    path[..path.floor_char_boundary(MAX_FAILED_PATH)].to_owned()
}

/// One delivered response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    pub owner: OwnerId,
    pub subject: Subject,
    pub status: u16,
    /// The promised length of the body: 0 for HEAD and 304, the part for 206. What a client aborts or the edge
    /// compresses is not seen.
    pub bytes: u64,
    /// Size of the stored file that the answer derives from, counted when a body is sent, and then in proportion. An error
    /// derives from none, and saves nothing: its own size.
    pub source_bytes: u64,
    pub cache: CacheResult,
    /// Media type without parameters; that of the error body when the answer is an error.
    pub content_type: String,
    pub country: Country,
    pub visitor: Visitor,
    pub error: Option<Reason>,
    /// See [`failed_path`]; empty when the answer is no error.
    pub failed_path: String,
    /// The URL had a query that changes nothing.
    pub query_ignored: bool,
    /// The answer was made for this request rather than found.
    pub transformed: bool,
    pub date: Date,
    /// Of the day, 0 to 23, UTC.
    pub hour: u8,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers() -> VisitorHeaders {
        VisitorHeaders {
            user_agent: Some("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0".into()),
            referrer: Some("https://user:secret@Example.com:8443/private?token=1".into()),
            ip: Some("203.0.113.9".into()),
            ray: Some("8d5b6c7e8f9a0b1c-FRA".into()),
            ..VisitorHeaders::default()
        }
    }

    fn visitor(headers: &VisitorHeaders, level: Privacy) -> Visitor {
        Visitor::new(headers, level, &mut Classifier::default())
    }

    #[test]
    fn each_level_records_what_it_says() {
        for (level, device, referrer, ip) in [
            (Privacy::Strict, PRIVATE, PRIVATE, ""),
            (Privacy::Standard, "Desktop - Linux PC", "example.com", ""),
            (Privacy::Full, "Desktop - Linux PC", "example.com", "203.0.113.9"),
        ] {
            let visitor = visitor(&headers(), level);
            assert_eq!((visitor.device, &visitor.referrer_host[..], &visitor.ip[..]), (device, referrer, ip));
            assert_eq!(visitor.user_agent.is_empty(), level != Privacy::Full);
            let ray = if level == Privacy::Full { "8d5b6c7e8f9a0b1c-FRA" } else { "" };
            assert_eq!(visitor.request_id, ray, "a request id leads to Cloudflare's own logs");
        }
    }

    #[test]
    fn raw_values_have_no_control_characters() {
        for (text, recorded) in [
            ("Mozilla/5.0\t(X11)", "Mozilla/5.0(X11)"),
            ("a\u{9b}ä", "aä"),
            ("\t", NOT_GIVEN),
            ("", NOT_GIVEN),
        ] {
            let headers = VisitorHeaders { user_agent: Some(text.into()), ..headers() };
            assert_eq!(visitor(&headers, Privacy::Full).user_agent, recorded, "{text:?}");
        }
    }

    #[test]
    fn an_opt_out_is_strict_at_every_level() {
        for level in [Privacy::Strict, Privacy::Standard, Privacy::Full] {
            for (sec_gpc, dnt) in [(Some("1"), None), (None, Some("1")), (Some(" 1 "), None)] {
                let headers = VisitorHeaders {
                    sec_gpc: sec_gpc.map(Into::into),
                    dnt: dnt.map(Into::into),
                    ..headers()
                };
                let visitor = visitor(&headers, level);
                let recorded = [visitor.device, visitor.browser, visitor.os, visitor.bot, visitor.crawler];
                assert_eq!((recorded, &*visitor.referrer_host), ([PRIVATE; 5], PRIVATE));
                assert_eq!(visitor.request_id, "");
                assert!(
                    ["", PRIVATE].contains(&&visitor.ip[..])
                        && ["", PRIVATE].contains(&&visitor.user_agent[..])
                );
            }
        }
        let no_opt_out = VisitorHeaders { sec_gpc: Some("0".into()), dnt: Some("0".into()), ..headers() };
        assert_eq!(visitor(&no_opt_out, Privacy::Standard).device, "Desktop - Linux PC");
    }

    #[test]
    fn programs_have_a_name() {
        for (user_agent, bot, crawler) in [
            (
                "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.3; +https://openai.com/gptbot)",
                "ai",
                "GPTBot",
            ),
            ("Googlebot-Image/1.0", "search", "Googlebot-Image"),
            ("curl/8.14.1", "other", "Other bot"),
            ("", "other", "Other bot"),
            ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "human", NO_CRAWLER),
        ] {
            let headers = VisitorHeaders { user_agent: Some(user_agent.into()), ..headers() };
            let visitor = visitor(&headers, Privacy::Standard);
            assert_eq!((visitor.bot, visitor.crawler), (bot, crawler), "{user_agent}");
        }
    }

    #[test]
    fn request_ids_are_ids() {
        for (ray, id) in [
            (Some("8d5b6c7e8f9a0b1c-FRA"), "8d5b6c7e8f9a0b1c-FRA"),
            (Some("a b"), ""),
            (Some(&*"x".repeat(65)), ""),
            (Some(""), ""),
            (None, ""),
        ] {
            let headers = VisitorHeaders { ray: ray.map(Into::into), ..headers() };
            assert_eq!(visitor(&headers, Privacy::Full).request_id, id, "{ray:?}");
        }
    }
}
