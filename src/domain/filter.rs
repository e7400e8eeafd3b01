//! Filters: which hits a report is about, as `filter=` says it in a query string. A filter is
//! `dimension:is:value;value…` or `dimension:is_not:value;value…`.
//!
//! The values of one filter are alternatives; filters narrow each other, also those on one dimension. `is` and `is_not` of the
//! same values always add up to the whole, and `is` of one value is the row that the dimension's breakdown has for it: so
//! `image:is:a/b.jpg` is what was served of that file as an image, without the errors that are listed under `other`.
//!
//! In a value `\;` is a semicolon and `\\` a backslash. Where the figures come from is not decided here (`api/filtered.rs`).

use std::fmt;
use std::ops::RangeInclusive;

use serde::Serialize;
use utoipa::ToSchema;

use super::asset_type::AssetType;
use super::country::Country;
use super::dimension::{Dimension, DimensionError};
use super::facets::{HOURS, NO_ERROR};
use super::failure::Reason;
use super::hit::{CacheResult, MAX_IP, NO_CRAWLER, PRIVATE};
use super::image_id::MAX_PATH;
use super::media_type::MAX_MEDIA_TYPE;
use super::path_segment::composed;
use super::privacy::Privacy;
use super::referrer::MAX_HOST;
use super::row_key::OTHER;
use super::user_agent::{self, BotClass, MAX_USER_AGENT};
use super::variant::MAX_VARIANT;

/// Most filters of one report.
pub const MAX_FILTERS: usize = 10;
/// Most values of one filter.
pub const MAX_VALUES: usize = 50;
/// How much of a refused text an error repeats, in characters.
const MAX_SHOWN: usize = 60;

/// Why filters are refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FilterError {
    #[error("Use at most {MAX_FILTERS} filters, not {0}.")]
    TooMany(usize),
    #[error(
        "{0:?} isn't a filter. Use dimension:is:value or dimension:is_not:value, with more values after ;."
    )]
    Shape(String),
    #[error("{0}")]
    Dimension(DimensionError),
    #[error("Unknown operator {given:?} for {dimension}. Use is or is_not.")]
    Operator { dimension: Dimension, given: String },
    #[error("{0} is recorded only with ANALYTICS_PRIVACY=full.")]
    NotRecorded(Dimension),
    #[error("Use at most {MAX_VALUES} values in a filter: the one on {dimension} has {count}.")]
    TooManyValues { dimension: Dimension, count: usize },
    #[error(
        "The filter on {dimension} has a stray backslash in {given:?}. Write \\; for a semicolon and \\\\ for a backslash."
    )]
    Escape { dimension: Dimension, given: String },
    #[error("{given:?} isn't a valid {dimension}. {allowed}")]
    Value { dimension: Dimension, given: String, allowed: String },
}

/// Why filters are refused, and which of them, counted from 0.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{error}")]
pub struct FiltersError {
    /// None for all of them together.
    pub place: Option<usize>,
    pub error: FilterError,
}

/// The comparison of a filter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Operator {
    Is,
    IsNot,
}

/// One filter of the request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Filter {
    pub dimension: Dimension,
    pub operator: Operator,
    /// At least one. For `status` also a class, such as `4xx`.
    pub values: Vec<String>,
}

/// The filters of a report; none lets every hit through.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filters(Vec<Filter>);

/// What a hit may have in a dimension. Lists, since they are short.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Allowed {
    Only(Vec<String>),
    /// Of no value: anything.
    Except(Vec<String>),
}

