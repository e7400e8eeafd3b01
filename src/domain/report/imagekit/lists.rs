//! The lists of both reports: what is listed, how it is called, and how much of it.

use crate::domain::asset_type::AssetType;
use crate::domain::counters::sum_of;
use crate::domain::country::Country;
use crate::domain::dimension::Dimension;
use crate::domain::report::breakdown::Sort;
use crate::domain::report::ranking::sort_rows;
use crate::domain::report::row::{Row, TOP};

use super::Source;

/// Most values of a list of which there are few, such as statuses.
pub const FEW: u32 = 50;

/// Cache results as ImageKit calls them.
pub(super) const HIT: &str = "Hit";
pub(super) const MISS: &str = "Miss";
pub(super) const ERROR: &str = "Error";

impl Source {
    /// The first values of a dimension that may have many.
    pub(super) fn top(&self, dimension: Dimension, sort: Sort) -> Vec<Row> {
        self.ranking.list(dimension, sort, TOP as usize)
    }

    /// The values of a dimension that has few.
    pub(super) fn few(&self, dimension: Dimension, sort: Sort) -> Vec<Row> {
        self.ranking.list(dimension, sort, FEW as usize)
    }

    pub(super) fn transformations(&self, asset_type: AssetType, sort: Sort) -> Vec<Row> {
        self.ranking.transformations(asset_type, sort, TOP as usize)
    }

    /// The first files of a type, by their URLs; those that stand for several files have none.
    pub(super) fn files(&self, dimension: Dimension, sort: Sort) -> Vec<Row> {
        let files = self.few(dimension, sort).into_iter();
        let files = files.filter_map(|row| Some(Row { value: self.urls.of(&row.value)?, ..row }));
        files.take(TOP as usize).collect()
    }

    /// Hits, misses and errors. What the cache was not asked for came from the origin: it is a miss.
    pub(super) fn cache(&self, sort: Sort) -> Vec<Row> {
        self.cache_results(MISS, sort)
    }

    /// As [`Self::cache`], and what the cache was not asked for by itself.
    pub(super) fn result_types(&self, sort: Sort) -> Vec<Row> {
        self.cache_results("Bypass", sort)
    }

    fn cache_results(&self, bypass: &'static str, sort: Sort) -> Vec<Row> {
        let name = |value: &str| match value {
            "hit" => HIT,
            "error" => ERROR,
            "bypass" => bypass,
            _ => MISS,
        };
        together(self.ranking.all(Dimension::Cache), name, sort)
    }

    /// Devices by their class alone.
    pub(super) fn device_classes(&self, sort: Sort) -> Vec<Row> {
        let class = |value: &'_ str| value.split(" - ").next().unwrap_or(value).to_owned();
        together(self.ranking.all(Dimension::Device), class, sort)
    }

    /// URLs that there was nothing for, most frequent first.
    pub(super) fn not_found(&self) -> impl Iterator<Item = (String, u64)> {
        self.not_found.iter().filter_map(|it| Some((self.urls.of_path(&it.path)?, it.requests)))
    }
}

/// Adds up values that have the same name.
fn together<'a, N: Into<String>>(
    rows: impl Iterator<Item = &'a Row>,
    name: impl Fn(&str) -> N,
    sort: Sort,
) -> Vec<Row> {
    let mut list: Vec<Row> = Vec::new();
    for row in rows {
        let value = name(&row.value).into();
        match list.iter_mut().find(|it| it.value == value) {
            Some(sum) => {
                sum.requests = sum_of(sum.requests, row.requests);
                sum.bandwidth_bytes = sum_of(sum.bandwidth_bytes, row.bandwidth_bytes);
            }
            None => list.push(Row { value, ..row.clone() }),
        }
    }
    sort_rows(&mut list, sort);
    list
}

/// The name of a country by its code.
pub(super) fn country_name(code: &str) -> &'static str {
    Country::of_code(Some(code)).name()
}
