//! Every variable and secret, typed, parsed once per isolate. docs/CONFIGURATION.md repeats the defaults.
//!
//! A bad value never stops media from being served: it becomes a [`Problem`], which `/healthz` and the log
//! show, and the safest value takes its place.

use serde::Serialize;
use utoipa::ToSchema;

use crate::batch::source::Preference;
use crate::cloudflare::api::Tag;
use crate::cloudflare::placement::{JURISDICTIONS, LOCATION_HINTS, Placement};
use crate::domain::aggregator::Limits;
use crate::domain::cache_policy::CachePolicy;
use crate::domain::credential::Secret;
use crate::domain::metering::weights::{MAX_WEIGHT, Weights};
use crate::domain::own_hosts::{MAX_OWN_HOSTS, OwnHosts};
use crate::domain::owner::OwnerHasher;
use crate::domain::privacy::Privacy;

/// Default of [`Config::dataset`]; `wrangler.toml` binds the same.
pub const DATASET: &str = "pixtally_hits";
/// Default of [`Config::aggregation_cron`]; `wrangler.toml` triggers the same.
pub const AGGREGATION_CRON: &str = "0 2 * * *";
/// Default of [`Config::cleanup_cron`]; `wrangler.toml` triggers the same.
pub const CLEANUP_CRON: &str = "0 1 * * *";
const BATCH_QUERIES: u32 = 900;
const MIN_BATCH_QUERIES: u32 = 45;
const MIN_DAILY_ROWS: u32 = 10_000;
const MAX_DAILY_ROWS: u32 = 100_000_000;
/// What leaves room for everything else in the 100,000 rows of the free plan.
const FREE_DAILY_ROWS: u32 = 80_000;
const MIN_DETAIL_ROWS: usize = 1_000;
const FREE_DETAIL_ROWS: usize = 30_000;
const CACHE_CONTROL: &str = "public, max-age=86400";
const MAX_RETENTION_DAYS: u32 = 3_650;
const MIN_OWNER_HASH_SECRET: usize = 16;
const MIN_ADMIN_TOKEN: usize = 15;

/// A variable that cannot be used as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Problem {
    pub variable: &'static str,
    /// What is wrong, what is allowed, and what is used instead. Never repeats a secret.
    pub message: String,
}

/// How the account's analytics are read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CloudflareAccess {
    pub account: Tag,
    /// Needs the permission Account Analytics Read, and Zone Analytics Read for the zone.
    pub token: Secret,
}

/// Which of a zone's requests are this CDN's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ZoneAccess {
    pub id: Tag,
    pub host: String,
}

/// The configuration of this deployment.
pub struct Config {
    /// `ANALYTICS_REALTIME_ENABLED`, default `true`: count in D1 as requests come in.
    pub realtime_enabled: bool,
    /// `ANALYTICS_BATCH_ENABLED`, default `true`: rebuild days from Analytics Engine at night.
    pub batch_enabled: bool,
    /// `ANALYTICS_DAILY_ROWS`, default 1,500,000: rows that an aggregator writes to D1 in a day, at most.
    pub daily_rows: u32,
    /// `ANALYTICS_DETAIL_ROWS`, default 200,000: files and combinations that have rows of their own, of an owner's day, half of it
    /// each.
    pub detail_rows: usize,
    /// `ANALYTICS_LOCATION_HINT` and `ANALYTICS_JURISDICTION`, default none: where the aggregator is.
    pub placement: Placement,
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
    /// `MEDIA_CACHE_CONTROL`, default `public, max-age=86400`: for media that are stored without a `Cache-Control`.
    pub cache_control: String,
    /// Whether the edge may keep files that have no `Cache-Control` of their own.
    pub is_shared_by_default: bool,
    /// From the secret `OWNER_HASH_SECRET`, at least 16 bytes; without it nothing can be recorded.
    pub owners: Option<OwnerHasher>,
    /// The secret `ADMIN_TOKEN`, at least 15 characters; without it the API is closed.
    pub admin_token: Option<Secret>,
    /// `ANALYTICS_BATCH_SOURCE`, default `auto`: what days are rebuilt from.
    pub batch_source: Preference,
    /// `ANALYTICS_BATCH_QUERIES`, default 900: how often one invocation of the nightly job asks D1 at most. The paid plan
    /// allows 1,000, the free plan 50.
    pub batch_queries: u32,
    /// `CLOUDFLARE_ACCOUNT_ID` and the secret `CLOUDFLARE_API_TOKEN`, without which no source can be read.
    pub cloudflare: Option<CloudflareAccess>,
    /// Which of these two is missing, or cannot be used.
    pub cloudflare_missing: Vec<&'static str>,
    /// `CDN_HOST`: the host name that media are served under, for reports that tell URLs.
    pub cdn_host: Option<String>,
    /// `OWN_HOSTS`: hosts that are the operator's own, beside the media's own host.
    pub own_hosts: OwnHosts,
    /// `CLOUDFLARE_ZONE_ID` and `CDN_HOST`, without which the zone cannot be read.
    pub zone: Option<ZoneAccess>,
    /// `VIDEO_RESOLUTION_WEIGHTS`, `VIDEO_CODEC_WEIGHTS` and `EXTENSION_WEIGHTS`: how many units metered work is, by default
    /// ImageKit's published ones.
    pub weights: Weights,
    pub problems: Vec<Problem>,
}

