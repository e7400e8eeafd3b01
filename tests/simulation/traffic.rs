//! Traffic: hits of a few owners at any time of the day, with bursts around midnight.

use std::rc::Rc;

use pixtally::domain::country::Country;
use pixtally::domain::date::{Date, Millis};
use pixtally::domain::hit::{CacheResult, Hit, Subject, Visitor, VisitorHeaders};
use pixtally::domain::privacy::Privacy;
use pixtally::domain::user_agent::Classifier;

use super::isolate;
use super::profile::{DAY_MS, Realtime};
use super::world::World;

/// Longest time between a hit's date and its recording: an owner may have to be looked up.
const MAX_DELAY_MS: Millis = 4_000;
/// By how much Analytics Engine's own time of a hit may be later than its recording.
const MAX_STAMP_DELAY_MS: Millis = 3_000;

/// Schedules everything that is asked for.
pub fn schedule(world: &Rc<World>) {
    let (random, profile) = (&world.random, &world.profile);
    for day in 0..profile.days {
        let midnight = profile.start.plus(day).start();
        let mut served = 0;
        while served < profile.hits_a_day {
            let instant = midnight + random.below(DAY_MS);
            let together = random.spread(1, 12);
            (0..together).for_each(|_| at(world, instant + random.below(5_000)));
            served += together;
        }
        if profile.bursts && day > 0 {
            (0..random.between(5, 30)).for_each(|_| at(world, midnight - 10_000 + random.below(20_000)));
        }
    }
}

fn at(world: &Rc<World>, instant: Millis) {
    let shared = Rc::clone(world);
    world.executor.at(instant, move || {
        let place = isolate::for_request(&shared);
        serve(&shared, place);
        if !shared.is_quiet() && shared.random.chance(shared.profile.isolate_resets) {
            isolate::reset(&shared, place);
        }
    });
}

/// Serves one request in an isolate: the truth, Analytics Engine and the tally each get the hit.
pub fn serve(world: &Rc<World>, place: usize) {
    let hit = hit(world);
    world.ledger.borrow_mut().served(&hit);
    write_point(world, &hit);
    let counts = match world.profile.realtime {
        Realtime::On => true,
        Realtime::Off => false,
        Realtime::Until(instant) => world.now() < instant,
    };
    if counts {
        let isolate = Rc::clone(&world.isolates.borrow()[place]);
        isolate::record(world, &isolate, &hit);
    }
}

fn write_point(world: &World, hit: &Hit) {
    let (random, faults) = (&world.random, &world.profile.engine);
    let lost = !world.is_quiet() && (random.chance(faults.loss) || world.is_out(&faults.loss_times));
    if lost {
        return world.count("points lost");
    }
    let stamped = world.now() + random.below(MAX_STAMP_DELAY_MS);
    let visible_at = stamped + random.below(faults.max_lag);
    let interval = random.pick(&faults.intervals);
    world.engine.write(hit, stamped, visible_at, interval, random);
}

fn hit(world: &World) -> Hit {
    let (random, profile) = (&world.random, &world.profile);
    let began = world.now() - if random.chance(0.2) { random.below(MAX_DELAY_MS) } else { 0 };
    let is_missing = random.chance(0.1);
    let image = random.below(profile.images);
    let subject = if is_missing {
        Subject::missing(&format!("/owner/made-up/{image}.jpg"))
    } else {
        let variant = random.pick(&["original", "w512", "thumb"]);
        Subject::Object { image_id: format!("pics/it's {image}.jpg"), variant: variant.to_owned() }
    };
    let status = if is_missing { 404 } else { random.pick(&[200, 200, 200, 206, 304]) };
    let bytes = if status == 304 { 0 } else { random.spread(1, 1_000_000) };
    Hit {
        owner: random.pick(&world.owners),
        subject,
        status,
        bytes,
        source_bytes: if is_missing { 0 } else { bytes * 2 },
        cache: if is_missing {
            CacheResult::Error
        } else {
            random.pick(&[CacheResult::Hit, CacheResult::Miss, CacheResult::Bypass])
        },
        content_type: "image/jpeg".to_owned(),
        country: Country::from_header(random.pick(&[Some("DE"), Some("T1"), None])),
        visitor: Visitor::new(&VisitorHeaders::default(), Privacy::Strict, &mut Classifier::default()),
        error: None,
        query_ignored: false,
        transformed: false,
        date: Date::at(began),
        request_id: String::new(),
    }
}
