//! User agents as their clients send them, and what these clients are. What is expected is known of the client,
//! from its maker's documentation or from the device that it was seen on; never from what the tables answer.

use super::*;
use proptest::prelude::*;
use std::collections::BTreeSet;

/// Browsers, players and apps: user agent, device, browser, operating system.
const HUMANS: &[(&str, &str, &str, &str)] = &[
    // Desktops.
    (
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/149.0.0.0 Safari/537.36",
        "Desktop - Windows PC",
        "Chrome",
        "Windows",
    ),
    (
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/149.0.0.0 Safari/537.36 Edg/149.0.0.0",
        "Desktop - Windows PC",
        "Edge",
        "Windows",
    ),
    (
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0",
        "Desktop - Windows PC",
        "Firefox",
        "Windows",
    ),
    (
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/136.0.0.0 Safari/537.36 OPR/121.0.0.0",
        "Desktop - Windows PC",
        "Opera",
        "Windows",
    ),
    (
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/98.0.4758.104 Whale/3.13.131.36 Safari/537.36",
        "Desktop - Windows PC",
        "Whale",
        "Windows",
    ),
    (
        "Mozilla/5.0 (Windows NT 6.1; WOW64; Trident/7.0; SLCC2; Media Center PC 6.0; Tablet PC 2.0; rv:11.0) like Gecko",
        "Desktop - Windows PC",
        "Internet Explorer",
        "Windows",
    ),
    (
        "Mozilla/5.0 (Windows NT 10.0; WOW64) AppleWebKit/537.36 (KHTML, like Gecko) discord/1.0.9013 Chrome/108.0.5359.215 Electron/22.3.2 Safari/537.36",
        "Desktop - Windows PC",
        "Discord",
        "Windows",
    ),
    (
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.1 Safari/605.1.15",
        "Desktop - Mac",
        "Safari",
        "macOS",
    ),
    (
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/149.0.0.0 Safari/537.36",
        "Desktop - Mac",
        "Chrome",
        "macOS",
    ),
    (
        "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
        "Desktop - Linux PC",
        "Firefox",
        "Linux",
    ),
    (
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/132.0.0.0 Safari/537.36 Vivaldi/7.1.3570.39",
        "Desktop - Linux PC",
        "Vivaldi",
        "Linux",
    ),
    (
        "Mozilla/5.0 (X11; FreeBSD amd64; rv:128.0) Gecko/20100101 Firefox/128.0",
        "Desktop - BSD PC",
        "Firefox",
        "FreeBSD",
    ),
    (
        "Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Safari/537.36",
        "Desktop - Chromebook",
        "Chrome",
        "ChromeOS",
    ),
    (
        "Mozilla/5.0 (PC; OpenHarmony 5.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/114.0.0.0 Safari/537.36  ArkWeb/4.1.6.1",
        "Desktop - HarmonyOS PC",
        "Chrome",
        "HarmonyOS",
    ),
    // Apple's mobile devices, with the browsers that must be WebKit there.
    (
        "Mozilla/5.0 (iPhone; CPU iPhone OS 19_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.1 Mobile/15E148 Safari/604.1",
        "Smartphone - Apple iPhone",
        "Safari",
        "iOS",
    ),
    (
        "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/138.0.7204.119 Mobile/15E148 Safari/604.1",
        "Smartphone - Apple iPhone",
        "Chrome",
        "iOS",
    ),
    (
        "Mozilla/5.0 (iPhone; CPU iPhone OS 15_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) FxiOS/140.0 Mobile/15E148 Safari/605.1.15",
        "Smartphone - Apple iPhone",
        "Firefox",
        "iOS",
    ),
    (
        "Mozilla/5.0 (iPhone; CPU iPhone OS 10_3_2 like Mac OS X) AppleWebKit/603.2.4 (KHTML, like Gecko) Mobile/14F89 Safari/603.2.4 EdgiOS/41.1.35.1",
        "Smartphone - Apple iPhone",
        "Edge",
        "iOS",
    ),
    (
        "Mozilla/5.0 (iPad; CPU OS 16_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/16.6 Mobile/15E148 Safari/604.1",
        "Tablet - Apple iPad",
        "Safari",
        "iPadOS",
    ),
    (
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148",
        "Smartphone - Apple iPhone",
        "iOS WebView",
        "iOS",
    ),
    // Android's.
    (
        "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/149.0.0.0 Mobile Safari/537.36",
        "Smartphone - Android",
        "Chrome",
        "Android",
    ),
    (
        "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/149.0.0.0 Safari/537.36",
        "Tablet - Android",
        "Chrome",
        "Android",
    ),
    (
        "Mozilla/5.0 (Linux; Android 16; Pixel 10) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/149.0.0.0 Mobile Safari/537.36",
        "Smartphone - Google",
        "Chrome",
        "Android",
    ),
    (
        "Mozilla/5.0 (Linux; Android 15; SM-S928B) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36",
        "Smartphone - Samsung",
        "Samsung Internet",
        "Android",
    ),
    (
        "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36",
        "Smartphone - Samsung",
        "Samsung Internet",
        "Android",
    ),
    (
        "Mozilla/5.0 (Android 15; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0",
        "Smartphone - Android",
        "Firefox",
        "Android",
    ),
    (
        "Mozilla/5.0 (Android 13; Tablet; rv:109.0) Gecko/114.0 Firefox/114.0",
        "Tablet - Android",
        "Firefox",
        "Android",
    ),
    (
        "Mozilla/5.0 (Linux; U; Android 13; ru-ru; Redmi K50 Ultra Build/TKQ1.220829.002) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/100.0.4896.127 Mobile Safari/537.36 XiaoMi/MiuiBrowser/13.26.0-gn",
        "Smartphone - Xiaomi",
        "Mi Browser",
        "Android",
    ),
    (
        "Mozilla/5.0 (Linux; Android 12; 2201117TG Build/SKQ1.211103.001; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/110.0.5481.65 Mobile Safari/537.36",
        "Smartphone - Xiaomi",
        "Android WebView",
        "Android",
    ),
    (
        "Mozilla/5.0 (Linux; Android 10; JNY-LX1 Build/HUAWEIJNY-L21; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/78.0.3904.108 Mobile Safari/537.36",
        "Smartphone - Huawei",
        "Android WebView",
        "Android",
    ),
    (
        "Mozilla/5.0 (Linux; Android 10; AGS3-W09HN; HMSCore 6.1.0.313) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/88.0.4324.93 HuaweiBrowser/11.1.5.310 Safari/537.36",
        "Tablet - Huawei",
        "Huawei Browser",
        "Android",
    ),
    (
        "Mozilla/5.0 (Linux; Android 11; RMX3085) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/96.0.4664.104 Mobile Safari/537.36",
        "Smartphone - realme",
        "Chrome",
        "Android",
    ),
    (
        "Mozilla/5.0 (Linux; Android 10; SM-T867U Build/QP1A.190711.020; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/78.0.3904.96 Safari/537.36 GSA/11.5.9.21.arm64",
        "Tablet - Samsung",
        "Google app",
        "Android",
    ),
    (
        "Mozilla/5.0 (Linux; Android 9; KFTRWI) AppleWebKit/537.36 (KHTML, like Gecko) Silk/120.4.1 like Chrome/120.0.6099.199 Safari/537.36",
        "Tablet - Amazon",
        "Silk",
        "Android",
    ),
    (
        "Mozilla/5.0 (Linux; Android 12; motorola edge 30) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/102.0.5005.78 Mobile Safari/537.36",
        "Smartphone - Motorola",
        "Chrome",
        "Android",
    ),
    (
        "Mozilla/5.0 (Linux; Android 11; Nokia 5.3) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/92.0.4515.166 Mobile Safari/537.36",
        "Smartphone - Nokia",
        "Chrome",
        "Android",
    ),
    (
        "Mozilla/5.0 (Linux; U; Android 4.2.2; it-it; CUBOT X6 Build/JDQ39) AppleWebKit/534.30 (KHTML, like Gecko) Version/4.0 Mobile Safari/534.30",
        "Smartphone - Android",
        "Android Browser",
        "Android",
    ),
    (
        "Mozilla/5.0 (Linux; Android 7.0; M bot 54) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/78.0.3904.96 Mobile Safari/537.36",
        "Smartphone - Android",
        "Chrome",
        "Android",
    ),
    (
        "Mozilla/5.0 (Linux; Android 13; Spider 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Safari/537.36",
        "Tablet - Android",
        "Chrome",
        "Android",
    ),
    (
        "Mozilla/5.0 (Linux; Android 8.1.0; RUBY Build/OPM2.171019.012) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/110.0.5481.153 Mobile Safari/537.36",
        "Smartphone - Android",
        "Chrome",
        "Android",
    ),
    // Other mobile devices.
    (
        "Mozilla/5.0 (Mobile; Digit_Digit4GPowerMAX_4G; rv:48.0) Gecko/48.0 Firefox/48.0 KAIOS/2.5.3.2",
        "Smartphone - KaiOS",
        "Firefox",
        "KaiOS",
    ),
    (
        "Opera/9.80 (J2ME/MIDP; Opera Mini/7.1.32052/29.3709; U; en) Presto/2.8.119 Version/11.10",
        "Smartphone - other",
        "Opera Mini",
        "unknown",
    ),
    (
        "Mozilla/5.0 (X11; Linux x86_64; Quest Pro) AppleWebKit/537.36 (KHTML, like Gecko) OculusBrowser/32.1.0.37.133.575621010 Chrome/122.0.6261.64 VR Safari/537.36",
        "Wearable - Meta",
        "Meta Quest Browser",
        "Linux",
    ),
    (
        "Mozilla/5.0 (X11; GNU/Linux) AppleWebKit/537.36 (KHTML, like Gecko) Chromium/75.0.3770.100 Chrome/75.0.3770.100 Safari/537.36 Tesla/2019.40.50.7-ad132c7b057e",
        "Car - Tesla",
        "Chromium",
        "Linux",
    ),
    // Browsers inside apps.
    (
        "Mozilla/5.0 (iPhone; CPU iPhone OS 16_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/20G75 Instagram 296.0.0.18.107 (iPhone14,8; iOS 16_6; en_US; en; scale=3.00; 1284x2778; 505423516)",
        "Smartphone - Apple iPhone",
        "Instagram",
        "iOS",
    ),
    (
        "Mozilla/5.0 (iPad; CPU OS 15_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/19E241 [FBAN/FBIOS;FBDV/iPad15,8;FBMD/iPad;FBSN/iPadOS;FBSV/15.4;FBSS/2;FBID/tablet;FBLC/en_US;FBOP/5]",
        "Tablet - Apple iPad",
        "Facebook",
        "iPadOS",
    ),
    (
        "Mozilla/5.0 (Linux; Android 10; SM-G781B Build/QP1A.190711.020; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/86.0.4240.75 Mobile Safari/537.36 [FB_IAB/FB4A;FBAV/291.0.0.44.120;]",
        "Smartphone - Samsung",
        "Facebook",
        "Android",
    ),
    (
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 BytedanceWebview/d8a21c6 trill_34.9.0 JsSdk/2.0 NetType/4G Channel/App Store ByteLocale/en Region/MY FalconTag/31CFA6E0-CAE5-4ECF-A13A-ADFCAFC2428F",
        "Smartphone - Apple iPhone",
        "TikTok",
        "iOS",
    ),
    (
        "Mozilla/5.0 (Linux; U; Android 4.3; zh-cn; TCL J636D+ Build/JLS36C) AppleWebKit/534.30 (KHTML, like Gecko) Version/4.0 Mobile Safari/534.30 MicroMessenger/6.0.0.54_r849063.501 NetType/WIFI",
        "Smartphone - TCL",
        "WeChat",
        "Android",
    ),
    (
        "Mozilla/5.0 (iPhone; CPU iPhone OS 16_1_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 [LinkedInApp]/9.24.1488",
        "Smartphone - Apple iPhone",
        "LinkedIn",
        "iOS",
    ),
    (
        "Mozilla/5.0 (iPhone; CPU iPhone OS 13_3 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/13.0.4 Mobile/15E148 Snapchat/11.9.0.45 (like Safari/604.1)",
        "Smartphone - Apple iPhone",
        "Snapchat",
        "iOS",
    ),
    // Televisions, consoles, speakers.
    (
        "Mozilla/5.0 (SMART-TV; Linux; Tizen 7.0) AppleWebKit/537.36 (KHTML, like Gecko) Version/7.0 TV Safari/537.36",
        "TV - Samsung",
        "Tizen browser",
        "Tizen",
    ),
    (
        "Mozilla/5.0 (Web0S; Linux/SmartTV) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/79.0.3945.79 Safari/537.36 HbbTV/1.5.1 (+DRM; LGE; KEY0000002F; WEBOS6.0 02.03.35; W60_K7LP; DTV_W21P;)",
        "TV - LG",
        "webOS browser",
        "webOS",
    ),
    (
        "Mozilla/5.0 (Linux; Andr0id 9; BRAVIA 4K UR1 Build/PTT1.190515.001.S71) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/67.0.3396.99 Safari/537.36 OPR/46.0.2207.0 OMI/4.13.5.431.DIA5HBBTV.185 HbbTV/1.5.1 ( DRM; Sony; KDL-GN5; PKG6.4770.0615EUA; ; com.sony.HE.G3.4K; )",
        "TV - Sony",
        "Opera",
        "Android",
    ),
    (
        "Mozilla/5.0 (Linux; Android 9; AFTTIFF43) AppleWebKit/537.36 (KHTML, like Gecko) Silk/102.2.1 like Chrome/102.0.5005.125 Safari/537.36",
        "TV - Amazon",
        "Silk",
        "Android",
    ),
    ("Dalvik/2.1.0 (Linux; U; Android 7.1.2; AFTBAMR311 Build/NS6277)", "TV - Amazon", "App", "Android"),
    (
        "Mozilla/5.0 (X11; Linux armv7l) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/90.0.4430.225 Safari/537.36 CrKey/1.56.500000 DeviceType/SmartSpeaker",
        "Speaker - Google",
        "Chrome",
        "Linux",
    ),
    (
        "Mozilla/5.0 (X11; Linux armv7l) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/108.0.5359.124 Safari/537.36 CrKey/1.0.999999 VIZIO SmartCast(Conjure/MTKC-108.710.14 FW/1.710.30.2-1 Model/V4K65M-0804) CrKey/1.56.500000",
        "TV - Vizio",
        "Chrome",
        "Linux",
    ),
    ("Roku/DVP-9.10 (519.10E04111A)", "TV - Roku", "Roku", "Roku OS"),
    (
        "Mozilla/5.0 (PlayStation; PlayStation 5/2.26) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/13.0 Safari/605.1.15",
        "Console - PlayStation",
        "Safari",
        "PlayStation",
    ),
    (
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64; Xbox; Xbox One X) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/48.0.2564.82 Safari/537.36 Edge/20.02",
        "Console - Xbox",
        "Edge",
        "Xbox",
    ),
    (
        "Mozilla/5.0 (Nintendo Switch; WebApplet) AppleWebKit/609.4 (KHTML, like Gecko) NF/6.0.2.20.5 NintendoBrowser/5.1.0.22023",
        "Console - Nintendo",
        "Nintendo Browser",
        "Nintendo",
    ),
    ("Linux UPnP/1.0 Sonos/81.1-58074 (ZPS24)", "Speaker - Sonos", "Sonos", "Linux"),
    // Players.
    (
        "AppleCoreMedia/1.0.0.20G75 (iPhone; U; CPU OS 16_6 like Mac OS X; en_us)",
        "Smartphone - Apple iPhone",
        "AppleCoreMedia",
        "iOS",
    ),
    (
        "AppleCoreMedia/1.0.0.18J383 (Apple TV; U; CPU OS 14_0 like Mac OS X; en_us)",
        "TV - Apple",
        "AppleCoreMedia",
        "tvOS",
    ),
    (
        "AppleCoreMedia/1.0.0.18R590 (Apple Watch; U; CPU OS 7_1 like Mac OS X; it_it)",
        "Wearable - Apple",
        "AppleCoreMedia",
        "watchOS",
    ),
    (
        "AppleCoreMedia/1.0.0.23F79 (Macintosh; U; Intel Mac OS X 14_5; en_us)",
        "Desktop - Mac",
        "AppleCoreMedia",
        "macOS",
    ),
    (
        "TuneIn Radio Pro/25.7.3 (Linux;Android 5.0) ExoPlayerLib/2.11.8",
        "Smartphone - Android",
        "ExoPlayer",
        "Android",
    ),
    (
        "Samsung GT-I9505 stagefright/1.2 (Linux;Android 4.4.2)",
        "Smartphone - Samsung",
        "Stagefright",
        "Android",
    ),
    ("VLC/3.0.20 LibVLC/3.0.20", "unknown", "VLC", "unknown"),
    (
        "Kodi/20.2 (Linux; Android 9.0; PLAY NOW TV BOX 2 Build/PI) Android TV/9.0.0 Sys_CPU/armv8l App_Bitness/32 Version/20.2-(20.2.0)-Git:20230629-5f418d0b13",
        "TV - Android",
        "Kodi",
        "Android",
    ),
    ("GStreamer souphttpsrc libsoup/2.52.2", "unknown", "GStreamer", "unknown"),
    // Apps.
    ("Pixtures/42 CFNetwork/1568.100.1 Darwin/24.0.0", "unknown", "App", "Darwin"),
    ("okhttp/4.12.0", "unknown", "App", "unknown"),
    ("Dart/3.4 (dart:io)", "unknown", "App", "unknown"),
    (
        "Dalvik/2.1.0 (Linux; U; Android 13; SM-G781B Build/TP1A.220624.014)",
        "Smartphone - Samsung",
        "App",
        "Android",
    ),
    ("LiveJournal/4.6.2 (iPad; iOS 12.5.5; Scale/2.00)", "Tablet - Apple iPad", "App", "iPadOS"),
    // Apps with a name like a program's, and apps on telephones with a name like a library's.
    (
        "Instagram 340.0.0.1 Android (34/14; 440dpi; 1080x2176; Xiaomi/Redmi; 22101316G; ruby; mt6877; en_US)",
        "Smartphone - Xiaomi",
        "Instagram",
        "Android",
    ),
    (
        "Instagram 340.0.0.1 Android (34/14; 440dpi; 1080x2176; Xiaomi/Redmi; 22101316G; node; mt6877; en_US)",
        "Smartphone - Xiaomi",
        "Instagram",
        "Android",
    ),
    ("Shop/4.1 (Android 14; python; en_GB)", "Smartphone - Android", "App", "Android"),
    ("QR%20Scanner/3 CFNetwork/1410.1 Darwin/22.6.0", "unknown", "App", "Darwin"),
    ("iRobot/7.16.0 CFNetwork/1408.0.4 Darwin/22.5.0", "unknown", "App", "Darwin"),
    (
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Code/1.115.0 Chrome/142.0.7444.265 Electron/39.8.5 Safari/537.36",
        "Desktop - Windows PC",
        "App",
        "Windows",
    ),
    (
        "Mozilla/4.0 (compatible; MSIE 6.0; Windows NT 5.1; en) Opera 8.50",
        "Desktop - Windows PC",
        "Opera",
        "Windows",
    ),
    ("Overcast/3.0 (+http://overcast.fm/; iOS podcast app)", "Smartphone - Apple iPhone", "App", "iOS"),
];

