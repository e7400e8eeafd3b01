//! Cloudflare's GraphQL Analytics API: sends constant queries with variables, and reads `{data, errors}`.
//!
//! Errors have no codes. Their HTTP status is documented, and so are the beginnings of their messages, because any of
//! them may also come with 200: <https://developers.cloudflare.com/analytics/graphql-api/errors/>.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::api::{Answer, Http, message, shorten};
use crate::batch::source::{Result, SourceError};

const PATH: &str = "/graphql";

#[derive(Serialize)]
struct Body<'a, V> {
    query: &'static str,
    variables: &'a V,
}

/// Sends a query.
///
/// # Errors
///
/// Those of [`Http::post`], also when they come with HTTP 200; [`SourceError::Query`] for every other error that the API
/// tells; [`SourceError::Unreadable`] for an answer of another shape.
pub async fn ask<T: DeserializeOwned>(
    http: &impl Http,
    query: &'static str,
    variables: &impl Serialize,
) -> Result<T> {
    let body = serde_json::to_string(&Body { query, variables }).expect("variables are texts and numbers");
    let answer = http.post(PATH, "application/json", &body).await?;
    if let Some(error) = told(&answer) {
        return Err(error);
    }
    if !answer.is_success() {
        return Err(SourceError::Query(message(&answer.body)));
    }
    #[derive(Deserialize)]
    struct Data<T> {
        data: T,
    }
    let unreadable = |error| SourceError::Unreadable(shorten(&format!("{error}: {}", message(&answer.body))));
    serde_json::from_str(&answer.body).map(|Data { data }| data).map_err(unreadable)
}

#[derive(Deserialize)]
struct Errors {
    errors: Option<Vec<GraphqlError>>,
}

#[derive(Deserialize)]
struct GraphqlError {
    message: String,
    #[serde(default)]
    path: Option<Vec<serde_json::Value>>,
}

/// The first error that an answer tells, with the field that it is about.
fn told(answer: &Answer) -> Option<SourceError> {
    // On success `errors` is null. Where it is not there at all, the answer is looked at by whoever reads it.
    let Errors { errors } = serde_json::from_str(&answer.body).ok()?;
    let error = errors?.into_iter().next()?;
    let path: Vec<String> = error.path.unwrap_or_default().iter().map(element).collect();
    let place = if path.is_empty() { String::new() } else { format!(" ({})", path.join(".")) };
    Some(classify(answer, shorten(&format!("{}{place}", shorten(&error.message)))))
}

fn element(value: &serde_json::Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned)
}

fn classify(answer: &Answer, message: String) -> SourceError {
    let text = message.to_ascii_lowercase();
    let says = |parts: &[&str]| parts.iter().any(|part| text.contains(part));
    if says(&["unauthorized", "not authorized", "authentication error", "does not have access"]) {
        SourceError::Refused { status: answer.status, message }
    } else if says(&["rate limit", "too many requests"]) {
        SourceError::RateLimited { retry_after: answer.retry_after }
    } else if says(&["please try again later"]) {
        SourceError::Server(503)
    } else if says(&["internal server error"]) {
        SourceError::Server(500)
    } else {
        SourceError::Query(message)
    }
}

