//! The Durable Object class, and how isolates reach it.

use std::future::Future;
use std::rc::Rc;

use js_sys::Uint8Array;
use wasm_bindgen::prelude::*;
use worker::{
    DurableObject, Env, Method, Request, RequestInit, Response, SqlStorage, SqlStorageValue, State,
    console_error, durable_object,
};

use crate::batch;
use crate::cloudflare::bindings;
use crate::cloudflare::time::{self, PlatformClock};
use crate::domain::acknowledgement::Acknowledgement;
use crate::domain::aggregator::Limits;
use crate::domain::date::Millis;
use crate::domain::minutes::Minutes;
use crate::domain::owner::OwnerId;
use crate::isolate;
use crate::store::db::{Db, DbError};

use super::journal::{Kind, Piece, Storage, StorageError};
use super::object::{Object, Refusal, Surroundings};

/// The object that counts all owners, outside of any jurisdiction.
const NAME: &str = "0";
/// A request needs a URL, and an object has no host: any will do.
const ORIGIN: &str = "https://aggregator";
/// Takes a flush, and answers with an acknowledgement.
const FLUSH: &str = "/flush";
/// Answers with the last minutes of an owner, whose identifier follows, or of all owners together.
const MINUTES: &str = "/minutes/";
/// How long the last minutes may take.
const MINUTES_TIMEOUT_MS: Millis = 5_000;

#[wasm_bindgen(module = "/src/cloudflare/glue.js")]
extern "C" {
    #[wasm_bindgen(js_name = abortSoon)]
    fn abort_soon(state: &JsValue, reason: &str);
}

impl From<worker::Error> for Refusal {
    fn from(error: worker::Error) -> Self {
        Self::Retry(format!("{error:?}"))
    }
}

/// Sends an encoded flush to its aggregator. Returns its acknowledgement, unless other code wrote it and it cannot be read here.
///
/// # Errors
///
/// When it is not acknowledged; it may have been counted nevertheless.
pub async fn deliver(env: &Env, flush: &[u8]) -> Result<Option<Acknowledgement>, Refusal> {
    let mut init = RequestInit::new();
    init.with_method(Method::Post).with_body(Some(Uint8Array::from(flush).into()));
    let mut response = ask(env, FLUSH, &init).await?;
    // That the flush is counted is known: an acknowledgement that is lost on its way is not a failure.
    Ok(response.bytes().await.ok().and_then(|bytes| Acknowledgement::decode(&bytes).ok()))
}

/// The last minutes of an owner, or of all owners together, from their aggregator.
///
/// # Errors
///
/// When it does not answer in time, or runs other code.
pub async fn minutes(env: &Env, owner: Option<OwnerId>) -> Result<Minutes, Refusal> {
    let path = format!("{MINUTES}{}", owner.map_or_else(String::new, |owner| owner.to_string()));
    let answer = async {
        let bytes = ask(env, &path, &RequestInit::new()).await?.bytes().await?;
        Minutes::decode(&bytes).map_err(|error| Refusal::Retry(error.to_string()))
    };
    let answered = time::within(MINUTES_TIMEOUT_MS, answer).await;
    answered.unwrap_or_else(|| Err(Refusal::Retry("no answer in time".to_owned())))
}

/// What the aggregator answers, if it does not refuse.
async fn ask(env: &Env, path: &str, init: &RequestInit) -> Result<Response, Refusal> {
    let stub = isolate::config(env).placement.object(env, bindings::AGGREGATOR, NAME)?;
    let request = Request::new_with_init(&format!("{ORIGIN}{path}"), init)?;
    let mut response = stub.fetch_with_request(request).await?;
    match response.status_code() {
        200..=299 => Ok(response),
        400..=499 => Err(Refusal::Never(response.text().await?)),
        _ => Err(Refusal::Retry(response.text().await?)),
    }
}

/// Counts the open days. See `domain/aggregator/`.
#[durable_object(alarm)]
pub struct Aggregator {
    object: Rc<Object<This>>,
}

impl DurableObject for Aggregator {
    fn new(state: State, env: Env) -> Self {
        let config = isolate::config(&env);
        let limits = Limits { daily_rows: config.daily_rows, detail: config.detail_rows, ..Limits::DEFAULT };
        let restorable = batch::restores_days(&env, &config);
        Self { object: Object::open(This::new(state, env), limits, restorable) }
    }

