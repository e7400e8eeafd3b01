//! The flush window: how long hits are gathered before they are sent. The aggregator asks for longer ones when many isolates
//! send flushes.

use super::date::Millis;
use super::jitter::Jitter;

/// Shortest window, before it is spread: figures are visible within 5 s.
pub const MIN_MS: Millis = 2_000;
/// Longest window. One request can wait for it: `waitUntil` lasts 30 s.
pub const MAX_MS: Millis = 20_000;

/// How long to gather.
#[derive(Debug, Clone)]
pub struct Window {
    asked: Millis,
    jitter: Jitter,
}

impl Window {
    /// Windows with different seeds end at different times.
    pub fn new(seed: u64) -> Self {
        Self { asked: MIN_MS, jitter: Jitter::new(seed) }
    }

    /// The aggregator asks for windows of `millis`.
    pub fn ask(&mut self, millis: Millis) {
        self.asked = millis.clamp(MIN_MS, MAX_MS);
    }

    /// How long the next window is, in milliseconds: what was asked for, a quarter more or less.
    pub fn draw(&mut self) -> Millis {
        self.jitter.around(self.asked).min(MAX_MS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_are_as_long_as_the_aggregator_asks() {
        let mut window = Window::new(7);
        for (asked, shortest, longest) in [
            (None, 1_500, 2_500),
            (Some(10_000), 7_500, 12_500),
            (Some(20_000), 15_000, 20_000),
            (Some(9_000_000), 15_000, 20_000),
            (Some(0), 1_500, 2_500),
        ] {
            if let Some(asked) = asked {
                window.ask(asked);
            }
            let windows: Vec<Millis> = (0..1_000).map(|_| window.draw()).collect();
            assert!(windows.iter().all(|it| (shortest..=longest).contains(it)), "{asked:?}");
            assert!(windows.windows(2).any(|pair| pair[0] != pair[1]), "{asked:?}");
        }
    }
}
