//! `docs/SCALING.md`: the tables of the template, filled in.

use crate::admission::Admission;
use crate::figures::Figures;
use crate::job::{FLEETS, ISOLATES_OF_A_DAY, Outcome, Outcomes, Purpose};
use crate::memory::Memory;
use crate::prices::{
    FREE, Use, counting_bill, free_hits, free_uses, full_after_days, millions, requests_bill, rows_bill,
};
use crate::restart::Restart;
use crate::spec::Length;

/// For how long D1 keeps rows by default.
const RETENTION_DAYS: f64 = 90.0;
/// What a database holds, in gigabytes.
const D1_GB: f64 = 10.0;
/// `ANALYTICS_DAILY_ROWS` on the free plan.
const FREE_DAILY_ROWS: f64 = 80_000.0;

/// The page.
pub fn page(outcomes: &Outcomes, is_quick: bool, minutes: f64) -> String {
    let pages = Tables(outcomes);
    let mut page = include_str!("template.md").to_owned();
    let (free_hits, free_bound) = pages.free_most();
    let free = &pages.run(Purpose::FreePlan).expect("it is always run").0.spec;
    for (name, text) in [
        ("minutes", format!("{minutes:.0}")),
        ("machine", machine()),
        ("sampled", pages.sampled(is_quick)),
        ("traffic", pages.traffic()),
        ("waits", pages.waits()),
        ("days", pages.days()),
        ("dollars", pages.dollars()),
        ("free_rate", free.hits_per_second.to_string()),
        ("free_isolates", free.isolates.to_string()),
        ("free", pages.free()),
        ("free_rows", format!("{:.2}", pages.free_rows() / free.hits_per_second)),
        ("free_rows_wait", thousands(pages.free_rows_wait())),
        ("free_hits", thousands(free_hits)),
        ("free_bound", free_bound.to_owned()),
        ("admission", pages.admission()),
        ("newcomer", percent(pages.newcomer())),
        ("memory", pages.memory()),
        ("restart", pages.restart()),
        ("cpu", pages.cpu()),
        ("limits", pages.limits()),
        ("budget", pages.budget()),
    ] {
        page = page.replace(&format!("{{{{{name}}}}}"), &text);
    }
    page
}

/// The tables, of what was measured.
struct Tables<'a>(&'a Outcomes);

type Rows = Vec<Vec<String>>;

