//! Aggregators: Durable Objects between the isolates, which count hits, and D1. What they count and decide is
//! `domain/aggregator/`; here it is stored, timed and written.
//!
//! An object takes flushes, stores what they change in its journal, acknowledges them, and writes its figures to D1 every few
//! seconds. So what is acknowledged is never lost, and D1 is written as often as figures are to be fresh, not as often as there
//! are isolates.
//!
//! Nothing here is a static: objects share an isolate with each other and with the worker, and survive its panics only by what
//! they have stored.

mod durable_object;
pub mod journal;
pub mod object;

pub use durable_object::{Aggregator, deliver, minutes};
pub use object::Refusal;
