//! From a media path to an answer: the edge cache, then R2.
//!
//! | request | answered from | `X-Cache` |
//! | --- | --- | --- |
//! | GET | the cache, else R2, and then the cache is filled | HIT, MISS |
//! | HEAD, conditional | the cache, else R2's metadata | HIT, MISS |
//! | range | R2: the Cache API refuses 206 | BYPASS |
//!
//! When `MEDIA_CACHE_CONTROL` forbids shared caches, everything is BYPASS.

use std::cell::RefCell;

use worker::worker_sys::web_sys::{ReadableStream, Response};
use worker::{Context, Env, console_error};

use super::answer::{Answer, Representation};
use super::asked::{Asked, Method};
use super::storage::{Storage, Stored, unavailable};
use crate::cloudflare::{edge_cache, http, time};
use crate::config::Config;
use crate::domain::byte_range::{Requested, requested};
use crate::domain::conditional::Validators;
use crate::domain::date::parse_http_date;
use crate::domain::failure::{Failure, Reason};
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
        return Err(Failure::new(Reason::MethodNotAllowed, "media can be read with GET and HEAD"));
    }
    let delivery = Delivery { asked, path, config };
    if let Some(range) = &asked.range {
        return delivery.part(&Storage::open(env)?, range).await;
    }
    let cacheable = config.cacheable;
    let key = cache_key(path);
    if cacheable
        && let Some(kept) = edge_cache::get(&key).await
        && let Some(answer) = delivery.kept(kept)
    {
        return Ok(answer);
    }
    let storage = Storage::open(env)?;
    let cache = if cacheable { CacheResult::Miss } else { CacheResult::Bypass };
    if asked.method == Method::Head || asked.conditions.any() {
        let stored = delivery.found(&storage, storage.head(path).await?).await?;
        if asked.conditions.not_modified(stored.validators()) {
            return Ok(delivery.not_modified(&stored, cache));
        }
        if asked.method == Method::Head {
            return Ok(delivery.head(&stored, cache));
        }
    }
    let stored = delivery.found(&storage, storage.get(path).await?).await?;
    let answer = delivery.whole(&stored, cache)?;
    let fills = cacheable
        && stored.size() <= MAX_CACHED_BYTES
        && FILLS.with_borrow_mut(|fills| fills.first(key.clone(), time::now()));
    if fills {
        fill(ctx, key, storage, path.clone(), stored, &answer.response, config);
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

struct Delivery<'a> {
    asked: &'a Asked,
    path: &'a MediaPath,
    config: &'a Config,
}

