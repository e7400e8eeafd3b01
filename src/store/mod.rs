//! D1 access. SQL stands in `queries/`, one statement a file, with bound parameters alone; lists are bound as
//! JSON. What the rows mean is decided elsewhere.

mod answers;
pub mod budget;
pub mod db;
pub mod filtered;
pub mod meta;
pub mod owners;
pub mod publications;
pub mod purge;
pub mod rebuilt;
pub mod reports;
pub mod runs;
pub mod segments;
pub mod sessions;
pub mod sql;
pub mod status;
pub mod storage;
pub mod tokens;
pub mod usage;
pub mod usage_events;
