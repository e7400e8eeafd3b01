//! Filtered reports: which source answers, and what of it. One answer comes from one source. Where `analytics_daily` tells
//! everything that is asked for, D1 adds its rows up; anything else is read from the hits in Analytics Engine. What neither
//! can answer is refused: a number that a filter was left out of would look like the right one.

use std::collections::BTreeMap;

use super::auth::Subject;
use super::call::{Call, MAX_PAGE};
use super::engine::EngineApi;
use super::error::{ApiError, ApiResult, filter_parameter};
use super::subject::Owners;
use crate::batch::source::SourceError;
use crate::cloudflare::analytics_engine;
use crate::cloudflare::api::Api;
use crate::cloudflare::engine_reports::Reports;
use crate::cloudflare::engine_sql::{DataSet, Hits, Listed, Whose};
use crate::domain::date::{Date, Millis};
use crate::domain::date_range::DateRange;
use crate::domain::dimension::Dimension;
use crate::domain::filter::{Filter, Filters};
use crate::domain::image_id::ImageId;
use crate::domain::night::ENGINE_REACH_DAYS;
use crate::domain::privacy::Privacy;
use crate::domain::report::breakdown::{Breakdown, Page, PeriodValues};
use crate::domain::report::errors::ErrorReport;
use crate::domain::report::overview::{Top, TopRow, lists};
use crate::domain::report::row::{Row, StoredDay, Totals, sum};
use crate::domain::report::source::Source;
use crate::record;
use crate::store::db::Db;
use crate::store::reports::{IMAGE_LISTS, ImageRows, MAX_IMAGE_VALUES};
use crate::store::{filtered, reports};

/// Longest wait for one answer of Analytics Engine.
const TIMEOUT_MS: Millis = 10_000;
const UNLISTED: &str =
    "D1 combines only image, video, other, variant, status, country and asset_type with each other.";

/// A source, asked under some filters.
pub struct Filtered<'a> {
    pub filters: &'a Filters,
    privacy: Privacy,
    db: Db,
    owners: &'a [String],
    origin: Origin,
}

enum Origin {
    /// Of `analytics_daily`.
    Rows,
    Hits(Engine),
}

/// The hits in Analytics Engine.
struct Engine {
    reports: Reports<EngineApi>,
    whose: Whose,
    oldest: Date,
}

/// What an overview has besides its days.
pub struct Lists {
    pub top: Top,
    pub largest_undercount: BTreeMap<&'static str, u64>,
    pub owners: Vec<Row>,
    pub source: Source,
    pub unlisted: Vec<Dimension>,
}

impl Lists {
    /// Why there are some unlisted.
    pub fn unlisted_reason(&self) -> Option<&'static str> {
        (!self.unlisted.is_empty()).then_some(UNLISTED)
    }
}

impl<'a> Filtered<'a> {
    /// Of a range that the source has. `dimension` is what else is asked for.
    ///
    /// # Errors
    ///
    /// 400 when nothing can answer, with what is missing.
    pub fn new(
        call: &Call,
        subject: &Subject,
        owners: &'a Owners,
        range: &DateRange,
        filters: &'a Filters,
        dimension: Option<Dimension>,
    ) -> ApiResult<Self> {
        let mut beyond: Vec<&str> = filters
            .dimensions()
            .chain(dimension)
            .filter(|it| !it.is_of_rows())
            .map(Dimension::as_str)
            .collect();
        beyond.sort_unstable();
        beyond.dedup();
        let origin = match beyond.is_empty() {
            true => Origin::Rows,
            false => {
                let asked = (&*beyond.join(", "), "dimension");
                Origin::Hits(Engine::new(call, subject, range, filters, asked)?)
            }
        };
        Ok(Self { filters, privacy: call.config.privacy, db: call.db()?, owners: &owners.ids, origin })
    }

    /// The first day that the source has, if it does not have them all.
    pub fn oldest(&self) -> Option<Date> {
        match self.origin {
            Origin::Rows => None,
            Origin::Hits(Engine { oldest, .. }) => Some(oldest),
        }
    }

