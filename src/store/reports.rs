//! Reading `analytics_daily` for reports.

use serde::Deserialize;

use crate::domain::date_range::DateRange;
use crate::domain::image_id::ImageId;
use crate::domain::owner::OwnerId;
use crate::domain::report::row::{Row, StoredDay, TOP};

use super::db::{Database, Param, Result, Statement, json};
use super::sql;

/// Rows of either kind: one batch answers both.
#[derive(Deserialize)]
#[serde(untagged)]
enum Answer {
    Day(StoredDay),
    Row(Row),
}

/// What an overview is made of.
pub struct OverviewRows {
    pub days: Vec<StoredDay>,
    pub image: Vec<Row>,
    pub country: Vec<Row>,
    pub variant: Vec<Row>,
    pub status: Vec<Row>,
    pub owner: Vec<Row>,
}

/// What the report of one image is made of.
pub struct ImageRows {
    pub days: Vec<StoredDay>,
    pub variant: Vec<Row>,
    pub country: Vec<Row>,
    pub status: Vec<Row>,
}

/// Most values of a dimension in the report of one image.
const MAX_IMAGE_VALUES: u32 = 1_000;

pub async fn overview(db: &impl Database, owners: &[String], range: &DateRange) -> Result<OverviewRows> {
    let (owners, dates) = (json(owners), dates(range));
    let days = [Param::Text(&owners), Param::Text(&dates)];
    let top = [days[0], days[1], Param::Count(TOP)];
    let mut answers = db
        .batch(&[
            Statement(sql::REPORT_DAYS, &days),
            Statement(sql::REPORT_TOP_IMAGE, &top),
            Statement(sql::REPORT_TOP_COUNTRY, &top),
            Statement(sql::REPORT_TOP_VARIANT, &top),
            Statement(sql::REPORT_TOP_STATUS, &top),
            Statement(sql::REPORT_TOP_OWNER, &top),
        ])
        .await?
        .into_iter();
    Ok(OverviewRows {
        days: days_of(answers.next()),
        image: rows_of(answers.next()),
        country: rows_of(answers.next()),
        variant: rows_of(answers.next()),
        status: rows_of(answers.next()),
        owner: rows_of(answers.next()),
    })
}

pub async fn days(db: &impl Database, owners: &[String], range: &DateRange) -> Result<Vec<StoredDay>> {
    let (owners, dates) = (json(owners), dates(range));
    db.query(Statement(sql::REPORT_DAYS, &[Param::Text(&owners), Param::Text(&dates)])).await
}

pub async fn image(
    db: &impl Database,
    owner: OwnerId,
    image: &ImageId,
    range: &DateRange,
) -> Result<ImageRows> {
    let (owner, dates) = (json(&[owner.to_string()]), dates(range));
    let days = [Param::Text(&owner), Param::Text(&dates), Param::Text(image.as_str())];
    let values = [days[0], days[1], Param::Count(MAX_IMAGE_VALUES), days[2]];
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

/// The days of a range, as statements take them: each is then one look-up in the primary key.
fn dates(range: &DateRange) -> String {
    json(&range.dates().map(|date| date.to_string()).collect::<Vec<_>>())
}

fn days_of(answers: Option<Vec<Answer>>) -> Vec<StoredDay> {
    let day = |answer| if let Answer::Day(day) = answer { Some(day) } else { None };
    answers.into_iter().flatten().filter_map(day).collect()
}

fn rows_of(answers: Option<Vec<Answer>>) -> Vec<Row> {
    let row = |answer| if let Answer::Row(row) = answer { Some(row) } else { None };
    answers.into_iter().flatten().filter_map(row).collect()
}
