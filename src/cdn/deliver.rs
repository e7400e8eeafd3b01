//! From a media path to an answer: the edge cache, then R2, which is read once.
//!
//! | request | answered from | `X-Cache` |
//! | --- | --- | --- |
//! | GET | the cache, else R2, and then the cache is filled | HIT, MISS |
//! | range | the cache, else the part from R2, and then the cache is filled with the whole file | HIT, MISS |
//! | HEAD, conditional | the cache, else R2 | HIT, MISS |
//!
//! What a shared cache may not keep is BYPASS. A condition that the kept copy does not meet is checked with R2, where the
//! file may have changed.

use std::cell::{Cell, RefCell};

use worker::worker_sys::web_sys::{ReadableStream, Response};
use worker::{Context, Env, console_error};

use super::answer::{Answer, Representation};
use super::asked::{Asked, Method};
use super::storage::{Storage, Stored, unavailable};
use crate::cloudflare::{edge_cache, http, time};
use crate::config::Config;
use crate::domain::byte_range::{Extent, RangeRequest, complete_length};
use crate::domain::conditional::{Outcome, Validators};
use crate::domain::date::parse_http_date;
use crate::domain::failure::{Failure, Reason};
use crate::domain::file_size::claimed_size;
use crate::domain::hit::CacheResult;
use crate::domain::media_path::MediaPath;
use crate::domain::media_type;
use crate::domain::recent::Recent;
use crate::domain::variant::Variant;

/// Host of the cache's keys. Nothing is ever requested from it.
const CACHE_HOST: &str = "https://media.pixtally.internal";
/// Up to this size the cache is filled from a copy of the body on its way to the client. A larger one is read a
/// second time: a slow client would make the copy pile up in memory.
const MAX_TEED_BYTES: u64 = 512 * 1024;
/// Above this size the cache is not filled: `waitUntil` may end before.
const MAX_CACHED_BYTES: u64 = 100 * 1024 * 1024;

thread_local! {
    /// Fills by cache key: where the cache keeps nothing (on `*.workers.dev`), it is not offered everything again.
    static FILLS: RefCell<Recent<String>> = RefCell::default();
    /// Whether a file was read that the edge may keep. Before that, nothing is looked up if the default forbids keeping.
    static HAS_SHARED: Cell<bool> = const { Cell::new(false) };
}

/// Answers a request for a path.
///
/// # Errors
///
/// What is answered instead.
pub async fn deliver(
    asked: &Asked,
    path: &MediaPath,
    env: &Env,
    ctx: &Context,
    config: &Config,
) -> Result<Answer, Failure> {
    if asked.method == Method::Other {
        return Err(Failure::new(Reason::MethodNotAllowed, "Media support GET, HEAD and OPTIONS."));
    }
    let delivery = Delivery { asked, path, config };
    let key = cache_key(path);
    if (config.is_shared_by_default || HAS_SHARED.get())
        && let Some(answer) = delivery.cached(&key).await
    {
        return answer;
    }
    let storage = Storage::open(env)?;
    let stored = delivery.read(&storage).await?;
    let (stored, answer) = delivery.stored(&storage, stored).await?;
    let fills = matches!(answer.status, 200 | 206)
        && answer.cache == CacheResult::Miss
        && asked.method == Method::Get
        && stored.size() <= MAX_CACHED_BYTES
        && FILLS.with_borrow_mut(|fills| fills.first(key.clone(), time::now()));
    if fills {
        let is_teed = answer.status == 200 && stored.size() <= MAX_TEED_BYTES;
        let copy = is_teed.then(|| answer.response.clone().ok()).flatten().and_then(|copy| copy.body());
        let copy = copy.map(|body| (stored, body));
        ctx.wait_until(fill(key, storage, path.clone(), copy, config.cache_control.clone()));
    }
    Ok(answer)
}

fn cache_key(path: &MediaPath) -> String {
    let encode = |text: &str| {
        text.split('/')
            .map(|part| {
                percent_encoding::utf8_percent_encode(part, percent_encoding::NON_ALPHANUMERIC).to_string()
            })
            .collect::<Vec<_>>()
            .join("/")
    };
    format!("{CACHE_HOST}/{}/{}/{}", path.owner, encode(path.image.as_str()), path.variant)
}

