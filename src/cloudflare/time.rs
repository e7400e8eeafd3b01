//! The platform's clock and timers.

use std::future::Future;
use std::time::Duration;

use worker::Delay;

use crate::batch::clock::Clock;
use crate::domain::date::Millis;

/// Now. Within one request it moves only when the request waits for something.
pub fn now() -> Millis {
    js_sys::Date::now() as Millis
}

pub async fn sleep(millis: Millis) {
    Delay::from(Duration::from_millis(millis)).await;
}

/// The future's answer, or `None` when it takes longer than `millis`.
pub async fn within<T>(millis: Millis, future: impl Future<Output = T>) -> Option<T> {
    PlatformClock.within(millis, future).await
}

/// The platform's clock.
pub struct PlatformClock;

impl Clock for PlatformClock {
    fn now(&self) -> Millis {
        now()
    }

    async fn sleep(&self, millis: Millis) {
        sleep(millis).await;
    }
}
