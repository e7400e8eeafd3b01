//! Writing to Analytics Engine. Unlike the `worker` crate's binding, a refused point is an error here, and the
//! point is handed over as plain arrays.

use js_sys::{Array, Object, Reflect};
use wasm_bindgen::prelude::*;
use worker::Env;

use super::bindings;
use crate::domain::columns::Point;

#[wasm_bindgen]
extern "C" {
    type Dataset;

    #[wasm_bindgen(method, catch, js_name = writeDataPoint)]
    fn write_data_point(this: &Dataset, point: &Object) -> Result<(), JsValue>;
}

/// Writes one point. Fire and forget: that it was accepted does not mean that it arrived.
///
/// # Errors
///
/// The exception that the binding threw: the point breaks a limit, or the binding is missing.
pub fn write(env: &Env, point: &Point<'_>) -> Result<(), JsValue> {
    let dataset: Dataset = bindings::find(env, bindings::ANALYTICS)
        .ok_or_else(|| JsValue::from_str("the ANALYTICS binding is missing"))?
        .unchecked_into();
    let blobs: Array = point.blobs().map(JsValue::from_str).collect();
    let doubles: Array = point.doubles().map(JsValue::from_f64).collect();
    let indexes = Array::of1(&JsValue::from_str(point.index()));
    let object = Object::new();
    for (name, values) in [("indexes", &indexes), ("blobs", &blobs), ("doubles", &doubles)] {
        Reflect::set(&object, &JsValue::from_str(name), values)?;
    }
    dataset.write_data_point(&object)
}
