//! Carries out what `domain/flush.rs` decides, within the `waitUntil` of one request.

use std::cell::RefCell;

use worker::{Env, console_error};

use crate::cloudflare::time;
use crate::domain::date::Millis;
use crate::domain::flush::{Flush, FlushId, Flusher, Next};
use crate::domain::hit::Hit;
use crate::domain::tally::Limits;
use crate::store::db::{Db, DbError};
use crate::store::flushes;

/// How long a flusher goes on; `waitUntil` lasts 30 s.
const LIFE_MS: Millis = 25_000;
/// When D1 has not answered by then, its answer counts as lost.
const TIMEOUT_MS: Millis = 10_000;

thread_local! {
    static FLUSHER: RefCell<Option<Flusher>> = const { RefCell::new(None) };
}

fn with<T>(work: impl FnOnce(&mut Flusher) -> T) -> Option<T> {
    FLUSHER.with_borrow_mut(|flusher| flusher.as_mut().map(work))
}

/// Counts a hit. `Some` asks for [`run`] with that delay.
pub fn record(hit: &Hit, now: Millis, restorable: bool) -> Option<Millis> {
    FLUSHER.with_borrow_mut(|flusher| {
        flusher.get_or_insert_with(|| Flusher::new(Limits::DEFAULT, restorable)).record(hit, now)
    })
}

/// Waits, then flushes what has gathered.
pub async fn run(env: Env, delay: Millis) {
    let deadline = time::now() + LIFE_MS;
    time::sleep(delay).await;
    let mut next = with(|flusher| flusher.wake(time::now(), fresh_id()));
    loop {
        match next {
            None | Some(Next::Done) => return,
            Some(Next::Wait(millis)) if time::now() + millis + TIMEOUT_MS > deadline => {
                with(Flusher::give_up);
                return;
            }
            Some(Next::Wait(millis)) => {
                time::sleep(millis).await;
                next = with(|flusher| flusher.wake(time::now(), fresh_id()));
            }
            Some(Next::Send { flush, sent_before }) => {
                let sent_at = time::now();
                match send(&env, &flush, sent_before).await {
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
    if sent_before && in_time(flushes::was_applied(&db, flush.id)).await? {
        return Ok(());
    }
    let Err(error) = in_time(flushes::apply(&db, flush)).await else { return Ok(()) };
    if in_time(flushes::was_applied(&db, flush.id)).await.unwrap_or(false) {
        return Ok(());
    }
    Err(error)
}

async fn in_time<T>(call: impl Future<Output = Result<T, DbError>>) -> Result<T, SendError> {
    Ok(time::within(TIMEOUT_MS, call).await.ok_or(SendError::Timeout)??)
}

fn fresh_id() -> FlushId {
    let mut random = [0; 16];
    getrandom::fill(&mut random).expect("Workers have a source of randomness");
    FlushId::new(time::now(), u128::from_le_bytes(random))
}
