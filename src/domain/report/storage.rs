//! The storage report: what stands in the bucket, as it was measured day by day. Every day is a snapshot of its own; adding
//! them up means nothing.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::csv::Csv;
use super::row::Range;
use crate::domain::date::{Date, Millis, parse_timestamp};
use crate::domain::date_range::DateRange;
use crate::domain::inventory::StorageUsage;
use crate::domain::night::DAY_MS;

/// Most owners of a report.
pub const TOP_OWNERS: u32 = 100;
/// A snapshot is taken every night; older than this, at least one has failed.
const STALE_MS: Millis = 2 * DAY_MS;

/// `GET /v1/usage/storage`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct StorageReport {
    pub range: Range,
    /// The last snapshot, even outside the range; null until there is one.
    pub latest: Option<StorageDay>,
    /// Snapshots of the range, oldest first; days without one are left out.
    pub daily: Vec<StorageDay>,
    /// Owners in the last snapshot, at most a hundred, most bytes first. Only with `owner=*`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owners: Option<Vec<StorageOwner>>,
    /// Objects outside any owner's folder in the last snapshot; the totals include them. Only with `owner=*`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unattributed: Option<Unattributed>,
    pub freshness: StorageFreshness,
}

/// Bytes and objects.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct StorageFigures {
    pub original_bytes: u64,
    pub derived_bytes: u64,
    pub total_bytes: u64,
    pub original_objects: u64,
    pub derived_objects: u64,
    pub objects: u64,
}

impl From<StorageUsage> for StorageFigures {
    fn from(usage: StorageUsage) -> Self {
        Self {
            original_bytes: usage.original_bytes,
            derived_bytes: usage.derived_bytes,
            total_bytes: usage.original_bytes + usage.derived_bytes,
            original_objects: usage.original_objects,
            derived_objects: usage.derived_objects,
            objects: usage.original_objects + usage.derived_objects,
        }
    }
}

/// One snapshot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct StorageDay {
    #[schema(value_type = String, format = Date)]
    pub date: Date,
    #[serde(flatten)]
    pub figures: StorageFigures,
}

/// An owner in the last snapshot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct StorageOwner {
    /// The owner's name, or its identifier if it isn't registered.
    pub value: String,
    #[serde(flatten)]
    pub figures: StorageFigures,
}

/// Objects outside any owner's folder.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Unattributed {
    pub bytes: u64,
    pub objects: u64,
}

/// How current the measurement is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct StorageFreshness {
    /// When the last snapshot was completed; RFC 3339, UTC.
    pub measured_at: Option<String>,
    /// What is wrong; null if nothing is.
    pub message: Option<String>,
}

/// What D1 has of a snapshot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub struct StoredSnapshot {
    pub date: Date,
    #[serde(flatten)]
    pub usage: StorageUsage,
}

/// Splits what is stored, oldest first, into the last snapshot of all and those of the range.
pub fn snapshots(range: &DateRange, stored: &[StoredSnapshot]) -> (Option<StorageDay>, Vec<StorageDay>) {
    let day = |stored: &StoredSnapshot| StorageDay { date: stored.date, figures: stored.usage.into() };
    let is_asked_for = |stored: &&StoredSnapshot| (range.start()..=range.end()).contains(&stored.date);
    (stored.last().map(day), stored.iter().filter(is_asked_for).map(day).collect())
}

/// What a user should know about the age of the figures. `failure` is what ended the last listing, if it failed and
/// nothing was measured since; only an administrator is told what R2 said.
pub fn freshness(
    measured_at: Option<String>,
    failure: Option<&str>,
    now: Millis,
    admin: bool,
) -> StorageFreshness {
    let measured = measured_at.as_deref().and_then(parse_timestamp);
    let failed = |since: &str| match failure {
        Some(error) if admin => Some(format!("The last measurement failed: {error}. {since}")),
        Some(_) => Some(format!("The last measurement failed and is retried every night. {since}")),
        None => None,
    };
    let message = match &measured_at {
        None => failed("There is no earlier measurement.")
            .or_else(|| Some("Storage is measured nightly. The first figures appear tomorrow.".to_owned())),
        Some(at) => failed(&format!("Showing the measurement of {at}.")).or_else(|| {
            let is_stale = measured.is_some_and(|measured| now.saturating_sub(measured) > STALE_MS);
            is_stale
                .then(|| format!("Storage was last measured on {at}; no nightly run has completed since."))
        }),
    };
    StorageFreshness { measured_at, message }
}

