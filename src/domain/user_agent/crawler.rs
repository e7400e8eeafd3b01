//! Programs by name, with the operators that run them and their classes. A user agent with one of these names is that program.
//!
//! Not here: programs whose names say no more than that they are programs (`bot.rs`), and tokens that are meant for
//! robots.txt. A request with such a token is counted under it.

use std::sync::LazyLock;

use super::bot::BotClass;
use super::words::{Words, begins_with_name};

/// The name of every program that the tables do not name.
pub const UNNAMED: Crawler = Crawler { name: "Other bot", operator: "", class: BotClass::OtherBot };

/// A program that collects, indexes, previews or checks what others publish.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Crawler {
    /// As its operator writes it.
    pub name: &'static str,
    /// The organisation that runs it, or publishes it for others to run; empty where it is not known.
    pub operator: &'static str,
    pub class: BotClass,
}

/// Operators with the names of their programs. A name is matched in any case, as whole words.
type Table = &'static [(&'static str, &'static [&'static str])];

/// The first table that has a name of a user agent decides; within a table, the first name.
static TABLES: [(BotClass, Table); 3] =
    [(BotClass::AiCrawler, AI), (BotClass::SearchCrawler, SEARCH), (BotClass::OtherBot, OTHERS)];

/// Names that are also words: they count where a program puts its name, and only of what is a program by another rule. So
/// an editor that shows pictures is none.
static WORDS: [(BotClass, Table); 1] = [(BotClass::AiCrawler, AI_WORDS)];

