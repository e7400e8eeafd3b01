//! What has to hold: some of it always, some of it of days that the product calls final, the rest once everything has
//! settled. Each check compares the product's tables and reports with the ledger.

mod breakdowns;
mod day;
mod isolates;
mod reported;
mod reports;
mod tables;
mod writes;

pub use day::sampling;
pub use reported::reported_sums;
pub use writes::{nothing_was_written, watch_writes};

use std::collections::BTreeMap;

use pixtally::domain::dimension::Dimension;

use super::ledger::OwnerDay;
use super::world::World;
use reported::{Reported, reported};

/// What holds at any moment.
pub fn always(world: &World) {
    world.count("checks");
    let days = reported(&world.server.0.borrow());
    {
        let (connection, ledger) = (world.server.0.borrow(), world.ledger.borrow());
        tables::realtime_is_what_was_counted(&connection, &ledger, world.profile.has_every_row());
        tables::uncounted_is_what_was_said(&connection, &ledger);
        tables::published_days_add_up(&connection);
        tables::months_add_up(&connection);
        tables::closed_dimensions_add_up(&connection, &ledger);
        tables::realtime_dimensions_add_up(&connection, &ledger);
    }
    for (day, reported) in &days {
        if !world.ledger.borrow().is_purged(day.1) {
            day::nothing_is_doubled(world, *day, reported);
        }
    }
    if world.random.chance(0.5) {
        reports::agree(world, &days);
    }
    some_breakdowns(world, &days);
    day::final_ones_are_right(world, &days);
}

/// What holds once the traffic and the faults are over and every day has had its nights.
pub fn settled(world: &World) {
    always(world);
    isolates::every_hit_is_accounted_for(world);
    tables::all_that_is_uncounted_is_said(world);
    tables::nothing_is_left_over(world);
    tables::months_are_all_that_was_ever_reported(world);
    let days = reported(&world.server.0.borrow());
    day::all_are_right(world, &days);
    tables::closed_days_add_up(world, &days);
}

/// Every breakdown of every day.
pub fn breakdowns(world: &World) {
    let days = reported(&world.server.0.borrow());
    for (day, reported) in kept(world, &days) {
        for dimension in breakdowns::dimensions(world) {
            breakdowns::of_day(world, day, reported, dimension);
        }
        breakdowns::failures_of_day(world, day, reported);
    }
}

/// A few dimensions of a day: to ask for all of them each time would take too long.
fn some_breakdowns(world: &World, days: &BTreeMap<OwnerDay, Reported>) {
    const DIMENSIONS: usize = 2;
    let days: Vec<_> = kept(world, days).collect();
    let dimensions: Vec<Dimension> = breakdowns::dimensions(world).collect();
    if days.is_empty() {
        return;
    }
    let (day, reported) = world.random.pick(&days);
    for _ in 0..DIMENSIONS {
        breakdowns::of_day(world, day, reported, world.random.pick(&dimensions));
    }
    breakdowns::failures_of_day(world, day, reported);
}

/// The days that are not purged.
fn kept<'a>(
    world: &'a World,
    days: &'a BTreeMap<OwnerDay, Reported>,
) -> impl Iterator<Item = (OwnerDay, &'a Reported)> {
    days.iter().filter(|(day, _)| !world.ledger.borrow().is_purged(day.1)).map(|(day, it)| (*day, it))
}
