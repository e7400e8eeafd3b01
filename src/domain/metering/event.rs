//! Usage events: work that was done, each reported under a key of its own, so that it counts once however often it is sent.

use std::collections::BTreeMap;

use serde::Deserialize;
use utoipa::ToSchema;

use super::extension::Extension;
use super::metric::Metric;
use super::video::{Codec, Resolution};
use crate::domain::date::{Date, Millis, parse_instant};
use crate::domain::night::DAY_MS;

/// Most events that are reported at once.
pub const MAX_EVENTS: usize = 200;
/// How long ago an event may have been, in days.
pub const MAX_AGE_DAYS: u32 = 35;
/// For how many days after an event came its key is kept: until it could not be sent again.
pub const KEY_DAYS: u32 = MAX_AGE_DAYS + 1;
/// Longest key, in bytes.
const MAX_KEY: usize = 128;
/// How far a client's clock may be ahead.
const MAX_SKEW_MS: Millis = 5 * 60 * 1000;
/// Shortest output of one event, in seconds.
const MIN_SECONDS: f64 = 0.001;
/// Longest output of one event, in seconds: a day.
const MAX_SECONDS: f64 = 86_400.0;
const MAX_OPERATIONS: u64 = 1_000_000;

/// A usage event.
#[derive(Debug, Clone, PartialEq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewUsageEvent {
    /// 1 to 128 printable ASCII characters, one key for each event of an owner. The same event within 36 days counts once; the
    /// same key with other contents is refused.
    #[schema(min_length = 1, max_length = 128, example = "transcode-8471")]
    pub idempotency_key: String,
    #[schema(inline)]
    pub r#type: EventType,
    /// RFC 3339; at most 35 days ago; by default now. The event counts for its UTC day.
    #[schema(example = "2026-11-20T17:39:32Z")]
    pub timestamp: Option<String>,
    /// For `video_processing`: of the output.
    #[schema(example = "HD", pattern = "^(SD|HD|4K|8K|16K)$")]
    pub resolution: Option<String>,
    /// For `video_processing`: of the output.
    #[schema(example = "h264", pattern = "^(h264|vp9|av1)$")]
    pub codec: Option<String>,
    /// For `video_processing`: length of the output, to the millisecond; at most a day.
    #[schema(example = 12.5, minimum = 0.001, maximum = 86_400)]
    pub seconds: Option<f64>,
    /// For `extension`.
    #[schema(example = "remove-bg")]
    pub name: Option<String>,
    /// For `extension`; 1 by default.
    #[schema(minimum = 1, maximum = 1_000_000)]
    pub operations: Option<u64>,
}

/// Kinds of work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum EventType {
    VideoProcessing,
    Extension,
}

/// An event that can be counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsageEvent {
    pub key: String,
    pub metric: Metric,
    pub quantity: u64,
    pub date: Date,
    /// Whether the client has said the day: one sent again without it may come on another day.
    pub is_dated: bool,
}

/// What is wrong with an event.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum EventError {
    #[error("idempotency_key must be 1 to {MAX_KEY} printable ASCII characters")]
    Key,
    #[error("{0} is missing for this type of event")]
    Missing(&'static str),
    #[error("events of this type have no {0}")]
    Foreign(&'static str),
    #[error("resolution must be one of {allowed}, not {given:?}", allowed = names(&Resolution::ALL))]
    Resolution { given: String },
    #[error("codec must be one of {allowed}, not {given:?}", allowed = names(&Codec::ALL))]
    Codec { given: String },
    #[error("seconds must be from {MIN_SECONDS} to {MAX_SECONDS}, not {0}")]
    Seconds(f64),
    #[error("name must be one of {allowed}, not {given:?}", allowed = names(&Extension::ALL))]
    Name { given: String },
    #[error("operations must be from 1 to {MAX_OPERATIONS}, not {0}")]
    Operations(u64),
    #[error("timestamp must be RFC 3339, e.g. 2026-11-20T17:39:32Z, not {0:?}")]
    Timestamp(String),
    #[error("timestamp {0} is in the future")]
    Future(String),
    #[error("timestamp {0} is more than {MAX_AGE_DAYS} days ago")]
    TooOld(String),
    #[error("idempotency_key {0:?} appears twice with different contents")]
    Twice(String),
}

fn names(all: &[impl ToString]) -> String {
    all.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

fn shown(text: &str) -> String {
    text.chars().take(40).collect()
}

impl UsageEvent {
    /// # Errors
    ///
    /// The first thing that is wrong.
    pub fn new(event: &NewUsageEvent, now: Millis) -> Result<Self, EventError> {
        let key = &event.idempotency_key;
        if key.is_empty() || key.len() > MAX_KEY || !key.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(EventError::Key);
        }
        let (metric, quantity) = match event.r#type {
            EventType::VideoProcessing => video(event)?,
            EventType::Extension => extension(event)?,
        };
        let date = match &event.timestamp {
            Some(timestamp) => date(timestamp, now)?,
            None => Date::at(now),
        };
        Ok(Self { key: key.clone(), metric, quantity, date, is_dated: event.timestamp.is_some() })
    }

    /// Whether another event is this one, sent again.
    pub fn is_same(&self, metric: Metric, quantity: u64, date: Date) -> bool {
        (self.metric, self.quantity) == (metric, quantity) && (!self.is_dated || self.date == date)
    }
}

