//! The largest values of all dimensions, each list in both orders.

use std::collections::HashMap;

use serde::Deserialize;

use super::breakdown::Sort;
use super::row::Row;
use crate::domain::asset_type::AssetType;
use crate::domain::dimension::Dimension;
use crate::domain::variant::Variant;

/// A value as D1 has added it up: one of the first in either order.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct StoredRank {
    pub dimension: String,
    #[serde(flatten)]
    pub row: Row,
}

/// A derived variant of videos, or of other files.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct StoredTransformation {
    pub asset_type: String,
    #[serde(flatten)]
    pub row: Row,
}

/// A path that was asked for in vain.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct NotFound {
    pub path: String,
    pub requests: u64,
}

/// Lists of values.
pub struct Ranking {
    ranked: HashMap<String, Vec<Row>>,
    transformations: Vec<StoredTransformation>,
}

impl Ranking {
    pub fn new(ranked: Vec<StoredRank>, transformations: Vec<StoredTransformation>) -> Self {
        let mut lists: HashMap<String, Vec<Row>> = HashMap::new();
        for StoredRank { dimension, row } in ranked {
            lists.entry(dimension).or_default().push(row);
        }
        Self { ranked: lists, transformations }
    }

    /// The first values of a dimension, largest first.
    pub fn list(&self, dimension: Dimension, sort: Sort, most: usize) -> Vec<Row> {
        let mut list: Vec<Row> = self.all(dimension).cloned().collect();
        sort_rows(&mut list, sort);
        list.truncate(most);
        list
    }

    /// All values of a dimension that has few.
    pub fn all(&self, dimension: Dimension) -> impl Iterator<Item = &Row> {
        self.ranked.get(dimension.as_str()).into_iter().flatten()
    }

    /// Derived variants of files of one type, largest first. What is not known to be of videos or of other files is of images.
    pub fn transformations(&self, asset_type: AssetType, sort: Sort, most: usize) -> Vec<Row> {
        let of_type = self.transformations.iter().filter(|it| it.asset_type == asset_type.as_str());
        let mut list: Vec<Row> = match asset_type {
            AssetType::Image => self.of_images().collect(),
            _ => of_type.map(|it| it.row.clone()).collect(),
        };
        sort_rows(&mut list, sort);
        list.truncate(most);
        list
    }

    fn of_images(&self) -> impl Iterator<Item = Row> {
        let derived = self.all(Dimension::Variant).filter(|row| is_derived(&row.value));
        derived.filter_map(|row| {
            let others = self.transformations.iter().filter(|it| it.row.value == row.value);
            let (mut requests, mut bandwidth_bytes) = (row.requests, row.bandwidth_bytes);
            for StoredTransformation { row: other, .. } in others {
                requests = requests.saturating_sub(other.requests);
                bandwidth_bytes = bandwidth_bytes.saturating_sub(other.bandwidth_bytes);
            }
            (requests > 0).then(|| Row { value: row.value.clone(), requests, bandwidth_bytes })
        })
    }
}

/// Largest first, in the order that D1 has, too.
pub fn sort_rows(rows: &mut [Row], sort: Sort) {
    rows.sort_by(|one, other| {
        let by = |row: &Row| match sort {
            Sort::Requests => (row.requests, row.bandwidth_bytes),
            Sort::Bandwidth => (row.bandwidth_bytes, row.requests),
        };
        by(other).cmp(&by(one)).then_with(|| one.value.cmp(&other.value))
    });
}

fn is_derived(variant: &str) -> bool {
    matches!(Variant::parse(variant), Some(Variant::Derived(_)))
}
