//! Reading what reports are made of: closed days from their rows, open ones from what was counted so far.

use serde::Deserialize;

use crate::domain::date_range::DateRange;
use crate::domain::dimension::Dimension;
use crate::domain::image_id::ImageId;
use crate::domain::owner::OwnerId;
use crate::domain::report::breakdown::{Page, Sort, StoredValue};
use crate::domain::report::errors::StoredFailure;
use crate::domain::report::overview::StoredTop;
use crate::domain::report::row::{Row, StoredDay, TOP};
use crate::domain::report::source::StoredQuality;

use super::db::{Database, Param, Result, Statement, json};
use super::sql;

/// Rows of any kind: one batch answers all of them.
#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum Answer {
    Day(StoredDay),
    Listed(StoredListed),
    Top(StoredTop),
    Value(StoredValue),
    Failure(StoredFailure),
    Quality(StoredQuality),
    Row(Row),
}

/// A value on a page of one of several dimensions.
#[derive(Deserialize)]
pub(super) struct StoredListed {
    dimension: Dimension,
    place: u32,
    #[serde(flatten)]
    pub(super) value: StoredValue,
}

impl From<StoredListed> for StoredTop {
    fn from(listed: StoredListed) -> Self {
        let StoredListed { dimension, place, value } = listed;
        Self {
            dimension,
            row: value.row.into(),
            undercount: value.undercount,
            place,
            all_requests: value.all_requests,
        }
    }
}

/// What an overview is made of.
pub struct OverviewRows {
    pub days: Vec<StoredDay>,
    pub top: Vec<StoredTop>,
    pub owners: Vec<Row>,
}

/// What the report of one image is made of.
pub struct ImageRows {
    pub days: Vec<StoredDay>,
    pub variant: Vec<Row>,
    pub country: Vec<Row>,
    pub status: Vec<Row>,
}

/// What a breakdown is made of.
pub struct BreakdownRows {
    /// The page, and `(other)`.
    pub values: Vec<StoredValue>,
    /// How much was image, video and other.
    pub asset_types: Vec<StoredValue>,
}

/// What an error report is made of.
pub struct ErrorRows {
    pub statuses: Vec<StoredValue>,
    pub reasons: Vec<StoredValue>,
    pub failures: Vec<StoredFailure>,
}

/// Most values of a dimension in the report of one image.
const MAX_IMAGE_VALUES: u32 = 1_000;
/// Most values of a dimension that has few.
const ALL_OF_FEW: u32 = 1_000;

/// Owners and days, as statements take them: each pair is then one look-up in the primary key.
pub(super) struct Reported {
    owners: String,
    dates: String,
}

impl Reported {
    pub(super) fn new(owners: &[String], range: &DateRange) -> Self {
        let dates: Vec<_> = range.dates().map(|date| date.to_string()).collect();
        Self { owners: json(owners), dates: json(&dates) }
    }

    pub(super) fn params(&self) -> [Param<'_>; 2] {
        [Param::Text(&self.owners), Param::Text(&self.dates)]
    }

    /// Those of `report_breakdown.sql`.
    fn breakdown(&self, dimension: Dimension, page: Page) -> [Param<'_>; 6] {
        let [owners, dates] = self.params();
        let (limit, offset) = (Param::Count(page.limit), Param::Count(page.offset));
        [owners, dates, limit, offset, Param::Text(dimension.as_str()), Param::Text(page.sort.as_str())]
    }
}

/// `by_owner`: the owners are told apart, too.
pub async fn overview(
    db: &impl Database,
    owners: &[String],
    range: &DateRange,
    by_owner: bool,
) -> Result<OverviewRows> {
    let reported = Reported::new(owners, range);
    let days = reported.params();
    let top = [days[0], days[1], Param::Count(TOP)];
    let mut statements = vec![Statement(sql::REPORT_DAYS, &days), Statement(sql::REPORT_TOP, &top)];
    if by_owner {
        statements.push(Statement(sql::REPORT_OWNERS, &top));
    }
    let mut answers = db.batch(&statements).await?.into_iter();
    Ok(OverviewRows {
        days: days_of(answers.next()),
        top: picked(answers.next(), |answer| if let Answer::Top(top) = answer { Some(top) } else { None }),
        owners: rows_of(answers.next()),
    })
}

