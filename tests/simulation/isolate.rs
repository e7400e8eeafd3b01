//! Isolates: each has a tally and runs the product's flusher. A request may die in its window or in mid-batch; an isolate
//! may be evicted or panic, and then its tally is gone.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use pixtally::aggregator::Refusal;
use pixtally::domain::acknowledgement::Acknowledgement;
use pixtally::domain::date::Millis;
use pixtally::domain::flush::Flush;
use pixtally::domain::flush::{Alarm, Flusher, IsolateId};
use pixtally::domain::hit::Hit;
use pixtally::record::flusher::{self, Isolate};

use super::executor::Group;
use super::object;
use super::profile::{HOUR_MS, Realtime};
use super::world::{SimulatedClock, World};

/// `waitUntil` lasts so long.
const REQUEST_MS: Millis = 30_000;
/// The object is left alone for at least so long after it has not acknowledged a flush.
const REST_MS: Millis = 3_000;
/// It has so long to acknowledge one.
const TIMEOUT_MS: Millis = 6_000;

/// An isolate that lives.
pub struct Tallying {
    pub number: usize,
    flusher: RefCell<Flusher>,
    /// The object is asked nothing before.
    rests_until: Cell<Millis>,
    /// No request comes before.
    pub idle_until: Cell<Millis>,
}

impl Tallying {
    fn new(world: &World) -> Rc<Self> {
        let number = world.isolate_count.get();
        world.isolate_count.set(number + 1);
        let (limits, restorable) = (world.profile.limits, world.profile.restorable);
        let flusher = RefCell::new(Flusher::new(IsolateId(number as u64), limits, restorable));
        Rc::new(Self { number, flusher, rests_until: Cell::new(0), idle_until: Cell::new(0) })
    }
}

/// The isolates that a world begins with. Turning realtime counting off is a new deployment, with isolates of its own.
pub fn begin(world: &Rc<World>) {
    let isolates = (0..world.profile.isolates).map(|_| Tallying::new(world)).collect();
    *world.isolates.borrow_mut() = isolates;
    if let Realtime::Until(instant) = world.profile.realtime {
        let shared = Rc::clone(world);
        let places = world.profile.isolates as usize;
        world.executor.at(instant, move || (0..places).for_each(|place| reset(&shared, place)));
    }
}

/// Counts a hit in an isolate.
pub fn record(world: &Rc<World>, isolate: &Rc<Tallying>, hit: &Hit) {
    world.ledger.borrow_mut().recorded(isolate.number, hit, world.now());
    let alarm = isolate.flusher.borrow_mut().record(hit, world.now());
    if let Some(alarm) = alarm {
        start_flusher(world, isolate, alarm);
    }
}

fn start_flusher(world: &Rc<World>, isolate: &Rc<Tallying>, alarm: Alarm) {
    let dies = !world.is_quiet() && world.random.chance(world.profile.request_dies);
    let life = if dies { world.random.below(REQUEST_MS) } else { REQUEST_MS };
    let surroundings = Surroundings {
        clock: SimulatedClock(Rc::clone(world)),
        world: Rc::clone(world),
        isolate: Rc::clone(isolate),
    };
    world.executor.spawn(
        format!("flusher of isolate {}", isolate.number),
        Group::Isolate(isolate.number),
        (world.now() + life, u64::MAX),
        async move { flusher::flush(&surroundings, alarm).await },
    );
}

/// An eviction, or a panic: nothing of the isolate is left, and another takes its place.
pub fn reset(world: &World, place: usize) {
    let fresh = Tallying::new(world);
    let old = std::mem::replace(&mut world.isolates.borrow_mut()[place], fresh);
    world.executor.kill(Group::Isolate(old.number));
    world.ledger.borrow_mut().died(old.number);
    world.count("isolates reset");
    world.note(|| format!("isolate {} is reset", old.number));
}

/// The place of an isolate that takes the next request.
pub fn for_request(world: &Rc<World>) -> usize {
    let isolates = world.isolates.borrow();
    let busy = |place: &usize| world.is_quiet() || isolates[*place].idle_until.get() <= world.now();
    let places: Vec<usize> = (0..isolates.len()).filter(busy).collect();
    let place = if places.is_empty() { 0 } else { world.random.pick(&places) };
    if world.profile.idle_isolates && world.random.chance(0.06) {
        fall_idle(world, &isolates[place]);
    }
    place
}

/// After this request, none for long. It may die with hits unflushed, which wait for the next one.
fn fall_idle(world: &Rc<World>, isolate: &Tallying) {
    isolate.idle_until.set(world.now() + world.random.spread(HOUR_MS, 40 * HOUR_MS));
    if world.random.chance(0.5) {
        let (shared, group) = (Rc::clone(world), Group::Isolate(isolate.number));
        world.executor.at(world.now() + 1_000, move || shared.executor.kill(group));
    }
}

/// What a flusher has around it.
struct Surroundings {
    world: Rc<World>,
    isolate: Rc<Tallying>,
    clock: SimulatedClock,
}

impl Isolate for Surroundings {
    type Clock = SimulatedClock;

    async fn deliver(&self, flush: &Flush) -> Result<Option<Acknowledgement>, Refusal> {
        let now = self.world.now();
        assert!(
            now >= self.isolate.rests_until.get(),
            "isolate {} does not leave the object alone",
            self.isolate.number
        );
        self.isolate.rests_until.set(now + TIMEOUT_MS + REST_MS);
        self.world.sent(self.isolate.number, &flush.bytes);
        let answer = object::deliver(&self.world, &flush.bytes).await;
        let rests = matches!(answer, Err(Refusal::Retry(_)));
        self.isolate.rests_until.set(if rests { self.world.now() + REST_MS } else { 0 });
        if answer.is_ok() {
            self.world.ledger.borrow_mut().acknowledged(flush.id);
        }
        answer.map(Some)
    }

    fn clock(&self) -> &SimulatedClock {
        &self.clock
    }

    fn log(&self, message: &str) {
        self.world.note(|| format!("isolate {}: {message}", self.isolate.number));
    }

    fn with<T>(&self, work: impl FnOnce(&mut Flusher) -> T) -> Option<T> {
        Some(work(&mut self.isolate.flusher.borrow_mut()))
    }
}
