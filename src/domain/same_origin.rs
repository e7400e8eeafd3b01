//! Which requests a browser may make with a cookie: those of the worker's own pages. A browser adds the cookie also to what
//! the pages of neighbouring hosts ask for; what it cannot be made to do is to lie about `Origin`. Requests with an
//! `Authorization` header come from nobody but whoever has the token, and are not looked at here.

use super::media_type::essence;
use super::origin::Origin;

/// Why a request is not taken for one of the worker's own pages.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SameOriginError {
    #[error("With a session, only the Worker's own pages may do this: send the header Origin: {0}")]
    Origin(String),
    #[error("With a session, a body needs the header Content-Type: application/json.")]
    ContentType,
}

/// What a request says of where it comes from.
#[derive(Debug, Clone, Copy, Default)]
pub struct Sender<'a> {
    pub origin: Option<&'a str>,
    pub content_type: Option<&'a str>,
    pub has_body: bool,
}

impl Sender<'_> {
    /// Checks a request for `url`, as the platform writes it.
    ///
    /// # Errors
    ///
    /// When it comes from elsewhere, or has a body of a kind that forms can send.
    pub fn check(&self, url: &str) -> Result<(), SameOriginError> {
        let own = Origin::of(url).as_str();
        if self.origin != Some(own) {
            return Err(SameOriginError::Origin(own.to_owned()));
        }
        match self.content_type {
            None if !self.has_body => Ok(()),
            Some(content_type) if essence(content_type) == "application/json" => Ok(()),
            _ => Err(SameOriginError::ContentType),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const URL: &str = "https://cdn.example.com/v1/tokens?limit=1";

    #[test]
    fn origins() {
        for (url, origin, is_own) in [
            (URL, Some("https://cdn.example.com"), true),
            ("http://localhost:8787/", Some("http://localhost:8787"), true),
            ("http://[::1]:8787", Some("http://[::1]:8787"), true),
            ("https://cdn.example.com?a=/b", Some("https://cdn.example.com"), true),
            (URL, None, false),
            (URL, Some(""), false),
            (URL, Some("null"), false),
            (URL, Some("http://cdn.example.com"), false),
            (URL, Some("https://cdn.example.com:8443"), false),
            (URL, Some("https://example.com"), false),
            (URL, Some("https://evil.example.com"), false),
            (URL, Some("https://cdn.example.com.evil.test"), false),
            (URL, Some("https://cdn.example.co"), false),
            (URL, Some("https://cdn.example.com/"), false),
            ("http://localhost:8787/", Some("http://localhost:8788"), false),
            ("http://localhost:8787/", Some("http://127.0.0.1:8787"), false),
        ] {
            let checked = Sender { origin, ..Sender::default() }.check(url);
            assert_eq!(checked.is_ok(), is_own, "{url} {origin:?}: {checked:?}");
        }
        let refused = Sender::default().check(URL).unwrap_err().to_string();
        assert!(refused.ends_with("Origin: https://cdn.example.com"), "{refused}");
    }

    #[test]
    fn bodies() {
        for (content_type, has_body, is_allowed) in [
            (None, false, true),
            (Some("application/json"), true, true),
            (Some("application/json"), false, true),
            (Some("Application/JSON; charset=utf-8"), true, true),
            (None, true, false),
            (Some(""), true, false),
            (Some("text/plain"), true, false),
            (Some("text/plain"), false, false),
            (Some("text/plain; application/json"), true, false),
            (Some("application/json-seq"), true, false),
            (Some("application/x-www-form-urlencoded"), true, false),
            (Some("multipart/form-data; boundary=x"), true, false),
        ] {
            let sender = Sender { origin: Some("https://cdn.example.com"), content_type, has_body };
            let expected = if is_allowed { Ok(()) } else { Err(SameOriginError::ContentType) };
            assert_eq!(sender.check(URL), expected, "{content_type:?} {has_body}");
        }
    }
}
