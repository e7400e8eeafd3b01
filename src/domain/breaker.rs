//! A breaker: whether something that did not answer may be asked again. An isolate has one for D1 and one for its aggregator.
//!
//! What does not answer usually has too much to do. Asking again at once makes that worse, and thousands of isolates ask. So an
//! isolate waits after a question without an answer, and longer after each further one.

use super::date::Millis;
use super::jitter::Jitter;

/// The wait after the first question without an answer; each further one doubles it.
const FIRST_WAIT_MS: Millis = 4_000;
/// The longest wait, before it is spread.
const MAX_WAIT_MS: Millis = 5 * 60 * 1000;
/// A question that is not settled for so long is forgotten: its request has died.
pub const TRIAL_MS: Millis = 35_000;

/// Holds back questions to what does not answer.
#[derive(Debug)]
pub struct Breaker {
    state: State,
    /// Questions without an answer since the last answer.
    failures: u32,
    jitter: Jitter,
}

#[derive(Debug, Clone, Copy)]
enum State {
    Answering,
    /// Nothing is asked before.
    Resting {
        until: Millis,
    },
    /// One question is under way, and no other is asked before.
    Trying {
        until: Millis,
    },
}

impl Breaker {
    /// Breakers with different seeds wait for different times.
    pub fn new(seed: u64) -> Self {
        Self { state: State::Answering, failures: 0, jitter: Jitter::new(seed) }
    }

    /// How long nothing may be asked, in milliseconds.
    pub fn wait(&self, now: Millis) -> Millis {
        match self.state {
            State::Answering => 0,
            State::Resting { until } | State::Trying { until } => until.saturating_sub(now),
        }
    }

    /// A question is asked; [`Self::answered`] or [`Self::unanswered`] has to follow. As long as the last question had no
    /// answer, others wait for this one.
    pub fn asked(&mut self, now: Millis) {
        if self.failures > 0 {
            self.state = State::Trying { until: now + TRIAL_MS };
        }
    }

    /// There was an answer, whatever it said.
    pub fn answered(&mut self) {
        self.state = State::Answering;
        self.failures = 0;
    }

    /// There was no answer. Several questions that were asked side by side make the wait longer once.
    pub fn unanswered(&mut self, now: Millis) {
        if matches!(self.state, State::Resting { until } if now < until) {
            return;
        }
        let wait = FIRST_WAIT_MS.saturating_mul(1 << self.failures.min(16)).min(MAX_WAIT_MS);
        self.failures += 1;
        self.state = State::Resting { until: now + self.jitter.around(wait) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_to_minutes_and_end_with_an_answer() {
        let mut breaker = Breaker::new(7);
        let mut now = 1_000;
        for expected in [4, 8, 16, 32, 64, 128, 256, 300, 300] {
            breaker.asked(now);
            breaker.unanswered(now);
            let (wait, expected) = (breaker.wait(now), expected * 1_000);
            assert!((expected * 3 / 4..=expected * 5 / 4).contains(&wait), "{wait} instead of {expected}");
            assert_eq!((breaker.wait(now + wait - 1), breaker.wait(now + wait)), (1, 0));
            now += wait;
        }
        breaker.answered();
        assert_eq!(breaker.wait(now), 0);
        breaker.unanswered(now);
        assert!(breaker.wait(now) <= 5_000, "the next failure is a first one again");
    }

    #[test]
    fn questions_side_by_side_fail_once() {
        let mut breaker = Breaker::new(7);
        for now in 0..100 {
            breaker.asked(now);
            assert_eq!(breaker.wait(now), 0, "nothing has failed yet");
        }
        for now in 3_000..3_100 {
            breaker.unanswered(now);
        }
        assert!(breaker.wait(3_100) <= 5_000);
    }

    #[test]
    fn one_question_tries_whether_there_are_answers_again() {
        let mut breaker = Breaker::new(7);
        breaker.unanswered(0);
        let now = breaker.wait(0);
        breaker.asked(now);
        assert_eq!(breaker.wait(now), TRIAL_MS);
        assert_eq!(breaker.wait(now + TRIAL_MS), 0, "the request that asked has died");
        breaker.unanswered(now + 10);
        assert!(breaker.wait(now + 10) >= 6_000, "the trial has failed, too");
    }

    #[test]
    fn isolates_that_fail_together_do_not_ask_together() {
        let wait = |seed| {
            let mut breaker = Breaker::new(seed);
            breaker.unanswered(0);
            breaker.wait(0)
        };
        let mut waits: Vec<Millis> = (0..1_000).map(wait).collect();
        waits.sort_unstable();
        let busiest = waits.chunk_by(|one, next| one / 100 == next / 100).map(<[_]>::len).max();
        assert!(
            busiest.is_some_and(|isolates| isolates < 100),
            "{busiest:?} of 1,000 ask in the same tenth of a second"
        );
    }
}
