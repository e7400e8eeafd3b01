//! Rebuilding a day: reads the sources, decides on each owner, stages what is to be reported, and publishes all of it
//! at once.
//!
//! Where realtime has as much of an owner's day as the source, not one of its rows is read or written.

use crate::domain::date::{Date, Millis, parse_timestamp};
use crate::domain::night;
use crate::domain::owner::{OwnerId, OwnerName};
use crate::domain::reconcile::{Decision, Rebuilt, ReportedSource, decide, stated_error};
use crate::domain::tally::{Counters, RowKey};
use crate::store::db::DbError;
use crate::store::rebuilt::{self, DROP_CHUNK, OwnerDay, Staged, Unread};
use crate::store::runs::{Run, State};

use super::clock::Clock;
use super::job::{Job, Platform, Step, StepError};
use super::progress::{Phase, Progress};
use super::source::{
    Control, OwnerTotals, Page, Preference, Result as SourceResult, Source, SourceError, SourceName,
    SourceOwner,
};

/// Owners whose rows one step asks for together.
const OWNERS_AT_ONCE: u32 = 200;

impl SourceName {
    fn reported(self) -> ReportedSource {
        match self {
            Self::Engine => ReportedSource::Engine,
            Self::Zone => ReportedSource::Zone,
        }
    }
}

/// Makes a run's next step. `run` is what is saved with it.
///
/// # Errors
///
/// When D1 or the source fails; then nothing was saved, or it is not known.
pub async fn step<P: Platform>(
    job: &Job<'_, P>,
    run: &mut Run,
    progress: Progress,
) -> Result<Step, StepError> {
    let began = job.clock.now();
    match progress.phase.clone() {
        Phase::Begin | Phase::Purge => begin(job, run, progress, began).await,
        Phase::Owners { source, cursor } => owners(job, run, progress, began, source, cursor).await,
        Phase::Rows { source, cursor, reading, then } => {
            rows(job, run, progress, began, Reading { source, cursor, owners: reading, then }).await
        }
        Phase::Discard { source } => discarding(job, run, progress, began, source).await,
        Phase::Publish => publish(job, run, progress, began).await,
        Phase::Sweep => sweep(job, run, progress, began).await,
    }
}

/// How often the control total is asked for before a day does without.
const CONTROL_ATTEMPTS: u32 = 3;
/// How long it may ask to wait.
const CONTROL_PATIENCE_MS: Millis = 10_000;

/// Asks for the control total. That it cannot be had warns, and stops nothing.
async fn begin<P: Platform>(
    job: &Job<'_, P>,
    run: &mut Run,
    mut progress: Progress,
    began: u64,
) -> Result<Step, StepError> {
    if let Some(control) = &job.sources.control {
        match control.count(run.date).await {
            Ok(count) => run.control_requests = Some(count),
            Err(error) => {
                let may_pass = error.retry_after().is_some_and(|wait| wait <= CONTROL_PATIENCE_MS);
                if may_pass && run.attempts + 1 < CONTROL_ATTEMPTS {
                    return Err(error.into());
                }
                progress.uncontrolled = Some(error.to_string());
            }
        }
    }
    progress.phase = next_source(job, &progress);
    job.stamp(run, &progress, began);
    job.save(run).await
}

/// The next source that has neither been read nor failed; publishing, when there is none.
fn next_source<P: Platform>(job: &Job<'_, P>, progress: &Progress) -> Phase {
    let is_left = |name: &SourceName| {
        !progress.complete.contains(name)
            && !progress.gone.contains(name)
            && progress.failed.iter().all(|(failed, _)| failed != name)
    };
    match job.sources.order().into_iter().find(is_left) {
        Some(source) => Phase::Owners { source, cursor: None },
        None => Phase::Publish,
    }
}

async fn owners_page<P: Platform>(
    job: &Job<'_, P>,
    source: SourceName,
    date: Date,
    cursor: Option<&str>,
) -> SourceResult<Page<OwnerTotals>> {
    match (source, &job.sources.engine, &job.sources.zone) {
        (SourceName::Engine, Some(engine), _) => engine.owners(date, cursor).await,
        (SourceName::Zone, _, Some(zone)) => zone.owners(date, cursor).await,
        _ => Err(unconfigured(source)),
    }
}

