//! `npm run scale`: the product's tally, flusher and aggregator under simulated traffic, and what that costs. Writes
//! `docs/SCALING.md`; with `--quick` it only prints, from shorter runs.

mod admission;
mod alias;
mod event;
mod figures;
mod fleet;
mod histogram;
mod job;
mod memory;
mod meter;
mod object;
mod prices;
#[allow(dead_code, reason = "the simulation uses all of it")]
#[path = "../../tests/simulation/random.rs"]
mod random;
mod report;
mod restart;
mod run;
mod spec;
mod storage;
mod traffic;
mod waits;
mod world;

#[allow(clippy::disallowed_methods, reason = "this measures time")]
fn main() {
    let is_quick = std::env::args().any(|argument| argument == "--quick");
    let began = std::time::Instant::now();
    let results = job::run_all(if is_quick { job::quick() } else { job::full() });
    let page = report::page(&results, is_quick, began.elapsed().as_secs_f64() / 60.0);
    println!("{page}");
    if !is_quick {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/SCALING.md");
        std::fs::write(path, page).expect("docs/SCALING.md can be written");
    }
}