    pub async fn days(&self, range: &DateRange) -> ApiResult<Vec<StoredDay>> {
        Ok(match &self.origin {
            Origin::Rows => filtered::days(&self.db, self.owners, range, self.filters).await?,
            Origin::Hits(Engine { reports, whose, .. }) => {
                reports.days(&self.hits(range, *whose)).await?.days
            }
        })
    }

    /// `by_owner`: the owners are told apart, too.
    pub async fn overview(&self, range: &DateRange, by_owner: bool) -> ApiResult<(Vec<StoredDay>, Lists)> {
        match &self.origin {
            Origin::Rows => {
                let rows = filtered::overview(&self.db, self.owners, range, self.filters, by_owner).await?;
                let (listed, unlisted): (Vec<_>, Vec<_>) =
                    Dimension::listed(self.privacy).partition(|it| it.is_of_rows());
                let totals = Totals::of_days(&rows.days);
                let source = Source::d1(&rows.quality, self.filters, listed.iter().copied());
                let (top, mut largest_undercount) = lists(&rows.top, &totals, listed.into_iter());
                largest_undercount.values_mut().for_each(|it| *it += source.error);
                Ok((rows.days, Lists { top, largest_undercount, owners: rows.owners, source, unlisted }))
            }
            Origin::Hits(Engine { reports, whose, .. }) => {
                self.engine_overview(reports, &self.hits(range, *whose), by_owner).await
            }
        }
    }

    async fn engine_overview(
        &self,
        reports: &Reports<EngineApi>,
        hits: &Hits<'_>,
        by_owner: bool,
    ) -> ApiResult<(Vec<StoredDay>, Lists)> {
        let dimensions: Vec<Dimension> = Dimension::listed(self.privacy).collect();
        let listed = dimensions.iter().map(|it| Listed::Dimension(*it));
        let listed: Vec<Listed> = listed.chain(by_owner.then_some(Listed::Owner)).collect();
        let (found, values) = reports.overview(hits, &listed).await?;
        self.check(reports, hits.range).await?;
        let source = Source::engine(&found.sampling);
        let requests = sum(&found.days).requests;
        let (mut top, mut largest_undercount, mut owners) = (Top::default(), BTreeMap::new(), Vec::new());
        for (listed, values) in listed.into_iter().zip(values) {
            let Listed::Dimension(dimension) = listed else {
                owners = values.into_iter().map(Row::from).collect();
                continue;
            };
            let told: u64 = values.iter().map(|it| it.requests).sum();
            let unrecorded = if dimension.is_personal() { requests.saturating_sub(told) } else { 0 };
            largest_undercount.insert(dimension.as_str(), unrecorded + source.error);
            let values = values.into_iter().map(|it| TopRow::new(dimension, it.into())).collect();
            top.lists.insert(dimension.as_str(), values);
        }
        Ok((found.days, Lists { top, largest_undercount, owners, source, unlisted: Vec::new() }))
    }

    pub async fn breakdown(
        &self,
        range: &DateRange,
        dimension: Dimension,
        page: Page,
    ) -> ApiResult<Breakdown> {
        let (days, values, source) = match &self.origin {
            Origin::Rows => {
                let rows =
                    filtered::breakdown(&self.db, self.owners, range, self.filters, dimension, page).await?;
                let source = Source::d1(&rows.quality, self.filters, [dimension].into_iter());
                (rows.days, rows.values, source)
            }
            Origin::Hits(Engine { reports, whose, .. }) => {
                let hits = self.hits(range, *whose);
                let (found, values) = reports.breakdown(&hits, dimension, page).await?;
                self.check(reports, range).await?;
                let source = Source::engine(&found.sampling);
                (found.days, values, source)
            }
        };
        let mut report = Breakdown::new(dimension, range.into(), page, sum(&days), values);
        report.other.largest_undercount += source.error;
        report.filters = (!self.filters.is_empty()).then(|| self.filters.given().to_vec());
        report.source = Some(source);
        Ok(report)
    }

