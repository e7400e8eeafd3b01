//! The dashboard's sessions: the secret that a browser keeps in a cookie, and for how long. What a session permits is
//! decided by the credential that it was begun with, and its cookie's use by `same_origin.rs`.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::credential::Secret;
use super::date::Millis;
use super::hex::hex;

/// Browsers take a cookie of this prefix from its own host alone, over HTTPS, and send it to no other one.
pub const COOKIE: &str = "__Host-pixtally";
/// A session ends after twelve hours, however much it is used.
pub const MAX_LIFE_MS: Millis = 12 * 60 * 60 * 1_000;
const ATTRIBUTES: &str = "Path=/; HttpOnly; Secure; SameSite=Strict";
/// Length of the secret, in hexadecimal digits.
const DIGITS: usize = 64;

/// What the cookie holds. Its text is never printed, and stored by its browser alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionSecret(Secret);

impl SessionSecret {
    pub fn new(random: [u8; 32]) -> Self {
        Self(Secret::new(hex(&random)))
    }

    /// Reads a `Cookie` header; `None` where it has no such cookie, or one that was not made here.
    pub fn from_cookies(header: &str) -> Option<Self> {
        let pairs = header.split(';').filter_map(|pair| pair.trim().split_once('='));
        let value = pairs.into_iter().find(|(name, _)| *name == COOKIE)?.1;
        let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        (value.len() == DIGITS && value.bytes().all(is_digit)).then(|| Self(Secret::new(value)))
    }

    /// What is stored instead of it.
    pub fn digest(&self) -> String {
        self.0.digest()
    }

    /// Tells later whether `admin` is still the same, and nobody what it is: HMAC-SHA256 under this secret. `ADMIN_TOKEN` is
    /// chosen by people, so that a plain hash of it could be guessed back.
    pub fn proof(&self, admin: &Secret) -> String {
        let keyed = Hmac::<Sha256>::new_from_slice(self.0.reveal().as_bytes());
        let keyed = keyed.expect("HMAC takes a key of any length");
        hex(&keyed.chain_update(admin.reveal()).finalize().into_bytes())
    }

    /// The `Set-Cookie` header that gives it to a browser for so long.
    pub fn cookie(&self, life: Millis) -> String {
        format!("{COOKIE}={}; Max-Age={}; {ATTRIBUTES}", self.0.reveal(), life / 1_000)
    }
}

/// The `Set-Cookie` header that takes the cookie away.
pub fn cleared() -> String {
    format!("{COOKIE}=; Max-Age=0; {ATTRIBUTES}")
}

/// When a session that begins now ends: not after the credential that it stands for.
pub fn ends_at(now: Millis, credential_ends_at: Option<Millis>) -> Millis {
    let latest = now + MAX_LIFE_MS;
    credential_ends_at.map_or(latest, |ends_at| ends_at.min(latest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cookies() {
        let secret = "0123456789abcdef".repeat(4);
        let own = format!("{COOKIE}={secret}");
        for (header, is_found) in [
            (own.clone(), true),
            (format!("theme=dark; {own}; a=b=c"), true),
            (format!("theme=dark;{own}"), true),
            (format!("{own}0"), false),
            (format!("{COOKIE}={}", &secret[1..]), false),
            (format!("{COOKIE}={}", secret.to_uppercase()), false),
            (format!("{COOKIE}={}", "é".repeat(32)), false),
            (format!("{COOKIE}=\"{secret}\""), false),
            (format!("{COOKIE}=; {own}"), false),
            (format!("X{own}"), false),
            (format!("__host-pixtally={secret}"), false),
            (format!("pixtally={secret}"), false),
            (COOKIE.to_owned(), false),
            (String::new(), false),
        ] {
            let expected = is_found.then(|| SessionSecret(Secret::new(secret.clone())));
            assert_eq!(SessionSecret::from_cookies(&header), expected, "{header}");
        }
    }

    #[test]
    fn a_cookie_stays_with_its_host_and_out_of_reach_of_scripts() {
        let secret = SessionSecret::new([0xab; 32]);
        let attributes = "Path=/; HttpOnly; Secure; SameSite=Strict";
        let given = format!("__Host-pixtally={}; Max-Age=43200; {attributes}", "ab".repeat(32));
        assert_eq!(secret.cookie(MAX_LIFE_MS + 999), given);
        assert_eq!(SessionSecret::from_cookies(&given), Some(secret));
        assert_eq!(cleared(), format!("__Host-pixtally=; Max-Age=0; {attributes}"));
        assert_eq!(SessionSecret::from_cookies(&cleared()), None);
    }

    /// The expected value comes from `printf %s admin | openssl dgst -sha256 -hmac $(printf 'ab%.0s' {1..32})`.
    #[test]
    fn a_proof_is_of_one_session_and_one_token() {
        let (secret, admin) = (SessionSecret::new([0xab; 32]), Secret::new("admin"));
        assert_eq!(secret.proof(&admin), "36ad65fd0fd8c006283fa08bd62d4d10b4ccebc59fe767f5cd2bac8ffb8c6dd2");
        assert_ne!(secret.proof(&admin), secret.proof(&Secret::new("admin2")));
        assert_ne!(secret.proof(&admin), SessionSecret::new([0xac; 32]).proof(&admin));
        assert_eq!(format!("{secret:?}"), "SessionSecret(Secret(…))");
    }

    #[test]
    fn a_session_ends_with_its_credential_or_before() {
        let hour = 60 * 60 * 1_000;
        for (credential_ends_at, expected) in
            [(None, 13), (Some(2), 2), (Some(13), 13), (Some(14), 13), (Some(1_000), 13)]
        {
            let credential_ends_at = credential_ends_at.map(|hours: u64| hours * hour);
            assert_eq!(ends_at(hour, credential_ends_at), expected * hour, "{credential_ends_at:?}");
        }
    }
}