/// Programs that collect training data, index for assistants or fetch for them. Source: their operators' documentation, and
/// the list of ai-robots-txt. `GoogleOther` is here because Google runs it for "research and development", not for search.
const AI: Table = &[
    ("OpenAI", &["GPTBot", "ChatGPT-User", "ChatGPT Agent", "OAI-SearchBot"]),
    (
        "Anthropic",
        &["ClaudeBot", "Claude-User", "Claude-SearchBot", "Claude-Web", "Claude-Code", "anthropic-ai"],
    ),
    ("Perplexity", &["PerplexityBot", "Perplexity-User", "PerplexityUser"]),
    (
        "Google",
        &[
            "GoogleOther",
            "Google-CloudVertexBot",
            "CloudVertexBot",
            "Google-NotebookLM",
            "NotebookLM",
            "Google-Agent",
            "GoogleAgent-Mariner",
            "GoogleAgent-URLContext",
            "GoogleAgent",
            "Google-Firebase",
            "Google-Gemini-CLI",
            "Gemini-Deep-Research",
            "Google-Extended",
        ],
    ),
    ("Meta", &["meta-externalagent", "meta-externalfetcher", "meta-webindexer", "FacebookBot"]),
    (
        "Amazon",
        &[
            "Amazonbot",
            "Amzn-SearchBot",
            "Amzn-User",
            "amazon-kendra",
            "KendraBot",
            "amazon-QBusiness",
            "amazon-bedrock",
            "AmazonBuyForMe",
            "bedrockbot",
            "NovaAct",
        ],
    ),
    ("ByteDance", &["Bytespider", "TikTokSpider", "imageSpider"]),
    ("Common Crawl", &["CCBot"]),
    ("Cohere", &["cohere-training-data-crawler", "cohere-ai"]),
    ("Diffbot", &["Diffbot"]),
    ("Mistral AI", &["MistralAI-User", "MistralBot"]),
    ("DuckDuckGo", &["DuckAssistBot"]),
    ("You.com", &["YouBot"]),
    ("Ai2", &["AI2Bot-DeepResearchEval", "Ai2Bot-Dolma", "AI2Bot"]),
    ("Apple", &["Applebot-Extended"]),
    ("Microsoft", &["AzureAI-SearchBot"]),
    ("Cloudflare", &["Cloudflare-AutoRAG"]),
    ("Mozilla", &["Mozilla-Tabstack"]),
    ("Timpi", &["Timpibot"]),
    ("DeepSeek", &["DeepSeekBot"]),
    ("Zhipu AI", &["ChatGLM-Spider"]),
    ("Huawei", &["PanguBot"]),
    ("Alibaba", &["TongyiBot"]),
    ("Baidu", &["YiyanBot"]),
    ("Yandex", &["YandexAdditionalBot", "YandexAdditional"]),
    ("Moonshot AI", &["Kimi-User"]),
    ("Butterfly Effect", &["Manus-User"]),
    ("Phind", &["PhindBot"]),
    ("iAsk", &["iAskBot", "iaskspider"]),
    ("Andi", &["Andibot"]),
    ("Exa", &["ExaSearchBot", "ExaBot"]),
    ("Tavily", &["TavilyBot"]),
    ("Linkup", &["LinkupBot"]),
    ("Liner", &["LinerBot"]),
    ("Firecrawl", &["FirecrawlAgent"]),
    ("Crawl4AI", &["Crawl4AI"]),
    ("img2dataset", &["img2dataset"]),
    ("LAION", &["laion-huggingface-processor", "LAIONDownloader", "LAION"]),
    ("SB Intuitions", &["SBIntuitionsBot"]),
    ("Webz.io", &["omgilibot", "omgili", "webzio-extended"]),
    ("Atlassian", &["atlassian-bot"]),
    ("Apify", &["ApifyBot", "ApifyWebsiteContentCrawler"]),
    ("Bright Data", &["Brightbot"]),
    ("Semrush", &["SemrushBot-OCOB", "SemrushBot-SWA"]),
    ("Kagi", &["kagi-fetcher"]),
    ("Klaviyo", &["KlaviyoAIBot"]),
    ("Cognition", &["Devin"]),
    ("Parallel", &["ShapBot", "Shap-User"]),
    ("Querit", &["Querit-SearchBot", "QueritBot"]),
    ("Echobox", &["EchoboxBot", "Echobot"]),
    ("Ceramic", &["TerraCotta", "Terra Cotta"]),
    ("QuillBot", &["QuillBot"]),
    ("Panscient", &["Panscient"]),
    ("Direqt", &["Anomura"]),
    ("NICT", &["ICC-Crawler"]),
    ("ROIS", &["Cotoyogi"]),
    ("Valyu", &["HenkBot"]),
    ("Zanista", &["ZanistaBot"]),
    ("WRTN", &["WRTNBot"]),
    ("Hive", &["ImagesiftBot"]),
    ("AddSearch", &["AddSearchBot"]),
    ("aiHit", &["aiHitBot"]),
    ("Linguee", &["Linguee Bot"]),
    ("Meltwater", &["Awario", "YaK-Crawler"]),
    ("Big Sur AI", &["bigsur.ai"]),
    ("Channel3", &["Channel3Bot"]),
    ("FactSet", &["Factset_spyderbot"]),
    ("ISS", &["ISSCyberRiskCrawler"]),
    ("Lightpanda", &["Lightpanda"]),
    ("Qualified", &["QualifiedBot"]),
    ("Sidetrade", &["Sidetrade indexer bot"]),
    ("Velen", &["VelenPublicWebCrawler"]),
    ("Crawlspace", &["Crawlspace"]),
    (
        "",
        &[
            "AgentTimes",
            "AIWebIndex",
            "AISearchBot",
            "Aranet-SearchBot",
            "BuddyBot",
            "CragCrawler",
            "Datenbank Crawler",
            "ExteContextCrawl",
            "Flyriverbot",
            "FriendlyCrawler",
            "GeistHaus-PageFetcher",
            "ImageMind",
            "Kangaroo Bot",
            "KunatoCrawler",
            "linkReader",
            "MyCentralAIScraperBot",
            "NagetBot",
            "netEstate Imprint Crawler",
            "newsai",
            "Novellum",
            "opencode",
            "Poggio-Citations",
            "Poseidon Research Crawler",
            "Reflectionbot",
            "semantic-visions",
            "Spawning-AI",
            "TaraGroup Intelligent Bot",
            "The Knowledge AI",
            "Thinkbot",
            "TSM-turingos",
            "TwinAgent",
            "UseAI",
            "WARDBot",
            "wpbot",
        ],
    ),
];

