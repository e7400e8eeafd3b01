//! Serving media: one request in, one response out, one hit recorded.
//!
//! Bodies go from R2 to the client without passing through WebAssembly. Not here: deciding what is counted
//! (`domain/hit.rs`) and writing it (`record/`).

mod answer;
mod asked;
mod deliver;
mod storage;

use std::cell::RefCell;
use std::rc::Rc;

use worker::worker_sys::web_sys::Response;
use worker::{Context, Env};

use crate::cloudflare::time;
use crate::config::Config;
use crate::domain::date::{Date, hour_of};
use crate::domain::failure::{Failure, Reason};
use crate::domain::hit::{CacheResult, Hit, Subject, Visitor, failed_path};
use crate::domain::media_path::MediaPath;
use crate::domain::user_agent::Classifier;
use crate::record::Recorder;

use answer::Answer;
pub use asked::{Asked, Method};
use deliver::deliver;

thread_local! {
    static CLASSIFIER: RefCell<Classifier> = RefCell::default();
}

/// Answers a request for media, whatever it asks for.
pub async fn handle(asked: Asked, env: &Env, ctx: &Context, config: &Rc<Config>) -> Response {
    let (path, delivered) = match MediaPath::parse(&asked.path) {
        _ if asked.method == Method::Options => (None, Ok(answer::preflight())),
        Ok(path) => {
            let delivered = deliver(&asked, &path, env, ctx, config).await;
            (Some(path), delivered)
        }
        Err(error) => (None, Err(Failure::from(error).with_suggestion(&asked.path))),
    };
    let (answer, error) = match delivered {
        Ok(answer) => (answer, None),
        Err(failure) => (answer::refusal(&failure, &asked), Some(failure.reason)),
    };
    if let Some(recorder) = Recorder::new(env, config) {
        record(recorder, ctx, config, &asked, path, &answer, error);
    }
    answer.response
}

fn record(
    recorder: Recorder,
    ctx: &Context,
    config: &Config,
    asked: &Asked,
    path: Option<MediaPath>,
    answer: &Answer,
    error: Option<Reason>,
) {
    let now = time::now();
    let existing = path.as_ref().filter(|_| answer.is_of_a_file);
    let hit = Hit {
        owner: existing.map_or(recorder.owners().unknown(), |path| recorder.owners().id(&path.owner)),
        subject: existing.map_or(Subject::Missing, Subject::object),
        status: answer.status,
        bytes: answer.bytes,
        source_bytes: answer.source_bytes,
        cache: if answer.status >= 400 { CacheResult::Error } else { answer.cache },
        content_type: answer.content_type.clone(),
        country: asked.country,
        visitor: CLASSIFIER
            .with_borrow_mut(|classifier| Visitor::new(&asked.visitor, config.privacy, classifier)),
        error,
        failed_path: error.map_or_else(String::new, |_| failed_path(&asked.path)),
        query_ignored: asked.has_query,
        transformed: false,
        date: Date::at(now),
        hour: hour_of(now),
    };
    if existing.is_some() {
        recorder.served(ctx, &hit, now);
    } else {
        recorder.failed(ctx, MediaPath::claimed_owner(&asked.path), hit, now);
    }
}
