//! The requests of a zone's host, grouped: the node `httpRequestsAdaptiveGroups` of Cloudflare's GraphQL API, its limits,
//! and the fields that not every plan has.
//!
//! Not here: which groups are asked for one after the other (`batch/key_range.rs`), and what their paths mean
//! (`batch/zone.rs`).

use serde::de::{DeserializeOwned, Deserializer};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::api::{Http, Tag};
use super::graphql;
use super::number::Number;
use crate::batch::source::{Result, SourceError};
use crate::domain::date::{Millis, timestamp};
use crate::domain::night::DAY_MS;

const LIMITS: &str = "query PixtallyLimits($zone: string!) {
  viewer {
    zones(filter: {zoneTag: $zone}) {
      settings {
        httpRequestsAdaptiveGroups { enabled maxDuration maxPageSize notOlderThan }
      }
    }
  }
}";

const DAYS: &str = "query PixtallyDays(
  $zone: string!, $filter: ZoneHttpRequestsAdaptiveGroupsFilter_InputObject!, $limit: uint64!
) {
  viewer {
    zones(filter: {zoneTag: $zone}) {
      groups: httpRequestsAdaptiveGroups(limit: $limit, filter: $filter, orderBy: [date_ASC]) {
        count
        dimensions { date }
      }
    }
  }
}";

macro_rules! groups_query {
    ($country:literal, $order:literal, $interval:literal) => {
        concat!(
            "query PixtallyRequests(
  $zone: string!, $filter: ZoneHttpRequestsAdaptiveGroupsFilter_InputObject!, $limit: uint64!
) {
  viewer {
    zones(filter: {zoneTag: $zone}) {
      groups: httpRequestsAdaptiveGroups(
        limit: $limit
        filter: $filter
        orderBy: [clientRequestPath_ASC",
            $order,
            ", edgeResponseStatus_ASC]
      ) {
        count
        sum { edgeResponseBytes }",
            $interval,
            "
        dimensions { clientRequestPath",
            $country,
            " edgeResponseStatus }
      }
    }
  }
}"
        )
    };
}

/// The fields that are asked for. Some plans lack some of them, and then refuse the whole query.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fields {
    pub country: bool,
    pub sample_interval: bool,
}

impl Fields {
    /// What is tried, one after the other.
    pub const LADDER: [Self; 4] = [
        Self { country: true, sample_interval: true },
        Self { country: true, sample_interval: false },
        Self { country: false, sample_interval: true },
        Self { country: false, sample_interval: false },
    ];

    fn query(self) -> &'static str {
        match (self.country, self.sample_interval) {
            (true, true) => {
                groups_query!(
                    " clientCountryName",
                    ", clientCountryName_ASC",
                    "\n        avg { sampleInterval }"
                )
            }
            (true, false) => groups_query!(" clientCountryName", ", clientCountryName_ASC", ""),
            (false, true) => groups_query!("", "", "\n        avg { sampleInterval }"),
            (false, false) => groups_query!("", "", ""),
        }
    }

    /// The columns that make a group's key.
    pub fn columns(self) -> &'static [Column] {
        match self.country {
            true => &[Column::Path, Column::Country, Column::Status],
            false => &[Column::Path, Column::Status],
        }
    }
}

/// A dimension that groups are told apart by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Column {
    Path,
    Country,
    Status,
}

impl Column {
    fn name(self) -> &'static str {
        match self {
            Self::Path => "clientRequestPath",
            Self::Country => "clientCountryName",
            Self::Status => "edgeResponseStatus",
        }
    }
}