impl Delivery<'_> {
    /// The object, or why it is not there.
    async fn found(&self, storage: &Storage, stored: Option<Stored>) -> Result<Stored, Failure> {
        if let Some(stored) = stored {
            return Ok(stored);
        }
        let MediaPath { owner, image, variant } = self.path;
        if let Variant::Derived(name) = variant
            && storage.has_original(self.path).await?
        {
            let message =
                format!("{image} has no variant {name:?}, and it is not made on request; original is there");
            return Err(Failure::new(Reason::VariantNotAllowed, message));
        }
        Err(Failure::new(Reason::ObjectNotFound, format!("{owner} has no file {image}")))
    }

    fn representation<'s>(&'s self, stored: &'s Stored, cache: CacheResult) -> Representation<'s> {
        Representation { stored, cache_control: &self.config.cache_control, x_cache: x_cache(cache) }
    }

    fn answer(&self, response: Response, stored: &Stored, cache: CacheResult, bytes: u64) -> Answer {
        Answer {
            status: response.status(),
            response,
            bytes,
            source_bytes: proportion(stored.source_bytes, bytes, stored.size()),
            cache,
            content_type: media_type::essence(&stored.content_type),
        }
    }

    fn whole(&self, stored: &Stored, cache: CacheResult) -> Result<Answer, Failure> {
        let response = self.representation(stored, cache).whole(&body(stored)?);
        Ok(self.answer(response, stored, cache, stored.size()))
    }

    fn head(&self, stored: &Stored, cache: CacheResult) -> Answer {
        self.answer(self.representation(stored, cache).head(), stored, cache, 0)
    }

    fn not_modified(&self, stored: &Stored, cache: CacheResult) -> Answer {
        self.answer(self.representation(stored, cache).not_modified(), stored, cache, 0)
    }

    /// Answers a `Range`. The object may be replaced between looking at its size and reading the part: then the
    /// new one is looked at, once.
    async fn part(&self, storage: &Storage, range: &str) -> Result<Answer, Failure> {
        let cache = CacheResult::Bypass;
        for _ in 0..2 {
            let current = self.found(storage, storage.head(self.path).await?).await?;
            if self.asked.conditions.not_modified(current.validators()) {
                return Ok(self.not_modified(&current, cache));
            }
            let wanted = match self.asked.conditions.range_applies(current.validators()) {
                true => requested(range, current.size()),
                false => Requested::Whole,
            };
            match wanted {
                Requested::Whole => {
                    let stored = self.found(storage, storage.get(self.path).await?).await?;
                    return self.whole(&stored, cache);
                }
                Requested::NotSatisfiable => {
                    return Err(Failure::range_not_satisfiable(current.size()));
                }
                Requested::Part(part) => {
                    let stored = storage.get_part(self.path, part, current.validators().etag).await?;
                    let stored = self.found(storage, stored).await?;
                    if let Some(body) = stored.body() {
                        let response = self.representation(&stored, cache).part(part, &body);
                        return Ok(self.answer(response, &stored, cache, part.length));
                    }
                }
            }
        }
        Err(unavailable("the file is being replaced; try again"))
    }

    /// Answers from what the cache kept: with it as it is, unless the client asked for less. `None` when it lost its
    /// length, without which its bytes cannot be counted.
    fn kept(&self, kept: Response) -> Option<Answer> {
        let said = edge_cache::describe(&kept);
        let size = said.content_length.and_then(|text| text.parse().ok())?;
        let source_bytes = said.source_bytes.and_then(|text| text.parse().ok()).unwrap_or(size);
        let content_type = media_type::essence(&said.content_type.unwrap_or_default());
        let answer = |response, status, bytes| Answer {
            response,
            status,
            bytes,
            source_bytes: proportion(source_bytes, bytes, size),
            cache: CacheResult::Hit,
            content_type: content_type.clone(),
        };
        if self.asked.conditions.any() {
            let etag = said.etag.unwrap_or_default();
            let last_modified = said.last_modified.as_deref().and_then(parse_http_date).unwrap_or_default();
            if self.asked.conditions.not_modified(Validators { etag: &etag, last_modified }) {
                return Some(answer(http::bare(&kept, 304), 304, 0));
            }
        }
        Some(match self.asked.method {
            Method::Head => answer(http::bare(&kept, 200), 200, 0),
            _ => answer(kept, 200, size),
        })
    }
}

fn body(stored: &Stored) -> Result<ReadableStream, Failure> {
    stored.body().ok_or_else(|| unavailable("the media storage sent no body; try again"))
}

/// Keeps a whole answer for later, after the response.
fn fill(
    ctx: &Context,
    key: String,
    storage: Storage,
    path: MediaPath,
    stored: Stored,
    response: &Response,
    config: &Config,
) {
    let cache_control = config.cache_control.clone();
    let teed = (stored.size() <= MAX_TEED_BYTES).then(|| response.clone().ok()).flatten();
    ctx.wait_until(async move {
        let copy = match teed.and_then(|copy| copy.body()) {
            Some(body) => Some((stored, body)),
            None => match storage.get(&path).await {
                Ok(Some(again)) => body(&again).ok().map(|body| (again, body)),
                _ => None,
            },
        };
        let Some((stored, body)) = copy else { return };
        let kept = Representation {
            stored: &stored,
            cache_control: &cache_control,
            x_cache: x_cache(CacheResult::Hit),
        };
        if let Err(error) = edge_cache::put(&key, &kept.whole(&body)).await {
            console_error!("the edge cache did not keep {}: {error:?}", path.image);
        }
    });
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
