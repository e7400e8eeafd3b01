//! What isolates were given, and what they have told D1.

use std::collections::BTreeMap;

use pixtally::domain::date::Date;

use crate::ledger::{Sum, plus};
use crate::world::World;

/// What an isolate was given it has brought to D1, as rows or as uncounted. A dead one has brought no more than that.
pub fn every_hit_is_accounted_for(world: &World) {
    let ledger = world.ledger.borrow();
    for (isolate, recorded) in &ledger.recorded {
        let mut told: BTreeMap<Date, Sum> = BTreeMap::new();
        for flush in ledger.flushes.values().filter(|it| it.isolate == *isolate && it.is_acknowledged) {
            for (key, counters) in &flush.rows {
                plus(&mut told, key.date, (counters.requests, counters.bandwidth_bytes));
            }
            for ((date, _), sum) in &flush.uncounted {
                plus(&mut told, *date, *sum);
            }
        }
        if ledger.dead.contains(isolate) {
            let fits = |(date, sum): (&Date, &Sum)| {
                recorded.get(date).is_some_and(|most| sum.0 <= most.0 && sum.1 <= most.1)
            };
            assert!(told.iter().all(fits), "isolate {isolate} told {told:?} of {recorded:?}");
        } else {
            assert_eq!(&told, recorded, "what isolate {isolate} told is not what it was given");
        }
    }
}
