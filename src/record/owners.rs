//! Whether an owner exists, from this isolate's memory, else from D1.

use std::cell::RefCell;

use worker::{Env, console_error};

use crate::cloudflare::time;
use crate::domain::date::Millis;
use crate::domain::known_owners::KnownOwners;
use crate::domain::owner::OwnerId;
use crate::store::db::{Db, Result};
use crate::store::owners;

/// How long D1 may take: the hit waits for the answer, and has to be recorded before the request's time is up.
const TIMEOUT_MS: Millis = 3_000;

thread_local! {
    static KNOWN: RefCell<KnownOwners> = RefCell::default();
}

/// One of the owner's objects was served.
pub fn seen(owner: OwnerId, now: Millis) {
    KNOWN.with_borrow_mut(|known| known.learn(owner, true, now));
}

/// `None` when D1 has to be asked.
pub fn known(owner: OwnerId, now: Millis) -> Option<bool> {
    KNOWN.with_borrow_mut(|known| {
        known.exists(owner, now).or_else(|| (!known.may_ask(owner, now)).then_some(false))
    })
}

/// Asks D1. What cannot be found out does not exist: a database that is down must not open the tables to
/// made-up owners.
pub async fn look_up(env: &Env, owner: OwnerId, now: Millis) -> bool {
    match time::within(TIMEOUT_MS, ask(env, owner)).await {
        Some(Ok(exists)) => {
            KNOWN.with_borrow_mut(|known| known.learn(owner, exists, now));
            exists
        }
        Some(Err(error)) => {
            console_error!("an owner could not be looked up: {error}");
            false
        }
        None => {
            console_error!("an owner could not be looked up within {TIMEOUT_MS} ms");
            false
        }
    }
}

async fn ask(env: &Env, owner: OwnerId) -> Result<bool> {
    owners::exists(&Db::open(env)?, owner).await
}
