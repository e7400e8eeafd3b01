//! What Pixtally is about, as plain values: paths, hits, the tally, dates, reports.
//!
//! Pure: nothing here knows Cloudflare, reads a clock, draws a random number or does I/O; all of that comes
//! in as arguments, so that everything runs under plain `cargo test`. `tests/invariants.rs` holds it to that.

pub mod abridged;
pub mod asset_type;
pub mod asset_urls;
pub mod byte_range;
pub mod cache_policy;
pub mod columns;
pub mod comparison;
pub mod conditional;
pub mod content_disposition;
pub mod counters;
pub mod country;
pub mod credential;
pub mod date;
pub mod date_range;
pub mod dimension;
pub mod facets;
pub mod failed_request;
pub mod failure;
pub mod file_size;
pub mod filter;
pub mod flush;
pub mod hex;
pub mod hit;
pub mod image_id;
pub mod inventory;
pub mod known_owners;
pub mod media_key;
pub mod media_path;
pub mod media_type;
pub mod metering;
pub mod month;
pub mod night;
pub mod origin;
pub mod own_hosts;
pub mod owner;
pub mod path_segment;
pub mod period;
pub mod privacy;
pub mod recent;
pub mod reconcile;
pub mod referrer;
pub mod report;
pub mod row_key;
pub mod same_origin;
pub mod scope;
pub mod segment;
pub mod session;
pub mod tally;
pub mod uncounted;
pub mod usage_period;
pub mod user_agent;
pub mod variant;
pub mod window;
