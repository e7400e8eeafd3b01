//! Vendors of Android telephones and tablets, by their names and by the form of their model codes.
//!
//! Not all: those that have a share of the market. The others are Android devices.

use super::words::Words;

/// The classes of a vendor's devices, and what its models start with.
pub(super) struct Vendor {
    pub(super) smartphone: &'static str,
    pub(super) tablet: &'static str,
    tokens: &'static [&'static str],
    /// Whether this is one of its model codes, where a token cannot tell.
    is_model: fn(&str) -> bool,
}

macro_rules! vendor {
    ($name:literal, $tokens:expr) => {
        vendor!($name, $tokens, |_| false)
    };
    ($name:literal, $tokens:expr, $is_model:expr) => {
        Vendor {
            smartphone: concat!("Smartphone - ", $name),
            tablet: concat!("Tablet - ", $name),
            tokens: &$tokens,
            is_model: $is_model,
        }
    };
}

const UNTOLD: &Vendor = &vendor!("Android", []);

/// The first that fits wins; the names of vendors stand before the looser forms of model codes, and browsers
/// that come with a vendor's devices last.
const VENDORS: &[Vendor] = &[
    vendor!("Samsung", ["samsung", "sm-", "gt-", "galaxy", "sch-", "sgh-", "sph-", "shv-", "shw-"]),
    vendor!("Google", ["pixel", "nexus"]),
    vendor!("Xiaomi", ["xiaomi", "redmi", "poco", "mi ", "mix ", "hm "], is_xiaomi),
    vendor!("Honor", ["honor"]),
    vendor!("Huawei", ["huawei", "mediapad", "matepad"], is_huawei),
    vendor!(
        "OnePlus",
        ["oneplus", "kb200", "le21", "in20", "ne22", "dn210", "ac200", "hd19", "gm19", "cph2449"]
    ),
    vendor!("realme", ["realme"], |code| is_code(code, "rmx", 4)),
    vendor!("OPPO", ["oppo"], |code| is_code(code, "cph", 4)),
    vendor!("Motorola", ["moto", "motorola"], |code| is_code(code, "xt", 4)),
    vendor!("Nokia", ["nokia", "ta-1"]),
    vendor!("Sony", ["sony", "xperia", "xq-", "so-", "sov3", "sov4", "sog0"]),
    vendor!("LG", ["lg-", "lge", "lm-", "lgm", "lgl", "lgus", "lgms"]),
    vendor!("Lenovo", ["lenovo", "tb-", "tb3", "ideatab", "yoga tab"]),
    vendor!("Asus", ["asus", "zenfone", "zenpad"]),
    vendor!("Tecno", ["tecno"]),
    vendor!("Infinix", ["infinix"]),
    vendor!("itel", ["itel"]),
    vendor!("ZTE", ["zte", "nubia"]),
    vendor!("TCL", ["tcl"]),
    vendor!("Alcatel", ["alcatel", "one touch"]),
    vendor!("HTC", ["htc"]),
    vendor!("Sharp", ["sharp", "aquos", "sh-"]),
    vendor!("Nothing", ["nothing", "a063", "a065", "a142"]),
    vendor!("Fairphone", ["fairphone", "fp3", "fp4", "fp5"]),
    vendor!("Meizu", ["meizu"]),
    vendor!("Wiko", ["wiko"]),
    vendor!("Amazon", ["kindle", "silk/"], is_fire_tablet),
    vendor!("vivo", ["vivo", "iqoo"], |code| is_code(code, "v", 4)),
    vendor!("Samsung", ["samsungbrowser"]),
    vendor!("Xiaomi", ["miuibrowser"]),
    vendor!("Huawei", ["huaweibrowser"]),
    vendor!("OPPO", ["heytapbrowser"]),
];

/// The classes of all that [`of`] tells; some of them often.
pub(super) fn classes() -> impl Iterator<Item = &'static str> {
    VENDORS.iter().chain([UNTOLD]).flat_map(|vendor| [vendor.smartphone, vendor.tablet])
}

pub(super) fn of(words: &Words) -> &'static Vendor {
    VENDORS
        .iter()
        .find(|vendor| words.has_any(vendor.tokens) || words.codes().any(vendor.is_model))
        .unwrap_or(UNTOLD)
}

/// Whether a model is a tablet by its name.
pub(super) fn is_tablet(words: &Words) -> bool {
    const TABLETS: &[&str] = &[
        "sm-t",
        "sm-x",
        "sm-p",
        "gt-p",
        "gt-n51",
        "gt-n8",
        "pixel tablet",
        "pixel c",
        "nexus 7",
        "nexus 9",
        "nexus 10",
        "lenovo tab",
        "tb-",
        "tb3",
        "ideatab",
        "yoga tab",
        "mediapad",
        "matepad",
        "mipad",
        "mi pad",
        "xiaomi pad",
        "redmi pad",
        "kindle",
    ];
    words.has_any(TABLETS) || words.codes().any(is_fire_tablet)
}

/// A beginning, then digits, then at most two letters: `RMX3085`, `V2027A`.
fn is_code(code: &str, beginning: &str, digits: usize) -> bool {
    code.strip_prefix(beginning).is_some_and(|rest| {
        let (number, suffix) = rest.split_at(digits_of(rest));
        number.len() == digits && suffix.len() <= 2
    })
}

/// Year and month, a number, and letters: `21081111RG`, `M2003J15SC`, `2201117TG`.
fn is_xiaomi(code: &str) -> bool {
    let code = code.strip_prefix('m').unwrap_or(code);
    let number = digits_of(code);
    let suffix = code[number..].bytes().next();
    (8..=12).contains(&code.len())
        && number >= 4
        && code.starts_with('2')
        && suffix.is_some_and(|byte| byte.is_ascii_alphabetic())
}

/// Three letters, a dash, and one of a few series with its number: `JNY-LX1`. Honor's are the same from the time
/// when it was Huawei's.
fn is_huawei(code: &str) -> bool {
    const SERIES: &[&str] = &["lx", "l", "al", "tl", "dl", "cl", "nx", "an", "tn", "w"];
    code.split_once('-').is_some_and(|(model, series)| {
        let is_series = |beginning| is_code(series, beginning, 1) || is_code(series, beginning, 2);
        model.len() == 3
            && model.bytes().all(|byte| byte.is_ascii_lowercase())
            && SERIES.iter().any(|&beginning| is_series(beginning))
    })
}

/// Amazon's names for Fire tablets: `KFTRWI`.
fn is_fire_tablet(code: &str) -> bool {
    (5..=7).contains(&code.len()) && code.starts_with("kf")
}

fn digits_of(text: &str) -> usize {
    text.bytes().take_while(u8::is_ascii_digit).count()
}
