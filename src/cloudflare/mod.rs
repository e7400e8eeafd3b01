//! Typed access to what Cloudflare provides, where the `worker` crate has none or a slower one.

pub mod analytics_engine;
pub mod api;
pub mod assets;
pub mod bindings;
pub mod edge_cache;
pub mod engine_errors;
pub mod engine_reader;
pub mod engine_reports;
pub mod engine_sql;
pub mod graphql;
pub mod http;
pub mod number;
pub mod placement;
pub mod r2;
pub mod random;
pub mod rate_limiter;
pub mod time;
pub mod zone_requests;
