//! The API's description, generated from the handlers and their types. It becomes `docs/openapi.json`, which a test here
//! compares with it; `UPDATE_OPENAPI=1 cargo test openapi` writes that file again.
//!
//! Not here: sending it (`openapi.rs`). Nothing here is built for WebAssembly.

use utoipa::openapi::path::PathItem;
use utoipa::openapi::security::{
    ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityRequirement, SecurityScheme,
};
use utoipa::{Modify, OpenApi};

use super::{
    admin, breakdown, cloudinary, errors, health, imagekit, images, live, metrics, overview, owners, session,
    status, storage, tokens, usage_events,
};
use crate::domain::session::COOKIE;

const DESCRIPTION: &str = concat!(
    "Media delivery with exact usage analytics.\n\n",
    "## Methods\n\n",
    "HEAD works wherever GET does. Any other method that a path doesn't have returns 405, OPTIONS too; `Allow` lists the \
     methods of the path.\n\n",
    "## Content blockers\n\n",
    "`/v1/reports/…` returns the same as `/v1/analytics/…`. Browser extensions that block trackers match `/analytics/` in \
     paths: a page should use the other path.\n\n",
    "## Special values\n\n",
    include_str!("values.md"),
);

#[derive(OpenApi)]
#[openapi(
    info(title = "Pixtally", description = DESCRIPTION, license(name = "Apache-2.0")),
    paths(
        overview::get,
        breakdown::get,
        errors::get,
        live::get,
        images::get,
        status::get,
        storage::get,
        metrics::get,
        usage_events::post,
        imagekit::usage,
        imagekit::usage_analytics,
        cloudinary::usage,
        cloudinary::usage_at,
        admin::aggregate,
        admin::purge,
        admin::storage,
        admin::run,
        admin::resume,
        session::post,
        session::get,
        session::delete,
        owners::post,
        owners::list,
        tokens::post,
        tokens::list,
        tokens::rotate,
        tokens::revoke,
        health::get,
    ),
    components(schemas(tokens::MadeTokens)),
    modifiers(&Security),
)]
pub struct Description;

/// What takes a token takes a session's cookie in its place.
struct Security;

impl Modify for Security {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        let components = openapi.components.get_or_insert_default();
        components.add_security_scheme("bearer", SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer)));
        components.add_security_scheme("basic", SecurityScheme::Http(Http::new(HttpAuthScheme::Basic)));
        let cookie = ApiKeyValue::with_description(COOKIE, COOKIE_RULES);
        components.add_security_scheme("session", SecurityScheme::ApiKey(ApiKey::Cookie(cookie)));
        for PathItem { get, post, put, delete, patch, .. } in openapi.paths.paths.values_mut() {
            let operations = [get, post, put, delete, patch].into_iter().flatten();
            for accepted in operations.filter_map(|operation| operation.security.as_mut()) {
                accepted.push(SecurityRequirement::new("session", [] as [&str; 0]));
            }
        }
    }
}

