//! Many worlds: some at a time, each lot in a process of its own, as many at once as there are cores. Threads would wait for
//! each other: SQLite's allocator and page cache have one lock.

use std::collections::BTreeMap;
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use super::run;

/// Worlds of one process.
const LOT: u64 = 20;
/// Tells a process that it is one of many, and which worlds it has.
const LOT_VARIABLE: &str = "LOT_OF_WORLDS";
/// What begins the line that such a process tells its result with.
const RESULT: &str = "lot: ";

/// How often what happened.
pub type Counts = BTreeMap<String, u64>;
/// The seed that failed first, and what was wrong.
pub type Failure = (u64, String);

/// Tries worlds; what happened in them, or the first that failed.
pub fn try_all(first: u64, seeds: u64) -> Result<Counts, Failure> {
    let next = AtomicU64::new(first);
    let end = AtomicU64::new(first + seeds);
    let (counts, failure) = (Mutex::new(Counts::new()), Mutex::new(None::<Failure>));
    let work = || {
        loop {
            let from = next.fetch_add(LOT, Ordering::SeqCst);
            if from >= end.load(Ordering::SeqCst) {
                return;
            }
            match in_another_process(from, (from + LOT).min(first + seeds)) {
                Ok(more) => add(&mut counts.lock().unwrap(), more),
                Err(this) => {
                    end.fetch_min(this.0, Ordering::SeqCst);
                    let mut failure = failure.lock().unwrap();
                    let earlier = failure.take().filter(|(seed, _)| *seed < this.0);
                    *failure = Some(earlier.unwrap_or(this));
                }
            }
            let done = from + LOT - first;
            if done % 1_000 < LOT && done >= LOT {
                eprintln!("{done} of {seeds} worlds");
            }
        }
    };
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| (0..cores).for_each(|_| drop(scope.spawn(work))));
    failure.into_inner().unwrap().map_or_else(|| Ok(counts.into_inner().unwrap()), Err)
}

fn add(counts: &mut Counts, more: Counts) {
    for (what, count) in more {
        *counts.entry(what).or_default() += count;
    }
}

fn in_another_process(from: u64, to: u64) -> Result<Counts, Failure> {
    let program = std::env::current_exe().expect("this program");
    let lot = Command::new(program)
        .args(["--exact", "the_accounts_agree", "--nocapture"])
        .env(LOT_VARIABLE, format!("{from} {to}"))
        .output()
        .expect("another process");
    let text = String::from_utf8_lossy(&lot.stdout);
    // The test's name may stand before it on the line.
    let result = text.split_once(RESULT).and_then(|(_, rest)| rest.lines().next());
    let result = result.and_then(|line| serde_json::from_str(line).ok());
    result.unwrap_or_else(|| {
        Err((from, format!("the process ended: {}", String::from_utf8_lossy(&lot.stderr))))
    })
}

/// Whether this is such a process; then it has done its work.
pub fn is_one_of_many() -> bool {
    let Ok(lot) = std::env::var(LOT_VARIABLE) else { return false };
    let (from, to) = lot.split_once(' ').expect("two seeds");
    let seeds = from.parse::<u64>().expect("a seed")..to.parse().expect("a seed");
    let mut counts = Counts::new();
    let mut failure = None;
    for seed in seeds {
        match run::caught(seed) {
            Ok(more) => {
                add(&mut counts, more.into_iter().map(|(what, count)| (what.to_owned(), count)).collect())
            }
            Err(message) => {
                failure = Some((seed, message));
                break;
            }
        }
    }
    let result: Result<Counts, Failure> = failure.map_or(Ok(counts), Err);
    println!("{RESULT}{}", serde_json::to_string(&result).expect("texts and numbers"));
    true
}
