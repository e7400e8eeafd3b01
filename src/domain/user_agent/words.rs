//! A user agent in lower case, to be asked which tokens it has. A token counts where a word starts, so that
//! `aft` is not in `aircraft`; what follows is open (`sm-` is also `sm-s928b`) unless the token says it.

/// Words are runs of ASCII letters and digits.
pub(super) struct Words<'a> {
    text: &'a str,
    /// What follows from the start of each word on, ordered by first bytes.
    starts: Vec<&'a str>,
    /// Where in `starts` those that begin with a byte start and end.
    begins: [(u16, u16); 128],
}

impl<'a> Words<'a> {
    /// The text must be in lower case, and no longer than `super::MAX_USER_AGENT`.
    pub(super) fn new(text: &'a str) -> Self {
        let bytes = text.as_bytes();
        let is_start = |at: usize| {
            bytes[at].is_ascii_alphanumeric() && (at == 0 || !bytes[at - 1].is_ascii_alphanumeric())
        };
        let mut starts: Vec<_> = (0..bytes.len()).filter(|&at| is_start(at)).map(|at| &text[at..]).collect();
        starts.sort_unstable_by_key(|start| first_byte(start));
        let mut begins = [(0, 0); 128];
        for (start, at) in starts.iter().zip(0..) {
            let (from, to) = &mut begins[usize::from(first_byte(start))];
            if *to == 0 {
                *from = at;
            }
            *to = at + 1;
        }
        Self { text, starts, begins }
    }

    /// A token starts with a letter or a digit.
    pub(super) fn has(&self, token: &str) -> bool {
        self.starting_like(token).iter().any(|start| start.starts_with(token))
    }

    /// What follows from the start of each word on that begins with the same byte as a token.
    fn starting_like(&self, token: &str) -> &[&'a str] {
        let (from, to) = self.begins[usize::from(first_byte(token))];
        &self.starts[usize::from(from)..usize::from(to)]
    }

    /// The text from the start of each word on, where it can begin with the program's own name: what follows `like` is the
    /// name of another one.
    pub(super) fn own_names(&self) -> impl Iterator<Item = &'a str> {
        let is_likened = |start: &str| self.text[..self.text.len() - start.len()].ends_with("like ");
        self.starts.iter().copied().filter(move |start| !is_likened(start))
    }

    /// Whether it is the program of a name, which stands first or after `compatible`.
    pub(super) fn is_product(&self, name: &str) -> bool {
        let after = self.text.split_once("compatible;").map(|(_, after)| after.trim_start());
        [Some(self.text), after].into_iter().flatten().any(|text| begins_with_name(text, name))
    }

    /// Whether a token is the name of a product, or its beginning: it stands first, or has a version.
    pub(super) fn has_product(&self, token: &str) -> bool {
        let is_versioned = |start: &&str| {
            let name =
                until(start, |byte| !byte.is_ascii_alphanumeric() && !matches!(byte, b'-' | b'_' | b'.'));
            name.starts_with(token.trim_end_matches('/')) && start[name.len()..].starts_with('/')
        };
        self.text.starts_with(token) || self.starting_like(token).iter().any(is_versioned)
    }

    pub(super) fn has_any(&self, tokens: &[&str]) -> bool {
        tokens.iter().any(|token| self.has(token))
    }

    /// The value of the first entry that has its token: more specific ones stand first.
    pub(super) fn first<T: Copy>(&self, table: &[(&str, T)]) -> Option<T> {
        table.iter().find(|(token, _)| self.has(token)).map(|&(_, value)| value)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &'a str> {
        self.starts.iter().map(|start| until(start, |byte| !byte.is_ascii_alphanumeric()))
    }

    /// From the start of each word to the end of the model code that it may be: codes have dashes.
    pub(super) fn codes(&self) -> impl Iterator<Item = &'a str> {
        self.starts.iter().map(|start| until(start, |byte| !byte.is_ascii_alphanumeric() && byte != b'-'))
    }

    /// Anywhere, as [`Words::has`] does not look: for what is no word.
    pub(super) fn contains(&self, part: &str) -> bool {
        self.text.contains(part)
    }

    /// Whether it names a product, with a version, besides the `Mozilla/5.0` of every browser.
    pub(super) fn names_product(&self) -> bool {
        let is_product = |(at, _): (usize, &str)| !self.text[..at].ends_with("mozilla");
        self.text.match_indices('/').any(is_product)
    }

    /// Browsers and what imitates them, as opposed to apps, players and scripts.
    pub(super) fn claims_browser(&self) -> bool {
        self.has_any(&["mozilla/", "opera/"])
    }
}

/// Whether a text begins with a name, in any case and as whole words.
pub(super) fn begins_with_name(text: &str, name: &str) -> bool {
    let (text, name) = (text.as_bytes(), name.as_bytes());
    text.len() >= name.len()
        && text[..name.len()].eq_ignore_ascii_case(name)
        && !text.get(name.len()).is_some_and(u8::is_ascii_alphanumeric)
}

/// Of what starts with an ASCII character.
fn first_byte(text: &str) -> u8 {
    text.bytes().next().unwrap_or_default() & 0x7f
}

fn until(text: &str, is_end: impl Fn(u8) -> bool) -> &str {
    &text[..text.bytes().position(is_end).unwrap_or(text.len())]
}
