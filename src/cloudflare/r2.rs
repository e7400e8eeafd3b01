//! R2 objects, read with few crossings and within a time limit.

use js_sys::Promise;
use js_sys::futures::JsFuture;
use wasm_bindgen::prelude::*;
use worker::Env;
use worker::worker_sys::web_sys::ReadableStream;

use super::bindings;
use crate::batch::listing::{ListedObject, ListedPage, Listing, ListingError};
use crate::domain::date::Millis;

#[wasm_bindgen]
extern "C" {
    /// An object, with or without its body.
    pub type Object;

    #[wasm_bindgen(method, getter)]
    fn body(this: &Object) -> Option<ReadableStream>;
}

#[wasm_bindgen(module = "/src/cloudflare/glue.js")]
extern "C" {
    #[wasm_bindgen(catch, js_name = r2Head)]
    fn r2_head(bucket: &JsValue, key: &str, milliseconds: f64) -> Result<Promise, JsValue>;

    #[wasm_bindgen(catch, js_name = r2Get)]
    fn r2_get(bucket: &JsValue, key: &str, milliseconds: f64) -> Result<Promise, JsValue>;

    #[wasm_bindgen(catch, js_name = r2GetPart)]
    fn r2_get_part(
        bucket: &JsValue,
        key: &str,
        offset: f64,
        length: Option<f64>,
        milliseconds: f64,
    ) -> Result<Promise, JsValue>;

    #[wasm_bindgen(catch, js_name = r2GetEnd)]
    fn r2_get_end(bucket: &JsValue, key: &str, length: f64, milliseconds: f64) -> Result<Promise, JsValue>;

    #[wasm_bindgen(catch, js_name = r2List)]
    fn r2_list(bucket: &JsValue, after: Option<&str>, milliseconds: f64) -> Result<Promise, JsValue>;

    #[wasm_bindgen(js_name = describeObject)]
    fn describe_object(object: &Object) -> String;
}

/// The largest number that JavaScript has exactly.
const MAX_SAFE_INTEGER: u64 = (1 << 53) - 1;

/// Why R2 gave no answer.
#[derive(Debug, thiserror::Error)]
pub enum R2Error {
    #[error("the MEDIA binding is missing")]
    Missing,
    #[error("R2 did not answer in time")]
    Timeout,
    #[error("R2: {0}")]
    Failed(String),
}

impl From<JsValue> for R2Error {
    fn from(error: JsValue) -> Self {
        Self::Failed(format!("{error:?}"))
    }
}

/// What is stored of an object beside its body.
#[derive(Debug, serde::Deserialize)]
pub struct Description {
    /// In its quotes.
    pub etag: String,
    pub size: u64,
    pub uploaded: Millis,
    pub content_type: Option<String>,
    pub content_encoding: Option<String>,
    pub content_language: Option<String>,
    pub content_disposition: Option<String>,
    pub cache_control: Option<String>,
    pub cache_expiry: Option<Millis>,
    /// The custom metadata's `source-bytes`: the size of the file that a derived object was made from.
    pub source_bytes: Option<String>,
}

impl Object {
    pub fn describe(&self) -> Result<Description, R2Error> {
        serde_json::from_str(&describe_object(self)).map_err(|error| R2Error::Failed(error.to_string()))
    }

    /// The body, which goes to the client without passing through WebAssembly.
    pub fn stream(&self) -> Option<ReadableStream> {
        self.body()
    }
}

/// The `MEDIA` bucket.
pub struct Bucket {
    bucket: JsValue,
    timeout: f64,
}

impl Bucket {
    pub fn open(env: &Env, timeout: Millis) -> Result<Self, R2Error> {
        let bucket = bindings::find(env, bindings::MEDIA).ok_or(R2Error::Missing)?;
        Ok(Self { bucket, timeout: timeout as f64 })
    }

    /// The object without its body.
    pub async fn head(&self, key: &str) -> Result<Option<Object>, R2Error> {
        answer(r2_head(&self.bucket, key, self.timeout)?).await
    }

    /// The object with its body.
    pub async fn get(&self, key: &str) -> Result<Option<Object>, R2Error> {
        answer(r2_get(&self.bucket, key, self.timeout)?).await
    }

    /// The object with a part of its body, from `offset` on; a `length` may reach beyond the end. An error when no
    /// byte of the object is within the range.
    pub async fn get_part(
        &self,
        key: &str,
        offset: u64,
        length: Option<u64>,
    ) -> Result<Option<Object>, R2Error> {
        let length = length.map(number);
        answer(r2_get_part(&self.bucket, key, number(offset), length, self.timeout)?).await
    }

    /// The object with at most so many bytes of its end. An error when the object is empty.
    pub async fn get_end(&self, key: &str, length: u64) -> Result<Option<Object>, R2Error> {
        answer(r2_get_end(&self.bucket, key, number(length), self.timeout)?).await
    }
}

impl Listing for Bucket {
    async fn page(&self, after: Option<&str>) -> Result<ListedPage, ListingError> {
        // With its stack, an error would be no text for a report.
        let failed = |error: JsValue| {
            let message = error.dyn_ref::<js_sys::Error>().map(|error| String::from(error.message()));
            ListingError::Failed(message.unwrap_or_else(|| format!("{error:?}")))
        };
        let promise = r2_list(&self.bucket, after, self.timeout).map_err(failed)?;
        let answer = JsFuture::from(promise).await.map_err(failed)?;
        let described = answer.as_string().ok_or(ListingError::Timeout(self.timeout as Millis))?;
        let (objects, goes_on): (Vec<(String, u64)>, bool) =
            serde_json::from_str(&described).map_err(|error| ListingError::Failed(error.to_string()))?;
        let objects = objects.into_iter().map(|(key, bytes)| ListedObject { key, bytes }).collect();
        Ok(ListedPage { objects, goes_on })
    }
}

/// A count of bytes for JavaScript. No object is as large as the largest number that it has.
fn number(bytes: u64) -> f64 {
    bytes.min(MAX_SAFE_INTEGER) as f64
}

async fn answer(promise: Promise) -> Result<Option<Object>, R2Error> {
    let found = JsFuture::from(promise).await?;
    if found.is_undefined() {
        return Err(R2Error::Timeout);
    }
    Ok((!found.is_null()).then(|| found.unchecked_into()))
}