/// Whether an error says that a field of the query is not available, by plan or at all. It does not have to say which.
pub fn is_missing_field(error: &SourceError) -> bool {
    match error {
        SourceError::Refused { message, .. } => ["path", "field"]
            .iter()
            .any(|what| message.contains(&format!("does not have access to the {what}"))),
        SourceError::Query(message) => {
            let text = message.to_ascii_lowercase();
            ["unknown field", "unknown arg", "cannot query field", "not available for your plan"]
                .iter()
                .any(|part| text.contains(part))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cloudflare::api::tests::{Canned, now};
    use crate::cloudflare::number::Number;

    #[derive(Debug, PartialEq, Deserialize)]
    struct Count {
        count: Number,
    }

    fn asked(status: u16, body: &str) -> Result<Count> {
        let canned = Canned::new([(status, body)]);
        let found = now(ask(&canned, "query Q($a: string!) { count }", &serde_json::json!({"a": "'\"}"})));
        let [(path, body)] = &canned.asked.borrow()[..] else { panic!() };
        assert_eq!(path, "/graphql");
        assert_eq!(body, r#"{"query":"query Q($a: string!) { count }","variables":{"a":"'\"}"}}"#);
        found
    }

    fn errors(message: &str) -> String {
        format!(r#"{{"data":null,"errors":[{{"message":"{message}","path":null}}]}}"#)
    }

    #[test]
    fn data() {
        for body in [
            r#"{"data":{"count":3},"errors":null}"#,
            r#"{"data":{"count":"3"},"errors":[]}"#,
            r#"{"data":{"count":3,"more":1}}"#,
        ] {
            assert_eq!(asked(200, body), Ok(Count { count: Number(3) }), "{body}");
        }
        for body in [
            r#"{"data":{"count":3},"errors":nu"#,
            r#"{"data":null,"errors":null}"#,
            r#"{"data":{"count":-3},"errors":null}"#,
            "<!DOCTYPE html><title>Just a moment</title>",
            "",
            "[]",
        ] {
            assert!(matches!(asked(200, body), Err(SourceError::Unreadable(_))), "{body}");
        }
    }

    #[test]
    fn errors_with_any_status() {
        let limited = SourceError::RateLimited { retry_after: None };
        for (message, expected) in [
            ("Unauthorized", None),
            ("not authorized for that account", None),
            ("zones [a] are not authorized", None),
            ("zone 'a' does not have access to the path", None),
            ("rate limiter budget depleted, try again after 5 minutes", Some(limited.clone())),
            ("unable to execute query, please try again later", Some(SourceError::Server(503))),
            ("Internal server error", Some(SourceError::Server(500))),
            (
                "cannot request data older than 2678400s",
                Some(SourceError::Query("cannot request data older than 2678400s".into())),
            ),
            ("unknown field x", Some(SourceError::Query("unknown field x".into()))),
        ] {
            let refused = SourceError::Refused { status: 200, message: message.into() };
            assert_eq!(asked(200, &errors(message)), Err(expected.clone().unwrap_or(refused)), "{message}");
            if let Some(expected @ SourceError::Query(_)) = expected {
                assert_eq!(asked(400, &errors(message)), Err(expected));
            }
        }
        assert_eq!(asked(401, &errors("x")), Err(SourceError::Refused { status: 401, message: "x".into() }));
        assert_eq!(asked(403, &errors("x")), Err(SourceError::Refused { status: 403, message: "x".into() }));
        assert_eq!(asked(429, &errors("x")), Err(limited));
        assert_eq!(asked(503, &errors("x")), Err(SourceError::Server(503)));
        assert_eq!(asked(400, "<html>"), Err(SourceError::Query("an HTML page".into())));
    }

    #[test]
    fn an_error_beside_data_is_an_error_and_says_where() {
        let body = r#"{"data":{"count":3},"errors":[{"message":"limit","path":["viewer","zones","0",0]}]}"#;
        assert_eq!(asked(200, body), Err(SourceError::Query("limit (viewer.zones.0.0)".into())));
    }

    #[test]
    fn missing_fields() {
        let refused = |message: &str| SourceError::Refused { status: 403, message: message.into() };
        for (error, missing) in [
            (refused("zone 'a' does not have access to the path"), true),
            (refused("zone 'a' does not have access to the field 'clientcountryname'"), true),
            (refused("zones [a] are not authorized"), false),
            (SourceError::Query("unknown field \"avg\"".into()), true),
            (SourceError::Query("this is not available for your plan. Upgrade to Pro".into()), true),
            (SourceError::Query("cannot request data older than 1s".into()), false),
            (SourceError::Server(500), false),
        ] {
            assert_eq!(is_missing_field(&error), missing, "{error}");
        }
    }
}
