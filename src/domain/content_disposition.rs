//! `Content-Disposition` as a header can carry it: a name beyond ASCII in both forms that RFC 6266 and RFC 8187 ask for.

use std::borrow::Cow;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

/// Longest stored value that is read, in bytes.
const MAX_STORED: usize = 2 * 1024;
/// What is not an `attr-char` (RFC 8187, section 3.2.1).
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'!')
    .remove(b'#')
    .remove(b'$')
    .remove(b'&')
    .remove(b'+')
    .remove(b'-')
    .remove(b'.')
    .remove(b'^')
    .remove(b'_')
    .remove(b'`')
    .remove(b'|')
    .remove(b'~');

/// The header for what was stored with a file. `None` for what cannot be read: browsers then decide by the type.
pub fn header(stored: &str) -> Option<Cow<'_, str>> {
    if stored.len() > MAX_STORED {
        return None;
    }
    if stored.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
        return Some(Cow::Borrowed(stored));
    }
    let (kind, parameters) = stored.split_once(';').unwrap_or((stored, ""));
    let kind = kind.trim();
    let is_token = !kind.is_empty() && kind.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    if !is_token {
        return None;
    }
    Some(Cow::Owned(match file_name(parameters) {
        Some(name) => format!("{kind}; filename=\"{}\"; filename*=UTF-8''{}", ascii(&name), encoded(&name)),
        None => kind.to_owned(),
    }))
}

/// The file name among the parameters. `filename*` is preferred, as RFC 6266, section 4.3, says.
fn file_name(parameters: &str) -> Option<String> {
    let mut plain = None;
    for (name, value) in parameters_of(parameters) {
        if name.eq_ignore_ascii_case("filename*") {
            let utf8 = value.get(..7).filter(|charset| charset.eq_ignore_ascii_case("utf-8''"));
            if let Some(name) = utf8.and_then(|_| percent_decode_str(&value[7..]).decode_utf8().ok()) {
                return Some(name.into_owned());
            }
        } else if name.eq_ignore_ascii_case("filename") {
            plain = Some(value);
        }
    }
    plain
}

/// `name=value` or `name="value"`, between semicolons.
fn parameters_of(text: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some((name, after)) = rest.split_once('=') {
        let (value, after) = match after.trim_start().strip_prefix('"') {
            Some(quoted) => quoted_text(quoted),
            None => {
                let (value, after) = after.split_once(';').unwrap_or((after, ""));
                (value.trim().to_owned(), after)
            }
        };
        let name = name.rsplit(';').next().unwrap_or_default().trim();
        found.push((name.to_owned(), value));
        rest = after;
    }
    found
}

/// A quoted text without its quotes, and what follows.
fn quoted_text(text: &str) -> (String, &str) {
    let mut value = String::new();
    let mut characters = text.char_indices();
    while let Some((index, character)) = characters.next() {
        match character {
            '"' => return (value, &text[index + 1..]),
            '\\' => value.extend(characters.next().map(|(_, escaped)| escaped)),
            _ => value.push(character),
        }
    }
    (value, "")
}

/// A name for clients that read only ASCII.
fn ascii(name: &str) -> String {
    let keep = |character: char| match character {
        '"' | '\\' | '%' => '_',
        ' '..='~' => character,
        _ => '_',
    };
    name.chars().filter(|it| !it.is_control()).map(keep).collect()
}

fn encoded(name: &str) -> String {
    let printable: String = name.chars().filter(|it| !it.is_control()).collect();
    utf8_percent_encode(&printable, ENCODED).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_beyond_ascii_are_sent_in_both_forms() {
        for (stored, sent) in [
            ("attachment", Some("attachment")),
            ("attachment; filename=\"a.pdf\"", Some("attachment; filename=\"a.pdf\"")),
            (
                "attachment; filename=\"Übersicht 2026.pdf\"",
                Some(
                    "attachment; filename=\"_bersicht 2026.pdf\"; filename*=UTF-8''%C3%9Cbersicht%202026.pdf",
                ),
            ),
            (
                "attachment; filename=Plan–B.pdf",
                Some("attachment; filename=\"Plan_B.pdf\"; filename*=UTF-8''Plan%E2%80%93B.pdf"),
            ),
            (
                "inline; filename=\"写真;1.jpg\"; x=y",
                Some("inline; filename=\"__;1.jpg\"; filename*=UTF-8''%E5%86%99%E7%9C%9F%3B1.jpg"),
            ),
            (
                "attachment; filename=\"ä\"; filename*=UTF-8''%C3%B6.pdf",
                Some("attachment; filename=\"_.pdf\"; filename*=UTF-8''%C3%B6.pdf"),
            ),
            (
                r#"attachment; filename="say \"hé\".pdf""#,
                Some("attachment; filename=\"say _h__.pdf\"; filename*=UTF-8''say%20%22h%C3%A9%22.pdf"),
            ),
            (
                "attachment; filename=\"a\r\nb.pdf\"",
                Some("attachment; filename=\"ab.pdf\"; filename*=UTF-8''ab.pdf"),
            ),
            ("attachment; ü", Some("attachment")),
            ("ätt; filename=\"a\"", None),
            (&"ä".repeat(1_025), None),
        ] {
            assert_eq!(header(stored).as_deref(), sent, "{stored:?}");
        }
    }
}
