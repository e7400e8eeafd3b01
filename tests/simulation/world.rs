//! The simulated world: everything that a seed decides, and what the parts of it have in common.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use pixtally::batch::clock::Clock;
use pixtally::domain::date::{Date, Millis, timestamp};
use pixtally::domain::flush_body::FlushBody;
use pixtally::domain::owner::{OwnerHasher, OwnerId, OwnerName};
use pixtally::domain::user_agent::Classifier;
use pixtally::store::sql;

use super::analytics_engine::Store;
use super::check;
use super::database::{Answer, Sent, Server};
use super::executor::{Executor, Happened};
use super::isolate::Tallying;
use super::ledger::{Ledger, OwnerDay, Sum};
use super::object::Place;
use super::profile::{Outage, Profile};
use super::random::Random;

pub struct World {
    pub random: Random,
    pub profile: Profile,
    pub executor: Executor,
    pub server: Server,
    pub engine: Store,
    pub ledger: RefCell<Ledger>,
    /// The isolates that live, and how many there ever were.
    pub isolates: RefCell<Vec<Rc<Tallying>>>,
    pub isolate_count: Cell<usize>,
    pub object: Place,
    pub owners: Vec<OwnerId>,
    pub classifier: RefCell<Classifier>,
    /// No more faults.
    quiet: Cell<bool>,
    /// How often what happened: a world in which nothing goes wrong shows nothing.
    pub counts: RefCell<BTreeMap<&'static str, u64>>,
    is_traced: bool,
}

impl World {
    pub fn new(seed: u64, is_traced: bool) -> Rc<Self> {
        let random = Random::new(seed);
        let profile = Profile::new(seed, &random);
        let engine = Store::new(profile.engine.reads);
        let hasher = OwnerHasher::new("a secret of the simulation");
        let owner = |number| hasher.id(&OwnerName::parse(&format!("owner-{number}")).expect("a name"));
        let world = Self {
            executor: Executor::new(profile.start.start()),
            owners: (0..profile.owners).map(owner).collect(),
            classifier: RefCell::default(),
            random,
            profile,
            server: Server::migrated(),
            engine,
            ledger: RefCell::default(),
            isolates: RefCell::default(),
            isolate_count: Cell::new(0),
            object: Place::default(),
            quiet: Cell::new(false),
            counts: RefCell::default(),
            is_traced,
        };
        world.note(|| format!("{:#?}", world.profile));
        Rc::new(world)
    }

    pub fn now(&self) -> Millis {
        self.executor.now()
    }

    pub fn count(&self, what: &'static str) {
        self.count_many(what, 1);
    }

    pub fn count_many(&self, what: &'static str, times: u64) {
        *self.counts.borrow_mut().entry(what).or_default() += times;
    }

    /// Tells the trace, if there is one.
    pub fn note(&self, what: impl FnOnce() -> String) {
        if self.is_traced {
            let now = self.now();
            println!("{}.{:03} {}", timestamp(now).trim_end_matches('Z'), now % 1_000, what());
        }
    }

    pub fn is_quiet(&self) -> bool {
        self.quiet.get()
    }

    pub fn be_quiet(&self) {
        self.note(|| "no more faults".to_owned());
        self.quiet.set(true);
    }

    pub fn is_out(&self, outages: &[Outage]) -> bool {
        outages.iter().any(|outage| (outage.from..outage.to).contains(&self.now()))
    }

    /// Lets everything happen until an instant.
    pub fn run_until(&self, end: Millis) {
        loop {
            match self.executor.step(&self.random, end) {
                Happened::Nothing => return,
                Happened::Something => {}
                Happened::Death(name) => {
                    self.count("tasks cut off");
                    self.note(|| format!("{name} is cut off"));
                }
            }
        }
    }

    /// An isolate sends a flush, perhaps again.
    pub fn sent(&self, isolate: usize, flush: &[u8]) {
        let flush = FlushBody::decode(flush).expect("a flush");
        let mut ledger = self.ledger.borrow_mut();
        if ledger.knows(flush.id) {
            return self.count("flushes sent again");
        }
        for what in ledger.sent(flush, isolate, self.now(), &self.profile.limits) {
            self.count(what);
        }
    }

    /// What is reported of the days whose rows a batch is about to delete.
    pub fn before_database(&self, batch: &[Sent]) -> Vec<(OwnerDay, Sum)> {
        let Some(purge) = batch.iter().find(|it| it.sql == sql::PURGE_ROWS) else { return Vec::new() };
        let date = Date::parse(purge.text(0)).expect("a date");
        check::reported_sums(&self.server, date)
    }

    /// What a batch that was carried out means.
    pub fn after_database(&self, batch: &[Sent], answers: &[Answer], about_to_go: Vec<(OwnerDay, Sum)>) {
        let mut ledger = self.ledger.borrow_mut();
        for (day, sum) in about_to_go {
            if ledger.frozen.insert(day, sum).is_some_and(|before| before != sum && sum != (0, 0)) {
                panic!("rows of {day:?} came after it was purged");
            }
            self.count("owners' days purged");
        }
        for (sent, answer) in batch.iter().zip(answers) {
            if sent.sql == sql::OPEN_ROWS {
                self.count(if answer.changes > 0 {
                    "publications"
                } else {
                    "publications that came too late"
                });
            } else if sent.sql == sql::CLOSE_SEGMENTS {
                let what = if answer.changes > 0 { "closings" } else { "closings that came too late" };
                self.count(what);
            } else if sent.sql == sql::STAGE_SEGMENTS && answer.changes > 0 {
                self.count("details staged");
            } else if sent.sql == sql::PURGE_ROWS {
                ledger.purged_until = ledger.purged_until.max(Date::parse(sent.text(0)).ok());
            } else if sent.sql == sql::PURGE_UNCOUNTED {
                ledger.kept_from = ledger.kept_from.max(Date::parse(sent.text(0)).ok());
            }
        }
    }
}

/// The simulated clock.
pub struct SimulatedClock(pub Rc<World>);

impl Clock for SimulatedClock {
    fn now(&self) -> Millis {
        self.0.now()
    }

    async fn sleep(&self, millis: Millis) {
        self.0.executor.until(self.0.now() + millis).await;
    }
}