    /// The figures of some values of a dimension.
    pub async fn values(
        &self,
        range: &DateRange,
        dimension: Dimension,
        values: &[String],
    ) -> ApiResult<PeriodValues> {
        Ok(match &self.origin {
            Origin::Rows => {
                filtered::values(&self.db, self.owners, range, self.filters, dimension, values).await?
            }
            Origin::Hits(Engine { reports, whose, .. }) => {
                reports.of_values(&self.hits(range, *whose), dimension, values).await?
            }
        })
    }

    /// By owner, under their identifiers.
    pub async fn of_owners(&self, range: &DateRange, page: Page) -> ApiResult<Breakdown> {
        let (values, source) = match &self.origin {
            Origin::Rows => {
                let rows = filtered::owners(&self.db, self.owners, range, self.filters, page).await?;
                (rows.values, Source::d1(&rows.quality, self.filters, std::iter::empty()))
            }
            Origin::Hits(Engine { reports, whose, .. }) => {
                let (found, values) = reports.owners(&self.hits(range, *whose), page).await?;
                self.check(reports, range).await?;
                (values, Source::engine(&found.sampling))
            }
        };
        let mut report = Breakdown::of_owners(range.into(), page, values);
        report.filters = Some(self.filters.given().to_vec());
        report.source = Some(source);
        Ok(report)
    }

    /// The figures of some owners.
    pub async fn owner_values(&self, range: &DateRange, ids: &[String]) -> ApiResult<PeriodValues> {
        let (values, is_complete) = match &self.origin {
            Origin::Rows => {
                let page = Page::first(ids.len());
                let found = filtered::owners(&self.db, ids, range, self.filters, page).await?;
                let source = Source::d1(&found.quality, self.filters, std::iter::empty());
                (found.values, source.unassigned_requests == 0)
            }
            Origin::Hits(Engine { reports, whose, .. }) => {
                let page = Page::first(MAX_PAGE as usize);
                let (found, values) = reports.owners(&self.hits(range, *whose), page).await?;
                // A sample may lack who is rare.
                (values, found.sampling.interval <= 1)
            }
        };
        let asked = values.into_iter().map(|it| it.row).filter(|it| ids.contains(&it.value));
        Ok(PeriodValues { values: asked.collect(), is_complete })
    }

    /// Days and lists of one file.
    pub async fn image(&self, range: &DateRange, image: &ImageId) -> ApiResult<(ImageRows, Source)> {
        match &self.origin {
            Origin::Rows => {
                let found = filtered::image(&self.db, self.owners, range, self.filters, image).await?;
                let source = Source::d1(&found.quality, self.filters, [Dimension::Image].into_iter());
                Ok((found.rows, source))
            }
            Origin::Hits(Engine { reports, whose, .. }) => {
                let hits = Hits { image: Some(image), ..self.hits(range, *whose) };
                let (found, lists) = reports.whole_lists(&hits, IMAGE_LISTS, MAX_IMAGE_VALUES).await?;
                self.check(reports, range).await?;
                let [variant, country, status] = lists.map(|rows| rows.into_iter().map(Row::from).collect());
                let rows = ImageRows { days: found.days, variant, country, status };
                Ok((rows, Source::engine(&found.sampling)))
            }
        }
    }

    async fn check(&self, reports: &Reports<EngineApi>, range: &DateRange) -> ApiResult<()> {
        check(reports, &self.db, self.owners, range).await
    }

    fn hits<'b>(&'b self, range: &'b DateRange, whose: Whose) -> Hits<'b> {
        Hits { range, whose, filters: self.filters, image: None }
    }
}