pub async fn days(db: &impl Database, owners: &[String], range: &DateRange) -> Result<Vec<StoredDay>> {
    db.query(Statement(sql::REPORT_DAYS, &Reported::new(owners, range).params())).await
}

pub async fn breakdown(
    db: &impl Database,
    owners: &[String],
    range: &DateRange,
    dimension: Dimension,
    page: Page,
) -> Result<BreakdownRows> {
    let reported = Reported::new(owners, range);
    let values = reported.breakdown(dimension, page);
    let asset_types = reported.breakdown(Dimension::AssetType, all_of_few());
    let mut answers = db
        .batch(&[Statement(sql::REPORT_BREAKDOWN, &values), Statement(sql::REPORT_BREAKDOWN, &asset_types)])
        .await?
        .into_iter();
    Ok(BreakdownRows { values: values_of(answers.next()), asset_types: values_of(answers.next()) })
}

pub async fn errors(
    db: &impl Database,
    owners: &[String],
    range: &DateRange,
    (limit, offset): (u32, u32),
) -> Result<ErrorRows> {
    let reported = Reported::new(owners, range);
    let statuses = reported.breakdown(Dimension::Status, all_of_few());
    let reasons = reported.breakdown(Dimension::ErrorReason, all_of_few());
    let [owners, dates] = reported.params();
    let page = [owners, dates, Param::Count(limit), Param::Count(offset)];
    let mut answers = db
        .batch(&[
            Statement(sql::REPORT_BREAKDOWN, &statuses),
            Statement(sql::REPORT_BREAKDOWN, &reasons),
            Statement(sql::REPORT_ERRORS, &page),
        ])
        .await?
        .into_iter();
    let failure = |answer| if let Answer::Failure(failure) = answer { Some(failure) } else { None };
    Ok(ErrorRows {
        statuses: values_of(answers.next()),
        reasons: values_of(answers.next()),
        failures: picked(answers.next(), failure),
    })
}

pub async fn image(
    db: &impl Database,
    owner: OwnerId,
    image: &ImageId,
    range: &DateRange,
) -> Result<ImageRows> {
    let reported = Reported::new(&[owner.to_string()], range);
    let [owner, dates] = reported.params();
    let days = [owner, dates, Param::Text(image.as_str())];
    let values = [owner, dates, Param::Count(MAX_IMAGE_VALUES), days[2]];
    let mut answers = db
        .batch(&[
            Statement(sql::IMAGE_DAYS, &days),
            Statement(sql::IMAGE_VARIANT, &values),
            Statement(sql::IMAGE_COUNTRY, &values),
            Statement(sql::IMAGE_STATUS, &values),
        ])
        .await?
        .into_iter();
    Ok(ImageRows {
        days: days_of(answers.next()),
        variant: rows_of(answers.next()),
        country: rows_of(answers.next()),
        status: rows_of(answers.next()),
    })
}

fn all_of_few() -> Page {
    Page { sort: Sort::Requests, limit: ALL_OF_FEW, offset: 0 }
}

pub(super) fn picked<T>(answers: Option<Vec<Answer>>, pick: impl Fn(Answer) -> Option<T>) -> Vec<T> {
    answers.into_iter().flatten().filter_map(pick).collect()
}

pub(super) fn days_of(answers: Option<Vec<Answer>>) -> Vec<StoredDay> {
    picked(answers, |answer| if let Answer::Day(day) = answer { Some(day) } else { None })
}

pub(super) fn values_of(answers: Option<Vec<Answer>>) -> Vec<StoredValue> {
    picked(answers, |answer| if let Answer::Value(value) = answer { Some(value) } else { None })
}

fn rows_of(answers: Option<Vec<Answer>>) -> Vec<Row> {
    picked(answers, |answer| if let Answer::Row(row) = answer { Some(row) } else { None })
}
