//! The control total: how many data points Cloudflare counts for the account's data set, by its GraphQL API.
//!
//! It knows neither owners nor sizes, so that it can check a day and not rebuild one.

use serde::{Deserialize, Serialize};

use super::source::{Control, Result, SourceError};
use crate::cloudflare::api::{Http, Tag};
use crate::cloudflare::engine_sql::DataSet;
use crate::cloudflare::graphql;
use crate::cloudflare::number::Number;
use crate::domain::date::{Date, timestamp};
use crate::domain::night::end_of;

/// A day has 24 groups.
const QUERY: &str = "query PixtallyControl($account: string!, $dataset: string!, $from: Time!, $to: Time!) {
  viewer {
    accounts(filter: {accountTag: $account}) {
      groups: workersAnalyticsEngineAdaptiveGroups(
        limit: 100
        filter: {dataset: $dataset, datetime_geq: $from, datetime_lt: $to}
        orderBy: [datetimeHour_ASC]
      ) {
        count
        dimensions { datetimeHour }
      }
    }
  }
}";

#[derive(Serialize)]
struct Variables<'a> {
    account: &'a Tag,
    dataset: &'a DataSet,
    from: String,
    to: String,
}

#[derive(Deserialize)]
struct Data {
    viewer: Viewer,
}

#[derive(Deserialize)]
struct Viewer {
    accounts: Vec<Account>,
}

#[derive(Deserialize)]
struct Account {
    groups: Vec<Group>,
}

#[derive(Deserialize)]
struct Group {
    count: Number,
    dimensions: Dimensions,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Dimensions {
    datetime_hour: String,
}

/// The account's hourly counts of one data set.
pub struct AccountCount<H> {
    http: H,
    account: Tag,
    data_set: DataSet,
}

impl<H: Http> AccountCount<H> {
    pub fn new(http: H, account: Tag, data_set: DataSet) -> Self {
        Self { http, account, data_set }
    }
}

impl<H: Http> Control for AccountCount<H> {
    async fn count(&self, date: Date) -> Result<u64> {
        let variables = Variables {
            account: &self.account,
            dataset: &self.data_set,
            from: timestamp(date.start()),
            to: timestamp(end_of(date)),
        };
        let Data { viewer } = graphql::ask(&self.http, QUERY, &variables).await?;
        let account = viewer.accounts.into_iter().next();
        let groups = account.map(|account| account.groups).ok_or_else(|| {
            SourceError::Query(format!("CLOUDFLARE_API_TOKEN may read no account {}", self.account))
        })?;
        let day = date.to_string();
        let mut count: u64 = 0;
        for group in groups {
            let hour = group.dimensions.datetime_hour;
            if !hour.starts_with(&day) {
                return Err(SourceError::Unreadable(format!("{hour:?} is not an hour of {date}")));
            }
            count = count.saturating_add(group.count.0);
        }
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cloudflare::api::tests::{Canned, now};

    fn counted(status: u16, body: &str) -> Result<u64> {
        let canned = Canned::new([(status, body)]);
        let account = Tag::parse(&"a".repeat(32)).unwrap();
        let control = AccountCount::new(&canned, account, DataSet::parse("hits").unwrap());
        let count = now(control.count(Date::parse("2026-11-20").unwrap()));
        let asked: serde_json::Value = serde_json::from_str(&canned.asked.borrow()[0].1).unwrap();
        let expected = serde_json::json!({
            "account": "a".repeat(32), "dataset": "hits", "from": "2026-11-20T00:00:00Z", "to": "2026-11-21T00:00:00Z"
        });
        assert_eq!((&asked["variables"], &asked["query"]), (&expected, &QUERY.into()));
        count
    }

    fn answer(groups: &str) -> String {
        format!(r#"{{"data":{{"viewer":{{"accounts":[{{"groups":[{groups}]}}]}}}},"errors":null}}"#)
    }

    #[test]
    fn hours_add_up() {
        let hour = |hour: u8, count: &str| {
            format!(r#"{{"count":{count},"dimensions":{{"datetimeHour":"2026-11-20T{hour:02}:00:00Z"}}}}"#)
        };
        assert_eq!(counted(200, &answer("")), Ok(0));
        assert_eq!(counted(200, &answer(&format!("{},{}", hour(0, "3"), hour(23, "\"4\"")))), Ok(7));
        let other_day = hour(0, "3").replace("11-20", "11-21");
        assert!(matches!(counted(200, &answer(&other_day)), Err(SourceError::Unreadable(_))));
    }

    #[test]
    fn failures() {
        let nobody = r#"{"data":{"viewer":{"accounts":[]}},"errors":null}"#;
        assert!(matches!(counted(200, nobody), Err(SourceError::Query(_))));
        assert!(matches!(counted(200, &answer("{}")), Err(SourceError::Unreadable(_))));
        let errors = r#"{"data":null,"errors":[{"message":"not authorized for that account"}]}"#;
        assert!(matches!(counted(200, errors), Err(SourceError::Refused { status: 200, .. })));
        assert_eq!(counted(429, errors), Err(SourceError::RateLimited { retry_after: None }));
    }
}