    async fn fetch(&self, mut request: Request) -> worker::Result<Response> {
        let path = request.path();
        let answer = match path.strip_prefix(MINUTES) {
            Some(owner) => asked_owner(owner)
                .and_then(|owner| self.object.minutes(owner))
                .map(|minutes| minutes.encode()),
            None => self.object.accept(&request.bytes().await?).await.map(|it| it.encode()),
        };
        match answer {
            Ok(bytes) => Response::from_bytes(bytes),
            Err(Refusal::Retry(reason)) => Response::error(reason, 503),
            Err(Refusal::Never(reason)) => Response::error(reason, 400),
        }
    }

    async fn alarm(&self) -> worker::Result<Response> {
        self.object.wake();
        Response::empty()
    }
}

/// Whose minutes are asked for; none for all owners together.
fn asked_owner(text: &str) -> Result<Option<OwnerId>, Refusal> {
    match text {
        "" => Ok(None),
        text => OwnerId::parse(text)
            .map(Some)
            .ok_or_else(|| Refusal::Never("not an owner's identifier".to_owned())),
    }
}

/// What this object has around it.
struct This {
    state: State,
    env: Env,
    part: String,
    pieces: Pieces,
}

impl This {
    fn new(state: State, env: Env) -> Self {
        let part = state.id().name().unwrap_or_else(|| NAME.to_owned());
        let pieces = Pieces::open(state.storage().sql());
        Self { state, env, part, pieces }
    }
}

impl Surroundings for This {
    type Db = Db;
    type Clock = PlatformClock;
    type Storage = Pieces;

    fn part(&self) -> &str {
        &self.part
    }

    fn db(&self) -> Result<Db, DbError> {
        Db::open(&self.env)
    }

    fn clock(&self) -> &PlatformClock {
        &PlatformClock
    }

    fn storage(&self) -> &Pieces {
        &self.pieces
    }

    fn spawn(&self, task: impl Future<Output = ()> + 'static) {
        self.state.wait_until(task);
    }

    async fn set_alarm(&self, at: Millis) {
        let at = chrono::DateTime::from_timestamp_millis(at as i64).unwrap_or_default();
        if let Err(error) = self.state.storage().set_alarm(at).await {
            console_error!("an aggregator's alarm is not set: {error:?}");
        }
    }

    fn abort(&self, reason: &str) {
        abort_soon(self.state.as_raw(), reason);
    }

    fn log(&self, message: &str) {
        console_error!("{message}");
    }
}

/// The object's own SQLite.
struct Pieces(SqlStorage);

impl Pieces {
    fn open(sql: SqlStorage) -> Self {
        let pieces = Self(sql);
        if let Err(error) = pieces.run(include_str!("queries/create.sql"), Vec::new()) {
            // Reading fails then, too, and whoever reads says so.
            console_error!("{error}");
        }
        pieces
    }

    fn run(&self, sql: &str, values: Vec<SqlStorageValue>) -> Result<worker::SqlCursor, StorageError> {
        self.0.exec(sql, values).map_err(failed)
    }
}

impl Storage for Pieces {
    fn read(&self, kind: Kind) -> Result<Vec<Piece>, StorageError> {
        let found = self.run(include_str!("queries/read.sql"), vec![kind.as_str().into()])?;
        found.raw().map(|row| piece(row.map_err(failed)?)).collect()
    }

    fn write(&self, kind: Kind, slot: u64, piece: &Piece) -> Result<(), StorageError> {
        let number = |number: u64| SqlStorageValue::Integer(number as i64);
        let values = vec![
            kind.as_str().into(),
            number(slot),
            number(piece.sequence),
            number(piece.piece.into()),
            number(piece.pieces.into()),
            SqlStorageValue::Blob(piece.body.clone()),
        ];
        self.run(include_str!("queries/write.sql"), values).map(drop)
    }
}

fn failed(error: worker::Error) -> StorageError {
    StorageError(format!("{error:?}"))
}

/// A row as the statements read it.
fn piece(row: Vec<SqlStorageValue>) -> Result<Piece, StorageError> {
    use SqlStorageValue::{Blob, Integer};
    let other = || StorageError("a row is not what was written".to_owned());
    let Ok([Integer(sequence), Integer(piece), Integer(pieces), Blob(body)]) = <[_; 4]>::try_from(row) else {
        return Err(other());
    };
    Ok(Piece {
        sequence: sequence.try_into().map_err(|_| other())?,
        piece: piece.try_into().map_err(|_| other())?,
        pieces: pieces.try_into().map_err(|_| other())?,
        body,
    })
}
