//! The names of the bindings, and how variables and secrets are read.

use wasm_bindgen::JsValue;
use worker::Env;

/// R2 bucket with the media.
pub const MEDIA: &str = "MEDIA";
/// D1 database.
pub const DB: &str = "DB";
/// Analytics Engine data set.
pub const ANALYTICS: &str = "ANALYTICS";
/// Durable Objects that count.
pub const AGGREGATOR: &str = "AGGREGATOR";
/// Images, for transformations.
pub const IMAGES: &str = "IMAGES";
/// Rate limiter of wrong credentials.
pub const FAILURES: &str = "FAILURES";
/// Rate limiter of a token's statements to Analytics Engine.
pub const STATEMENTS: &str = "STATEMENTS";
/// Static files of the worker itself.
pub const ASSETS: &str = "ASSETS";

/// A binding of any kind, or `None`.
pub fn find(env: &Env, name: &str) -> Option<JsValue> {
    js_sys::Reflect::get(env, &JsValue::from_str(name))
        .ok()
        .filter(|value| !value.is_undefined() && !value.is_null())
}

/// A variable or secret as text. Wrangler turns unquoted TOML values into numbers and booleans.
pub fn variable(env: &Env, name: &str) -> Option<String> {
    let value = find(env, name)?;
    value
        .as_string()
        .or_else(|| value.as_bool().map(|value| value.to_string()))
        .or_else(|| value.as_f64().map(|value| value.to_string()))
}
