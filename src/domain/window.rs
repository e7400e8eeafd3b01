//! The flush window: how long hits are gathered before they are written, longer when the aggregator is slow or failing.

use super::date::Millis;

/// Shortest window: figures are visible within 5 s.
pub const MIN_MS: Millis = 2_000;
/// Longest window: window and acknowledgement together have to end within the 30 s that `waitUntil` lasts.
pub const MAX_MS: Millis = 15_000;
/// An isolate may wait for acknowledgements for at most one part in so many.
const SHARE: Millis = 10;

/// How long to gather.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window(Millis);

impl Default for Window {
    fn default() -> Self {
        Self(MIN_MS)
    }
}

impl Window {
    pub fn millis(self) -> Millis {
        self.0
    }

    pub fn after_success(&mut self, latency: Millis) {
        self.0 = (latency * SHARE).clamp(MIN_MS, MAX_MS);
    }

    pub fn after_failure(&mut self) {
        self.0 = (self.0 * 2).min(MAX_MS);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn backs_off_and_recovers() {
        let mut window = Window::default();
        window.after_success(20);
        assert_eq!(window.millis(), 2_000);
        window.after_success(400);
        assert_eq!(window.millis(), 4_000);
        for expected in [8_000, 15_000, 15_000] {
            window.after_failure();
            assert_eq!(window.millis(), expected);
        }
        window.after_success(60_000);
        assert_eq!(window.millis(), 15_000);
        window.after_success(1);
        assert_eq!(window.millis(), 2_000);
    }
}
