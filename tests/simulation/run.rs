//! One world from its beginning to its end.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::rc::Rc;

use super::nightly::{self, Trigger};
use super::profile::{DAY_MS, HOUR_MS};
use super::world::World;
use super::{check, isolate, object, traffic};

/// Nights after the last traffic: three, and one more.
const QUIET_NIGHTS: u64 = 4;

thread_local! {
    static MESSAGE: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Runs a world; what happened in it, or what was wrong.
pub fn caught(seed: u64) -> Result<BTreeMap<&'static str, u64>, String> {
    set_hook(Box::new(|panic| MESSAGE.set(panic.to_string())));
    let outcome = catch_unwind(AssertUnwindSafe(|| world(seed, false)));
    drop(take_hook());
    outcome.map_err(|_| MESSAGE.take())
}

/// Runs a world.
///
/// # Panics
///
/// When a check fails.
pub fn world(seed: u64, is_traced: bool) -> BTreeMap<&'static str, u64> {
    let world = World::new(seed, is_traced);
    isolate::begin(&world);
    traffic::schedule(&world);
    nightly::schedule(&world);
    with_faults(&world);
    world.be_quiet();
    drain(&world);
    nights(&world);
    check::settled(&world);
    check::breakdowns(&world);
    rerun(&world);
    check::sampling(&world);
    // It holds the world, which holds it.
    object::end(&world, "so does the world");
    world.executor.end();
    world.counts.take()
}

fn with_faults(world: &Rc<World>) {
    let end = world.profile.end();
    while world.now() < end {
        let next = world.now() + world.random.between(HOUR_MS, 20 * HOUR_MS);
        world.run_until(next.min(end));
        check::always(world);
    }
}

/// Some last requests for every isolate: whatever it still has to flush is due with them.
fn drain(world: &Rc<World>) {
    let places = world.isolates.borrow().len();
    for minute in 1..=20 {
        world.run_until(world.profile.end() + minute * 60_000);
        (0..places).for_each(|place| traffic::serve(world, place));
    }
    world.run_until(world.profile.end() + HOUR_MS);
    check::always(world);
}

fn nights(world: &Rc<World>) {
    for night in 0..=QUIET_NIGHTS {
        let midnight = world.profile.end() + night * DAY_MS;
        nightly::at(world, midnight + HOUR_MS, Trigger::Cleanup(midnight + HOUR_MS));
        nightly::at(world, midnight + 2 * HOUR_MS, Trigger::Aggregation(midnight + 2 * HOUR_MS));
        world.run_until(midnight + 4 * HOUR_MS);
        check::always(world);
    }
}

/// Another run of every day that is still there, and of the nights, changes nothing.
fn rerun(world: &Rc<World>) {
    check::watch_writes(world);
    let now = world.now();
    let days: std::collections::BTreeSet<_> =
        world.ledger.borrow().owner_days().into_iter().map(|day| day.1).collect();
    for (number, date) in (0..).zip(days) {
        if date.start() + DAY_MS * u64::from(world.profile.retention.max(4)) > now {
            nightly::at(world, now + number * 60_000, Trigger::Rebuild(date));
        }
    }
    let again = now + 2 * HOUR_MS;
    nightly::at(world, again, Trigger::Aggregation(again));
    world.run_until(now + 3 * HOUR_MS);
    check::nothing_was_written(world);
    check::settled(world);
}