impl Tables<'_> {
    fn run(&self, purpose: Purpose) -> Option<(&Figures, &Admission, f64)> {
        match self.0.get(&purpose)? {
            Outcome::Run(figures, admission, newcomer) => Some((figures, admission, *newcomer)),
            Outcome::Memory(_) => None,
        }
    }

    fn figures(&self, purpose: Purpose) -> Option<&Figures> {
        self.run(purpose).map(|(figures, ..)| figures)
    }

    fn memory_of(&self, purpose: Purpose) -> Memory {
        match self.0.get(&purpose) {
            Some(Outcome::Memory(memory)) => *memory,
            _ => Memory::default(),
        }
    }

    /// Hits a second, with what was measured of a part of a day, and of a whole one if there is that.
    fn rates(&self) -> impl Iterator<Item = (u32, &Figures, Option<&Figures>)> {
        FLEETS.into_iter().filter_map(|(hits, _)| {
            Some((hits, self.figures(Purpose::Part(hits))?, self.figures(Purpose::Day(hits))))
        })
    }

    fn whole_days(&self) -> impl Iterator<Item = (String, &Figures)> {
        let one = [10, 100].map(|hits| (hits.to_string(), Purpose::Day(hits)));
        let many = [10, 100].map(|hits| (format!("{hits}, 3,000 owners"), Purpose::ManyOwners(hits)));
        one.into_iter().chain(many).filter_map(|(name, of)| Some((name, self.figures(of)?)))
    }

    fn sampled(&self, is_quick: bool) -> String {
        let parts = self
            .rates()
            .map(|(hits, part, _)| format!("{} at {} hits/s", length(part), thousands(hits.into())));
        let parts = parts.collect::<Vec<_>>().join(", ");
        let days = if is_quick {
            "This was a quick look: no whole day was simulated, and admission with a tenth of the hits and rows."
        } else {
            "Whole days, and the next until D1 had all of the first, are simulated at 10 and 100 hits/s. In these, while more than \
             20,000 rows wait, and after the first day, the object publishes every 30 s instead of every 2 s."
        };
        format!(
            "{days} The other figures are of a part of a day, from 09:00, at the average rate, with nothing counted before: {parts}; \
             rates and dollars are extrapolated from it. Such a run begins with the rows that an hour has saved."
        )
    }

    fn traffic(&self) -> String {
        let mut rows: Rows = Vec::new();
        for (hits, part, day) in self.rates() {
            let a_day = 86_400.0 * f64::from(hits);
            let (d1, for_1_000) = match day.and_then(|day| Some((day.d1_rows?, day.hits as f64))) {
                Some((d1_rows, of)) => (thousands(d1_rows), d1_rows / of * 1_000.0),
                None => {
                    let most = f64::from(part.spec.limits.daily_rows);
                    (format!("at most {}", thousands(most)), most / a_day * 1_000.0)
                }
            };
            rows.push(vec![
                thousands(hits.into()),
                thousands(part.spec.isolates as f64),
                length(part),
                format!("{:.1}", part.flushes),
                thousands(part.flush_bytes),
                format!("{:.2}", part.commits),
                thousands(part.journal_bytes),
                format!("{:.0}", part.flush_micros),
                d1,
                number(for_1_000),
                number(part.isolate_rows / f64::from(hits) * 1_000.0),
            ]);
        }
        table(&rows)
    }

    fn waits(&self) -> String {
        let mut rows: Rows = Vec::new();
        let mut row = |name: String, of: &Figures| {
            rows.push(vec![
                name,
                length(of),
                duration(of.rows.p50),
                duration(of.rows.p99),
                duration(of.totals.p50),
                duration(of.totals.p99),
                duration(of.totals.most),
            ]);
        };
        for (hits, part, _) in self.rates() {
            row(thousands(hits.into()), part);
        }
        for (name, day) in self.whole_days() {
            row(name, day);
        }
        table(&rows)
    }

    fn days(&self) -> String {
        let row = |(name, day): (String, &Figures)| {
            vec![
                name,
                thousands(day.kept.rows as f64),
                thousands(day.at_midnight.rows as f64),
                thousands(day.at_midnight.hits as f64),
                at_close(day, day.at_close.rows),
                at_close(day, day.at_close.hits),
                percent(day.other()),
                format!("{:.1}", day.d1_bytes.unwrap_or_default() as f64 / 1e6),
            ]
        };
        table(&self.whole_days().map(row).collect())
    }

    /// What a day of a busy site takes in D1.
    fn d1_bytes(&self) -> u64 {
        self.figures(Purpose::Day(100)).and_then(|day| day.d1_bytes).unwrap_or_default()
    }

    fn uses(&self, part: &Figures, day: Option<&Figures>) -> Use {
        let of_day = day.map(|day| day.uses(0, RETENTION_DAYS));
        let uses = part.uses(self.d1_bytes(), RETENTION_DAYS);
        match of_day {
            Some(of_day) => Use { d1_rows: of_day.d1_rows, d1_gb: of_day.d1_gb, ..uses },
            None => uses,
        }
    }

    fn dollars(&self) -> String {
        let mut rows: Rows = Vec::new();
        for (hits, part, day) in self.rates() {
            let uses = self.uses(part, day);
            let (bill, counting) = (requests_bill(&uses), counting_bill(&uses));
            rows.push(vec![
                thousands(hits.into()),
                number(millions(uses.requests)),
                number(millions(uses.object_requests)),
                number(millions(uses.object_rows)),
                number(millions(uses.d1_rows)),
                number(uses.d1_gb),
                money(bill),
                money(counting),
                format!("{:.3}", counting / bill),
                money(rows_bill(2.0 * uses.requests)),
                number(millions(part.isolate_rows)),
                money(rows_bill(part.isolate_rows)),
            ]);
        }
        table(&rows)
    }

    /// Rows of D1 that the free plan's traffic would write if nothing bounded them, a second.
    fn free_rows(&self) -> f64 {
        self.figures(Purpose::FreePlan).expect("it is always run").d1_rows_a_second
    }

    fn free_use(&self) -> Use {
        let of = self.figures(Purpose::FreePlan).expect("it is always run");
        let uses = of.uses(0, RETENTION_DAYS);
        // When the Worker's requests are used up, so is the budget of rows.
        let most = FREE_DAILY_ROWS / FREE * uses.requests;
        Use { d1_rows: self.free_rows().min(most), ..uses }
    }

    /// From how many hits a day on rows wait for the half of the budget that open days have.
    fn free_rows_wait(&self) -> f64 {
        let of = self.figures(Purpose::FreePlan).expect("it is always run");
        FREE_DAILY_ROWS / 2.0 / (self.free_rows() / of.spec.hits_per_second)
    }

    fn free_most(&self) -> (f64, &'static str) {
        free_hits(&self.free_use())
    }

    fn free(&self) -> String {
        let of = self.free_use();
        let row = |(name, used): (&str, f64)| {
            let each = used / of.requests;
            vec![name.to_owned(), format!("{each:.3}"), thousands(FREE / each)]
        };
        table(&free_uses(&of).into_iter().map(row).collect())
    }

    fn admission(&self) -> String {
        let rows = [
            ("an ordinary day", self.ordinary()),
            ("a new image has 5 % of the hits from 20:00", Purpose::Newcomer),
            ("a million made-up combinations come first", Purpose::MadeUp),
        ];
        let row = |(name, of): (&str, Purpose)| {
            let (_, it, _) = self.run(of)?;
            Some(vec![
                name.to_owned(),
                thousands(it.combinations as f64),
                percent(it.top_lacks),
                it.top_unlisted.to_string(),
                it.largest_unlisted.to_string(),
                percent(it.other),
                percent(it.least_other),
            ])
        };
        table(&rows.into_iter().filter_map(row).collect())
    }

    /// The run that shows what an ordinary day lacks.
    fn ordinary(&self) -> Purpose {
        if self.run(Purpose::Plain).is_some() { Purpose::Plain } else { Purpose::Day(100) }
    }

    fn newcomer(&self) -> f64 {
        self.run(Purpose::Newcomer).map_or(0.0, |(_, _, lacks)| lacks)
    }

    fn memory(&self) -> String {
        let isolates = format!("{} isolates, one flush each", thousands(ISOLATES_OF_A_DAY as f64));
        let mut rows: Rows = Vec::new();
        let mut row = |name: &str, it: Memory| {
            rows.push(vec![name.to_owned(), mb(it.live), mb(it.peak), mb(it.snapshot as i64)]);
        };
        row("one owner, two days, as many rows as both may have", self.memory_of(Purpose::OneOwner));
        row(
            "3,000 owners, one day, of each 100 rows and 150 values",
            self.memory_of(Purpose::ManyOwnersOneDay),
        );
        row("the same, two such days", self.memory_of(Purpose::ManyOwnersTwoDays));
        row(&isolates, self.memory_of(Purpose::ManyIsolates));
        for (name, day) in self.whole_days() {
            let memory = Memory { live: day.live_bytes, peak: day.peak_bytes, snapshot: day.snapshot_bytes };
            row(&format!("{}, {}", said(&name), length(day)), memory);
        }
        table(&rows)
    }

    fn restarted(&self) -> Option<Restart> {
        self.figures(Purpose::Day(100)).and_then(|day| day.restart)
    }

    fn restart(&self) -> String {
        let Some(it) = self.restarted() else { return "A quick look measures no restart.".to_owned() };
        format!(
            "A restart at 22:00 of a day with 100 hits/s: a snapshot of {} MB is read in {:.0} ms, and {} flushes of the journal \
             ({} MB) are replayed in {:.0} ms. The state is then the same, byte for byte.",
            mb(it.snapshot_bytes as i64),
            it.restore_ms,
            thousands(it.flushes as f64),
            mb(it.journal_bytes as i64),
            it.replay_ms,
        )
    }

    fn cpu(&self) -> String {
        let parts = self.rates().map(|(hits, part, _)| (thousands(hits.into()), part));
        let days = self.whole_days().map(|(name, day)| (format!("{name}, a whole day"), day));
        let row = |(name, of): (String, &Figures)| {
            let (median, most) = of.publication_ms;
            vec![name, format!("{median:.1}"), format!("{most:.1}"), format!("{:.1}", of.snapshot_ms)]
        };
        table(&parts.chain(days).map(row).collect())
    }

    fn limits(&self) -> String {
        let flushes = |hits| self.figures(Purpose::Part(hits)).map_or(0.0, |part| part.flushes);
        let day = self.d1_bytes() as f64;
        let many = self.memory_of(Purpose::ManyOwnersTwoDays);
        let rows = [
            (
                "1 million requests to objects, which the paid plan includes",
                format!(
                    "0.4 flushes/s: below 1 hit/s, where nearly every hit is a flush; 10 hits/s make {:.1}",
                    flushes(10)
                ),
                "nothing: beyond it, 10 hits/s cost what the table above says",
            ),
            (
                "`ANALYTICS_DAILY_ROWS`, half of it for open days",
                "when a day has more than 750,000 new or changed rows: 10 to 20 hits/s with 100,000 images"
                    .to_owned(),
                "raise it, if rows are to be fresh: up to 1.6 million a day are included, each million beyond is $1",
            ),
            (
                "`ANALYTICS_DETAIL_ROWS`, 200,000 files and combinations of an owner's day",
                "10 to 25 hits/s with 100,000 images; earlier with more, never with few".to_owned(),
                "200,000 is the most. What has no row counts under its file, or under `(other)`",
            ),
            (
                "250,000 rows of all open days",
                self.figures(Purpose::Day(100)).map_or_else(
                    || "two busy days, or many owners; each owner's day has 100 rows in any case".to_owned(),
                    |day| {
                        format!(
                            "two busy days: at 100 hits/s the next day has {} rows by noon, while the day before is still there, and {} \
                             of its hits have none of their own. Each owner's day has 100 rows in any case",
                            thousands(day.next.rows as f64),
                            percent(day.next.other())
                        )
                    },
                ),
                "shards, when they are built",
            ),
            (
                "five commits a second",
                format!(
                    "some 20 hits/s; {} rows a day, which the 50 million a month include",
                    thousands(432_000.0)
                ),
                "nothing: more flushes share a commit",
            ),
            (
                "flushes that one object takes, 2,000 a second",
                format!(
                    "{} flushes/s at 10,000 hits/s, {} at 100,000",
                    thousands(flushes(10_000)),
                    thousands(flushes(100_000))
                ),
                "nothing yet: the object asks for windows of up to 20 s, so that it gets some 300 a second; shards are not built",
            ),
            (
                "128 MB of an isolate",
                format!("passed: {} MB at the peak with 3,000 full owners, on a 64-bit machine", mb(many.peak)),
                "lower `ANALYTICS_DETAIL_ROWS`; shards, when they are built",
            ),
            (
                "10 GB of D1",
                if day > 0.0 {
                    format!(
                        "a day of 100 hits/s or more takes {:.0} MB: {:.0} days",
                        day / 1e6,
                        full_after_days(day, D1_GB)
                    )
                } else {
                    "not measured".to_owned()
                },
                "lower `ANALYTICS_RETENTION_DAYS` or `ANALYTICS_DETAIL_ROWS`. A second database is not built",
            ),
            (
                "8,000 owners' days",
                "4,000 owners with hits on both open days".to_owned(),
                "shards, when they are built; beyond it hits are counted as uncounted",
            ),
        ];
        let cells =
            rows.into_iter().map(|(limit, at, what)| vec![limit.to_owned(), at, what.to_owned()]).collect();
        table(&cells)
    }

    fn budget(&self) -> String {
        let mut rows: Rows = Vec::new();
        let mut row = |what: &str, budget: &str, measured: String, met: Result<(), String>| {
            let met = met.map_or_else(|why| format!("**not met**: {why}"), |()| "met".to_owned());
            rows.push(vec![what.to_owned(), budget.to_owned(), measured, met]);
        };
        for (name, day) in self.whole_days() {
            let (written, most) = (day.d1_rows_a_day(), f64::from(day.spec.limits.daily_rows));
            let why = "see the table of days".to_owned();
            row(
                &format!("D1 rows of a day, {}", said(&name)),
                "at most `ANALYTICS_DAILY_ROWS`, 1,500,000",
                format!(
                    "{}, of them {} totals and breakdowns",
                    thousands(written),
                    thousands(day.d1_segments.unwrap_or_default())
                ),
                met(written <= most, why),
            );
        }
        for hits in [1_000, 10_000] {
            row(
                &format!("the same, {} hits/s", thousands(hits.into())),
                "the same",
                "the budget holds by construction; no whole day was simulated".to_owned(),
                Ok(()),
            );
        }
        if let Some(part) = self.figures(Purpose::Part(10)) {
            row(
                "time until a hit is in D1, 10 hits/s, ordinary hour",
                "half within 3 s, 99 % within 10 s",
                format!("{}, {}", duration(part.rows.p50), duration(part.rows.p99)),
                met(
                    part.rows.p50 <= 3_000 && part.rows.p99 <= 10_000,
                    "a window of 2 s, a wait for the commit, and 1 s on average until the next publication are more than 3 s"
                        .to_owned(),
                ),
            );
        }
        for (hits, part, _) in self.rates() {
            row(
                &format!("totals and breakdowns, {} hits/s", thousands(hits.into())),
                "within 15 s",
                format!("{}, 99 % {}", duration(part.totals.most), duration(part.totals.p99)),
                met(
                    part.totals.most <= 15_000,
                    "while rows are scarce, breakdowns are written every 6 s; the window and the commit come before that, and the \
                     publisher's 2 s after it"
                        .to_owned(),
                ),
            );
        }
        for (name, day) in self.whole_days() {
            row(
                &format!("rows, a whole day, {}", said(&name)),
                "half within 10 min; all within an hour of the close where the budget of rows allows",
                format!(
                    "half within {}; at midnight D1 lacks something of {} rows",
                    duration(day.rows.p50),
                    thousands(day.at_midnight.rows as f64)
                ),
                met(
                    day.rows.p50 <= 600_000,
                    "the budget writes what counts most first, and the tail waits".to_owned(),
                ),
            );
        }
        for (hits, most) in [(10, None), (100, Some(0.25)), (1_000, Some(0.15)), (10_000, Some(0.03))] {
            let Some(part) = self.figures(Purpose::Part(hits)) else { continue };
            let uses = self.uses(part, self.figures(Purpose::Day(hits)));
            let (bill, counting) = (requests_bill(&uses), counting_bill(&uses));
            let why = "isolates send more flushes than the object asks for".to_owned();
            let (budget, is_met) = match most {
                None => ("at most $4".to_owned(), counting <= 4.0),
                Some(share) => (format!("at most {share} of the requests' bill"), counting / bill <= share),
            };
            row(
                &format!("what counting costs a month, {} hits/s", thousands(hits.into())),
                &budget,
                format!("${}, {:.3}", money(counting), counting / bill),
                met(is_met, why),
            );
        }
        let lacks = |of| self.run(of).map(|(_, it, _)| (it.top_lacks, it.top_unlisted)).unwrap_or_default();
        let (lack, unlisted) = lacks(self.ordinary());
        row(
            "the 1,000 largest combinations lack",
            "at most 0.1 %, none without a row",
            format!("{}, {unlisted} without", percent(lack)),
            met(lack <= 0.001 && unlisted == 0, "see Admission".to_owned()),
        );
        row(
            "a new image with 5 % of the hits from 20:00 lacks",
            "at most 5 %",
            percent(self.newcomer()),
            met(self.newcomer() <= 0.05, "see Admission".to_owned()),
        );
        let (lack, _) = lacks(Purpose::MadeUp);
        row(
            "the 1,000 largest lack after a million made-up combinations",
            "at most 1 %",
            percent(lack),
            met(lack <= 0.01, "see Admission".to_owned()),
        );
        for (what, of, days, most) in [
            ("one owner with 200,000 rows, two days", Purpose::OneOwner, 2, 32),
            (
                "3,000 owners with 100 rows and 150 values each, two days",
                Purpose::ManyOwnersTwoDays,
                6_000,
                64,
            ),
        ] {
            let memory = self.memory_of(of);
            let of_day = memory.live / days;
            let of_day = if of_day < 1_000_000 {
                format!("{:.0} kB", of_day as f64 / 1e3)
            } else {
                format!("{} MB", mb(of_day))
            };
            let snapshot = mb(memory.peak - memory.live);
            let why = format!(
                "an owner's day takes {of_day}, and a snapshot, which is made in one piece, {snapshot} MB beside it"
            );
            row(
                &format!("memory at its peak: {what}"),
                &format!("at most {most} MB"),
                format!("{} MB", mb(memory.peak)),
                met(memory.peak <= most * 1_000_000, why),
            );
        }
        if let Some(it) = self.restarted() {
            let all = it.restore_ms + it.replay_ms;
            row(
                "a restart with 200,000 rows and 10,000 flushes",
                "at most 1 s; the same bytes",
                format!("{all:.0} ms on this machine, natively; the same bytes"),
                met(all <= 1_000.0, "the machine was busy, or the journal is long".to_owned()),
            );
        }
        let commits = self.rates().map(|(_, part, _)| part.commits).fold(0.0, f64::max);
        row(
            "commits a second",
            "at most 5",
            format!("{commits:.2}"),
            met(commits <= 5.01, "see Traffic".to_owned()),
        );
        row(
            "counts after any load",
            "exactly the requests served",
            "in every run, or there is no figure".to_owned(),
            Ok(()),
        );
        table(&rows)
    }
}

