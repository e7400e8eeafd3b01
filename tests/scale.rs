//! The arithmetic behind `docs/SCALING.md`: prices, and what bounds the free plan.

#![allow(clippy::unwrap_used)]

#[allow(dead_code, reason = "the page uses all of it")]
#[path = "../bench/scale/prices.rs"]
mod prices;

use prices::{Use, counting_bill, free_hits, full_after_days, millions, requests_bill, rows_bill};

/// The rows of the table that begins with this heading, as texts.
fn table(heading: &str) -> Vec<Vec<String>> {
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/SCALING.md")).unwrap();
    let lines = page.lines().skip_while(|line| !line.starts_with(heading)).skip(2);
    let cells = |line: &str| line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect();
    lines.take_while(|line| line.starts_with('|')).map(cells).collect()
}

fn number(text: &str) -> f64 {
    text.replace(',', "").parse().unwrap_or_else(|_| panic!("{text:?} is no number"))
}

/// Whether a text of the page says this, as exactly as it is written.
fn says(text: &str, value: f64) -> bool {
    (number(text) - value).abs() <= 0.006 + value * 0.01
}

#[test]
fn the_bill_is_that_of_the_list() {
    for (hits, bill, two_upserts) in
        [(10.0, 4.776, 1.84), (100.0, 74.76, 468.4), (1_000.0, 774.6, 5_134.0), (10_000.0, 7_773.0, 51_790.0)]
    {
        let uses = Use { requests: hits, ..Use::default() };
        assert!((requests_bill(&uses) - bill).abs() < 0.1, "{hits}: {}", requests_bill(&uses));
        assert!((rows_bill(2.0 * hits) - two_upserts).abs() < 0.1, "{hits}: {}", rows_bill(2.0 * hits));
    }
}

#[test]
fn counting_is_billed_beyond_what_is_included() {
    let included = Use {
        requests: 1_000.0,
        object_requests: 0.38,
        object_rows: 19.0,
        d1_rows: 19.0,
        d1_gb: 5.0,
        objects: 1.0,
    };
    assert_eq!(counting_bill(&included), 0.0);
    for (more, dollars) in [
        (Use { object_requests: 300.0, ..included }, 116.49),
        (Use { object_rows: 100.0, ..included }, 209.2),
        (Use { d1_rows: 100.0, ..included }, 209.2),
        (Use { d1_gb: 7.0, ..included }, 1.5),
        (Use { objects: 2.0, ..included }, 3.294),
    ] {
        assert!((counting_bill(&more) - dollars).abs() < 0.01, "{more:?}: {}", counting_bill(&more));
    }
}

#[test]
fn the_free_plan_is_bounded_by_what_is_used_up_first() {
    let all = Use { requests: 2.0, object_requests: 1.0, object_rows: 1.5, d1_rows: 1.0, ..Use::default() };
    assert_eq!(free_hits(&all), (100_000.0, "requests to the Worker"));
    for (uses, hits, bound) in [
        (Use { object_requests: 4.0, ..all }, 50_000.0, "requests to the object"),
        (Use { object_rows: 8.0, ..all }, 25_000.0, "rows that the object writes"),
        (Use { d1_rows: 4.0, ..all }, 50_000.0, "rows that D1 writes"),
    ] {
        assert_eq!(free_hits(&uses), (hits, bound));
    }
}

#[test]
fn a_database_is_full_after() {
    assert_eq!(full_after_days(100_000_000.0, 10.0), 100.0);
}

#[test]
fn the_page_has_the_dollars_of_its_own_figures() {
    let rows = table("| hits/s | requests, M | the object's requests, M |");
    assert_eq!(rows.len(), 5);
    for row in rows {
        let per_second = |column: usize| number(&row[column]) / millions(1.0);
        let uses = Use {
            requests: number(&row[0]),
            object_requests: per_second(2),
            object_rows: per_second(3),
            d1_rows: per_second(4),
            d1_gb: number(&row[5]),
            objects: 1.0,
        };
        let (bill, counting) = (requests_bill(&uses), counting_bill(&uses));
        let expected = [
            (1, millions(uses.requests)),
            (6, bill),
            (7, counting),
            (8, counting / bill),
            (9, rows_bill(2.0 * uses.requests)),
            (11, rows_bill(per_second(10))),
        ];
        for (column, value) in expected {
            assert!(says(&row[column], value), "column {column} of {row:?}: {value}");
        }
    }
}

#[test]
fn the_page_has_the_hits_of_the_free_plan() {
    let rows = table("| for each hit, at ");
    let used = |name: &str| number(&rows.iter().find(|row| row[0] == name).unwrap()[1]);
    let uses = Use {
        requests: used("requests to the Worker"),
        object_requests: used("requests to the object"),
        object_rows: used("rows that the object writes"),
        d1_rows: used("rows that D1 writes"),
        ..Use::default()
    };
    let (hits, bound) = free_hits(&uses);
    for row in &rows {
        assert!(says(&row[2], prices::FREE / number(&row[1])), "{row:?}");
    }
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/SCALING.md")).unwrap();
    let line = page.lines().find(|line| line.contains(" hits a day**, bounded by the ")).unwrap();
    let (said, said_bound) = line.split_once(" hits a day**, bounded by the ").unwrap();
    assert!(says(said.trim_start_matches("**"), hits), "{line}: {hits}");
    assert_eq!(said_bound, format!("{bound}."));
}
