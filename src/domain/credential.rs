//! API credentials: how they come in, and how tokens are made and compared.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::hex::hex;

/// Longest `Authorization` header that is looked at, in bytes.
const MAX_HEADER: usize = 1_024;
const PREFIX: &str = "pxt_";
/// Hexadecimal digits of a token after the prefix.
const DIGITS: usize = 64;

/// A secret that a client shows. Its text is never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl Secret {
    /// A new token: `pxt_` and 64 hexadecimal digits.
    pub fn token(random: [u8; 32]) -> Self {
        Self(format!("{PREFIX}{}", hex(&random)))
    }

    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Whether this may be a token: what has another form need not be looked up.
    pub fn is_token(&self) -> bool {
        let digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        self.0.strip_prefix(PREFIX).is_some_and(|rest| rest.len() == DIGITS && rest.bytes().all(digit))
    }

    /// The text, to show it to its owner once.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// What is stored instead of a token: SHA-256 in hexadecimal digits. Tokens are random, so that a hash
    /// without salt cannot be guessed back.
    pub fn digest(&self) -> String {
        hex(&Sha256::digest(self.0.as_bytes()))
    }

    /// Compares in a time that depends on neither text.
    pub fn matches(&self, other: &Self) -> bool {
        let digest = |secret: &Self| Sha256::digest(secret.0.as_bytes());
        digest(self)[..].ct_eq(&digest(other)[..]).into()
    }
}

/// What an `Authorization` header shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credential {
    pub secret: Secret,
    /// The token's id, where the client sends a pair (Cloudinary's `key:secret`); it has to belong to the secret.
    pub key: Option<String>,
}

impl Credential {
    /// Reads `Bearer <token>`, `Basic <token>:` (ImageKit) and `Basic <id>:<token>` (Cloudinary).
    pub fn from_header(header: &str) -> Option<Self> {
        match Scheme::parse(header)? {
            Scheme::Bearer(token) => Some(Self::of_token(token)),
            Scheme::Basic(token, password) if password.is_empty() => Some(Self::of_token(token)),
            Scheme::Basic(key, token) => Some(Self { secret: Secret::new(token), key: Some(key) }),
        }
    }

    /// As [`Self::from_header`], but a user name is the token whatever the password: ImageKit's clients send one that means
    /// nothing.
    pub fn from_user_name(header: &str) -> Option<Self> {
        match Scheme::parse(header)? {
            Scheme::Bearer(token) | Scheme::Basic(token, _) => Some(Self::of_token(token)),
        }
    }

    fn of_token(token: String) -> Self {
        Self { secret: Secret::new(token), key: None }
    }
}

enum Scheme {
    Bearer(String),
    /// User name and password; the name is not empty.
    Basic(String, String),
}

impl Scheme {
    fn parse(header: &str) -> Option<Self> {
        if header.len() > MAX_HEADER {
            return None;
        }
        let (scheme, rest) = header.trim().split_once(' ')?;
        let rest = rest.trim();
        if scheme.eq_ignore_ascii_case("bearer") {
            return (!rest.is_empty()).then(|| Self::Bearer(rest.to_owned()));
        }
        if !scheme.eq_ignore_ascii_case("basic") {
            return None;
        }
        let decoded = String::from_utf8(STANDARD.decode(rest).ok()?).ok()?;
        let (name, password) = decoded.split_once(':')?;
        (!name.is_empty()).then(|| Self::Basic(name.to_owned(), password.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers() {
        let basic = |text: &str| format!("Basic {}", STANDARD.encode(text));
        for (header, expected) in [
            ("Bearer abc".to_owned(), Some(("abc", None))),
            ("bearer  abc ".to_owned(), Some(("abc", None))),
            (basic("abc:"), Some(("abc", None))),
            (basic("id:abc"), Some(("abc", Some("id")))),
            (basic("id:a:b"), Some(("a:b", Some("id")))),
            (basic(":abc"), None),
            (basic("abc"), None),
            ("Basic %%%".to_owned(), None),
            ("Bearer".to_owned(), None),
            ("Bearer  ".to_owned(), None),
            ("Digest abc".to_owned(), None),
            (String::new(), None),
            (format!("Bearer {}", "a".repeat(2_000)), None),
        ] {
            let found = Credential::from_header(&header);
            let found = found.as_ref().map(|it| (it.secret.reveal(), it.key.as_deref()));
            assert_eq!(found, expected, "{header}");
        }
    }

    #[test]
    fn user_names() {
        let basic = |text: &str| format!("Basic {}", STANDARD.encode(text));
        for (header, expected) in [
            (basic("abc:"), Some("abc")),
            (basic("abc:do_not_set"), Some("abc")),
            ("Bearer abc".to_owned(), Some("abc")),
            (basic(":abc"), None),
            (basic("abc"), None),
        ] {
            let found = Credential::from_user_name(&header);
            assert_eq!(found.as_ref().map(|it| it.secret.reveal()), expected, "{header}");
            assert!(found.is_none_or(|it| it.key.is_none()), "{header}");
        }
    }

    /// The expected value comes from `printf %s abc | sha256sum`.
    #[test]
    fn secrets() {
        assert_eq!(
            Secret::new("abc").digest(),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
        assert!(
            Secret::new("abc").matches(&Secret::new("abc"))
                && !Secret::new("abc").matches(&Secret::new("abd"))
        );
        assert_eq!(format!("{:?}", Secret::new("abc")), "Secret(…)");
        let token = Secret::token([255; 32]);
        assert_eq!(token.reveal(), format!("pxt_{}", "f".repeat(64)));
        assert!(token.is_token());
    }

    #[test]
    fn tokens_have_one_form() {
        let digits = "0123456789abcdef".repeat(4);
        for (text, is_token) in [
            (format!("pxt_{digits}"), true),
            (format!("pxt_{digits}0"), false),
            (format!("pxt_{}", &digits[1..]), false),
            (format!("pxt_{}", digits.to_uppercase()), false),
            (format!("PXT_{digits}"), false),
            (format!("pxt_{}g", &digits[1..]), false),
            (format!("pxt_{}", "é".repeat(32)), false),
            (format!(" pxt_{digits}"), false),
            (digits, false),
            ("pxt_".to_owned(), false),
            (String::new(), false),
        ] {
            assert_eq!(Secret::new(text.clone()).is_token(), is_token, "{text:?}");
        }
    }
}
