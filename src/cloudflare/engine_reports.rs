//! Reading what filtered reports are made of from the hits in Analytics Engine, where every dimension stands beside every
//! other.

use std::cell::Cell;
use std::collections::BTreeMap;

use futures_util::future::{try_join, try_join_all};
use futures_util::stream::{self, StreamExt, TryStreamExt};
use serde::de::DeserializeOwned;

use super::api::{Http, Tag};
use super::engine_errors::{HitErrors, MAX_FAILED_ROWS};
use super::engine_reader::Reader;
use super::engine_sql::{CombinedRow, DataSet, DayRow, Hits, HitsRow, Listed, Statement};
use crate::batch::source::{Result, SourceError};
use crate::domain::asset_type::AssetType;
use crate::domain::counters::Counters;
use crate::domain::date::Date;
use crate::domain::dimension::Dimension;
use crate::domain::facets::NO_ERROR;
use crate::domain::reconcile::ReportedSource;
use crate::domain::report::breakdown::{Page, PeriodValues, Sort, StoredValue};
use crate::domain::report::row::{StoredDay, StoredRow, TOP};
use crate::domain::report::source::Sampling;
use crate::domain::row_key::OTHER;

/// Statements that are sent at once; the days are asked for beside them. The platform has six connections.
const STATEMENTS_AT_ONCE: usize = 5;

/// What an answer says, in few combinations: most of them follow from one another.
const OUTCOME: &[Dimension] = &[
    Dimension::Status,
    Dimension::Cache,
    Dimension::ErrorReason,
    Dimension::AssetType,
    Dimension::Format,
    Dimension::Variant,
];
/// What a user agent says, in few combinations too. Without the crawler: in ranges from before its column was added, it
/// would take the others along.
const VISITOR: &[Dimension] = &[Dimension::Device, Dimension::Browser, Dimension::Os, Dimension::Bot];
/// Combinations that are read. With more of them, each dimension is asked for by itself.
const MAX_COMBINATIONS: usize = 5_000;
/// Files that are read, images, videos and others together.
const MAX_FILES: usize = 1_000;

/// Values that one statement names: each may have a kilobyte.
const VALUES_AT_ONCE: usize = 200;

/// Some hits by day, and how exact the figures are.
pub struct HitDays {
    pub days: Vec<StoredDay>,
    pub sampling: Sampling,
}

/// Reports of one data set.
pub struct Reports<H> {
    reader: Reader<H>,
    found_nothing: Cell<bool>,
}

impl<H: Http> Reports<H> {
    pub fn new(http: H, account: Tag, data_set: DataSet) -> Self {
        Self { reader: Reader::new(http, account, data_set), found_nothing: Cell::new(false) }
    }

    /// Whether there was not one hit, of any owner, on the days that were asked for.
    pub fn found_nothing(&self) -> bool {
        self.found_nothing.get()
    }

    pub async fn days(&self, hits: &Hits<'_>) -> Result<HitDays> {
        let rows: Vec<HitsRow> = self.ask(hits, &Statement::hits_by_day(&self.reader.data_set, hits)).await?;
        let sampling = Sampling {
            interval: rows.iter().map(|row| row.sampling.0).max().unwrap_or_default().max(1),
            variance: rows
                .iter()
                .map(|row| row.squares.0.saturating_sub(row.counters().requests) as f64)
                .sum(),
        };
        Ok(HitDays { days: rows.iter().filter_map(stored_day).collect(), sampling })
    }

    /// The days, and the largest values of each list, in the order of the lists.
    ///
    /// A statement a list would be sixteen. There is one for the days, one for each group of dimensions that have few
    /// combinations, one for files of every kind, and one for each other list.
    pub async fn overview(
        &self,
        hits: &Hits<'_>,
        lists: &[Listed],
    ) -> Result<(HitDays, Vec<Vec<StoredRow>>)> {
        let parts = stream::iter(Part::of(lists))
            .map(|part| self.part(hits, part))
            .buffered(STATEMENTS_AT_ONCE)
            .try_collect::<Vec<_>>();
        let (days, parts) = try_join(self.days(hits), parts).await?;
        let mut found: Vec<_> = parts.into_iter().flatten().collect();
        // What did not fit into a combined statement.
        let alone = lists.iter().filter(|list| found.iter().all(|(it, _)| it != *list));
        let alone: Vec<_> = stream::iter(alone)
            .map(async |list| Ok((*list, self.top(hits, *list).await?)))
            .buffered(STATEMENTS_AT_ONCE)
            .try_collect()
            .await?;
        found.extend(alone);
        let mut rows =
            |list| found.iter_mut().find(|(it, _)| it == list).map(|(_, rows)| std::mem::take(rows));
        Ok((days, lists.iter().map(|list| rows(list).unwrap_or_default()).collect()))
    }