/// Reads all events of a report, each key once.
///
/// # Errors
///
/// What is wrong with each event that cannot be counted, with its place in the list.
pub fn read(events: &[NewUsageEvent], now: Millis) -> Result<Vec<UsageEvent>, Vec<(usize, EventError)>> {
    let mut read: BTreeMap<String, UsageEvent> = BTreeMap::new();
    let mut errors = Vec::new();
    for (place, event) in events.iter().enumerate() {
        match UsageEvent::new(event, now) {
            Ok(event) => match read.get(&event.key) {
                Some(first) if *first != event => errors.push((place, EventError::Twice(event.key))),
                Some(_) => {}
                None => {
                    read.insert(event.key.clone(), event);
                }
            },
            Err(error) => errors.push((place, error)),
        }
    }
    if errors.is_empty() { Ok(read.into_values().collect()) } else { Err(errors) }
}

fn video(event: &NewUsageEvent) -> Result<(Metric, u64), EventError> {
    foreign("name", &event.name)?;
    foreign("operations", &event.operations)?;
    let resolution = event.resolution.as_deref().ok_or(EventError::Missing("resolution"))?;
    let codec = event.codec.as_deref().ok_or(EventError::Missing("codec"))?;
    let seconds = event.seconds.ok_or(EventError::Missing("seconds"))?;
    let resolution =
        Resolution::parse(resolution).ok_or_else(|| EventError::Resolution { given: shown(resolution) })?;
    let codec = Codec::parse(codec).ok_or_else(|| EventError::Codec { given: shown(codec) })?;
    if !(MIN_SECONDS..=MAX_SECONDS).contains(&seconds) {
        return Err(EventError::Seconds(seconds));
    }
    Ok((Metric::Video(resolution, codec), (seconds * 1_000.0).round() as u64))
}

fn extension(event: &NewUsageEvent) -> Result<(Metric, u64), EventError> {
    foreign("resolution", &event.resolution)?;
    foreign("codec", &event.codec)?;
    foreign("seconds", &event.seconds)?;
    let name = event.name.as_deref().ok_or(EventError::Missing("name"))?;
    let extension = Extension::parse(name).ok_or_else(|| EventError::Name { given: shown(name) })?;
    let operations = event.operations.unwrap_or(1);
    if !(1..=MAX_OPERATIONS).contains(&operations) {
        return Err(EventError::Operations(operations));
    }
    Ok((Metric::Extension(extension), operations))
}

fn foreign<T>(field: &'static str, value: &Option<T>) -> Result<(), EventError> {
    if value.is_some() { Err(EventError::Foreign(field)) } else { Ok(()) }
}

