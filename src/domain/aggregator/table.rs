//! Rows with a key, numbered in the order in which they came.

use std::hash::{BuildHasher, Hash, RandomState};

use hashbrown::HashTable;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::pages::{Pages, deserialize_each, serialize_each};

/// Rows, each with its key. None is ever taken out.
#[derive(Debug)]
pub struct Table<K, V> {
    rows: Pages<(K, V)>,
    /// Numbers, by key.
    index: HashTable<u32>,
    hasher: RandomState,
}

impl<K, V> Default for Table<K, V> {
    fn default() -> Self {
        Self { rows: Pages::default(), index: HashTable::new(), hasher: RandomState::new() }
    }
}

impl<K: Hash + Eq, V> Table<K, V> {
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    pub fn find(&self, key: &K) -> Option<u32> {
        let is_it = |number: &u32| self.rows.get(*number).is_some_and(|(of, _)| of == key);
        self.index.find(self.hasher.hash_one(key), is_it).copied()
    }

    pub fn get(&self, number: u32) -> Option<&(K, V)> {
        self.rows.get(number)
    }

    pub fn get_mut(&mut self, number: u32) -> Option<&mut V> {
        self.rows.get_mut(number).map(|(_, value)| value)
    }

    /// The number of a row with a new key.
    pub fn push(&mut self, key: K, value: V) -> u32 {
        let (number, hash) = (self.len() as u32, self.hasher.hash_one(&key));
        self.rows.push((key, value));
        let Self { rows, index, hasher } = self;
        let hash_of = |number: &u32| hasher.hash_one(&rows.get(*number).expect("it has a row").0);
        index.insert_unique(hash, number, hash_of);
        number
    }

    pub fn iter(&self) -> impl Iterator<Item = &(K, V)> {
        self.rows.iter()
    }
}

impl<K: PartialEq, V: PartialEq> PartialEq for Table<K, V> {
    fn eq(&self, other: &Self) -> bool {
        self.rows == other.rows
    }
}

impl<K: Serialize, V: Serialize> Serialize for Table<K, V> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serialize_each(self.rows.len(), self.rows.iter(), serializer)
    }
}

impl<'de, K: Hash + Eq + Deserialize<'de>, V: Deserialize<'de>> Deserialize<'de> for Table<K, V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut table = Self::default();
        deserialize_each(deserializer, |(key, value)| {
            table.push(key, value);
        })?;
        Ok(table)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_have_numbers() {
        let mut table = Table::default();
        for number in 0..5_000u32 {
            assert_eq!(table.find(&(number, 'a')), None);
            assert_eq!(table.push((number, 'a'), number), number);
        }
        *table.get_mut(4_000).unwrap() += 1;
        let read: Table<(u32, char), u32> =
            postcard::from_bytes(&postcard::to_allocvec(&table).unwrap()).unwrap();
        assert_eq!(read, table);
        assert_eq!((read.find(&(4_000, 'a')), read.find(&(4_000, 'b'))), (Some(4_000), None));
        assert_eq!(read.get(4_000), Some(&((4_000, 'a'), 4_001)));
        assert_eq!(read.iter().count(), 5_000);
    }
}