impl StorageReport {
    /// `section,value,original_bytes,derived_bytes,total_bytes,original_objects,derived_objects,objects`
    pub fn csv(&self) -> String {
        let mut csv = Csv::new(&[
            "section",
            "value",
            "original_bytes",
            "derived_bytes",
            "total_bytes",
            "original_objects",
            "derived_objects",
            "objects",
        ]);
        if let Some(day) = self.latest.as_ref().filter(|latest| !self.daily.contains(latest)) {
            row(&mut csv, "latest", &day.date.to_string(), &day.figures);
        }
        for day in &self.daily {
            row(&mut csv, "daily", &day.date.to_string(), &day.figures);
        }
        for owner in self.owners.iter().flatten() {
            row(&mut csv, "owner", &owner.value, &owner.figures);
        }
        if let Some(Unattributed { bytes, objects }) = self.unattributed {
            let figures =
                StorageUsage { original_bytes: bytes, original_objects: objects, ..StorageUsage::default() };
            row(&mut csv, "unattributed", "", &figures.into());
        }
        csv.finish()
    }
}

fn row(csv: &mut Csv, section: &str, value: &str, figures: &StorageFigures) {
    let numbers = [
        figures.original_bytes,
        figures.derived_bytes,
        figures.total_bytes,
        figures.original_objects,
        figures.derived_objects,
        figures.objects,
    ]
    .map(|number| number.to_string());
    let fields: Vec<&str> = [section, value].into_iter().chain(numbers.iter().map(String::as_str)).collect();
    csv.record(&fields);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::date_range::RangeQuery;

    fn date(text: &str) -> Date {
        Date::parse(text).unwrap()
    }

    fn usage(original_bytes: u64, derived_bytes: u64) -> StorageUsage {
        StorageUsage { original_bytes, derived_bytes, original_objects: 2, derived_objects: 1 }
    }

    fn report() -> StorageReport {
        let query = RangeQuery {
            start: Some("2026-11-01".into()),
            end: Some("2026-11-03".into()),
            ..RangeQuery::default()
        };
        let range = DateRange::parse(&query, date("2026-11-20"), 90).unwrap();
        let stored =
            [("2026-11-01", usage(10, 1)), ("2026-11-03", usage(20, 2)), ("2026-11-09", usage(30, 3))]
                .map(|(day, usage)| StoredSnapshot { date: date(day), usage });
        let (latest, daily) = snapshots(&range, &stored);
        StorageReport {
            range: (&range).into(),
            latest,
            daily,
            owners: Some(vec![StorageOwner { value: "=alice".into(), figures: usage(30, 3).into() }]),
            unattributed: Some(Unattributed { bytes: 7, objects: 1 }),
            freshness: StorageFreshness { measured_at: None, message: None },
        }
    }

    #[test]
    fn days_without_a_snapshot_are_left_out_and_the_last_one_is_always_told() {
        let report = report();
        assert_eq!(report.daily.iter().map(|day| day.figures.total_bytes).collect::<Vec<_>>(), [11, 22]);
        assert_eq!(
            serde_json::to_string(&report.latest).unwrap(),
            r#"{"date":"2026-11-09","original_bytes":30,"derived_bytes":3,"total_bytes":33,"original_objects":2,"derived_objects":1,"objects":3}"#
        );
    }

    #[test]
    fn csv() {
        assert_eq!(
            report().csv(),
            "section,value,original_bytes,derived_bytes,total_bytes,original_objects,derived_objects,objects\r\n\
             latest,2026-11-09,30,3,33,2,1,3\r\n\
             daily,2026-11-01,10,1,11,2,1,3\r\n\
             daily,2026-11-03,20,2,22,2,1,3\r\n\
             owner,'=alice,30,3,33,2,1,3\r\n\
             unattributed,,7,0,7,1,0,1\r\n"
        );
    }

    #[test]
    fn what_is_old_or_failed_is_said() {
        let now = parse_timestamp("2026-11-20T12:00:00Z").unwrap();
        let message = |measured: Option<&str>, failure: Option<&str>, admin: bool| {
            freshness(measured.map(ToOwned::to_owned), failure, now, admin).message.unwrap_or_default()
        };
        let (recent, old) = (Some("2026-11-18T12:00:00Z"), Some("2026-11-18T11:59:59Z"));
        for (measured, failure, admin, expected) in [
            (recent, None, true, ""),
            (
                old,
                None,
                false,
                "Storage was last measured on 2026-11-18T11:59:59Z; no nightly run has completed since.",
            ),
            (None, None, false, "Storage is measured nightly. The first figures appear tomorrow."),
            (
                recent,
                Some("R2: secret"),
                false,
                "The last measurement failed and is retried every night. Showing the measurement of 2026-11-18T12:00:00Z.",
            ),
            (
                old,
                Some("R2: secret"),
                true,
                "The last measurement failed: R2: secret. Showing the measurement of 2026-11-18T11:59:59Z.",
            ),
            (
                None,
                Some("R2: secret"),
                true,
                "The last measurement failed: R2: secret. There is no earlier measurement.",
            ),
        ] {
            assert_eq!(message(measured, failure, admin), expected);
        }
    }
}
