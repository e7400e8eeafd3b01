//! Public lists of programs and browsers, held against the tables. The data files are in `tests/data/user-agents`, with
//! where they come from; `npm run user-agents` runs these tests on newer ones. `cargo test --test user_agents -- --nocapture` prints what
//! is taken for something else than the lists say.

use std::path::Path;

use pixtally::domain::user_agent::{BotClass, Classifier};

/// How much of a list of programs must be right, in percent.
const LEAST_RIGHT: usize = 95;
/// The same of isbot's lists, which are a third opinion: theirs of browsers also has scanners and the Amiga's, and that of
/// programs has feed readers, apps and OkHttp, which are people's here.
const LEAST_AGREED: usize = 90;

#[derive(serde::Deserialize)]
struct List {
    entries: Vec<Entry>,
}

#[derive(serde::Deserialize)]
struct Entry {
    name: String,
    tags: Vec<String>,
    user_agents: Vec<String>,
}

impl List {
    fn read(file: &str) -> Vec<Entry> {
        let folder = std::env::var("USER_AGENT_LISTS")
            .unwrap_or_else(|_| concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/user-agents").to_owned());
        let path = Path::new(&folder).join(file);
        let text =
            std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let list: Self = serde_json::from_str(&text).expect("a list as the script writes it");
        assert!(list.entries.len() > 100, "{file} is cut off");
        list.entries
    }
}

impl Entry {
    /// Whether a program with these tags is of a class. One with both tags is of either.
    fn is_right(&self, class: BotClass) -> bool {
        let is = |tag: &str| self.tags.iter().any(|it| it == tag);
        match class {
            BotClass::Human => false,
            BotClass::AiCrawler => is("ai-crawler"),
            BotClass::SearchCrawler => is("search-engine"),
            BotClass::OtherBot => !is("ai-crawler") && !is("search-engine"),
        }
    }
}

fn class_of(user_agent: &str) -> BotClass {
    Classifier::default().classify(user_agent).bot
}

/// Prints what is wrong, and fails when it is too much.
fn check<'a>(file: &str, least: usize, checked: impl Iterator<Item = (&'a str, BotClass, bool)>) {
    let (mut all, mut wrong) = (0, 0);
    for (text, class, is_right) in checked {
        all += 1;
        if !is_right {
            wrong += 1;
            println!("{file}: {} is what this is taken for: {text}", class.as_str());
        }
    }
    println!("{file}: {} of {all} are right", all - wrong);
    assert!(100 * (all - wrong) >= least * all, "{file}: {wrong} of {all} are wrong");
}

#[test]
fn programs_of_ai_are_known_by_name() {
    let entries = List::read("ai-robots-txt.json");
    let shapes: [fn(&str) -> String; 3] = [
        str::to_owned,
        |name| format!("{name}/1.0"),
        |name| format!("Mozilla/5.0 (compatible; {name}/1.0; +https://example.com/bot)"),
    ];
    for shape in shapes {
        let checked = entries.iter().map(|entry| {
            let class = class_of(&shape(&entry.name));
            (&*entry.name, class, entry.is_right(class))
        });
        check("ai-robots-txt.json", LEAST_RIGHT, checked);
    }
}

#[test]
fn crawlers_are_of_the_right_class() {
    let entries = List::read("crawler-user-agents.json");
    let checked = entries.iter().flat_map(|entry| {
        entry.user_agents.iter().map(move |text| {
            let class = class_of(text);
            (&**text, class, entry.is_right(class))
        })
    });
    check("crawler-user-agents.json", LEAST_RIGHT, checked);
}

#[test]
fn what_isbot_takes_for_programs_are_programs() {
    let entries = List::read("isbot-crawlers.json");
    let checked = entries.iter().flat_map(|entry| &entry.user_agents).map(|text| {
        let class = class_of(text);
        (&**text, class, class != BotClass::Human)
    });
    check("isbot-crawlers.json", LEAST_AGREED, checked);
}

#[test]
fn what_isbot_takes_for_browsers_are_people() {
    let entries = List::read("isbot-browsers.json");
    let checked = entries.iter().flat_map(|entry| &entry.user_agents).map(|text| {
        let class = class_of(text);
        (&**text, class, class == BotClass::Human)
    });
    check("isbot-browsers.json", LEAST_AGREED, checked);
}
