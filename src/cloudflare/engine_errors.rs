//! What an error report needs of the hits in Analytics Engine, added up from two answers: hits by status and cause, and the
//! most frequent failed requests. Which hits, and what the report says about them, is not decided here.

use std::collections::BTreeMap;

use super::engine_sql::{FailedRow, OutcomeRow};
use crate::domain::counters::{Counters, sum_of};
use crate::domain::facets::NO_ERROR;
use crate::domain::hit::failed_path;
use crate::domain::report::breakdown::StoredValue;
use crate::domain::report::errors::{MAX_REFERRERS, StoredFailure};
use crate::domain::report::row::StoredRow;
use crate::domain::report::source::Sampling;

/// Most rows of failed requests that are read, each one URL, cause and referring host. What is beyond them has no URL in the
/// report.
pub const MAX_FAILED_ROWS: usize = 2_000;

/// The parts of an error report, in the shapes that D1 returns.
pub struct HitErrors {
    pub statuses: Vec<StoredValue>,
    pub reasons: Vec<StoredValue>,
    /// A page; a row of status 0 comes last, and always.
    pub failures: Vec<StoredFailure>,
    pub sampling: Sampling,
}

impl HitErrors {
    pub fn new(outcomes: &[OutcomeRow], failed: Vec<FailedRow>, page: (u32, u32)) -> Self {
        let reason = |row: &OutcomeRow| match row.reason.as_str() {
            "" => NO_ERROR.to_owned(),
            code => code.to_owned(),
        };
        Self {
            statuses: values(outcomes, |row| row.status.0.to_string()),
            reasons: values(outcomes, reason),
            failures: urls(failed, page),
            sampling: Sampling {
                interval: outcomes.iter().map(|row| row.sampling.0).max().unwrap_or_default().max(1),
                variance: outcomes
                    .iter()
                    .map(|row| row.squares.0.saturating_sub(row.requests.0) as f64)
                    .sum(),
            },
        }
    }
}

/// The values that `value` finds, largest first.
fn values(outcomes: &[OutcomeRow], value: impl Fn(&OutcomeRow) -> String) -> Vec<StoredValue> {
    let (mut sums, mut all) = (BTreeMap::<String, Counters>::new(), Counters::default());
    for row in outcomes {
        let counters =
            Counters { requests: row.requests.0, bandwidth_bytes: row.bytes.0, ..Counters::default() };
        sums.entry(value(row)).or_default().add(&counters);
        all.add(&counters);
    }
    let all_values = sums.len() as u64;
    let mut rows: Vec<StoredRow> =
        sums.into_iter().map(|(value, counters)| StoredRow::new(value, counters)).collect();
    rows.sort_by_key(|row| (std::cmp::Reverse(row.requests), std::cmp::Reverse(row.bandwidth_bytes)));
    let stored = |row| StoredValue {
        row,
        undercount: 0,
        all_requests: all.requests,
        all_bandwidth_bytes: all.bandwidth_bytes,
        all_cache_hits: 0,
        all_cache_misses: 0,
        all_source_bytes: 0,
        all_values,
    };
    rows.into_iter().map(stored).collect()
}

/// One failing URL, added up over the hosts that link to it.
#[derive(Default)]
struct Url {
    requests: u64,
    first_seen: u64,
    last_seen: u64,
    referrers: Vec<(String, u64)>,
}

/// A page of the failing URLs, in the order of `report_errors.sql`.
fn urls(failed: Vec<FailedRow>, (limit, offset): (u32, u32)) -> Vec<StoredFailure> {
    let mut urls: BTreeMap<(String, String, u16), Url> = BTreeMap::new();
    for row in failed {
        let (Ok(status), Some((first, last))) = (u16::try_from(row.status.0), row.seen()) else { continue };
        let url = urls.entry((failed_path(&row.path), row.reason, status)).or_default();
        url.first_seen = if url.requests == 0 { first } else { url.first_seen.min(first) };
        url.last_seen = url.last_seen.max(last);
        url.requests = sum_of(url.requests, row.requests.0);
        url.referrers.push((row.referrer_host, row.requests.0));
    }
    let all_requests = urls.values().fold(0, |sum, url| sum_of(sum, url.requests));
    let all_paths = urls.len() as u64;
    let mut largest: Vec<_> = urls.into_iter().collect();
    // Stable: URLs of equal requests and time stay in the order of their paths and causes.
    largest.sort_by_key(|(_, url)| (std::cmp::Reverse(url.requests), std::cmp::Reverse(url.last_seen)));
    let stored = |((path, reason, status), url): ((String, String, u16), Url)| StoredFailure {
        status,
        reason,
        path,
        requests: url.requests,
        first_seen: url.first_seen,
        last_seen: url.last_seen,
        referrers: largest_referrers(url.referrers),
        all_requests,
        all_paths,
    };
    let end = ((String::new(), String::new(), 0), Url::default());
    let page = largest.into_iter().skip(offset as usize).take(limit as usize);
    page.chain([end]).map(stored).collect()
}