/// A group of requests.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Group {
    /// Scaled for sampling.
    pub count: Number,
    sum: Sum,
    avg: Option<Average>,
    pub dimensions: Dimensions,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Sum {
    edge_response_bytes: Number,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Average {
    #[serde(deserialize_with = "number_or_text")]
    sample_interval: f64,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Dimensions {
    #[serde(rename = "clientRequestPath")]
    pub path: String,
    #[serde(rename = "clientCountryName", default)]
    pub country: Option<String>,
    #[serde(rename = "edgeResponseStatus")]
    pub status: Number,
}

fn number_or_text<'de, D: Deserializer<'de>>(deserializer: D) -> std::result::Result<f64, D::Error> {
    match Value::deserialize(deserializer)? {
        Value::String(text) => text.parse().map_err(serde::de::Error::custom),
        value => value.as_f64().ok_or_else(|| serde::de::Error::custom("not a number")),
    }
}

impl Group {
    /// Bytes sent: compressed bodies with their headers.
    pub fn bytes(&self) -> u64 {
        self.sum.edge_response_bytes.0
    }

    /// How many requests each stored one stands for, on average; `None` where the plan does not tell.
    pub fn sample_interval(&self) -> Option<f64> {
        self.avg.as_ref().map(|avg| avg.sample_interval).map(|it| if it >= 1.0 { it } else { 1.0 })
    }

    /// The group's value in a column of its key, as a text that sorts like the column.
    pub fn value(&self, column: Column) -> String {
        match column {
            Column::Path => self.dimensions.path.clone(),
            Column::Country => self.dimensions.country.clone().unwrap_or_default(),
            Column::Status => format!("{:03}", self.dimensions.status.0),
        }
    }
}

/// Requests of a day.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Day {
    pub count: Number,
    pub dimensions: DayDimensions,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct DayDimensions {
    /// `YYYY-MM-DD`
    pub date: String,
}

/// What the zone's plan allows of the node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Longest time that one query may span.
    pub duration: Millis,
    /// Most groups of one answer; not 0.
    pub page_rows: usize,
    /// How far back it goes; `None` where the API does not tell.
    pub reach: Option<Millis>,
}

#[derive(Deserialize)]
struct Data<Z> {
    viewer: Viewer<Z>,
}

#[derive(Deserialize)]
struct Viewer<Z> {
    zones: Vec<Z>,
}

#[derive(Deserialize)]
struct Found<G> {
    groups: Vec<G>,
}

#[derive(Deserialize)]
struct Settings {
    settings: Nodes,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Nodes {
    http_requests_adaptive_groups: Node,
}

/// Durations in seconds.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Node {
    enabled: Option<bool>,
    max_duration: Option<Number>,
    max_page_size: Option<Number>,
    not_older_than: Option<Number>,
}

#[derive(Serialize)]
struct LimitsVariables<'a> {
    zone: &'a Tag,
}

#[derive(Serialize)]
struct Variables<'a> {
    zone: &'a Tag,
    filter: &'a Filter,
    limit: usize,
}

/// Which requests: visitors' alone, of one host and within a time, and what is added.
#[derive(Debug, Clone, Serialize)]
#[serde(transparent)]
pub struct Filter(Map<String, Value>);

impl Filter {
    /// From `from` until before `to`; both are whole seconds.
    pub fn new(host: &str, (from, to): (Millis, Millis)) -> Self {
        let mut filter = Map::new();
        filter.insert("clientRequestHTTPHost".to_owned(), host.into());
        filter.insert("requestSource".to_owned(), "eyeball".into());
        filter.insert("datetime_geq".to_owned(), timestamp(from).into());
        filter.insert("datetime_lt".to_owned(), timestamp(to).into());
        Self(filter)
    }

    /// `operator` is empty for equality, or one of the API's own suffixes: `_gt`, `_geq`, `_lt`.
    pub fn and(mut self, column: Column, operator: &'static str, value: &str) -> Self {
        let value = match column {
            Column::Status => value.parse::<u64>().unwrap_or_default().into(),
            Column::Path | Column::Country => value.into(),
        };
        self.0.insert(format!("{}{operator}", column.name()), value);
        self
    }
}

/// The node of one zone.
pub struct ZoneRequests<H> {
    http: H,
    zone: Tag,
}

impl<H: Http> ZoneRequests<H> {
    pub fn new(http: H, zone: Tag) -> Self {
        Self { http, zone }
    }

    /// # Errors
    ///
    /// Those of [`graphql::ask`]; [`SourceError::Query`] when the plan does not have the node, or the token not the zone.
    pub async fn limits(&self) -> Result<Limits> {
        let data = graphql::ask(&self.http, LIMITS, &LimitsVariables { zone: &self.zone }).await?;
        let Settings { settings } = self.zone(data)?;
        let node = settings.http_requests_adaptive_groups;
        if node.enabled == Some(false) {
            let message = "the zone's plan does not have httpRequestsAdaptiveGroups";
            return Err(SourceError::Query(message.to_owned()));
        }
        let limit = |number: Option<Number>| number.map(|Number(limit)| limit).filter(|limit| *limit > 0);
        let seconds = |number| limit(number).map(|seconds| seconds.saturating_mul(1_000));
        Ok(Limits {
            duration: seconds(node.max_duration).unwrap_or(DAY_MS),
            page_rows: limit(node.max_page_size).and_then(|rows| rows.try_into().ok()).unwrap_or(usize::MAX),
            reach: seconds(node.not_older_than),
        })
    }

    /// At most `limit` groups, in the order of their keys.
    ///
    /// # Errors
    ///
    /// Those of [`graphql::ask`]; see [`graphql::is_missing_field`].
    pub async fn groups(&self, fields: Fields, filter: &Filter, limit: usize) -> Result<Vec<Group>> {
        self.ask(fields.query(), filter, limit).await
    }

