//! What is decided of one owner's day of a flush: which rows it gets, and what is added to which.

use std::collections::HashMap;

use super::Limits;
use super::admission::{Applicant, Schedule};
use super::owner_day::{Addition, FileKey, OwnerDay, RowCount, RowKey, ValueKey};
use super::sketch::{Sketch, hash};
use crate::domain::asset_type::AssetType;
use crate::domain::counters::Counters;
use crate::domain::date::Millis;
use crate::domain::dimension::Dimension;
use crate::domain::failed_request::{FailedRequest, Seen};
use crate::domain::flush_body::DayCounts;
use crate::domain::row_key::{Combination, FileKind, OTHER};

/// When an owner's day gets new rows.
#[derive(Debug, Default)]
pub struct Schedules {
    files: Schedule,
    combinations: Schedule,
}

/// What a decision depends on, beside the day itself.
pub struct Terms<'a> {
    pub limits: &'a Limits,
    /// When this owner's day gets new rows.
    pub schedules: &'a mut Schedules,
    /// When the date gets new rows, all owners together.
    pub of_all: &'a mut Schedule,
    pub sketch: &'a Sketch,
    pub since_midnight: Millis,
    /// Files and combinations of the date, of all owners, and their values.
    pub all_detail: usize,
    pub all_values: usize,
    /// Requests of the date before this flush, of all owners.
    pub all_requests: u64,
}

/// An [`Addition`] that is being decided on.
struct Draft<'a> {
    known: &'a OwnerDay,
    addition: Addition,
    /// Requests of the flush.
    requests: u64,
    /// What is new, beside what is known.
    names: HashMap<String, u32>,
    files: HashMap<FileKey, u32>,
    rows: HashMap<RowKey, u32>,
    values: HashMap<ValueKey, u32>,
    combinations: usize,
    value_counts: HashMap<Dimension, usize>,
    new_failed: usize,
    /// Requests of this flush whose file or combination gets no row, by hash.
    unlisted: HashMap<u64, u32>,
    terms: Terms<'a>,
}

/// Decides what becomes of the counts of an owner's day, as far as it is known.
pub fn draft(counts: DayCounts, known: &OwnerDay, terms: Terms<'_>) -> Addition {
    let mut draft = Draft {
        known,
        addition: Addition::new(counts.owner, counts.date),
        requests: counts.total().requests,
        names: HashMap::new(),
        files: HashMap::new(),
        rows: HashMap::new(),
        values: HashMap::new(),
        combinations: 0,
        value_counts: HashMap::new(),
        new_failed: 0,
        unlisted: HashMap::new(),
        terms,
    };
    for (combination, asset_type, counters) in counts.rows {
        draft.add_values(&combination, asset_type, counters);
        draft.add_row(combination, asset_type, counters);
    }
    for (dimension, value, counters) in counts.values {
        draft.add_value(dimension, &value, counters);
    }
    for (request, seen) in counts.failed {
        draft.add_failed(request, seen);
    }
    draft.addition.minutes = counts.minutes;
    draft.addition
}