impl Config {
    /// `get` returns a variable or secret; an empty one counts as absent.
    pub fn parse(get: impl Fn(&str) -> Option<String>) -> Self {
        let mut parser = Parser { get: &get, problems: Vec::new() };
        let cache_control = parser.cache_control("MEDIA_CACHE_CONTROL");
        let (cloudflare, cloudflare_missing) =
            parser.cloudflare("CLOUDFLARE_ACCOUNT_ID", "CLOUDFLARE_API_TOKEN");
        let cdn_host = parser.host("CDN_HOST");
        let mut config = Self {
            realtime_enabled: parser.switch("ANALYTICS_REALTIME_ENABLED"),
            batch_enabled: parser.switch("ANALYTICS_BATCH_ENABLED"),
            daily_rows: parser.daily_rows("ANALYTICS_DAILY_ROWS"),
            detail_rows: parser.detail_rows("ANALYTICS_DETAIL_ROWS"),
            placement: Placement {
                location_hint: parser.one_of("ANALYTICS_LOCATION_HINT", &LOCATION_HINTS),
                jurisdiction: parser.one_of("ANALYTICS_JURISDICTION", &JURISDICTIONS),
            },
            retention_days: parser.retention("ANALYTICS_RETENTION_DAYS"),
            privacy: parser.privacy("ANALYTICS_PRIVACY"),
            dataset: parser.dataset("ANALYTICS_DATASET"),
            aggregation_cron: parser.cron("ANALYTICS_AGGREGATION_CRON", AGGREGATION_CRON),
            cleanup_cron: parser.cron("ANALYTICS_CLEANUP_CRON", CLEANUP_CRON),
            is_shared_by_default: CachePolicy::new(None, None, &cache_control).is_shared(0),
            cache_control,
            owners: parser.owners("OWNER_HASH_SECRET"),
            admin_token: parser.admin_token("ADMIN_TOKEN"),
            batch_source: parser.batch_source("ANALYTICS_BATCH_SOURCE"),
            batch_queries: parser.batch_queries("ANALYTICS_BATCH_QUERIES"),
            cloudflare,
            cloudflare_missing,
            zone: parser.zone("CLOUDFLARE_ZONE_ID", cdn_host.clone()),
            cdn_host,
            own_hosts: parser.own_hosts("OWN_HOSTS"),
            weights: parser.weights(),
            problems: Vec::new(),
        };
        if config.batch_source == Preference::Zone && (config.zone.is_none() || config.cloudflare.is_none()) {
            parser.problem(
                "ANALYTICS_BATCH_SOURCE",
                "is zone, and the zone cannot be read: CLOUDFLARE_ZONE_ID, CDN_HOST, CLOUDFLARE_ACCOUNT_ID and \
                 CLOUDFLARE_API_TOKEN have to be set; days are not rebuilt",
            );
        }
        config.problems = parser.problems;
        config
    }
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

    fn daily_rows(&mut self, variable: &'static str) -> u32 {
        let allowed = format!(
            "it must be a whole number from {MIN_DAILY_ROWS} to {MAX_DAILY_ROWS}; {FREE_DAILY_ROWS} is used, which every plan \
             allows"
        );
        self.parse(variable, Limits::DEFAULT.daily_rows, FREE_DAILY_ROWS, &allowed, |text| {
            text.parse().ok().filter(|rows| (MIN_DAILY_ROWS..=MAX_DAILY_ROWS).contains(rows))
        })
    }

