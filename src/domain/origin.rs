//! Origins: the scheme, the host and the port of a URL, as the platform writes it.

/// `https://cdn.example.com`, `http://localhost:8787`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Origin<'a>(&'a str);

impl<'a> Origin<'a> {
    /// Of an absolute URL. A URL parser with its tables of names would add 80 kB to the gzipped worker.
    pub fn of(url: &'a str) -> Self {
        let end = url[after_scheme(url)..].find(['/', '?', '#']);
        Self(end.map_or(url, |index| &url[..after_scheme(url) + index]))
    }

    pub fn as_str(self) -> &'a str {
        self.0
    }

    /// Without the port.
    pub fn host(self) -> &'a str {
        let authority = &self.0[after_scheme(self.0)..];
        match authority.rsplit_once(':') {
            Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
            _ => authority,
        }
    }
}

fn after_scheme(url: &str) -> usize {
    url.find("://").map_or(0, |index| index + 3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins() {
        for (url, origin, host) in [
            ("https://cdn.example.com/v1/tokens?limit=1", "https://cdn.example.com", "cdn.example.com"),
            ("http://localhost:8787/", "http://localhost:8787", "localhost"),
            ("http://[::1]:8787", "http://[::1]:8787", "[::1]"),
            ("http://[::1]/a:1", "http://[::1]", "[::1]"),
            ("https://cdn.example.com?a=/b", "https://cdn.example.com", "cdn.example.com"),
            ("https://cdn.example.com#a", "https://cdn.example.com", "cdn.example.com"),
        ] {
            assert_eq!((Origin::of(url).as_str(), Origin::of(url).host()), (origin, host));
        }
    }
}
