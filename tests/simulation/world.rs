//! The simulated world: everything that a seed decides, and what the parts of it have in common.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use pixtally::batch::clock::Clock;
use pixtally::domain::date::{Date, Millis, timestamp};
use pixtally::domain::owner::{OwnerHasher, OwnerId, OwnerName};
use pixtally::domain::user_agent::Classifier;
use pixtally::store::sql;

use super::analytics_engine::Store;
use super::check;
use super::database::{Answer, Client, Sent, Server};
use super::executor::{Executor, Happened};
use super::isolate::Tallying;
use super::ledger::{FlushKey, Ledger, OwnerDay, Sum};
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
        let profile = Profile::new(&random);
        let hasher = OwnerHasher::new("a secret of the simulation");
        let owner = |number| hasher.id(&OwnerName::parse(&format!("owner-{number}")).expect("a name"));
        let world = Self {
            executor: Executor::new(profile.start.start()),
            owners: (0..profile.owners).map(owner).collect(),
            classifier: RefCell::default(),
            random,
            profile,
            server: Server::migrated(),
            engine: Store::new(),
            ledger: RefCell::default(),
            isolates: RefCell::default(),
            isolate_count: Cell::new(0),
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

    /// Notes a flush that is sent to D1, and that the one before was given up, if it was.
    pub fn sent_to_database(&self, client: Client, batch: &[Sent]) {
        let Client::Isolate(isolate) = client else { return };
        let Some(id) = flush_of(batch) else { return };
        let mut ledger = self.ledger.borrow_mut();
        if ledger.flushes.contains_key(&id) {
            self.count("flushes sent again");
            return;
        }
        let given_up = ledger.flushes.values_mut();
        let given_up = given_up.filter(|it| it.isolate == isolate && !it.is_acknowledged && !it.is_given_up);
        for flush in given_up {
            flush.is_given_up = true;
            let is_aged = self.now() > flush.expires_at;
            assert!(
                flush.is_absent || is_aged,
                "a flush is given up of which nobody knows whether it was applied"
            );
            self.count(if is_aged { "flushes given up as too old" } else { "flushes shed" });
        }
        let text = |statement: &'static str| batch.iter().find(|it| it.sql == statement).map(|it| it.text(0));
        let rows = text(sql::FLUSH_ROWS).expect("rows");
        let uncounted = text(sql::FLUSH_UNCOUNTED);
        ledger.sent(id, isolate, self.now(), (rows, uncounted), &self.profile.limits);
    }

    /// A batch was answered to have been carried out.
    pub fn acknowledged(&self, batch: &[Sent]) {
        if let Some(id) = flush_of(batch) {
            self.looked_up(&id, true);
        }
    }

    /// An isolate was told whether a flush is applied.
    pub fn looked_up(&self, id: &FlushKey, found: bool) {
        let mut ledger = self.ledger.borrow_mut();
        let flush = ledger.flushes.get_mut(id).expect("a flush that was sent");
        assert!(!found || flush.is_applied, "a flush is said to be applied that is not");
        flush.is_acknowledged |= found;
        flush.is_absent = !found;
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
            if sent.sql == sql::FLUSH_ROWS {
                let id = flush_of(batch).expect("segments");
                if ledger.carried_out(&id, answer.changes > 0) {
                    self.count("flushes overtaken");
                }
            } else if sent.sql == sql::FLUSH_SEGMENTS && answer.changes > 0 {
                ledger.segments_grew(sent.text(0));
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

/// The flush that a batch is.
fn flush_of(batch: &[Sent]) -> Option<FlushKey> {
    let segments = batch.iter().find(|it| it.sql == sql::FLUSH_SEGMENTS)?;
    Some((segments.text(1).to_owned(), segments.number(2)))
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
