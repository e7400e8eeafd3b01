//! How long an answer may be kept, and by whom: what the stored file says of itself, else what the configuration says.
//! Not here: keeping it (`cloudflare/edge_cache.rs`).

use super::date::Millis;

/// What an answer says of its own keeping.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CachePolicy<'a> {
    pub cache_control: Option<&'a str>,
    pub expires: Option<Millis>,
}

impl<'a> CachePolicy<'a> {
    /// `cache_control` and `expires` are the stored file's own; `default` is for files that have neither.
    pub fn new(cache_control: Option<&'a str>, expires: Option<Millis>, default: &'a str) -> Self {
        let is_header =
            |text: &&str| !text.trim().is_empty() && text.bytes().all(|it| (b' '..=b'~').contains(&it));
        match cache_control.filter(is_header) {
            None if expires.is_none() => Self { cache_control: Some(default), expires: None },
            own => Self { cache_control: own, expires },
        }
    }

    /// Whether the edge cache, which all clients share, may keep the answer.
    pub fn is_shared(&self, now: Millis) -> bool {
        let Some(cache_control) = self.cache_control else {
            return self.expires.is_some_and(|expires| expires > now);
        };
        let value = |name: &str| {
            let mut directives = cache_control.split(',').map(directive);
            directives.find(|(it, _)| it.eq_ignore_ascii_case(name)).map(|(_, value)| value)
        };
        let seconds =
            |name| value(name).map(|value| value.trim_matches('"').parse::<u64>().unwrap_or_default());
        let is_forbidden = ["no-store", "private", "no-cache"].into_iter().any(|name| value(name).is_some());
        let is_fresh = match seconds("s-maxage").or_else(|| seconds("max-age")) {
            Some(seconds) => seconds > 0,
            None => self.expires.is_some_and(|expires| expires > now),
        };
        !is_forbidden && is_fresh
    }
}

/// A directive's name, and its value.
fn directive(text: &str) -> (&str, &str) {
    let (name, value) = text.split_once('=').unwrap_or((text, ""));
    (name.trim(), value.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEFAULT: &str = "public, max-age=86400";
    const NOW: Millis = 1_000_000;

    #[test]
    fn a_file_says_itself_how_long_it_is_kept() {
        for (cache_control, expires, sent, sent_expires, is_shared) in [
            (None, None, Some(DEFAULT), None, true),
            (Some(""), None, Some(DEFAULT), None, true),
            (Some("max-age=5\r\nx: y"), None, Some(DEFAULT), None, true),
            (Some("public, max-age=60"), None, Some("public, max-age=60"), None, true),
            (Some("private, max-age=60"), None, Some("private, max-age=60"), None, false),
            (Some("Private"), None, Some("Private"), None, false),
            (Some("private=\"x\", max-age=60"), None, Some("private=\"x\", max-age=60"), None, false),
            (Some("no-store"), None, Some("no-store"), None, false),
            (Some("no-cache"), None, Some("no-cache"), None, false),
            (Some("max-age=60, No-Cache"), None, Some("max-age=60, No-Cache"), None, false),
            (Some("max-age=0"), None, Some("max-age=0"), None, false),
            (Some("max-age=0, s-maxage=60"), None, Some("max-age=0, s-maxage=60"), None, true),
            (Some("max-age=60, s-maxage=0"), None, Some("max-age=60, s-maxage=0"), None, false),
            (Some("max-age=\"60\""), None, Some("max-age=\"60\""), None, true),
            (Some("max-age=nonsense"), None, Some("max-age=nonsense"), None, false),
            (Some("public"), None, Some("public"), None, false),
            (Some("public"), Some(NOW + 1), Some("public"), Some(NOW + 1), true),
            (None, Some(NOW + 1), None, Some(NOW + 1), true),
            (None, Some(NOW), None, Some(NOW), false),
        ] {
            let policy = CachePolicy::new(cache_control, expires, DEFAULT);
            assert_eq!((policy.cache_control, policy.expires), (sent, sent_expires), "{cache_control:?}");
            assert_eq!(policy.is_shared(NOW), is_shared, "{cache_control:?} {expires:?}");
        }
    }
}