fn date(timestamp: &str, now: Millis) -> Result<Date, EventError> {
    let instant = parse_instant(timestamp).ok_or_else(|| EventError::Timestamp(shown(timestamp)))?;
    if instant > now + MAX_SKEW_MS {
        return Err(EventError::Future(shown(timestamp)));
    }
    if instant + u64::from(MAX_AGE_DAYS) * DAY_MS < now {
        return Err(EventError::TooOld(shown(timestamp)));
    }
    Ok(Date::at(instant))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-11-20T12:00:00Z
    const NOON: Millis = 1_795_176_000_000;

    fn event(json: &str) -> NewUsageEvent {
        serde_json::from_str(&format!(r#"{{"idempotency_key":"k",{json}}}"#)).unwrap()
    }

    fn check(json: &str) -> Result<String, String> {
        UsageEvent::new(&event(json), NOON)
            .map(|it| format!("{} {} {}", it.metric, it.quantity, it.date))
            .map_err(|error| error.to_string())
    }

    #[test]
    fn events() {
        const VIDEO: &str = r#""type":"video_processing","resolution":"HD","codec":"h264","seconds""#;
        for (json, expected) in [
            (format!("{VIDEO}:12.5"), "video/HD/h264 12500 2026-11-20"),
            (format!("{VIDEO}:0.001"), "video/HD/h264 1 2026-11-20"),
            (format!("{VIDEO}:0.12345"), "video/HD/h264 123 2026-11-20"),
            (r#""type":"extension","name":"remove-bg""#.into(), "extension/remove-bg 1 2026-11-20"),
            (r#""type":"extension","name":"edit","operations":7"#.into(), "extension/edit 7 2026-11-20"),
            (format!(r#"{VIDEO}:1,"timestamp":"2026-11-01T00:00:00Z""#), "video/HD/h264 1000 2026-11-01"),
            (
                format!(r#"{VIDEO}:1,"timestamp":"2026-11-01T23:30:00.250-01:00""#),
                "video/HD/h264 1000 2026-11-02",
            ),
            (format!(r#"{VIDEO}:1,"timestamp":"2026-11-20T12:04:59Z""#), "video/HD/h264 1000 2026-11-20"),
            (format!(r#"{VIDEO}:1,"timestamp":"2026-10-16T12:00:00Z""#), "video/HD/h264 1000 2026-10-16"),
        ] {
            assert_eq!(check(&json).as_deref(), Ok(expected), "{json}");
        }
    }

    #[test]
    fn what_is_wrong_is_said() {
        const VIDEO: &str = r#""type":"video_processing","resolution":"HD","codec":"h264","seconds""#;
        for (json, expected) in [
            (format!("{VIDEO}:0"), "seconds must be from 0.001"),
            (format!("{VIDEO}:-1"), "seconds must be from 0.001"),
            (format!("{VIDEO}:0.0009"), "seconds must be from 0.001"),
            (format!("{VIDEO}:86400.5"), "to 86400, not 86400.5"),
            (format!(r#"{VIDEO}:1,"name":"edit""#), "have no name"),
            (r#""type":"video_processing","codec":"h264","seconds":1"#.into(), "resolution is missing"),
            (
                r#""type":"video_processing","resolution":"UHD","codec":"h264","seconds":1"#.into(),
                "one of SD, HD, 4K, 8K, 16K, not \"UHD\"",
            ),
            (
                r#""type":"video_processing","resolution":"HD","codec":"hevc","seconds":1"#.into(),
                "one of h264, vp9, av1, not \"hevc\"",
            ),
            (r#""type":"extension""#.into(), "name is missing"),
            (r#""type":"extension","name":"remove-background""#.into(), "ai-video-transcription"),
            (r#""type":"extension","name":"edit","operations":0"#.into(), "from 1 to 1000000, not 0"),
            (r#""type":"extension","name":"edit","seconds":1"#.into(), "have no seconds"),
            (format!(r#"{VIDEO}:1,"timestamp":"2026-11-20""#), "e.g. 2026-11-20T17:39:32Z"),
            (format!(r#"{VIDEO}:1,"timestamp":"2026-11-20T12:05:01Z""#), "is in the future"),
            (format!(r#"{VIDEO}:1,"timestamp":"2026-10-16T11:59:59Z""#), "more than 35 days ago"),
            (format!(r#"{VIDEO}:1,"timestamp":"1960-01-01T00:00:00Z""#), "more than 35 days ago"),
        ] {
            let said = check(&json).unwrap_err();
            assert!(said.contains(expected), "{json}: {said}");
        }
        for key in ["", "a b", "é", &"x".repeat(129)] {
            let event =
                NewUsageEvent { idempotency_key: key.into(), ..event(r#""type":"extension","name":"edit""#) };
            assert_eq!(UsageEvent::new(&event, NOON), Err(EventError::Key), "{key}");
        }
    }

    #[test]
    fn a_key_is_read_once() {
        let edit = event(r#""type":"extension","name":"edit""#);
        assert_eq!(read(&[edit.clone(), edit.clone()], NOON).unwrap().len(), 1);
        let other = NewUsageEvent { operations: Some(2), ..edit.clone() };
        assert_eq!(read(&[edit, other], NOON), Err(vec![(1, EventError::Twice("k".into()))]));
    }

    #[test]
    fn an_event_without_a_day_is_the_same_on_another_day() {
        let edit = r#""type":"extension","name":"edit""#;
        let tomorrow = Date::at(NOON).plus(1);
        let undated = UsageEvent::new(&event(edit), NOON).unwrap();
        let dated = format!(r#"{edit},"timestamp":"2026-11-20T00:00:00Z""#);
        let dated = UsageEvent::new(&event(&dated), NOON).unwrap();
        assert!(
            undated.is_same(undated.metric, 1, tomorrow) && !undated.is_same(undated.metric, 2, tomorrow)
        );
        assert!(!dated.is_same(dated.metric, 1, tomorrow) && dated.is_same(dated.metric, 1, dated.date));
    }
}
