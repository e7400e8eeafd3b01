//! Typed access to what Cloudflare provides, where the `worker` crate has none or a slower one.

pub mod analytics_engine;
pub mod bindings;
pub mod edge_cache;
pub mod http;
pub mod r2;
pub mod time;