/// What of a kept answer is sent.
enum Usable {
    /// All of it, with so many bytes.
    Body(u64),
    /// Its headers, under this status.
    Headers(u16),
    /// Only the size of the file, in an error.
    Size,
}

struct Delivery<'a> {
    asked: &'a Asked,
    path: &'a MediaPath,
    config: &'a Config,
}

impl Delivery<'_> {
    /// Answers from the edge cache, unless R2 has to be asked.
    async fn cached(&self, key: &str) -> Option<Result<Answer, Failure>> {
        let range = self.asked.range.and_then(RangeRequest::header);
        let kept = edge_cache::get(key, range.as_deref()).await?;
        let said = edge_cache::describe(&kept);
        let Some((size, usable)) = self.usable(&said) else {
            http::discard(kept.body());
            return None;
        };
        let (response, bytes) = match usable {
            Usable::Body(bytes) => (kept, bytes),
            Usable::Headers(status) => (http::bare(&kept, status), 0),
            Usable::Size => {
                http::discard(kept.body());
                return Some(Err(Failure::range_not_satisfiable(size)));
            }
        };
        let source_bytes = said.source_bytes.as_deref().and_then(claimed_size).unwrap_or(size);
        Some(Ok(Answer {
            status: response.status(),
            response,
            bytes,
            source_bytes: proportion(source_bytes, bytes, size),
            cache: CacheResult::Hit,
            content_type: media_type::essence(&said.content_type.unwrap_or_default()),
            is_of_a_file: true,
        }))
    }

    /// The size of the kept file, and what of the kept answer is sent. `None` when the cache lost the size, without
    /// which bytes cannot be counted, and when the client may want a newer file.
    fn usable(&self, said: &edge_cache::Description) -> Option<(u64, Usable)> {
        let size = match said.status {
            200 => said.content_length.as_deref()?.parse().ok()?,
            _ => complete_length(said.content_range.as_deref()?)?,
        };
        if said.status == 416 {
            return (!self.asked.conditions.any()).then_some((size, Usable::Size));
        }
        let last_modified = said.last_modified.as_deref().filter(|_| self.asked.conditions.any());
        let validators = Validators {
            etag: said.etag.as_deref().unwrap_or_default(),
            last_modified: last_modified.and_then(parse_http_date).unwrap_or_default(),
        };
        match self.asked.conditions.check(validators) {
            Outcome::Failed => return None,
            Outcome::NotModified => return Some((size, Usable::Headers(304))),
            Outcome::Met => {}
        }
        let usable = match (self.extent(size, validators), said.status) {
            (Extent::Whole, 200) if self.asked.method == Method::Head => Usable::Headers(200),
            (Extent::Whole, 200) => Usable::Body(size),
            (Extent::Part(part), 206) if said.content_range == Some(part.to_string()) => {
                Usable::Body(part.length)
            }
            (Extent::NotSatisfiable, _) => Usable::Size,
            _ => return None,
        };
        Some((size, usable))
    }

    /// Reads the object: a description for HEAD, a part for a range, else the whole.
    async fn read(&self, storage: &Storage) -> Result<Stored, Failure> {
        let found = match (self.asked.method, self.asked.range) {
            (Method::Head, _) => storage.head(self.path).await?,
            (_, Some(range)) => storage.get_range(self.path, range).await?,
            (_, None) => storage.get(self.path).await?,
        };
        found.ok_or_else(|| self.missing())
    }

    fn missing(&self) -> Failure {
        let MediaPath { owner, image, variant } = self.path;
        let failure = match variant {
            Variant::Original => {
                Failure::new(Reason::ObjectNotFound, format!("{owner} has no file {image}."))
            }
            Variant::Derived(name) => Failure::new(
                Reason::VariantNotAllowed,
                format!("{image} has no variant {name}, and variants aren't made on request."),
            ),
        };
        failure.with_suggestion(&self.asked.path)
    }

    /// Answers with what was read, and returns it with the answer.
    async fn stored(&self, storage: &Storage, stored: Stored) -> Result<(Stored, Answer), Failure> {
        let is_shared = stored.cache_policy(&self.config.cache_control).is_shared(time::now());
        if is_shared {
            HAS_SHARED.set(true);
        }
        let cache = if is_shared { CacheResult::Miss } else { CacheResult::Bypass };
        let extent = match self.asked.conditions.check(stored.validators()) {
            Outcome::Failed => {
                http::discard(stored.body());
                return Err(Failure::precondition_failed());
            }
            Outcome::NotModified => {
                http::discard(stored.body());
                let response = self.representation(&stored, cache).not_modified();
                return Ok(self.answer(response, stored, cache, 0));
            }
            Outcome::Met => self.extent(stored.size(), stored.validators()),
        };
        match extent {
            Extent::NotSatisfiable => {
                http::discard(stored.body());
                Err(Failure::range_not_satisfiable(stored.size()))
            }
            Extent::Part(part) => {
                let response = self.representation(&stored, cache).part(part, &body(&stored)?);
                Ok(self.answer(response, stored, cache, part.length))
            }
            Extent::Whole if self.asked.method == Method::Head => {
                let response = self.representation(&stored, cache).head();
                Ok(self.answer(response, stored, cache, 0))
            }
            Extent::Whole => {
                let stored = if self.asked.range.is_some() {
                    // A part was read, and `If-Range` or an empty file asks for the whole.
                    http::discard(stored.body());
                    storage.get(self.path).await?.ok_or_else(|| self.missing())?
                } else {
                    stored
                };
                let response = self.representation(&stored, cache).whole(&body(&stored)?);
                let size = stored.size();
                Ok(self.answer(response, stored, cache, size))
            }
        }
    }

    /// How much of a body the client wants.
    fn extent(&self, size: u64, current: Validators<'_>) -> Extent {
        match self.asked.range {
            Some(range) if self.asked.conditions.range_applies(current) => range.of(size),
            _ => Extent::Whole,
        }
    }

    fn representation<'s>(&'s self, stored: &'s Stored, cache: CacheResult) -> Representation<'s> {
        let cache_policy = stored.cache_policy(&self.config.cache_control);
        Representation { stored, cache_policy, x_cache: x_cache(cache) }
    }

    fn answer(&self, response: Response, stored: Stored, cache: CacheResult, bytes: u64) -> (Stored, Answer) {
        let answer = Answer {
            status: response.status(),
            response,
            bytes,
            source_bytes: proportion(stored.source_bytes, bytes, stored.size()),
            cache,
            content_type: media_type::essence(&stored.content_type),
            is_of_a_file: true,
        };
        (stored, answer)
    }
}