    /// The lists that one statement answers completely.
    async fn part(&self, hits: &Hits<'_>, part: Part) -> Result<Vec<(Listed, Vec<StoredRow>)>> {
        match part {
            Part::Alone(list) => Ok(vec![(list, self.top(hits, list).await?)]),
            Part::Combined(dimensions) => {
                let rows = self.combinations(hits, dimensions, MAX_COMBINATIONS).await?;
                if rows.len() >= MAX_COMBINATIONS {
                    return Ok(Vec::new());
                }
                let lists = dimensions.iter().map(|it| (Listed::Dimension(*it), top_of(&rows, *it)));
                Ok(lists.collect())
            }
            Part::Files => {
                let rows =
                    self.combinations(hits, &[Dimension::AssetType, Dimension::Image], MAX_FILES).await?;
                let is_whole = rows.len() < MAX_FILES;
                let lists = FILES.iter().map(|(dimension, kind)| {
                    let of_kind = rows.iter().filter(|row| row.value(Dimension::AssetType) == kind.as_str());
                    let files = of_kind
                        .map(|row| StoredRow::new(row.value(Dimension::Image).to_owned(), row.counters()));
                    (Listed::Dimension(*dimension), files.take(TOP as usize).collect::<Vec<_>>())
                });
                Ok(lists.filter(|(_, files)| is_whole || files.len() == TOP as usize).collect())
            }
        }
    }

    async fn combinations(
        &self,
        hits: &Hits<'_>,
        dimensions: &[Dimension],
        limit: usize,
    ) -> Result<Vec<CombinedRow>> {
        self.ask(hits, &Statement::hits_by_values(&self.reader.data_set, hits, dimensions, limit)).await
    }

    /// The days, and a page of one dimension's values with `(other)`.
    pub async fn breakdown(
        &self,
        hits: &Hits<'_>,
        dimension: Dimension,
        page: Page,
    ) -> Result<(HitDays, Vec<StoredValue>)> {
        let filters = hits.filters.within(dimension);
        let hits = Hits { filters: &filters, ..*hits };
        self.listed(&hits, Listed::Dimension(dimension), page).await
    }

    /// The days, and a page of the owners.
    pub async fn owners(&self, hits: &Hits<'_>, page: Page) -> Result<(HitDays, Vec<StoredValue>)> {
        self.listed(hits, Listed::Owner, page).await
    }

    async fn listed(
        &self,
        hits: &Hits<'_>,
        listed: Listed,
        page: Page,
    ) -> Result<(HitDays, Vec<StoredValue>)> {
        let whole = Statement::hits_whole(&self.reader.data_set, hits, listed);
        let whole = self.reader.ask::<HitsRow>(&whole);
        let (days, (rows, whole)) =
            try_join(self.days(hits), try_join(self.values(hits, listed, page), whole)).await?;
        Ok((days, stored_values(rows, whole.first())))
    }

    /// The figures of some values of a dimension.
    pub async fn of_values(
        &self,
        hits: &Hits<'_>,
        dimension: Dimension,
        values: &[String],
    ) -> Result<PeriodValues> {
        // How the API reads a backslash is not documented.
        let askable: Vec<String> = values.iter().filter(|value| !value.contains('\\')).cloned().collect();
        let mut found = Vec::new();
        for values in askable.chunks(VALUES_AT_ONCE) {
            let filters = hits.filters.within(dimension).only(dimension, values);
            let (hits, page) = (Hits { filters: &filters, ..*hits }, Page::first(values.len()));
            found.extend(self.values(&hits, Listed::Dimension(dimension), page).await?);
        }
        let is_complete = match askable.len() == values.len() && !dimension.is_personal() {
            _ if found.len() == values.len() => true,
            // A sample may lack what is rare.
            true => self.days(hits).await?.sampling.interval <= 1,
            false => false,
        };
        Ok(PeriodValues { values: found, is_complete })
    }

    /// By status, by cause, and a page of the URLs that failed.
    pub async fn errors(&self, hits: &Hits<'_>, page: (u32, u32)) -> Result<HitErrors> {
        let outcomes = Statement::hits_by_outcome(&self.reader.data_set, hits);
        let failed = Statement::hits_failed(&self.reader.data_set, hits, MAX_FAILED_ROWS);
        let (outcomes, failed) = try_join(self.ask(hits, &outcomes), self.ask(hits, &failed)).await?;
        Ok(HitErrors::new(&outcomes, failed, page))
    }

