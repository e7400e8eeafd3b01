//! What is asked for, by whom, and how often. Not here: which isolate answers (`fleet.rs`).

use pixtally::domain::country::Country;
use pixtally::domain::date::{Date, Millis};
use pixtally::domain::failure::Reason;
use pixtally::domain::hit::{CacheResult, Hit, Subject, Visitor, VisitorHeaders};
use pixtally::domain::owner::OwnerId;
use pixtally::domain::privacy::Privacy;
use pixtally::domain::user_agent::Classifier;

use crate::alias::Alias;
use crate::random::Random;

/// Images of the only owner; of each of many.
const IMAGES: usize = 100_000;
const IMAGES_OF_MANY: usize = 2_000;
const VARIANTS: [(&str, f64); 3] = [("original", 6.0), ("w_400", 3.0), ("w_1200", 1.0)];
/// 412 is an error of a file that exists: so all four have the file's name.
const STATUSES: [(u16, f64); 4] = [(200, 96.0), (206, 2.0), (304, 1.5), (412, 0.5)];
const COUNTRIES: usize = 60;
/// Of the visitors: user agents and sites that link.
const AGENTS: usize = 12;
const HOSTS: usize = 200;

/// What a hit is of, in numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Key {
    pub owner: u16,
    pub image: u32,
    pub variant: u8,
    pub country: u8,
    pub status: u8,
}

impl Key {
    pub fn packed(self) -> u64 {
        let Self { owner, image, variant, country, status } = self;
        u64::from(owner) << 48
            | u64::from(image) << 16
            | u64::from(variant) << 12
            | u64::from(country) << 4
            | u64::from(status)
    }

    pub fn unpacked(key: u64) -> Self {
        Self {
            owner: (key >> 48) as u16,
            image: (key >> 16) as u32,
            variant: (key >> 12 & 0xf) as u8,
            country: (key >> 4 & 0xff) as u8,
            status: (key & 0xf) as u8,
        }
    }
}

/// All that can be asked for.
pub struct Catalogue {
    owners: Vec<OwnerId>,
    images: usize,
    countries: Vec<Country>,
    visitors: Vec<Visitor>,
    by_owner: Alias,
    by_image: Alias,
    by_variant: Alias,
    by_country: Alias,
    by_status: Alias,
    by_visitor: Alias,
}

impl Catalogue {
    pub fn new(owners: usize) -> Self {
        let images = if owners == 1 { IMAGES } else { IMAGES_OF_MANY };
        let owner = |number: usize| OwnerId::parse(&format!("{:032x}", number + 1)).expect("32 digits");
        let letters = || (b'A'..=b'Z').map(char::from);
        let codes = letters().flat_map(|one| letters().map(move |other| format!("{one}{other}")));
        Self {
            owners: (0..owners).map(owner).collect(),
            images,
            countries: codes.filter_map(|code| Country::parse(&code)).take(COUNTRIES).collect(),
            visitors: visitors(),
            by_owner: Alias::by_rank(owners, 0.9),
            by_image: Alias::by_rank(images, 0.9),
            by_variant: Alias::new(&VARIANTS.map(|(_, weight)| weight)),
            by_country: Alias::by_rank(COUNTRIES, 1.3),
            by_status: Alias::new(&STATUSES.map(|(_, weight)| weight)),
            by_visitor: Alias::by_rank(AGENTS * HOSTS, 1.0),
        }
    }

    pub fn images(&self) -> usize {
        self.images
    }

    /// Independent in all that tells hits apart: the worst case for counting by combination.
    pub fn key(&self, random: &Random) -> Key {
        Key {
            owner: self.by_owner.choose(random) as u16,
            image: self.by_image.choose(random) as u32,
            variant: self.by_variant.choose(random) as u8,
            country: self.by_country.choose(random) as u8,
            status: self.by_status.choose(random) as u8,
        }
    }

    /// One that somebody makes up: each image, variant and country as likely as any other.
    pub fn made_up(&self, random: &Random) -> Key {
        Key {
            owner: 0,
            image: random.below(self.images as u64) as u32,
            variant: random.below(VARIANTS.len() as u64) as u8,
            country: random.below(COUNTRIES as u64) as u8,
            status: 0,
        }
    }

    pub fn owner(&self, key: Key) -> OwnerId {
        self.owners[usize::from(key.owner)]
    }

    /// What its row is called.
    pub fn row(&self, key: Key) -> (String, &'static str, Country, u16) {
        let image_id = image_id(key.image);
        let variant = VARIANTS[usize::from(key.variant)].0;
        (image_id, variant, self.countries[usize::from(key.country)], STATUSES[usize::from(key.status)].0)
    }

    /// Served in this hour.
    pub fn hit(&self, key: Key, (date, hour): (Date, u8), random: &Random) -> Hit {
        let (image_id, variant, country, status) = self.row(key);
        // From 5 kB to some 600 kB, the same for all who ask.
        let size = 5_000 + 600_000 / u64::from(key.image % 100 + 1);
        let is_error = status >= 400;
        let bytes = match status {
            304 => 0,
            412 => 300,
            206 => size / 3,
            _ => size,
        };
        let cache = match status {
            412 => CacheResult::Error,
            304 => CacheResult::Bypass,
            _ if random.chance(0.93) => CacheResult::Hit,
            _ => CacheResult::Miss,
        };
        Hit {
            owner: self.owner(key),
            failed_path: if is_error { format!("/owner/{image_id}") } else { String::new() },
            subject: Subject::Object { image_id, variant: variant.to_owned() },
            status,
            bytes,
            source_bytes: bytes,
            cache,
            content_type: if is_error { "application/json" } else { "image/jpeg" }.to_owned(),
            country,
            visitor: self.visitors[self.by_visitor.choose(random)].clone(),
            error: is_error.then_some(Reason::PreconditionFailed),
            query_ignored: false,
            transformed: false,
            date,
            hour,
        }
    }
}

pub fn image_id(image: u32) -> String {
    format!("album-{}/photo-{image:06}.jpg", image % 97)
}

/// Two thirds come from a site's own pages, the rest from many.
fn visitors() -> Vec<Visitor> {
    let mut classifier = Classifier::default();
    let systems = [
        "Windows NT 10.0; Win64; x64",
        "Macintosh; Intel Mac OS X 10_15_7",
        "X11; Linux x86_64",
        "Linux; Android 14; Pixel 8",
    ];
    let agent = |number: usize| {
        let (system, version) = (systems[number % systems.len()], 118 + number);
        format!(
            "Mozilla/5.0 ({system}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{version}.0.0.0 Safari/537.36"
        )
    };
    let of = |number: usize| {
        let (user_agent, host) = (agent(number % AGENTS), number / AGENTS);
        let referrer = Some(format!("https://site-{host}.example/page"));
        VisitorHeaders { user_agent: Some(user_agent), referrer, ..VisitorHeaders::default() }
    };
    (0..AGENTS * HOSTS).map(|number| Visitor::new(&of(number), Privacy::Standard, &mut classifier)).collect()
}

/// How busy it is at a time of the day, 1 on average: quiet at 03:00, busy at 15:00.
pub fn busyness(since_midnight: Millis) -> f64 {
    let hours = since_midnight as f64 / 3_600_000.0;
    1.0 - 0.6 * ((hours - 3.0) * std::f64::consts::TAU / 24.0).cos()
}
