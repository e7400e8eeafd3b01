//! Messages that repeat what a client has sent: they repeat the beginning of it, not all.

/// Longest text between quotes that is repeated, in characters.
const MAX_QUOTED: usize = 80;
/// Longest message, in characters: the limit of what has no quotes.
const MAX_MESSAGE: usize = 2_000;
const ELLIPSIS: char = '…';

/// A message with every quoted text cut, and not longer than [`MAX_MESSAGE`]. A quoted text stands between `"`, as `{:?}`
/// writes it, or between backticks, as JSON's errors have it.
pub fn abridged(message: &str) -> String {
    let mut short = String::with_capacity(message.len().min(MAX_MESSAGE));
    let mut quoted: Option<(char, usize)> = None;
    let mut is_escaped = false;
    for character in message.chars() {
        match quoted {
            None => {
                short.push(character);
                quoted = matches!(character, '"' | '`').then_some((character, 0));
            }
            Some((end, length)) => {
                let ends = character == end && !is_escaped;
                is_escaped = character == '\\' && !is_escaped && end == '"';
                if ends {
                    short.push(character);
                    quoted = None;
                } else {
                    if length < MAX_QUOTED {
                        short.push(character);
                    } else if length == MAX_QUOTED {
                        short.push(ELLIPSIS);
                    }
                    quoted = Some((end, length + 1));
                }
            }
        }
    }
    if let Some((end, _)) = short.char_indices().nth(MAX_MESSAGE) {
        short.truncate(end);
        short.push(ELLIPSIS);
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_sent_is_cut_and_the_rest_stays() {
        let long = "x".repeat(60_000);
        let cut = format!("{}…", &long[..MAX_QUOTED]);
        for (message, expected) in [
            ("sort must be requests, not \"x\"".to_owned(), "sort must be requests, not \"x\"".to_owned()),
            (format!("not {long:?}; these are: a, b"), format!("not \"{cut}\"; these are: a, b")),
            (
                format!("unknown field `{long}`, expected `name` or `owner`"),
                format!("unknown field `{cut}`, expected `name` or `owner`"),
            ),
            (format!("{:?} and {:?}", "a\"b\\", long), format!("\"a\\\"b\\\\\" and \"{cut}\"")),
            (format!("`{long}"), format!("`{cut}")),
            ("it is the owner's".to_owned(), "it is the owner's".to_owned()),
            (long.clone(), format!("{}…", &long[..MAX_MESSAGE])),
            (format!("\"{}\"", "ä".repeat(90)), format!("\"{}…\"", "ä".repeat(MAX_QUOTED))),
        ] {
            assert_eq!(abridged(&message), expected);
        }
    }
}
