//! Where Durable Objects are placed: near a region, or within a jurisdiction.
//!
//! Cloudflare's lists: developers.cloudflare.com/durable-objects/reference/data-location/

use wasm_bindgen::prelude::*;
use worker::{Env, ObjectNamespace, Result, Stub};

/// The regions that Cloudflare takes as a location hint.
pub const LOCATION_HINTS: [&str; 11] =
    ["wnam", "enam", "sam", "weur", "eeur", "apac", "apac-ne", "apac-se", "oc", "afr", "me"];
/// The jurisdictions that an object can be restricted to.
pub const JURISDICTIONS: [&str; 4] = ["eu", "us", "fedramp", "fedramp-high"];

#[wasm_bindgen]
extern "C" {
    /// `worker` lacks this method of its [`ObjectNamespace`].
    type Namespace;
    #[wasm_bindgen(method, catch)]
    fn jurisdiction(this: &Namespace, jurisdiction: &str) -> std::result::Result<JsValue, JsValue>;
}

/// Where an object is placed, when it is first asked for. It stays there.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Placement {
    /// One of [`LOCATION_HINTS`]. Cloudflare does not promise to follow it.
    pub location_hint: Option<&'static str>,
    /// One of [`JURISDICTIONS`]. The object runs and stores nowhere else.
    pub jurisdiction: Option<&'static str>,
}

impl Placement {
    /// The way to the object of a class with this name. In each jurisdiction that is another object; its name says which, since
    /// figures in D1 carry it.
    ///
    /// # Errors
    ///
    /// When the binding is missing, or refuses the jurisdiction.
    pub fn object(self, env: &Env, binding: &str, name: &str) -> Result<Stub> {
        let objects = env.durable_object(binding)?;
        let (objects, name) = match self.jurisdiction {
            None => (objects, name.to_owned()),
            Some(jurisdiction) => {
                let everywhere: Namespace = JsValue::from(objects).unchecked_into();
                let restricted = everywhere.jurisdiction(jurisdiction)?;
                (restricted.unchecked_into::<ObjectNamespace>(), format!("{name}-{jurisdiction}"))
            }
        };
        match self.location_hint {
            None => objects.get_by_name(&name),
            Some(hint) => objects.get_by_name_with_location_hint(&name, hint),
        }
    }
}
