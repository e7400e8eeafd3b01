//! `usage_events` and `usage_daily`: work that is reported, each event once.

use serde::Deserialize;

use crate::domain::date::Date;
use crate::domain::metering::event::UsageEvent;
use crate::domain::metering::metric::Metric;
use crate::domain::owner::OwnerId;

use super::db::{Database, Param, Result, Statement, json};
use super::sql;

/// An event that was counted before.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct KnownEvent {
    pub idempotency_key: String,
    pub metric: Metric,
    pub quantity: u64,
    pub date: Date,
}

/// Counts those of an owner's events that were not counted before, unless the key of one was counted with other contents:
/// then none of them. Answers with those that were.
pub async fn count(
    db: &impl Database,
    owner: OwnerId,
    events: &[UsageEvent],
    today: Date,
) -> Result<Vec<KnownEvent>> {
    let rows: Vec<_> =
        events.iter().map(|it| (&it.key, it.metric, it.quantity, it.date, u8::from(it.is_dated))).collect();
    let (owner, rows, today) = (owner.to_string(), json(&rows), today.to_string());
    let given = [Param::Text(&owner), Param::Text(&rows)];
    let kept = [given[0], given[1], Param::Text(&today)];
    let statements = [
        Statement(sql::USAGE_KNOWN, &given),
        Statement(sql::USAGE_COUNT, &given),
        Statement(sql::USAGE_KEEP, &kept),
    ];
    Ok(db.batch(&statements).await?.into_iter().next().unwrap_or_default())
}
