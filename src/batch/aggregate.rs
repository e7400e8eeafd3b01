//! Rebuilding a day: reads the sources, decides on each owner, stages what is to be reported, and publishes all of it
//! at once.
//!
//! An owner is decided on twice: by the totals, whether its rows are read; by what these add up to, whether they are
//! reported. A source may draw other samples for the one than for the other, and what is stated is the error of what is
//! reported. An owner whose rows cannot be had stays as it is, and keeps no other from being rebuilt.
//!
//! Where realtime has as much of an owner's day as the source, not one of its rows is read or written.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use crate::domain::counters::Counters;
use crate::domain::date::{Date, Millis, parse_timestamp};
use crate::domain::failed_request::{FailedRequest, Seen};
use crate::domain::night;
use crate::domain::owner::{OwnerId, OwnerName};
use crate::domain::reconcile::{Decision, Rebuilt, ReportedSource, decide, stated_error};
use crate::domain::row_key::RowKey;
use crate::domain::segment::{Entry, MAX_FAILED, Segment};
use crate::store::db::DbError;
use crate::store::rebuilt::{self, OwnerDay, Read, Staged, Unread, Weighed};
use crate::store::runs::{Run, State};
use crate::store::segments;

use super::clock::Clock;
use super::job::{Job, Platform, Step, StepError};
use super::progress::{Phase, Progress};
use super::source::{Control, Detail, OwnerTotals, SourceName, SourceOwner, SourceRow};

/// Owners whose rows one step asks for together.
const OWNERS_AT_ONCE: u32 = 200;
/// Values that one step reads at least, if there are so many.
const DETAILS_AT_ONCE: usize = 10_000;
/// A step that has taken so long is saved, however few values it has read: calls of the API end after 30 s.
const STEP_MS: Millis = 4_000;
/// Values of one segment: with the longest user agents, of characters that are escaped twice, it stays below the 2 MB that D1
/// takes as a parameter.
const ENTRIES_OF_A_SEGMENT: usize = 500;
/// How often the control total is asked for before a day does without.
const CONTROL_ATTEMPTS: u32 = 3;
/// How long it may ask to wait.
const CONTROL_PATIENCE_MS: Millis = 10_000;

/// One step of rebuilding a day.
pub struct Aggregation<'a, 'job, P: Platform> {
    job: &'a Job<'job, P>,
    /// What is saved with the step.
    run: &'a mut Run,
    progress: Progress,
    began: Millis,
}

impl<'a, 'job, P: Platform> Aggregation<'a, 'job, P> {
    pub fn new(job: &'a Job<'job, P>, run: &'a mut Run, progress: Progress) -> Self {
        Self { job, run, progress, began: job.clock.now() }
    }

    /// Makes the next step.
    ///
    /// # Errors
    ///
    /// When D1 or the source fails; then nothing was saved, or it is not known.
    pub async fn step(self) -> Result<Step, StepError> {
        match self.progress.phase.clone() {
            Phase::Begin => self.begin().await,
            Phase::Owners { source, cursor } => self.owners(source, cursor).await,
            Phase::Rows { source, cursor, reading, then } => self.rows(source, cursor, reading, then).await,
            Phase::Details { source, cursor, reading, after } => {
                self.details(source, cursor, reading, after).await
            }
            Phase::Close { source, owners } => self.close(source, owners).await,
            Phase::Discard { source } => self.discarding(source).await,
            Phase::Publish => self.publish().await,
            Phase::Sweep => self.sweep().await,
        }
    }

    /// Asks for the control total. That it cannot be had warns, and stops nothing.
    async fn begin(mut self) -> Result<Step, StepError> {
        if let Some(control) = &self.job.sources.control {
            match control.count(self.run.date).await {
                Ok(count) => self.run.control_requests = Some(count),
                Err(error) => {
                    let may_pass = error.retry_after().is_some_and(|wait| wait <= CONTROL_PATIENCE_MS);
                    if may_pass && self.run.attempts + 1 < CONTROL_ATTEMPTS {
                        return Err(error.into());
                    }
                    self.progress.uncontrolled = Some(error.to_string());
                }
            }
        }
        self.progress.phase = self.next_source();
        self.save().await
    }

    /// The next source that has neither been read nor failed; publishing, when there is none.
    fn next_source(&self) -> Phase {
        let Progress { complete, gone, failed, .. } = &self.progress;
        let is_left = |name: &SourceName| {
            !complete.contains(name)
                && !gone.contains(name)
                && failed.iter().all(|(failed, _)| failed != name)
        };
        match self.job.sources.order().into_iter().find(is_left) {
            Some(source) => Phase::Owners { source, cursor: None },
            None => Phase::Publish,
        }
    }

