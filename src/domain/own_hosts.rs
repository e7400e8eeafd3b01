//! Hosts that belong to an owner: links from there are not a stranger's.
//!
//! Not here: the hosts of requests (`referrer.rs`).

use super::referrer::is_name;

/// Most hosts that `OWN_HOSTS` names.
pub const MAX_OWN_HOSTS: usize = 100;

/// Host names; each stands for its subdomains, too.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OwnHosts(Vec<String>);

impl OwnHosts {
    /// Reads host names with commas between them, in ASCII and without ports: `example.com, example.org`. `None` when one of
    /// them is none, or when there are too many.
    pub fn parse(text: &str) -> Option<Self> {
        let names: Vec<&str> = text.split(',').map(str::trim).collect();
        let are_names = names.len() <= MAX_OWN_HOSTS && names.iter().all(|name| is_name(name));
        are_names.then(|| Self(names.into_iter().map(str::to_ascii_lowercase).collect()))
    }

    /// These, and some more.
    pub fn with<'a>(&self, hosts: impl IntoIterator<Item = &'a str>) -> Self {
        let more = hosts.into_iter().map(str::to_ascii_lowercase);
        Self(self.0.iter().cloned().chain(more).collect())
    }

    /// Whether a host is one of them, or a subdomain of one.
    pub fn contains(&self, host: &str) -> bool {
        self.0.iter().any(|own| {
            host.strip_suffix(&**own).is_some_and(|before| before.is_empty() || before.ends_with('.'))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_stand_for_their_subdomains() {
        let own = OwnHosts::parse("Example.com, shop.example.org").unwrap().with(["[::1]", "localhost"]);
        for (host, is_own) in [
            ("example.com", true),
            ("www.example.com", true),
            ("a.b.example.com", true),
            ("shop.example.org", true),
            ("[::1]", true),
            ("localhost", true),
            ("example.org", false),
            ("notexample.com", false),
            ("example.com.evil.test", false),
            ("example.co", false),
            ("com", false),
            ("N/A", false),
            ("", false),
        ] {
            assert_eq!(own.contains(host), is_own, "{host}");
        }
        assert!(!OwnHosts::default().contains(""));
    }

    #[test]
    fn what_is_no_host_is_refused() {
        for text in [
            "",
            "example.com,",
            "https://example.com",
            "example.com:8443",
            "example.com/a",
            "a b",
            "*.example.com",
            "bücher.example",
        ] {
            assert_eq!(OwnHosts::parse(text), None, "{text:?}");
        }
        let many = |count| vec!["a.example"; count].join(",");
        assert!(OwnHosts::parse(&many(MAX_OWN_HOSTS)).is_some());
        assert_eq!(OwnHosts::parse(&many(MAX_OWN_HOSTS + 1)), None);
    }
}
