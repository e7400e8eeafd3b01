//! Every variable and secret, typed, parsed once per isolate. The README's table repeats the defaults.
//!
//! A bad value never stops media from being served: it becomes a [`Problem`], which `/healthz` and the log
//! show, and the safest value takes its place.

use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::credential::Secret;
use crate::domain::owner::OwnerHasher;
use crate::domain::privacy::Privacy;

/// Default of [`Config::dataset`]; `wrangler.toml` binds the same.
pub const DATASET: &str = "pixtally_hits";
/// Default of [`Config::aggregation_cron`]; `wrangler.toml` triggers the same.
pub const AGGREGATION_CRON: &str = "0 2 * * *";
/// Default of [`Config::cleanup_cron`]; `wrangler.toml` triggers the same.
pub const CLEANUP_CRON: &str = "0 1 * * *";
const CACHE_CONTROL: &str = "public, max-age=86400";
const MAX_RETENTION_DAYS: u32 = 3_650;
const MIN_OWNER_HASH_SECRET: usize = 16;

/// A variable that cannot be used as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Problem {
    pub variable: &'static str,
    /// What is wrong, what is allowed, and what is used instead. Never repeats a secret.
    pub message: String,
}

/// The configuration of this deployment.
pub struct Config {
    /// `ANALYTICS_REALTIME_ENABLED`, default `true`: count in D1 as requests come in.
    pub realtime_enabled: bool,
    /// `ANALYTICS_BATCH_ENABLED`, default `true`: rebuild days from Analytics Engine at night.
    pub batch_enabled: bool,
    /// `ANALYTICS_RETENTION_DAYS`, default 90: how many days are kept, today among them.
    pub retention_days: u32,
    /// `ANALYTICS_PRIVACY`, default `standard`.
    pub privacy: Privacy,
    /// `ANALYTICS_DATASET`, default [`DATASET`]: the data set that the `ANALYTICS` binding writes to.
    pub dataset: String,
    /// `ANALYTICS_AGGREGATION_CRON`, default [`AGGREGATION_CRON`].
    pub aggregation_cron: String,
    /// `ANALYTICS_CLEANUP_CRON`, default [`CLEANUP_CRON`].
    pub cleanup_cron: String,
    /// `MEDIA_CACHE_CONTROL`, default `public, max-age=86400`: sent with media, and how long the edge keeps them.
    pub cache_control: String,
    /// Whether [`Self::cache_control`] lets the edge cache keep media.
    pub cacheable: bool,
    /// From the secret `OWNER_HASH_SECRET`, at least 16 bytes; without it nothing can be recorded.
    pub owners: Option<OwnerHasher>,
    /// The secret `ADMIN_TOKEN`; without it the API is closed.
    pub admin_token: Option<Secret>,
    /// Whether `CLOUDFLARE_ACCOUNT_ID` and the secret `CLOUDFLARE_API_TOKEN` are set, which the nightly job needs.
    pub cloudflare_credentials: bool,
    pub problems: Vec<Problem>,
}

impl Config {
    /// `get` returns a variable or secret; an empty one counts as absent.
    pub fn parse(get: impl Fn(&str) -> Option<String>) -> Self {
        let mut parser = Parser { get: &get, problems: Vec::new() };
        let cache_control = parser.cache_control("MEDIA_CACHE_CONTROL");
        let mut config = Self {
            realtime_enabled: parser.switch("ANALYTICS_REALTIME_ENABLED"),
            batch_enabled: parser.switch("ANALYTICS_BATCH_ENABLED"),
            retention_days: parser.retention("ANALYTICS_RETENTION_DAYS"),
            privacy: parser.privacy("ANALYTICS_PRIVACY"),
            dataset: parser.dataset("ANALYTICS_DATASET"),
            aggregation_cron: parser.cron("ANALYTICS_AGGREGATION_CRON", AGGREGATION_CRON),
            cleanup_cron: parser.cron("ANALYTICS_CLEANUP_CRON", CLEANUP_CRON),
            cacheable: is_cacheable(&cache_control),
            cache_control,
            owners: parser.owners("OWNER_HASH_SECRET"),
            admin_token: parser.admin_token("ADMIN_TOKEN"),
            cloudflare_credentials: ["CLOUDFLARE_ACCOUNT_ID", "CLOUDFLARE_API_TOKEN"]
                .into_iter()
                .all(|name| parser.value(name).is_some()),
            problems: Vec::new(),
        };
        config.problems = parser.problems;
        config
    }
}