/// A run may outlive the configuration that it was begun with. A source that is gone is not one that has no more.
fn unconfigured(source: SourceName) -> SourceError {
    SourceError::Query(format!("the {} is no longer configured", source.as_str()))
}

/// What Analytics Engine counts for the day by its own clock, which is what the control total counts, too.
async fn by_clock<P: Platform>(job: &Job<'_, P>, date: Date) -> SourceResult<u64> {
    let Some(engine) = &job.sources.engine else { return Err(unconfigured(SourceName::Engine)) };
    let days = engine.days(date, date).await?;
    Ok(days.iter().filter(|day| day.date == date).map(|day| day.requests).sum())
}

async fn owners<P: Platform>(
    job: &Job<'_, P>,
    run: &mut Run,
    mut progress: Progress,
    began: u64,
    source: SourceName,
    cursor: Option<String>,
) -> Result<Step, StepError> {
    if cursor.is_none() {
        progress.before = (progress.owners, progress.changed, run.rows);
    }
    if cursor.is_none() && source == SourceName::Engine {
        progress.by_clock = Some(by_clock(job, run.date).await?);
    }
    let page = owners_page(job, source, run.date, cursor.as_deref()).await?;
    let ids: Vec<OwnerId> = page.items.iter().map(|totals| totals.owner.id).collect();
    let days = rebuilt::owner_days(job.db, &ids, run.date, run.id).await?;
    let fills = source == SourceName::Zone && job.sources.preference == Preference::Auto;
    let staged: Vec<Staged> = page
        .items
        .iter()
        .zip(&days)
        .filter_map(|(totals, day)| judge(run, source, totals, day, fills))
        .collect();

    progress.owners += page.items.len() as u64;
    progress.changed += staged.len() as u64;
    run.owners_changed = progress.changed;
    run.sampled |= page.items.iter().any(|totals| totals.variance > 0.0);
    let requests: u64 = page.items.iter().map(|totals| totals.counters.requests).sum();
    if source == SourceName::Engine || job.sources.order() == [SourceName::Zone] {
        run.batch_requests = Some(run.batch_requests.unwrap_or_default() + requests);
    }
    progress.phase = if staged.iter().any(|it| it.unread) {
        Phase::Rows { source, cursor: None, reading: Vec::new(), then: page.next }
    } else {
        after_owners(job, run, &mut progress, source, page.next)
    };
    job.stamp(run, &progress, began);
    Ok(rebuilt::stage_decisions(job.db, run, &staged).await?.into())
}

fn after_owners<P: Platform>(
    job: &Job<'_, P>,
    run: &mut Run,
    progress: &mut Progress,
    source: SourceName,
    then: Option<String>,
) -> Phase {
    if then.is_some() {
        return Phase::Owners { source, cursor: then };
    }
    progress.complete.push(source);
    run.source = named(&progress.complete);
    next_source(job, progress)
}

/// `None` where what is reported stays. `fills` says that the source is only for days of which nobody has anything.
fn judge(run: &Run, source: SourceName, totals: &OwnerTotals, day: &OwnerDay, fills: bool) -> Option<Staged> {
    let is_known = day.realtime.counters.requests > 0 || day.reported.is_some();
    if day.is_staged || (fills && is_known) {
        return None;
    }
    let error = stated_error(totals.variance);
    let batch = Rebuilt { source: source.reported(), counters: totals.counters, error };
    let staged = Staged {
        owner: totals.owner.id,
        name: totals.owner.name.clone(),
        reported_run: 0,
        source: ReportedSource::Realtime,
        requests: totals.counters.requests,
        error: 0,
        dropped_run: day.reported.as_ref().map_or(0, |reported| reported.run),
        unread: false,
    };
    match decide(&day.realtime, day.reported.as_ref().map(|reported| &reported.rebuilt), &batch) {
        Decision::Keep => None,
        Decision::Realtime => Some(staged),
        Decision::Rebuilt => {
            Some(Staged { reported_run: run.id, source: batch.source, error, unread: true, ..staged })
        }
    }
}

