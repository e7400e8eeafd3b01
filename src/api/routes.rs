//! Every route of the API: which path has which methods, in one place. What a path answers (`Allow`) follows from it.
//!
//! Not here: answering (the handlers), and which paths belong to the API at all (`owns`).

/// A method that some route has. HEAD is answered wherever GET is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    Get,
    Post,
    Delete,
}

impl Method {
    pub const ALL: [Self; 3] = [Self::Get, Self::Post, Self::Delete];

    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "GET" | "HEAD" => Some(Self::Get),
            "POST" => Some(Self::Post),
            "DELETE" => Some(Self::Delete),
            _ => None,
        }
    }

    /// As `Allow` lists it.
    fn names(self) -> &'static str {
        match self {
            Self::Get => "GET, HEAD",
            Self::Post => "POST",
            Self::Delete => "DELETE",
        }
    }
}

/// An endpoint, with the variable parts of its path as they were sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Route<'a> {
    Health,
    OpenApi,
    Overview,
    Breakdown(&'a str),
    Image(&'a str),
    Errors,
    Live,
    Status,
    Storage,
    Metrics,
    UsageEvents,
    ImageKitUsage,
    ImageKitUsageAnalytics,
    CloudinaryUsage(&'a str),
    CloudinaryUsageAt(&'a str, &'a str),
    Aggregate,
    Purge,
    MeasureStorage,
    Run(&'a str),
    ResumeRun(&'a str),
    SignIn,
    Session,
    SignOut,
    CreateOwner,
    Owners,
    CreateToken,
    Tokens,
    RotateToken(&'a str),
    RevokeToken(&'a str),
}

/// The prefix of reports, and the same routes under a name that content blockers do not match: their lists have rules for
/// `/analytics/`, and the dashboard must work with them.
const REPORTS: [&str; 2] = ["/v1/analytics/", "/v1/reports/"];

impl<'a> Route<'a> {
    pub fn of(method: Method, path: &'a str) -> Option<Self> {
        if let Some(rest) = REPORTS.into_iter().find_map(|prefix| path.strip_prefix(prefix)) {
            return Self::of_report(method, rest);
        }
        let segments: Vec<&str> = path.strip_prefix('/')?.split('/').collect();
        Some(match (method, &segments[..]) {
            (Method::Get, ["healthz"]) => Self::Health,
            (Method::Get, ["v1", "openapi.json"]) => Self::OpenApi,
            (Method::Get, ["v1", "usage", "storage"]) => Self::Storage,
            (Method::Get, ["v1", "usage", "metrics"]) => Self::Metrics,
            (Method::Post, ["v1", "usage", "events"]) => Self::UsageEvents,
            (Method::Get, ["v1", "accounts", "usage"]) => Self::ImageKitUsage,
            (Method::Get, ["v1", "accounts", "usage-analytics"]) => Self::ImageKitUsageAnalytics,
            (Method::Get, ["v1_1", cloud, "usage"]) => Self::CloudinaryUsage(cloud),
            (Method::Get, ["v1_1", cloud, "usage", date]) => Self::CloudinaryUsageAt(cloud, date),
            (Method::Post, ["v1", "admin", "aggregate"]) => Self::Aggregate,
            (Method::Post, ["v1", "admin", "purge"]) => Self::Purge,
            (Method::Post, ["v1", "admin", "storage"]) => Self::MeasureStorage,
            (Method::Get, ["v1", "admin", "runs", id]) => Self::Run(id),
            (Method::Post, ["v1", "admin", "runs", id]) => Self::ResumeRun(id),
            (Method::Post, ["v1", "session"]) => Self::SignIn,
            (Method::Get, ["v1", "session"]) => Self::Session,
            (Method::Delete, ["v1", "session"]) => Self::SignOut,
            (Method::Post, ["v1", "owners"]) => Self::CreateOwner,
            (Method::Get, ["v1", "owners"]) => Self::Owners,
            (Method::Post, ["v1", "tokens"]) => Self::CreateToken,
            (Method::Get, ["v1", "tokens"]) => Self::Tokens,
            (Method::Post, ["v1", "tokens", id, "rotate"]) => Self::RotateToken(id),
            (Method::Delete, ["v1", "tokens", id]) => Self::RevokeToken(id),
            _ => return None,
        })
    }

    /// A report, by what follows its prefix.
    fn of_report(method: Method, rest: &'a str) -> Option<Self> {
        if method != Method::Get {
            return None;
        }
        match rest {
            "overview" => return Some(Self::Overview),
            "errors" => return Some(Self::Errors),
            "live" => return Some(Self::Live),
            "status" => return Some(Self::Status),
            _ => {}
        }
        let (kind, name) = rest.split_once('/')?;
        match kind {
            "images" => Some(Self::Image(name)),
            "breakdown" if !name.contains('/') => Some(Self::Breakdown(name)),
            _ => None,
        }
    }
}

/// The methods of a path as `Allow` lists them; `None` for a path without a route.
pub fn allowed(path: &str) -> Option<String> {
    let methods = Method::ALL.into_iter().filter(|method| Route::of(*method, path).is_some());
    let names: Vec<&str> = methods.map(Method::names).collect();
    (!names.is_empty()).then(|| names.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths() {
        for (path, allow) in [
            ("/healthz", Some("GET, HEAD")),
            ("/v1/openapi.json", Some("GET, HEAD")),
            ("/v1/analytics/overview", Some("GET, HEAD")),
            ("/v1/analytics/images/pics/dino.jpg", Some("GET, HEAD")),
            ("/v1/session", Some("GET, HEAD, POST, DELETE")),
            ("/v1/owners", Some("GET, HEAD, POST")),
            ("/v1/tokens/x", Some("DELETE")),
            ("/v1/tokens/x/rotate", Some("POST")),
            ("/v1/usage/events", Some("POST")),
            ("/v1/reports/overview", Some("GET, HEAD")),
            ("/v1/analytics", None),
            ("/v1/reports", None),
            ("/v1/reports/", None),
            ("/v1/reports/nothing", None),
            ("/v1/reports/usage/metrics", None),
            ("/v1/reports/overview/", None),
            ("/v1/reports/breakdown", None),
            ("/v1/reports/breakdown/os/x", None),
            ("//healthz", None),
            ("/v1", None),
        ] {
            assert_eq!(allowed(path).as_deref(), allow, "{path}");
        }
    }

    #[test]
    fn reports_have_two_prefixes() {
        for (rest, route) in [
            ("overview", Route::Overview),
            ("errors", Route::Errors),
            ("live", Route::Live),
            ("status", Route::Status),
            ("breakdown/os", Route::Breakdown("os")),
            ("breakdown/", Route::Breakdown("")),
            ("images/pics/dino.jpg", Route::Image("pics/dino.jpg")),
            ("images/pics%2Fa.jpg", Route::Image("pics%2Fa.jpg")),
        ] {
            for prefix in REPORTS {
                assert_eq!(Route::of(Method::Get, &format!("{prefix}{rest}")), Some(route), "{prefix}{rest}");
            }
        }
    }
}
