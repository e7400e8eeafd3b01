//! The Durable Object: the product's own, on storage that is slow, in instances that end at any moment. A request to it may be
//! lost, and so may the answer; what it has not stored by then is gone, and what it has sent to D1 stays sent.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::future::Future;
use std::rc::Rc;

use futures_channel::oneshot;
use pixtally::aggregator::Refusal;
use pixtally::aggregator::journal::{Kind, MAX_PIECE, Piece, Storage, StorageError};
use pixtally::aggregator::object::{Object, Surroundings};
use pixtally::domain::acknowledgement::Acknowledgement;
use pixtally::domain::aggregator::{Entry, Limits, decode};
use pixtally::domain::date::Millis;
use pixtally::store::db::DbError;

use super::database::{Client, Remote};
use super::executor::Group;
use super::world::{SimulatedClock, World};

type Answer = Result<Acknowledgement, Refusal>;

/// The object's place in the world: what it has stored, and the instance that is in memory.
#[derive(Default)]
pub struct Place {
    /// What is stored for good.
    stored: RefCell<BTreeMap<(Kind, u64), Piece>>,
    /// What is written and not stored yet, by when it will be.
    written: RefCell<Vec<(Millis, Kind, u64, Piece)>>,
    instance: RefCell<Option<Rc<Object<Instance>>>>,
    instances: Cell<usize>,
    alarm: Cell<Option<Millis>>,
}

impl Place {
    /// After this, all that was written so far is stored: the platform holds back answers and requests until then.
    pub fn stored_at(&self) -> Millis {
        self.written.borrow().iter().map(|(at, ..)| *at + 1).max().unwrap_or_default()
    }

    pub fn is_instance(&self, number: usize) -> bool {
        self.instance.borrow().is_some() && self.instances.get() == number
    }
}

/// Sends a flush over the network.
pub async fn deliver(world: &Rc<World>, flush: &[u8]) -> Answer {
    let (faults, random) = (&world.profile.object, &world.random);
    let unanswered = |why: &str| Err(Refusal::Retry(why.to_owned()));
    let is_lost = |probability| !world.is_quiet() && random.chance(probability);
    if is_lost(faults.request_lost) {
        world.count("requests to the object lost");
        world.executor.until(world.now() + random.between(1, 5_000)).await;
        return unanswered("Network connection lost.");
    }
    let (answer, answered) = oneshot::channel();
    let delay = if is_lost(faults.slow) { random.spread(1_000, 60_000) } else { random.between(1, 100) };
    let is_answer_lost = is_lost(faults.answer_lost);
    let (shared, flush) = (Rc::clone(world), flush.to_vec());
    world.executor.at(world.now() + delay, move || receive(&shared, flush, answer, is_answer_lost));
    answered.await.unwrap_or_else(|_| unanswered("the object was reset"))
}

/// A request has arrived.
fn receive(world: &Rc<World>, flush: Vec<u8>, answer: oneshot::Sender<Answer>, is_answer_lost: bool) {
    let (object, group) = instance(world);
    let shared = Rc::clone(world);
    let task = async move {
        let outcome = object.accept(&flush).await;
        // The output gate.
        shared.executor.until(shared.object.stored_at()).await;
        if is_answer_lost {
            return shared.count("acknowledgements lost");
        }
        let _ = answer.send(outcome);
    };
    world.executor.spawn("a request to the object".to_owned(), group, (Millis::MAX, u64::MAX), task);
    let dies = world.profile.object.dies;
    if !world.is_quiet() && world.random.chance(dies) {
        let (shared, at) = (Rc::clone(world), world.now() + world.random.spread(1, 10_000) - 1);
        world.executor.at(at, move || end(&shared, "it is evicted"));
    }
}

/// The instance that is in memory, or a new one.
fn instance(world: &Rc<World>) -> (Rc<Object<Instance>>, Group) {
    let place = &world.object;
    let known = place.instance.borrow().clone();
    if let Some(object) = known {
        return (object, Group::Object(place.instances.get()));
    }
    place.instances.set(place.instances.get() + 1);
    let number = place.instances.get();
    let clock = SimulatedClock(Rc::clone(world));
    let surroundings = Instance { world: Rc::clone(world), clock, number };
    let limits = Limits { detail: world.profile.detail, ..Limits::DEFAULT };
    let object = Object::open(surroundings, limits, world.profile.restorable);
    *place.instance.borrow_mut() = Some(Rc::clone(&object));
    (object, Group::Object(number))
}