    /// Decides on a page of owners.
    async fn owners(mut self, source: SourceName, cursor: Option<String>) -> Result<Step, StepError> {
        let Self { job, run, progress, .. } = &mut self;
        if cursor.is_none() {
            progress.before = (progress.owners, progress.changed, run.rows);
            progress.unsure_before = progress.unsure;
            if source == SourceName::Engine {
                let (requests, error) = job.sources.by_clock(run.date).await?;
                (progress.by_clock, progress.by_clock_error) = (Some(requests), error);
            }
        }
        let page = job.sources.owners(source, run.date, cursor.as_deref()).await?;
        let ids: Vec<OwnerId> = page.items.iter().map(|totals| totals.owner.id).collect();
        let days = if ids.is_empty() {
            Vec::new()
        } else {
            rebuilt::owner_days(job.db, &ids, run.date, run.id).await?
        };
        let fills = job.sources.only_fills(source);
        let mut staged: Vec<Staged> = Vec::new();
        for (totals, day) in page.items.iter().zip(&days) {
            let judged = judge(run, source, totals, day, fills);
            let stays_exact = judged.as_ref().map_or(day.reported.is_none(), |it| it.reported_run == 0);
            let may_lack = source == SourceName::Engine && stays_exact && totals.variance > 0.0;
            progress.unsure.lacking += u64::from(may_lack);
            staged.extend(judged);
        }

        progress.owners += page.items.len() as u64;
        progress.changed += staged.len() as u64;
        run.owners_changed = progress.changed;
        run.sampled |= page.items.iter().any(|totals| totals.variance > 0.0);
        if source == SourceName::Engine || job.sources.order() == [SourceName::Zone] {
            let requests: u64 = page.items.iter().map(|totals| totals.counters.requests).sum();
            run.batch_requests = Some(run.batch_requests.unwrap_or_default() + requests);
        }
        self.progress.phase = if staged.iter().any(|it| it.unread) {
            Phase::Rows { source, cursor: None, reading: Vec::new(), then: page.next }
        } else {
            self.after_owners(source, page.next)
        };
        self.stamp();
        Ok(rebuilt::stage_decisions(self.job.db, self.run, &staged).await?.into())
    }

    /// `then` is where the owners go on, if they do.
    fn after_owners(&mut self, source: SourceName, then: Option<String>) -> Phase {
        if then.is_some() {
            return Phase::Owners { source, cursor: then };
        }
        if self.progress.changed > self.progress.before.1 {
            return Phase::Details { source, cursor: None, reading: Vec::new(), after: None };
        }
        self.complete(source)
    }

    /// The source was read to its end.
    fn complete(&mut self, source: SourceName) -> Phase {
        self.progress.complete.push(source);
        self.run.source = named(&self.progress.complete);
        self.next_source()
    }

    /// Reads a page of the rows of `reading`, or of the next owners when there is no `cursor`.
    async fn rows(
        mut self,
        source: SourceName,
        cursor: Option<String>,
        reading: Vec<Unread>,
        then: Option<String>,
    ) -> Result<Step, StepError> {
        let Self { job, run, .. } = &mut self;
        let unread =
            if cursor.is_some() { reading } else { rebuilt::unread(job.db, run.id, OWNERS_AT_ONCE).await? };
        let owners: Vec<SourceOwner> = unread.iter().filter_map(source_owner).collect();
        let page = job.sources.rows(source, run.date, &owners, cursor.as_deref()).await?;
        let complete: Vec<OwnerId> =
            if page.next.is_none() { owners.iter().map(|owner| owner.id).collect() } else { Vec::new() };
        run.rows += page.items.len() as u64;
        let variances = variances(&page.items);
        let rows: Vec<(RowKey, Counters)> =
            page.items.into_iter().map(|row| (row.key, row.counters)).collect();
        self.progress.phase = match page.next {
            Some(next) => Phase::Rows { source, cursor: Some(next), reading: unread, then },
            None if unread.len() == OWNERS_AT_ONCE as usize => {
                Phase::Rows { source, cursor: None, reading: Vec::new(), then }
            }
            None => self.after_owners(source, then),
        };
        self.stamp();
        Ok(rebuilt::stage_rows(self.job.db, self.run, &rows, &variances, &complete).await?.into())
    }

