//! What is to happen, in the order of time.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use pixtally::domain::acknowledgement::Acknowledgement;
use pixtally::domain::aggregator::publication::Publication;
use pixtally::domain::date::Millis;
use pixtally::domain::flush::{Alarm, FlushId};

use crate::object::Waiting;

/// What happens at some time.
pub enum Event {
    Wake { place: usize, alarm: Alarm, deadline: Millis },
    Arrive(Waiting),
    Take(Waiting),
    Commit,
    Answer { place: usize, id: FlushId, acknowledgement: Acknowledgement, deadline: Millis },
    Publish,
    Written(Box<Publication>, Millis),
}

/// When.
struct Timed {
    at: Millis,
    /// Of two at the same time, the earlier one comes first.
    number: u64,
    event: Event,
}

impl Ord for Timed {
    fn cmp(&self, other: &Self) -> Ordering {
        (other.at, other.number).cmp(&(self.at, self.number))
    }
}

impl PartialOrd for Timed {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Timed {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Timed {}

/// All that is to happen.
#[derive(Default)]
pub struct Events {
    heap: BinaryHeap<Timed>,
    /// How many there were.
    pub number: u64,
}

impl Events {
    pub fn add(&mut self, at: Millis, event: Event) {
        self.number += 1;
        self.heap.push(Timed { at, number: self.number, event });
    }

    pub fn next_at(&self) -> Option<Millis> {
        self.heap.peek().map(|next| next.at)
    }

    pub fn take(&mut self) -> Option<Event> {
        self.heap.pop().map(|next| next.event)
    }
}
