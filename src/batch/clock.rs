//! Time, as what runs in the simulation, too, needs it.

use std::future::Future;
use std::pin::pin;

use futures_util::future::{Either, select};

use crate::domain::date::Millis;

#[allow(async_fn_in_trait)]
pub trait Clock {
    fn now(&self) -> Millis;
    async fn sleep(&self, millis: Millis);

    /// The future's answer, or `None` when it takes longer than `millis`.
    async fn within<T>(&self, millis: Millis, future: impl Future<Output = T>) -> Option<T> {
        match select(pin!(future), pin!(self.sleep(millis))).await {
            Either::Left((answer, _)) => Some(answer),
            Either::Right(_) => None,
        }
    }
}
