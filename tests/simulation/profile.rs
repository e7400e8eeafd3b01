//! What kind of world a seed is: how much traffic, and which faults how often. Each fault is absent from many worlds, so
//! that none hides what another would show.

use pixtally::domain::date::{Date, Millis};
use pixtally::domain::privacy::Privacy;
use pixtally::domain::tally::Limits;

use super::random::Random;

pub const HOUR_MS: Millis = 3_600_000;
/// More rows than any world has.
const ALL: usize = 200_000;
pub const DAY_MS: Millis = 24 * HOUR_MS;

/// When realtime counting is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Realtime {
    On,
    Off,
    /// Until this instant.
    Until(Millis),
}

/// A time in which something is down.
#[derive(Debug, Clone, Copy)]
pub struct Outage {
    pub from: Millis,
    pub to: Millis,
}

/// Answers of D1 that are not what one hopes for; each a probability.
#[derive(Debug, Default)]
pub struct DatabaseFaults {
    pub refused: f64,
    pub answer_lost: f64,
    /// Of operations whose answer is lost, those that wait in D1's queue.
    pub queued: f64,
    /// The operation, or only its answer, takes seconds to minutes.
    pub hangs: f64,
    pub overloads: Vec<Outage>,
}

/// What becomes of requests to the Durable Object, and of its instances; each a probability for a request.
#[derive(Debug, Default)]
pub struct ObjectFaults {
    pub request_lost: f64,
    pub answer_lost: f64,
    pub slow: f64,
    /// The instance ends within seconds.
    pub dies: f64,
    /// For a write.
    pub storage_fails: f64,
}

/// What Cloudflare's APIs do; each a probability.
#[derive(Debug, Default)]
pub struct ApiFaults {
    pub fails: f64,
    pub sql_outages: Vec<Outage>,
    pub graphql_outages: Vec<Outage>,
}

/// What Analytics Engine does with points.
#[derive(Debug)]
pub struct EngineFaults {
    /// Probability that a point is lost.
    pub loss: f64,
    pub loss_times: Vec<Outage>,
    pub max_lag: Millis,
    /// One point of so many is kept; one entry an owner and hour, drawn from these.
    pub intervals: Vec<u64>,
    /// How many points a query may read before it gets a sample.
    pub reads: u64,
}

/// How the nightly job is triggered; each a probability for a trigger.
#[derive(Debug, Default)]
pub struct TriggerFaults {
    pub missed: f64,
    pub late: f64,
    pub repeated: f64,
    pub cut_off: f64,
    pub admin_calls_a_day: u64,
}

#[derive(Debug)]
pub struct Profile {
    pub start: Date,
    pub days: u32,
    pub isolates: u64,
    pub owners: u64,
    pub images: u64,
    pub referrers: u64,
    /// Paths that are asked for in vain.
    pub missing_paths: u64,
    /// Characters that names have more than they need.
    pub name_length: usize,
    pub privacy: Privacy,
    pub hits_a_day: u64,
    pub bursts: bool,
    /// Most hits that come at once.
    pub together: u64,
    pub limits: Limits,
    /// Files and combinations that the object keeps of an owner's day.
    pub detail: usize,
    pub restorable: bool,
    pub realtime: Realtime,
    /// Whether there are credentials.
    pub has_engine: bool,
    pub retention: u32,
    pub page_rows: usize,
    pub database: DatabaseFaults,
    pub object: ObjectFaults,
    pub api: ApiFaults,
    pub engine: EngineFaults,
    pub triggers: TriggerFaults,
    /// By how much the control total is off; scaled for sampling or not.
    pub control_factor: f64,
    pub control_is_scaled: bool,
    /// Probabilities: of a request to die within its `waitUntil`; of an isolate to be reset at a hit.
    pub request_dies: f64,
    pub isolate_resets: f64,
    /// Times in which an isolate gets no request, and no isolate is made in its place.
    pub idle_isolates: bool,
}

/// A value for a world where the fault exists, else nothing.
fn some<T: Default>(random: &Random, probability: f64, value: impl FnOnce() -> T) -> T {
    if random.chance(probability) { value() } else { T::default() }
}

