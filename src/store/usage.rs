//! Reading what usage reports are made of, each in one transaction, so that its parts agree.

use serde::Deserialize;

use crate::domain::date::Date;
use crate::domain::metering::usage::{StoredUsage, Usage};
use crate::domain::month::Month;
use crate::domain::owner::OwnerId;
use crate::domain::period::Period;
use crate::domain::report::ranking::{NotFound, StoredRank, StoredTransformation};
use crate::domain::report::row::StoredDay;
use crate::domain::report::storage::StoredSnapshot;

use super::answers::Answers;
use super::db::{Database, Param, Result, Statement, json};
use super::reports::Reported;
use super::sql;

/// Totals of a period.
pub struct UsageRows {
    pub days: Vec<StoredDay>,
    /// The last one within it or before.
    pub storage: Option<StoredSnapshot>,
    pub metered: Usage,
}

/// Totals, and what they are broken down by.
pub struct UsageReportRows {
    pub usage: UsageRows,
    pub ranked: Vec<StoredRank>,
    pub transformations: Vec<StoredTransformation>,
    pub not_found: Vec<NotFound>,
}

/// What is frozen of a month.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
pub struct FrozenMonth {
    pub requests: u64,
    pub bandwidth_bytes: u64,
    /// The first day that is not frozen; none while nothing is.
    pub open_from: Option<Date>,
}

impl UsageRows {
    fn read(answers: &mut Answers) -> Result<Self> {
        Ok(Self {
            days: answers.rows()?,
            storage: answers.rows()?.into_iter().next(),
            metered: answers.rows::<StoredUsage>()?.into_iter().collect(),
        })
    }
}

/// An owner, or all of them, and some days, as statements take them.
struct Asked {
    owner: Option<String>,
    owners: Option<String>,
    first: String,
    last: String,
}

impl Asked {
    fn new(owner: Option<OwnerId>, period: &Period) -> Self {
        let owner = owner.map(|owner| owner.to_string());
        let owners = owner.as_ref().map(|owner| json(&[owner]));
        Self { owner, owners, first: period.first.to_string(), last: period.last.to_string() }
    }

    fn owners(&self) -> Param<'_> {
        self.owners.as_deref().map_or(Param::Null, Param::Text)
    }

    /// Those of `storage_at.sql`.
    fn storage(&self) -> [Param<'_>; 2] {
        [self.owner.as_deref().map_or(Param::Null, Param::Text), Param::Text(&self.last)]
    }

    /// Those of `usage_sums.sql`.
    fn metered(&self) -> [Param<'_>; 3] {
        [self.owners(), Param::Text(&self.first), Param::Text(&self.last)]
    }
}

/// `places`: how many values of each dimension, in each order. `not_found`: how many URLs.
pub async fn report(
    db: &impl Database,
    owner: OwnerId,
    period: &Period,
    today: Date,
    (places, not_found): (u32, u32),
) -> Result<UsageReportRows> {
    let reported = Reported::of_days(&[owner.to_string()], period.until(today));
    let asked = Asked::new(Some(owner), period);
    let [owners, dates] = reported.params();
    let statements = [
        Statement(sql::REPORT_DAYS, &[owners, dates]),
        Statement(sql::STORAGE_AT, &asked.storage()),
        Statement(sql::USAGE_SUMS, &asked.metered()),
        Statement(sql::REPORT_USAGE, &[owners, dates, Param::Count(places)]),
        Statement(sql::REPORT_TRANSFORMATIONS, &[owners, dates]),
        Statement(sql::REPORT_NOT_FOUND, &[owners, dates, Param::Count(not_found)]),
    ];
    let mut answers = Answers::of(db, &statements).await?;
    Ok(UsageReportRows {
        usage: UsageRows::read(&mut answers)?,
        ranked: answers.rows()?,
        transformations: answers.rows()?,
        not_found: answers.rows()?,
    })
}

/// Of one owner, or of all together; `with_rows` are those of them that have days.
pub async fn totals(
    db: &impl Database,
    owner: Option<OwnerId>,
    with_rows: &[String],
    period: &Period,
    today: Date,
) -> Result<UsageRows> {
    let reported = Reported::of_days(with_rows, period.until(today));
    let asked = Asked::new(owner, period);
    let statements = [
        Statement(sql::REPORT_DAYS, &reported.params()),
        Statement(sql::STORAGE_AT, &asked.storage()),
        Statement(sql::USAGE_SUMS, &asked.metered()),
    ];
    UsageRows::read(&mut Answers::of(db, &statements).await?)
}

/// As [`totals`], of a month, and what is frozen of it; its days may be among that.
pub async fn month(
    db: &impl Database,
    owner: Option<OwnerId>,
    with_rows: &[String],
    month: Month,
    today: Date,
) -> Result<(UsageRows, FrozenMonth)> {
    let period = month.period();
    let reported = Reported::of_days(with_rows, period.until(today));
    let asked = Asked::new(owner, &period);
    let year_month = month.to_string();
    let statements = [
        Statement(sql::REPORT_DAYS, &reported.params()),
        Statement(sql::STORAGE_AT, &asked.storage()),
        Statement(sql::USAGE_SUMS, &asked.metered()),
        Statement(sql::MONTH_FROZEN, &[asked.owners(), Param::Text(&year_month)]),
    ];
    let mut answers = Answers::of(db, &statements).await?;
    Ok((UsageRows::read(&mut answers)?, answers.rows()?.into_iter().next().unwrap_or_default()))
}
