//! An aggregator at work: commits flushes in groups, acknowledges them, and publishes what D1 lacks.
//!
//! Written against [`Surroundings`], so that the simulation in `tests/` runs it, too.

use std::cell::RefCell;
use std::future::Future;
use std::rc::Rc;

use futures_channel::oneshot;

use crate::batch::clock::Clock;
use crate::domain::acknowledgement::Acknowledgement;
use crate::domain::active_isolates::ActiveIsolates;
use crate::domain::aggregator::publication::{Publication, Size};
use crate::domain::aggregator::{Aggregator, Entry, Limits, decode, encode};
use crate::domain::date::{Millis, timestamp};
use crate::domain::flush::STUCK_MS;
use crate::domain::flush_body::{FlushBody, FlushBodyError};
use crate::domain::minutes::Minutes;
use crate::domain::owner::OwnerId;
use crate::domain::versioned::VersionedError;
use crate::store::db::{Database, DbError};
use crate::store::{meta, publications};

use super::journal::{Journal, Kind, Storage};

/// Least time between two commits: what comes meanwhile is committed together.
const COMMIT_EVERY_MS: Millis = 200;
/// Most flushes, and bytes, that wait for a commit.
const MAX_WAITING: usize = 2_000;
const MAX_WAITING_BYTES: usize = 16_000_000;
/// A commit that is this late does not come any more: its request is gone.
const LATE_MS: Millis = 2_000;
/// Time between two publications.
const PUBLISH_EVERY_MS: Millis = 2_000;
/// The same, after failures.
const MAX_PUBLISH_EVERY_MS: Millis = 60_000;
/// D1 may be busy with publications for at most one part in so many.
const SHARE: Millis = 10;
/// How long a publication may take.
const TIMEOUT_MS: Millis = 10_000;
/// How long recording in D1 that figures are stuck may take.
const MARK_TIMEOUT_MS: Millis = 2_000;
/// Batches into which a publication that D1 refuses may be divided.
const MAX_BATCHES: u32 = 32;
/// After so long an alarm wakes an object that still has something to publish.
const ALARM_MS: Millis = 60_000;

/// What an object has around it.
#[allow(async_fn_in_trait)]
pub trait Surroundings: 'static {
    type Db: Database;
    type Clock: Clock;
    type Storage: Storage;

    /// The object's name.
    fn part(&self) -> &str;
    /// # Errors
    ///
    /// When there is no database.
    fn db(&self) -> Result<Self::Db, DbError>;
    fn clock(&self) -> &Self::Clock;
    fn storage(&self) -> &Self::Storage;
    /// Runs a task beside requests.
    fn spawn(&self, task: impl Future<Output = ()> + 'static);
    /// Has [`Object::wake`] called at this time, or soon after.
    async fn set_alarm(&self, at: Millis);
    /// Ends this instance: the next request finds one that starts from storage.
    fn abort(&self, reason: &str);
    fn log(&self, message: &str);
}

/// Why a flush is not acknowledged.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Sent again, it may be. It may be counted already.
    #[error("{0}")]
    Retry(String),
    /// It never will be.
    #[error("{0}")]
    Never(String),
}

/// One object.
pub struct Object<S> {
    surroundings: S,
    inner: RefCell<Inner>,
}

struct Inner {
    aggregator: Aggregator,
    journal: Journal,
    isolates: ActiveIsolates,
    /// Why nothing can be done here.
    broken: Option<String>,
    waiting: Vec<Waiting>,
    waiting_bytes: usize,
    last_commit: Millis,
    /// When the next commit is.
    commit_at: Option<Millis>,
    /// The publisher comes back before.
    publisher_until: Option<Millis>,
    /// Publications in a row that have failed, and since when.
    failures: u32,
    failing_since: Millis,
    alarm_at: Millis,
}

/// A flush that waits for its commit.
struct Waiting {
    body: FlushBody,
    committed: oneshot::Sender<()>,
}

impl<S: Surroundings> Object<S> {
    /// Starts from what is stored. `restorable`: the nightly job can restore what is left out.
    pub fn open(surroundings: S, limits: Limits, restorable: bool) -> Rc<Self> {
        let mut aggregator = Aggregator::new(limits, restorable);
        let (journal, broken) = match load(surroundings.storage(), &mut aggregator) {
            Ok(journal) => (journal, None),
            Err(reason) => (Journal::default(), Some(reason)),
        };
        if let Some(reason) = &broken {
            surroundings.log(&format!("an aggregator cannot read what it has stored: {reason}"));
        }
        let inner = Inner {
            aggregator,
            journal,
            isolates: ActiveIsolates::default(),
            broken,
            waiting: Vec::new(),
            waiting_bytes: 0,
            last_commit: 0,
            commit_at: None,
            publisher_until: None,
            failures: 0,
            failing_since: 0,
            alarm_at: 0,
        };
        let object = Rc::new(Self { surroundings, inner: RefCell::new(inner) });
        object.start_publisher();
        object
    }

