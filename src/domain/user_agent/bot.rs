//! Classes of clients, and the rules for programs that no table names.
//!
//! Not here: programs by name (`crawler.rs`), and those that name nothing at all (`UserAgent::classify`).

use super::UNKNOWN;
use super::words::Words;

/// Who asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BotClass {
    Human,
    SearchCrawler,
    AiCrawler,
    OtherBot,
}

impl BotClass {
    pub const ALL: [Self; 4] = [Self::Human, Self::SearchCrawler, Self::AiCrawler, Self::OtherBot];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Human => "human",
            Self::SearchCrawler => "search",
            Self::AiCrawler => "ai",
            Self::OtherBot => "other",
        }
    }
}

/// Programs without a row in `crawler.rs`, whose names have none of the words of [`is_program_word`], and that give no
/// address.
const OTHERS: &[&str] = &[
    // Archives and site tools.
    "ptst/",
    "gtmetrix",
    "cloudflareobservatory",
    "dareboost",
    "silktide",
    "marketgoo",
    "criticalcss",
    "collapsify",
    "nitro-optimizer-agent",
    "ghost inspector",
    "testlocally",
    "hotjar",
    "linktiger",
    "brokenlinkcheck",
    "cookiehub",
    "onetrust",
    "scope3/",
    "adbeat",
    "google page speed insights",
    "google search console",
    "google-ads-conversions",
    "duplexweb-google",
    "appengine-google",
    "archivebox",
    "sitesucker",
    "zoterotranslationserver",
    "page-preview-tool",
    "pwabuilderhttpagent",
    "ips-agent",
    "newsnow",
    "printfriendly",
    "feeder.co",
    "miniature.io",
    "monitorss",
    "sqwatcher",
    "sindup",
    "sitecheck",
    "w3c_",
    "validator.nu",
    "screaming frog",
    "siteimprove",
    "heritrix",
    "httrack",
    // Feed readers that fetch for many.
    "feedbin",
    "newsblur feed",
    "miniflux",
    "freshrss",
    "tiny tiny rss",
    // Monitoring.
    "pingdom",
    "uptime",
    "site24x7",
    "datadog",
    "newrelicsynthetics",
    "thousandeyes",
    "appinsights",
    "observepoint",
    "checkly",
    "hetrixtools",
    "catchpoint",
    "gomezagent",
    "splunk synthetics",
    "syntheticsagent",
    "dejaclick",
    "datanyze",
    "rigor)",
    "ruxitsynthetic",
    "zabbix",
    "check_http",
    "cloudflare-",
    "amazon cloudfront",
    "amazon-route53",
    "googlehc/",
    "elb-healthchecker",
    "kube-probe",
    "prometheus",
    // Browsers that a program drives, and programs that imitate one.
    "headless",
    "phantomjs",
    "slimerjs",
    "puppeteer",
    "playwright",
    "selenium",
    "cypress/",
    "jsdom",
    "splash version",
    "windowspowershell",
    "winhttp",
    // Scanners.
    "nmap",
    "nikto",
    "sqlmap",
    "zgrab",
    "masscan",
    "nuclei",
    "openvas",
    "expanse, a palo alto",
    "burpcollaborator",
    "foregenix",
    "hardenize",
    "netcraft",
    "securityheaders",
    "watchtowr",
];

/// Libraries and commands of scripts that name the system they run on; the others name nothing known anyway. They count as
/// products only: `ruby` and `node` are also names of telephones.
const LIBRARIES: &[&str] = &[
    "curl",
    "nscurl",
    "guzzle",
    "wget",
    "python",
    "boto",
    "java/",
    "go-http-client",
    "php",
    "ruby",
    "mechanize",
    "perl",
    "libwww",
    "node",
    "electron-fetch",
    "azsdk",
    "winhttp",
    "git/",
];

/// Whether a program wrote the user agent, by what it says of itself.
pub(super) fn is_program(words: &Words, device: &str) -> bool {
    words.has_any(OTHERS)
        || !words.claims_browser() && LIBRARIES.iter().any(|library| words.has_product(library))
        || gives_address(words, device)
        || claims_compatibility(words)
        || !may_be_model(words) && !is_app(words) && words.iter().any(is_program_word)
}

/// Programs give an address where they are explained. So do some apps, beside the device that they run on.
fn gives_address(words: &Words, device: &str) -> bool {
    if words.claims_browser() {
        words.contains("http://") || words.contains("https://")
    } else {
        device == UNKNOWN && words.contains("+http")
    }
}

/// Programs say `compatible` beside the browser that they imitate. Browsers that say it are older than that.
fn claims_compatibility(words: &Words) -> bool {
    words.has("compatible") && words.has_any(&["chrome/", "safari/", "crios/"])
}

/// Words with which programs say what they are, at the end of their names as a rule.
fn is_program_word(word: &str) -> bool {
    const NAMES: &[&str] = &[
        "bot",
        "bots",
        "spider",
        "crawler",
        "scraper",
        "fetcher",
        "monitor",
        "monitoring",
        "checker",
        "validator",
        "scanner",
        "scanning",
        "scan",
        "scraping",
    ];
    NAMES.iter().any(|name| word.ends_with(name)) || word.starts_with("crawl")
}

/// Apps have such words as well, and the platform's client adds itself to them: `QR Scanner/3 CFNetwork/1410 Darwin/22.6.0`.
fn is_app(words: &Words) -> bool {
    words.has_any(&["cfnetwork/", "dalvik/"]) && !words.has("compatible")
}

/// Models have such words as well: `Cubot X30`, `M bot 54`, `Spider 8`. A program that imitates a telephone says
/// that it is `compatible`, or gives an address.
fn may_be_model(words: &Words) -> bool {
    words.has("android") && !words.has("compatible")
}
