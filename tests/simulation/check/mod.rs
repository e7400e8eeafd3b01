//! What has to hold: some of it always, some of it of days that the product calls final, the rest once everything has
//! settled. Each check compares the product's tables and reports with the ledger.

mod day;
mod isolates;
mod reported;
mod reports;
mod tables;
mod writes;

pub use day::sampling;
pub use reported::reported_sums;
pub use writes::{nothing_was_written, watch_writes};

use super::world::World;
use reported::reported;

/// What holds at any moment.
pub fn always(world: &World) {
    world.count("checks");
    let days = reported(&world.server.0.borrow());
    {
        let (connection, ledger) = (world.server.0.borrow(), world.ledger.borrow());
        tables::realtime_is_what_was_flushed(&connection, &ledger);
        tables::uncounted_is_what_was_said(&connection, &ledger);
        tables::published_days_add_up(&connection);
        tables::months_add_up(&connection);
    }
    for (day, reported) in &days {
        if !world.ledger.borrow().is_purged(day.1) {
            day::nothing_is_doubled(world, *day, reported);
        }
    }
    reports::agree(world, &days);
    day::final_ones_are_right(world, &days);
}

/// What holds once the traffic and the faults are over and every day has had its nights.
pub fn settled(world: &World) {
    always(world);
    isolates::every_hit_is_accounted_for(world);
    tables::nothing_is_left_over(world);
    tables::months_are_all_that_was_ever_reported(world);
    let days = reported(&world.server.0.borrow());
    day::all_are_right(world, &days);
    tables::closed_days_add_up(world, &days);
}
