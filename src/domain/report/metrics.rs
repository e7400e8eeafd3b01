//! Metrics of a month, or of some days: what was served, what was metered and what is stored.

use serde::Serialize;
use utoipa::ToSchema;

use super::csv::Csv;
use super::row::StoredDay;
use super::storage::{StorageDay, StoredSnapshot};
use crate::domain::counters::Counters;
use crate::domain::date::{Date, Millis, timestamp};
use crate::domain::metering::usage::{Usage, saturating_sum};
use crate::domain::metering::weights::Weights;
use crate::domain::month::Month;
use crate::domain::period::Period;

/// What metrics are of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Span {
    Month(Month),
    Days(Period),
}

/// `GET /v1/usage/metrics`
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Metrics {
    /// YYYY-MM; null when the request chose days.
    pub month: Option<String>,
    #[schema(value_type = String, format = Date)]
    pub start: Date,
    #[schema(value_type = String, format = Date)]
    pub end: Date,
    /// Whether the last day is over.
    pub complete: bool,
    pub requests: u64,
    pub bandwidth_bytes: u64,
    /// Always 0: not supported yet.
    pub transformations: u64,
    /// Always 0: not supported yet.
    pub invalidations: u64,
    pub video_processing: VideoProcessing,
    pub extensions: Extensions,
    /// The last snapshot of these days or before; null without one.
    pub storage: Option<StorageDay>,
    /// RFC 3339, UTC.
    pub generated_at: String,
}

/// Reported video processing.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct VideoProcessing {
    /// Seconds, weighted by resolution and codec.
    pub units: f64,
    pub rows: Vec<VideoRow>,
}

#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct VideoRow {
    pub resolution: &'static str,
    pub codec: &'static str,
    /// Length of the output.
    pub seconds: f64,
    pub units: f64,
}

/// Reported extensions.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Extensions {
    /// Operations, weighted by extension.
    pub units: u64,
    pub rows: Vec<ExtensionRow>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ExtensionRow {
    pub name: &'static str,
    pub operations: u64,
    pub units: u64,
}

impl Metrics {
    /// `served` is what was served in that time.
    pub fn new(
        span: Span,
        served: &Counters,
        storage: Option<StoredSnapshot>,
        metered: &Usage,
        weights: &Weights,
        now: Millis,
    ) -> Self {
        let (month, Period { first, last }) = match span {
            Span::Month(month) => (Some(month.to_string()), month.period()),
            Span::Days(days) => (None, days),
        };
        Self {
            month,
            start: first,
            end: last,
            complete: Date::at(now) > last,
            requests: served.requests,
            bandwidth_bytes: served.bandwidth_bytes,
            transformations: 0,
            invalidations: 0,
            video_processing: VideoProcessing::new(metered, weights),
            extensions: Extensions::new(metered, weights),
            storage: storage.map(|it| StorageDay { date: it.date, figures: it.usage.into() }),
            generated_at: timestamp(now),
        }
    }

    /// `section,value,quantity,units`
    pub fn csv(&self) -> String {
        let mut csv = Csv::new(&["section", "value", "quantity", "units"]);
        let span = self.month.clone().unwrap_or_else(|| format!("{}/{}", self.start, self.end));
        csv.record(&["requests", &span, &self.requests.to_string()]);
        csv.record(&["bandwidth_bytes", &span, &self.bandwidth_bytes.to_string()]);
        csv.record(&["transformations", &span, &self.transformations.to_string()]);
        csv.record(&["invalidations", &span, &self.invalidations.to_string()]);
        for VideoRow { resolution, codec, seconds, units } in &self.video_processing.rows {
            let value = format!("{resolution} {codec}");
            csv.record(&["video_seconds", &value, &seconds.to_string(), &units.to_string()]);
        }
        for ExtensionRow { name, operations, units } in &self.extensions.rows {
            csv.record(&["extension_operations", name, &operations.to_string(), &units.to_string()]);
        }
        if let Some(StorageDay { date, figures }) = &self.storage {
            let date = date.to_string();
            csv.record(&["storage_original_bytes", &date, &figures.original_bytes.to_string()]);
            csv.record(&["storage_derived_bytes", &date, &figures.derived_bytes.to_string()]);
        }
        csv.finish()
    }
}

impl VideoProcessing {
    fn new(metered: &Usage, weights: &Weights) -> Self {
        let rows = metered.videos(weights).map(|it| VideoRow {
            resolution: it.resolution.as_str(),
            codec: it.codec.as_str(),
            seconds: it.millis as f64 / 1_000.0,
            units: it.units.as_f64(),
        });
        Self { units: metered.video_units(weights, |_| true).as_f64(), rows: rows.collect() }
    }
}

impl Extensions {
    fn new(metered: &Usage, weights: &Weights) -> Self {
        let rows = metered.extensions(weights).map(|it| ExtensionRow {
            name: it.extension.as_str(),
            operations: it.operations,
            units: it.units,
        });
        let rows: Vec<_> = rows.collect();
        Self { units: saturating_sum(rows.iter().map(|row| &row.units)), rows }
    }
}

/// What was served in a month: what is frozen of it, and its days from `open_from` on.
pub fn served(frozen: Counters, open_from: Option<Date>, days: &[StoredDay]) -> Counters {
    let open = days.iter().filter(|day| open_from.is_none_or(|first| day.date >= first));
    open.fold(frozen, |mut sum, day| {
        sum.add(&day.counters());
        sum
    })
}