impl Draft<'_> {
    fn add_row(&mut self, combination: Combination, asset_type: AssetType, counters: Counters) {
        let kind = FileKind::of(asset_type, combination.status);
        let (mut file, mut row) = (None, None);
        if combination.is_exact() {
            file = self.file(&combination.image_id, kind, counters.requests);
            row = self.row(&combination, file.is_some(), counters.requests);
        }
        let row = row.unwrap_or_else(|| {
            self.row_or_new(&match file {
                Some(_) => Combination::rest_of(combination.image_id.clone(), kind),
                None => Combination::coarse(combination.status, asset_type),
            })
        });
        self.addition.counts.push(RowCount { row, file, asset_type, counters });
    }

    /// The file's number, if it has a total or gets one.
    fn file(&mut self, image_id: &str, kind: FileKind, requests: u64) -> Option<u32> {
        if let Some(name) = self.find_name(image_id) {
            let key = FileKey { name, kind };
            let known = self.known.files.find(&key).or_else(|| self.files.get(&key).copied());
            if known.is_some() {
                return known;
            }
        }
        let used = self.known.files.len() + self.files.len();
        let hash = self.hash(&[image_id.as_bytes(), kind.as_str().as_bytes()]);
        let lack = self.admit(hash, requests, used, true)?;
        let key = FileKey { name: self.name(image_id), kind };
        let number = used as u32;
        self.files.insert(key, number);
        self.addition.files.push((key, lack));
        if lack > 0 {
            // So that D1 knows what it lacks.
            self.new_row(&Combination::rest_of(image_id.to_owned(), kind), lack);
        }
        Some(number)
    }

    /// The row of a combination, if it has one or gets one: only if its file has a total.
    fn row(&mut self, combination: &Combination, has_file: bool, requests: u64) -> Option<u32> {
        if let Some(known) = self.find_row(combination) {
            return Some(known);
        }
        let Combination { image_id, variant, country, status } = combination;
        let (status, country) = (status.to_le_bytes(), country.as_str());
        let parts = [image_id.as_bytes(), variant.as_bytes(), country.as_bytes(), &status];
        let hash = self.hash(&parts);
        if !has_file {
            self.leave_out(hash, requests);
            return None;
        }
        let used = self.known.combinations + self.combinations;
        let lack = self.admit(hash, requests, used, false)?;
        self.combinations += 1;
        Some(self.new_row(combination, lack))
    }

    /// What a file or combination lacks that gets a row now; none if it gets none.
    fn admit(&mut self, hash: u64, requests: u64, used: usize, is_file: bool) -> Option<u32> {
        let lack = self.estimate(hash);
        let Terms { limits, schedules, of_all, since_midnight, all_detail, all_requests, .. } =
            &mut self.terms;
        let estimate = u64::from(lack) + requests;
        let of_day = self.known.total.requests + self.requests;
        let of_day = Applicant { estimate, used, rows: limits.detail / 2, requests: of_day };
        let schedule = if is_file { &mut schedules.files } else { &mut schedules.combinations };
        let all_used = *all_detail + self.files.len() + self.combinations;
        let all_requests = *all_requests + self.requests;
        let of_object =
            Applicant { estimate, used: all_used, rows: limits.all_detail, requests: all_requests };
        let is_admitted = schedule.admits(&of_day, *since_midnight)
            && (used < limits.share / 2 || of_all.admits(&of_object, *since_midnight));
        if is_admitted {
            return Some(lack);
        }
        self.leave_out(hash, requests);
        None
    }

    fn hash(&self, parts: &[&[u8]]) -> u64 {
        hash(&[&[self.addition.owner.as_bytes()], parts].concat())
    }

    /// The most requests of a file or combination that were counted in other rows.
    fn estimate(&self, hash: u64) -> u32 {
        let in_flush = self.unlisted.get(&hash).copied().unwrap_or(0);
        self.terms.sketch.estimate(hash).saturating_add(in_flush)
    }

    fn leave_out(&mut self, hash: u64, requests: u64) {
        let requests = u32::try_from(requests).unwrap_or(u32::MAX);
        let sum = self.unlisted.entry(hash).or_default();
        *sum = sum.saturating_add(requests);
        self.addition.unlisted.push((hash, requests));
    }

    /// A row that needs no admission: that of a file, or of a status and kind.
    fn row_or_new(&mut self, combination: &Combination) -> u32 {
        self.find_row(combination).unwrap_or_else(|| self.new_row(combination, 0))
    }

    fn find_row(&self, combination: &Combination) -> Option<u32> {
        let image = self.find_name(&combination.image_id)?;
        let variant = self.find_name(&combination.variant)?;
        let Combination { country, status, .. } = *combination;
        let key = RowKey { image, variant, country, status };
        self.known.rows.find(&key).or_else(|| self.rows.get(&key).copied())
    }

    fn new_row(&mut self, combination: &Combination, lack: u32) -> u32 {
        let (image, variant) = (self.name(&combination.image_id), self.name(&combination.variant));
        let Combination { country, status, .. } = *combination;
        let key = RowKey { image, variant, country, status };
        let number = (self.known.rows.len() + self.rows.len()) as u32;
        self.rows.insert(key, number);
        self.addition.rows.push((key, lack));
        number
    }

    /// The dimensions that a row tells, besides its file.
    fn add_values(&mut self, row: &Combination, asset_type: AssetType, counters: Counters) {
        let (variant, country) =
            if row.is_exact() { (&*row.variant, row.country.as_str()) } else { (OTHER, OTHER) };
        for (dimension, value) in [
            (Dimension::Variant, variant),
            (Dimension::Status, &*row.status.to_string()),
            (Dimension::Country, country),
            (Dimension::AssetType, asset_type.as_str()),
        ] {
            self.add_value(dimension, value, counters);
        }
    }

    /// A value that has no room is left out: what a dimension lacks to the total is `(other)`.
    fn add_value(&mut self, dimension: Dimension, value: &str, counters: Counters) {
        let key = self.find_name(value).map(|value| ValueKey { dimension, value });
        let known =
            key.and_then(|key| self.known.values.find(&key).or_else(|| self.values.get(&key).copied()));
        let number = match known {
            Some(number) => number,
            None => {
                let of_known = self.known.value_counts.get(&dimension).copied().unwrap_or(0);
                let of_new = self.value_counts.get(&dimension).copied().unwrap_or(0);
                if !self.has_room_for_value(dimension, of_known + of_new) {
                    return;
                }
                let key = ValueKey { dimension, value: self.name(value) };
                let number = (self.known.values.len() + self.values.len()) as u32;
                self.values.insert(key, number);
                *self.value_counts.entry(dimension).or_default() += 1;
                self.addition.values.push(key);
                number
            }
        };
        self.addition.value_counts.push((number, counters));
    }

    fn has_room_for_value(&self, dimension: Dimension, used: usize) -> bool {
        let Terms { limits, all_values, .. } = &self.terms;
        // These two add up to the totals, and have few values.
        let is_total = matches!(dimension, Dimension::Status | Dimension::AssetType);
        let has_room = *all_values + self.values.len() < limits.all_values;
        is_total || used < limits.values_share || (used < limits.values && has_room)
    }

    fn add_failed(&mut self, request: FailedRequest, seen: Seen) {
        if !self.known.failed.contains_key(&request) {
            if self.known.failed.len() + self.new_failed >= self.terms.limits.failed {
                return;
            }
            self.new_failed += 1;
        }
        self.addition.failed.push((request, seen));
    }

    fn find_name(&self, text: &str) -> Option<u32> {
        self.known.names.find(text).or_else(|| self.names.get(text).copied())
    }

    fn name(&mut self, text: &str) -> u32 {
        if let Some(number) = self.find_name(text) {
            return number;
        }
        let number = (self.known.names.len() + self.names.len()) as u32;
        self.names.insert(text.to_owned(), number);
        self.addition.names.push(text.to_owned());
        number
    }
}
