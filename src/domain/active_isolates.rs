//! How many isolates send flushes to an object, and how long their windows have to be for what the object can take.
//!
//! A measured rate would lag behind: it follows from windows that were asked for up to 20 s ago, and windows that follow from
//! such a rate swing. How many isolates there are does not depend on their windows.

use std::collections::HashSet;

use super::date::Millis;
use super::flush::IsolateId;
use super::window::{MAX_MS, MIN_MS};

/// Most flushes that an object is to get in a second.
pub const FLUSHES_A_SECOND: u64 = 300;
/// An isolate that has hits sends at least one flush in this time.
const PERIOD_MS: Millis = MAX_MS;
/// Of more isolates none is remembered: their windows are the longest in any case.
const MAX_ISOLATES: usize = (FLUSHES_A_SECOND * MAX_MS / 1000) as usize;

/// The isolates of the current period and of the one before.
#[derive(Debug, Default)]
pub struct ActiveIsolates {
    period: Millis,
    current: HashSet<IsolateId>,
    /// How many there were in the period before.
    before: usize,
}

impl ActiveIsolates {
    /// An isolate has sent a flush. Returns the window, in milliseconds, with which all of them together send
    /// [`FLUSHES_A_SECOND`], if windows may be that long.
    pub fn window(&mut self, isolate: IsolateId, now: Millis) -> Millis {
        let period = now / PERIOD_MS;
        if period != self.period {
            self.before = if period == self.period + 1 { self.current.len() } else { 0 };
            self.current.clear();
            self.period = period;
        }
        if self.current.len() < MAX_ISOLATES {
            self.current.insert(isolate);
        }
        let isolates = self.current.len().max(self.before) as u64;
        (isolates * 1000 / FLUSHES_A_SECOND).clamp(MIN_MS, MAX_MS)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::domain::window::Window;

    #[test]
    fn windows_grow_with_the_isolates() {
        for (isolates, expected) in
            [(1, 2_000), (600, 2_000), (3_000, 10_000), (6_000, 20_000), (50_000, 20_000)]
        {
            let mut active = ActiveIsolates::default();
            let windows: Vec<Millis> =
                (0..isolates).map(|number| active.window(IsolateId(number), 1)).collect();
            assert_eq!(windows.last(), Some(&expected), "{isolates}");
            assert_eq!(active.window(IsolateId(0), PERIOD_MS), expected, "{isolates}, in the next period");
            assert_eq!(active.window(IsolateId(0), 2 * PERIOD_MS), MIN_MS, "{isolates} have gone");
            assert_eq!(active.window(IsolateId(0), 9 * PERIOD_MS), MIN_MS);
        }
    }

    /// Isolates that always have hits, with the product's windows: how many flushes the object gets, by second.
    fn flushes(isolates: u64, seconds: u64) -> Vec<usize> {
        let mut active = ActiveIsolates::default();
        let mut windows: Vec<Window> = (0..isolates).map(Window::new).collect();
        let mut due: BTreeMap<Millis, Vec<usize>> = BTreeMap::new();
        for (number, window) in windows.iter_mut().enumerate() {
            due.entry(window.draw()).or_default().push(number);
        }
        let mut flushes = vec![0; seconds as usize];
        while let Some((now, senders)) = due.pop_first() {
            let Some(count) = flushes.get_mut((now / 1000) as usize) else { break };
            *count += senders.len();
            for number in senders {
                windows[number].ask(active.window(IsolateId(number as u64), now));
                due.entry(now + windows[number].draw()).or_default().push(number);
            }
        }
        flushes
    }

    #[test]
    fn an_object_gets_some_300_flushes_a_second() {
        for isolates in [1_000, 3_000, 5_500] {
            let flushes = flushes(isolates, 300);
            let settled = &flushes[60..];
            let mean = settled.iter().sum::<usize>() / settled.len();
            assert!((280..=320).contains(&mean), "{isolates} isolates: {mean} a second");
            let most = settled.iter().max();
            assert!(most.is_some_and(|most| *most <= 450), "{isolates} isolates: up to {most:?} in a second");
        }
    }
}
