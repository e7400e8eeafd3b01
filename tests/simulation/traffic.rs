//! Traffic: hits of a few owners at any time of the day, with bursts around midnight.

use std::rc::Rc;

use pixtally::domain::country::Country;
use pixtally::domain::date::{Date, Millis, hour_of};
use pixtally::domain::failure::Reason;
use pixtally::domain::hit::{CacheResult, Hit, Subject, Visitor, VisitorHeaders};

use super::isolate;
use super::profile::{DAY_MS, Profile, Realtime};
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
            let together = random.spread(1, profile.together);
            (0..together).for_each(|_| at(world, instant + random.below(5_000)));
            served += together;
        }
        if profile.idle_isolates && day > 0 {
            // Isolates that hold hits of yesterday are woken when these are about to be too late.
            let noon = midnight + DAY_MS / 2;
            for place in 0..profile.isolates as usize {
                let shared = Rc::clone(world);
                world.executor.at(noon - random.below(6_000), move || serve(&shared, place));
            }
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

/// A hit of now.
pub fn hit(world: &World) -> Hit {
    let random = &world.random;
    let began = world.now() - if random.chance(0.2) { random.below(MAX_DELAY_MS) } else { 0 };
    let visitor = visitor(world);
    let asked = Asked::new(world);
    let bytes = if asked.status == 304 { 0 } else { random.spread(1, 1_000_000) };
    Hit {
        owner: random.pick(&world.owners),
        subject: asked.subject,
        status: asked.status,
        bytes,
        source_bytes: if asked.error.is_some() { 0 } else { bytes * 2 },
        cache: match asked.error {
            Some(_) => CacheResult::Error,
            None => random.pick(&[CacheResult::Hit, CacheResult::Miss, CacheResult::Bypass]),
        },
        content_type: asked.content_type.to_owned(),
        country: Country::of_code(random.pick(&[Some("DE"), Some("T1"), None])),
        visitor,
        error: asked.error,
        failed_path: asked.failed_path,
        query_ignored: false,
        transformed: false,
        date: Date::at(began),
        hour: hour_of(began),
    }
}

/// What a request asks for, and what becomes of it.
struct Asked {
    subject: Subject,
    status: u16,
    content_type: &'static str,
    error: Option<Reason>,
    failed_path: String,
}

impl Asked {
    fn new(world: &World) -> Self {
        const ERROR_BODY: &str = "application/json";
        let (random, profile) = (&world.random, &world.profile);
        if random.chance(0.1) {
            let path = random.below(profile.missing_paths);
            let reason =
                random.pick(&[Reason::ObjectNotFound, Reason::VariantNotAllowed, Reason::PathMalformed]);
            return Self {
                subject: Subject::Missing,
                status: reason.status(),
                content_type: ERROR_BODY,
                error: Some(reason),
                failed_path: format!("/owner/\"made up\"/{path}{}.jpg", long(profile)),
            };
        }
        let (image, variant) = (random.below(profile.images), random.pick(&["original", "w512", "thumb"]));
        let image_id = format!("pics/it's {image}{}", long(profile));
        let failed = random.chance(0.03).then_some(Reason::RangeNotSatisfiable);
        Self {
            status: failed.map_or_else(|| random.pick(&[200, 200, 200, 206, 304]), Reason::status),
            content_type: match (failed, image % 5, variant) {
                (Some(_), ..) => ERROR_BODY,
                (_, 3, _) => "video/mp4",
                (_, 4, _) => "application/pdf",
                (_, _, "thumb") => "image/webp",
                _ => "image/jpeg",
            },
            error: failed,
            failed_path: failed.map(|_| format!("/owner/{image_id}/{variant}")).unwrap_or_default(),
            subject: Subject::Object { image_id, variant: variant.to_owned() },
        }
    }
}

fn visitor(world: &World) -> Visitor {
    const AGENTS: [Option<&str>; 6] = [
        Some("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"),
        Some(
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile/15E148 Safari/604.1",
        ),
        Some("Mozilla/5.0 (compatible; GPTBot/1.2; +https://openai.com/gptbot)"),
        Some("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"),
        Some("it's 'curl/8.0'"),
        None,
    ];
    let (random, profile) = (&world.random, &world.profile);
    let referrer = random.below(profile.referrers + 1);
    let headers = VisitorHeaders {
        user_agent: random.pick(&AGENTS).map(Into::into),
        referrer: (referrer > 0).then(|| format!("https://site-{referrer}{}.example/x", long(profile))),
        ip: random.pick(&[Some("203.0.113.9"), Some("2001:db8::7"), None]).map(Into::into),
        sec_gpc: random.chance(0.1).then(|| "1".into()),
        ray: None,
        dnt: None,
    };
    Visitor::new(&headers, profile.privacy, &mut world.classifier.borrow_mut())
}

/// What makes a name long in some worlds, so that segments grow.
fn long(profile: &Profile) -> String {
    "x".repeat(profile.name_length)
}
