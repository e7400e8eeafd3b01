//! What callers may do, how often: requests of a token, statements that a token has sent to Analytics Engine, and wrong
//! credentials of a client.
//!
//! This isolate counts for itself. Where the platform's rate limiter is bound, what it refuses is refused here, too, until
//! the minute ends. Neither is a global number. The operator is not limited: the quota is the operator's.

use std::cell::RefCell;
use std::thread::LocalKey;

use worker::Env;

use crate::cloudflare::bindings;
use crate::cloudflare::rate_limiter::{self, Verdict};
use crate::domain::date::Millis;
use crate::domain::rate_limit::{Allowance, RateLimit};

/// Requests of one token in a minute and isolate.
pub const REQUESTS_A_MINUTE: u32 = 600;
/// Statements of one token to Analytics Engine in a minute. Cloudflare answers 1,200 in five minutes, for all that the
/// operator does; a filtered page of the dashboard takes some 40.
pub const STATEMENTS_A_MINUTE: u32 = 80;
/// Statements of all tokens together. A third of Cloudflare's 240 a minute is left for the operator and the nightly job.
pub const STATEMENTS_OF_ALL_A_MINUTE: u32 = 160;
/// Wrong credentials of one client in a minute. An open page sends some dozens when its session has ended.
pub const FAILURES_A_MINUTE: u32 = 60;

/// All tokens together.
const ALL: &str = "*";

type Counted = LocalKey<RefCell<RateLimit>>;

thread_local! {
    static REQUESTS: RefCell<RateLimit> = RefCell::new(RateLimit::new(REQUESTS_A_MINUTE));
    static STATEMENTS: RefCell<RateLimit> = RefCell::new(RateLimit::new(STATEMENTS_A_MINUTE));
    static STATEMENTS_OF_ALL: RefCell<RateLimit> = RefCell::new(RateLimit::new(STATEMENTS_OF_ALL_A_MINUTE));
    static FAILURES: RefCell<RateLimit> = RefCell::new(RateLimit::new(FAILURES_A_MINUTE));
}

/// Counts a request of a token, by its id.
///
/// # Errors
///
/// When the token has sent as many as it may.
pub fn request(token: &str, now: Millis) -> Result<Allowance, Allowance> {
    take(&REQUESTS, token, now)
}

/// Counts a statement that a token has sent to Analytics Engine.
///
/// # Errors
///
/// When the token, or all tokens together, have sent as many as they may.
pub async fn statement(env: &Env, token: &str, now: Millis) -> Result<(), Allowance> {
    take(&STATEMENTS, token, now)?;
    take(&STATEMENTS_OF_ALL, ALL, now)?;
    shared(env, bindings::STATEMENTS, &STATEMENTS, token, now).await
}

/// Whether a client has shown as many wrong credentials as it may.
pub fn is_guessing(client: &str, now: Millis) -> bool {
    FAILURES.with_borrow_mut(|failures| failures.is_exhausted(client, now))
}

/// Counts a wrong credential of a client.
///
/// # Errors
///
/// When the client has shown as many as it may.
pub async fn failure(env: &Env, client: &str, now: Millis) -> Result<(), Allowance> {
    take(&FAILURES, client, now)?;
    shared(env, bindings::FAILURES, &FAILURES, client, now).await
}

fn take(counted: &'static Counted, key: &str, now: Millis) -> Result<Allowance, Allowance> {
    counted.with_borrow_mut(|limit| limit.take(key, now))
}

/// Has the platform count, too.
async fn shared(
    env: &Env,
    binding: &str,
    counted: &'static Counted,
    key: &str,
    now: Millis,
) -> Result<(), Allowance> {
    match rate_limiter::count(env, binding, key).await {
        Verdict::Beyond => Err(counted.with_borrow_mut(|limit| limit.exhaust(key, now))),
        Verdict::Within | Verdict::Missing | Verdict::Failing => Ok(()),
    }
}
