//! Carries out what `domain/flush.rs` decides, within the `waitUntil` of one request.

use std::cell::RefCell;

use worker::{Env, console_error};

use crate::cloudflare::time;
use crate::domain::date::Millis;
use crate::domain::flush::{Alarm, Flush, FlushId, Flusher, Next};
use crate::domain::hit::Hit;
use crate::domain::tally::Limits;
use crate::store::db::{Db, DbError};
use crate::store::flushes;

/// How long a flusher goes on. `waitUntil` lasts 30 s after the response, of which looking up an owner may have taken
/// a few.
const LIFE_MS: Millis = 26_000;
/// How long all that D1 is asked for one flush may take; then the answer counts as lost. With the longest window it
/// ends within [`LIFE_MS`].
const TIMEOUT_MS: Millis = 10_000;

thread_local! {
    static FLUSHER: RefCell<Option<Flusher>> = const { RefCell::new(None) };
}

fn with<T>(work: impl FnOnce(&mut Flusher) -> T) -> Option<T> {
    FLUSHER.with_borrow_mut(|flusher| flusher.as_mut().map(work))
}

/// Counts a hit. `Some` asks for [`run`].
pub fn record(hit: &Hit, now: Millis, restorable: bool) -> Option<Alarm> {
    FLUSHER.with_borrow_mut(|flusher| {
        flusher.get_or_insert_with(|| Flusher::new(Limits::DEFAULT, restorable)).record(hit, now)
    })
}

/// Waits, then flushes what has gathered.
pub async fn run(env: Env, alarm: Alarm) {
    let deadline = time::now() + LIFE_MS;
    let mut next = Some(Next::Wait(alarm));
    loop {
        match next {
            None | Some(Next::Done) => return,
            Some(Next::Wait(alarm)) if time::now() + alarm.delay + TIMEOUT_MS > deadline => {
                with(|flusher| flusher.give_up(alarm));
                return;
            }
            Some(Next::Wait(alarm)) => {
                time::sleep(alarm.delay).await;
                next = with(|flusher| flusher.wake(alarm, time::now(), fresh_id()));
            }
            Some(Next::Send { flush, sent_before }) => {
                let sent_at = time::now();
                let sending = time::within(TIMEOUT_MS, send(&env, &flush, sent_before)).await;
                match sending.unwrap_or(Err(SendError::Timeout)) {
                    Ok(()) => with(|flusher| flusher.applied(flush.id, time::now() - sent_at)),
                    Err(error) => {
                        console_error!("flush {} is not written yet: {error}", flush.id);
                        with(|flusher| flusher.failed(flush.id, time::now()))
                    }
                };
                next = with(|flusher| flusher.next(time::now(), fresh_id()));
            }
        }
    }
}

#[derive(Debug, thiserror::Error)]
enum SendError {
    #[error(transparent)]
    Db(#[from] DbError),
    #[error("D1 did not answer within {TIMEOUT_MS} ms")]
    Timeout,
}

/// After any error the id is looked up: the batch may have been applied although its answer was lost.
async fn send(env: &Env, flush: &Flush, sent_before: bool) -> Result<(), SendError> {
    let db = Db::open(env)?;
    if sent_before && flushes::was_applied(&db, flush.id).await? {
        return Ok(());
    }
    let Err(error) = flushes::apply(&db, flush).await else { return Ok(()) };
    if flushes::was_applied(&db, flush.id).await.unwrap_or(false) {
        return Ok(());
    }
    Err(error.into())
}

fn fresh_id() -> FlushId {
    let mut random = [0; 16];
    getrandom::fill(&mut random).expect("Workers have a source of randomness");
    FlushId::new(time::now(), u128::from_le_bytes(random))
}
