//! Where a request comes from: what is kept of a `Referer` header. That is the host, and where there is none the scheme: a
//! path, a query or the identifier of one browser's extension could tell a person.
//!
//! Not here: which hosts are an owner's own (`own_hosts.rs`).

use super::hit::NOT_GIVEN;

/// Longest host that is kept, in bytes: a DNS name's limit.
pub const MAX_HOST: usize = 253;
/// Longest scheme that is kept, in bytes.
const MAX_SCHEME: usize = 40;

/// Schemes that name an app where the web names a host.
const OF_APPS: [&str; 2] = ["android-app", "ios-app"];
/// Schemes that have no host.
const WITHOUT_HOST: [&str; 4] = ["about", "blob", "data", "file"];

/// A host in lower case, without user, port and the root's dot: `example.com`, `[2001:db8::1]`. What comes from an app is the
/// app's name, and what comes from elsewhere than the web is its scheme, such as `moz-extension`. [`NOT_GIVEN`] for all else.
pub fn host(referrer: Option<&str>) -> String {
    referrer.and_then(parse).unwrap_or_else(|| NOT_GIVEN.to_owned())
}

fn parse(referrer: &str) -> Option<String> {
    let (scheme, rest) = referrer.split_once(':')?;
    let scheme = scheme.to_ascii_lowercase();
    let authority =
        rest.strip_prefix("//").map(|rest| rest.split(['/', '?', '#', '\\']).next().unwrap_or_default());
    match authority {
        Some(authority) if matches!(&*scheme, "http" | "https") || OF_APPS.contains(&&*scheme) => {
            of_authority(authority)
        }
        Some(_) => is_scheme(&scheme).then_some(scheme),
        None => WITHOUT_HOST.contains(&&*scheme).then_some(scheme),
    }
}

fn of_authority(authority: &str) -> Option<String> {
    let host = authority.rsplit('@').next()?.to_ascii_lowercase();
    if let Some(address) = host.strip_prefix('[') {
        let (address, _port) = address.split_once(']')?;
        let is_address = (2..=super::hit::MAX_IP).contains(&address.len())
            && address.contains(':')
            && address.bytes().all(|byte| byte.is_ascii_hexdigit() || matches!(byte, b':' | b'.'));
        return is_address.then(|| format!("[{address}]"));
    }
    let name = host.split(':').next()?;
    let name = name.strip_suffix('.').unwrap_or(name);
    is_name(name).then(|| name.to_owned())
}

/// Whether a text is a host name in ASCII, as browsers write it: labels with dots between them.
pub(super) fn is_name(name: &str) -> bool {
    name.len() <= MAX_HOST
        && name.split('.').all(|label| {
            !label.is_empty()
                && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
        })
}

fn is_scheme(scheme: &str) -> bool {
    (1..=MAX_SCHEME).contains(&scheme.len())
        && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'+' | b'.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn referrers_keep_their_host_only() {
        for (referrer, kept) in [
            ("https://example.com", "example.com"),
            ("https://example.com/a?b#c", "example.com"),
            ("https://example.com?b", "example.com"),
            ("https://user:secret@Example.com:8443/private?token=1", "example.com"),
            ("https://example.com./", "example.com"),
            ("https://example.com.:443/", "example.com"),
            ("HTTPS://EXAMPLE.COM/", "example.com"),
            ("http://localhost:8080/", "localhost"),
            ("http://192.0.2.7:8080/a", "192.0.2.7"),
            ("https://[2001:DB8::1]/a", "[2001:db8::1]"),
            ("https://[2001:db8::1]:8443/a", "[2001:db8::1]"),
            ("https://[::ffff:192.0.2.7]/", "[::ffff:192.0.2.7]"),
            ("https://xn--bcher-kva.example/", "xn--bcher-kva.example"),
            ("https://evil.example\\@x", "evil.example"),
            ("android-app://com.example.app/", "com.example.app"),
            ("ios-app://585027354/https/example.com", "585027354"),
            ("moz-extension://6f8e6f3e-0f9b-4f3c-9d5e-2b0a8f1c7d4e/popup.html", "moz-extension"),
            ("chrome-extension://aapbdbdomjkkjkaonfhkkikfgjllcleb/", "chrome-extension"),
            ("safari-web-extension://6F8E6F3E-0F9B-4F3C-9D5E-2B0A8F1C7D4E/", "safari-web-extension"),
            ("vscode-webview://0q1w2e3r4t/index.html", "vscode-webview"),
            ("capacitor://localhost/", "capacitor"),
            ("file:///C:/Users/alice/page.html", "file"),
            ("about:client", "about"),
            ("blob:https://example.com/6f8e6f3e", "blob"),
        ] {
            assert_eq!(host(Some(referrer)), kept, "{referrer:?}");
        }
        for referrer in [
            "",
            "not a url",
            "example.com/a",
            "localhost:8080/a",
            "mailto:alice@example.com",
            "https://",
            "https:///a",
            "https://<script>/",
            "https://bücher.example/",
            "https://a..example/",
            "https://.example/",
            "https://example.com../",
            "https://[::1/",
            "https://[]/",
            "https://[alice]/",
            "https://[::1%25eth0]/",
            "://example.com/",
            "a b://x",
        ] {
            assert_eq!(host(Some(referrer)), NOT_GIVEN, "{referrer:?}");
        }
        assert_eq!(host(None), NOT_GIVEN);
        assert_eq!(host(Some(&format!("https://{}.example/", "a".repeat(MAX_HOST)))), NOT_GIVEN);
        assert_eq!(host(Some(&format!("{}://x", "a".repeat(MAX_SCHEME + 1)))), NOT_GIVEN);
    }
}