impl Filters {
    /// # Errors
    ///
    /// [`FiltersError`], which carries what was wrong and says what is allowed.
    pub fn parse<'a>(
        given: impl ExactSizeIterator<Item = &'a str>,
        privacy: Privacy,
    ) -> Result<Self, FiltersError> {
        if given.len() > MAX_FILTERS {
            return Err(FiltersError { place: None, error: FilterError::TooMany(given.len()) });
        }
        let refused = |place, error| FiltersError { place: Some(place), error };
        let filters = given
            .enumerate()
            .map(|(place, text)| Filter::parse(text, privacy).map_err(|error| refused(place, error)));
        Ok(Self(filters.collect::<Result<_, _>>()?))
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn given(&self) -> &[Filter] {
        &self.0
    }

    pub fn dimensions(&self) -> impl Iterator<Item = Dimension> {
        self.0.iter().map(|filter| filter.dimension)
    }

    /// What all filters on a dimension let through together.
    pub fn allowed(&self, dimension: Dimension) -> Allowed {
        let of_dimension = self.0.iter().filter(|filter| filter.dimension == dimension);
        of_dimension.fold(Allowed::anything(), |allowed, filter| allowed.and(filter.allowed()))
    }

    /// Narrowed to some values of a dimension.
    pub fn only(&self, dimension: Dimension, values: &[String]) -> Self {
        let filter = Filter { dimension, operator: Operator::Is, values: values.to_vec() };
        Self(self.0.iter().cloned().chain([filter]).collect())
    }

    /// Narrowed to the hits that a dimension tells of: images, videos and other files each tell of a part.
    pub fn within(&self, dimension: Dimension) -> Self {
        let kind = AssetType::of_dimension(dimension).map(|kind| Filter {
            dimension: Dimension::AssetType,
            operator: Operator::Is,
            values: vec![kind.as_str().to_owned()],
        });
        Self(self.0.iter().cloned().chain(kind).collect())
    }
}

/// As it can be given again.
impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let operator = match self.operator {
            Operator::Is => "is",
            Operator::IsNot => "is_not",
        };
        let escaped = |value: &String| value.replace('\\', r"\\").replace(';', r"\;");
        let values: Vec<String> = self.values.iter().map(escaped).collect();
        write!(f, "{}:{operator}:{}", self.dimension, values.join(";"))
    }
}

impl Filter {
    fn parse(text: &str, privacy: Privacy) -> Result<Self, FilterError> {
        let mut parts = text.splitn(3, ':');
        let (Some(dimension), Some(operator), Some(values)) = (parts.next(), parts.next(), parts.next())
        else {
            return Err(FilterError::Shape(shown(text)));
        };
        let dimension = Dimension::parse(dimension).map_err(FilterError::Dimension)?;
        let operator = match operator {
            "is" => Operator::Is,
            "is_not" => Operator::IsNot,
            given => return Err(FilterError::Operator { dimension, given: shown(given) }),
        };
        if dimension.is_personal() && privacy != Privacy::Full {
            return Err(FilterError::NotRecorded(dimension));
        }
        let values = if AssetType::of_dimension(dimension).is_some() {
            composed(values.into())
        } else {
            values.into()
        };
        let values =
            split(&values).ok_or_else(|| FilterError::Escape { dimension, given: shown(&values) })?;
        if values.len() > MAX_VALUES {
            return Err(FilterError::TooManyValues { dimension, count: values.len() });
        }
        match values.iter().find_map(|value| Some((value, refusal(dimension, value)?))) {
            Some((value, allowed)) => Err(FilterError::Value { dimension, given: shown(value), allowed }),
            None => Ok(Self { dimension, operator, values }),
        }
    }

    fn allowed(&self) -> Allowed {
        let values = self.values.iter();
        let values = match self.dimension {
            Dimension::Status => {
                values.flat_map(|value| statuses(value)).flatten().map(|it| it.to_string()).collect()
            }
            _ => values.cloned().collect(),
        };
        match self.operator {
            Operator::Is => Allowed::Only(values),
            Operator::IsNot => Allowed::Except(values),
        }
    }
}

impl Allowed {
    pub fn anything() -> Self {
        Self::Except(Vec::new())
    }

    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Only(mut one), Self::Only(other)) => {
                one.retain(|value| other.contains(value));
                Self::Only(one)
            }
            (Self::Only(mut only), Self::Except(except)) | (Self::Except(except), Self::Only(mut only)) => {
                only.retain(|value| !except.contains(value));
                Self::Only(only)
            }
            (Self::Except(mut one), Self::Except(other)) => {
                one.extend(other);
                Self::Except(one)
            }
        }
    }

    /// The same of values that are written otherwise.
    pub fn map(self, write: impl Fn(String) -> String) -> Self {
        match self {
            Self::Only(values) => Self::Only(values.into_iter().map(write).collect()),
            Self::Except(values) => Self::Except(values.into_iter().map(write).collect()),
        }
    }
}