/// The instance ends: nothing of its memory is left, nor of what is not stored.
pub fn end(world: &World, why: &str) {
    let place = &world.object;
    if place.instance.take().is_some() {
        world.count("objects ended");
        world.note(|| format!("object {} ends: {why}", place.instances.get()));
        world.executor.kill(Group::Object(place.instances.get()));
        place.written.borrow_mut().clear();
    }
}

/// What an instance has around it.
pub struct Instance {
    world: Rc<World>,
    clock: SimulatedClock,
    number: usize,
}

impl Surroundings for Instance {
    type Db = Remote;
    type Clock = SimulatedClock;
    type Storage = Self;

    fn part(&self) -> &'static str {
        "0"
    }

    fn db(&self) -> Result<Remote, DbError> {
        Ok(Remote { world: Rc::clone(&self.world), client: Client::Object(self.number) })
    }

    fn clock(&self) -> &SimulatedClock {
        &self.clock
    }

    fn storage(&self) -> &Self {
        self
    }

    fn spawn(&self, task: impl Future<Output = ()> + 'static) {
        let name = format!("a task of object {}", self.number);
        self.world.executor.spawn(name, Group::Object(self.number), (Millis::MAX, u64::MAX), task);
    }

    async fn set_alarm(&self, at: Millis) {
        let late = if self.world.random.chance(0.2) { self.world.random.spread(1_000, 600_000) } else { 0 };
        self.world.object.alarm.set(Some(at));
        let world = Rc::clone(&self.world);
        self.world.executor.at(at + late, move || {
            if world.object.alarm.get() == Some(at) {
                world.object.alarm.set(None);
                instance(&world).0.wake();
            }
        });
    }

    fn abort(&self, reason: &str) {
        let (world, number, reason) = (Rc::clone(&self.world), self.number, reason.to_owned());
        self.world.executor.at(self.world.now(), move || {
            if world.object.is_instance(number) {
                end(&world, &reason);
            }
        });
    }

    fn log(&self, message: &str) {
        self.world.note(|| format!("object {}: {message}", self.number));
    }
}

impl Storage for Instance {
    fn read(&self, kind: Kind) -> Result<Vec<Piece>, StorageError> {
        let stored = self.world.object.stored.borrow();
        Ok(stored.iter().filter(|((of, _), _)| *of == kind).map(|(_, piece)| piece.clone()).collect())
    }

    fn write(&self, kind: Kind, slot: u64, piece: &Piece) -> Result<(), StorageError> {
        let (world, place) = (&self.world, &self.world.object);
        assert!(piece.body.len() <= MAX_PIECE, "the platform refuses a row of {} bytes", piece.body.len());
        if kind == Kind::Snapshot {
            world.count("snapshots");
        }
        if !world.is_quiet() && world.random.chance(world.profile.object.storage_fails) {
            world.count("storage failures");
            return Err(StorageError("internal error".to_owned()));
        }
        // Writes of one turn are stored together: they are made at the same instant.
        let same = place.written.borrow().last().filter(|last| last.0 > world.now()).map(|last| last.0);
        let at = same.unwrap_or_else(|| world.now() + world.random.spread(1, 2_000));
        place.written.borrow_mut().push((at, kind, slot, piece.clone()));
        let (shared, number) = (Rc::clone(world), self.number);
        world.executor.at(at, move || {
            if shared.object.is_instance(number) {
                store(&shared);
            }
        });
        Ok(())
    }
}

/// Stores what is due.
fn store(world: &World) {
    let place = &world.object;
    let now = world.now();
    let due: Vec<_> = place.written.borrow_mut().extract_if(.., |(at, ..)| *at <= now).collect();
    for (_, kind, slot, piece) in due {
        if kind == Kind::Journal {
            counted(world, &piece);
        }
        place.stored.borrow_mut().insert((kind, slot), piece);
    }
}

/// What the journal has stored is counted, for good.
fn counted(world: &World, piece: &Piece) {
    assert_eq!(piece.pieces, 1, "no world is that large");
    for entry in decode(&piece.body).expect("entries") {
        match entry {
            Entry::Flush { id, at, .. } => {
                let late = if world.profile.restorable { "shed" } else { "lost" };
                if world.ledger.borrow_mut().counted(id, at, late) {
                    world.count("flushes that came too late");
                }
            }
            Entry::Leave { date, uncounted } => {
                if world.ledger.borrow_mut().left(date, &uncounted.encode()) {
                    world.count("days that D1 lacks something of");
                }
            }
        }
    }
}