impl Profile {
    pub fn new(seed: u64, random: &Random) -> Self {
        let start = Date::parse("2026-11-24").expect("a date").plus(random.below(8) as u32);
        let days = random.between(3, 7) as u32;
        let end = start.plus(days).start();
        let outages = |most: u64, longest: Millis| {
            let outage = |_| {
                let from = random.between(start.start(), end);
                Outage { from, to: from + random.spread(60_000, longest) }
            };
            (0..random.between(1, most)).map(outage).collect::<Vec<_>>()
        };
        let realtime = match random.below(8) {
            0 => Realtime::Off,
            1 => Realtime::Until(random.between(start.start(), end)),
            _ => Realtime::On,
        };
        let has_engine = !random.chance(0.05);
        // In a few worlds there is more of everything than reports keep.
        let is_wide = random.chance(0.06);
        let most = |few, many| if is_wide { random.spread(many / 10, many) } else { random.between(1, few) };
        Self {
            start,
            days,
            isolates: random.between(1, 4),
            owners: random.between(1, 3),
            images: most(6, 400),
            referrers: most(4, 400),
            missing_paths: most(4, 400),
            name_length: if random.chance(0.2) { random.spread(20, 200) as usize } else { 0 },
            privacy: random.pick(&[Privacy::Strict, Privacy::Standard, Privacy::Standard, Privacy::Full]),
            hits_a_day: if is_wide { random.spread(150, 600) } else { random.spread(10, 150) },
            bursts: random.chance(0.5),
            together: if is_wide { 400 } else { 12 },
            limits: Self::limits(random),
            detail: if random.chance(0.7) { ALL } else { random.between(2, 30) as usize },
            restorable: has_engine,
            realtime,
            has_engine,
            retention: random.between(1, 9) as u32,
            page_rows: random.spread(1, 100) as usize,
            database: DatabaseFaults {
                refused: some(random, 0.5, || random.share() * 0.3),
                answer_lost: some(random, 0.5, || random.share() * 0.3),
                queued: random.pick(&[0.3, 0.3, 0.9]),
                hangs: some(random, 0.4, || random.share() * 0.1),
                overloads: some(random, 0.5, || outages(6, 40 * HOUR_MS)),
            },
            object: ObjectFaults {
                request_lost: some(random, 0.4, || random.share() * 0.3),
                answer_lost: some(random, 0.5, || random.share() * 0.5),
                slow: some(random, 0.3, || random.share() * 0.2),
                dies: some(random, 0.5, || random.share() * 0.4),
                storage_fails: some(random, 0.3, || random.share() * 0.1),
            },
            api: ApiFaults {
                fails: some(random, 0.5, || random.share() * 0.4),
                sql_outages: some(random, 0.3, || outages(4, 60 * HOUR_MS)),
                graphql_outages: some(random, 0.3, || outages(4, 60 * HOUR_MS)),
            },
            engine: EngineFaults {
                loss: some(random, 0.3, || random.share() * 0.2),
                loss_times: some(random, 0.3, || outages(4, 12 * HOUR_MS)),
                max_lag: random.pick(&[1_000, 60_000, 600_000]),
                intervals: random.pick(&[&[1][..], &[1], &[1, 1, 2, 5], &[2, 10], &[10]]).to_vec(),
                // By chance of its own, so that a seed without samples is the world that it was before.
                reads: Random::new(!seed).pick(&[u64::MAX, u64::MAX, 300, 100]),
            },
            triggers: TriggerFaults {
                missed: some(random, 0.5, || random.share() * 0.6),
                late: some(random, 0.4, || random.share()),
                repeated: some(random, 0.5, || random.share()),
                cut_off: some(random, 0.5, || random.share() * 0.7),
                admin_calls_a_day: some(random, 0.5, || random.between(1, 8)),
            },
            control_factor: if random.chance(0.2) { 0.9 + random.share() * 0.2 } else { 1.0 },
            control_is_scaled: random.chance(0.5),
            request_dies: some(random, 0.5, || random.share() * 0.3),
            isolate_resets: some(random, 0.4, || random.share() * 0.05),
            idle_isolates: random.chance(0.3),
        }
    }

    fn limits(random: &Random) -> Limits {
        if random.chance(0.5) {
            return Limits::DEFAULT;
        }
        Limits {
            rows: random.between(1, 12) as usize,
            bytes: random.pick(&[700, 5_000, 1_500_000]),
            coarse_rows: random.between(0, 3) as usize,
            text_bytes: random.pick(&[100, 1_000, 500_000]),
        }
    }

    /// Whether everything has a row of its own, as far as the object decides it.
    pub fn has_every_row(&self) -> bool {
        self.detail == ALL
    }

    /// When traffic ends.
    pub fn end(&self) -> Millis {
        self.start.plus(self.days).start()
    }
}