const AI_WORDS: Table = &[
    ("OpenAI", &["Operator", "OpenAI"]),
    ("Anysphere", &["Cursor"]),
    ("ByteDance", &["Trae"]),
    ("Meltwater", &["YaK"]),
    ("Microsoft", &["Code"]),
    ("Spider", &["Spider"]),
    ("", &["LCC"]),
];

/// Crawlers of search engines, and what renders their result pages. Source: their operators' documentation.
const SEARCH: Table = &[
    (
        "Google",
        &[
            "Googlebot-Image",
            "Googlebot-Video",
            "Googlebot-News",
            "Googlebot",
            "Google-InspectionTool",
            "Storebot-Google",
            "Google-Site-Verification",
            "Google-Read-Aloud",
            "Google-Safety",
            "Google Favicon",
            "Google-Structured-Data-Testing-Tool",
            "Google-PhysicalWeb",
            "Google-Certificates-Bridge",
            "google-xrawler",
            "GoogleProducer",
            "PlayStore-Google",
            "APIs-Google",
            "gsa-crawler",
        ],
    ),
    ("Microsoft", &["bingbot", "BingPreview", "adidxbot", "msnbot", "officestorebot"]),
    ("DuckDuckGo", &["DuckDuckBot", "DuckDuckGo-Favicons-Bot"]),
    (
        "Yandex",
        &[
            "YandexBot",
            "YandexMobileBot",
            "YandexImages",
            "YandexImageResizer",
            "YandexVideo",
            "YandexMedia",
            "YandexFavicons",
            "YandexRenderResourcesBot",
            "YandexAccessibilityBot",
            "YandexBlogs",
            "YandexNews",
            "YandexWebmaster",
            "YandexPagechecker",
            "YandexVideoParser",
            "YandexScreenshotBot",
            "YandexMobileScreenShotBot",
            "YandexSitelinks",
            "YandexSpravBot",
            "YandexOntoDBAPI",
            "YandexOntoDB",
            "YandexSearchShop",
            "YandexMarket",
            "YandexVerticals",
            "YandexVertis",
            "YandexTurbo",
            "YandexTracker",
            "YandexCalendar",
            "YandexForDomain",
            "YandexMetrika",
            "YandexPartner",
            "YandexDirectDyn",
            "YandexDirect",
            "YaDirectFetcher",
            "YandexAdNet",
            "YandexRCA",
            "YandexUserproxy",
        ],
    ),
    ("Baidu", &["Baiduspider"]),
    ("Apple", &["Applebot"]),
    ("Huawei", &["PetalBot", "AspiegelBot"]),
    ("Seznam", &["SeznamBot", "SeznamHomepageCrawler"]),
    ("Qwant", &["Qwantbot", "Qwantify"]),
    ("Naver", &["Yeti", "NaverBot"]),
    ("Kakao", &["Daumoa", "Daum"]),
    ("Yahoo", &["Yahoo! Slurp", "Slurp"]),
    ("LY Corporation", &["Y!J"]),
    (
        "Sogou",
        &[
            "Sogou web spider",
            "Sogou pic spider",
            "Sogou News Spider",
            "Sogou inst spider",
            "New-Sogou-Spider",
        ],
    ),
    ("360", &["360Spider", "HaosouSpider"]),
    ("Alibaba", &["YisouSpider"]),
    ("Tencent", &["Sosospider"]),
    ("ByteDance", &["ToutiaoSpider"]),
    ("NetEase", &["YoudaoBot"]),
    ("Cốc Cốc", &["coccocbot", "imagecoccoc", "coccoc"]),
    ("VK", &["Mail.RU_Bot"]),
    ("Rambler", &["top100.rambler.ru crawler", "StackRambler"]),
    ("Mojeek", &["MojeekBot"]),
    ("Brave", &["BraveBot"]),
    ("Kagi", &["Kagibot"]),
    ("Marginalia", &["search.marginalia.nu"]),
    ("Stract", &["StractBot"]),
    ("Alexandria", &["AlexandriaOrgBot"]),
    ("Startpage", &["StartpagePrivateImageProxy"]),
    ("Swisscows", &["Swisscows"]),
    ("Neeva", &["Neevabot"]),
    ("Cliqz", &["Cliqzbot"]),
    ("Istella", &["IstellaBot"]),
    ("Orange", &["OrangeBot", "VoilaBot"]),
    ("Seekport", &["SeekportBot", "Seekport"]),
    ("YaCy", &["yacybot"]),
    ("Zum", &["ZumBot"]),
    ("NTT Resonant", &["ichiro"]),
    ("Open Web Search", &["Owler"]),
    ("Ibou", &["IbouBot"]),
    ("Freespoke", &["Freespoke"]),
    ("Geedo", &["GeedoBot", "GeedoProductSearch", "GeedoShopProductFinder"]),
    ("Amazon", &["AmazonProductDiscovery", "AmazonSellerInitiatedListing"]),
    ("Indeed", &["IndeedBot", "IndeedJobBot"]),
    ("Algolia", &["Algolia Crawler"]),
    ("Coveo", &["Coveobot"]),
    ("Gigablast", &["Gigabot", "GigablastOpenSource"]),
    ("Entireweb", &["Speedy Spider"]),
    ("Ask.com", &["Ask Jeeves", "Teoma"]),
    ("PicSearch", &["psbot"]),
    ("Apache Nutch", &["Nutch"]),
    (
        "",
        &[
            "7Siters",
            "A6-Indexer",
            "Aboundex",
            "AcoonBot",
            "BIGLOTRON",
            "blekkobot",
            "Bot.AraTurka.com",
            "br-crawler",
            "ConveraCrawler",
            "CyberFindCrawler",
            "DeuSu",
            "discobot",
            "FAST Enterprise Crawler",
            "FAST-WebCrawler",
            "FediIndex",
            "FemtosearchBot",
            "FindFiles.net",
            "Findxbot",
            "fiperbot",
            "Flamingo_SearchEngine",
            "FleebsBot",
            "fr-crawler",
            "Funnelback",
            "FyndSearchEngine-Crawler",
            "FyndSearchEngine-ReCrawler",
            "Gabanzabot",
            "GlobalWebSearchx",
            "Gluten Free Crawler",
            "Golfe",
            "Greppr Web Crawler",
            "grub-client",
            "INETDEX-BOT",
            "intelx.io_bot",
            "JobboerseBot",
            "jobswithgptcom-bot",
            "Jooblebot",
            "Level9SearchBot",
            "lyonl-asset-proxy",
            "lyonl-crawler",
            "MagiBot",
            "MatchorySearch",
            "NapBot",
            "NestDaddybot",
            "Nicecrawler",
            "NTENTbot",
            "OICrawler",
            "OpenHoseBot",
            "OpenTheBoxBot",
            "PhxBot",
            "SafeSearch microdata crawler",
            "Scrubby",
            "SearchExpress",
            "Searcherweb",
            "Searcherxweb",
            "Seekbot",
            "SiteSearch360",
            "SMTnetPMBot",
            "stepstoneCrawlBot",
            "Swiftbot",
            "TheInternetSearchx",
            "trovitBot",
            "VsuSearchSpider",
            "WadooBot",
            "WepchSearchEngine",
            "WeSEE:Search",
            "WikiDo",
            "WordupInfoSearch",
            "woriobot",
            "wotbox",
            "Yanga",
            "Zealbot",
            "ZoomInfo-DataEnrichment",
            "ZyBorg",
        ],
    ),
];

