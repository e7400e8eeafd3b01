//! Recording: from a hit to Analytics Engine, where it is bound, and to the tally, which is flushed to the aggregator.
//!
//! Nothing here may fail a request: what goes wrong is logged, and the media have been served by then.

mod d1;
pub mod flusher;
mod owners;

use std::cell::OnceCell;

use worker::{Context, Env, console_error};

use crate::batch;
use crate::cloudflare::{analytics_engine, time};
use crate::config::Config;
use crate::domain::columns::Point;
use crate::domain::date::Millis;
use crate::domain::flush::Alarm;
use crate::domain::hit::Hit;
use crate::domain::owner::{OwnerHasher, OwnerName};

/// Why nothing is recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Off {
    ModesDisabled,
    /// Neither objects nor Analytics Engine count.
    NothingCounts,
    NoOwnerHashSecret,
}

impl Off {
    pub fn message(self) -> &'static str {
        match self {
            Self::ModesDisabled => "ANALYTICS_REALTIME_ENABLED and ANALYTICS_BATCH_ENABLED are both false",
            Self::NothingCounts => {
                "ANALYTICS_REALTIME_ENABLED is false, and the ANALYTICS binding is missing"
            }
            Self::NoOwnerHashSecret => "the secret OWNER_HASH_SECRET is missing or too short",
        }
    }
}

/// Where hits go. Bindings and variables do not change during an isolate's life.
#[derive(Debug, Clone, Copy)]
struct Destinations {
    off: Option<Off>,
    /// Analytics Engine gets them.
    engine: bool,
    /// The tally gets them.
    tally: bool,
    /// The nightly job can restore what the tally leaves out.
    restorable: bool,
}

impl Destinations {
    fn new(env: &Env, config: &Config) -> Self {
        let (engine, tally) = (analytics_engine::is_bound(env), config.realtime_enabled);
        let off = if !tally && !config.batch_enabled {
            Some(Off::ModesDisabled)
        } else if !tally && !engine {
            Some(Off::NothingCounts)
        } else if config.owners.is_none() {
            Some(Off::NoOwnerHashSecret)
        } else {
            None
        };
        Self { off, engine, tally, restorable: batch::restores_days(env, config) }
    }

    fn of(env: &Env, config: &Config) -> Self {
        DESTINATIONS.with(|found| *found.get_or_init(|| Self::new(env, config)))
    }
}

thread_local! {
    static DESTINATIONS: OnceCell<Destinations> = const { OnceCell::new() };
}

/// Whether this deployment records, and if not, why.
pub fn off(env: &Env, config: &Config) -> Option<Off> {
    Destinations::of(env, config).off
}

/// Records the hits of one request.
pub struct Recorder {
    env: Env,
    destinations: Destinations,
    owners: OwnerHasher,
}

impl Recorder {
    /// `None` when nothing is recorded.
    pub fn new(env: &Env, config: &Config) -> Option<Self> {
        let owners = config.owners.clone()?;
        let destinations = Destinations::of(env, config);
        destinations.off.is_none().then(|| Self { env: env.clone(), destinations, owners })
    }

    /// Records a hit on an object that exists, and with it, that its owner does.
    pub fn served(&self, ctx: &Context, hit: &Hit, now: Millis) {
        owners::seen(hit.owner, now);
        if let Some(alarm) = self.write(hit, now) {
            ctx.wait_until(flusher::run(self.env.clone(), alarm));
        }
    }

    /// Records a hit on nothing that is known to exist. The owner may have to be looked up first, which
    /// happens after the response. `claimed` is the name that the path begins with, if it is one.
    pub fn failed(self, ctx: &Context, claimed: Option<OwnerName>, mut hit: Hit, now: Millis) {
        let claimed = claimed.map(|name| self.owners.id(&name));
        match claimed.map(|owner| (owner, owners::known(owner, now))) {
            None | Some((_, Some(false))) => {}
            Some((owner, Some(true))) => hit.owner = owner,
            Some((owner, None)) => {
                ctx.wait_until(async move {
                    if owners::look_up(&self.env, owner).await {
                        hit.owner = owner;
                    }
                    if let Some(alarm) = self.write(&hit, time::now()) {
                        flusher::run(self.env, alarm).await;
                    }
                });
                return;
            }
        }
        if let Some(alarm) = self.write(&hit, now) {
            ctx.wait_until(flusher::run(self.env, alarm));
        }
    }

    pub fn owners(&self) -> &OwnerHasher {
        &self.owners
    }

    /// `Some` asks for a flusher.
    fn write(&self, hit: &Hit, now: Millis) -> Option<Alarm> {
        let Destinations { engine, tally, restorable, .. } = self.destinations;
        if engine && let Err(error) = analytics_engine::write(&self.env, &Point::new(hit)) {
            console_error!("Analytics Engine refused a data point: {error:?}");
        }
        tally.then(|| flusher::record(hit, now, restorable)).flatten()
    }
}
