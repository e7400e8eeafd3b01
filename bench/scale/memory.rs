//! The object's memory when it holds as much as it may.

use pixtally::domain::aggregator::publication::Size;
use pixtally::domain::aggregator::{Aggregator, Limits, encode};
use pixtally::domain::date::{Date, Millis};
use pixtally::domain::flush::{FlushId, IsolateId};
use pixtally::domain::flush_body::FlushBody;
use pixtally::domain::hit::Hit;
use pixtally::domain::tally::{Limits as TallyLimits, Tally};
use pixtally::domain::uncounted::Uncounted;

use crate::meter::Meter;
use crate::random::Random;
use crate::spec::DAY_MS;
use crate::traffic::{Catalogue, Key};

/// D1 keeps up: what waits for it is not measured here.
const LIMITS: Limits = Limits { daily_rows: 100_000_000, ..Limits::DEFAULT };
const FLUSHES_OF_A_PUBLICATION: u64 = 100;
const OWNERS: u16 = 3_000;
/// Of each owner's day: half of its rows are files.
const ROWS: u32 = 100;
/// Of each owner's day, beside what its other hits have in other dimensions.
const HOSTS: u32 = 100;

/// Bytes that stay, at the peak, and of a snapshot.
#[derive(Debug, Clone, Copy, Default)]
pub struct Memory {
    pub live: i64,
    pub peak: i64,
    pub snapshot: usize,
}

/// An object that takes flushes by hand.
struct Full {
    aggregator: Aggregator,
    meter: Meter,
    flushes: u64,
}

impl Full {
    fn new() -> Self {
        let mut meter = Meter::default();
        Self { aggregator: meter.work(|| Aggregator::new(LIMITS, true)), meter, flushes: 0 }
    }

    /// Takes a flush of an isolate that was never seen before.
    fn take(&mut self, hits: &[Hit], now: Millis) {
        self.flushes += 1;
        let mut tally = Tally::new(TallyLimits::DEFAULT);
        for hit in hits {
            let _ = tally.add(hit, now);
        }
        let id = FlushId { isolate: IsolateId(self.flushes), number: 1 };
        let bytes = FlushBody::new(id, tally.take(), Uncounted::default()).encode();
        let Self { aggregator, meter, .. } = self;
        meter.work(|| {
            let body = FlushBody::decode(&bytes).expect("it was just encoded");
            let entry = aggregator.decide(body, now).expect("it is new");
            aggregator.apply(&entry);
            drop(encode(&[entry]));
        });
        if self.flushes.is_multiple_of(FLUSHES_OF_A_PUBLICATION) {
            self.publish(now);
        }
    }

    fn publish(&mut self, now: Millis) {
        let Self { aggregator, meter, .. } = self;
        meter.work(|| {
            while let Some(publication) = aggregator.publication(Size::DEFAULT, now) {
                aggregator.published(&publication);
            }
        });
    }

    fn measured(mut self) -> Memory {
        let Self { aggregator, meter, .. } = &mut self;
        let live = meter.live_bytes();
        let snapshot = meter.work(|| aggregator.snapshot());
        Memory { live, peak: meter.peak_bytes(), snapshot: snapshot.len() }
    }
}

fn first_day() -> Date {
    Date::parse("2026-11-20").expect("a date")
}

/// Many owners, one day.
pub fn many_owners_one_day() -> Memory {
    many_owners(1)
}

/// Many owners, two days, as full as each other.
pub fn many_owners_two_days() -> Memory {
    many_owners(2)
}

fn many_owners(days: u32) -> Memory {
    let (catalogue, random) = (Catalogue::new(usize::from(OWNERS)), Random::new(1));
    let mut full = Full::new();
    for date in (0..days).map(|day| first_day().plus(day)) {
        for owner in 0..OWNERS {
            let hits = (0..ROWS.max(HOSTS)).map(|number| {
                let key = Key { owner, image: number % (ROWS / 2), variant: 0, country: 0, status: 0 };
                let mut hit = catalogue.hit(key, (date, 12), &random);
                hit.visitor.referrer_host = format!("host-{}.example", number % HOSTS);
                hit
            });
            full.take(&hits.collect::<Vec<_>>(), date.start() + DAY_MS / 2);
        }
    }
    full.measured()
}

/// One owner, as many rows as two days may have.
pub fn one_owner() -> Memory {
    let (catalogue, random) = (Catalogue::new(1), Random::new(1));
    let mut full = Full::new();
    for date in [first_day(), first_day().plus(1)] {
        for page in 0..100u32 {
            let hits = (0..1_000).map(|number| {
                let image = page * 1_000 + number;
                let key = Key { owner: 0, image, variant: 0, country: 0, status: 0 };
                catalogue.hit(key, (date, 12), &random)
            });
            full.take(&hits.collect::<Vec<_>>(), date.start() + DAY_MS - 1);
        }
    }
    full.measured()
}

/// So many isolates that have each sent one flush.
pub fn many_isolates(isolates: u64) -> Memory {
    let (catalogue, random) = (Catalogue::new(1), Random::new(1));
    let mut full = Full::new();
    let key = Key { owner: 0, image: 0, variant: 0, country: 0, status: 0 };
    let hits = [catalogue.hit(key, (first_day(), 12), &random)];
    for _ in 0..isolates {
        full.take(&hits, first_day().start() + DAY_MS / 2);
    }
    full.measured()
}
