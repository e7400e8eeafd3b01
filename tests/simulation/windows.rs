//! What an object asks of many isolates.

use std::cell::RefCell;
use std::rc::Rc;

use pixtally::domain::date::Millis;
use pixtally::domain::flush::{FlushId, IsolateId};
use pixtally::domain::flush_body::FlushBody;
use pixtally::domain::tally::{Limits, Tally};
use pixtally::domain::uncounted::Uncounted;

use super::executor::Group;
use super::object;
use super::profile::HOUR_MS;
use super::traffic;
use super::world::World;

/// The windows that so many isolates are asked for. Each sends one flush.
fn windows(isolates: u64) -> Vec<Millis> {
    let world = World::new(1, false);
    world.be_quiet();
    let asked = Rc::new(RefCell::new(Vec::new()));
    for number in 0..isolates {
        let mut tally = Tally::new(Limits::DEFAULT);
        let _ = tally.add(&traffic::hit(&world), world.now());
        let id = FlushId { isolate: IsolateId(number), number: 1 };
        let flush = FlushBody::new(id, tally.take(), Uncounted::default()).encode();
        world.sent(number as usize, &flush);
        let (shared, asked) = (Rc::clone(&world), Rc::clone(&asked));
        let task = async move {
            let acknowledgement = object::deliver(&shared, &flush).await.expect("an acknowledgement");
            asked.borrow_mut().push(acknowledgement.window);
        };
        world.executor.spawn(
            format!("isolate {number}"),
            Group::Isolate(number as usize),
            (Millis::MAX, u64::MAX),
            task,
        );
    }
    world.run_until(world.now() + HOUR_MS);
    object::end(&world, "so does the world");
    world.executor.end();
    asked.take()
}

#[test]
fn windows_grow_with_the_isolates_that_an_object_hears_of() {
    for (isolates, expected) in [(30, 2_000), (1_500, 5_000)] {
        let windows = windows(isolates);
        assert_eq!(windows.len() as u64, isolates);
        assert_eq!(
            (windows.iter().min(), windows.iter().max()),
            (Some(&2_000), Some(&expected)),
            "{isolates} isolates"
        );
    }
}