    /// Takes a flush. It is stored when this returns.
    ///
    /// # Errors
    ///
    /// [`Refusal`]. After [`Refusal::Retry`] it may be stored nevertheless, and can be sent again.
    pub async fn accept(self: &Rc<Self>, bytes: &[u8]) -> Result<Acknowledgement, Refusal> {
        let body = FlushBody::decode(bytes).map_err(|error| match error {
            FlushBodyError::Unreadable(VersionedError::UnknownVersion { .. }) => {
                Refusal::Retry(error.to_string())
            }
            _ => Refusal::Never(error.to_string()),
        })?;
        let isolate = body.id.isolate;
        let committed = self.wait_for_commit(body, bytes.len())?;
        committed.await.map_err(|_| Refusal::Retry("the object was ended before the commit".to_owned()))?;
        let now = self.surroundings.clock().now();
        Ok(Acknowledgement { window: self.inner.borrow_mut().isolates.window(isolate, now) })
    }

    fn wait_for_commit(
        self: &Rc<Self>,
        body: FlushBody,
        bytes: usize,
    ) -> Result<oneshot::Receiver<()>, Refusal> {
        let now = self.surroundings.clock().now();
        let mut inner = self.inner.borrow_mut();
        if let Some(reason) = &inner.broken {
            // Perhaps the next instance can.
            self.surroundings.abort(reason);
            return Err(Refusal::Retry(reason.clone()));
        }
        if inner.waiting.len() >= MAX_WAITING || inner.waiting_bytes + bytes > MAX_WAITING_BYTES {
            return Err(Refusal::Retry("the object has too much to do".to_owned()));
        }
        let (committed, receiver) = oneshot::channel();
        inner.waiting.push(Waiting { body, committed });
        inner.waiting_bytes += bytes;
        if inner.commit_at.is_none_or(|at| now > at + LATE_MS) {
            let wait = (inner.last_commit + COMMIT_EVERY_MS).saturating_sub(now).min(COMMIT_EVERY_MS);
            inner.commit_at = Some(now + wait);
            let object = Rc::clone(self);
            self.surroundings.spawn(async move {
                object.surroundings.clock().sleep(wait).await;
                object.commit();
            });
        }
        Ok(receiver)
    }

    /// Commits all that waits, in one turn: nothing else sees memory between what is decided and what is stored.
    fn commit(self: &Rc<Self>) {
        let now = self.surroundings.clock().now();
        let mut inner = self.inner.borrow_mut();
        let Inner { aggregator, journal, waiting, .. } = &mut *inner;
        let (mut entries, mut senders) = (Vec::new(), Vec::new());
        while let Some(entry) = aggregator.leaving(now) {
            aggregator.apply(&entry);
            entries.push(entry);
        }
        for Waiting { body, committed } in waiting.drain(..) {
            if let Some(entry) = aggregator.decide(body, now) {
                aggregator.apply(&entry);
                entries.push(entry);
            }
            senders.push(committed);
        }
        let stored = match entries.len() {
            0 => Ok(()),
            flushes => {
                let group = encode(&entries);
                journal.write(self.surroundings.storage(), (&group, flushes), || aggregator.snapshot())
            }
        };
        inner.waiting_bytes = 0;
        inner.commit_at = None;
        inner.last_commit = now;
        if let Err(error) = stored {
            // Memory is ahead of what is stored: nobody may see it any more.
            inner.broken = Some(error.to_string());
            drop(inner);
            self.surroundings.log(&format!("a commit failed: {error}"));
            return self.surroundings.abort("a commit failed");
        }
        drop(inner);
        for committed in senders {
            // Whoever has gone sends the flush again.
            let _ = committed.send(());
        }
        self.start_publisher();
    }

    /// The last minutes of an owner, or of all owners together.
    ///
    /// # Errors
    ///
    /// [`Refusal::Retry`] when this instance has been replaced, or cannot read what it has stored.
    pub fn minutes(&self, owner: Option<OwnerId>) -> Result<Minutes, Refusal> {
        let inner = self.inner.borrow();
        if let Some(reason) = &inner.broken {
            return Err(Refusal::Retry(reason.clone()));
        }
        // An instance notices that it was replaced only when it touches storage.
        let stored = self.surroundings.storage().read(Kind::Published);
        stored.map_err(|error| Refusal::Retry(error.to_string()))?;
        Ok(inner.aggregator.minutes(owner, self.surroundings.clock().now()))
    }

    /// The alarm: something is to be published, and the object may have been gone.
    pub fn wake(self: &Rc<Self>) {
        self.inner.borrow_mut().alarm_at = 0;
        self.start_publisher();
    }

    /// Starts a publisher, if there is something to publish and none is at work.
    fn start_publisher(self: &Rc<Self>) {
        let now = self.surroundings.clock().now();
        let mut inner = self.inner.borrow_mut();
        if inner.broken.is_some() || !inner.aggregator.is_pending() {
            return;
        }
        let needs_alarm = inner.alarm_at <= now;
        if needs_alarm {
            inner.alarm_at = now + ALARM_MS;
        }
        let needs_publisher = inner.publisher_until.is_none_or(|until| now > until);
        if needs_publisher {
            inner.publisher_until = Some(now + PUBLISH_EVERY_MS + TIMEOUT_MS);
        }
        drop(inner);
        let object = Rc::clone(self);
        self.surroundings.spawn(async move {
            if needs_alarm {
                object.surroundings.set_alarm(now + ALARM_MS).await;
            }
            if needs_publisher {
                object.publish().await;
            }
        });
    }

