//! Look-ups that are gathered, and made together: so that their number does not depend on how many ask.
//!
//! Requests cannot wait for one another. So each comes back until there is an answer, or until it is its turn to look up
//! what has gathered. A request may die while it looks; the others then ask for the same again.

use std::collections::{BTreeSet, HashMap};

use super::date::Millis;

/// How often there is a look-up.
pub const INTERVAL_MS: Millis = 1_000;
/// How long an answer is kept for those who asked for it.
const ANSWERS_MS: Millis = 10_000;
/// Keys that are looked up together.
const MAX_KEYS: usize = 2_000;

/// What a request does next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Turn<T> {
    /// `None`: there is nothing under this key.
    Answer(Option<T>),
    /// Look these up, and pass what was found to [`Gathered::settle`].
    Look(Vec<String>),
    /// Come back a little later.
    Wait,
}

/// Keys that wait to be looked up, and what was found.
#[derive(Debug)]
pub struct Gathered<T> {
    waiting: BTreeSet<String>,
    answers: HashMap<String, (Millis, Option<T>)>,
    next: Millis,
}

impl<T> Default for Gathered<T> {
    fn default() -> Self {
        Self { waiting: BTreeSet::new(), answers: HashMap::new(), next: 0 }
    }
}

impl<T: Clone> Gathered<T> {
    pub fn turn(&mut self, key: &str, now: Millis) -> Turn<T> {
        if let Some((at, answer)) = self.answers.get(key)
            && now.saturating_sub(*at) < ANSWERS_MS
        {
            return Turn::Answer(answer.clone());
        }
        if !self.waiting.contains(key) && self.waiting.len() < MAX_KEYS {
            self.waiting.insert(key.to_owned());
        }
        if now < self.next {
            return Turn::Wait;
        }
        self.next = now + INTERVAL_MS;
        Turn::Look(std::mem::take(&mut self.waiting).into_iter().collect())
    }

    /// What was found of keys that were looked up.
    pub fn settle(&mut self, keys: &[String], mut found: HashMap<String, T>, now: Millis) {
        self.answers.retain(|_, (at, _)| now.saturating_sub(*at) < ANSWERS_MS);
        for key in keys {
            let answer = found.remove(key);
            self.answers.insert(key.clone(), (now, answer));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn looked(turn: Turn<u8>) -> Vec<String> {
        match turn {
            Turn::Look(keys) => keys,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn one_look_up_a_second_answers_everybody() {
        let mut gathered = Gathered::default();
        let first = looked(gathered.turn("a", 5_000));
        assert_eq!(first, ["a"]);
        for key in ["b", "c", "b"] {
            assert_eq!(gathered.turn(key, 5_500), Turn::Wait);
        }
        gathered.settle(&first, HashMap::new(), 5_600);
        assert_eq!(gathered.turn("a", 5_700), Turn::Answer(None));
        let second = looked(gathered.turn("b", 6_000));
        assert_eq!(second, ["b", "c"]);
        gathered.settle(&second, HashMap::from([("c".to_owned(), 7)]), 6_100);
        assert_eq!(
            [gathered.turn("b", 6_200), gathered.turn("c", 6_200)],
            [Turn::Answer(None), Turn::Answer(Some(7))]
        );
        assert_eq!(looked(gathered.turn("c", 6_100 + ANSWERS_MS)), ["c"], "an answer ends");
    }

    #[test]
    fn what_nobody_came_back_with_is_looked_up_again() {
        let mut gathered = Gathered::default();
        assert_eq!(looked(gathered.turn("a", 0)), ["a"]);
        assert_eq!(gathered.turn("a", 500), Turn::Wait);
        assert_eq!(looked(gathered.turn("a", 1_000)), ["a"]);
    }

    #[test]
    fn what_does_not_fit_waits_for_the_next() {
        let mut gathered: Gathered<u8> = Gathered { next: 1_000, ..Gathered::default() };
        for key in 0..=MAX_KEYS {
            assert_eq!(gathered.turn(&format!("{key:05}"), 0), Turn::Wait);
        }
        assert_eq!(looked(gathered.turn("late", 1_000)).len(), MAX_KEYS);
        assert_eq!(looked(gathered.turn("late", 2_000)), ["late"]);
    }
}