/// Other programs that fetch media often: what shows links in messages and posts, what fetches the images of a mail once for
/// many readers, advertising, archives, site tools, feed readers, monitoring. Those that also claim to be another one stand
/// before it.
const OTHERS: Table = &[
    ("Meta", &["facebookexternalhit", "meta-externalhit", "facebookcatalog", "WhatsApp"]),
    ("Telegram", &["TelegramBot"]),
    ("X", &["Twitterbot"]),
    ("Slack", &["Slackbot-LinkExpanding", "Slack-ImgProxy", "Slackbot"]),
    ("Discord", &["Discordbot"]),
    ("LinkedIn", &["LinkedInBot"]),
    ("Pinterest", &["Pinterestbot"]),
    ("Reddit", &["redditbot"]),
    ("Microsoft", &["SkypeUriPreview", "MicrosoftPreview"]),
    ("Snap", &["Snap URL Preview"]),
    ("VK", &["vkShare"]),
    ("Bluesky", &["Bluesky Cardyb"]),
    (
        "Google",
        &[
            "GoogleImageProxy",
            "AdsBot-Google-Mobile",
            "AdsBot-Google",
            "Mediapartners-Google",
            "Google-AMPHTML",
            "Google Web Preview",
            "Google-PageRenderer",
            "Chrome-Lighthouse",
            "FeedBurner",
        ],
    ),
    ("Yahoo", &["YahooMailProxy", "Yahoo Link Preview"]),
    ("Feedly", &["Feedly"]),
    ("Google", &["FeedFetcher-Google"]),
    ("Internet Archive", &["archive.org_bot", "ia_archiver"]),
    ("Ahrefs", &["AhrefsBot", "AhrefsSiteAudit"]),
    ("Semrush", &["SemrushBot", "SiteAuditBot"]),
    ("Majestic", &["MJ12bot"]),
    ("Moz", &["DotBot", "rogerbot"]),
    ("DataForSEO", &["DataForSeoBot"]),
    ("WebMeUp", &["BLEXBot"]),
    ("Screaming Frog", &["Screaming Frog SEO Spider"]),
    ("Uptime Robot", &["UptimeRobot"]),
    ("SolarWinds", &["Pingdom.com_bot", "PingdomPageSpeed", "pingbot"]),
    ("StatusCake", &["StatusCake"]),
    ("Datadog", &["DatadogSynthetics", "Datadog"]),
    ("Cloudflare", &["Cloudflare-Healthchecks", "Cloudflare-AlwaysOnline", "Cloudflare-SSLDetector"]),
];