/// Which rows are read next, see [`Phase::Rows`].
struct Reading {
    source: SourceName,
    cursor: Option<String>,
    owners: Vec<Unread>,
    then: Option<String>,
}

async fn rows<P: Platform>(
    job: &Job<'_, P>,
    run: &mut Run,
    mut progress: Progress,
    began: u64,
    Reading { source, cursor, owners, then }: Reading,
) -> Result<Step, StepError> {
    let unread =
        if cursor.is_some() { owners } else { rebuilt::unread(job.db, run.id, OWNERS_AT_ONCE).await? };
    let owners: Vec<SourceOwner> = unread.iter().filter_map(source_owner).collect();
    let page = rows_page(job, source, run.date, &owners, cursor.as_deref()).await?;
    let complete: Vec<OwnerId> =
        if page.next.is_none() { owners.iter().map(|owner| owner.id).collect() } else { Vec::new() };
    run.rows += page.items.len() as u64;
    progress.phase = match page.next {
        Some(next) => Phase::Rows { source, cursor: Some(next), reading: unread, then },
        None if unread.len() == OWNERS_AT_ONCE as usize => {
            Phase::Rows { source, cursor: None, reading: Vec::new(), then }
        }
        None => after_owners(job, run, &mut progress, source, then),
    };
    job.stamp(run, &progress, began);
    Ok(rebuilt::stage_rows(job.db, run, &page.items, &complete).await?.into())
}

async fn rows_page<P: Platform>(
    job: &Job<'_, P>,
    source: SourceName,
    date: Date,
    owners: &[SourceOwner],
    cursor: Option<&str>,
) -> SourceResult<Page<(RowKey, Counters)>> {
    match (source, &job.sources.engine, &job.sources.zone) {
        _ if owners.is_empty() => Ok(Page { items: Vec::new(), next: None }),
        (SourceName::Engine, Some(engine), _) => engine.rows(date, owners, cursor).await,
        (SourceName::Zone, _, Some(zone)) => zone.rows(date, owners, cursor).await,
        _ => Err(unconfigured(source)),
    }
}

fn source_owner(unread: &Unread) -> Option<SourceOwner> {
    let name = unread.name.as_ref().and_then(|name| OwnerName::parse(name).ok());
    Some(SourceOwner { id: OwnerId::parse(&unread.owner)?, name })
}

/// Marks what a source has given as to be dropped, and saves that the run discards it; whether it was saved. `progress`
/// says why.
pub async fn discard<P: Platform>(
    job: &Job<'_, P>,
    run: &mut Run,
    mut progress: Progress,
    source: SourceName,
) -> Result<bool, DbError> {
    progress.complete.retain(|complete| *complete != source);
    progress.phase = Phase::Discard { source };
    if source == SourceName::Engine {
        (progress.by_clock, run.batch_requests) = (None, None);
    }
    (progress.owners, progress.changed, run.rows) = progress.before;
    run.owners_changed = progress.changed;
    run.source = named(&progress.complete);
    job.stamp(run, &progress, job.clock.now());
    rebuilt::discard(job.db, run, source.reported()).await
}

/// `None` when no source was read to its end.
fn named(sources: &[SourceName]) -> Option<String> {
    let names: Vec<&str> = sources.iter().map(|name| name.as_str()).collect();
    (!names.is_empty()).then(|| names.join("+"))
}

async fn discarding<P: Platform>(
    job: &Job<'_, P>,
    run: &mut Run,
    mut progress: Progress,
    began: u64,
    source: SourceName,
) -> Result<Step, StepError> {
    let dropped = rebuilt::drop_rows(job.db, run.date, run.id).await?;
    if dropped < u64::from(DROP_CHUNK) {
        rebuilt::clear(job.db, run.id, Some(source.reported())).await?;
        progress.phase = next_source(job, &progress);
    }
    job.stamp(run, &progress, began);
    job.save(run).await
}

