//! Reading what filtered reports are made of from `analytics_daily`, which tells files, variants, countries, statuses and
//! asset types together. Every row of the days is read, but of given files alone their own.

use crate::domain::date_range::DateRange;
use crate::domain::dimension::Dimension;
use crate::domain::filter::{Allowed, Filters};
use crate::domain::image_id::ImageId;
use crate::domain::report::breakdown::{Page, PeriodValues, Sort, StoredValue};
use crate::domain::report::overview::StoredTop;
use crate::domain::report::row::{Row, StoredDay, TOP};
use crate::domain::report::source::{Source, StoredQuality};
use crate::domain::row_key::OTHER;

use super::answers::Answers;
use super::db::{Database, Param, Result, Statement, json};
use super::reports::{IMAGE_LISTS, ImageRows, MAX_IMAGE_VALUES, Reported};
use super::sql;

/// What a filtered overview is made of.
pub struct FilteredOverview {
    pub days: Vec<StoredDay>,
    pub top: Vec<StoredTop>,
    pub owners: Vec<Row>,
    pub quality: StoredQuality,
}

/// What a filtered breakdown is made of.
pub struct FilteredBreakdown {
    pub days: Vec<StoredDay>,
    /// The page, and `(other)`.
    pub values: Vec<StoredValue>,
    pub quality: StoredQuality,
}

/// What the filtered report of one file is made of.
pub struct FilteredImage {
    pub rows: ImageRows,
    pub quality: StoredQuality,
}

/// A statement's parameters.
struct Conditions {
    reported: Reported,
    lists: [(Option<String>, String); 5],
}

/// The list of owners, as `filtered_values.sql` takes it.
const OWNERS: &str = "[\"owner\"]";
/// The dimensions whose values are files.
const FILES: [Dimension; 3] = [Dimension::Image, Dimension::Video, Dimension::Other];

impl Conditions {
    fn new(owners: &[String], range: &DateRange, filters: &Filters) -> Self {
        Self::of_files(owners, range, filters, Allowed::anything())
    }

    /// As [`Self::new`], of one file, as whatever it was served.
    fn of_image(owners: &[String], range: &DateRange, filters: &Filters, image: &ImageId) -> Self {
        Self::of_files(
            owners,
            range,
            filters,
            Allowed::Only(FILES.map(|kind| format!("{kind} {image}")).into()),
        )
    }

    fn of_files(owners: &[String], range: &DateRange, filters: &Filters, files: Allowed) -> Self {
        let files = FILES.into_iter().fold(files, |allowed, kind| {
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

    fn quality(&self) -> [Param<'_>; 3] {
        let [owners, dates] = self.reported.params();
        [owners, dates, self.lists[0].0.as_deref().map_or(Param::Null, Param::Text)]
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
) -> Result<FilteredOverview> {
    let conditions = Conditions::new(owners, range, filters);
    let dimensions: Vec<_> = Dimension::ALL.into_iter().filter(|it| it.is_of_rows()).collect();
    let dimensions = json(&dimensions);
    let page = Page { sort: Sort::Requests, limit: TOP, offset: 0 };
    let quality = conditions.quality();
    let (days, top) = (conditions.days(), conditions.values(&dimensions, page));
    let by_owners = conditions.values(OWNERS, page);
    let mut statements = vec![
        Statement(sql::FILTERED_QUALITY, &quality),
        Statement(sql::FILTERED_DAYS, &days),
        Statement(sql::FILTERED_VALUES, &top),
    ];
    if by_owner {
        statements.push(Statement(sql::FILTERED_VALUES, &by_owners));
    }
    let mut answers = Answers::of(db, &statements).await?;
    Ok(FilteredOverview {
        quality: quality_of(&mut answers)?,
        days: answers.rows()?,
        top: answers.rows()?,
        owners: answers
            .rows::<StoredValue>()?
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
) -> Result<FilteredBreakdown> {
    let conditions = Conditions::new(owners, range, &filters.within(dimension));
    listed(db, &conditions, &json(&[dimension]), page).await
}

/// The owners themselves.
pub async fn owners(
    db: &impl Database,
    owners: &[String],
    range: &DateRange,
    filters: &Filters,
    page: Page,
) -> Result<FilteredBreakdown> {
    listed(db, &Conditions::new(owners, range, filters), OWNERS, page).await
}

/// `dimensions`: a JSON array of one.
async fn listed(
    db: &impl Database,
    conditions: &Conditions,
    dimensions: &str,
    page: Page,
) -> Result<FilteredBreakdown> {
    let quality = conditions.quality();
    let (days, values) = (conditions.days(), conditions.values(dimensions, page));
    let statements = [
        Statement(sql::FILTERED_QUALITY, &quality),
        Statement(sql::FILTERED_DAYS, &days),
        Statement(sql::FILTERED_VALUES, &values),
    ];
    let mut answers = Answers::of(db, &statements).await?;
    Ok(FilteredBreakdown {
        quality: quality_of(&mut answers)?,
        days: answers.rows()?,
        values: answers.rows()?,
    })
}

/// The figures of some values of a dimension.
pub async fn values(
    db: &impl Database,
    owners: &[String],
    range: &DateRange,
    filters: &Filters,
    dimension: Dimension,
    values: &[String],
) -> Result<PeriodValues> {
    let conditions = Conditions::new(owners, range, &filters.within(dimension).only(dimension, values));
    let dimensions = json(&[dimension]);
    let quality = conditions.quality();
    let found = conditions.values(&dimensions, Page::first(values.len()));
    let statements = [Statement(sql::FILTERED_QUALITY, &quality), Statement(sql::FILTERED_VALUES, &found)];
    let mut answers = Answers::of(db, &statements).await?;
    let source = Source::d1(&quality_of(&mut answers)?, filters, [dimension].into_iter());
    let found = answers.rows::<StoredValue>()?.into_iter().filter(|it| !it.is_other()).map(|it| it.row);
    Ok(PeriodValues { values: found.collect(), is_complete: source.unassigned_requests == 0 })
}

pub async fn image(
    db: &impl Database,
    owner: &[String],
    range: &DateRange,
    filters: &Filters,
    image: &ImageId,
) -> Result<FilteredImage> {
    let conditions = Conditions::of_image(owner, range, filters, image);
    let dimensions = json(&IMAGE_LISTS);
    let page = Page { sort: Sort::Requests, limit: MAX_IMAGE_VALUES, offset: 0 };
    let quality = conditions.quality();
    let (days, values) = (conditions.days(), conditions.values(&dimensions, page));
    let statements = [
        Statement(sql::FILTERED_QUALITY, &quality),
        Statement(sql::FILTERED_DAYS, &days),
        Statement(sql::FILTERED_VALUES, &values),
    ];
    let mut answers = Answers::of(db, &statements).await?;
    let (quality, days) = (quality_of(&mut answers)?, answers.rows()?);
    let values: Vec<StoredTop> = answers.rows()?;
    let list = |dimension| {
        let of_dimension = values.iter().filter(|it| it.dimension == dimension && it.row.value != OTHER);
        of_dimension.map(|it| it.row.clone()).collect()
    };
    let [variant, country, status] = IMAGE_LISTS.map(list);
    Ok(FilteredImage { rows: ImageRows { days, variant, country, status }, quality })
}

/// The statement always has one row.
fn quality_of(answers: &mut Answers) -> Result<StoredQuality> {
    let none = StoredQuality { estimated: 0, squared_errors: 0.0, unassigned: 0, partly_assigned: 0 };
    Ok(answers.rows()?.into_iter().next().unwrap_or(none))
}
