//! D1, as media traffic asks it. There is one breaker an isolate: when D1 has not answered, it is not asked again at once, whatever
//! the question is.

use std::cell::RefCell;
use std::future::Future;

use worker::console_error;

use crate::cloudflare::{random, time};
use crate::domain::breaker::Breaker;
use crate::domain::date::Millis;
use crate::store::db::Result;

thread_local! {
    static BREAKER: RefCell<Breaker> = RefCell::new(Breaker::new(u64::from_le_bytes(random::bytes())));
}

/// Whether [`ask`] asks.
pub fn may_be_asked(now: Millis) -> bool {
    BREAKER.with_borrow(|breaker| breaker.wait(now) == 0)
}

/// Asks D1, for at most `timeout` ms. `None` when there was no answer, or none could be expected.
pub async fn ask<T>(timeout: Millis, question: impl Future<Output = Result<T>>) -> Option<T> {
    let began = time::now();
    if !may_be_asked(began) {
        return None;
    }
    BREAKER.with_borrow_mut(|breaker| breaker.asked(began));
    match time::within(timeout, question).await {
        Some(Ok(answer)) => {
            BREAKER.with_borrow_mut(Breaker::answered);
            return Some(answer);
        }
        Some(Err(error)) => console_error!("D1 has not answered: {error}"),
        None => console_error!("D1 has not answered within {timeout} ms"),
    }
    BREAKER.with_borrow_mut(|breaker| breaker.unanswered(time::now()));
    None
}
