//! Data quality: how current and how complete the figures are, day by day, in words that need no knowledge of how they
//! come about.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;

use super::row::{DaySource, Range};
use crate::domain::date::Date;
use crate::domain::date_range::DateRange;
use crate::domain::reconcile::ReportedSource;

/// `GET /v1/analytics/status`. `R` is a run as an administrator sees it.
#[derive(Debug, Serialize, ToSchema)]
pub struct Status<R> {
    /// RFC 3339, UTC.
    pub generated_at: String,
    pub range: Range,
    /// What is wrong, most important first; empty if nothing is.
    pub messages: Vec<String>,
    pub realtime_enabled: bool,
    pub batch_enabled: bool,
    /// The last finalised day.
    #[schema(value_type = Option<String>, format = Date)]
    pub last_aggregation_date: Option<Date>,
    pub last_aggregation_at: Option<String>,
    pub last_purge_at: Option<String>,
    /// Every day of the range, oldest first.
    pub days: Vec<DayStatus>,
    /// Past days that are still provisional.
    #[schema(value_type = Vec<String>)]
    pub gaps: Vec<Date>,
    /// Requests of all owners that real-time counting missed, because the database was too slow or unavailable.
    pub uncounted: UncountedReport,
    /// The last runs, latest first; only for administrators.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub runs: Option<Vec<R>>,
}

/// The most requests that real-time counting can have missed. Some may have been counted after all, if only their
/// acknowledgement was lost.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct UncountedReport {
    /// Requests that the nightly job restores from Analytics Engine.
    pub shed_requests: u64,
    /// Those that it has not restored yet.
    pub shed_requests_to_restore: u64,
    /// Requests that nothing restores, because Analytics Engine lacks them or has only a sample of them.
    pub lost_requests: u64,
}

impl UncountedReport {
    /// Requests that are missing from the reports as they are now.
    pub fn missing(&self) -> u64 {
        self.shed_requests_to_restore + self.lost_requests
    }
}

/// The state of a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DayState {
    /// In progress.
    Today,
    /// Over, and not finalised.
    Open,
    /// Closed, and checked again in the next nights.
    Closed,
    /// It does not change any more.
    Final,
    /// Before the first data.
    Unknown,
}

/// One UTC day.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct DayStatus {
    #[schema(value_type = String, format = Date)]
    pub date: Date,
    pub state: DayState,
    pub source: DaySource,
    pub estimated: bool,
    /// Margin of the requests: three standard deviations; 0 without sampling.
    pub error: u64,
    /// (Analytics Engine - its control total) / control total, for all owners; null if unknown.
    pub drift: Option<f64>,
    pub message: String,
}

impl DayStatus {
    /// Over, and not closed.
    pub fn is_gap(&self) -> bool {
        self.state == DayState::Open
    }
}

/// What is stored of a closed day and one source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClosedDay {
    pub date: Date,
    pub source: ReportedSource,
    pub estimated: bool,
    pub error: u64,
}

/// The last run of a day.
#[derive(Debug, Clone, PartialEq)]
pub struct LastRun {
    pub done: bool,
    pub is_final: bool,
    /// Analytics Engine was read to the day's end.
    pub has_engine: bool,
    pub drift: Option<f64>,
    pub error: Option<String>,
}

/// What is known of the days of a range.
#[derive(Debug, Clone, Default)]
pub struct Known {
    pub closed: Vec<ClosedDay>,
    pub runs: BTreeMap<Date, LastRun>,
    /// The oldest day that has anything.
    pub first: Option<Date>,
}

impl Known {
    /// Every day of a range, oldest first. `admin` may see what an API said.
    pub fn days(&self, range: &DateRange, today: Date, admin: bool) -> Vec<DayStatus> {
        range.dates().map(|date| self.day(date, today, admin)).collect()
    }

    /// Whether anything is known of a day: what an unknown one has is not nothing.
    pub fn is_known(&self, date: Date, today: Date) -> bool {
        self.state(date, today, self.runs.get(&date)) != DayState::Unknown
    }

    fn day(&self, date: Date, today: Date, admin: bool) -> DayStatus {
        let closed: Vec<&ClosedDay> = self.closed.iter().filter(|day| day.date == date).collect();
        let run = self.runs.get(&date);
        let source = match &closed[..] {
            [] => DaySource::Realtime,
            [only] => DaySource::of(only.source, only.source),
            _ => DaySource::Mixed,
        };
        let state = self.state(date, today, run);
        DayStatus {
            date,
            state,
            source,
            estimated: closed.iter().any(|day| day.estimated),
            error: closed.iter().map(|day| day.error).sum(),
            drift: run.and_then(|run| run.drift),
            message: message(state, source, run, admin),
        }
    }

    fn state(&self, date: Date, today: Date, run: Option<&LastRun>) -> DayState {
        match run {
            _ if date >= today => DayState::Today,
            Some(run) if run.done && run.is_final => DayState::Final,
            Some(run) if run.done => DayState::Closed,
            Some(_) => DayState::Open,
            None if self.first.is_some_and(|first| date >= first) => DayState::Open,
            None => DayState::Unknown,
        }
    }
}