fn body(stored: &Stored) -> Result<ReadableStream, Failure> {
    stored.body().ok_or_else(|| unavailable("R2 sent no body. Try again."))
}

/// Keeps a whole answer for later, after the response: from a copy of what was sent, else by reading the object again.
async fn fill(
    key: String,
    storage: Storage,
    path: MediaPath,
    copy: Option<(Stored, ReadableStream)>,
    default_cache_control: String,
) {
    let copy = match copy {
        Some(copy) => Some(copy),
        None => match storage.get(&path).await {
            Ok(Some(again)) => body(&again).ok().map(|body| (again, body)),
            _ => None,
        },
    };
    let Some((stored, body)) = copy else { return };
    let cache_policy = stored.cache_policy(&default_cache_control);
    if !cache_policy.is_shared(time::now()) {
        return http::discard(Some(body));
    }
    let kept = Representation { stored: &stored, cache_policy, x_cache: x_cache(CacheResult::Hit) };
    if let Err(error) = edge_cache::put(&key, &kept.whole(&body)).await {
        console_error!("the edge cache did not keep {}: {error:?}", path.image);
    }
}

fn x_cache(cache: CacheResult) -> &'static str {
    match cache {
        CacheResult::Hit => "HIT",
        CacheResult::Miss => "MISS",
        CacheResult::Bypass | CacheResult::Error => "BYPASS",
    }
}

/// What `bytes` of a body of `size` stand for in the file that it derives from.
fn proportion(source_bytes: u64, bytes: u64, size: u64) -> u64 {
    if size == 0 { 0 } else { (u128::from(source_bytes) * u128::from(bytes) / u128::from(size)) as u64 }
}