    /// Requests of each day.
    ///
    /// # Errors
    ///
    /// Those of [`graphql::ask`].
    pub async fn days(&self, filter: &Filter, limit: usize) -> Result<Vec<Day>> {
        self.ask(DAYS, filter, limit).await
    }

    async fn ask<G: DeserializeOwned>(
        &self,
        query: &'static str,
        filter: &Filter,
        limit: usize,
    ) -> Result<Vec<G>> {
        let variables = Variables { zone: &self.zone, filter, limit };
        let data = graphql::ask(&self.http, query, &variables).await?;
        let Found { groups } = self.zone(data)?;
        Ok(groups)
    }

    fn zone<Z>(&self, data: Data<Z>) -> Result<Z> {
        let unknown = || SourceError::Query(format!("CLOUDFLARE_API_TOKEN may read no zone {}", self.zone));
        data.viewer.zones.into_iter().next().ok_or_else(unknown)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cloudflare::api::tests::{Canned, now};

    fn limits(node: &str) -> Result<Limits> {
        let body = format!(
            r#"{{"data":{{"viewer":{{"zones":[{{"settings":{{"httpRequestsAdaptiveGroups":{node}}}}}]}}}},"errors":null}}"#
        );
        let canned = Canned::new([(200, &body[..])]);
        now(ZoneRequests::new(&canned, Tag::parse(&"a".repeat(32)).unwrap()).limits())
    }

    #[test]
    fn plans() {
        let node = r#"{"enabled":true,"maxDuration":86400,"maxPageSize":"10000","notOlderThan":259200}"#;
        let expected = Limits { duration: DAY_MS, page_rows: 10_000, reach: Some(3 * DAY_MS) };
        assert_eq!(limits(node), Ok(expected));
        let untold = Limits { duration: DAY_MS, page_rows: usize::MAX, reach: None };
        assert_eq!(limits(r#"{"enabled":true,"maxDuration":0,"maxPageSize":null}"#), Ok(untold));
        assert!(matches!(limits(&node.replace("true", "false")), Err(SourceError::Query(_))));
        assert!(matches!(limits("3"), Err(SourceError::Unreadable(_))));
    }

    #[test]
    fn a_zone_that_is_not_there() {
        let canned = Canned::new([(200, r#"{"data":{"viewer":{"zones":[]}},"errors":null}"#)]);
        let zone = ZoneRequests::new(&canned, Tag::parse(&"a".repeat(32)).unwrap());
        assert!(matches!(now(zone.limits()), Err(SourceError::Query(_))));
    }

    #[test]
    fn queries_ask_for_what_the_plan_has() {
        for fields in Fields::LADDER {
            let query = fields.query();
            assert_eq!(query.contains("clientCountryName"), fields.country);
            assert_eq!(query.contains("clientCountryName_ASC"), fields.country);
            assert_eq!(query.contains("sampleInterval"), fields.sample_interval);
            assert_eq!(query.matches('{').count(), query.matches('}').count());
        }
    }

    #[test]
    fn groups_are_read_with_and_without_optional_fields() {
        let group = |json: &str| serde_json::from_str::<Group>(json).unwrap();
        let full = group(
            r#"{"count":"4","sum":{"edgeResponseBytes":"10"},"avg":{"sampleInterval":"2.5"},
                "dimensions":{"clientRequestPath":"/a","clientCountryName":"DE","edgeResponseStatus":"200"}}"#,
        );
        assert_eq!((full.count.0, full.bytes(), full.sample_interval()), (4, 10, Some(2.5)));
        let bare = group(
            r#"{"count":4,"sum":{"edgeResponseBytes":10},
                "dimensions":{"clientRequestPath":"/a","edgeResponseStatus":7}}"#,
        );
        assert_eq!((bare.sample_interval(), &bare.dimensions.country), (None, &None));
        assert_eq!((&bare.value(Column::Status)[..], &bare.value(Column::Country)[..]), ("007", ""));
    }

    #[test]
    fn filters_are_values() {
        let filter = Filter::new("cdn.example.com", (0, DAY_MS)).and(Column::Path, "_geq", "/a\"}").and(
            Column::Status,
            "_gt",
            "007",
        );
        assert_eq!(
            serde_json::to_value(&filter).unwrap(),
            serde_json::json!({
                "clientRequestHTTPHost": "cdn.example.com", "requestSource": "eyeball",
                "datetime_geq": "1970-01-01T00:00:00Z", "datetime_lt": "1970-01-02T00:00:00Z",
                "clientRequestPath_geq": "/a\"}", "edgeResponseStatus_gt": 7,
            })
        );
    }
}
