//! One simulated run, from its first hit until D1 has what it should.

use std::collections::HashMap;

use pixtally::domain::date::{Date, Millis};
use pixtally::domain::flush::closes_at;

use crate::object::{Object, Rates, Recording};
use crate::restart;
use crate::spec::{DAY_MS, HOUR_MS, Length, Spec};
use crate::traffic::{Catalogue, Key};
use crate::waits::Left;
use crate::world::World;

/// After the last hit, until all flushes have come.
const TAIL_MS: Millis = 60_000;
/// When a part of the journal is kept, to measure a restart with, and of how many flushes.
const RECORDING_MS: Millis = 22 * HOUR_MS;
const RECORDING_FLUSHES: usize = 10_000;

/// A run that has ended.
pub struct Run {
    pub object: Object,
    pub catalogue: Catalogue,
    pub date: Date,
    /// Of the first day.
    pub hits: u64,
    /// What happened from when isolates were at work until hits ended, and how long that was.
    pub rates: Rates,
    pub seconds: f64,
    /// What D1 lacked of the first day when it ended, and when nothing could be added to it any more.
    pub at_midnight: Left,
    pub at_close: Left,
    /// By packed key.
    pub truth: HashMap<u64, u64>,
}

impl Run {
    /// Hits in the row of a combination on the first day, and the most that it may lack; none where it has no row.
    pub fn row(&self, key: Key) -> Option<(u64, u64)> {
        let (image, variant, country, status) = self.catalogue.row(key);
        self.object.waits.row((self.date, self.catalogue.owner(key)), (&image, variant, country, status))
    }
}

/// What was seen on the way.
#[derive(Default)]
struct Milestones {
    warm: Option<Rates>,
    ended: Option<Rates>,
    midnight: Option<Left>,
    close: Option<Left>,
    is_recorded: bool,
}

/// Simulates a deployment. The same seed gives the same figures, but for memory and time.
///
/// # Panics
///
/// When what was counted is not what was served.
pub fn run(spec: &Spec, seed: u64) -> Run {
    let date = Date::parse("2026-11-20").expect("a date");
    let mut world = World::new(spec, date, seed);
    let mut seen = Milestones::default();
    let ended = go_on(&mut world, &mut seen, spec, date);
    let World { mut object, catalogue, hits, truth, .. } = world;
    assert_eq!(object.waits.kept(date).hits, hits, "what was counted is what was served");
    let left = object.waits.left(date);
    assert!(spec.length != Length::ToClose || left.hits == 0, "D1 has all of the day");
    object.waits.end(ended);
    Run {
        object,
        catalogue,
        date,
        hits,
        rates: seen.ended.unwrap_or_default().since(&seen.warm.unwrap_or_default()),
        seconds: (spec.ends(date) - spec.warm_at(date)) as f64 / 1000.0,
        at_midnight: seen.midnight.unwrap_or(left),
        at_close: seen.close.unwrap_or(left),
        truth,
    }
}

/// Lets everything happen. When the last thing did.
fn go_on(world: &mut World<'_>, seen: &mut Milestones, spec: &Spec, date: Date) -> Millis {
    let ends = spec.ends(date);
    let mut hit_at = world.next_hit(spec.begins(date) as f64);
    loop {
        let event_at = world.events.next_at();
        let next_hit = ((hit_at as Millis) < ends).then_some(hit_at as Millis);
        let Some(now) = event_at.into_iter().chain(next_hit).min() else { return ends };
        look(world, seen, spec, (date, now));
        if is_done(world, spec, (date, now)) {
            return now;
        }
        if event_at == Some(now) {
            let event = world.events.take().expect("it was seen");
            world.handle(event, now);
        } else {
            world.serve(now);
            hit_at = world.next_hit(hit_at);
        }
    }
}

/// Notes what is to be known of this time.
fn look(world: &mut World<'_>, seen: &mut Milestones, spec: &Spec, (date, now): (Date, Millis)) {
    let object = &mut world.object;
    if now >= spec.warm_at(date) {
        seen.warm.get_or_insert(object.counts.rates);
    }
    if now >= spec.ends(date) {
        seen.ended.get_or_insert(object.counts.rates);
    }
    if now >= date.start() + DAY_MS {
        seen.midnight.get_or_insert_with(|| object.waits.left(date));
    }
    if now > closes_at(date) {
        seen.close.get_or_insert_with(|| object.waits.left(date));
    }
    if spec.is_recorded && !seen.is_recorded && now >= date.start() + RECORDING_MS {
        seen.is_recorded = true;
        object.recording = Some(Recording { snapshot: object.aggregator.snapshot(), ..Recording::default() });
    }
    if object.recording.as_ref().is_some_and(|it| it.flushes >= RECORDING_FLUSHES) {
        restart::measure(object);
    }
}

fn is_done(world: &World<'_>, spec: &Spec, (date, now): (Date, Millis)) -> bool {
    let is_over = now > spec.ends(date) + TAIL_MS;
    match spec.length {
        // D1 is looked at only now and then: that reads all rows.
        Length::ToClose => {
            is_over && world.events.number.is_multiple_of(64) && world.object.waits.left(date).rows == 0
        }
        Length::Day | Length::Seconds(_) => is_over,
    }
}
