//! How long an object takes to start from what it has stored, and whether it is then the same.
#![allow(clippy::disallowed_methods, reason = "this measures time")]

use std::time::Instant;

use pixtally::domain::aggregator::{Aggregator, decode};

use crate::object::Object;

/// A restart that was measured.
#[derive(Debug, Clone, Copy, Default)]
pub struct Restart {
    pub flushes: usize,
    pub snapshot_bytes: usize,
    pub journal_bytes: usize,
    pub restore_ms: f64,
    pub replay_ms: f64,
}

/// Starts another aggregator from the recording, and compares it with the one that has never stopped.
///
/// # Panics
///
/// When they differ.
pub fn measure(object: &mut Object) {
    let Some(recording) = object.recording.take() else { return };
    let mut restarted = Aggregator::new(object.limits, true);
    let began = Instant::now();
    restarted.restore(&recording.snapshot, true).expect("it was just encoded");
    let restore_ms = began.elapsed().as_secs_f64() * 1000.0;
    let began = Instant::now();
    for group in &recording.groups {
        for entry in decode(group).expect("it was just encoded") {
            restarted.replay(&entry, false).expect("it follows the snapshot");
        }
    }
    let replay_ms = began.elapsed().as_secs_f64() * 1000.0;
    assert!(restarted.snapshot() == object.aggregator.snapshot(), "a replay gives the same bytes");
    object.restart = Some(Restart {
        flushes: recording.flushes,
        snapshot_bytes: recording.snapshot.len(),
        journal_bytes: recording.groups.iter().map(Vec::len).sum(),
        restore_ms,
        replay_ms,
    });
}
