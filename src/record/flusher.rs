//! Carries out what `domain/flush.rs` decides, within the `waitUntil` of one request.
//!
//! Written against [`Isolate`], so that the simulation in `tests/` runs it, too.

use std::cell::RefCell;

use worker::{Env, console_error};

use crate::aggregator::{self, Refusal};
use crate::batch::clock::Clock;
use crate::cloudflare::random;
use crate::cloudflare::time::{self, PlatformClock};
use crate::domain::acknowledgement::Acknowledgement;
use crate::domain::date::{Millis, timestamp};
use crate::domain::flush::{Alarm, Flush, Flusher, IsolateId, Next, StuckFlush};
use crate::domain::hit::Hit;
use crate::domain::recent::Recent;
use crate::domain::tally::Limits;
use crate::domain::window;
use crate::store::db::Db;
use crate::store::meta;

use super::d1;

/// How long a flusher goes on. `waitUntil` lasts 30 s after the response, of which looking up an owner may have taken
/// a few.
const LIFE_MS: Millis = 26_000;
/// How long an acknowledgement may take; then it counts as lost. So the longest window and its flush fit into [`LIFE_MS`].
const TIMEOUT_MS: Millis = LIFE_MS - window::MAX_MS;
/// How long saying that a flush is stuck may take.
const MARK_TIMEOUT_MS: Millis = 2_000;

thread_local! {
    static FLUSHER: RefCell<Option<Flusher>> = const { RefCell::new(None) };
    static MARKS: RefCell<Recent<()>> = RefCell::default();
}

/// The isolate that a flusher works for.
#[allow(async_fn_in_trait)]
pub trait Isolate {
    type Clock: Clock;

    /// Sends a flush to its aggregator. Returns the acknowledgement, if it can be read.
    ///
    /// # Errors
    ///
    /// When it is not acknowledged.
    async fn deliver(&self, flush: &Flush) -> Result<Option<Acknowledgement>, Refusal>;
    fn clock(&self) -> &Self::Clock;
    fn log(&self, message: &str);
    /// Works on the isolate's tally; `None` when it has none.
    fn with<T>(&self, work: impl FnOnce(&mut Flusher) -> T) -> Option<T>;
}

/// The isolate that this is.
struct This<'a>(&'a Env);

impl Isolate for This<'_> {
    type Clock = PlatformClock;

    async fn deliver(&self, flush: &Flush) -> Result<Option<Acknowledgement>, Refusal> {
        aggregator::deliver(self.0, &flush.bytes).await
    }

    fn clock(&self) -> &PlatformClock {
        &PlatformClock
    }

    fn log(&self, message: &str) {
        console_error!("{message}");
    }

    fn with<T>(&self, work: impl FnOnce(&mut Flusher) -> T) -> Option<T> {
        FLUSHER.with_borrow_mut(|flusher| flusher.as_mut().map(work))
    }
}

/// Counts a hit. `Some` asks for [`run`].
pub fn record(hit: &Hit, now: Millis, restorable: bool) -> Option<Alarm> {
    FLUSHER.with_borrow_mut(|flusher| {
        flusher.get_or_insert_with(|| Flusher::new(fresh_id(), Limits::DEFAULT, restorable)).record(hit, now)
    })
}

fn fresh_id() -> IsolateId {
    IsolateId(u64::from_le_bytes(random::bytes()))
}

/// Waits, then flushes what has gathered.
pub async fn run(env: Env, alarm: Alarm) {
    flush(&This(&env), alarm).await;
    let now = time::now();
    if stuck(now).is_some() && MARKS.with_borrow_mut(|marks| marks.first((), now)) {
        mark(&env, now).await;
    }
}

/// The flush of this isolate that is not acknowledged, if there is one.
pub fn stuck(now: Millis) -> Option<StuckFlush> {
    FLUSHER.with_borrow(|flusher| flusher.as_ref()?.stuck(now))
}

/// Says in D1 that some isolate has a flush that is stuck: `/healthz` is answered by another one. Where D1 takes nothing
/// at all, `/healthz` says that.
async fn mark(env: &Env, now: Millis) {
    let set = async {
        let now = timestamp(now);
        meta::set(&Db::open(env)?, meta::STUCK_FLUSH, &now, &now).await
    };
    if d1::ask(MARK_TIMEOUT_MS, set).await.is_none() {
        console_error!("a flush is stuck, and D1 does not take that, either");
    }
}

/// Waits, then flushes what has gathered in an isolate.
pub async fn flush<I: Isolate>(isolate: &I, alarm: Alarm) {
    let clock = isolate.clock();
    let deadline = clock.now() + LIFE_MS;
    let mut next = Some(Next::Wait(alarm));
    loop {
        match next {
            None | Some(Next::Done) => return,
            Some(Next::Wait(alarm)) if clock.now() + alarm.delay + TIMEOUT_MS > deadline => {
                isolate.with(|flusher| flusher.give_up(alarm));
                return;
            }
            Some(Next::Wait(alarm)) => {
                clock.sleep(alarm.delay).await;
                next = isolate.with(|flusher| flusher.wake(alarm, clock.now()));
            }
            Some(Next::Send(flush)) => {
                match send(isolate, &flush).await {
                    Ok(acknowledgement) => isolate.with(|flusher| flusher.applied(flush.id, acknowledgement)),
                    Err(Refusal::Never(reason)) => {
                        isolate.log(&format!("flush {} is given up: {reason}", flush.id));
                        isolate.with(|flusher| flusher.refused(flush.id))
                    }
                    Err(Refusal::Retry(reason)) => {
                        isolate.log(&format!("flush {} is not counted yet: {reason}", flush.id));
                        isolate.with(|flusher| flusher.failed(flush.id, clock.now()))
                    }
                };
                next = isolate.with(|flusher| flusher.next(clock.now()));
            }
        }
    }
}

async fn send<I: Isolate>(isolate: &I, flush: &Flush) -> Result<Option<Acknowledgement>, Refusal> {
    let delivered = isolate.clock().within(TIMEOUT_MS, isolate.deliver(flush)).await;
    delivered.unwrap_or_else(|| {
        Err(Refusal::Retry(format!("the aggregator did not answer within {TIMEOUT_MS} ms")))
    })
}
