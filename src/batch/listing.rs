//! How the bucket is listed: what every listing answers, and how it fails.
//!
//! A page begins after a key, not at a cursor of R2's: R2 lists keys in order, so that a key says where the listing goes on
//! after a minute as well as after a day, and nothing that R2 has made can run out in between.

use crate::domain::date::Millis;

/// Most objects of a page: R2's own limit.
pub const PAGE_OBJECTS: usize = 1_000;

/// An object, without what it holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedObject {
    pub key: String,
    pub bytes: u64,
}

/// Some objects in the order of their keys.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ListedPage {
    pub objects: Vec<ListedObject>,
    /// There are more after these.
    pub goes_on: bool,
}

/// Why there is no page.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ListingError {
    #[error("R2 did not answer within {0} ms")]
    Timeout(Millis),
    #[error("R2 failed: {0}")]
    Failed(String),
    /// It does not go on from where it was asked to.
    #[error("R2 answered a page that cannot be right: {0}")]
    Unreadable(&'static str),
}

impl ListingError {
    /// How long to wait before the same may succeed.
    pub fn retry_after(&self) -> Millis {
        2_000
    }
}

/// A bucket that can be listed.
#[allow(async_fn_in_trait)]
pub trait Listing {
    /// The objects whose keys come after `after`, from the first one without it; at most [`PAGE_OBJECTS`].
    async fn page(&self, after: Option<&str>) -> Result<ListedPage, ListingError>;
}

impl ListedPage {
    /// Where the next page begins; `None` after the last one.
    ///
    /// # Errors
    ///
    /// When the page does not come after `after`: going on would count objects twice, and for ever.
    pub fn next(&self, after: Option<&str>) -> Result<Option<&str>, ListingError> {
        if self.objects.len() > PAGE_OBJECTS {
            return Err(ListingError::Unreadable("it is too long"));
        }
        if self.objects.iter().any(|object| after == Some(object.key.as_str())) {
            return Err(ListingError::Unreadable("it does not move on"));
        }
        match self.objects.last() {
            Some(last) if self.goes_on => Ok(Some(&last.key)),
            None if self.goes_on => Err(ListingError::Unreadable("it is empty, and yet goes on")),
            _ => Ok(None),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_that_cannot_be_right_are_refused() {
        let page = |keys: &[&str], goes_on| ListedPage {
            objects: keys.iter().map(|key| ListedObject { key: (*key).to_owned(), bytes: 1 }).collect(),
            goes_on,
        };
        for (after, keys, goes_on, expected) in [
            (None, &[][..], false, Ok(None)),
            (None, &["a", "b"], true, Ok(Some("b"))),
            (Some("a"), &["b"], true, Ok(Some("b"))),
            (Some("a"), &["b"], false, Ok(None)),
            (Some("b"), &["a", "b"], true, Err("it does not move on")),
            (None, &["a"; PAGE_OBJECTS + 1], false, Err("it is too long")),
            (Some("a"), &[], true, Err("it is empty, and yet goes on")),
        ] {
            let page = page(keys, goes_on);
            assert_eq!(page.next(after), expected.map_err(ListingError::Unreadable), "{after:?} {keys:?}");
        }
    }
}