    /// The days, and all values of some dimensions, in their order.
    pub async fn whole_lists<const N: usize>(
        &self,
        hits: &Hits<'_>,
        dimensions: [Dimension; N],
        limit: u32,
    ) -> Result<(HitDays, [Vec<StoredRow>; N])> {
        let page = Page { sort: Sort::Requests, limit, offset: 0 };
        let list = |dimension| self.values(hits, Listed::Dimension(dimension), page);
        let lists = try_join_all(dimensions.map(list));
        let (days, lists) = try_join(self.days(hits), lists).await?;
        Ok((days, lists.try_into().expect("one list for each dimension")))
    }

    async fn top(&self, hits: &Hits<'_>, listed: Listed) -> Result<Vec<StoredRow>> {
        let filters = match listed {
            Listed::Dimension(dimension) => hits.filters.within(dimension),
            Listed::Owner => hits.filters.clone(),
        };
        // One more, since lists leave one value out.
        let page = Page { sort: Sort::Requests, limit: TOP + 1, offset: 0 };
        let mut rows = self.values(&Hits { filters: &filters, ..*hits }, listed, page).await?;
        if let Listed::Dimension(dimension) = listed {
            rows.retain(|row| dimension.lists(&row.value));
        }
        rows.truncate(TOP as usize);
        Ok(rows)
    }

    /// Of a column that is new, and that no point has yet, none: what the filters cannot be applied to, [`Self::days`] notices.
    async fn values(&self, hits: &Hits<'_>, listed: Listed, page: Page) -> Result<Vec<StoredRow>> {
        let statement = Statement::hits_by_value(&self.reader.data_set, hits, listed, page);
        let rows: Vec<HitsRow> = self.reader.ask(&statement).await?;
        let named = |value: String| match listed {
            Listed::Dimension(Dimension::ErrorReason) if value.is_empty() => NO_ERROR.to_owned(),
            _ => value,
        };
        Ok(rows
            .into_iter()
            .map(|row| {
                let counters = row.counters();
                StoredRow::new(named(row.value), counters)
            })
            .collect())
    }

    /// The rows of a statement. That the API cannot tell a column's type may only mean that there is nothing: hits that it
    /// has, but cannot filter, are not none.
    async fn ask<T: DeserializeOwned>(&self, hits: &Hits<'_>, statement: &Statement) -> Result<Vec<T>> {
        if let Some(rows) = self.reader.find(statement).await? {
            return Ok(rows);
        }
        let range = hits.range;
        let any: Vec<DayRow> =
            self.reader.ask(&Statement::days(&self.reader.data_set, range.start(), range.end())).await?;
        match any.is_empty() {
            true => {
                self.found_nothing.set(true);
                Ok(Vec::new())
            }
            false => Err(SourceError::Query("it does not know the types of some columns yet".to_owned())),
        }
    }
}

/// The dimensions of files, each with the kind of its files.
const FILES: [(Dimension, AssetType); 3] = [
    (Dimension::Image, AssetType::Image),
    (Dimension::Video, AssetType::Video),
    (Dimension::Other, AssetType::Other),
];

/// The lists that one statement of an overview answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Combined(&'static [Dimension]),
    Files,
    Alone(Listed),
}

impl Part {
    fn of(lists: &[Listed]) -> Vec<Self> {
        let mut parts: Vec<Self> = Vec::new();
        for list in lists {
            let part = match list {
                Listed::Dimension(it) if OUTCOME.contains(it) => Self::Combined(OUTCOME),
                Listed::Dimension(it) if VISITOR.contains(it) => Self::Combined(VISITOR),
                Listed::Dimension(it) if FILES.iter().any(|(dimension, _)| dimension == it) => Self::Files,
                _ => Self::Alone(*list),
            };
            if !parts.contains(&part) {
                parts.push(part);
            }
        }
        parts
    }
}

/// The largest values of one dimension, added up from combinations, in the order of [`Statement::hits_by_value`].
fn top_of(rows: &[CombinedRow], dimension: Dimension) -> Vec<StoredRow> {
    let mut sums: BTreeMap<&str, Counters> = BTreeMap::new();
    for row in rows {
        sums.entry(row.value(dimension)).or_default().add(&row.counters());
    }
    // What was not recorded is no value, and of error reasons no error.
    sums.remove("");
    let mut sums: Vec<_> = sums.into_iter().collect();
    sums.sort_by_key(|(_, sum)| std::cmp::Reverse((sum.requests, sum.bandwidth_bytes)));
    sums.truncate(TOP as usize);
    sums.into_iter().map(|(value, sum)| StoredRow::new(value.to_owned(), sum)).collect()
}

