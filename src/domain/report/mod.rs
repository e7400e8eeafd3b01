//! Reports: what the API answers, as plain values. They are made from rows that D1 has added up already.
//!
//! These types are the API's contract: fields may be added, never renamed. `openapi.json` is generated from
//! them.

pub mod about;
pub mod breakdown;
pub mod cloudinary;
pub mod csv;
pub mod errors;
pub mod hours;
pub mod image;
pub mod imagekit;
pub mod live;
pub mod measures;
pub mod metrics;
pub mod overview;
pub mod ranking;
pub mod row;
pub mod source;
pub mod status;
pub mod storage;
