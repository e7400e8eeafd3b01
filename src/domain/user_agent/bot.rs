//! Programs that say what they are: search engines, what feeds and serves AI, and the rest.
//!
//! Not here: programs that say nothing (`UserAgent::classify` takes for one whatever names neither a device nor
//! a browser), and tokens that stand in robots.txt alone and never in a request, such as `Google-Extended` and
//! `Applebot-Extended`.

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

/// Crawlers that collect training data, index for assistants or fetch for them. Source: their operators'
/// documentation, and the list of ai-robots-txt. `GoogleOther` is here because Google runs it for "research and
/// development", not for search.
const AI: &[&str] = &[
    "gptbot",
    "chatgpt-user",
    "chatgpt agent",
    "oai-searchbot",
    "claudebot",
    "claude-user",
    "claude-searchbot",
    "claude-web",
    "claude-code",
    "anthropic-ai",
    "perplexitybot",
    "perplexity-user",
    "perplexityuser",
    "googleother",
    "google-cloudvertexbot",
    "google-notebooklm",
    "google-agent",
    "googleagent-",
    "gemini-deep-research",
    "meta-externalagent",
    "meta-externalfetcher",
    "meta-webindexer",
    "facebookbot",
    "amazonbot",
    "amzn-user",
    "bytespider",
    "ccbot",
    "cohere-ai",
    "cohere-training-data-crawler",
    "diffbot",
    "mistralai-user",
    "mistralbot",
    "duckassistbot",
    "youbot",
    "ai2bot",
    "timpibot",
    "deepseekbot",
    "chatglm-spider",
    "pangubot",
    "tongyibot",
    "yiyanbot",
    "kimi-user",
    "manus-user",
    "phindbot",
    "iaskbot",
    "iaskspider",
    "andibot",
    "exasearchbot",
    "tavilybot",
    "linkupbot",
    "linerbot",
    "firecrawlagent",
    "crawl4ai",
    "img2dataset",
    "laion",
    "azureai-searchbot",
    "bedrockbot",
    "amazon-bedrock",
    "sbintuitionsbot",
    "omgili",
    "webzio-extended",
];

/// Crawlers of search engines, and what renders their result pages. Source: their operators' documentation.
const SEARCH: &[&str] = &[
    "googlebot",
    "google-inspectiontool",
    "storebot-google",
    "bingbot",
    "bingpreview",
    "msnbot",
    "duckduckbot",
    "duckduckgo-favicons-bot",
    "yandexbot",
    "yandexmobilebot",
    "yandeximages",
    "yandeximageresizer",
    "yandexvideo",
    "yandexmedia",
    "yandexfavicons",
    "yandexrenderresourcesbot",
    "baiduspider",
    "applebot",
    "petalbot",
    "aspiegelbot",
    "seznambot",
    "qwantbot",
    "qwantify",
    "yeti/",
    "naverbot",
    "daum/",
    "daumoa",
    "slurp",
    "y!j",
    "sogou web spider",
    "sogou pic spider",
    "360spider",
    "haosouspider",
    "yisouspider",
    "sosospider",
    "coccocbot",
    "mail.ru_bot",
    "mojeekbot",
    "bravebot",
    "kagibot",
    "amzn-searchbot",
    "search.marginalia",
    "exabot",
];

/// Programs whose names have none of the words of [`is_program_word`], and that give no address.
const OTHERS: &[&str] = &[
    // What shows links in messages and posts, and what fetches the images of a mail once for many readers.
    "facebookexternalhit",
    "meta-externalhit",
    "facebookcatalog",
    "whatsapp/",
    "slack-imgproxy",
    "skypeuripreview",
    "google web preview",
    "google-pagerenderer",
    "google favicon",
    "google-amphtml",
    "snap url preview",
    "yahoo link preview",
    "vkshare",
    "bluesky cardyb",
    "googleimageproxy",
    "yahoomailproxy",
    // Advertising, archives and site tools.
    "mediapartners-google",
    "apis-google",
    "google-read-aloud",
    "google-site-verification",
    "google-safety",
    "chrome-lighthouse",
    "ptst/",
    "gtmetrix",
    "w3c_",
    "validator.nu",
    "screaming frog",
    "siteimprove",
    "ia_archiver",
    "heritrix",
    "nutch",
    "httrack",
    // Feed readers that fetch for many.
    "feedfetcher",
    "feedburner",
    "feedbin",
    "newsblur feed",
    "miniflux",
    "freshrss",
    "tiny tiny rss",
    // Monitoring.
    "pingdom",
    "uptime",
    "statuscake",
    "site24x7",
    "datadog",
    "newrelicsynthetics",
    "thousandeyes",
    "appinsights",
    "observepoint",
    "checkly",
    "hetrixtools",
    "catchpoint",
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
];

/// Libraries and commands of scripts that name the system they run on; the others name nothing known anyway.
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

/// The class of a program that names itself; nothing of one that does not, nor of a browser.
pub(super) fn named(words: &Words, device: &str) -> Option<BotClass> {
    if words.has_any(AI) {
        Some(BotClass::AiCrawler)
    } else if words.has_any(SEARCH) {
        Some(BotClass::SearchCrawler)
    } else if is_other(words, device) {
        Some(BotClass::OtherBot)
    } else {
        None
    }
}

fn is_other(words: &Words, device: &str) -> bool {
    words.has_any(OTHERS)
        || !words.claims_browser() && words.has_any(LIBRARIES)
        || gives_address(words, device)
        || !may_be_model(words) && words.iter().any(is_program_word)
}

/// Programs give an address where they are explained. So do some apps, beside the device that they run on.
fn gives_address(words: &Words, device: &str) -> bool {
    if words.claims_browser() {
        words.contains("http://") || words.contains("https://")
    } else {
        device == UNKNOWN && words.contains("+http")
    }
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
    ];
    NAMES.iter().any(|name| word.ends_with(name)) || word.starts_with("crawl")
}

/// Models have such words as well: `Cubot X30`, `M bot 54`, `Spider 8`. A program that imitates a telephone says
/// that it is `compatible`, or gives an address.
fn may_be_model(words: &Words) -> bool {
    words.has("android") && !words.has("compatible")
}