fn is_cacheable(cache_control: &str) -> bool {
    let directives = cache_control.to_ascii_lowercase();
    !["no-store", "private", "no-cache"].into_iter().any(|forbidden| directives.contains(forbidden))
}

struct Parser<'a> {
    get: &'a dyn Fn(&str) -> Option<String>,
    problems: Vec<Problem>,
}

impl Parser<'_> {
    fn value(&self, variable: &str) -> Option<String> {
        (self.get)(variable).filter(|value| !value.is_empty())
    }

    fn problem(&mut self, variable: &'static str, message: impl Into<String>) {
        self.problems.push(Problem { variable, message: message.into() });
    }

    /// A variable that has a default and may be refused.
    fn parse<T>(
        &mut self,
        variable: &'static str,
        default: T,
        fallback: T,
        allowed: &str,
        read: impl Fn(&str) -> Option<T>,
    ) -> T {
        let Some(text) = self.value(variable) else { return default };
        read(&text).unwrap_or_else(|| {
            let shown: String = text.chars().take(60).collect();
            self.problem(variable, format!("{shown:?} is not allowed: {allowed}"));
            fallback
        })
    }

    fn switch(&mut self, variable: &'static str) -> bool {
        let allowed = "it must be true or false; true is used";
        self.parse(variable, true, true, allowed, |text| match text {
            "true" => Some(true),
            "false" => Some(false),
            _ => None,
        })
    }

    fn retention(&mut self, variable: &'static str) -> u32 {
        let allowed = format!(
            "it must be a whole number of days from 1 to {MAX_RETENTION_DAYS}; {MAX_RETENTION_DAYS} is used, so \
             that nothing is purged by mistake"
        );
        self.parse(variable, 90, MAX_RETENTION_DAYS, &allowed, |text| {
            text.parse().ok().filter(|days| (1..=MAX_RETENTION_DAYS).contains(days))
        })
    }

    fn privacy(&mut self, variable: &'static str) -> Privacy {
        let allowed = "it must be strict, standard or full; strict is used";
        self.parse(variable, Privacy::Standard, Privacy::Strict, allowed, Privacy::parse)
    }

    fn dataset(&mut self, variable: &'static str) -> String {
        let allowed = format!(
            "a data set's name has letters, digits and _, and begins with a letter or _; {DATASET} is used"
        );
        self.parse(variable, DATASET.to_owned(), DATASET.to_owned(), &allowed, |text| {
            let name = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
            let well_formed = text.len() <= 96
                && text.bytes().all(name)
                && !text.starts_with(|first: char| first.is_ascii_digit());
            well_formed.then(|| text.to_owned())
        })
    }

    fn cron(&mut self, variable: &'static str, default: &str) -> String {
        let allowed = format!("a cron expression has five fields; {default} is used");
        self.parse(variable, default.to_owned(), default.to_owned(), &allowed, |text| {
            (text.split_whitespace().count() == 5).then(|| text.to_owned())
        })
    }

    fn cache_control(&mut self, variable: &'static str) -> String {
        let allowed = format!("a Cache-Control header has printable ASCII only; {CACHE_CONTROL} is used");
        self.parse(variable, CACHE_CONTROL.to_owned(), CACHE_CONTROL.to_owned(), &allowed, |text| {
            text.bytes().all(|byte| (b' '..=b'~').contains(&byte)).then(|| text.to_owned())
        })
    }

    fn owners(&mut self, variable: &'static str) -> Option<OwnerHasher> {
        let usable = self.value(variable).filter(|secret| secret.len() >= MIN_OWNER_HASH_SECRET);
        if usable.is_none() {
            self.problem(
                variable,
                format!(
                    "the secret must be set and have at least {MIN_OWNER_HASH_SECRET} bytes; nothing is recorded \
                     and the API is closed until then. Set it with: npx wrangler secret put OWNER_HASH_SECRET"
                ),
            );
        }
        usable.as_deref().map(OwnerHasher::new)
    }

    fn admin_token(&mut self, variable: &'static str) -> Option<Secret> {
        let token = self.value(variable);
        if token.is_none() {
            self.problem(
                variable,
                "the secret is not set; the API is closed until then. Set it with: npx wrangler secret put ADMIN_TOKEN",
            );
        }
        token.map(Secret::new)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRETS: [(&str, &str); 2] = [("OWNER_HASH_SECRET", "0123456789abcdef"), ("ADMIN_TOKEN", "admin")];

    fn parse(variables: &[(&str, &str)]) -> Config {
        Config::parse(|name| {
            let all = variables.iter().chain(&SECRETS);
            all.into_iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn defaults() {
        let config = parse(&[]);
        assert_eq!(config.problems, []);
        assert!(config.realtime_enabled && config.batch_enabled && !config.cloudflare_credentials);
        assert_eq!((config.retention_days, config.privacy), (90, Privacy::Standard));
        assert_eq!((&config.dataset[..], &config.cache_control[..]), (DATASET, "public, max-age=86400"));
        assert!(config.owners.is_some() && config.admin_token.is_some() && config.cacheable);
    }

    #[test]
    fn bad_values_are_named_and_replaced_by_the_safest() {
        for (variable, value) in [
            ("ANALYTICS_REALTIME_ENABLED", "yes"),
            ("ANALYTICS_BATCH_ENABLED", "1"),
            ("ANALYTICS_RETENTION_DAYS", "0"),
            ("ANALYTICS_RETENTION_DAYS", "ninety"),
            ("ANALYTICS_RETENTION_DAYS", "4000"),
            ("ANALYTICS_PRIVACY", "off"),
            ("ANALYTICS_DATASET", "hits; drop"),
            ("ANALYTICS_DATASET", "1hits"),
            ("ANALYTICS_AGGREGATION_CRON", "daily"),
            ("ANALYTICS_CLEANUP_CRON", "* * * *"),
            ("MEDIA_CACHE_CONTROL", "public\r\nx: y"),
            ("OWNER_HASH_SECRET", "short"),
        ] {
            let config = parse(&[(variable, value)]);
            let named: Vec<_> = config.problems.iter().map(|problem| problem.variable).collect();
            assert_eq!(named, [variable], "{value}");
        }
        assert_eq!(parse(&[("ANALYTICS_PRIVACY", "Full")]).privacy, Privacy::Strict);
        assert_eq!(parse(&[("ANALYTICS_RETENTION_DAYS", "x")]).retention_days, MAX_RETENTION_DAYS);
        assert!(
            parse(&[("OWNER_HASH_SECRET", "short")]).problems.iter().all(|it| !it.message.contains("short"))
        );
    }

    #[test]
    fn missing_secrets_close_the_api_and_recording() {
        let config = Config::parse(|_| None);
        assert!(config.owners.is_none() && config.admin_token.is_none());
        assert_eq!(config.problems.len(), 2);
    }

    #[test]
    fn private_media_stay_out_of_the_cache() {
        for value in ["no-store", "private, max-age=60", "No-Cache"] {
            assert!(!parse(&[("MEDIA_CACHE_CONTROL", value)]).cacheable);
        }
    }
}