fn message(state: DayState, source: DaySource, run: Option<&LastRun>, admin: bool) -> String {
    let counted = match (source, run.is_some_and(|run| run.has_engine)) {
        (DaySource::Realtime, true) => "Real-time count, confirmed by Analytics Engine.",
        (DaySource::Realtime, false) => "Real-time count, not yet checked.",
        (DaySource::Engine, _) => "Restored from Analytics Engine, which counted more requests.",
        (DaySource::Zone, _) => "Estimated from Cloudflare zone analytics (no exact source).",
        (DaySource::Mixed, _) => "Real-time for some owners, restored for others.",
    };
    match state {
        DayState::Today => "In progress; finalised overnight.".to_owned(),
        DayState::Unknown => "No data.".to_owned(),
        DayState::Open => match run.and_then(|run| run.error.as_ref()) {
            Some(error) if admin => format!("Provisional: {error}"),
            Some(_) => {
                "Provisional: Cloudflare's analytics couldn't be read. Retried every night.".to_owned()
            }
            None => "Provisional until the next nightly run.".to_owned(),
        },
        DayState::Closed => format!("{counted} Not final yet."),
        DayState::Final => counted.to_owned(),
    }
}

/// What a user should know, most important first. `overdue` says that the nightly job has not come for too long.
pub fn messages(days: &[DayStatus], uncounted: &UncountedReport, overdue: bool) -> Vec<String> {
    let count = |state: DayState| days.iter().filter(|day| day.state == state).count();
    let estimated = days.iter().filter(|day| day.estimated).count();
    let short = days.iter().filter(|day| day.drift.is_some_and(|drift| drift < -0.01)).count();
    let mut messages = Vec::new();
    let mut say = |applies: bool, text: String| messages.extend(applies.then_some(text));
    say(
        overdue,
        "The nightly job hasn't run for more than 26 hours. Check the Worker's cron triggers.".into(),
    );
    let open = count(DayState::Open);
    say(open > 0, format!("{} provisional (real-time counts).", days_are(open, "past ")));
    let lost = uncounted.lost_requests;
    say(lost > 0, format!("Lost because the database was unavailable for too long: {}.", requests(lost)));
    let shed = uncounted.shed_requests_to_restore;
    say(
        shed > 0,
        format!("Missing until the nightly job restores them from Analytics Engine: {}.", requests(shed)),
    );
    say(estimated > 0, format!("{} estimated; each states its margin of error.", days_are(estimated, "")));
    say(
        short > 0,
        format!(
            "{} may be incomplete: Analytics Engine has over 1% fewer requests than Cloudflare counted.",
            days_of(short, "")
        ),
    );
    messages
}

fn requests(count: u64) -> String {
    if count == 1 { "1 request".to_owned() } else { format!("{count} requests") }
}

fn days_of(count: usize, which: &str) -> String {
    if count == 1 { format!("1 {which}day") } else { format!("{count} {which}days") }
}

fn days_are(count: usize, which: &str) -> String {
    format!("{} {}", days_of(count, which), if count == 1 { "is" } else { "are" })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::date_range::RangeQuery;

    fn date(text: &str) -> Date {
        Date::parse(text).unwrap()
    }

    #[test]
    fn days_say_what_they_are() {
        let today = date("2026-11-20");
        let query = RangeQuery { days: Some("6".into()), ..RangeQuery::default() };
        let range = DateRange::parse(&query, today, 90).unwrap();
        let run = LastRun { done: true, is_final: true, has_engine: true, drift: Some(0.0), error: None };
        let known = Known {
            closed: vec![
                ClosedDay {
                    date: date("2026-11-16"),
                    source: ReportedSource::Engine,
                    estimated: true,
                    error: 5,
                },
                ClosedDay {
                    date: date("2026-11-18"),
                    source: ReportedSource::Engine,
                    estimated: false,
                    error: 0,
                },
                ClosedDay {
                    date: date("2026-11-18"),
                    source: ReportedSource::Realtime,
                    estimated: false,
                    error: 0,
                },
            ],
            runs: BTreeMap::from([
                (date("2026-11-16"), run.clone()),
                (date("2026-11-18"), LastRun { is_final: false, ..run.clone() }),
                (date("2026-11-19"), LastRun { done: false, error: Some("secret".into()), ..run }),
            ]),
            first: Some(date("2026-11-16")),
        };
        let days = known.days(&range, today, false);
        let states: Vec<_> = days.iter().map(|day| (day.state, day.source)).collect();
        assert_eq!(
            states,
            [
                (DayState::Unknown, DaySource::Realtime),
                (DayState::Final, DaySource::Engine),
                (DayState::Open, DaySource::Realtime),
                (DayState::Closed, DaySource::Mixed),
                (DayState::Open, DaySource::Realtime),
                (DayState::Today, DaySource::Realtime),
            ]
        );
        assert!(days.iter().all(|day| !day.message.contains("secret")));
        assert!(known.days(&range, today, true)[4].message.contains("secret"));
        let uncounted = UncountedReport { lost_requests: 3, ..UncountedReport::default() };
        let words = messages(&days, &uncounted, true).join(" ");
        for part in
            ["26 hours", "2 past days are provisional", "for too long: 3 requests", "1 day is estimated"]
        {
            assert!(words.contains(part), "{words}");
        }
        assert_eq!(messages(&days[5..], &UncountedReport::default(), false), Vec::<String>::new());
    }
}
