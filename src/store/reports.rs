//! Reading what reports are made of: closed days from their rows, open ones from what was counted so far.

use crate::domain::date::Date;
use crate::domain::date_range::DateRange;
use crate::domain::dimension::Dimension;
use crate::domain::image_id::ImageId;
use crate::domain::owner::OwnerId;
use crate::domain::report::breakdown::{Page, PeriodValues, Sort, StoredValue, totals};
use crate::domain::report::errors::StoredFailure;
use crate::domain::report::hours::StoredHour;
use crate::domain::report::overview::StoredTop;
use crate::domain::report::row::{Row, StoredDay, TOP};

use super::answers::Answers;
use super::db::{Database, Param, Result, Statement, json};
use super::sql;

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

/// What the report of one image lists.
pub const IMAGE_LISTS: [Dimension; 3] = [Dimension::Variant, Dimension::Country, Dimension::Status];
/// Most values of a dimension in the report of one image.
pub const MAX_IMAGE_VALUES: u32 = 1_000;
/// Most values of a dimension that has few.
const ALL_OF_FEW: u32 = 1_000;

/// Owners and days, as statements take them: each pair is then one look-up in the primary key.
pub(super) struct Reported {
    owners: String,
    dates: String,
}

impl Reported {
    pub(super) fn new(owners: &[String], range: &DateRange) -> Self {
        Self::of_days(owners, range.dates())
    }

    pub(super) fn of_days(owners: &[String], dates: impl Iterator<Item = Date>) -> Self {
        let dates: Vec<_> = dates.map(|date| date.to_string()).collect();
        Self { owners: json(owners), dates: json(&dates) }
    }

    pub(super) fn params(&self) -> [Param<'_>; 2] {
        [Param::Text(&self.owners), Param::Text(&self.dates)]
    }

    /// Those of `report_owners.sql`.
    fn owners(&self, page: Page) -> [Param<'_>; 5] {
        let [owners, dates] = self.params();
        [owners, dates, Param::Count(page.limit), Param::Count(page.offset), Param::Text(page.sort.as_str())]
    }

    /// Those of `report_breakdown.sql`.
    fn breakdown(&self, dimension: Dimension, page: Page) -> [Param<'_>; 7] {
        let [owners, dates] = self.params();
        let (limit, offset) = (Param::Count(page.limit), Param::Count(page.offset));
        let (dimension, sort) = (Param::Text(dimension.as_str()), Param::Text(page.sort.as_str()));
        [owners, dates, limit, offset, dimension, sort, Param::Null]
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
    // One more than are listed: of errors' reasons, that of what is no error is left out.
    let top = [days[0], days[1], Param::Count(TOP + 1)];
    let by_owners = reported.owners(Page { sort: Sort::Requests, limit: TOP, offset: 0 });
    let mut statements = vec![Statement(sql::REPORT_DAYS, &days), Statement(sql::REPORT_TOP, &top)];
    if by_owner {
        statements.push(Statement(sql::REPORT_OWNERS, &by_owners));
    }
    let mut answers = Answers::of(db, &statements).await?;
    Ok(OverviewRows { days: answers.rows()?, top: answers.rows()?, owners: answers.rows()? })
}

pub async fn days(db: &impl Database, owners: &[String], range: &DateRange) -> Result<Vec<StoredDay>> {
    db.query(Statement(sql::REPORT_DAYS, &Reported::new(owners, range).params())).await
}

pub async fn hours(db: &impl Database, owners: &[String], range: &DateRange) -> Result<Vec<StoredHour>> {
    db.query(Statement(sql::REPORT_HOURS, &Reported::new(owners, range).params())).await
}

/// A page of the owners themselves.
pub async fn owners(
    db: &impl Database,
    owners: &[String],
    range: &DateRange,
    page: Page,
) -> Result<Vec<StoredValue>> {
    db.query(Statement(sql::REPORT_OWNERS, &Reported::new(owners, range).owners(page))).await
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
    let statements =
        [Statement(sql::REPORT_BREAKDOWN, &values), Statement(sql::REPORT_BREAKDOWN, &asset_types)];
    let mut answers = Answers::of(db, &statements).await?;
    Ok(BreakdownRows { values: answers.rows()?, asset_types: answers.rows()? })
}

/// The figures of some values of a dimension.
pub async fn values(
    db: &impl Database,
    owners: &[String],
    range: &DateRange,
    dimension: Dimension,
    values: &[String],
) -> Result<PeriodValues> {
    let reported = Reported::new(owners, range);
    let listed = json(values);
    let mut of_values = reported.breakdown(dimension, Page::first(values.len()));
    of_values[6] = Param::Text(&listed);
    let asset_types = reported.breakdown(Dimension::AssetType, all_of_few());
    let statements =
        [Statement(sql::REPORT_BREAKDOWN, &of_values), Statement(sql::REPORT_BREAKDOWN, &asset_types)];
    let mut answers = Answers::of(db, &statements).await?;
    let (found, asset_types) = (answers.rows()?, answers.rows::<StoredValue>()?);
    Ok(PeriodValues::kept(found, &totals(dimension, &asset_types)))
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
    let statements = [
        Statement(sql::REPORT_BREAKDOWN, &statuses),
        Statement(sql::REPORT_BREAKDOWN, &reasons),
        Statement(sql::REPORT_ERRORS, &page),
    ];
    let mut answers = Answers::of(db, &statements).await?;
    Ok(ErrorRows { statuses: answers.rows()?, reasons: answers.rows()?, failures: answers.rows()? })
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
    let statements = [
        Statement(sql::IMAGE_DAYS, &days),
        Statement(sql::IMAGE_VARIANT, &values),
        Statement(sql::IMAGE_COUNTRY, &values),
        Statement(sql::IMAGE_STATUS, &values),
    ];
    let mut answers = Answers::of(db, &statements).await?;
    Ok(ImageRows {
        days: answers.rows()?,
        variant: answers.rows()?,
        country: answers.rows()?,
        status: answers.rows()?,
    })
}

fn all_of_few() -> Page {
    Page { sort: Sort::Requests, limit: ALL_OF_FEW, offset: 0 }
}
