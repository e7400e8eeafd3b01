//! Measuring the storage: lists the bucket, adds up what stands there by owner, and publishes the sums as a day's snapshot, all
//! of it at once. The day is the one on which the listing began, which is the run's date from then on.
//!
//! One listing is open at a time, and it may take any number of nights: no other is queued until it has ended. What is
//! uploaded or deleted while the bucket is being listed may or may not be in it.

use serde::{Deserialize, Serialize};

use crate::domain::date::{Date, Millis};
use crate::domain::inventory::Inventory;
use crate::domain::owner::OwnerHasher;
use crate::store::db::{Database, DbError};
use crate::store::runs::{Run, State};
use crate::store::storage;

use super::clock::Clock;
use super::job::{Job, Platform, Step, StepError};
use super::listing::{Listing, ListingError, PAGE_OBJECTS};

/// Pages that one step reads: their sums, of a thousand owners each at worst, fit into one parameter of D1.
const PAGES_AT_ONCE: u32 = 10;
/// A step that has taken so long is saved, however few pages it has read: calls of the API end after 30 s.
const STEP_MS: Millis = 4_000;
/// Statements that save a step.
const SAVING_QUERIES: u32 = 2;
/// Longest row of the sums as they are bound: an identifier and four numbers.
const MAX_ROW_BYTES: usize = 128;
const _: () = assert!(PAGES_AT_ONCE as usize * PAGE_OBJECTS * MAX_ROW_BYTES < 2_000_000);

/// The bucket, and how its owners are stored.
pub struct Media<L> {
    pub listing: L,
    pub owners: OwnerHasher,
}

/// How far a listing has come.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct Progress {
    /// The last key that was counted.
    after: Option<String>,
    /// Everything was counted.
    complete: bool,
    pages: u32,
    unattributed: u64,
}

/// Lists some pages, or publishes what was listed.
///
/// # Errors
///
/// When D1 or R2 fails; then nothing was saved, or it is not known.
pub async fn step<P: Platform>(job: &Job<'_, P>, run: &mut Run) -> Result<Step, StepError> {
    let began = job.clock.now();
    let Ok(progress) = serde_json::from_str::<Progress>(&run.progress) else {
        return Ok(job.abandon(run, began).await?);
    };
    let Some(media) = job.media else {
        return Ok(fail(job, run, "there is no MEDIA binding, or no OWNER_HASH_SECRET").await?);
    };
    if progress.pages == 0 {
        run.date = Date::at(began);
    }
    if progress.complete { publish(job, run, &progress).await } else { list(job, media, run, progress).await }
}

async fn list<P: Platform>(
    job: &Job<'_, P>,
    media: &Media<P::Listing>,
    run: &mut Run,
    mut progress: Progress,
) -> Result<Step, StepError> {
    let began = job.clock.now();
    let most = job.spare_queries().saturating_sub(SAVING_QUERIES).clamp(1, PAGES_AT_ONCE);
    let mut inventory = Inventory::default();
    for read in 0..most {
        job.db.spend(1)?;
        match page(media, &mut progress, &mut inventory).await {
            Ok(()) => {}
            // What was read before it is kept.
            Err(_) if read > 0 => break,
            Err(error) => return Err(error.into()),
        }
        if progress.complete || job.clock.now() >= began + STEP_MS {
            break;
        }
    }
    run.rows += inventory.objects();
    progress.unattributed += inventory.unattributed_objects();
    job.stamp(run, &progress, began);
    Ok(storage::stage(job.db, run, &inventory.by_owner(&media.owners)).await?.into())
}

async fn page<L: Listing>(
    media: &Media<L>,
    progress: &mut Progress,
    inventory: &mut Inventory,
) -> Result<(), ListingError> {
    let page = media.listing.page(progress.after.as_deref()).await?;
    let next = page.next(progress.after.as_deref())?.map(ToOwned::to_owned);
    for object in &page.objects {
        inventory.add(&object.key, object.bytes);
    }
    progress.pages += 1;
    progress.complete = next.is_none();
    progress.after = next;
    Ok(())
}

async fn publish<P: Platform>(
    job: &Job<'_, P>,
    run: &mut Run,
    progress: &Progress,
) -> Result<Step, StepError> {
    let began = job.clock.now();
    let Progress { pages, unattributed, .. } = progress;
    let outcome =
        format!("objects listed: {}, on {pages} pages; of these no owner's: {unattributed}", run.rows);
    run.is_whole = true;
    run.is_final = true;
    job.finish(run, State::Done, outcome);
    job.stamp(run, progress, began);
    Ok(storage::publish(job.db, run).await?.into())
}

/// Ends a run in which R2 failed again and again. The snapshot before stays.
///
/// # Errors
///
/// When D1 fails.
pub async fn fail<P: Platform>(job: &Job<'_, P>, run: &mut Run, error: &str) -> Result<Step, DbError> {
    let began = job.clock.now();
    run.error = Some(error.to_owned());
    job.finish(run, State::Failed, "the bucket was not listed; the snapshot before stays".to_owned());
    job.stamp(run, &Progress::default(), began);
    Ok(storage::discard(job.db, run).await?.into())
}