    /// Decides again on owners whose rows are not what was decided on. Their details are read afterwards, if they still are to be
    /// reported from the source.
    async fn weigh(mut self, source: SourceName, others: &[&Read]) -> Result<Step, StepError> {
        let Self { job, run, progress, .. } = &mut self;
        let ids: Vec<OwnerId> = others.iter().map(|it| it.owner).collect();
        let days = rebuilt::owner_days(job.db, &ids, run.date, run.id).await?;
        let mut weighed = Vec::new();
        for (read, day) in others.iter().zip(&days) {
            let (verdict, decision) = weigh(run, source, read, day);
            let unsure = &mut progress.unsure;
            match verdict {
                Verdict::Rebuilt => {}
                Verdict::NoBetter => unsure.no_better += 1,
                Verdict::Short => unsure.short += 1,
            }
            let stays_exact = verdict == Verdict::NoBetter && decision.reported_run == 0;
            let may_lack = verdict == Verdict::Short || (stays_exact && read.variance > 0.0);
            unsure.lacking += u64::from(source == SourceName::Engine && may_lack);
            let before = day.reported.as_ref().map_or(0, |reported| reported.run);
            progress.changed -= u64::from(decision.reported_run == before);
            run.sampled |= read.variance > 0.0;
            weighed.push(decision);
        }
        run.owners_changed = progress.changed;
        self.stamp();
        Ok(rebuilt::stage_weighed(self.job.db, self.run, &weighed).await?.into())
    }

    /// Reads what else there is of `reading`, or of the next owners when there is no `cursor`: several pages, while they
    /// are short.
    async fn details(
        mut self,
        source: SourceName,
        cursor: Option<String>,
        reading: Vec<Unread>,
        after: Option<String>,
    ) -> Result<Step, StepError> {
        let began = self.began;
        let Self { job, run, .. } = &mut self;
        let reading = if cursor.is_some() {
            reading
        } else {
            let read =
                rebuilt::read(job.db, run, source.reported(), after.as_deref(), OWNERS_AT_ONCE).await?;
            let others: Vec<&Read> = read.iter().filter(|read| !is_as_decided(read)).collect();
            if !others.is_empty() {
                return self.weigh(source, &others).await;
            }
            read.into_iter().map(Unread::from).collect()
        };
        if reading.is_empty() {
            self.progress.phase = self.complete(source);
            return self.save().await;
        }
        let owners: Vec<SourceOwner> = reading.iter().filter_map(source_owner).collect();
        let (mut found, mut next) = (Vec::new(), cursor);
        loop {
            let page = job.sources.details(source, run.date, &owners, next.as_deref()).await?;
            found.extend(page.items);
            next = page.next;
            let is_late = job.clock.now() >= began + STEP_MS;
            if next.is_none() || found.len() >= DETAILS_AT_ONCE || is_late {
                break;
            }
        }
        let segments = segments_of(run.date, &owners, found);
        self.progress.phase = match next {
            Some(next) => Phase::Details { source, cursor: Some(next), reading, after },
            None => Phase::Close { source, owners: reading.into_iter().map(|it| it.owner).collect() },
        };
        self.stamp();
        Ok(rebuilt::stage_segments(self.job.db, self.run, &segments).await?.into())
    }

    /// Turns what was read of some owners into rows. Done twice, it does nothing the second time.
    async fn close(mut self, source: SourceName, owners: Vec<String>) -> Result<Step, StepError> {
        segments::close(self.job.db, self.run.date, self.run.id, &owners).await?;
        self.progress.phase = if owners.len() == OWNERS_AT_ONCE as usize {
            let after = owners.into_iter().last();
            Phase::Details { source, cursor: None, reading: Vec::new(), after }
        } else {
            self.complete(source)
        };
        self.save().await
    }

    /// Marks what a source has given as to be dropped, since it failed before its end. The progress says why.
    ///
    /// # Errors
    ///
    /// When D1 fails.
    pub async fn discard(mut self, source: SourceName) -> Result<Step, DbError> {
        let Self { run, progress, .. } = &mut self;
        progress.complete.retain(|complete| *complete != source);
        progress.phase = Phase::Discard { source };
        if source == SourceName::Engine {
            (progress.by_clock, run.batch_requests) = (None, None);
        }
        (progress.owners, progress.changed, run.rows) = progress.before;
        progress.unsure = progress.unsure_before;
        run.owners_changed = progress.changed;
        run.sampled &= !progress.complete.is_empty();
        run.source = named(&progress.complete);
        self.stamp();
        Ok(rebuilt::discard(self.job.db, self.run, source.reported()).await?.into())
    }

    async fn discarding(mut self, source: SourceName) -> Result<Step, StepError> {
        if rebuilt::drop_rows(self.job.db, self.run).await? {
            rebuilt::clear(self.job.db, self.run.id, Some(source.reported())).await?;
            self.progress.phase = self.next_source();
        }
        self.save().await
    }

