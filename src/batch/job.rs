//! A run of the nightly job, advanced step by step. Every step ends with saving the run, in one batch with what the step
//! has written; so a run that is cut off anywhere goes on from its last step, and of two that advance the same run at
//! the same time only one gets each step.
//!
//! The lease only saves work: it keeps two invocations from reading the same pages.

use serde::Serialize;

use crate::domain::date::{Millis, timestamp};
use crate::store::db::{Database, DbError};
use crate::store::meta;
use crate::store::runs::{self, Kind, Run, State};

use super::aggregate::Aggregation;
use super::clock::Clock;
use super::listing::{Listing, ListingError};
use super::progress::{Phase, Progress};
use super::purge;
use super::source::{Control, Source, SourceError};
use super::sources::Sources;
use super::storage::{self, Media};

/// A lease that was not renewed for so long has ended: its holder is dead.
pub const LEASE_MS: Millis = 180_000;
/// How often the holder renews it.
const RENEW_MS: Millis = 30_000;
/// Failures in a row after which a step is given up.
const MAX_ATTEMPTS: u32 = 5;
/// How long D1 is left alone after it has refused a step; doubled every time.
const REFUSED_MS: Millis = 250;
/// How long a run that D1 keeps refusing is left alone, so that it does not stand in the way of others.
const POSTPONED_MS: Millis = 6 * 60 * 60 * 1000;
/// Queries that are kept for what follows a step: saving a failure, and giving the lease back.
const RESERVED_QUERIES: u32 = 5;

/// The statements that a step asks D1 at most, retries apart, and what needs more parameters than usual.
fn queries_of_a_step(kind: Kind) -> u32 {
    match kind {
        Kind::Purge => 11,
        Kind::Aggregate | Kind::Unknown => 8,
        Kind::Storage => 5,
    }
}

/// How far a run has come; `None` when another version has written it.
fn progress(run: &Run) -> Option<Progress> {
    serde_json::from_str(&run.progress).ok()
}

/// After a step: the run stands where the step was saved, or still where it stood.
fn follow(run: &mut Run, next: Run, step: Step) {
    if step == Step::Saved {
        *run = Run { step: run.step + 1, ..next };
    }
}

/// What runs reach the world through: the worker's bindings and APIs, or a simulation of them.
pub trait Platform {
    type Db: Database;
    type Engine: Source;
    type Zone: Source;
    type Control: Control;
    type Listing: Listing;
    type Clock: Clock;
}

/// Everything that one invocation's runs need from outside.
pub struct Job<'a, P: Platform> {
    pub db: &'a P::Db,
    pub sources: &'a Sources<P::Engine, P::Zone, P::Control>,
    /// None when there is no bucket to be listed.
    pub media: Option<&'a Media<P::Listing>>,
    pub clock: &'a P::Clock,
    /// Identifies this invocation.
    pub holder: String,
    /// When it has to end.
    pub deadline: Millis,
}

/// Why a step came to nothing.
#[derive(Debug, thiserror::Error)]
pub enum StepError {
    #[error(transparent)]
    Db(#[from] DbError),
    #[error(transparent)]
    Source(#[from] SourceError),
    #[error(transparent)]
    Listing(#[from] ListingError),
}

impl StepError {
    /// How long to wait before the step may succeed; `None` when waiting does not help.
    fn retry_after(&self) -> Option<Millis> {
        match self {
            Self::Db(_) => None,
            Self::Source(error) => error.retry_after(),
            Self::Listing(error) => Some(error.retry_after()),
        }
    }
}

/// What a step has come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    Saved,
    /// Another invocation has saved the step.
    Lost,
}

impl From<bool> for Step {
    fn from(saved: bool) -> Self {
        if saved { Self::Saved } else { Self::Lost }
    }
}

/// How an invocation has left a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Left {
    /// Done or failed.
    Finished,
    /// Another invocation is at work.
    Busy,
    /// To be gone on with, now or later.
    Unfinished,
}

impl<P: Platform> Job<'_, P> {
    pub fn now(&self) -> String {
        timestamp(self.clock.now())
    }

