//! A bounded memory of what was tried lately, so that it is not tried again at once.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::hash::Hash;

use super::date::Millis;

/// How long an attempt is remembered.
pub const TTL_MS: Millis = 60_000;
/// Most attempts that are remembered.
pub const MAX_ATTEMPTS: usize = 1_000;

/// Attempts by key.
#[derive(Debug)]
pub struct Recent<K>(HashMap<K, Millis>);

impl<K> Default for Recent<K> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

impl<K: Eq + Hash> Recent<K> {
    /// Whether there was an attempt within [`TTL_MS`], as far as is remembered.
    pub fn has<Q: Eq + Hash + ?Sized>(&self, key: &Q, now: Millis) -> bool
    where
        K: Borrow<Q>,
    {
        self.0.get(key).is_some_and(|until| now < *until)
    }

    /// Whether this is the first attempt within [`TTL_MS`], as far as is remembered.
    #[must_use]
    pub fn first(&mut self, key: K, now: Millis) -> bool {
        if self.0.len() >= MAX_ATTEMPTS {
            self.0.retain(|_, until| now < *until);
        }
        if self.0.len() >= MAX_ATTEMPTS {
            self.0.clear();
        }
        self.0.insert(key, now + TTL_MS).is_none_or(|until| until <= now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn once_a_minute_and_bounded() {
        let mut recent = Recent::default();
        assert!(recent.first(1, 0));
        assert!(!recent.first(1, TTL_MS - 1));
        assert!(recent.has(&1, TTL_MS) && !recent.has(&1, 2 * TTL_MS) && !recent.has(&2, 0));
        assert!(recent.first(2, 0));
        assert!(recent.first(1, 2 * TTL_MS));
        for key in 10..5_000 {
            assert!(recent.first(key, 2 * TTL_MS));
            assert!(recent.0.len() <= MAX_ATTEMPTS);
        }
    }
}
