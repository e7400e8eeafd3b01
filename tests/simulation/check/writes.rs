//! Writing: a rerun that finds what it has found before must not write to a counter table.

use super::reported::table;
use crate::world::World;

/// The tables that a rerun must not write.
const COUNTER_TABLES: [&str; 5] = [
    "analytics_daily",
    "analytics_breakdown_daily",
    "analytics_errors_daily",
    "analytics_days",
    "analytics_monthly",
];

/// Notes from now on what is written to counter tables.
pub fn watch_writes(world: &World) {
    let connection = world.server.0.borrow();
    connection.execute_batch("CREATE TEMP TABLE writes (what)").expect("a table");
    for table in COUNTER_TABLES {
        for what in ["INSERT", "UPDATE", "DELETE"] {
            let trigger = format!(
                "CREATE TEMP TRIGGER {table}_{what} AFTER {what} ON main.{table}
                 BEGIN INSERT INTO writes VALUES ('{what} {table}'); END"
            );
            connection.execute_batch(&trigger).expect("a trigger");
        }
    }
}

/// Whether nothing was written to them.
pub fn nothing_was_written(world: &World) {
    let none: Vec<String> = Vec::new();
    let writes = table(&world.server.0.borrow(), "SELECT what, count(*) FROM writes GROUP BY what");
    assert_eq!(writes, none, "a rerun has written");
}
