//! Time, as the nightly job needs it.

use crate::domain::date::Millis;

#[allow(async_fn_in_trait)]
pub trait Clock {
    fn now(&self) -> Millis;
    async fn sleep(&self, millis: Millis);
}
