//! The platform's rate limiter. It counts per location, and roughly; its limits stand in `wrangler.toml`. It is optional:
//! what it does not answer is for the caller to decide.

use js_sys::Promise;
use js_sys::futures::JsFuture;
use wasm_bindgen::prelude::*;
use worker::{Env, console_error};

use super::{bindings, time};
use crate::domain::date::Millis;

/// How long it may take: a caller waits for it.
const TIMEOUT_MS: Millis = 500;

#[wasm_bindgen]
extern "C" {
    type Limiter;

    #[wasm_bindgen(method, catch)]
    fn limit(this: &Limiter, options: &JsValue) -> Result<Promise, JsValue>;
}

/// What a rate limiter says of one more of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Within,
    Beyond,
    /// It is not bound.
    Missing,
    /// It is bound, and does not answer.
    Failing,
}

/// Counts one more of a key.
pub async fn count(env: &Env, binding: &str, key: &str) -> Verdict {
    let Some(limiter) = bindings::find(env, binding) else { return Verdict::Missing };
    match time::within(TIMEOUT_MS, ask(&limiter.unchecked_into(), key)).await {
        Some(Ok(true)) => Verdict::Within,
        Some(Ok(false)) => Verdict::Beyond,
        Some(Err(error)) => {
            console_error!("the rate limiter {binding} failed: {error:?}");
            Verdict::Failing
        }
        None => {
            console_error!("the rate limiter {binding} did not answer within {TIMEOUT_MS} ms");
            Verdict::Failing
        }
    }
}

async fn ask(limiter: &Limiter, key: &str) -> Result<bool, JsValue> {
    let options = js_sys::Object::new();
    js_sys::Reflect::set(&options, &"key".into(), &key.into())?;
    let outcome = JsFuture::from(limiter.limit(&options)?).await?;
    let success = js_sys::Reflect::get(&outcome, &"success".into())?;
    success.as_bool().ok_or(outcome)
}
