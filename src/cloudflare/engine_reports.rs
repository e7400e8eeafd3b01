//! Reading what filtered reports are made of from the hits in Analytics Engine, where every dimension stands beside every
//! other.

use std::cell::Cell;

use futures_util::future::try_join;
use futures_util::stream::{self, StreamExt, TryStreamExt};

use super::api::{Http, Tag};
use super::engine_reader::Reader;
use super::engine_sql::{DataSet, DayRow, Hits, HitsRow, Listed, Statement};
use crate::batch::source::{Result, SourceError};
use crate::domain::counters::Counters;
use crate::domain::date::Date;
use crate::domain::dimension::Dimension;
use crate::domain::facets::NO_ERROR;
use crate::domain::reconcile::ReportedSource;
use crate::domain::report::breakdown::{Page, PeriodValues, Sort, StoredValue};
use crate::domain::report::row::{StoredDay, StoredRow, TOP};
use crate::domain::report::source::Sampling;
use crate::domain::row_key::OTHER;

/// Lists that are asked for at once; the days are asked for beside them. The platform has six connections.
const LISTS_AT_ONCE: usize = 5;

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
        let rows = self.ask(hits, &Statement::hits_by_day(&self.reader.data_set, hits)).await?;
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
    pub async fn overview(
        &self,
        hits: &Hits<'_>,
        lists: &[Listed],
    ) -> Result<(HitDays, Vec<Vec<StoredRow>>)> {
        let lists = stream::iter(lists).map(|listed| self.top(hits, *listed)).buffered(LISTS_AT_ONCE);
        try_join(self.days(hits), lists.try_collect()).await
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
        let listed = Listed::Dimension(dimension);
        let whole = Statement::hits_whole(&self.reader.data_set, &hits, listed);
        let whole = self.reader.ask::<HitsRow>(&whole);
        let (days, (rows, whole)) =
            try_join(self.days(&hits), try_join(self.values(&hits, listed, page), whole)).await?;
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
    async fn ask(&self, hits: &Hits<'_>, statement: &Statement) -> Result<Vec<HitsRow>> {
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
        let hits = Hits { range: &range, whose: Whose::All, filters: &filters };
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