/// Programs: user agent, class.
const PROGRAMS: &[(&str, &str)] = &[
    // Search engines.
    ("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", "search"),
    (
        "Mozilla/5.0 (Linux; Android 6.0.1; Nexus 5X Build/MMB29P) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/149.0.7827.53 Mobile Safari/537.36 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
        "search",
    ),
    ("Googlebot-Image/1.0", "search"),
    (
        "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm) Chrome/116.0.1938.76 Safari/537.36",
        "search",
    ),
    ("Mozilla/5.0 (compatible; YandexBot/3.0; +http://yandex.com/bots)", "search"),
    ("Mozilla/5.0 (compatible; YandexImages/3.0; +http://yandex.com/bots)", "search"),
    ("Mozilla/5.0 (compatible; Baiduspider/2.0; +http://www.baidu.com/search/spider.html)", "search"),
    ("DuckDuckBot/1.1; (+http://duckduckgo.com/duckduckbot.html)", "search"),
    (
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_5) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/13.1.1 Safari/605.1.15 (Applebot/0.1; +http://www.apple.com/go/applebot)",
        "search",
    ),
    ("Mozilla/5.0 (compatible;PetalBot;+https://webmaster.petalsearch.com/site/petalbot)", "search"),
    ("Mozilla/5.0 (compatible; Yeti/1.1; +http://naver.me/bot)", "search"),
    // AI.
    (
        "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.3; +https://openai.com/gptbot)",
        "ai",
    ),
    (
        "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko); compatible; ChatGPT-User/1.0; +https://openai.com/bot",
        "ai",
    ),
    (
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36; compatible; OAI-SearchBot/1.3; +https://openai.com/searchbot",
        "ai",
    ),
    (
        "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; ClaudeBot/1.0; +claudebot@anthropic.com)",
        "ai",
    ),
    (
        "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; Claude-User/1.0; +Claude-User@anthropic.com)",
        "ai",
    ),
    (
        "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; PerplexityBot/1.0; +https://perplexity.ai/perplexitybot)",
        "ai",
    ),
    ("meta-externalagent/1.1 (+https://developers.facebook.com/docs/sharing/webmasters/crawler)", "ai"),
    ("meta-externalfetcher/1.1 (+https://developers.facebook.com/docs/sharing/webmasters/crawler)", "ai"),
    (
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_10_1) AppleWebKit/600.2.5 (KHTML, like Gecko) Version/8.0.2 Safari/600.2.5 (Amazonbot/0.1; +https://developer.amazon.com/support/amazonbot)",
        "ai",
    ),
    (
        "Mozilla/5.0 (iPhone; CPU iPhone OS 11_0 like Mac OS X) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/40.0.3754.1902 Mobile Safari/537.36; Bytespider",
        "ai",
    ),
    ("CCBot/2.0 (http://commoncrawl.org/faq/)", "ai"),
    ("GoogleOther-Image/1.0", "ai"),
    (
        "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; MistralAI-User/1.0; +https://docs.mistral.ai/robots)",
        "ai",
    ),
    ("DuckAssistBot/1.2; (+http://duckduckgo.com/duckassistbot.html)", "ai"),
    (
        "Mozilla/5.0 (Windows; U; Windows NT 5.1; en-US; rv:1.9.1.2) Gecko/20090729 Firefox/3.5.2 (.NET CLR 3.5.30729; Diffbot/0.1; +http://www.diffbot.com)",
        "ai",
    ),
    (
        "Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:72.0) Gecko/20100101 Firefox/72.0 (compatible; img2dataset; +https://github.com/rom1504/img2dataset)",
        "ai",
    ),
    ("Operator/1.0", "ai"),
    ("Mozilla/5.0 (compatible; Operator/1.0; +https://example.com/bot)", "ai"),
    ("Spider/1.0", "ai"),
    // Those that only liken themselves to another one.
    ("FreshRSS/1.11.2 (Linux; https://freshrss.org) like Googlebot", "other"),
    ("Mozilla/5.0 (compatible;acapbot/0.1;treat like Googlebot)", "other"),
    (
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko; compatible; pageburst) Chrome/139.0.7258.127 Safari/537.36",
        "other",
    ),
    // Links in messages, images in mails.
    ("facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)", "other"),
    ("Twitterbot/1.0", "other"),
    ("Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)", "other"),
    ("Slack-ImgProxy (+https://api.slack.com/robots)", "other"),
    ("Mozilla/5.0 (compatible; Discordbot/2.0; +https://discordapp.com)", "other"),
    ("WhatsApp/2.23.20.0 A", "other"),
    ("TelegramBot (like TwitterBot)", "other"),
    (
        "LinkedInBot/1.0 (compatible; Mozilla/5.0; Jakarta Commons-HttpClient/3.1 +http://www.linkedin.com)",
        "other",
    ),
    ("Mozilla/5.0 (compatible; Pinterestbot/1.0; +http://www.pinterest.com/bot.html)", "other"),
    ("Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)", "other"),
    // Site tools, feeds, monitoring.
    ("Mozilla/5.0 (compatible; AhrefsBot/7.0; +http://ahrefs.com/robot/)", "other"),
    ("Mozilla/5.0 (compatible; SemrushBot/7~bl; +http://www.semrush.com/bot.html)", "other"),
    ("Mozilla/5.0 (compatible; MJ12bot/v1.4.8; http://mj12bot.com/)", "other"),
    ("Feedly/1.0 (+http://www.feedly.com/fetcher.html; like FeedFetcher-Google)", "other"),
    ("Overcast/1.0 Podcast Sync (123 subscribers; feed-id=456789; +http://overcast.fm/)", "other"),
    ("Mozilla/5.0+(compatible; UptimeRobot/2.0; http://www.uptimerobot.com/)", "other"),
    (
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Ubuntu Chromium/59.0.3071.109 Chrome/59.0.3071.109 Safari/537.36 PingdomPageSpeed/1.0 (pingbot/2.0; +http://www.pingdom.com/)",
        "other",
    ),
    // Driven browsers.
    (
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/74.0.3729.169 Safari/537.36",
        "other",
    ),
    (
        "Mozilla/5.0 (Linux; Android 6.0.1; Nexus 5 Build/MRA58N) AppleWebKit/537.36(KHTML, like Gecko) Chrome/69.0.3464.0 Mobile Safari/537.36 Chrome-Lighthouse",
        "other",
    ),
    // Scripts.
    ("curl/8.14.1", "other"),
    ("Wget/1.21.4", "other"),
    ("python-requests/2.32.3", "other"),
    ("Python/3.12 aiohttp/3.9.5", "other"),
    ("Go-http-client/2.0", "other"),
    ("axios/1.7.2", "other"),
    ("node", "other"),
    ("Java/17.0.9", "other"),
    ("Apache-HttpClient/4.5.14 (Java/17.0.9)", "other"),
    ("Lavf/60.3.100", "other"),
    ("Mozilla/5.0 (Windows NT; Windows NT 10.0; en-US) WindowsPowerShell/5.1.19041.1682", "other"),
    // Nobody's.
    ("", "other"),
    ("   ", "other"),
    ("-", "other"),
    ("Mozilla/5.0", "other"),
    // Only a system, without anything that runs on it.
    ("Windows NT 6.1", "other"),
    ("Windows NT 6.1; en-US", "other"),
    ("Macintosh; Intel Mac OS X 10_15_7", "other"),
    ("Android 14", "other"),
    ("iPhone", "other"),
    ("Mozilla/5.0 (Windows NT 10.0; Win64; x64)", "other"),
    ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X)", "other"),
    ("<script>alert(1)</script>", "other"),
    ("' OR 1=1; DROP TABLE analytics_daily; --", "other"),
    ("() { :; }; /bin/cat /etc/passwd", "other"),
    ("${jndi:ldap://x.example/a}", "other"),
    ("\u{0}\u{1}\u{7f}\r\n\t", "other"),
    ("Щ美🦀 \u{202e}ｂｏｔ", "other"),
];

