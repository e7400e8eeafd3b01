//! The words of the API: what its users read is plain English. CONTRIBUTING.md says how it should read.

#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::PathBuf;

use pixtally::api::description::Description;
use serde_json::Value;
use utoipa::OpenApi;

/// Words that must not come back, each with a better one.
const WORDS: [(&str, &str); 13] = [
    ("alone", "only"),
    ("anew", "again"),
    ("told", "reported, known"),
    ("tells", "reports, knows"),
    ("tell", "report, know"),
    ("whoever", "anybody who"),
    ("whosever", "the owner's"),
    ("whose", "a sentence with the owner"),
    ("of which", "another sentence"),
    ("had", "has, was read"),
    ("go on with", "resume"),
    ("gone on with", "resumed"),
    ("\u{2009}", "no thin space"),
];

/// Folders with texts for users; messages of the log are among them.
const FOLDERS: [&str; 4] = ["src/api", "src/domain", "src/batch", "src/record"];

/// Whether a text has a word, or some words, that stand by themselves.
fn has(text: &str, words: &str) -> bool {
    let is_letter = |it: Option<char>| it.is_some_and(char::is_alphanumeric);
    let text = text.to_lowercase();
    text.match_indices(words).any(|(at, _)| {
        let is_part = words.chars().all(char::is_alphabetic)
            && (is_letter(text[..at].chars().next_back())
                || is_letter(text[at + words.len()..].chars().next()));
        !is_part
    })
}

fn offences(texts: &[(String, String)]) -> Vec<String> {
    let offence = |(place, text): &(String, String)| {
        let (word, better) = WORDS.into_iter().find(|(word, _)| has(text, word))?;
        Some(format!("{place}: {word:?} (better: {better}) in {text:?}"))
    };
    texts.iter().filter_map(offence).collect()
}

/// Every `description` of the API's description, with its place.
fn descriptions(value: &Value, place: &str, found: &mut Vec<(String, String)>) {
    match value {
        Value::Object(fields) => {
            for (name, field) in fields {
                match field.as_str() {
                    Some(text) if name == "description" => found.push((place.to_owned(), text.to_owned())),
                    _ => descriptions(field, &format!("{place}/{name}"), found),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| descriptions(item, place, found)),
        _ => {}
    }
}

/// The string literals of a source file, as they are written; without its tests and comments.
fn literals(source: &str) -> Vec<String> {
    let code = source.split("#[cfg(test)]").next().unwrap();
    let code: Vec<&str> = code.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
    let code = code.join("\n").replace("'\"'", "");
    let mut found = Vec::new();
    let mut text: Option<String> = None;
    let mut characters = code.chars().peekable();
    while let Some(character) = characters.next() {
        match (&mut text, character) {
            (None, '"') => text = Some(String::new()),
            (None, _) => {}
            (Some(_), '"') => found.extend(text.take()),
            (Some(text), '\\') => match characters.next() {
                Some('\n') => while characters.next_if(|it| it.is_whitespace()).is_some() {},
                escaped => text.extend(escaped),
            },
            (Some(text), character) => text.push(character),
        }
    }
    found
}

fn sources(folder: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(folder)).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(sources(path.to_str().unwrap()));
        } else if path.extension().is_some_and(|it| it == "rs") {
            found.push(path);
        }
    }
    found
}

#[test]
fn descriptions_are_plain() {
    let mut found = Vec::new();
    descriptions(&serde_json::to_value(Description::openapi()).unwrap(), "", &mut found);
    assert!(found.len() > 200, "{}", found.len());
    assert_eq!(offences(&found), Vec::<String>::new());
}

#[test]
fn messages_are_plain() {
    let mut found = Vec::new();
    for path in FOLDERS.into_iter().flat_map(sources) {
        let place = path.display().to_string();
        found.extend(
            literals(&fs::read_to_string(&path).unwrap()).into_iter().map(|text| (place.clone(), text)),
        );
    }
    assert!(found.len() > 500, "{}", found.len());
    assert_eq!(offences(&found), Vec::<String>::new());
}

#[test]
fn words_are_found_where_they_stand_by_themselves() {
    for (text, is_found) in [
        ("Only GET.", false),
        ("HEAD has the headers of GET", false),
        ("GET alone.", true),
        ("Alone, it works", true),
        ("standalone", false),
        ("the zone does not tell it", true),
        ("an intelligible answer", false),
        ("a row, of which there are two", true),
        ("10\u{2009}%", true),
    ] {
        let texts = [(String::new(), text.to_owned())];
        assert_eq!(!offences(&texts).is_empty(), is_found, "{text}");
    }
    let source = r#"
        /// "told" in a comment
        let a = '"'; let b = "one \"two\" {x}"; let c = "three \
            four";
        #[cfg(test)]
        let d = "told";
    "#;
    let expected = ["one \"two\" {x}", "three four"];
    assert_eq!(literals(source), expected);
}
