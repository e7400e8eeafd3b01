//! Sources of a night that the tests of rebuilt days share. Not part of `common`: the tests of storage have their own.

use pixtally::batch::listing::{ListedPage, Listing, ListingError};
use pixtally::batch::source::{self, Control};
use pixtally::domain::date::Date;

/// A control total.
pub struct Counted(pub u64);

impl Control for Counted {
    async fn count(&self, _: Date) -> source::Result<u64> {
        Ok(self.0)
    }
}

/// Nothing is listed.
pub enum NoBucket {}

impl Listing for NoBucket {
    async fn page(&self, _: Option<&str>) -> Result<ListedPage, ListingError> {
        match *self {}
    }
}