    /// Publishes until D1 lacks nothing.
    async fn publish(self: &Rc<Self>) {
        let mut wait = PUBLISH_EVERY_MS;
        loop {
            let clock = self.surroundings.clock();
            self.inner.borrow_mut().publisher_until = Some(clock.now() + wait + TIMEOUT_MS + LATE_MS);
            clock.sleep(wait).await;
            let began = clock.now();
            self.inner.borrow_mut().publisher_until = Some(began + TIMEOUT_MS * Millis::from(MAX_BATCHES));
            let publication = self.inner.borrow_mut().aggregator.publication(Size::DEFAULT, began);
            let Some(publication) = publication else {
                if self.inner.borrow().aggregator.is_pending() {
                    // There may be no more rows now.
                    wait = PUBLISH_EVERY_MS;
                    continue;
                }
                return self.all_is_published();
            };
            wait = match self.deliver(publication).await {
                Ok(()) => {
                    self.inner.borrow_mut().failures = 0;
                    PUBLISH_EVERY_MS.max((clock.now() - began) * SHARE)
                }
                Err(error) => PUBLISH_EVERY_MS << self.failed(&error, began).await.min(6),
            };
            wait = wait.min(MAX_PUBLISH_EVERY_MS);
        }
    }

    /// There is nothing to publish. A restart then need not publish all of it again.
    fn all_is_published(&self) {
        let Inner { aggregator, journal, publisher_until, .. } = &mut *self.inner.borrow_mut();
        *publisher_until = None;
        if aggregator.is_published()
            && let Err(error) = journal.published(self.surroundings.storage())
        {
            self.surroundings.log(&format!("that D1 has everything is not remembered: {error}"));
        }
    }

    /// A publication has failed; how many in a row. `/healthz`, which isolates answer, reads in D1 that figures are stuck; where D1
    /// takes nothing at all, it says that.
    async fn failed(&self, error: &DbError, began: Millis) -> u32 {
        self.surroundings.log(&format!("figures are not in D1 yet: {error}"));
        let (failures, since) = {
            let mut inner = self.inner.borrow_mut();
            if inner.failures == 0 {
                inner.failing_since = began;
            }
            inner.failures = inner.failures.saturating_add(1);
            (inner.failures, inner.failing_since)
        };
        if began - since >= STUCK_MS
            && let Ok(db) = self.surroundings.db()
        {
            let now = timestamp(began);
            // If this fails, the next failure says it again.
            let mark = meta::set(&db, meta::STUCK_FLUSH, &now, &now);
            self.surroundings.clock().within(MARK_TIMEOUT_MS, mark).await;
        }
        failures
    }

    /// Writes a publication to D1. One that D1 refuses for what is in it is divided, so that one owner's figures do not hold up
    /// another's.
    async fn deliver(&self, publication: Publication) -> Result<(), DbError> {
        let mut outcome = Ok(());
        let (mut waiting, mut batches) = (vec![publication], 0);
        while let Some(publication) = waiting.pop() {
            batches += 1;
            let Err(error) = self.write(&publication).await else {
                self.inner.borrow_mut().aggregator.published(&publication);
                continue;
            };
            let is_refused = !error.is_transient();
            outcome = Err(error);
            if !is_refused || batches >= MAX_BATCHES {
                self.inner.borrow_mut().aggregator.unpublished(publication);
                continue;
            }
            match publication.halves() {
                Ok((first, second)) => waiting.extend([second, first]),
                Err(of_one) => self.inner.borrow_mut().aggregator.refused(of_one),
            }
        }
        outcome
    }

    async fn write(&self, publication: &Publication) -> Result<(), DbError> {
        let db = self.surroundings.db()?;
        let write = publications::write(&db, self.surroundings.part(), publication);
        let written = self.surroundings.clock().within(TIMEOUT_MS, write).await;
        written.unwrap_or_else(|| Err(DbError::new("timeout: no answer to a publication")))
    }
}

/// Brings an aggregator to what is stored.
fn load(storage: &impl Storage, aggregator: &mut Aggregator) -> Result<Journal, String> {
    let (journal, stored) = Journal::open(storage).map_err(|error| error.to_string())?;
    if let Some(snapshot) = stored.snapshot {
        aggregator.restore(&snapshot.bytes, snapshot.is_published).map_err(|error| error.to_string())?;
    }
    for group in stored.groups {
        let entries: Vec<Entry> = decode(&group.bytes).map_err(|error| error.to_string())?;
        for entry in &entries {
            aggregator.replay(entry, group.is_published).map_err(|error| error.to_string())?;
        }
    }
    Ok(journal)
}