    /// Advances a run until it is finished, has to wait, or this invocation's time or queries are used up.
    ///
    /// # Errors
    ///
    /// When D1 fails again and again. The run stays as it was saved last.
    pub async fn advance(&self, mut run: Run) -> Result<(Run, Left), DbError> {
        if !self.has_lease().await? {
            return Ok((run, Left::Busy));
        }
        let left = self.steps(&mut run).await;
        // A lease that cannot be given back ends by itself.
        let _ = meta::release_lease(self.db, &self.holder).await;
        Ok((run, left?))
    }

    async fn has_lease(&self) -> Result<bool, DbError> {
        let now = self.clock.now();
        let (now, expired) = (timestamp(now), timestamp(now.saturating_sub(LEASE_MS)));
        meta::take_lease(self.db, &self.holder, &now, &expired).await
    }

    async fn steps(&self, run: &mut Run) -> Result<Left, DbError> {
        let mut renewed = self.clock.now();
        let mut refusals = 0;
        while run.state.is_open() {
            let began = self.clock.now();
            if began >= self.deadline || !self.may_step(run.kind) || run.waits(began) {
                return Ok(Left::Unfinished);
            }
            if began >= renewed + RENEW_MS {
                if !self.has_lease().await? {
                    return Ok(Left::Busy);
                }
                renewed = began;
            }
            match self.step(run, began).await {
                Ok(Step::Saved) => refusals = 0,
                Ok(Step::Lost) => return Ok(Left::Busy),
                Err(StepError::Db(_)) if !self.may_step(run.kind) => return Ok(Left::Unfinished),
                Err(StepError::Db(error)) => {
                    refusals += 1;
                    if refusals >= MAX_ATTEMPTS {
                        self.postpone(run, &error).await?;
                        return Ok(Left::Unfinished);
                    }
                    self.clock.sleep(REFUSED_MS << refusals).await;
                    // Where this fails, too, the step is made again, and lost if it was saved.
                    let _ = self.reload(run).await;
                }
                Err(error) => {
                    if !self.failed(run, &error).await? {
                        return Ok(Left::Unfinished);
                    }
                }
            }
        }
        Ok(Left::Finished)
    }

    /// Whether the queries that are left are enough for a step.
    pub fn may_step(&self, kind: Kind) -> bool {
        self.db.queries_left() >= queries_of_a_step(kind) + RESERVED_QUERIES
    }

    /// The queries that a step may use beyond those that are kept for what follows it.
    pub fn spare_queries(&self) -> u32 {
        self.db.queries_left().saturating_sub(RESERVED_QUERIES)
    }

    /// D1 has refused a step again and again: the run says so, and others get their turn. One that is postponed again and
    /// again fails, and the next night begins anew.
    async fn postpone(&self, run: &mut Run, error: &DbError) -> Result<(), DbError> {
        self.reload(run).await?;
        let now = self.clock.now();
        let mut next = Run {
            attempts: run.attempts + 1,
            resume_after: Some(timestamp(now + POSTPONED_MS)),
            error: Some(error.to_string()),
            updated_at: timestamp(now),
            ..run.clone()
        };
        if next.attempts >= MAX_ATTEMPTS {
            self.finish(&mut next, State::Failed, "the database refused it again and again".to_owned());
        }
        let step = self.save(&next).await?;
        follow(run, next, step);
        Ok(())
    }

    /// After an error of D1 the step may or may not have been saved: what is stored says.
    async fn reload(&self, run: &mut Run) -> Result<(), DbError> {
        if let Some(stored) = runs::get(self.db, run.id).await? {
            *run = stored;
        }
        Ok(())
    }

