//! What the cron triggers start.
//!
//! Today that is forgetting the ids of flushes that can no longer be sent again. Rebuilding days from Analytics
//! Engine and purging old days are not here yet; the aggregation trigger says so in the log.

use worker::{Env, console_error, console_log};

use crate::cloudflare::time;
use crate::config::Config;
use crate::store::db::{Db, Result};
use crate::store::flushes;

/// Whether a job restores days in D1 from Analytics Engine. None does yet.
pub const RESTORES_DAYS: bool = false;

/// Runs the job that a trigger stands for.
pub async fn run(cron: &str, env: &Env, config: &Config) {
    if cron == config.cleanup_cron {
        if let Err(error) = clean_up(env).await {
            console_error!("clean-up failed and is tried again at the next trigger: {error}");
        }
    } else if cron == config.aggregation_cron {
        console_log!("the nightly aggregation is not part of this version");
    } else {
        console_error!("the cron {cron:?} is neither ANALYTICS_CLEANUP_CRON nor ANALYTICS_AGGREGATION_CRON");
    }
}

async fn clean_up(env: &Env) -> Result<()> {
    flushes::purge_ids(&Db::open(env)?, time::now()).await
}
