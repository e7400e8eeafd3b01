//! Writing what aggregators have counted: see `domain/aggregator/publication.rs`.

use crate::domain::aggregator::publication::Publication;
use crate::domain::row_key::columns;

use super::db::{Database, Param, Result, Statement, json_parts};
use super::sql;

/// Writes what an aggregator has counted, all of it or nothing. Twice does no harm.
///
/// # Errors
///
/// When D1 fails; it may have written it nevertheless.
pub async fn write(db: &impl Database, part: &str, publication: &Publication) -> Result<()> {
    let rows = publication.days.iter().flat_map(|day| {
        day.rows.iter().map(|(combination, row)| {
            columns((day.owner, day.date), combination, row.asset_type, &row.counters, row.lack)
        })
    });
    let rows = json_parts(rows);
    let segments = publication.days.iter().filter_map(|day| {
        let (segment, requests) = day.segment.as_ref()?;
        Some((day.date, day.owner, *requests, &segment.body, &segment.errors))
    });
    let segments = json_parts(segments);
    let uncounted = publication.uncounted.as_ref().map(|it| vec![it.encode()]).unwrap_or_default();
    let written =
        [(sql::OPEN_ROWS, &rows), (sql::OPEN_SEGMENTS, &segments), (sql::OPEN_UNCOUNTED, &uncounted)];
    let bound: Vec<(&str, [Param<'_>; 2])> = written
        .into_iter()
        .flat_map(|(statement, lists)| {
            lists.iter().map(move |list| (statement, [Param::Text(list), Param::Text(part)]))
        })
        .collect();
    let statements: Vec<Statement<'_>> =
        bound.iter().map(|(statement, params)| Statement(statement, params)).collect();
    if !statements.is_empty() {
        db.apply(&statements).await?;
    }
    Ok(())
}
