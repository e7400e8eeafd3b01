//! `GET /v1/openapi.json`: the API's description, generated from the handlers and their types.

use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
use utoipa::{Modify, OpenApi};
use worker::Response;

use super::call::json;
use super::{admin, breakdown, errors, health, images, overview, owners, status, storage, tokens};

#[derive(OpenApi)]
#[openapi(
    info(title = "Pixtally", description = "Media delivery with honest usage analytics.", license(name = "Apache-2.0")),
    paths(
        overview::get,
        breakdown::get,
        errors::get,
        images::get,
        status::get,
        storage::get,
        admin::aggregate,
        admin::purge,
        admin::storage,
        admin::run,
        owners::post,
        owners::list,
        tokens::post,
        tokens::list,
        tokens::rotate,
        tokens::revoke,
        health::get,
    ),
    modifiers(&Security),
)]
pub struct Description;

struct Security;

impl Modify for Security {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        let components = openapi.components.get_or_insert_default();
        components.add_security_scheme("bearer", SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer)));
        components.add_security_scheme("basic", SecurityScheme::Http(Http::new(HttpAuthScheme::Basic)));
    }
}

pub fn get() -> worker::Result<Response> {
    json(200, &Description::openapi())
}