const COOKIE_RULES: &str = "The dashboard's cookie, from `POST /v1/session`. An `Authorization` header takes its place. Methods other than GET \
                            and HEAD need the Worker's own `Origin`, and a body needs `Content-Type: application/json`; else 403.";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::routes;
    use crate::domain::comparison::Comparison;
    use crate::domain::date_range::MAX_DAYS;
    use crate::domain::dimension::Dimension;
    use crate::domain::filter::MAX_FILTERS;
    use crate::domain::report::breakdown::Sort;
    use serde_json::{Value, json};
    use std::collections::BTreeSet;
    use std::{env, fs};

    const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/openapi.json");

    fn description() -> Value {
        serde_json::to_value(Description::openapi()).unwrap()
    }

    /// Every path and method, with what is said of it.
    fn operations(description: &Value) -> Vec<(String, &Value)> {
        let paths = description["paths"].as_object().unwrap().iter();
        paths
            .flat_map(|(path, methods)| methods.as_object().unwrap().iter().map(move |it| (path, it)))
            .map(|(path, (method, operation))| (format!("{method} {path}"), operation))
            .collect()
    }

    /// Places of schemas that say nothing of what they are.
    fn untyped(value: &Value, place: &str) -> Vec<String> {
        const SAY: [&str; 5] = ["type", "$ref", "oneOf", "allOf", "anyOf"];
        let is_silent =
            |schema: &Value| schema.is_object() && !SAY.iter().any(|word| schema.get(word).is_some());
        let children: Vec<(String, &Value)> = match value {
            Value::Object(fields) => {
                fields.iter().map(|(name, field)| (format!("{place}/{name}"), field)).collect()
            }
            Value::Array(items) => items.iter().map(|item| (place.to_owned(), item)).collect(),
            _ => return Vec::new(),
        };
        let is_schema = |place: &str| {
            let mut names = place.rsplit('/');
            let (name, parent) = (names.next().unwrap_or_default(), names.next().unwrap_or_default());
            matches!(name, "items" | "schema" | "additionalProperties")
                || matches!(parent, "properties" | "schemas")
        };
        children
            .into_iter()
            .flat_map(|(place, child)| {
                let silent = (is_schema(&place) && is_silent(child)).then(|| place.clone());
                silent.into_iter().chain(untyped(child, &place)).collect::<Vec<_>>()
            })
            .collect()
    }

    #[test]
    fn openapi_json_is_current() {
        let current = Description::openapi().to_pretty_json().unwrap() + "\n";
        if env::var_os("UPDATE_OPENAPI").is_some() {
            fs::write(FILE, &current).unwrap();
        }
        let committed = fs::read_to_string(FILE).unwrap_or_default();
        let differing = committed.lines().zip(current.lines()).find(|(old, new)| old != new);
        assert!(
            committed == current,
            "docs/openapi.json is not what the code describes. Write it again: UPDATE_OPENAPI=1 cargo test openapi\n\
             The first difference, in the file and in the code: {differing:#?}"
        );
    }

    #[test]
    fn every_operation_is_a_route_and_no_other_is_allowed() {
        let description = description();
        for (path, methods) in description["paths"].as_object().unwrap() {
            let described: Vec<&str> = [("get", "GET, HEAD"), ("post", "POST"), ("delete", "DELETE")]
                .into_iter()
                .filter_map(|(method, name)| methods.get(method).map(|_| name))
                .collect();
            let example = path.replace(['{', '}'], "");
            assert_eq!(routes::allowed(&example), Some(described.join(", ")), "{path}");
        }
    }

    #[test]
    fn operations_have_ids_of_their_own() {
        let description = description();
        let operations = operations(&description);
        let ids: BTreeSet<&str> =
            operations.iter().filter_map(|(_, it)| it["operationId"].as_str()).collect();
        assert_eq!(ids.len(), operations.len(), "{ids:?}");
        let vague: Vec<_> = ids.iter().filter(|id| !id.contains('_')).collect();
        assert!(vague.is_empty(), "the name of a handler, not of what it does: {vague:?}");
    }

    #[test]
    fn every_schema_says_what_it_is() {
        let description = description();
        assert_eq!(untyped(&description, ""), Vec::<String>::new());
        let dimensions = &description["components"]["schemas"]["Dimension"]["enum"];
        assert_eq!(*dimensions, json!(Dimension::ALL.map(Dimension::as_str)));
        let silent = json!({"a": {"properties": {"items": {"items": {}}, "b": {}, "c": {"type": "string"}}}});
        assert_eq!(
            untyped(&silent, ""),
            ["/a/properties/b", "/a/properties/items", "/a/properties/items/items"]
        );
    }

    #[test]
    fn parameters_tell_what_is_allowed() {
        let description = description();
        for (name, operation) in operations(&description) {
            for parameter in operation["parameters"].as_array().into_iter().flatten() {
                let mut schema = &parameter["schema"];
                if let Some(reference) = schema["$ref"].as_str() {
                    schema = description.pointer(&reference[1..]).unwrap();
                }
                let bounds = [&schema["minimum"], &schema["maximum"], &schema["default"]];
                let choices: Vec<&str> =
                    schema["enum"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
                let parameter = parameter["name"].as_str().unwrap();
                match parameter {
                    "days" if name == "get /v1/usage/metrics" => {
                        assert_eq!(bounds, [&json!(1), &json!(MAX_DAYS), &Value::Null], "by default a month")
                    }
                    "days" => assert_eq!(bounds, [1, MAX_DAYS, 30], "{name}"),
                    "limit" => assert_eq!(bounds, [1, 1_000, 100], "{name}"),
                    "offset" => assert_eq!(bounds, [0, u32::MAX, 0], "{name}"),
                    "start" | "end" | "startDate" | "endDate" | "date" => {
                        assert_eq!(schema["format"], "date", "{name}")
                    }
                    "month" => assert_eq!(schema["pattern"], "^[0-9]{4}-[0-9]{2}$", "{name}"),
                    "filter" => assert_eq!(schema["maxItems"], MAX_FILTERS, "{name}"),
                    "dimension" => {
                        let parsed = choices.iter().filter(|it| Dimension::parse(it).is_ok()).count();
                        let count = Dimension::ALL.len();
                        assert_eq!((parsed, choices.len()), (count, count + 1), "{name}: owner is one, too");
                    }
                    "sort" => {
                        assert_eq!(choices, [Sort::Requests, Sort::Bandwidth].map(Sort::as_str), "{name}")
                    }
                    "compare" => {
                        let compared: Vec<_> = choices.into_iter().map(Comparison::parse).collect();
                        let all = [Comparison::Previous, Comparison::Weekday, Comparison::Month];
                        assert_eq!(compared, all.map(Ok), "{name}");
                    }
                    "interval" => assert_eq!(choices, ["day", "hour"], "{name}"),
                    "format" => assert_eq!(choices, ["json", "csv"], "{name}"),
                    "complete" | "bom" => assert_eq!(schema["type"], "boolean", "{name}"),
                    "made" => assert_eq!(choices, ["keep", "revoke"], "{name}"),
                    "owner" | "id" | "image_id" | "cloud" => {}
                    _ => panic!("{name}: what is allowed for {parameter}?"),
                }
            }
        }
    }

    #[test]
    fn sessions_are_taken_wherever_tokens_are() {
        let description = description();
        for (name, operation) in operations(&description) {
            let accepted: Vec<&str> = operation["security"]
                .as_array()
                .into_iter()
                .flatten()
                .flat_map(|it| it.as_object().unwrap().keys().map(String::as_str))
                .collect();
            let is_open = ["get /healthz", "post /v1/session", "delete /v1/session"].contains(&name.as_str());
            let expected: &[&str] = if is_open { &[] } else { &["bearer", "basic", "session"] };
            assert_eq!(accepted, expected, "{name}");
        }
        let scheme = &description["components"]["securitySchemes"]["session"];
        assert_eq!((&scheme["in"], &scheme["name"]), (&json!("cookie"), &json!("__Host-pixtally")));
    }

    #[test]
    fn reports_that_take_a_format_answer_csv() {
        let description = description();
        for (name, operation) in operations(&description) {
            let takes_format =
                operation["parameters"].as_array().into_iter().flatten().any(|it| it["name"] == "format");
            let answer = &operation["responses"]["200"]["content"];
            assert_eq!(answer.get("text/csv").is_some(), takes_format, "{name}");
            assert!(!takes_format || answer.get("application/json").is_some(), "{name}");
        }
    }

    #[test]
    fn the_documentation_explains_the_same_values() {
        assert!(include_str!("../../docs/ARCHITECTURE.md").contains(include_str!("values.md")));
    }
}