/// What failed among some hits. D1 keeps causes and URLs each by themselves, so that Analytics Engine answers whatever the
/// filters are.
///
/// # Errors
///
/// As [`Filtered::new`]; 503 when Analytics Engine does not answer.
pub async fn errors(
    call: &Call,
    subject: &Subject,
    owners: &Owners,
    range: &DateRange,
    filters: &Filters,
    page: (u32, u32),
) -> ApiResult<ErrorReport> {
    let Engine { reports, whose, .. } =
        Engine::new(call, subject, range, filters, ("the error report with filters", "filter"))?;
    let found = reports.errors(&Hits { range, whose, filters, image: None }, page).await?;
    check(&reports, &call.db()?, &owners.ids, range).await?;
    let source = Source::engine(&found.sampling);
    let mut report = ErrorReport::new(range.into(), page, &found.statuses, &found.reasons, found.failures);
    report.other.largest_undercount += source.error;
    report.filters = Some(filters.given().to_vec());
    report.source = Some(source);
    Ok(report)
}

impl Engine {
    /// As [`engine`].
    fn new(
        call: &Call,
        subject: &Subject,
        range: &DateRange,
        filters: &Filters,
        (asked, parameter): (&str, &'static str),
    ) -> ApiResult<Self> {
        let whose = match subject {
            Subject::One(readable) => Whose::One(readable.owner),
            Subject::All => Whose::All,
        };
        let oldest = call.today().minus(ENGINE_REACH_DAYS);
        let reports = engine(call, filters, asked, parameter)?;
        if range.start() < oldest {
            return Err(ApiError::bad_parameter(
                "start",
                "range_beyond_analytics_engine",
                format!(
                    "Data for {asked} comes from Analytics Engine and goes back to {oldest}, but the start date is {}.",
                    range.start()
                ),
            ));
        }
        Ok(Self { reports, whose, oldest })
    }
}

/// That Analytics Engine has hits, if D1 has. It knows no data set of a wrong account, and none of a new one for a minute.
async fn check(reports: &Reports<EngineApi>, db: &Db, owners: &[String], range: &DateRange) -> ApiResult<()> {
    if reports.found_nothing() && !reports::days(db, owners, range).await?.is_empty() {
        let message = "it has no hits of these days (yet), although D1 has counted some; CLOUDFLARE_ACCOUNT_ID and \
                       ANALYTICS_DATASET must be those of the ANALYTICS binding";
        return Err(SourceError::Query(message.to_owned()).into());
    }
    Ok(())
}

/// The way to Analytics Engine. `asked` is what nothing else can answer, `parameter` what asks for it where no filter does.
fn engine(
    call: &Call,
    filters: &Filters,
    asked: &str,
    parameter: &'static str,
) -> ApiResult<Reports<EngineApi>> {
    let config = &call.config;
    let place_of = |fits: &dyn Fn(&Filter) -> bool| filters.given().iter().position(fits);
    let unavailable = |why: &str| {
        let message = format!("Data for {asked} comes only from Analytics Engine. {why}");
        let parameter = match place_of(&|filter| !filter.dimension.is_of_rows()) {
            None => parameter.into(),
            place => filter_parameter(place),
        };
        // Without filters, a breakdown is asked for every value.
        match filters.is_empty() {
            true => ApiError::bad_parameter("complete", "complete_unavailable", message),
            false => ApiError::bad_parameter(parameter, "filter_unavailable", message),
        }
    };
    if let Some(off) = record::off(&call.env, config) {
        return Err(unavailable(&format!("It isn't written: {}.", off.message())));
    }
    if !analytics_engine::is_bound(&call.env) {
        return Err(unavailable("It isn't written: the ANALYTICS binding is missing."));
    }
    if !config.batch_enabled {
        return Err(unavailable("It isn't read: ANALYTICS_BATCH_ENABLED is false."));
    }
    let (Some(access), Some(data_set)) = (&config.cloudflare, DataSet::parse(&config.dataset)) else {
        let missing = config.cloudflare_missing.join(" and ");
        return Err(unavailable(&format!("Set {missing} to a usable value.")));
    };
    if let Some(place) = place_of(&|filter| filter.values.iter().any(|value| value.contains('\\'))) {
        let message = "Analytics Engine may misread the backslash in this filter.";
        return Err(ApiError::bad_parameter(filter_parameter(Some(place)), "filter_unavailable", message));
    }
    let api = Api::new(access.token.clone(), TIMEOUT_MS);
    Ok(Reports::new(EngineApi::new(api, call), access.account.clone(), data_set))
}
