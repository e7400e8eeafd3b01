//! Rate limits: how often each of many keys may do something in a minute. A minute is the clock's, so that all keys begin
//! again together. Bounded in keys.
//!
//! Not here: what is limited, and what a key stands for (`api/limits.rs`).

use std::collections::HashMap;

use super::date::Millis;

/// The length of a window.
pub const WINDOW_MS: Millis = 60_000;

/// Keys that are counted in one window. Those beyond are not limited.
const MAX_KEYS: usize = 5_000;

/// What a key may still do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allowance {
    /// How often in one window.
    pub limit: u32,
    /// How often until the window ends.
    pub remaining: u32,
    /// When the window ends.
    pub resets_at: Millis,
}

/// A limit, and what of it is used.
#[derive(Debug, Clone)]
pub struct RateLimit {
    limit: u32,
    window: Millis,
    used: HashMap<String, u32>,
}

impl RateLimit {
    pub fn new(limit: u32) -> Self {
        Self { limit, window: 0, used: HashMap::new() }
    }

    /// Takes one. `Err` when there is none left.
    ///
    /// # Errors
    ///
    /// What the key may do, which is nothing until the window ends.
    pub fn take(&mut self, key: &str, now: Millis) -> Result<Allowance, Allowance> {
        self.begin(now);
        let limit = self.limit;
        let used = match self.used.get_mut(key) {
            Some(used) if *used >= limit => return Err(self.allowance(limit)),
            Some(used) => {
                *used += 1;
                *used
            }
            None => {
                if self.used.len() < MAX_KEYS {
                    self.used.insert(key.to_owned(), 1);
                }
                1
            }
        };
        Ok(self.allowance(used))
    }

    /// Takes all that is left: another count of the same has reached its limit.
    pub fn exhaust(&mut self, key: &str, now: Millis) -> Allowance {
        self.begin(now);
        if self.used.len() < MAX_KEYS || self.used.contains_key(key) {
            self.used.insert(key.to_owned(), self.limit);
        }
        self.allowance(self.limit)
    }

    /// Whether nothing is left.
    pub fn is_exhausted(&mut self, key: &str, now: Millis) -> bool {
        self.begin(now);
        self.used.get(key).is_some_and(|used| *used >= self.limit)
    }

    fn begin(&mut self, now: Millis) {
        let window = now - now % WINDOW_MS;
        if window != self.window {
            self.window = window;
            self.used.clear();
        }
    }

    fn allowance(&self, used: u32) -> Allowance {
        Allowance {
            limit: self.limit,
            remaining: self.limit.saturating_sub(used),
            resets_at: self.window + WINDOW_MS,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn remaining(limit: &mut RateLimit, key: &str, now: Millis) -> Option<u32> {
        limit.take(key, now).ok().map(|it| it.remaining)
    }

    #[test]
    fn each_key_has_its_own_and_all_begin_again_together() {
        let mut limit = RateLimit::new(2);
        for (key, now, expected) in [
            ("a", 119_000, Some(1)),
            ("a", 119_500, Some(0)),
            ("a", 119_999, None),
            ("b", 119_999, Some(1)),
            ("a", 120_000, Some(1)),
            ("b", 120_000, Some(1)),
        ] {
            assert_eq!(remaining(&mut limit, key, now), expected, "{key} at {now}");
        }
        let refused = Allowance { limit: 2, remaining: 0, resets_at: 180_000 };
        assert_eq!((limit.take("a", 130_000).is_ok(), limit.take("a", 131_000)), (true, Err(refused)));
    }

    #[test]
    fn another_count_decides_too() {
        let mut limit = RateLimit::new(5);
        assert!(!limit.is_exhausted("a", 1_000));
        assert_eq!(limit.exhaust("a", 1_000).remaining, 0);
        assert!(limit.is_exhausted("a", 59_999) && !limit.is_exhausted("b", 59_999));
        assert!(!limit.is_exhausted("a", 60_000));
    }

    #[test]
    fn keys_are_bounded() {
        let mut limit = RateLimit::new(1);
        for key in 0..2 * MAX_KEYS {
            let _ = limit.take(&key.to_string(), 1_000);
        }
        assert_eq!(limit.used.len(), MAX_KEYS);
        assert!(limit.take("0", 2_000).is_err() && limit.take("new", 2_000).is_ok());
        limit.exhaust("new", 2_000);
        assert_eq!(limit.used.len(), MAX_KEYS);
    }
}
