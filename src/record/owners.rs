//! Whether an owner exists, from this isolate's memory, else from D1.

use std::cell::RefCell;

use worker::Env;

use super::d1;
use crate::cloudflare::time;
use crate::domain::date::Millis;
use crate::domain::known_owners::KnownOwners;
use crate::domain::owner::OwnerId;
use crate::store::db::{Db, Result};
use crate::store::owners;

/// How long D1 may take.
const TIMEOUT_MS: Millis = 3_000;
/// How long a hit waits for all: for its turn, and for the answer. It has to be recorded before the request's time is up.
const PATIENCE_MS: Millis = 4_000;
/// How often a hit looks whether it is its turn, or whether another has got the answer.
const COME_BACK_MS: Millis = 50;

thread_local! {
    static KNOWN: RefCell<KnownOwners> = RefCell::default();
}

/// One of the owner's objects was served.
pub fn seen(owner: OwnerId, now: Millis) {
    KNOWN.with_borrow_mut(|known| known.learn(owner, true, now));
}

/// `None` when D1 has to be asked. What cannot be found out does not exist: a database that is down must not open the
/// tables to made-up owners.
pub fn known(owner: OwnerId, now: Millis) -> Option<bool> {
    KNOWN.with_borrow_mut(|known| {
        let known_here = known.exists(owner, now);
        known_here.or_else(|| (!(d1::may_be_asked(now) && known.may_ask(owner, now))).then_some(false))
    })
}

/// Asks D1, unless another request gets the answer meanwhile.
pub async fn look_up(env: &Env, owner: OwnerId) -> bool {
    let deadline = time::now() + PATIENCE_MS;
    loop {
        let now = time::now();
        if let Some(exists) = known(owner, now) {
            return exists;
        }
        if now + TIMEOUT_MS <= deadline && KNOWN.with_borrow_mut(|known| known.take_turn(now)) {
            break;
        }
        if now >= deadline {
            return false;
        }
        time::sleep(COME_BACK_MS).await;
    }
    let answer = d1::ask(TIMEOUT_MS, ask(env, owner)).await;
    KNOWN.with_borrow_mut(|known| known.settle(owner, answer, time::now()));
    answer.unwrap_or(false)
}

async fn ask(env: &Env, owner: OwnerId) -> Result<bool> {
    owners::exists(&Db::open(env)?, owner).await
}
