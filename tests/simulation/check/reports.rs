//! The product's reports.

use std::collections::BTreeMap;

use futures_util::FutureExt;
use pixtally::domain::date::Date;
use pixtally::domain::date_range::{DateRange, RangeQuery};
use pixtally::domain::image_id::ImageId;
use pixtally::domain::report::row::Row;
use pixtally::domain::tally::RowKey;
use pixtally::store::reports;

use super::reported::Reported;
use crate::database::Direct;
use crate::ledger::{OwnerDay, Rows, Sum, plus};
use crate::world::World;

/// Every report shows the same rows, added up another way.
pub fn agree(world: &World, days: &BTreeMap<OwnerDay, Reported>) {
    let owner = world.random.pick(&world.owners);
    let rows: Rows = days
        .iter()
        .filter(|((of, _), _)| *of == owner)
        .flat_map(|(_, day)| day.rows.iter().map(|(key, counters)| (key.clone(), *counters)))
        .collect();
    let db = Direct(&world.server);
    let (range, owners) = (range(world), [owner.to_string()]);
    let overview =
        reports::overview(&db, &owners, &range).now_or_never().expect("at once").expect("an overview");
    let by_date: BTreeMap<String, Sum> = sums(&rows, |key| key.date.to_string());
    let shown = overview.days.iter().map(|day| (day.date.to_string(), (day.requests, day.bandwidth_bytes)));
    assert_eq!(shown.collect::<BTreeMap<_, _>>(), by_date, "the overview's days");
    same_top("images", &overview.image, sums(&rows, |key| key.image_id.clone()));
    same_top("countries", &overview.country, sums(&rows, |key| key.country.to_string()));
    same_top("variants", &overview.variant, sums(&rows, |key| key.variant.clone()));
    same_top("statuses", &overview.status, sums(&rows, |key| key.status.to_string()));
    same_top("owners", &overview.owner, sums(&rows, |key| key.owner.to_string()));
    let Some(image) = rows.keys().find_map(|key| ImageId::parse(&key.image_id).ok()) else { return };
    let of_image = |key: &RowKey| key.image_id == image.as_str();
    let rows: Rows = rows.into_iter().filter(|(key, _)| of_image(key)).collect();
    let shown =
        reports::image(&db, owner, &image, &range).now_or_never().expect("at once").expect("a report");
    same_top("an image's variants", &shown.variant, sums(&rows, |key| key.variant.clone()));
    same_top("an image's countries", &shown.country, sums(&rows, |key| key.country.to_string()));
    same_top("an image's statuses", &shown.status, sums(&rows, |key| key.status.to_string()));
    let by_date: BTreeMap<String, Sum> = sums(&rows, |key| key.date.to_string());
    let shown = shown.days.iter().map(|day| (day.date.to_string(), (day.requests, day.bandwidth_bytes)));
    assert_eq!(shown.collect::<BTreeMap<_, _>>(), by_date, "an image's days");
}

fn range(world: &World) -> DateRange {
    let today = Date::at(world.now());
    let first = world.profile.start.minus(2);
    let query =
        RangeQuery { start: Some(first.to_string()), end: Some(today.to_string()), ..RangeQuery::default() };
    DateRange::parse(&query, today, 3_650).expect("a range")
}

fn sums(rows: &Rows, value: impl Fn(&RowKey) -> String) -> BTreeMap<String, Sum> {
    let mut sums = BTreeMap::new();
    for (key, counters) in rows {
        plus(&mut sums, value(key), (counters.requests, counters.bandwidth_bytes));
    }
    sums
}

/// No dimension of the simulation has more values than a report shows.
fn same_top(what: &str, shown: &[Row], expected: BTreeMap<String, Sum>) {
    let shown = shown.iter().map(|row| (row.value.clone(), (row.requests, row.bandwidth_bytes)));
    assert_eq!(shown.collect::<BTreeMap<_, _>>(), expected, "{what}");
}
