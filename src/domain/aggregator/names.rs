//! Texts that many rows share: each is kept once, and has a number.

use std::borrow::Cow;
use std::hash::{BuildHasher, RandomState};

use hashbrown::HashTable;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::pages::{Pages, deserialize_each, serialize_each};

/// Bytes of a page of texts. A text is in one page as a whole; a longer one has a page of its own.
const PAGE: usize = 16_384;

/// Texts, numbered in the order in which they came.
#[derive(Debug, Default)]
pub struct Names {
    texts: Vec<String>,
    places: Pages<Place>,
    /// Numbers, by text.
    index: HashTable<u32>,
    hasher: RandomState,
}

/// Where a text is.
#[derive(Debug, Clone, Copy)]
struct Place {
    page: u32,
    from: u16,
    length: u16,
}

impl Names {
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// The text of a number; empty for one that was never given.
    pub fn get(&self, number: u32) -> &str {
        let text = |place: &Place| {
            let from = usize::from(place.from);
            self.texts.get(place.page as usize)?.get(from..from + usize::from(place.length))
        };
        self.places.get(number).and_then(text).unwrap_or_default()
    }

    pub fn find(&self, text: &str) -> Option<u32> {
        self.index.find(self.hasher.hash_one(text), |number| self.get(*number) == text).copied()
    }

    /// The number of a text that is new. What is beyond 65,535 bytes of it is cut; names have at most 1,024.
    pub fn push(&mut self, text: &str) -> u32 {
        let text = &text[..text.floor_char_boundary(usize::from(u16::MAX))];
        let has_room = self.texts.last().is_some_and(|page| page.len() + text.len() <= PAGE);
        if !has_room {
            self.texts.push(String::new());
        }
        let page = self.texts.len() - 1;
        let from = self.texts[page].len() as u16;
        self.texts[page].push_str(text);
        let number = self.len() as u32;
        self.places.push(Place { page: page as u32, from, length: text.len() as u16 });
        let Self { texts, places, index, hasher } = self;
        let hash_of = |number: &u32| {
            let place = places.get(*number).expect("it has a place");
            let from = usize::from(place.from);
            hasher.hash_one(&texts[place.page as usize][from..from + usize::from(place.length)])
        };
        index.insert_unique(hasher.hash_one(text), number, hash_of);
        number
    }

    fn iter(&self) -> impl Iterator<Item = &str> {
        (0..self.len() as u32).map(|number| self.get(number))
    }
}

impl PartialEq for Names {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Serialize for Names {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serialize_each(self.len(), self.iter(), serializer)
    }
}

impl<'de> Deserialize<'de> for Names {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut names = Self::default();
        deserialize_each(deserializer, |text: Cow<'_, str>| {
            names.push(&text);
        })?;
        Ok(names)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_have_numbers() {
        let mut names = Names::default();
        let text = |number: u32| format!("pics/{number}-{}.jpg", "ü".repeat(number as usize % 60));
        for number in 0..5_000 {
            assert_eq!(names.find(&text(number)), None);
            assert_eq!(names.push(&text(number)), number);
        }
        let long = "x".repeat(70_000);
        assert_eq!(names.push(&long), 5_000);
        let read: Names = postcard::from_bytes(&postcard::to_allocvec(&names).unwrap()).unwrap();
        assert_eq!(read, names);
        for number in 0..5_000 {
            assert_eq!((read.find(&text(number)), read.get(number)), (Some(number), &*text(number)));
        }
        assert_eq!((read.get(5_000).len(), read.get(5_001)), (65_535, ""));
    }
}
