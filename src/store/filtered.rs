//! Reading what filtered reports are made of from `analytics_daily`, which tells files, variants, countries, statuses and
//! asset types together. Every row of the days is read, but of given files alone their own.

use crate::domain::date_range::DateRange;
use crate::domain::dimension::Dimension;
use crate::domain::filter::{Allowed, Filters};
use crate::domain::report::breakdown::{Page, Sort, StoredValue};
use crate::domain::report::overview::StoredTop;
use crate::domain::report::row::{Row, StoredDay, TOP};
use crate::domain::report::source::StoredQuality;

use super::db::{Database, Param, Result, Statement, json};
use super::reports::{Answer, Reported, StoredListed, days_of, picked, values_of};
use super::sql;

/// What a filtered overview is made of.
pub struct OverviewRows {
    pub days: Vec<StoredDay>,
    pub top: Vec<StoredTop>,
    pub owners: Vec<Row>,
    pub quality: StoredQuality,
}

/// What a filtered breakdown is made of.
pub struct BreakdownRows {
    pub days: Vec<StoredDay>,
    /// The page, and `(other)`.
    pub values: Vec<StoredValue>,
    pub quality: StoredQuality,
}

/// A statement's parameters.
struct Conditions {
    reported: Reported,
    lists: [(Option<String>, String); 5],
}

impl Conditions {
    fn new(owners: &[String], range: &DateRange, filters: &Filters) -> Self {
        let files = [Dimension::Image, Dimension::Video, Dimension::Other];
        let files = files.into_iter().fold(Allowed::anything(), |allowed, kind| {
            allowed.and(filters.allowed(kind).map(|image_id| format!("{kind} {image_id}")))
        });
        let lists = [
            files,
            filters.allowed(Dimension::Variant),
            filters.allowed(Dimension::Country),
            filters.allowed(Dimension::Status),
            filters.allowed(Dimension::AssetType),
        ];
        let lists = lists.map(|allowed| match allowed {
            Allowed::Only(values) => (Some(json(&values)), "[]".to_owned()),
            Allowed::Except(values) => (None, json(&values)),
        });
        Self { reported: Reported::new(owners, range), lists }
    }

    fn days(&self) -> Vec<Param<'_>> {
        let lists = self.lists.iter().flat_map(|(only, except)| {
            [only.as_deref().map_or(Param::Null, Param::Text), Param::Text(except)]
        });
        self.reported.params().into_iter().chain(lists).collect()
    }

    fn values<'a>(&'a self, dimensions: &'a str, page: Page) -> Vec<Param<'a>> {
        let (limit, offset) = (Param::Count(page.limit), Param::Count(page.offset));
        let page = [Param::Text(dimensions), limit, offset, Param::Text(page.sort.as_str())];
        self.days().into_iter().chain(page).collect()
    }
}

pub async fn days(
    db: &impl Database,
    owners: &[String],
    range: &DateRange,
    filters: &Filters,
) -> Result<Vec<StoredDay>> {
    let conditions = Conditions::new(owners, range, filters);
    db.query(Statement(sql::FILTERED_DAYS, &conditions.days())).await
}

/// `by_owner`: the owners are told apart, too.
pub async fn overview(
    db: &impl Database,
    owners: &[String],
    range: &DateRange,
    filters: &Filters,
    by_owner: bool,
) -> Result<OverviewRows> {
    let conditions = Conditions::new(owners, range, filters);
    let dimensions: Vec<_> = Dimension::ALL.into_iter().filter(|it| it.is_of_rows()).collect();
    let dimensions = json(&dimensions);
    let page = Page { sort: Sort::Requests, limit: TOP, offset: 0 };
    let quality = conditions.reported.params();
    let (days, top) = (conditions.days(), conditions.values(&dimensions, page));
    let by_owners = conditions.values("[\"owner\"]", page);
    let mut statements = vec![
        Statement(sql::FILTERED_QUALITY, &quality),
        Statement(sql::FILTERED_DAYS, &days),
        Statement(sql::FILTERED_VALUES, &top),
    ];
    if by_owner {
        statements.push(Statement(sql::FILTERED_VALUES, &by_owners));
    }
    let mut answers = db.batch(&statements).await?.into_iter();
    Ok(OverviewRows {
        quality: quality_of(answers.next()),
        days: days_of(answers.next()),
        top: listed_of(answers.next()).map(StoredTop::from).collect(),
        owners: values_of(answers.next())
            .into_iter()
            .filter(|it| !it.is_other())
            .map(|it| it.row.into())
            .collect(),
    })
}

pub async fn breakdown(
    db: &impl Database,
    owners: &[String],
    range: &DateRange,
    filters: &Filters,
    dimension: Dimension,
    page: Page,
) -> Result<BreakdownRows> {
    let conditions = Conditions::new(owners, range, &filters.within(dimension));
    let dimensions = json(&[dimension]);
    let quality = conditions.reported.params();
    let (days, values) = (conditions.days(), conditions.values(&dimensions, page));
    let mut answers = db
        .batch(&[
            Statement(sql::FILTERED_QUALITY, &quality),
            Statement(sql::FILTERED_DAYS, &days),
            Statement(sql::FILTERED_VALUES, &values),
        ])
        .await?
        .into_iter();
    Ok(BreakdownRows {
        quality: quality_of(answers.next()),
        days: days_of(answers.next()),
        values: listed_of(answers.next()).map(|it| it.value).collect(),
    })
}

fn listed_of(answers: Option<Vec<Answer>>) -> impl Iterator<Item = StoredListed> {
    picked(answers, |answer| if let Answer::Listed(listed) = answer { Some(listed) } else { None })
        .into_iter()
}

/// The statement always has one row.
fn quality_of(answers: Option<Vec<Answer>>) -> StoredQuality {
    let quality = |answer| if let Answer::Quality(quality) = answer { Some(quality) } else { None };
    let none = StoredQuality { estimated: 0, squared_errors: 0.0, unassigned: 0 };
    picked(answers, quality).into_iter().next().unwrap_or(none)
}