async fn publish<P: Platform>(
    job: &Job<'_, P>,
    run: &mut Run,
    mut progress: Progress,
    began: u64,
) -> Result<Step, StepError> {
    if let Some((reported, owners)) = rebuilt::short(job.db, run).await? {
        let source = if reported == ReportedSource::Zone { SourceName::Zone } else { SourceName::Engine };
        let error = format!("the rows of {owners} owners add up to less than their totals");
        progress.failed.push((source, error));
        return Ok(discard(job, run, progress, source).await?.into());
    }
    let has_failed = progress.complete.is_empty() && !progress.failed.is_empty();
    run.realtime_requests = Some(rebuilt::realtime_total(job.db, run.date).await?);
    run.drift =
        progress.by_clock.zip(run.control_requests).map(|(count, control)| night::drift(count, control));
    progress.doubtful = doubt(job, run, &progress);
    run.is_whole = progress.failed.is_empty() && progress.doubtful.is_none();
    // What was compared then may have changed since.
    let compared_at = run.started_at.as_deref().and_then(parse_timestamp).unwrap_or_default();
    let agreement = if progress.complete.contains(&SourceName::Engine) { run.drift } else { Some(0.0) };
    run.is_final = run.is_whole && night::is_final(run.date, compared_at, agreement);
    let decisions = if has_failed { 0 } else { run.id };
    run.error = failures(&progress);
    progress.phase = Phase::Sweep;
    if progress.changed == 0 && progress.failed.is_empty() {
        end(job, run, &progress);
    }
    job.stamp(run, &progress, began);
    let published = rebuilt::publish(job.db, run, run.date, decisions, !has_failed).await?;
    Ok(published.is_some().into())
}

/// Analytics Engine keeps every hit that realtime counts: where it has not one of a day, something else was asked.
fn doubt<P: Platform>(job: &Job<'_, P>, run: &Run, progress: &Progress) -> Option<String> {
    let was_read = progress.complete.contains(&SourceName::Engine) && job.sources.engine.is_some();
    let counted = run.realtime_requests.filter(|requests| *requests > 0)?;
    (was_read && run.batch_requests == Some(0)).then(|| {
        format!(
            "Analytics Engine has nothing of this day, of which {counted} requests were counted in realtime: are \
             CLOUDFLARE_ACCOUNT_ID and ANALYTICS_DATASET those of this worker?"
        )
    })
}

async fn sweep<P: Platform>(
    job: &Job<'_, P>,
    run: &mut Run,
    progress: Progress,
    began: u64,
) -> Result<Step, StepError> {
    run.error = failures(&progress);
    if rebuilt::drop_rows(job.db, run.date, run.id).await? < u64::from(DROP_CHUNK) {
        rebuilt::clear(job.db, run.id, None).await?;
        end(job, run, &progress);
    }
    job.stamp(run, &progress, began);
    job.save(run).await
}

fn failures(progress: &Progress) -> Option<String> {
    let mut messages: Vec<String> =
        progress.failed.iter().map(|(source, error)| format!("{}: {error}", source.as_str())).collect();
    messages.extend(progress.doubtful.clone());
    messages.extend(progress.uncontrolled.as_ref().map(|error| format!("control total: {error}")));
    (!messages.is_empty()).then(|| messages.join("; "))
}

fn end<P: Platform>(job: &Job<'_, P>, run: &mut Run, progress: &Progress) {
    let has_failed = progress.complete.is_empty() && !progress.failed.is_empty();
    if has_failed {
        return job.finish(
            run,
            State::Failed,
            "no source could be read; what was reported before stays".to_owned(),
        );
    }
    let outcome = if job.sources.order().is_empty() {
        format!("closed from realtime counting alone: {}", job.sources.missing)
    } else if progress.complete.is_empty() {
        "closed from realtime counting alone: no source goes back that far".to_owned()
    } else {
        let (owners, changed) = (progress.owners, progress.changed);
        format!("owners compared: {owners}; reported from another source than before: {changed}")
    };
    job.finish(run, State::Done, outcome);
}