/// What a run is called in a sentence.
fn said(name: &str) -> String {
    match name.split_once(", ") {
        Some((hits, owners)) => format!("{hits} hits/s of {owners}"),
        None => format!("{name} hits/s"),
    }
}

fn met(is_met: bool, why: String) -> Result<(), String> {
    if is_met { Ok(()) } else { Err(why) }
}

fn table(rows: &Rows) -> String {
    let line = |cells: &Vec<String>| format!("| {} |", cells.join(" | "));
    rows.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// What is known only when the run went on until then.
fn at_close(of: &Figures, count: u64) -> String {
    if of.spec.length == Length::ToClose { thousands(count as f64) } else { "not simulated".to_owned() }
}

fn length(of: &Figures) -> String {
    match of.spec.length {
        Length::ToClose => "a day, and until D1 has it".to_owned(),
        Length::Day => "a day".to_owned(),
        Length::Seconds(seconds) if seconds >= 600 => format!("{} min", seconds / 60),
        Length::Seconds(seconds) => format!("{seconds} s"),
    }
}

fn duration(millis: u64) -> String {
    let seconds = millis as f64 / 1000.0;
    match seconds {
        ..90.0 => format!("{seconds:.1} s"),
        ..5_400.0 => format!("{:.0} min", seconds / 60.0),
        _ => format!("{:.1} h", seconds / 3_600.0),
    }
}

fn percent(part: f64) -> String {
    let percent = part * 100.0;
    if percent >= 10.0 { format!("{percent:.0} %") } else { format!("{percent:.2} %") }
}

fn mb(bytes: i64) -> String {
    format!("{:.1}", bytes as f64 / 1e6)
}

/// Three digits that count, or all before the point.
fn number(value: f64) -> String {
    match value {
        ..1.0 => format!("{value:.3}"),
        ..100.0 => format!("{value:.2}"),
        _ => thousands(value),
    }
}

fn money(dollars: f64) -> String {
    if dollars >= 100.0 { thousands(dollars) } else { format!("{dollars:.2}") }
}

/// A whole number with commas.
fn thousands(value: f64) -> String {
    let digits = format!("{:.0}", value);
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// The processor, by Linux.
fn machine() -> String {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let known = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = known.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    format!("{cores} × {}", model.map_or("processor", |(_, model)| model))
}
