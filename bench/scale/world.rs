//! A simulated deployment: isolates that serve, and the object. Not here: which happens when (`run.rs`).

use std::collections::HashMap;

use pixtally::domain::acknowledgement::Acknowledgement;
use pixtally::domain::date::{Date, Millis, hour_of};
use pixtally::domain::flush::Next;
use pixtally::domain::window;

use crate::event::{Event, Events};
use crate::fleet::Fleet;
use crate::object::{Object, Waiting};
use crate::random::Random;
use crate::spec::{DAY_MS, HOUR_MS, Spec};
use crate::traffic::{Catalogue, Key, busyness};

/// As in `src/record/flusher.rs`.
const LIFE_MS: Millis = 26_000;
const TIMEOUT_MS: Millis = LIFE_MS - window::MAX_MS;
/// From when on a new image is asked for, and what share of all hits is its.
const NEWCOMER_MS: Millis = 20 * HOUR_MS;
const NEWCOMER_SHARE: f64 = 0.05;

/// All of it.
pub struct World<'a> {
    spec: &'a Spec,
    random: Random,
    pub catalogue: Catalogue,
    fleet: Fleet,
    pub object: Object,
    pub events: Events,
    date: Date,
    /// Of the first day.
    pub hits: u64,
    /// The same by packed key.
    pub truth: HashMap<u64, u64>,
}

impl<'a> World<'a> {
    pub fn new(spec: &'a Spec, date: Date, seed: u64) -> Self {
        let random = Random::new(seed);
        Self {
            spec,
            catalogue: Catalogue::new(spec.owners),
            fleet: Fleet::new(spec.isolates, spec.begins(date), &random),
            random,
            object: Object::new(spec.limits, spec.is_long().then(|| date.start() + DAY_MS)),
            events: Events::default(),
            date,
            hits: 0,
            truth: HashMap::new(),
        }
    }

    /// When the next hit comes: as the day is busy, and at random.
    pub fn next_hit(&self, at: f64) -> f64 {
        let since = at as Millis - self.date.start();
        let busy = if self.spec.is_long() { busyness(since % DAY_MS) } else { 1.0 };
        let rate = self.spec.hits_per_second * busy + self.spec.made_up_rate(since);
        at - (1.0 - self.random.share()).ln() * 1000.0 / rate
    }

    fn key(&self, now: Millis) -> Key {
        let since = now - self.date.start();
        let made_up = self.spec.made_up_rate(since);
        let all = made_up + self.spec.hits_per_second * busyness(since % DAY_MS);
        if made_up > 0.0 && self.random.chance(made_up / all) {
            return self.catalogue.made_up(&self.random);
        }
        let mut key = self.catalogue.key(&self.random);
        if self.spec.has_newcomer && since >= NEWCOMER_MS && self.random.chance(NEWCOMER_SHARE) {
            key.image = self.catalogue.images() as u32;
        }
        key
    }

    /// Somebody asks for something.
    pub fn serve(&mut self, now: Millis) {
        let date = Date::at(now);
        let key = self.key(now);
        if date == self.date {
            self.hits += 1;
            if self.spec.has_truth {
                *self.truth.entry(key.packed()).or_default() += 1;
            }
        }
        let hit = self.catalogue.hit(key, (date, hour_of(now)), &self.random);
        let number = self.fleet.choose(now, &self.random);
        let place = &mut self.fleet.places[number];
        place.gathering.get_or_insert(now);
        if let Some(alarm) = place.flusher.record(&hit, now) {
            place.chains += 1;
            self.next(number, Next::Wait(alarm), now, now + LIFE_MS);
        }
    }

    /// What `record/flusher.rs` does.
    fn next(&mut self, number: usize, next: Next, now: Millis, deadline: Millis) {
        let place = &mut self.fleet.places[number];
        match next {
            Next::Done => place.chains -= 1,
            Next::Wait(alarm) if now + alarm.delay + TIMEOUT_MS > deadline => {
                place.flusher.give_up(alarm);
                place.chains -= 1;
            }
            Next::Wait(alarm) => {
                self.events.add(now + alarm.delay, Event::Wake { place: number, alarm, deadline });
            }
            Next::Send(flush) => {
                if let Some(since) = place.gathering.take() {
                    place.under_way = since;
                }
                let waiting =
                    Waiting { place: number, flush, sent_at: now, deadline, since: place.under_way };
                let arrives = now + place.distance / 2;
                self.events.add(arrives, Event::Arrive(waiting));
            }
        }
    }

    pub fn handle(&mut self, event: Event, now: Millis) {
        match event {
            Event::Wake { place, alarm, deadline } => {
                let next = self.fleet.places[place].flusher.wake(alarm, now);
                self.next(place, next, now, deadline);
            }
            Event::Arrive(waiting) => {
                let taken_at = self.object.taken_at(now);
                if taken_at > now {
                    self.events.add(taken_at, Event::Take(waiting));
                } else {
                    self.handle(Event::Take(waiting), now);
                }
            }
            Event::Take(waiting) => {
                if let Some(at) = self.object.take(waiting, now) {
                    self.events.add(at, Event::Commit);
                }
            }
            Event::Commit => {
                let (taken, publish_at) = self.object.commit(now, self.spec.publishes);
                for Waiting { place, flush, sent_at, deadline, .. } in taken {
                    let at = now + self.fleet.places[place].distance.div_ceil(2);
                    assert!(at - sent_at < TIMEOUT_MS, "no flush is sent twice");
                    let window = self.object.isolates.window(flush.id.isolate, now);
                    let acknowledgement = Acknowledgement { window };
                    self.events.add(at, Event::Answer { place, id: flush.id, acknowledgement, deadline });
                }
                if let Some(at) = publish_at {
                    self.events.add(at, Event::Publish);
                }
            }
            Event::Answer { place, id, acknowledgement, deadline } => {
                let flusher = &mut self.fleet.places[place].flusher;
                flusher.applied(id, Some(acknowledgement));
                let next = flusher.next(now);
                self.next(place, next, now, deadline);
            }
            Event::Publish => match self.object.publish(now) {
                Ok((publication, at)) => self.events.add(at, Event::Written(Box::new(publication), now)),
                Err(Some(at)) => self.events.add(at, Event::Publish),
                Err(None) => {}
            },
            Event::Written(publication, began) => {
                let at = self.object.written(*publication, began, now);
                self.events.add(at, Event::Publish);
            }
        }
    }
}