fn classes(text: &str) -> UserAgent {
    Classifier::default().classify(text)
}

#[test]
fn humans() {
    for &(text, device, browser, os) in HUMANS {
        let expected = UserAgent { device, browser, os, bot: BotClass::Human, crawler: None };
        assert_eq!(classes(text), expected, "{text}");
    }
}

#[test]
fn programs() {
    for (text, class) in PROGRAMS {
        let UserAgent { device, browser, os, bot, .. } = classes(text);
        assert_eq!((device, browser, os, bot.as_str()), (BOT, UNKNOWN, UNKNOWN, *class), "{text}");
    }
}

#[test]
fn programs_are_known_by_name() {
    for (text, name, operator) in [
        ("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", "Googlebot", "Google"),
        ("Googlebot-Image/1.0", "Googlebot-Image", "Google"),
        ("GOOGLEBOT/2.1", "Googlebot", "Google"),
        ("Mozilla/5.0 (compatible; Yeti/1.1; +http://naver.me/bot)", "Yeti", "Naver"),
        ("meta-externalagent/1.1 (+https://developers.facebook.com/docs)", "meta-externalagent", "Meta"),
        ("Claude-SearchBot/1.0", "Claude-SearchBot", "Anthropic"),
        ("TelegramBot (like TwitterBot)", "TelegramBot", "Telegram"),
        ("Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)", "Slackbot-LinkExpanding", "Slack"),
        (
            "Mozilla/5.0 (compatible; SemrushBot-SWA/0.1; +http://www.semrush.com/bot.html)",
            "SemrushBot-SWA",
            "Semrush",
        ),
        ("Mozilla/5.0 (compatible; Thinkbot/0.5.8)", "Thinkbot", ""),
        ("GPTBotany/1.0", UNNAMED.name, ""),
        ("curl/8.14.1", UNNAMED.name, ""),
        ("", UNNAMED.name, ""),
    ] {
        let found = classes(text).crawler.and_then(crawler).unwrap_or_else(|| panic!("{text}: a person"));
        assert_eq!((found.name, found.operator), (name, operator), "{text}");
    }
    assert_eq!(
        classes("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0").crawler,
        None
    );
}