    fn detail_rows(&mut self, variable: &'static str) -> usize {
        let most = Limits::DEFAULT.detail;
        let allowed = format!(
            "it must be a whole number from {MIN_DETAIL_ROWS} to {most}; {FREE_DETAIL_ROWS} is used, which every plan allows"
        );
        self.parse(variable, most, FREE_DETAIL_ROWS, &allowed, |text| {
            text.parse().ok().filter(|rows| (MIN_DETAIL_ROWS..=most).contains(rows))
        })
    }

    fn one_of(&mut self, variable: &'static str, values: &'static [&'static str]) -> Option<&'static str> {
        let allowed = format!("it must be one of {}; Cloudflare chooses the place", values.join(", "));
        self.parse(variable, None, None, &allowed, |text| {
            values.iter().find(|value| **value == text).map(|value| Some(*value))
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

    fn batch_source(&mut self, variable: &'static str) -> Preference {
        let allowed = "it must be auto, engine or zone; auto is used";
        self.parse(variable, Preference::Auto, Preference::Auto, allowed, Preference::parse)
    }

    fn batch_queries(&mut self, variable: &'static str) -> u32 {
        let allowed = format!(
            "it must be a whole number from {MIN_BATCH_QUERIES} to {BATCH_QUERIES}; {MIN_BATCH_QUERIES} is used, which \
             every plan allows"
        );
        self.parse(variable, BATCH_QUERIES, MIN_BATCH_QUERIES, &allowed, |text| {
            text.parse().ok().filter(|queries| (MIN_BATCH_QUERIES..=BATCH_QUERIES).contains(queries))
        })
    }

    fn tag(&mut self, variable: &'static str) -> Option<Tag> {
        let allowed = "it must be 32 of 0-9 and a-f, as the dashboard shows it; it is not used";
        self.parse(variable, None, None, allowed, |text| Tag::parse(text).map(Some))
    }

    fn cloudflare(
        &mut self,
        account: &'static str,
        token: &'static str,
    ) -> (Option<CloudflareAccess>, Vec<&'static str>) {
        let given = self.value(token);
        let printable = |text: &String| text.bytes().all(|byte| byte.is_ascii_graphic());
        if given.as_ref().is_some_and(|text| !printable(text)) {
            self.problem(token, "the secret has characters that no token has; it is not used");
        }
        let both = [self.value(account).is_some(), given.is_some()];
        if both == [true, false] {
            self.problem(account, format!("is set without {token}; days are not rebuilt"));
        } else if both == [false, true] {
            self.problem(token, format!("is set without {account}; days are not rebuilt"));
        }
        let found = (self.tag(account), given.filter(printable).map(Secret::new));
        let missing = [(account, found.0.is_none()), (token, found.1.is_none())];
        let missing =
            missing.into_iter().filter_map(|(name, is_missing)| is_missing.then_some(name)).collect();
        let access = found.0.zip(found.1).map(|(account, token)| CloudflareAccess { account, token });
        (access, missing)
    }

    fn host(&mut self, variable: &'static str) -> Option<String> {
        let allowed = "it must be a host name such as cdn.example.com; it is not used";
        self.parse(variable, None, None, allowed, |text| {
            let part = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'.';
            (text.len() <= 253 && text.bytes().all(part)).then(|| Some(text.to_ascii_lowercase()))
        })
    }

    fn own_hosts(&mut self, variable: &'static str) -> OwnHosts {
        let allowed = format!(
            "it must be at most {MAX_OWN_HOSTS} host names with commas between them, such as example.com,shop.example.org, in \
             ASCII (xn--…) and without ports; none of them is marked as own"
        );
        self.parse(variable, OwnHosts::default(), OwnHosts::default(), &allowed, OwnHosts::parse)
    }

    fn zone(&mut self, id: &'static str, host: Option<String>) -> Option<ZoneAccess> {
        if self.value(id).is_some() && self.value("CDN_HOST").is_none() {
            self.problem(id, "is set without CDN_HOST; the zone is not read");
        }
        Some(ZoneAccess { id: self.tag(id)?, host: host? })
    }

    fn weights(&mut self) -> Weights {
        type Set = fn(&mut Weights, &str) -> Option<()>;
        const LISTS: [(&str, &str, Set); 3] = [
            ("VIDEO_RESOLUTION_WEIGHTS", "SD=1,HD=2,4K=4,8K=8,16K=16", Weights::set_resolutions),
            ("VIDEO_CODEC_WEIGHTS", "h264=1,vp9=1,av1=10", Weights::set_codecs),
            ("EXTENSION_WEIGHTS", "google-auto-tagging=2,remove-bg=130", Weights::set_extensions),
        ];
        let mut weights = Weights::default();
        for (variable, example, set) in LISTS {
            let allowed = format!(
                "it must be a list such as {example}, of whole numbers up to {MAX_WEIGHT}; the published weights are used"
            );
            let read = |text: &str| {
                let mut changed = weights.clone();
                set(&mut changed, text).map(|()| changed)
            };
            weights = self.parse(variable, weights.clone(), weights.clone(), &allowed, read);
        }
        weights
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
        let usable = self.value(variable).filter(|token| token.chars().count() >= MIN_ADMIN_TOKEN);
        if usable.is_none() {
            self.problem(
                variable,
                format!(
                    "the secret must be set and have at least {MIN_ADMIN_TOKEN} characters; the API is closed until then. \
                     Set it with: npx wrangler secret put ADMIN_TOKEN"
                ),
            );
        }
        usable.map(Secret::new)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRETS: [(&str, &str); 2] =
        [("OWNER_HASH_SECRET", "0123456789abcdef"), ("ADMIN_TOKEN", "0123456789abcde")];

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
        assert!(config.realtime_enabled && config.batch_enabled);
        assert_eq!((config.batch_source, config.cloudflare, config.zone), (Preference::Auto, None, None));
        assert_eq!((config.daily_rows, config.detail_rows), (1_500_000, 200_000));
        assert_eq!((config.retention_days, config.privacy), (90, Privacy::Standard));
        assert_eq!(config.placement, Placement { location_hint: None, jurisdiction: None });
        assert_eq!((&config.dataset[..], &config.cache_control[..]), (DATASET, "public, max-age=86400"));
        assert!(config.owners.is_some() && config.admin_token.is_some() && config.is_shared_by_default);
        assert_eq!(config.weights, Weights::default());
        assert_eq!(config.own_hosts, OwnHosts::default());
        assert!(parse(&[("OWN_HOSTS", "example.com, example.org")]).own_hosts.contains("www.example.org"));
    }

    #[test]
    fn bad_values_are_named_and_replaced_by_the_safest() {
        for (variable, value) in [
            ("ANALYTICS_REALTIME_ENABLED", "yes"),
            ("ANALYTICS_BATCH_ENABLED", "1"),
            ("ANALYTICS_DAILY_ROWS", "9999"),
            ("ANALYTICS_DAILY_ROWS", "1e6"),
            ("ANALYTICS_DETAIL_ROWS", "200001"),
            ("ANALYTICS_LOCATION_HINT", "eu"),
            ("ANALYTICS_LOCATION_HINT", "WEUR"),
            ("ANALYTICS_JURISDICTION", "weur"),
            ("ANALYTICS_JURISDICTION", "EU"),
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
            ("ADMIN_TOKEN", "0123456789abcd"),
            ("ADMIN_TOKEN", "ääääääääääääää"),
            ("ANALYTICS_BATCH_QUERIES", "10"),
            ("ANALYTICS_BATCH_SOURCE", "d1"),
            ("ANALYTICS_BATCH_SOURCE", "zone"),
            ("CLOUDFLARE_API_TOKEN", "token"),
            ("CDN_HOST", "https://cdn.example.com"),
            ("OWN_HOSTS", "https://example.com"),
            ("OWN_HOSTS", "example.com,,example.org"),
            ("OWN_HOSTS", "bücher.example"),
            ("VIDEO_RESOLUTION_WEIGHTS", "UHD=4"),
            ("VIDEO_CODEC_WEIGHTS", "av1"),
            ("EXTENSION_WEIGHTS", "remove-bg=1.5"),
        ] {
            let config = parse(&[(variable, value)]);
            let named: Vec<_> = config.problems.iter().map(|problem| problem.variable).collect();
            assert_eq!(named, [variable], "{value}");
        }
        assert_eq!(parse(&[("ANALYTICS_PRIVACY", "Full")]).privacy, Privacy::Strict);
        assert_eq!(parse(&[("ANALYTICS_DAILY_ROWS", "-1")]).daily_rows, FREE_DAILY_ROWS);
        assert_eq!(parse(&[("ANALYTICS_DETAIL_ROWS", "0")]).detail_rows, FREE_DETAIL_ROWS);
        assert_eq!(parse(&[("ANALYTICS_RETENTION_DAYS", "x")]).retention_days, MAX_RETENTION_DAYS);
        assert!(
            parse(&[("OWNER_HASH_SECRET", "short")]).problems.iter().all(|it| !it.message.contains("short"))
        );
    }

    #[test]
    fn the_aggregator_is_placed_as_cloudflare_names_places() {
        for (variable, values) in
            [("ANALYTICS_LOCATION_HINT", &LOCATION_HINTS[..]), ("ANALYTICS_JURISDICTION", &JURISDICTIONS[..])]
        {
            for value in values {
                let Config { placement, problems, .. } = parse(&[(variable, value)]);
                assert_eq!(placement.location_hint.or(placement.jurisdiction), Some(*value));
                assert_eq!(placement.jurisdiction.is_some(), variable == "ANALYTICS_JURISDICTION");
                assert_eq!(problems, []);
            }
        }
        assert_eq!(parse(&[("ANALYTICS_JURISDICTION", "EU")]).placement, Placement::default());
    }

    #[test]
    fn missing_secrets_close_the_api_and_recording() {
        let config = Config::parse(|_| None);
        assert!(config.owners.is_none() && config.admin_token.is_none());
        assert_eq!(config.problems.len(), 2);
    }

    #[test]
    fn access_to_cloudflare_is_whole_or_none() {
        const TAG: &str = "0123456789abcdef0123456789abcdef";
        let config = parse(&[
            ("CLOUDFLARE_ACCOUNT_ID", TAG),
            ("CLOUDFLARE_API_TOKEN", "t0ken"),
            ("CLOUDFLARE_ZONE_ID", TAG),
            ("CDN_HOST", "CDN.example.com"),
        ]);
        assert_eq!(config.problems, []);
        assert_eq!(config.cloudflare.map(|it| it.token.reveal().to_owned()), Some("t0ken".into()));
        assert_eq!(config.cloudflare_missing, Vec::<&str>::new());
        assert_eq!(config.zone.map(|it| it.host), Some("cdn.example.com".into()));
        let alone = parse(&[("CLOUDFLARE_API_TOKEN", "t0ken")]);
        assert_eq!(alone.cloudflare_missing, ["CLOUDFLARE_ACCOUNT_ID"]);
        for (variables, problem) in [
            (vec![("CLOUDFLARE_ACCOUNT_ID", TAG)], "CLOUDFLARE_ACCOUNT_ID"),
            (vec![("CLOUDFLARE_ACCOUNT_ID", "me"), ("CLOUDFLARE_API_TOKEN", "t")], "CLOUDFLARE_ACCOUNT_ID"),
            (vec![("CLOUDFLARE_ACCOUNT_ID", TAG), ("CLOUDFLARE_API_TOKEN", "a b")], "CLOUDFLARE_API_TOKEN"),
            (vec![("CLOUDFLARE_ZONE_ID", TAG)], "CLOUDFLARE_ZONE_ID"),
            (vec![("CLOUDFLARE_ZONE_ID", TAG), ("CDN_HOST", "https://cdn/")], "CDN_HOST"),
        ] {
            let config = parse(&variables);
            assert_eq!(config.cloudflare_missing.is_empty(), config.cloudflare.is_some());
            let named: Vec<_> = config.problems.iter().map(|it| it.variable).collect();
            assert_eq!(
                (named, config.cloudflare.is_some(), config.zone.is_some()),
                (vec![problem], false, false)
            );
        }
    }

    #[test]
    fn a_host_alone_is_no_problem() {
        let config = parse(&[("CDN_HOST", "CDN.example.com")]);
        assert_eq!(config.problems, []);
        assert_eq!((config.cdn_host.as_deref(), config.zone), (Some("cdn.example.com"), None));
    }

    #[test]
    fn media_stay_out_of_the_cache_if_the_default_says_so() {
        for value in ["no-store", "private, max-age=60", "No-Cache", "max-age=0"] {
            assert!(!parse(&[("MEDIA_CACHE_CONTROL", value)]).is_shared_by_default, "{value}");
        }
    }
}
