//! Recording: from a hit to Analytics Engine and to the tally, which is flushed to D1.
//!
//! Nothing here may fail a request: what goes wrong is logged, and the media have been served by then.

mod d1;
pub mod flusher;
mod owners;

use std::cell::OnceCell;
use std::rc::Rc;

use worker::{Context, Env, console_error};

use crate::batch;
use crate::cloudflare::{analytics_engine, bindings, time};
use crate::config::Config;
use crate::domain::columns::Point;
use crate::domain::date::Millis;
use crate::domain::flush::Alarm;
use crate::domain::hit::Hit;
use crate::domain::owner::{OwnerHasher, OwnerName};

/// Why nothing is recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Off {
    NoBinding,
    ModesDisabled,
    NoOwnerHashSecret,
}

impl Off {
    pub fn message(self) -> &'static str {
        match self {
            Self::NoBinding => "the ANALYTICS binding is missing",
            Self::ModesDisabled => "ANALYTICS_REALTIME_ENABLED and ANALYTICS_BATCH_ENABLED are both false",
            Self::NoOwnerHashSecret => "the secret OWNER_HASH_SECRET is missing or too short",
        }
    }
}

thread_local! {
    static OFF: OnceCell<Option<Off>> = const { OnceCell::new() };
}

/// Whether this deployment records, and if not, why. Bindings and variables do not change during an isolate's life.
pub fn off(env: &Env, config: &Config) -> Option<Off> {
    OFF.with(|off| *off.get_or_init(|| find_off(env, config)))
}

fn find_off(env: &Env, config: &Config) -> Option<Off> {
    if bindings::find(env, bindings::ANALYTICS).is_none() {
        Some(Off::NoBinding)
    } else if !config.realtime_enabled && !config.batch_enabled {
        Some(Off::ModesDisabled)
    } else if config.owners.is_none() {
        Some(Off::NoOwnerHashSecret)
    } else {
        None
    }
}

/// Records the hits of one request.
pub struct Recorder {
    env: Env,
    config: Rc<Config>,
    owners: OwnerHasher,
}

impl Recorder {
    /// `None` when nothing is recorded.
    pub fn new(env: &Env, config: &Rc<Config>) -> Option<Self> {
        let owners = config.owners.clone()?;
        off(env, config).is_none().then(|| Self { env: env.clone(), config: Rc::clone(config), owners })
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
        if let Err(error) = analytics_engine::write(&self.env, &Point::new(hit)) {
            console_error!("Analytics Engine refused a data point: {error:?}");
        }
        self.config
            .realtime_enabled
            .then(|| flusher::record(hit, now, batch::restores_days(&self.config)))
            .flatten()
    }
}