    async fn publish(mut self) -> Result<Step, StepError> {
        let has_failed = self.has_failed();
        let Self { job, run, progress, .. } = &mut self;
        run.realtime_requests = Some(rebuilt::realtime_total(job.db, run.date).await?);
        run.drift =
            progress.by_clock.zip(run.control_requests).map(|(count, control)| night::drift(count, control));
        progress.doubtful = doubt(run, progress);
        if progress.doubtful.is_some() {
            run.source = None;
        }
        let unsure = progress.unsure;
        let engine_failed = progress.failed.iter().any(|(source, _)| *source == SourceName::Engine);
        run.is_whole = !engine_failed && progress.doubtful.is_none();
        // What was compared then may have changed since.
        let compared_at = run.started_at.as_deref().and_then(parse_timestamp).unwrap_or_default();
        let has_engine = progress.complete.contains(&SourceName::Engine);
        let agreement =
            if has_engine { agreement(run, progress) } else { Some(0.0) }.filter(|_| unsure.short == 0);
        run.is_final = run.is_whole && !has_failed && night::is_final(run.date, compared_at, agreement);
        run.is_restored = run.is_whole && has_engine && unsure.lacking == 0;
        run.error = failures(progress);
        progress.phase = Phase::Sweep;
        let is_read = progress.changed + unsure.short + unsure.no_better > 0;
        if !is_read && progress.failed.is_empty() && progress.gone.is_empty() {
            self.end();
        }
        self.stamp();
        let decisions = if has_failed { 0 } else { self.run.id };
        Ok(rebuilt::publish(self.job.db, self.run, decisions, !has_failed).await?.into())
    }

    async fn sweep(mut self) -> Result<Step, StepError> {
        self.run.error = failures(&self.progress);
        if rebuilt::drop_rows(self.job.db, self.run).await? {
            rebuilt::clear(self.job.db, self.run.id, None).await?;
            self.end();
        }
        self.save().await
    }

    /// Whether no source could be read although there are some.
    fn has_failed(&self) -> bool {
        self.progress.complete.is_empty() && !self.progress.failed.is_empty()
    }

    fn end(&mut self) {
        let sources = &self.job.sources;
        let (state, outcome) = if self.has_failed() {
            (State::Failed, "No source could be read; the earlier data stays.".to_owned())
        } else if sources.order().is_empty() {
            (State::Done, format!("Closed with real-time counts only: {}", sources.missing))
        } else if self.progress.complete.is_empty() {
            (State::Done, "Closed with real-time counts only: no source goes back that far.".to_owned())
        } else {
            let Progress { owners, changed, .. } = self.progress;
            let outcome =
                format!("owners compared: {owners}; reported from another source than before: {changed}");
            (State::Done, outcome)
        };
        self.job.finish(self.run, state, outcome);
    }

    fn stamp(&mut self) {
        self.job.stamp(self.run, &self.progress, self.began);
    }

    /// Saves a step that has nothing else to write.
    async fn save(mut self) -> Result<Step, StepError> {
        self.stamp();
        Ok(self.job.save(self.run).await?)
    }
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

/// What becomes of rows that were read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Rebuilt,
    /// What is reported already is as good.
    NoBetter,
    /// They are less than the totals, by more than the errors of both.
    Short,
}

/// Whether the rows are what was decided on, error and all.
fn is_as_decided(read: &Read) -> bool {
    read.counters.requests == read.decided && stated_error(read.variance) == read.decided_error
}

/// What an owner's day is to be reported from, now that its rows were read.
fn weigh(run: &Run, source: SourceName, read: &Read, day: &OwnerDay) -> (Verdict, Weighed) {
    let published = day.reported.as_ref();
    let dropped_run = published.map_or(0, |reported| reported.run);
    let rows =
        Rebuilt { source: source.reported(), counters: read.counters, error: stated_error(read.variance) };
    let realtime = Weighed {
        owner: read.owner,
        reported_run: 0,
        source: ReportedSource::Realtime,
        requests: day.realtime.counters.requests,
        error: 0,
        dropped_run,
        is_unfit: true,
    };
    let stays = || match published {
        None => realtime.clone(),
        Some(published) => Weighed {
            reported_run: published.run,
            source: published.rebuilt.source,
            requests: published.rebuilt.counters.requests,
            error: published.rebuilt.error,
            dropped_run: 0,
            ..realtime.clone()
        },
    };
    let falls_short = rows.counters.requests + rows.error < read.decided.saturating_sub(read.decided_error);
    // Two exact counts that agree say more than totals that were sampled.
    let is_confirmed = rows.error == 0 && rows.counters.requests == day.realtime.counters.requests;
    if falls_short && !is_confirmed {
        return (Verdict::Short, stays());
    }
    match decide(&day.realtime, published.map(|it| &it.rebuilt), &rows) {
        Decision::Keep => (Verdict::NoBetter, stays()),
        Decision::Realtime => (Verdict::NoBetter, realtime),
        Decision::Rebuilt => {
            let (requests, error) = (rows.counters.requests, rows.error);
            let rebuilt = Weighed {
                reported_run: run.id,
                source: rows.source,
                requests,
                error,
                is_unfit: false,
                ..realtime
            };
            (Verdict::Rebuilt, rebuilt)
        }
    }
}