/// As much of a refused text as an error should repeat.
fn shown(text: &str) -> String {
    text.chars().take(MAX_SHOWN).collect()
}

/// The values between semicolons. `None` for a backslash that escapes nothing.
fn split(text: &str) -> Option<Vec<String>> {
    let mut values = vec![String::new()];
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        let literal = match character {
            ';' => {
                values.push(String::new());
                continue;
            }
            '\\' => characters.next().filter(|escaped| matches!(escaped, ';' | '\\'))?,
            other => other,
        };
        if let Some(value) = values.last_mut() {
            value.push(literal);
        }
    }
    Some(values)
}

/// The statuses that a value stands for: itself, or a class such as `4xx`.
fn statuses(value: &str) -> Option<RangeInclusive<u16>> {
    match value.as_bytes() {
        [class @ b'1'..=b'5', b'x', b'x'] => {
            let first = 100 * u16::from(class - b'0');
            Some(first..=first + 99)
        }
        [b'1'..=b'5', b'0'..=b'9', b'0'..=b'9'] => {
            let status = value.parse().ok()?;
            Some(status..=status)
        }
        _ => None,
    }
}

/// What is allowed instead of a value that no hit can have. `None` when one can.
fn refusal(dimension: Dimension, value: &str) -> Option<String> {
    if value == OTHER {
        return Some(format!("{OTHER} stands for values that reports don't list one by one."));
    }
    if value.is_empty() || value.chars().any(char::is_control) {
        return Some("Use at least one character, and no control characters.".to_owned());
    }
    let one_of =
        |known: &[&str]| (!known.contains(&value)).then(|| format!("Use one of: {}.", known.join(", ")));
    let at_most = |most: usize| (value.len() > most).then(|| format!("Use at most {most} bytes."));
    match dimension {
        Dimension::Image | Dimension::Video | Dimension::Other => at_most(MAX_PATH),
        Dimension::Variant => at_most(MAX_VARIANT),
        Dimension::Status => statuses(value)
            .is_none()
            .then(|| "Use a number from 100 to 599, or a class such as 4xx.".to_owned()),
        Dimension::Country => Country::parse(value)
            .is_none()
            .then(|| "Use an ISO 3166-1 code of two capitals, e.g. DE (T1 = Tor, XX = unknown).".to_owned()),
        Dimension::AssetType => {
            one_of(&[AssetType::Image, AssetType::Video, AssetType::Other].map(AssetType::as_str))
        }
        Dimension::Format => at_most(MAX_MEDIA_TYPE),
        Dimension::Cache => one_of(&CacheResult::ALL.map(CacheResult::as_str)),
        Dimension::Device => {
            class_refusal(dimension, value, user_agent::devices(), "Desktop - Mac, Smartphone - Samsung, Bot")
        }
        Dimension::Browser => {
            class_refusal(dimension, value, user_agent::browsers(), "Chrome, Samsung Internet, App")
        }
        Dimension::Os => class_refusal(dimension, value, user_agent::systems(), "Windows, iOS, Android"),
        Dimension::Bot => {
            let classes: Vec<&str> =
                BotClass::ALL.map(BotClass::as_str).into_iter().chain([PRIVATE]).collect();
            one_of(&classes)
        }
        Dimension::Crawler => {
            let names: Vec<&str> = user_agent::crawlers()
                .chain([user_agent::UNNAMED])
                .map(|it| it.name)
                .chain([NO_CRAWLER])
                .collect();
            class_refusal(dimension, value, &names, "GPTBot, Googlebot, Other bot")
        }
        Dimension::Referrer => at_most(MAX_HOST),
        Dimension::ErrorReason => {
            let reasons: Vec<&str> = Reason::ALL.map(Reason::code).into_iter().chain([NO_ERROR]).collect();
            one_of(&reasons)
        }
        Dimension::Hour => {
            (!HOURS.contains(&value)).then(|| "Use two digits from 00 to 23, in UTC.".to_owned())
        }
        Dimension::UserAgent => at_most(MAX_USER_AGENT),
        Dimension::Ip => at_most(MAX_IP),
    }
}

