//! Looking credentials up, and what wrong ones cost. Each is asked of D1 once; what was not found is remembered for a
//! minute. A client that has shown too many wrong ones is not refused, or a right one would be: its look-ups are gathered
//! with those of all such clients, and D1 is asked once a second.

use std::cell::RefCell;
use std::collections::HashMap;
use std::thread::LocalKey;

use super::call::Call;
use super::error::{ApiError, ApiResult};
use super::limits;
use crate::cloudflare::time;
use crate::domain::client_address::client_key;
use crate::domain::date::Millis;
use crate::domain::gathered::{Gathered, Turn};
use crate::domain::recent::Recent;
use crate::store::db::{Db, Result};
use crate::store::sessions::{self, SessionKey, ValidSession};
use crate::store::tokens::{self, ValidToken};

/// How often a request looks for the result of its gathered look-up.
const COME_BACK_MS: Millis = 100;
/// How long a gathered look-up may take.
const PATIENCE_MS: Millis = 20_000;

/// What this isolate knows of credentials of a kind.
struct Memory<T> {
    /// Those that are not valid. One cannot become valid: nobody knows a credential before it is made.
    wrong: Recent<String>,
    gathered: Gathered<T>,
}

impl<T> Default for Memory<T> {
    fn default() -> Self {
        Self { wrong: Recent::default(), gathered: Gathered::default() }
    }
}

thread_local! {
    static TOKENS: RefCell<Memory<ValidToken>> = RefCell::default();
    static SESSIONS: RefCell<Memory<ValidSession>> = RefCell::default();
}

/// A valid token by its hash.
pub async fn token(call: &Call, hash: &str) -> ApiResult<Option<ValidToken>> {
    let now = call.timestamp();
    find(call, &TOKENS, hash, async |db, hashes| tokens::find(db, hashes, &now).await).await
}

/// A valid session.
pub async fn session(call: &Call, key: &SessionKey) -> ApiResult<Option<ValidSession>> {
    let now = call.timestamp();
    find(call, &SESSIONS, &key.to_string(), async |db, keys| sessions::find(db, keys, &now).await).await
}

async fn find<T: Clone + 'static>(
    call: &Call,
    memory: &'static LocalKey<RefCell<Memory<T>>>,
    key: &str,
    look: impl AsyncFn(&Db, &[String]) -> Result<HashMap<String, T>>,
) -> ApiResult<Option<T>> {
    if memory.with_borrow(|memory| memory.wrong.has(key, call.now)) {
        return Ok(None);
    }
    let found = if limits::is_guessing(&client(call), call.now) {
        gathered(call, memory, key, look).await?
    } else {
        look(&call.db()?, &[key.to_owned()]).await?.remove(key)
    };
    if found.is_none() {
        let _ = memory.with_borrow_mut(|memory| memory.wrong.first(key.to_owned(), call.now));
    }
    Ok(found)
}

async fn gathered<T: Clone + 'static>(
    call: &Call,
    memory: &'static LocalKey<RefCell<Memory<T>>>,
    key: &str,
    look: impl AsyncFn(&Db, &[String]) -> Result<HashMap<String, T>>,
) -> ApiResult<Option<T>> {
    let deadline = time::now() + PATIENCE_MS;
    while time::now() < deadline {
        match memory.with_borrow_mut(|memory| memory.gathered.turn(key, time::now())) {
            Turn::Answer(found) => return Ok(found),
            Turn::Look(keys) => {
                let found = look(&call.db()?, &keys).await?;
                memory.with_borrow_mut(|memory| memory.gathered.settle(&keys, found, time::now()));
            }
            Turn::Wait => time::sleep(COME_BACK_MS).await,
        }
    }
    Err(ApiError::Busy)
}

/// Counts a wrong credential: the error to answer with.
pub async fn refused(call: &Call, error: ApiError) -> ApiError {
    match limits::failure(&call.env, &client(call), call.now).await {
        Ok(()) => error,
        Err(allowance) => ApiError::limited(super::error::Limited::Failures, allowance, call.now),
    }
}

fn client(call: &Call) -> String {
    client_key(call.header("cf-connecting-ip").as_deref())
}