/// Every user agent of these tests.
fn texts() -> impl Iterator<Item = &'static str> {
    HUMANS.iter().map(|(text, ..)| *text).chain(PROGRAMS.iter().map(|(text, _)| *text))
}

fn check_is_listed(text: &str) {
    let UserAgent { device, browser, os, bot, crawler } = UserAgent::classify(text);
    assert!(devices().contains(&device), "{device}: {text}");
    assert!(browsers().contains(&browser), "{browser}: {text}");
    assert!(systems().contains(&os), "{os}: {text}");
    assert!(BotClass::ALL.contains(&bot), "{bot:?}: {text}");
    assert_eq!(crawler.is_some(), bot != BotClass::Human, "{crawler:?}: {text}");
    assert!(
        crawler.is_none_or(|name| super::crawler(name).is_some_and(|it| it.class == bot)),
        "{crawler:?}: {text}"
    );
}

#[test]
fn every_class_is_listed() {
    texts().for_each(check_is_listed);
}

/// Filters take a value as it is written: two that differ in case alone would be one to whoever types it.
#[test]
fn classes_are_listed_once() {
    let names: Vec<&str> = crawlers().chain([UNNAMED]).map(|it| it.name).collect();
    for listed in [devices(), browsers(), systems(), &BotClass::ALL.map(BotClass::as_str), &names] {
        let different: BTreeSet<String> = listed.iter().map(|class| class.to_lowercase()).collect();
        assert_eq!(different.len(), listed.len(), "{listed:?}");
    }
}

