//! Which owners exist, as far as this isolate knows. It decides whose a failed request is: anybody can ask for
//! a made-up owner, and made-up owners must not fill the tables.

use std::collections::{HashMap, HashSet};

use super::date::Millis;
use super::owner::OwnerId;

/// How long an answer holds.
pub const TTL_MS: Millis = 60_000;
/// Most owners of each kind that are remembered.
pub const MAX_OWNERS: usize = 2_000;
/// Most owners that one isolate asks D1 about in [`TTL_MS`]. Beyond that, an owner that is not known does not exist.
pub const MAX_QUESTIONS: usize = 300;
/// A question that is not settled for so long is forgotten: its request has died.
const TURN_MS: Millis = 5_000;

/// Owners that were seen or asked for within [`TTL_MS`]. Existing ones and others are kept apart, so that made-up
/// names cannot push real ones out.
#[derive(Debug, Default)]
pub struct KnownOwners {
    existing: HashMap<OwnerId, Millis>,
    missing: HashMap<OwnerId, Millis>,
    asked: HashSet<OwnerId>,
    asked_until: Millis,
    /// Until then another request asks D1.
    turn_ends: Millis,
}

impl KnownOwners {
    /// `None` when it is not known.
    pub fn exists(&self, owner: OwnerId, now: Millis) -> Option<bool> {
        let current = |map: &HashMap<OwnerId, Millis>| map.get(&owner).is_some_and(|until| now < *until);
        if current(&self.existing) {
            Some(true)
        } else if current(&self.missing) {
            Some(false)
        } else {
            None
        }
    }

    pub fn learn(&mut self, owner: OwnerId, exists: bool, now: Millis) {
        let map = if exists { &mut self.existing } else { &mut self.missing };
        if map.len() >= MAX_OWNERS && !map.contains_key(&owner) {
            map.retain(|_, until| now < *until);
        }
        if map.len() < MAX_OWNERS || map.contains_key(&owner) {
            map.insert(owner, now + TTL_MS);
        }
    }

    /// Whether D1 may be asked about an owner, when it is the caller's turn.
    #[must_use]
    pub fn may_ask(&mut self, owner: OwnerId, now: Millis) -> bool {
        if now >= self.asked_until {
            self.asked.clear();
            self.asked_until = now + TTL_MS;
        }
        if self.asked.len() < MAX_QUESTIONS {
            self.asked.insert(owner);
        }
        self.asked.contains(&owner)
    }

    /// Whether it is the caller's turn to ask D1: one request at a time does, and others come back a little later. The caller
    /// then has to call [`Self::settle`].
    #[must_use]
    pub fn take_turn(&mut self, now: Millis) -> bool {
        let is_free = now >= self.turn_ends;
        if is_free {
            self.turn_ends = now + TURN_MS;
        }
        is_free
    }

    /// D1 has said whether an owner exists, or has said nothing. It is another request's turn.
    pub fn settle(&mut self, owner: OwnerId, exists: Option<bool>, now: Millis) {
        self.turn_ends = 0;
        if let Some(exists) = exists {
            self.learn(owner, exists, now);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn owner(number: u128) -> OwnerId {
        OwnerId::parse(&format!("{number:032x}")).unwrap()
    }

    #[test]
    fn answers_hold_for_a_minute() {
        let mut owners = KnownOwners::default();
        assert_eq!(owners.exists(owner(1), 0), None);
        owners.learn(owner(1), false, 0);
        assert_eq!(owners.exists(owner(1), TTL_MS - 1), Some(false));
        owners.learn(owner(1), true, 10);
        assert_eq!(owners.exists(owner(1), 11), Some(true));
        assert_eq!(owners.exists(owner(1), 10 + TTL_MS), None);
    }

    #[test]
    fn made_up_owners_push_nobody_out_and_take_bounded_room() {
        let mut owners = KnownOwners::default();
        owners.learn(owner(0), true, 0);
        for number in 1..10_000 {
            owners.learn(owner(number), false, 0);
        }
        assert_eq!(owners.exists(owner(0), 1), Some(true));
        assert_eq!(owners.missing.len(), MAX_OWNERS);
        owners.learn(owner(20_000), false, TTL_MS);
        assert_eq!(owners.missing.len(), 1);
    }

    #[test]
    fn questions_are_bounded() {
        let mut owners = KnownOwners::default();
        let allowed = (0..1_000).filter(|number| owners.may_ask(owner(*number), 0)).count();
        assert_eq!(allowed, MAX_QUESTIONS);
        assert!(owners.may_ask(owner(0), 1), "the same owner may be asked about again");
        assert!(owners.may_ask(owner(1_000), TTL_MS));
    }
    #[test]
    fn one_request_at_a_time_asks() {
        let mut owners = KnownOwners::default();
        assert!(owners.take_turn(0));
        assert!(!owners.take_turn(10));
        owners.settle(owner(1), Some(true), 20);
        assert_eq!(owners.exists(owner(1), 20), Some(true));
        assert!(owners.take_turn(20));
        owners.settle(owner(2), None, 30);
        assert_eq!(owners.exists(owner(2), 30), None);
        assert!(owners.take_turn(30));
        assert!(!owners.take_turn(29 + TURN_MS));
        assert!(owners.take_turn(30 + TURN_MS), "the request that asked has died");
    }
}
