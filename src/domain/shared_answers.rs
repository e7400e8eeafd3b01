//! Answers that are shared for some seconds: the same question, asked by several or again, is asked once. Bounded in
//! answers and in their text.
//!
//! Requests cannot wait for one another: one that finds its question under way comes back a little later.

use std::collections::HashMap;

use super::date::Millis;

/// How long an answer is shared.
pub const SHARED_MS: Millis = 10_000;
/// How long others wait for a request that asks; then the next one asks.
const ASKING_MS: Millis = 3_000;
const MAX_ANSWERS: usize = 300;
/// Of the text of all answers, in bytes.
const MAX_BYTES: usize = 4_000_000;

/// What a request does next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Turn {
    Answer(String),
    /// Ask, and pass the answer to [`SharedAnswers::settle`].
    Ask,
    /// Come back a little later.
    Wait,
}

#[derive(Debug)]
enum Entry {
    Asking,
    Answer(String),
}

impl Entry {
    fn bytes(&self) -> usize {
        match self {
            Self::Asking => 0,
            Self::Answer(text) => text.len(),
        }
    }

    fn life(&self) -> Millis {
        match self {
            Self::Asking => ASKING_MS,
            Self::Answer(_) => SHARED_MS,
        }
    }
}

/// Questions, with their answers or with when they were asked.
#[derive(Debug, Default)]
pub struct SharedAnswers {
    entries: HashMap<String, (Millis, Entry)>,
}

impl SharedAnswers {
    pub fn turn(&mut self, question: &str, now: Millis) -> Turn {
        self.entries.retain(|_, (at, entry)| now.saturating_sub(*at) < entry.life());
        match self.entries.get(question) {
            Some((_, Entry::Answer(text))) => Turn::Answer(text.clone()),
            Some((_, Entry::Asking)) => Turn::Wait,
            None => {
                if self.entries.len() < MAX_ANSWERS {
                    self.entries.insert(question.to_owned(), (now, Entry::Asking));
                }
                Turn::Ask
            }
        }
    }

    /// The answer to a question; `None` when there is none that can be shared.
    pub fn settle(&mut self, question: &str, answer: Option<&str>, now: Millis) {
        self.entries.remove(question);
        let Some(text) = answer else { return };
        let bytes: usize = self.entries.values().map(|(_, entry)| entry.bytes()).sum();
        if self.entries.len() < MAX_ANSWERS && bytes + text.len() <= MAX_BYTES {
            self.entries.insert(question.to_owned(), (now, Entry::Answer(text.to_owned())));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(text: &str) -> Turn {
        Turn::Answer(text.to_owned())
    }

    #[test]
    fn one_asks_and_the_others_share_its_answer() {
        let mut shared = SharedAnswers::default();
        assert_eq!(
            [shared.turn("q", 0), shared.turn("q", 1), shared.turn("r", 2)],
            [Turn::Ask, Turn::Wait, Turn::Ask]
        );
        shared.settle("q", Some("a"), 100);
        assert_eq!([shared.turn("q", 101), shared.turn("q", 100 + SHARED_MS)], [answer("a"), Turn::Ask]);
    }

    #[test]
    fn what_failed_or_died_is_asked_by_the_next() {
        let mut shared = SharedAnswers::default();
        assert_eq!(shared.turn("q", 0), Turn::Ask);
        shared.settle("q", None, 5);
        assert_eq!(
            [shared.turn("q", 6), shared.turn("q", 7), shared.turn("q", 6 + ASKING_MS)],
            [Turn::Ask, Turn::Wait, Turn::Ask]
        );
    }

    #[test]
    fn answers_are_bounded() {
        let mut shared = SharedAnswers::default();
        shared.settle("large", Some(&"x".repeat(MAX_BYTES)), 0);
        shared.settle("one more", Some("x"), 0);
        assert_eq!(
            [shared.turn("one more", 1), shared.turn("large", 1)],
            [Turn::Ask, answer(&"x".repeat(MAX_BYTES))]
        );
        let mut shared = SharedAnswers::default();
        for question in 0..2 * MAX_ANSWERS {
            shared.settle(&question.to_string(), Some("x"), 0);
        }
        assert_eq!(shared.entries.len(), MAX_ANSWERS);
        assert_eq!(shared.turn("new", 1), Turn::Ask);
    }
}