proptest! {
    /// Whatever else the parts of user agents may tell together.
    #[test]
    fn every_class_of_mixed_user_agents_is_listed(
        parts in prop::collection::vec(prop::sample::select(texts().flat_map(str::split_whitespace).collect::<Vec<_>>()), 1..8)
    ) {
        check_is_listed(&parts.join(" "));
    }
}

#[test]
fn what_is_cut_off_does_not_count() {
    let long = format!(
        "{}Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
        "x ".repeat(2_500)
    );
    assert_eq!(classes(&long), classes("x"));
    let browser = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
    assert_eq!(classes(&format!("{browser}{}Googlebot", " ".repeat(5_000))), classes(browser));
}

#[test]
fn memory_is_bounded_and_changes_nothing() {
    let mut classifier = Classifier::default();
    for round in 0..3 {
        for number in 0..MAX_REMEMBERED {
            let text =
                format!("Mozilla/5.0 (X11; Linux x86_64; rv:{round}{number}) Gecko/20100101 Firefox/140.0");
            assert_eq!(classifier.classify(&text), UserAgent::classify(&text));
            assert_eq!(classifier.classify(&text), UserAgent::classify(&text));
            assert!(classifier.0.len() <= MAX_REMEMBERED);
        }
    }
}

#[test]
fn truncation_keeps_characters_whole() {
    assert_eq!(truncate(&"ä".repeat(400)).len(), 512);
    assert_eq!(truncate(&format!("x{}", "ä".repeat(400))).len(), 511);
}
