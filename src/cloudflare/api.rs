//! The one way to Cloudflare's API: over https, to `api.cloudflare.com` and nowhere else, with the token in a header.
//!
//! What an answer's status means for every API is decided here, too; what its body means is not (`engine_sql.rs`,
//! `graphql.rs`).

use std::fmt;

use futures_util::{Stream, StreamExt};
use wasm_bindgen::JsValue;
use worker::{
    AbortController, AbortSignal, Fetch, Headers, Method, Request, RequestInit, RequestRedirect, Response,
};

use super::time;
use crate::batch::source::{Result, SourceError};
use crate::domain::credential::Secret;
use crate::domain::date::{Millis, parse_http_date};

/// Where every request goes. Paths are appended, so that none of them can name another host.
const BASE: &str = "https://api.cloudflare.com/client/v4";

/// Default of [`Api`]'s time limit: below the 30 s that a request's last work may take.
pub const TIMEOUT_MS: Millis = 25_000;

/// Longest body that is read. A page of 10,000 rows with the longest keys stays below it, and with its rows it fits into
/// an isolate's 128 MB.
pub const MAX_BODY: usize = 24 * 1024 * 1024;

/// How much of an API's own error message is repeated, in characters.
const MAX_MESSAGE: usize = 200;

/// How much of an error's body is looked at for its message, in bytes.
const MAX_ERROR_BODY: usize = 16 * 1024;

/// Longest wait that a `Retry-After` is believed.
const MAX_RETRY_AFTER_MS: Millis = 24 * 3_600_000;

/// The identifier of an account or zone, which Cloudflare calls its tag: 32 lower-case hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(transparent)]
pub struct Tag(String);

impl Tag {
    /// `None` when no account or zone can have this identifier.
    pub fn parse(text: &str) -> Option<Self> {
        let digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        (text.len() == 32 && text.bytes().all(digit)).then(|| Self(text.to_owned()))
    }
}

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// An answer whose status is 2xx, or a 4xx that means something else to each API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    pub retry_after: Option<Millis>,
    pub body: String,
}

impl Answer {
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// Passes on what is left to the callers: 2xx, and 4xx other than 401, 403 and 429.
    ///
    /// # Errors
    ///
    /// [`SourceError::Refused`], [`SourceError::RateLimited`], [`SourceError::Server`], and
    /// [`SourceError::Unreadable`] for a redirect, which is never followed.
    pub fn judged(self) -> Result<Self> {
        match self.status {
            200..300 => Ok(self),
            401 | 403 => Err(SourceError::Refused { status: self.status, message: message(&self.body) }),
            429 => Err(SourceError::RateLimited { retry_after: self.retry_after }),
            400..500 => Ok(self),
            500.. => Err(SourceError::Server(self.status)),
            status => Err(SourceError::Unreadable(format!(
                "HTTP {status}; redirects are refused, so that the token stays here"
            ))),
        }
    }
}

/// Sends requests to Cloudflare's API.
#[allow(async_fn_in_trait)]
pub trait Http {
    /// Posts to a path below `/client/v4`, which begins with a slash.
    ///
    /// # Errors
    ///
    /// Everything of [`Answer::judged`], [`SourceError::Timeout`], [`SourceError::Network`], and
    /// [`SourceError::Unreadable`] for a body that is too long or not UTF-8.
    async fn post(&self, path: &str, content_type: &str, body: &str) -> Result<Answer>;
}

impl<H: Http> Http for &H {
    async fn post(&self, path: &str, content_type: &str, body: &str) -> Result<Answer> {
        (*self).post(path, content_type, body).await
    }
}

/// Cloudflare's API itself.
pub struct Api {
    token: Secret,
    timeout: Millis,
}

impl Api {
    /// `timeout` covers a whole request, its body included; see [`TIMEOUT_MS`].
    pub fn new(token: Secret, timeout: Millis) -> Self {
        Self { token, timeout }
    }

    fn request(&self, path: &str, content_type: &str, body: &str) -> worker::Result<Request> {
        let headers = Headers::new();
        headers.set("authorization", &format!("Bearer {}", self.token.reveal()))?;
        headers.set("content-type", content_type)?;
        let mut init = RequestInit::new();
        init.with_method(Method::Post)
            .with_headers(headers)
            .with_redirect(RequestRedirect::Manual)
            .with_body(Some(JsValue::from_str(body)));
        Request::new_with_init(&format!("{BASE}{path}"), &init)
    }