    async fn step(&self, run: &mut Run, began: Millis) -> Result<Step, StepError> {
        let mut next = run.clone();
        next.state = State::Running;
        next.started_at.get_or_insert_with(|| timestamp(began));
        next.resume_after = None;
        next.error = None;
        let step = match (run.kind, progress(run)) {
            (Kind::Purge, _) => purge::step(self, &mut next).await?,
            (Kind::Storage, _) => storage::step(self, &mut next).await?,
            (_, Some(progress)) => Aggregation::new(self, &mut next, progress).step().await?,
            (_, None) => self.abandon(&mut next, began).await?,
        };
        follow(run, next, step);
        Ok(step)
    }

    /// A run that another version has left half-way. Beginning it again would count its pages twice; what it has staged is
    /// seen by nobody, and goes with the day.
    pub async fn abandon(&self, run: &mut Run, began: Millis) -> Result<Step, DbError> {
        self.finish(
            run,
            State::Failed,
            "Left unfinished by another version; the next night starts again.".to_owned(),
        );
        self.stamp(run, &Progress::default(), began);
        self.save(run).await
    }

    /// Stamps what a step is about to save.
    pub fn stamp(&self, run: &mut Run, progress: &impl Serialize, began: Millis) {
        let now = self.clock.now();
        run.progress = serde_json::to_string(progress).expect("texts and numbers always encode");
        run.updated_at = timestamp(now);
        run.attempts = 0;
        run.busy_ms += now.saturating_sub(began);
    }

    /// Saves a step that has nothing else to write.
    pub async fn save(&self, run: &Run) -> Result<Step, DbError> {
        Ok(runs::save(self.db, run, &[]).await?.into())
    }

    /// Marks a run as finished; the step that says so is still to be saved.
    pub fn finish(&self, run: &mut Run, state: State, outcome: String) {
        run.state = state;
        run.finished_at = Some(self.now());
        run.outcome = Some(outcome);
    }

    /// A source, or the bucket, gave no answer: waits, if there is time, or leaves the run to a later invocation, or gives
    /// it up. Whether this invocation goes on.
    async fn failed(&self, run: &mut Run, error: &StepError) -> Result<bool, DbError> {
        run.attempts += 1;
        let now = self.clock.now();
        let wait = error.retry_after().filter(|_| run.attempts < MAX_ATTEMPTS);
        let Some(wait) = wait else {
            return self.give_up(run, error).await;
        };
        let is_told = matches!(error, StepError::Source(SourceError::RateLimited { .. }));
        let wait = if is_told { wait } else { wait << (run.attempts - 1) };
        if now + wait < self.deadline {
            self.clock.sleep(wait).await;
            return Ok(true);
        }
        let mut next = run.clone();
        next.resume_after = Some(timestamp(now + wait));
        next.error = Some(error.to_string());
        next.state = State::Running;
        next.updated_at = timestamp(now);
        let step = self.save(&next).await?;
        follow(run, next, step);
        Ok(false)
    }

    /// The source is not asked again by this run; what it has given is dropped. Without the bucket the run is over.
    async fn give_up(&self, run: &mut Run, error: &StepError) -> Result<bool, DbError> {
        if let StepError::Listing(error) = error {
            let mut next = run.clone();
            let step = storage::fail(self, &mut next, &error.to_string()).await?;
            follow(run, next, step);
            return Ok(step == Step::Saved);
        }
        let Some(mut progress) = progress(run) else { return Ok(false) };
        let (Phase::Owners { source, .. } | Phase::Rows { source, .. } | Phase::Details { source, .. }) =
            progress.phase
        else {
            return Ok(false);
        };
        if matches!(error, StepError::Source(SourceError::TooOld { .. })) {
            progress.gone.push(source);
        } else {
            progress.failed.push((source, error.to_string()));
        }
        let mut next = Run { error: Some(error.to_string()), ..run.clone() };
        let step = Aggregation::new(self, &mut next, progress).discard(source).await?;
        follow(run, next, step);
        Ok(step == Step::Saved)
    }
}