/// As [`StoredFailure::referrers`].
fn largest_referrers(mut referrers: Vec<(String, u64)>) -> String {
    referrers.sort_by(|(one, one_requests), (other, other_requests)| {
        other_requests.cmp(one_requests).then_with(|| one.cmp(other))
    });
    referrers.truncate(MAX_REFERRERS);
    serde_json::to_string(&referrers).expect("pairs of text and number are JSON")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failed(rows: &[(u16, &str, &str, u64, &str, &str)]) -> Vec<FailedRow> {
        let row = |(status, path, host, requests, first, last): &(u16, &str, &str, u64, &str, &str)| {
            serde_json::from_value(serde_json::json!({
                "status": status, "reason": "object_not_found", "path": path, "referrer_host": host,
                "requests": requests, "first_seen": first, "last_seen": last,
            }))
        };
        rows.iter().map(|it| row(it).unwrap()).collect()
    }

    fn outcomes(rows: &[(u16, &str, u64, u64)]) -> Vec<OutcomeRow> {
        let row = |(status, reason, requests, interval): &(u16, &str, u64, u64)| {
            serde_json::from_value(serde_json::json!({
                "status": status, "reason": reason, "requests": requests, "bytes": requests * 10,
                "squares": requests * interval, "sampling": interval,
            }))
        };
        rows.iter().map(|it| row(it).unwrap()).collect()
    }

    #[test]
    fn hits_are_added_up_by_status_and_by_cause() {
        let outcomes = outcomes(&[
            (200, "", 50, 1),
            (404, "object_not_found", 20, 2),
            (404, "variant_not_allowed", 5, 1),
            (206, "", 9, 1),
        ]);
        let found = HitErrors::new(&outcomes, Vec::new(), (10, 0));
        let told = |values: &[StoredValue]| -> Vec<(String, u64, u64, u64)> {
            let row = |it: &StoredValue| {
                (it.row.value.clone(), it.row.requests, it.row.bandwidth_bytes, it.all_requests)
            };
            values.iter().map(row).collect()
        };
        let row = |value: &str, requests| (value.to_owned(), requests, requests * 10, 84);
        assert_eq!(told(&found.statuses), [row("200", 50), row("404", 25), row("206", 9)]);
        assert_eq!(
            told(&found.reasons),
            [row("(none)", 59), row("object_not_found", 20), row("variant_not_allowed", 5)]
        );
        assert_eq!(found.sampling, Sampling { interval: 2, variance: 20.0 });
        let nothing = HitErrors::new(&[], Vec::new(), (10, 0));
        assert_eq!((nothing.statuses.len(), nothing.sampling.interval, nothing.failures.len()), (0, 1, 1));
    }

    #[test]
    fn urls_are_paged_largest_first_with_their_largest_hosts() {
        let (early, late) = ("2026-11-20 08:00:00", "2026-11-20 09:00:00");
        let mut rows = vec![
            (404, "/a/b/c.jpg", "x.example", 3, early, early),
            (404, "/a/b/c.jpg", "y.example", 4, late, late),
            (404, "/a/b/d.jpg", "", 9, early, late),
            (404, "/a/b/older.jpg", "", 7, early, early),
            (404, "/a/b/bad-time.jpg", "", 99, "yesterday", late),
        ];
        let hosts: Vec<String> = (0..7).map(|host| format!("h{host}.example")).collect();
        rows.extend(hosts.iter().map(|host| (404, "/many", host.as_str(), 1, early, early)));
        let pages = |limit, offset| {
            let found = urls(failed(&rows), (limit, offset));
            assert!(found.iter().all(|it| (it.all_requests, it.all_paths) == (30, 4)));
            assert_eq!(found.last().map(|it| it.status), Some(0), "the last row is no URL");
            found
        };
        let all = pages(10, 0);
        let paths: Vec<_> = all.iter().map(|it| (&*it.path, it.requests)).collect();
        assert_eq!(
            paths,
            [("/a/b/d.jpg", 9), ("/a/b/c.jpg", 7), ("/a/b/older.jpg", 7), ("/many", 7), ("", 0)]
        );
        assert_eq!(all[1].referrers, r#"[["y.example",4],["x.example",3]]"#);
        assert_eq!(all[1].last_seen - all[1].first_seen, 3_600);
        assert_eq!(all[3].referrers.matches("example").count(), MAX_REFERRERS);
        assert_eq!(pages(1, 1)[0], all[1]);
        assert_eq!(pages(10, 9).len(), 1);
    }
}
