//! Lists that grow page by page. WebAssembly's memory never shrinks, and a list that doubles needs three times its size for a
//! moment: so what is in a full page is never moved.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, SeqAccess, Visitor};
use serde::{Serialize, Serializer};

/// Items of a page.
const PAGE: usize = 1_024;

/// A list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pages<T> {
    /// All but the last are full.
    pages: Vec<Vec<T>>,
}

impl<T> Default for Pages<T> {
    fn default() -> Self {
        Self { pages: Vec::new() }
    }
}

impl<T> Pages<T> {
    pub fn len(&self) -> usize {
        self.pages.last().map_or(0, |last| (self.pages.len() - 1) * PAGE + last.len())
    }

    pub fn push(&mut self, item: T) {
        match self.pages.last_mut() {
            Some(page) if page.len() < PAGE => page.push(item),
            _ => self.pages.push(vec![item]),
        }
    }

    pub fn get(&self, place: u32) -> Option<&T> {
        self.pages.get(place as usize / PAGE)?.get(place as usize % PAGE)
    }

    pub fn get_mut(&mut self, place: u32) -> Option<&mut T> {
        self.pages.get_mut(place as usize / PAGE)?.get_mut(place as usize % PAGE)
    }

    pub fn iter(&self) -> impl Iterator<Item = &T> {
        self.pages.iter().flatten()
    }
}

impl<T: Serialize> Serialize for Pages<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serialize_each(self.len(), self.iter(), serializer)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Pages<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut pages = Self::default();
        deserialize_each(deserializer, |item| pages.push(item))?;
        Ok(pages)
    }
}

/// Writes items as a sequence.
pub fn serialize_each<T: Serialize, S: Serializer>(
    len: usize,
    items: impl Iterator<Item = T>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    use serde::ser::SerializeSeq;
    let mut sequence = serializer.serialize_seq(Some(len))?;
    for item in items {
        sequence.serialize_element(&item)?;
    }
    sequence.end()
}

/// Hands over the items of a sequence one by one, as they are read.
pub fn deserialize_each<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
    take: impl FnMut(T),
) -> Result<(), D::Error> {
    struct Each<T, F>(F, PhantomData<T>);
    impl<'de, T: Deserialize<'de>, F: FnMut(T)> Visitor<'de> for Each<T, F> {
        type Value = ();

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a sequence")
        }

        fn visit_seq<A: SeqAccess<'de>>(mut self, mut items: A) -> Result<(), A::Error> {
            while let Some(item) = items.next_element()? {
                (self.0)(item);
            }
            Ok(())
        }
    }
    deserializer.deserialize_seq(Each(take, PhantomData))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_keep_their_places() {
        let mut pages = Pages::default();
        for number in 0..3_000u32 {
            assert_eq!(pages.len(), number as usize);
            pages.push(number);
        }
        *pages.get_mut(2_999).unwrap() = 7;
        let at = |place| pages.get(place).copied();
        assert_eq!(
            [at(0), at(1_023), at(1_024), at(2_999), at(3_000)],
            [Some(0), Some(1_023), Some(1_024), Some(7), None]
        );
        let read: Pages<u32> = postcard::from_bytes(&postcard::to_allocvec(&pages).unwrap()).unwrap();
        assert_eq!(read, pages);
    }
}
