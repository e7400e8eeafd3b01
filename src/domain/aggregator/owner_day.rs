//! What was counted of an owner's day.
//!
//! A hit counts in one row of `analytics_daily`: that of its combination, where that has a row of its own; else that of its
//! file; else that of its status and kind. Values only rise, and nothing moves from one row to another: a hit that has moved
//! would count twice in D1.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::names::Names;
use super::table::Table;
use crate::domain::asset_type::AssetType;
use crate::domain::counters::Counters;
use crate::domain::country::Country;
use crate::domain::date::Date;
use crate::domain::dimension::Dimension;
use crate::domain::failed_request::{FailedRequest, Seen};
use crate::domain::minutes::Minutes;
use crate::domain::owner::OwnerId;
use crate::domain::row_key::{Combination, FileKind};

/// All of an owner's day.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct OwnerDay {
    pub total: Counters,
    pub names: Names,
    pub files: Table<FileKey, File>,
    pub rows: Table<RowKey, Row>,
    /// How many rows are of single combinations.
    pub combinations: usize,
    pub values: Table<ValueKey, Counters>,
    /// How many values each dimension has.
    pub value_counts: BTreeMap<Dimension, usize>,
    pub failed: BTreeMap<FailedRequest, Seen>,
}

/// A file that has a total of its own; of each kind of answers one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct FileKey {
    /// A number in `names`, as in all keys here.
    pub name: u32,
    pub kind: FileKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct File {
    /// Of all its rows.
    pub total: Counters,
    /// The most requests that were counted in other rows before it had a total.
    pub lack: u32,
}

/// What tells the day's rows of `analytics_daily` apart: [`Combination`] with names by number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct RowKey {
    pub image: u32,
    pub variant: u32,
    pub country: Country,
    pub status: u16,
}

/// A row of `analytics_daily`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    pub asset_type: AssetType,
    pub counters: Counters,
    /// The most requests that were counted in other rows before this one was there.
    pub lack: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ValueKey {
    pub dimension: Dimension,
    pub value: u32,
}

/// What a flush adds to an owner's day: which rows are new, and what is added to which. Numbers of new names and rows follow
/// those that are there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Addition {
    pub owner: OwnerId,
    pub date: Date,
    pub names: Vec<String>,
    /// With what each lacks at most.
    pub files: Vec<(FileKey, u32)>,
    pub rows: Vec<(RowKey, u32)>,
    pub values: Vec<ValueKey>,
    pub counts: Vec<RowCount>,
    pub value_counts: Vec<(u32, Counters)>,
    /// Requests of files and combinations that have no row, by hash: for the sketch.
    pub unlisted: Vec<(u64, u32)>,
    pub failed: Vec<(FailedRequest, Seen)>,
    pub minutes: Minutes,
}

/// What is added to a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowCount {
    pub row: u32,
    /// The file to which it is added, too.
    pub file: Option<u32>,
    pub asset_type: AssetType,
    pub counters: Counters,
}

/// An addition that was not decided on for this day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an entry of the journal names a row that is not there")]
pub struct NoSuchRow;

impl Addition {
    pub fn new(owner: OwnerId, date: Date) -> Self {
        Self {
            owner,
            date,
            names: Vec::new(),
            files: Vec::new(),
            rows: Vec::new(),
            values: Vec::new(),
            counts: Vec::new(),
            value_counts: Vec::new(),
            unlisted: Vec::new(),
            failed: Vec::new(),
            minutes: Minutes::default(),
        }
    }

    /// All that is added.
    pub fn total(&self) -> Counters {
        self.counts.iter().map(|count| count.counters).sum()
    }
}

impl OwnerDay {
    /// # Errors
    ///
    /// [`NoSuchRow`]; what is then in memory is of no use.
    pub fn add(&mut self, addition: &Addition) -> Result<(), NoSuchRow> {
        for name in &addition.names {
            self.names.push(name);
        }
        for (key, lack) in &addition.files {
            self.files.push(*key, File { total: Counters::default(), lack: *lack });
        }
        for (key, lack) in &addition.rows {
            self.combinations += usize::from(self.combination(key).is_exact());
            // The first of the alphabet, until something is counted.
            let asset_type = AssetType::Image;
            self.rows.push(*key, Row { asset_type, counters: Counters::default(), lack: *lack });
        }
        for key in &addition.values {
            self.values.push(*key, Counters::default());
            *self.value_counts.entry(key.dimension).or_default() += 1;
        }
        for RowCount { row, file, asset_type, counters } in &addition.counts {
            let row = self.rows.get_mut(*row).ok_or(NoSuchRow)?;
            // As in D1: of several, which only a file that was replaced can have, the last of the alphabet.
            row.asset_type = row.asset_type.max_by_name(*asset_type);
            row.counters.add(counters);
            if let Some(file) = file {
                self.files.get_mut(*file).ok_or(NoSuchRow)?.total.add(counters);
            }
            self.total.add(counters);
        }
        for (value, counters) in &addition.value_counts {
            self.values.get_mut(*value).ok_or(NoSuchRow)?.add(counters);
        }
        for (request, seen) in &addition.failed {
            self.failed.entry(request.clone()).and_modify(|known| known.add(seen)).or_insert(*seen);
        }
        Ok(())
    }

    /// Files and combinations, which are bounded for all owners together.
    pub fn detail(&self) -> usize {
        self.files.len() + self.combinations
    }

    /// What a file has in the dimension that lists it: of other files, what failed, too.
    pub fn total_of(&self, dimension: Dimension, name: u32) -> Counters {
        let served = AssetType::of_dimension(dimension).map(FileKind::Served);
        let failed = (dimension == Dimension::Other).then_some(FileKind::Failed);
        let files =
            served.into_iter().chain(failed).filter_map(|kind| self.files.find(&FileKey { name, kind }));
        files.filter_map(|number| self.files.get(number)).map(|(_, file)| file.total).sum()
    }

    /// What a row is of.
    pub fn combination(&self, key: &RowKey) -> Combination {
        let text = |number| self.names.get(number).to_owned();
        Combination {
            image_id: text(key.image),
            variant: text(key.variant),
            country: key.country,
            status: key.status,
        }
    }
}