/// Of owners of whom a page has sampled rows.
fn variances(rows: &[SourceRow]) -> Vec<(OwnerId, f64)> {
    let mut of_owner: BTreeMap<OwnerId, f64> = BTreeMap::new();
    for row in rows.iter().filter(|row| row.variance > 0.0) {
        *of_owner.entry(row.key.owner).or_default() += row.variance;
    }
    of_owner.into_iter().collect()
}

/// By how much the source falls short of the control total at least, as [`night::drift`] says it. `None` without either.
fn agreement(run: &Run, progress: &Progress) -> Option<f64> {
    let most = progress.by_clock? + progress.by_clock_error;
    Some(night::drift(most, run.control_requests?))
}

/// What was read, each owner's by itself, of failed requests the most frequent. An owner of whom nothing was read has a segment, too: by it `close` knows that
/// the owner is still to be closed.
fn segments_of(date: Date, owners: &[SourceOwner], found: Vec<Detail>) -> Vec<Segment> {
    /// Values, and failed requests.
    type Read = (Vec<Entry<'static>>, Vec<(FailedRequest, Seen)>);
    let mut of_owner: BTreeMap<OwnerId, Read> =
        owners.iter().map(|owner| (owner.id, Default::default())).collect();
    for detail in found {
        match detail {
            Detail::Value { owner, dimension, value, counters } => {
                of_owner.entry(owner).or_default().0.push((dimension, value.into(), counters));
            }
            Detail::Failed { owner, request, seen } => {
                of_owner.entry(owner).or_default().1.push((request, seen));
            }
        }
    }
    let mut segments = Vec::new();
    for (owner, (entries, mut failed)) in of_owner {
        failed.sort_unstable_by_key(|(_, seen)| Reverse(seen.requests));
        failed.truncate(MAX_FAILED);
        let mut parts = entries.chunks(ENTRIES_OF_A_SEGMENT);
        segments.push(Segment::new(owner, date, parts.next().unwrap_or_default().iter().cloned(), failed));
        segments.extend(parts.map(|part| Segment::new(owner, date, part.iter().cloned(), [])));
    }
    segments
}

fn source_owner(unread: &Unread) -> Option<SourceOwner> {
    let name = unread.name.as_ref().and_then(|name| OwnerName::parse(name).ok());
    Some(SourceOwner { id: OwnerId::parse(&unread.owner)?, name })
}

/// `None` when no source was read to its end.
fn named(sources: &[SourceName]) -> Option<String> {
    let names: Vec<&str> = sources.iter().map(|name| name.as_str()).collect();
    (!names.is_empty()).then(|| names.join("+"))
}

/// Analytics Engine keeps every hit that realtime counts: where it has not one of a day, something else was asked.
fn doubt(run: &Run, progress: &Progress) -> Option<String> {
    let counted = run.realtime_requests.filter(|requests| *requests > 0)?;
    let is_empty = progress.complete.contains(&SourceName::Engine) && run.batch_requests == Some(0);
    is_empty.then(|| {
        format!(
            "Analytics Engine has no requests on this day, but real-time counting has {counted}. Do CLOUDFLARE_ACCOUNT_ID \
             and ANALYTICS_DATASET belong to this Worker?"
        )
    })
}

fn failures(progress: &Progress) -> Option<String> {
    let mut messages: Vec<String> =
        progress.failed.iter().map(|(source, error)| format!("{}: {error}", source.as_str())).collect();
    let short = progress.unsure.short;
    messages.extend((short > 0).then(|| {
        format!("the rows of {short} owners add up to less than their totals; these owners stay as they were")
    }));
    messages.extend(progress.doubtful.clone());
    messages.extend(progress.uncontrolled.as_ref().map(|error| format!("control total: {error}")));
    (!messages.is_empty()).then(|| messages.join("; "))
}
