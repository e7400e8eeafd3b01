//! Cloudflare's list prices, and what they make of a month; the daily limits of the free plan. `tests/scale.rs` compares the
//! documentation with it.
//!
//! Not here: what every design has in common, as R2 and Analytics Engine. The $5 of the paid plan are not here either.

/// A month of 30 days.
pub const MONTH_S: f64 = 30.0 * 86_400.0;
/// What one object that never sleeps takes up: 128 MB.
const OBJECT_GB: f64 = 0.128;

/// What is sold by the million.
struct Tariff {
    /// Millions of a month that the paid plan includes.
    included: f64,
    /// Dollars for each million beyond.
    per_million: f64,
}

impl Tariff {
    fn bill(&self, millions: f64) -> f64 {
        (millions - self.included).max(0.0) * self.per_million
    }
}

const WORKER_REQUESTS: Tariff = Tariff { included: 10.0, per_million: 0.30 };
const OBJECT_REQUESTS: Tariff = Tariff { included: 1.0, per_million: 0.15 };
const OBJECT_ROWS: Tariff = Tariff { included: 50.0, per_million: 1.00 };
const D1_ROWS: Tariff = Tariff { included: 50.0, per_million: 1.00 };
const OBJECT_GB_S: Tariff = Tariff { included: 0.4, per_million: 12.50 };
/// Gigabytes of D1 that are included, and what each beyond costs.
const D1_GB: (f64, f64) = (5.0, 0.75);

/// What a second of traffic uses on average.
#[derive(Debug, Clone, Copy, Default)]
pub struct Use {
    pub requests: f64,
    pub object_requests: f64,
    pub object_rows: f64,
    pub d1_rows: f64,
    /// Of D1, at the end.
    pub d1_gb: f64,
    pub objects: f64,
}

/// Millions a month.
pub fn millions(per_second: f64) -> f64 {
    per_second * MONTH_S / 1e6
}

/// Dollars a month for the requests themselves, which are there without counting, too.
pub fn requests_bill(of: &Use) -> f64 {
    WORKER_REQUESTS.bill(millions(of.requests))
}

/// Dollars a month for counting them.
pub fn counting_bill(of: &Use) -> f64 {
    OBJECT_REQUESTS.bill(millions(of.object_requests))
        + OBJECT_ROWS.bill(millions(of.object_rows))
        + OBJECT_GB_S.bill(millions(of.objects * OBJECT_GB))
        + D1_ROWS.bill(millions(of.d1_rows))
        + (of.d1_gb - D1_GB.0).max(0.0) * D1_GB.1
}

/// Dollars a month for so many rows of D1 a second.
pub fn rows_bill(d1_rows: f64) -> f64 {
    D1_ROWS.bill(millions(d1_rows))
}

/// What the free plan bounds, 100,000 of each a day.
pub const FREE: f64 = 100_000.0;

/// What a day of `hits` uses of the free plan's limits, each with its name.
pub fn free_uses(of: &Use) -> [(&'static str, f64); 4] {
    [
        ("requests to the Worker", of.requests),
        ("requests to the object", of.object_requests),
        ("rows that D1 writes", of.d1_rows),
        ("rows that the object writes", of.object_rows),
    ]
}

/// How many hits a day the free plan takes of such traffic, and what bounds them.
pub fn free_hits(of: &Use) -> (f64, &'static str) {
    let most = free_uses(of).into_iter().max_by(|one, other| one.1.total_cmp(&other.1));
    let (name, used) = most.unwrap_or_default();
    (FREE * of.requests / used, name)
}

/// Gigabytes that stand in D1 after so many days.
pub fn stored_gb(bytes_a_day: f64, days: f64) -> f64 {
    bytes_a_day * days / 1e9
}

/// After how many days a database of so many gigabytes is full.
pub fn full_after_days(bytes_a_day: f64, gigabytes: f64) -> f64 {
    gigabytes * 1e9 / bytes_a_day
}
