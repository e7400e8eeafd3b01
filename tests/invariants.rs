//! Rules about the code itself that no compiler holds: see docs/ARCHITECTURE.md.

#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::{Path, PathBuf};

use pixtally::api::limits;
use pixtally::cloudflare::bindings;
use pixtally::config;
use pixtally::domain::rate_limit::WINDOW_MS;

/// Every file below a folder with one of these endings.
fn files(folder: &str, endings: &[&str]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|it| endings.iter().any(|ending| it == *ending)) {
                found.push(path);
            }
        }
    }
    assert!(!found.is_empty(), "{folder} has no {endings:?}");
    found.sort();
    found
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn root(file: &str) -> String {
    read(&Path::new(env!("CARGO_MANIFEST_DIR")).join(file))
}

/// The part of a source file that is compiled into the product.
fn production(source: &str) -> &str {
    source.split("#[cfg(test)]").next().unwrap()
}

/// Lines of production code that contain one of the words, as `file: line`.
fn offences(folder: &str, words: &[&str]) -> Vec<String> {
    files(folder, &["rs"])
        .iter()
        .flat_map(|path| {
            let source = read(path);
            let found: Vec<String> = production(&source)
                .lines()
                .filter(|line| !line.trim_start().starts_with("//"))
                .filter(|line| words.iter().any(|word| line.contains(word)))
                .map(|line| format!("{}: {}", path.display(), line.trim()))
                .collect();
            found
        })
        .collect()
}

#[test]
fn the_domain_knows_no_platform_no_clock_and_no_chance() {
    let words = [
        "worker::",
        "js_sys",
        "wasm_bindgen",
        "getrandom",
        "crate::cloudflare",
        "crate::store",
        "crate::cdn",
        "crate::record",
        "crate::api",
        "crate::batch",
        "crate::config",
        "SystemTime",
        "Instant",
        "Utc::now",
        "std::fs",
        "std::env",
        "std::net",
    ];
    assert_eq!(offences("src/domain", &words), Vec::<String>::new());
}

#[test]
fn sql_stands_in_its_own_files_with_bound_parameters() {
    /// Analytics Engine binds no parameters: its statements are built in one place, from enums and escaped values.
    const ENGINE: &str = "src/cloudflare/engine_sql.rs";
    let words = ["SELECT ", "INSERT INTO", "UPDATE ", "DELETE FROM", "CREATE TABLE"];
    let offences: Vec<String> =
        offences("src", &words).into_iter().filter(|it| !it.contains(ENGINE)).collect();
    assert_eq!(offences, Vec::<String>::new());
    for path in files("src/store/queries", &["sql"]) {
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let constant = format!("pub const {}: &str", name.to_uppercase());
        assert!(root("src/store/sql.rs").contains(&constant), "{name} has no constant");
    }
}

#[test]
fn production_code_holds_nothing_made_for_tests() {
    let words = [
        "cfg(feature = \"test",
        "for tests",
        "X-Test",
        "__faults",
        "dev-admin-token",
        "localhost",
        "127.0.0.1",
    ];
    assert_eq!(offences("src", &words), Vec::<String>::new());
}

#[test]
fn wrangler_toml_says_what_the_code_defaults_to() {
    let wrangler: toml::Table = root("wrangler.toml").parse().unwrap();
    let crons = wrangler["triggers"]["crons"].as_array().unwrap();
    let crons: Vec<&str> = crons.iter().map(|cron| cron.as_str().unwrap()).collect();
    assert_eq!(crons, [config::CLEANUP_CRON, config::AGGREGATION_CRON]);
    let bound = wrangler["analytics_engine_datasets"][0]["dataset"].as_str().unwrap();
    assert_eq!(
        (bound, wrangler["vars"]["ANALYTICS_DATASET"].as_str().unwrap()),
        (config::DATASET, config::DATASET)
    );
    // Every other variable has its default in the code, and no place is chosen for the aggregator.
    let set: Vec<&String> = wrangler["vars"].as_table().unwrap().keys().collect();
    assert_eq!(set, ["ANALYTICS_DATASET"]);
    assert_eq!(wrangler["observability"]["logs"]["invocation_logs"].as_bool(), Some(false));
    assert_eq!(wrangler["cache"]["enabled"].as_bool(), Some(false));
    assert_eq!(wrangler["assets"]["run_worker_first"].as_bool(), Some(true));
    let limiters: Vec<_> = wrangler["ratelimits"].as_array().unwrap().iter().collect();
    let of = |name: &str| {
        let found = limiters.iter().find(|it| it["name"].as_str() == Some(name)).unwrap();
        ["limit", "period"].map(|field| found["simple"][field].as_integer().unwrap())
    };
    let minute = i64::try_from(WINDOW_MS / 1_000).unwrap();
    assert_eq!(of(bindings::FAILURES), [i64::from(limits::FAILURES_A_MINUTE), minute]);
    assert_eq!(of(bindings::STATEMENTS), [i64::from(limits::STATEMENTS_A_MINUTE), minute]);
}

#[test]
fn the_documentation_lists_every_variable() {
    let documentation = root("docs/CONFIGURATION.md");
    let source = root("src/config.rs");
    let quoted = production(&source).split('"').skip(1).step_by(2);
    let variables: Vec<&str> = quoted
        .filter(|text| text.len() > 3 && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_'))
        .collect();
    assert!(variables.len() >= 10, "{variables:?}");
    let missing: Vec<_> =
        variables.iter().filter(|name| !documentation.contains(&format!("`{name}`"))).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

/// Of several types of one name, the API's description has one alone.
#[test]
fn schemas_have_names_of_their_own() {
    let mut names: Vec<String> = Vec::new();
    for path in files("src", &["rs"]) {
        let source = read(&path);
        for after in production(&source).split("ToSchema)]").skip(1) {
            let head = after.split('{').next().unwrap();
            let own = head.split_once("struct ").or(head.split_once("enum ")).map(|(_, name)| name.trim());
            let given = head.split_once("(as = ").and_then(|(_, rest)| rest.split([',', ')']).next());
            names.push(given.or(own).unwrap_or_else(|| panic!("{}: {head}", path.display())).to_owned());
        }
    }
    assert!(names.len() > 40, "{names:?}");
    names.sort();
    let shared: Vec<_> = names.windows(2).filter(|pair| pair[0] == pair[1]).map(|pair| &pair[0]).collect();
    assert!(shared.is_empty(), "{shared:?}");
}

#[test]
fn modules_open_with_what_they_are_for() {
    let silent: Vec<PathBuf> =
        files("src", &["rs"]).into_iter().filter(|path| !read(path).starts_with("//! ")).collect();
    assert_eq!(silent, Vec::<PathBuf>::new());
}