/// Every program that has a name of its own.
pub fn crawlers() -> impl Iterator<Item = Crawler> {
    rows(&TABLES).chain(rows(&WORDS))
}

/// The program that a report's value names, [`UNNAMED`] among them.
pub fn crawler(name: &str) -> Option<Crawler> {
    crawlers().chain([UNNAMED]).find(|crawler| crawler.name == name)
}

/// The programs of [`TABLES`] by the first bytes of their names, in lower case, and where they stand in the tables: so that
/// hundreds of names cost a user agent a few comparisons for each of its words.
static BY_BEGINNING: LazyLock<Vec<(Beginning, usize, Crawler)>> = LazyLock::new(|| {
    let mut names: Vec<_> =
        rows(&TABLES).enumerate().map(|(place, it)| (beginning(it.name), place, it)).collect();
    names.sort_unstable_by_key(|&(beginning, place, _)| (beginning, place));
    names
});

type Beginning = [u8; 3];

fn beginning(text: &str) -> Beginning {
    let mut bytes = text.bytes().map(|byte| byte.to_ascii_lowercase());
    std::array::from_fn(|_| bytes.next().unwrap_or_default())
}

/// The program that a user agent names, if it names one.
pub(super) fn named(words: &Words) -> Option<Crawler> {
    let first = |text: &str| {
        let like = beginning(text);
        let from = BY_BEGINNING.partition_point(|(beginning, ..)| *beginning < like);
        let mut alike = BY_BEGINNING[from..].iter().take_while(|(beginning, ..)| *beginning == like);
        alike.find(|(_, _, crawler)| begins_with_name(text, crawler.name))
    };
    words.own_names().filter_map(first).min_by_key(|(_, place, _)| place).map(|&(_, _, crawler)| crawler)
}

/// The same by the names that are also words: only for what is a program by another rule.
pub(super) fn named_by_word(words: &Words) -> Option<Crawler> {
    rows(&WORDS).find(|crawler| words.is_product(crawler.name))
}

fn rows(tables: &'static [(BotClass, Table)]) -> impl Iterator<Item = Crawler> {
    tables.iter().flat_map(|&(class, table)| {
        table.iter().flat_map(move |&(operator, names)| {
            names.iter().map(move |&name| Crawler { name, operator, class })
        })
    })
}
