//! The breakdowns of an owner's day as they are written to D1: the largest values of every dimension.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::owner_day::OwnerDay;
use crate::domain::counters::Counters;
use crate::domain::date::Date;
use crate::domain::dimension::Dimension;
use crate::domain::owner::OwnerId;
use crate::domain::segment::{MAX_FAILED, MAX_VALUES, Segment, largest};

/// All dimensions and failed requests of an owner's day, the largest of each.
pub fn segment((date, owner): (Date, OwnerId), day: &OwnerDay) -> Segment {
    let mut dimensions: BTreeMap<Dimension, Vec<(Cow<'_, str>, Counters)>> = BTreeMap::new();
    for ((dimension, name), total) in largest_files(day) {
        dimensions.entry(dimension).or_default().push((day.names.get(name).into(), total));
    }
    for (key, counters) in day.values.iter() {
        dimensions.entry(key.dimension).or_default().push((day.names.get(key.value).into(), *counters));
    }
    let entries = dimensions.into_iter().flat_map(|(dimension, values)| {
        largest(values).map(move |(value, counters)| (dimension, value, counters))
    });
    let mut failed: Vec<_> = day.failed.iter().collect();
    failed.sort_unstable_by_key(|(request, seen)| (Reverse((seen.requests, seen.last)), *request));
    let failed = failed.into_iter().take(MAX_FAILED).map(|(request, seen)| (request.clone(), *seen));
    Segment::new(owner, date, entries, failed)
}

/// Files that are among the largest of their dimension, by requests or by bandwidth, with what they have.
fn largest_files(day: &OwnerDay) -> BTreeMap<(Dimension, u32), Counters> {
    let mut by_dimension: BTreeMap<Dimension, Vec<u32>> = BTreeMap::new();
    for (number, (key, _)) in (0..).zip(day.files.iter()) {
        by_dimension.entry(key.kind.asset_type().dimension()).or_default().push(number);
    }
    let total = |number: u32| day.files.get(number).map(|(_, file)| file.total).unwrap_or_default();
    let mut kept = BTreeSet::new();
    for (dimension, files) in &mut by_dimension {
        let mut keep_largest = |rank: &dyn Fn(Counters) -> (u64, u64)| {
            if files.len() > MAX_VALUES {
                files.select_nth_unstable_by_key(MAX_VALUES, |number| Reverse(rank(total(*number))));
            }
            let names = files.iter().take(MAX_VALUES).filter_map(|number| day.files.get(*number));
            kept.extend(names.map(|(key, _)| (*dimension, key.name)));
        };
        keep_largest(&|it| (it.requests, it.bandwidth_bytes));
        keep_largest(&|it| (it.bandwidth_bytes, it.requests));
    }
    kept.into_iter().map(|(dimension, name)| ((dimension, name), day.total_of(dimension, name))).collect()
}