/// As [`refusal`], of classes that are too many for an error: it names the one that was meant, or where to look, and some
/// that show how they are written.
fn class_refusal(dimension: Dimension, value: &str, classes: &[&str], examples: &str) -> Option<String> {
    let known = || classes.iter().copied().chain([PRIVATE]);
    if known().any(|class| class == value) {
        return None;
    }
    Some(match known().find(|class| class.eq_ignore_ascii_case(value)) {
        Some(meant) => format!("Upper and lower case matter: use {meant:?}."),
        None => {
            format!("The breakdown by {dimension} lists all values, e.g. {examples}.")
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parse(texts: &[&str]) -> Result<Filters, FilterError> {
        Filters::parse(texts.iter().copied(), Privacy::Standard).map_err(|refused| refused.error)
    }

    #[test]
    fn filters_are_read() {
        let longest = format!("image:is:{}", "ä".repeat(512));
        for (text, dimension, operator, values) in [
            ("country:is:DE;AT", Dimension::Country, Operator::Is, &["DE", "AT"][..]),
            ("bot:is_not:ai", Dimension::Bot, Operator::IsNot, &["ai"]),
            ("status:is:404;5xx;100", Dimension::Status, Operator::Is, &["404", "5xx", "100"]),
            ("image:is:a/b:c'.jpg", Dimension::Image, Operator::Is, &["a/b:c'.jpg"]),
            (r"image:is:a/b\;c.jpg;d/e", Dimension::Image, Operator::Is, &["a/b;c.jpg", "d/e"]),
            (r"referrer:is:a\\\;b", Dimension::Referrer, Operator::Is, &[r"a\;b"]),
            ("other:is:(missing)", Dimension::Other, Operator::Is, &["(missing)"]),
            ("variant:is:(none)", Dimension::Variant, Operator::Is, &["(none)"]),
            ("asset_type:is_not:video;other", Dimension::AssetType, Operator::IsNot, &["video", "other"]),
            ("cache:is:bypass", Dimension::Cache, Operator::Is, &["bypass"]),
            (
                "error_reason:is:(none);object_not_found",
                Dimension::ErrorReason,
                Operator::Is,
                &["(none)", "object_not_found"],
            ),
            ("referrer:is:N/A", Dimension::Referrer, Operator::Is, &["N/A"]),
            ("referrer:is:' OR 1=1 --", Dimension::Referrer, Operator::Is, &["' OR 1=1 --"]),
            ("image:is:a/cafe\u{301}.jpg", Dimension::Image, Operator::Is, &["a/caf\u{e9}.jpg"]),
            (&longest, Dimension::Image, Operator::Is, &[&longest[9..]]),
        ] {
            let filters = parse(&[text]).unwrap_or_else(|error| panic!("{text}: {error}"));
            let values = values.iter().map(|it| (*it).to_owned()).collect();
            assert_eq!(filters.given(), [Filter { dimension, operator, values }], "{text}");
        }
        assert!(parse(&[]).unwrap().is_empty());
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (text, said) in [
            ("", &["dimension:is:value"][..]),
            ("country", &["\"country\"", "is_not"]),
            ("country:is", &["\"country:is\""]),
            ("colour:is:red", &["\"colour\"", "error_reason"]),
            ("owner:is:alice", &["\"owner\""]),
            ("country:in:DE", &["country", "\"in\"", "is or is_not"]),
            ("country:IS:DE", &["\"IS\""]),
            ("country:is:", &["country", "\"\"", "at least one character"]),
            ("country:is:DE;", &["at least one character"]),
            ("country:is:de", &["\"de\"", "two capitals"]),
            ("country:is:DEU", &["\"DEU\""]),
            ("country:is:ZZ", &["\"ZZ\"", "ISO 3166-1", "T1", "XX"]),
            ("status:is:99", &["\"99\"", "100 to 599"]),
            ("status:is:600", &["\"600\""]),
            ("status:is:6xx", &["\"6xx\"", "4xx"]),
            ("status:is:0xx", &["\"0xx\""]),
            ("status:is:+20", &["\"+20\""]),
            ("status:is:é0", &["\"é0\""]),
            ("asset_type:is:photo", &["\"photo\"", "image, video, other"]),
            ("cache:is:warm", &["\"warm\"", "hit, miss, bypass, error"]),
            ("error_reason:is:gone", &["\"gone\"", "object_not_found", "(none)"]),
            ("image:is:(other)", &["(other)"]),
            ("browser:is_not:Firefox;(other)", &["(other)"]),
            ("image:is:a\0b", &["control characters"]),
            ("device:is:a\u{9b}", &["control characters"]),
            (r"image:is:a\b", &[r#""a\\b""#, "backslash"]),
            (r"image:is:a\", &["backslash"]),
            ("user_agent:is:curl", &["user_agent", "ANALYTICS_PRIVACY=full"]),
            ("ip:is_not:::1", &["ip", "ANALYTICS_PRIVACY=full"]),
        ] {
            let error = parse(&[text]).expect_err(text).to_string();
            assert!(said.iter().all(|part| error.contains(part)), "{text}: {error}");
        }
        for (dimension, most) in [("image", 1024), ("variant", 64), ("format", 127), ("referrer", 253)] {
            let filter = |length: usize| format!("{dimension}:is:{}", "x".repeat(length));
            assert!(parse(&[&filter(most)]).is_ok());
            let error = parse(&[&filter(most + 1)]).unwrap_err().to_string();
            assert!(error.contains(&format!("at most {most} bytes")) && error.len() < 200, "{error}");
        }
    }

    #[test]
    fn classes_are_those_that_hits_can_have() {
        let bots = "Use one of: human, search, ai, other, (private).";
        for (filter, said) in [
            ("bot:is:human;search;ai;other;(private)", None),
            ("bot:is_not:AI", Some(bots)),
            ("bot:is:ai;unknown", Some(bots)),
            ("bot:is:' OR 1=1 --", Some(bots)),
            ("browser:is_not:Chrome;Cốc Cốc;App;unknown;(private)", None),
            ("browser:is_not:chrome", Some("use \"Chrome\"")),
            ("browser:is:Chrome;cốc cốc", Some("use \"Cốc Cốc\"")),
            ("browser:is:Chrome 149", Some("The breakdown by browser")),
            ("browser:is:Bot", Some("e.g. Chrome, ")),
            ("device:is:Smartphone - Samsung;Tablet - Android;Bot;unknown;(private)", None),
            ("device:is:bot", Some("use \"Bot\"")),
            ("device:is:(Private)", Some("use \"(private)\"")),
            ("device:is:Samsung", Some("e.g. Desktop - Mac, ")),
            ("device:is_not:' OR 1=1 --", Some("The breakdown by device")),
            ("crawler:is:GPTBot;Googlebot;Other bot;(none);(private)", None),
            ("crawler:is_not:gptbot", Some("use \"GPTBot\"")),
            ("crawler:is:Nobody", Some("The breakdown by crawler")),
            ("crawler:is:Bot", Some("e.g. GPTBot, ")),
            ("os:is_not:iOS;macOS;unknown;(private)", None),
            ("os:is:IOS", Some("use \"iOS\"")),
            ("os:is:Linux ", Some("The breakdown by os")),
        ] {
            match (parse(&[filter]), said) {
                (Ok(_), None) => {}
                (Err(error @ FilterError::Value { .. }), Some(said)) => {
                    let error = error.to_string();
                    assert!(error.contains(said) && error.len() < 200, "{filter}: {error}");
                }
                (parsed, _) => panic!("{filter}: {parsed:?}"),
            }
        }
        for dimension in [Dimension::Device, Dimension::Browser, Dimension::Os, Dimension::Crawler] {
            let error = parse(&[&format!("{dimension}:is:{}", "x".repeat(4_000))]).unwrap_err().to_string();
            assert!(error.len() < 250, "{error}");
            let (_, examples) = error.split_once("e.g. ").unwrap();
            assert!(
                parse(&[&format!("{dimension}:is:{}", examples.trim_end_matches('.').replace(", ", ";"))])
                    .is_ok(),
                "{error}"
            );
        }
    }

    #[test]
    fn there_are_only_so_many() {
        assert!(parse(&["country:is:DE"; MAX_FILTERS]).is_ok());
        assert_eq!(parse(&["country:is:DE"; MAX_FILTERS + 1]), Err(FilterError::TooMany(11)));
        let filter = |count| format!("country:is:{}", ["DE"; MAX_VALUES + 1][..count].join(";"));
        assert!(parse(&[&filter(MAX_VALUES)]).is_ok());
        let dimension = Dimension::Country;
        assert_eq!(
            parse(&[&filter(MAX_VALUES + 1)]),
            Err(FilterError::TooManyValues { dimension, count: 51 })
        );
    }

    #[test]
    fn what_tells_visitors_apart_needs_full_privacy() {
        for text in ["user_agent:is:Mozilla/5.0 (X11\\; Linux)", "ip:is:2001:db8::1"] {
            assert!(Filters::parse([text].into_iter(), Privacy::Full).is_ok(), "{text}");
            assert!(matches!(parse(&[text]), Err(FilterError::NotRecorded(_))), "{text}");
        }
    }

    #[test]
    fn filters_on_one_dimension_narrow_each_other() {
        let set = |values: &[&str]| values.iter().map(|it| (*it).to_owned()).collect();
        for (filters, allowed) in [
            (&[][..], Allowed::anything()),
            (&["bot:is:ai"], Allowed::anything()),
            (&["country:is:DE;AT"], Allowed::Only(set(&["DE", "AT"]))),
            (&["country:is:DE;AT", "country:is:AT;CH"], Allowed::Only(set(&["AT"]))),
            (&["country:is:DE", "country:is:AT"], Allowed::Only(set(&[]))),
            (&["country:is_not:DE", "country:is_not:AT"], Allowed::Except(set(&["DE", "AT"]))),
            (&["country:is_not:DE", "country:is:DE;AT"], Allowed::Only(set(&["AT"]))),
        ] {
            assert_eq!(parse(filters).unwrap().allowed(Dimension::Country), allowed, "{filters:?}");
        }
        let Allowed::Only(statuses) =
            parse(&["status:is:4xx", "status:is_not:404"]).unwrap().allowed(Dimension::Status)
        else {
            panic!()
        };
        assert_eq!(
            (statuses.len(), statuses.contains(&"404".into()), statuses.contains(&"499".into())),
            (99, false, true)
        );
    }

    #[test]
    fn files_are_of_a_kind() {
        let filters = parse(&["country:is:DE"]).unwrap();
        assert_eq!(filters.within(Dimension::Bot), filters);
        let images = filters.within(Dimension::Image);
        assert_eq!(images.allowed(Dimension::AssetType), Allowed::Only(vec!["image".to_owned()]));
        assert_eq!(images.allowed(Dimension::Country), filters.allowed(Dimension::Country));
    }

    proptest! {
        #[test]
        fn any_value_can_be_written(value in r"[a-z;:\\' ä]{1,20}") {
            let escaped = value.replace('\\', r"\\").replace(';', r"\;");
            let text = format!("image:is_not:x;{escaped}");
            let filter = &parse(&[&text]).unwrap().given()[0].clone();
            prop_assert_eq!(&filter.values, &["x".to_owned(), value]);
            prop_assert_eq!(filter.to_string(), text);
        }

        #[test]
        fn anything_may_be_given(text in r"(image|country|status|browser|bot|ip)?:?(is|is_not)?:?.{0,30}") {
            let _ = parse(&[&text]);
        }
    }
}