    async fn send(&self, request: Request, signal: &AbortSignal) -> Result<Answer> {
        let network =
            |error: worker::Error| SourceError::Network(shorten(&redact(error.to_string(), &self.token)));
        let mut response = Fetch::Request(request).send_with_signal(signal).await.map_err(network)?;
        let retry_after = response.headers().get("retry-after").ok().flatten();
        let body = read(&mut response).await?;
        Ok(Answer {
            status: response.status_code(),
            retry_after: retry_after.and_then(|text| parse_retry_after(&text, time::now())),
            body: redact(body, &self.token),
        })
    }
}

impl fmt::Debug for Api {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Api").field("timeout", &self.timeout).finish_non_exhaustive()
    }
}

impl Http for Api {
    async fn post(&self, path: &str, content_type: &str, body: &str) -> Result<Answer> {
        // The exception may repeat the header, in whatever spelling, so it is not repeated here.
        let request = self.request(path, content_type, body).map_err(|_| {
            SourceError::Query(
                "it cannot be sent: CLOUDFLARE_API_TOKEN has characters that no token has".to_owned(),
            )
        })?;
        let controller = AbortController::default();
        let signal = controller.signal();
        match time::within(self.timeout, self.send(request, &signal)).await {
            Some(answer) => answer?.judged(),
            None => {
                controller.abort();
                Err(SourceError::Timeout(self.timeout))
            }
        }
    }
}

async fn read(response: &mut Response) -> Result<String> {
    // A response without a body has no stream.
    let bytes = match response.stream() {
        Ok(stream) => gather(stream, MAX_BODY).await?,
        Err(_) => Vec::new(),
    };
    String::from_utf8(bytes).map_err(|_| SourceError::Unreadable("the body is not UTF-8".to_owned()))
}

