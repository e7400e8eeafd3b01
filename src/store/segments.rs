//! Segments in D1: what they are encoded as, and how they become rows when a day closes. See `domain/segment.rs`.

use serde::Deserialize;

use crate::domain::asset_type::AssetType;
use crate::domain::date::Date;
use crate::domain::dimension::Dimension;
use crate::domain::segment::{MAX_FAILED, Segment};

use super::db::{Database, Param, Result, Statement, json, json_parts};
use super::sql;

/// Values of a dimension that are kept of a closed day, by requests and as many by bandwidth: five times what the overview
/// lists.
pub const KEPT_VALUES: u32 = 50;
/// The run of what is counted in realtime.
const REALTIME: u32 = 0;
/// Statements of [`close`].
pub const CLOSE_STATEMENTS: u32 = 4;
/// What `close_rows.sql` makes of rows: images stand for videos and other files, too.
const OF_ALL_ROWS: [Dimension; 2] = [Dimension::AssetType, Dimension::Image];
/// What it makes of a run's rows besides. Aggregators have rows that do not tell these, and count them apart.
const OF_RUNS_ROWS: [Dimension; 3] = [Dimension::Variant, Dimension::Country, Dimension::Status];

/// An owner's day that can be closed.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Closable {
    pub date: Date,
    pub owner: String,
    pub run: u32,
}

/// The encoding that the statements read, in as many parameters as D1's limit asks for.
pub fn encode(segments: &[Segment]) -> Vec<String> {
    json_parts(segments.iter().map(|it| (it.date, it.owner, &it.body, &it.errors)))
}

/// Owners' days until `last` that are still to be closed, oldest first.
pub async fn closable(db: &impl Database, last: Date, limit: u32) -> Result<Vec<Closable>> {
    let last = last.to_string();
    db.query(Statement(sql::CLOSE_DUE, &[Param::Text(&last), Param::Count(limit)])).await
}

/// Turns the segments of some owners' day into rows. Twice does it no harm: what has become rows is gone.
pub async fn close(db: &impl Database, date: Date, run: u32, owners: &[String]) -> Result<()> {
    let (date, owners) = (date.to_string(), json(owners));
    let mut of_rows = OF_ALL_ROWS.to_vec();
    if run != REALTIME {
        of_rows.extend(OF_RUNS_ROWS);
    }
    let is_facet =
        |it: &Dimension| !it.is_personal() && !of_rows.contains(it) && AssetType::of_dimension(*it).is_none();
    let facets: Vec<Dimension> = Dimension::ALL.into_iter().filter(is_facet).collect();
    let (of_rows, facets) = (json(&of_rows), json(&facets));
    let [date, owners] = [&date, &owners].map(|text| Param::Text(text));
    let (run, kept) = (Param::Count(run), Param::Count(KEPT_VALUES));
    let rows = [date, owners, run, Param::Text(&of_rows), kept];
    let facets = [date, owners, run, Param::Text(&facets), kept, rows[3]];
    let errors = [date, owners, run, Param::Count(MAX_FAILED as u32)];
    let gone = [date, owners, run];
    let statements: [Statement<'_>; CLOSE_STATEMENTS as usize] = [
        Statement(sql::CLOSE_ROWS, &rows),
        Statement(sql::CLOSE_FACETS, &facets),
        Statement(sql::CLOSE_ERRORS, &errors),
        Statement(sql::CLOSE_SEGMENTS, &gone),
    ];
    db.apply(&statements).await?;
    Ok(())
}
