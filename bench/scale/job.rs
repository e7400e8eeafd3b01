//! What is simulated for the page, two runs at a time.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::thread;

use pixtally::domain::aggregator::Limits;

use crate::admission::{Admission, lacks};
use crate::figures::Figures;
use crate::memory::{self, Memory};
use crate::run::run;
use crate::spec::{Length, Spec};

/// Every run has the same chance.
const SEED: u64 = 1;
/// What the documentation has the free plan set, but for the rows of D1: what would be written is measured.
const FREE: Limits = Limits { detail: 30_000, ..Limits::DEFAULT };
/// Isolates that there are at so many hits a second.
pub const FLEETS: [(u32, usize); 5] =
    [(10, 200), (100, 400), (1_000, 1_500), (10_000, 6_000), (100_000, 8_000)];
/// Isolates of a day when 6,000 are there at once and each lives for half an hour.
pub const ISOLATES_OF_A_DAY: u64 = 288_000;

/// What a run is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Purpose {
    /// So many hits a second, for a part of a day.
    Part(u32),
    /// For a whole day, and until D1 has it.
    Day(u32),
    /// Many owners, until midnight.
    ManyOwners(u32),
    FreePlan,
    Plain,
    Newcomer,
    MadeUp,
    OneOwner,
    ManyOwnersOneDay,
    ManyOwnersTwoDays,
    ManyIsolates,
}

/// What is to be done.
pub enum Job {
    Run(Spec),
    Memory(fn() -> Memory),
}

/// What has come of it.
pub enum Outcome {
    Run(Box<Figures>, Admission, f64),
    Memory(Memory),
}

/// By purpose.
pub type Outcomes = BTreeMap<Purpose, Outcome>;

pub fn full() -> Vec<(Purpose, Job)> {
    let day = |hits: u32, isolates| Spec::new(hits.into(), isolates, Length::ToClose);
    let many = |hits: u32, isolates| Spec { owners: 3_000, length: Length::Day, ..day(hits, isolates) };
    let watched = Spec { has_truth: true, is_recorded: true, ..day(100, 400) };
    let mut jobs = vec![
        (Purpose::Day(100), Job::Run(watched)),
        (Purpose::ManyOwners(100), Job::Run(many(100, 400))),
        (Purpose::Day(10), Job::Run(day(10, 200))),
        (Purpose::ManyOwners(10), Job::Run(many(10, 200))),
    ];
    // An ordinary day is simulated already.
    jobs.extend(
        admission(100.0, Limits::DEFAULT, 1_000_000).into_iter().filter(|(of, _)| *of != Purpose::Plain),
    );
    jobs.extend(parts(&[3_600, 3_600, 1_800, 120, 30]));
    jobs.push((Purpose::FreePlan, Job::Run(free_plan())));
    jobs.extend(memories());
    jobs
}

pub fn quick() -> Vec<(Purpose, Job)> {
    let limits = Limits { detail: 20_000, ..Limits::DEFAULT };
    let mut jobs = admission(10.0, limits, 100_000);
    // 100,000 hits/s would take longer than the rest.
    jobs.extend(parts(&[600, 300, 90, 30]));
    jobs.push((Purpose::FreePlan, Job::Run(free_plan())));
    jobs.extend(memories());
    jobs
}

fn parts(seconds: &[u64]) -> Vec<(Purpose, Job)> {
    let part = |((hits, isolates), seconds): ((u32, usize), &u64)| {
        let spec = Spec::new(hits.into(), isolates, Length::Seconds(*seconds));
        (Purpose::Part(hits), Job::Run(spec))
    };
    FLEETS.into_iter().zip(seconds).map(part).collect()
}

/// Which rows are given away depends on what is decided only: D1 gets nothing, and few isolates send much at a time.
fn admission(hits: f64, limits: Limits, made_up: u64) -> Vec<(Purpose, Job)> {
    let plain = Spec { limits, publishes: false, has_truth: true, ..Spec::new(hits, 20, Length::Day) };
    vec![
        (Purpose::Plain, Job::Run(plain.clone())),
        (Purpose::Newcomer, Job::Run(Spec { has_newcomer: true, ..plain.clone() })),
        (Purpose::MadeUp, Job::Run(Spec { made_up, ..plain })),
    ]
}

fn free_plan() -> Spec {
    Spec { limits: FREE, ..Spec::new(1.0, 30, Length::Seconds(7_200)) }
}

fn memories() -> Vec<(Purpose, Job)> {
    vec![
        (Purpose::OneOwner, Job::Memory(memory::one_owner)),
        (Purpose::ManyOwnersOneDay, Job::Memory(memory::many_owners_one_day)),
        (Purpose::ManyOwnersTwoDays, Job::Memory(memory::many_owners_two_days)),
        (Purpose::ManyIsolates, Job::Memory(|| memory::many_isolates(ISOLATES_OF_A_DAY))),
    ]
}

/// Does everything, two at a time.
pub fn run_all(jobs: Vec<(Purpose, Job)>) -> Outcomes {
    let jobs = Mutex::new(jobs.into_iter());
    let outcomes = Mutex::new(Outcomes::new());
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                loop {
                    let next = jobs.lock().expect("nobody panics").next();
                    let Some((purpose, job)) = next else { break };
                    let outcome = job.run();
                    eprintln!("  {purpose:?}: done");
                    outcomes.lock().expect("nobody panics").insert(purpose, outcome);
                }
            });
        }
    });
    outcomes.into_inner().expect("nobody panics")
}

impl Job {
    fn run(self) -> Outcome {
        match self {
            Self::Run(spec) => {
                let mut run = run(&spec, SEED);
                let admission = if spec.has_truth { Admission::of(&run) } else { Admission::default() };
                let newcomer =
                    if spec.has_newcomer { lacks(&run, run.catalogue.images() as u32) } else { 0.0 };
                Outcome::Run(Box::new(Figures::of(&mut run, &spec)), admission, newcomer)
            }
            Self::Memory(measure) => Outcome::Memory(measure()),
        }
    }
}