/// Reads a stream to its end, or until there is too much of it.
async fn gather<E>(
    stream: impl Stream<Item = std::result::Result<Vec<u8>, E>>,
    most: usize,
) -> Result<Vec<u8>> {
    let mut stream = std::pin::pin!(stream);
    let mut bytes = Vec::new();
    while let Some(chunk) = stream.next().await {
        // An exception of the stream says nothing but that.
        let chunk =
            chunk.map_err(|_| SourceError::Network("the connection broke within the body".to_owned()))?;
        if bytes.len() + chunk.len() > most {
            return Err(SourceError::Unreadable(format!("the body has more than {most} bytes")));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

/// A server that echoes a request must not bring the token into a message or a log.
fn redact(text: String, token: &Secret) -> String {
    let token = token.reveal();
    if token.is_empty() || !text.contains(token) { text } else { text.replace(token, "(token)") }
}

/// Reads a `Retry-After`: seconds, or an HTTP date. One in the past asks for no wait.
fn parse_retry_after(text: &str, now: Millis) -> Option<Millis> {
    let text = text.trim();
    let wait = match text.parse::<u64>() {
        Ok(seconds) => seconds.saturating_mul(1_000),
        Err(_) => parse_http_date(text)?.saturating_sub(now),
    };
    Some(wait.min(MAX_RETRY_AFTER_MS))
}

/// What an error's body says, on one line and shortened: the messages of `{"errors":[{"message":…}]}`, else the text.
pub fn message(body: &str) -> String {
    #[derive(serde::Deserialize)]
    struct Body {
        errors: Vec<Message>,
    }
    #[derive(serde::Deserialize)]
    struct Message {
        message: String,
    }
    let body = &body[..body.floor_char_boundary(MAX_ERROR_BODY)];
    let text = match serde_json::from_str::<Body>(body) {
        Ok(Body { errors }) if !errors.is_empty() => {
            errors.into_iter().map(|error| error.message).collect::<Vec<_>>().join("; ")
        }
        _ if body.trim_start().starts_with('<') => "an HTML page".to_owned(),
        _ if body.trim().is_empty() => "no message".to_owned(),
        _ => body.to_owned(),
    };
    shorten(&text)
}

/// A text on one line and shortened, for an error message.
pub fn shorten(text: &str) -> String {
    let words = text.split(|it: char| it.is_whitespace() || it.is_control()).filter(|word| !word.is_empty());
    let line = words.collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(MAX_MESSAGE) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

#[cfg(test)]
pub mod tests {
    use super::*;
    use futures_util::{FutureExt, stream};
    use std::cell::RefCell;
    use std::collections::VecDeque;

    /// Answers with what it was given, in order, and keeps what it was asked.
    #[derive(Default)]
    pub struct Canned {
        answers: RefCell<VecDeque<Answer>>,
        pub asked: RefCell<Vec<(String, String)>>,
    }

    impl Canned {
        pub fn new<'a>(answers: impl IntoIterator<Item = (u16, &'a str)>) -> Self {
            let answer =
                |(status, body): (u16, &str)| Answer { status, retry_after: None, body: body.to_owned() };
            Self { answers: RefCell::new(answers.into_iter().map(answer).collect()), ..Self::default() }
        }
    }

    impl Http for Canned {
        async fn post(&self, path: &str, _: &str, body: &str) -> Result<Answer> {
            self.asked.borrow_mut().push((path.to_owned(), body.to_owned()));
            let answer = self.answers.borrow_mut().pop_front();
            answer.unwrap_or_else(|| panic!("one request too many: {body}")).judged()
        }
    }

    /// The result of a future that never waits.
    pub fn now<T>(future: impl Future<Output = T>) -> T {
        future.now_or_never().expect("a canned answer is there at once")
    }

    fn judged(status: u16, body: &str) -> Result<Answer> {
        Answer { status, retry_after: Some(7_000), body: body.to_owned() }.judged()
    }

    #[test]
    fn statuses() {
        let refused =
            |status, message: &str| Err(SourceError::Refused { status, message: message.to_owned() });
        let body = r#"{"success":false,"errors":[{"code":10000,"message":"Authentication error"}]}"#;
        assert_eq!(judged(401, body), refused(401, "Authentication error"));
        assert_eq!(judged(403, "no\nway"), refused(403, "no way"));
        assert_eq!(judged(403, "<html>token?</html>"), refused(403, "an HTML page"));
        assert_eq!(judged(401, ""), refused(401, "no message"));
        assert_eq!(judged(429, ""), Err(SourceError::RateLimited { retry_after: Some(7_000) }));
        for status in [500, 503, 520, 599] {
            assert_eq!(judged(status, "<html>"), Err(SourceError::Server(status)));
        }
        for status in [200, 400, 404, 422] {
            assert!(judged(status, "").is_ok(), "{status}");
        }
        for status in [0, 301, 302, 308] {
            assert!(matches!(judged(status, ""), Err(SourceError::Unreadable(_))), "{status}");
        }
    }

    #[test]
    fn waits() {
        let now = 784_111_777_000;
        for (text, expected) in [
            ("0", Some(0)),
            (" 120 ", Some(120_000)),
            ("Sun, 06 Nov 1994 08:50:37 GMT", Some(60_000)),
            ("Sun, 06 Nov 1994 08:48:37 GMT", Some(0)),
            ("99999999999999999999", None),
            ("18446744073709551615", Some(MAX_RETRY_AFTER_MS)),
            ("-1", None),
            ("soon", None),
            ("", None),
        ] {
            assert_eq!(parse_retry_after(text, now), expected, "{text}");
        }
    }

    #[test]
    fn the_token_is_never_repeated() {
        let token = Secret::new("abc123");
        assert_eq!(redact("Bearer abc123 abc123?".into(), &token), "Bearer (token) (token)?");
        assert_eq!(redact("nothing".into(), &Secret::new("")), "nothing");
        let api = Api::new(token, TIMEOUT_MS);
        assert!(!format!("{api:?}").contains("abc123"));
    }

    #[test]
    fn messages_are_short_lines() {
        assert_eq!(shorten("a\n\tb\u{7}c"), "a b c");
        assert_eq!(shorten(&"ä".repeat(500)).chars().count(), MAX_MESSAGE + 1);
        assert_eq!(message(r#"{"errors":[{"message":"a"},{"message":"b"}]}"#), "a; b");
        assert_eq!(message(r#"{"errors":[]}"#), r#"{"errors":[]}"#);
        assert_eq!(message(&"ä".repeat(MAX_ERROR_BODY)).chars().count(), MAX_MESSAGE + 1);
    }

    #[test]
    fn bodies_are_bounded_and_whole() {
        let body =
            |chunks: Vec<std::result::Result<Vec<u8>, ()>>, most| now(gather(stream::iter(chunks), most));
        assert_eq!(body(vec![Ok(vec![1, 2]), Ok(vec![]), Ok(vec![3])], 3), Ok(vec![1, 2, 3]));
        assert!(matches!(body(vec![Ok(vec![1, 2]), Ok(vec![3])], 2), Err(SourceError::Unreadable(_))));
        assert!(matches!(body(vec![Ok(vec![1]), Err(())], 2), Err(SourceError::Network(_))));
        assert_eq!(body(vec![], 2), Ok(vec![]));
    }

    #[test]
    fn tags() {
        let tag = "0123456789abcdef0123456789abcdef";
        assert_eq!(Tag::parse(tag).unwrap().to_string(), tag);
        for text in [
            "",
            "0123",
            &tag.to_uppercase(),
            "../456789abcdef0123456789abcdef01",
            "g123456789abcdef0123456789abcdef",
        ] {
            assert_eq!(Tag::parse(text), None, "{text}");
        }
    }
}