/// The days are those that were asked for.
fn stored_day(row: &HitsRow) -> Option<StoredDay> {
    let Counters { requests, bandwidth_bytes, cache_hits, cache_misses, source_bytes } = row.counters();
    Some(StoredDay {
        date: Date::parse(&row.value).ok()?,
        requests,
        bandwidth_bytes,
        cache_hits,
        cache_misses,
        source_bytes,
        errors: row.errors.0,
        crawler_requests: Some(row.crawler_requests.0),
        crawler_bandwidth_bytes: Some(row.crawler_bytes.0),
        source: ReportedSource::Engine,
        last_source: ReportedSource::Engine,
        estimated: u8::from(row.sampling.0 > 1),
    })
}

/// The rows as D1 tells them: each with what all have together, and `(other)` last, which has nothing here.
fn stored_values(rows: Vec<StoredRow>, whole: Option<&HitsRow>) -> Vec<StoredValue> {
    let all = whole.map(HitsRow::counters).unwrap_or_default();
    let other = StoredRow::new(OTHER.to_owned(), Counters::default());
    let value = |row| StoredValue {
        row,
        undercount: 0,
        all_requests: all.requests,
        all_bandwidth_bytes: all.bandwidth_bytes,
        all_cache_hits: all.cache_hits,
        all_cache_misses: all.cache_misses,
        all_source_bytes: all.source_bytes,
        all_values: whole.map_or(0, |whole| whole.different.0),
    };
    rows.into_iter().chain([other]).map(value).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cloudflare::api::tests::{Canned, now};
    use crate::cloudflare::engine_sql::Whose;
    use crate::domain::date_range::{DateRange, RangeQuery};
    use crate::domain::filter::Filters;

    const SUMS: &str = r#""requests":"8","bytes":80,"cache_hits":"4","cache_misses":"0","source_bytes":160"#;

    fn with<T>(canned: &Canned, ask: impl AsyncFn(&Reports<&Canned>, &Hits<'_>) -> Result<T>) -> Result<T> {
        let query = RangeQuery { days: Some("1".into()), ..RangeQuery::default() };
        let range = DateRange::parse(&query, Date::parse("2026-11-20").unwrap(), 90).unwrap();
        let filters = Filters::default();
        let hits = Hits { range: &range, whose: Whose::All, filters: &filters, image: None };
        let account = Tag::parse(&"a".repeat(32)).unwrap();
        now(ask(&Reports::new(canned, account, DataSet::parse("hits").unwrap()), &hits))
    }

    fn rows(rows: &[String]) -> String {
        format!(r#"{{"data":[{}],"rows":{}}}"#, rows.join(","), rows.len())
    }

    fn day(sampling: u32, squares: u32) -> String {
        format!(
            r#"{{"value":"2026-11-20",{SUMS},"errors":"4","crawler_requests":"0","crawler_bytes":0,"squares":"{squares}","sampling":{sampling}}}"#
        )
    }

    #[test]
    fn sampling_is_told() {
        for (answer, interval, variance, estimated) in [
            (rows(&[day(1, 8)]), 1, 0.0, Some(0)),
            (rows(&[day(4, 32)]), 4, 24.0, Some(1)),
            (rows(&[]), 1, 0.0, None),
        ] {
            let found =
                with(&Canned::new([(200, &answer[..])]), async |reports, hits| reports.days(hits).await);
            let found = found.unwrap();
            assert_eq!(found.sampling, Sampling { interval, variance });
            assert_eq!(found.days.first().map(|day| day.estimated), estimated);
        }
    }

    #[test]
    fn hits_that_cannot_be_filtered_are_not_none() {
        let untyped = (422, "unable to find type of column: \"blob15\"");
        let tables = rows(&[r#"{"dataset":"hits"}"#.to_owned()]);
        let some = rows(&[r#"{"day":"2026-11-20 00:00:00","requests":"3"}"#.to_owned()]);
        for (any, expected) in
            [((200, &some[..]), None), ((200, &rows(&[])[..]), Some(0)), (untyped, Some(0))]
        {
            let canned = Canned::new([untyped, (200, &tables[..]), any]);
            let found = with(&canned, async |reports, hits| reports.days(hits).await);
            assert_eq!(found.map(|found| found.days.len()).ok(), expected, "{any:?}");
        }
    }

    /// A combined row.
    fn combined(values: &[(&str, &str)], requests: u32) -> String {
        let values: String =
            values.iter().map(|(name, value)| format!(r#""{name}_value":"{value}","#)).collect();
        format!(
            r#"{{{values}"requests":"{requests}","bytes":80,"cache_hits":"4","cache_misses":"0","source_bytes":160}}"#
        )
    }

    fn overview(answers: &[String], lists: &[Dimension]) -> (usize, Vec<Vec<(String, u64)>>) {
        let canned = Canned::new(answers.iter().map(|answer| (200, &answer[..])));
        let lists: Vec<_> = lists.iter().map(|it| Listed::Dimension(*it)).collect();
        let found = with(&canned, async |reports, hits| reports.overview(hits, &lists).await);
        let rows = found
            .unwrap()
            .1
            .into_iter()
            .map(|rows| rows.into_iter().map(|it| (it.value, it.requests)).collect());
        let rows = rows.collect();
        (canned.asked.borrow().len(), rows)
    }

    #[test]
    fn an_overview_has_seven_statements() {
        let all: Vec<_> = Dimension::listed(crate::domain::privacy::Privacy::Standard).collect();
        assert_eq!(Part::of(&all.iter().map(|it| Listed::Dimension(*it)).collect::<Vec<_>>()).len() + 1, 7);
    }

    #[test]
    fn combinations_add_up_to_the_lists() {
        let row = |device: &str, os: &str, requests| {
            combined(&[("device", device), ("browser", ""), ("os", os), ("bot", "human")], requests)
        };
        let answers = [
            rows(&[day(1, 8)]),
            rows(&[row("Mac", "macOS", 3), row("PC", "Windows", 2), row("PC", "Linux", 2)]),
        ];
        let (asked, lists) =
            overview(&answers, &[Dimension::Device, Dimension::Browser, Dimension::Os, Dimension::Bot]);
        let row = |value: &str, requests| (value.to_owned(), requests);
        assert_eq!(asked, 2);
        assert_eq!(
            lists,
            [
                vec![row("PC", 4), row("Mac", 3)],
                vec![],
                vec![row("macOS", 3), row("Linux", 2), row("Windows", 2)],
                vec![row("human", 7)]
            ]
        );
    }

    #[test]
    fn what_does_not_fit_is_asked_alone() {
        let many: Vec<_> =
            (0..MAX_COMBINATIONS).map(|number| combined(&[("device", &number.to_string())], 1)).collect();
        let value = |value: &str| format!(r#"{{"value":"{value}",{SUMS}}}"#);
        let (asked, lists) =
            overview(&[rows(&[day(1, 8)]), rows(&many), rows(&[value("PC")])], &[Dimension::Device]);
        assert_eq!((asked, lists), (3, vec![vec![("PC".to_owned(), 8)]]));

        let file = |number: usize| combined(&[("asset_type", "image"), ("image", &number.to_string())], 9);
        let images: Vec<_> = (0..MAX_FILES).map(file).collect();
        let answers = [rows(&[day(1, 8)]), rows(&images), rows(&[value("clips/a.mp4")])];
        let (asked, lists) = overview(&answers, &[Dimension::Image, Dimension::Video]);
        assert_eq!(
            (asked, lists[0].len(), lists[1].len()),
            (3, 10, 1),
            "the largest images are among the files, videos may not be"
        );
    }

    #[test]
    fn a_column_that_no_point_has_is_nothing() {
        let untyped = (422, "unable to find type of column: \"blob17\"");
        let canned = Canned::new([(200, &rows(&[day(1, 8)])[..]), untyped, untyped]);
        let page = Page { sort: Sort::Requests, limit: 10, offset: 0 };
        let found =
            with(&canned, async |reports, hits| reports.breakdown(hits, Dimension::Crawler, page).await);
        let (found, values) = found.unwrap();
        assert_eq!((found.days[0].requests, values.len(), values[0].all().requests), (8, 1, 0));
    }

    #[test]
    fn a_page_beyond_the_last_still_tells_the_whole() {
        let whole = rows(&[format!(r#"{{"different":"3",{SUMS}}}"#)]);
        let canned = Canned::new([(200, &rows(&[day(1, 8)])[..]), (200, &rows(&[])[..]), (200, &whole[..])]);
        let page = Page { sort: Sort::Requests, limit: 10, offset: 90 };
        let found = with(&canned, async |reports, hits| reports.breakdown(hits, Dimension::Os, page).await);
        let (found, values) = found.unwrap();
        assert_eq!((found.days[0].requests, values.len()), (8, 1));
        assert_eq!((values[0].is_other(), values[0].all_values, values[0].all().requests), (true, 3, 8));
    }
}
