//! Pixtally: media delivery with honest usage analytics, as one Cloudflare Worker.
//!
//! The two entry points, and nothing else. `docs/ARCHITECTURE.md` has the bird's eye view.

// The Worker does not describe its API: a native test does, in `docs/openapi.json`.
#[cfg(target_arch = "wasm32")]
extern crate utoipa_stub as utoipa;

pub mod aggregator;
pub mod api;
mod assets;
pub mod batch;
mod cdn;
pub mod cloudflare;
pub mod config;
pub mod domain;
mod isolate;
pub mod record;
pub mod store;

use worker::worker_sys::web_sys::{Request, Response};
use worker::{Context, Env, ScheduleContext, ScheduledEvent, event};

#[event(fetch)]
async fn fetch(request: Request, env: Env, ctx: Context) -> worker::Result<Response> {
    let config = isolate::config(&env);
    let asked = cdn::Asked::new(&request);
    if api::owns(&asked.path) {
        api::handle(request.into(), env, ctx, config).await.map(Into::into)
    } else if assets::owns(&asked.path) {
        assets::handle(&request, &asked, &env).await.map(Into::into)
    } else {
        Ok(cdn::handle(asked, &env, &ctx, &config).await)
    }
}

#[event(scheduled)]
async fn scheduled(event: ScheduledEvent, env: Env, _ctx: ScheduleContext) {
    let config = isolate::config(&env);
    batch::run(&event.cron(), event.schedule() as u64, &env, &config).await;
}
