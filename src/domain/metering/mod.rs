//! Metering: units of work that are done elsewhere and reported to Pixtally, such as video processing.
//!
//! What is served is counted by hits, and not here.

pub mod event;
pub mod extension;
pub mod metric;
pub mod usage;
pub mod video;
pub mod weights;
