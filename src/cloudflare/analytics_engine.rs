//! Writing to Analytics Engine, where it is bound. Unlike the `worker` crate's binding, a refused point is an error here.

use wasm_bindgen::prelude::*;
use worker::Env;

use super::bindings;
use crate::domain::columns::Point;

#[wasm_bindgen(module = "/src/cloudflare/glue.js")]
extern "C" {
    #[wasm_bindgen(catch, js_name = writePoint)]
    fn write_point(env: &JsValue, point: &str) -> Result<(), JsValue>;
}

/// Whether hits are written there. An account that has never enabled Analytics Engine refuses the binding.
pub fn is_bound(env: &Env) -> bool {
    bindings::find(env, bindings::ANALYTICS).is_some()
}

/// Writes one point. Fire and forget: that it was accepted does not mean that it arrived.
///
/// # Errors
///
/// The exception that the binding threw: the point breaks a limit, or the binding is missing.
pub fn write(env: &Env, point: &Point<'_>) -> Result<(), JsValue> {
    write_point(env, &serde_json::to_string(point).expect("texts and numbers always encode"))
}
