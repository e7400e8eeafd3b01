//! The source that is left when the hits are not: Cloudflare's own analytics of the zone's requests, for the CDN's host.
//!
//! It knows paths, countries, statuses and bytes, no more. Its bytes are those that the edge sent, compressed and with
//! headers, so that they are estimates. Its `cacheStatus` is not the CDN's cache result, and it knows no file sizes: those
//! counters stay 0.
//!
//! Paths pass the CDN's own parser. Left out are: paths that belong to no owner, such as the dashboard's; paths that end
//! with the owner; owners' names that are percent-encoded, since an owner is read as one range of paths; and answers with
//! an object's status for what cannot be an object, which the CDN has not given.

use std::cell::Cell;
use std::collections::{BTreeMap, HashSet};

use serde::{Deserialize, Serialize};

use super::engine::PAGE_ROWS;
use super::key_range::Position;
use super::source::{
    DayCount, Detail, OwnerTotals, Page, Result, Source, SourceError, SourceOwner, SourceRow,
};
use crate::cloudflare::api::{Http, Tag};
use crate::cloudflare::graphql::is_missing_field;
use crate::cloudflare::zone_requests::{Fields, Filter, Group, Limits, ZoneRequests};
use crate::domain::asset_type::AssetType;
use crate::domain::counters::{Counters, sum_of};
use crate::domain::country::Country;
use crate::domain::date::{Date, Millis};
use crate::domain::hit::{MISSING_IMAGE, NO_VARIANT};
use crate::domain::media_path::MediaPath;
use crate::domain::media_type::content_type;
use crate::domain::night::end_of;
use crate::domain::owner::{OwnerHasher, OwnerName};
use crate::domain::row_key::{Combination, RowKey};

/// Shortest slice that a day is cut into.
const MIN_SLICE_MS: Millis = 3_600_000;

/// A zone's requests for one host.
pub struct Zone<H> {
    requests: ZoneRequests<H>,
    host: String,
    hasher: OwnerHasher,
    now: Millis,
    /// Groups of a page, where the plan does not allow for less.
    page_rows: usize,
    limits: Cell<Option<Limits>>,
    fields: Cell<Option<Fields>>,
}

impl<H: Http> Zone<H> {
    /// `host` is the CDN's, as browsers send it.
    pub fn new(http: H, zone: Tag, host: impl Into<String>, hasher: OwnerHasher, now: Millis) -> Self {
        Self {
            requests: ZoneRequests::new(http, zone),
            host: host.into(),
            hasher,
            now,
            page_rows: PAGE_ROWS,
            limits: Cell::new(None),
            fields: Cell::new(None),
        }
    }

    async fn limits(&self) -> Result<Limits> {
        if let Some(limits) = self.limits.get() {
            return Ok(limits);
        }
        let limits = self.requests.limits().await?;
        self.limits.set(Some(limits));
        Ok(limits)
    }

    /// The first day that is still there as a whole.
    fn oldest(&self, limits: Limits) -> Option<Date> {
        let reach = self.now.saturating_sub(limits.reach?);
        let date = Date::at(reach);
        Some(if date.start() < reach { date.plus(1) } else { date })
    }

    /// The page of a day at a position, in key order, and where the next one begins.
    async fn page(&self, date: Date, cursor: &mut Cursor, before: Option<&str>) -> Result<Vec<Group>> {
        let limits = self.limits().await?;
        if let Some(oldest) = self.oldest(limits).filter(|oldest| date < *oldest) {
            let source_name = "the analytics of the zone's requests";
            return Err(SourceError::TooOld { source_name, date, oldest });
        }
        let slices = slices(date.start(), end_of(date), limits.duration);
        let limit = (self.page_rows.min(limits.page_rows) / slices.len()).max(1);
        let mut answers = Vec::with_capacity(slices.len());
        let position = cursor.position.take().unwrap_or_default();
        for slice in slices {
            let filter =
                |fields: Fields| position.filter(fields.columns(), Filter::new(&self.host, slice), before);
            let (fields, groups) = self.groups(cursor.fields, filter, limit).await?;
            cursor.fields = Some(fields);
            answers.push(groups);
        }
        let columns = cursor.fields.map(Fields::columns).unwrap_or_default();
        let (mut groups, next) = position.page(columns, answers, limit)?;
        groups.sort_by(|one, other| one.dimensions.path.cmp(&other.dimensions.path));
        cursor.position = next;
        Ok(groups)
    }

    /// Groups with the fields that a cursor is bound to, or with as many as the plan has.
    async fn groups(
        &self,
        fields: Option<Fields>,
        filter: impl Fn(Fields) -> Filter,
        limit: usize,
    ) -> Result<(Fields, Vec<Group>)> {
        if let Some(fields) = fields.or(self.fields.get()) {
            let groups = self.requests.groups(fields, &filter(fields), limit).await?;
            return Ok((fields, groups));
        }
        let mut first_error = None;
        for fields in Fields::LADDER {
            match self.requests.groups(fields, &filter(fields), limit).await {
                Ok(groups) => {
                    self.fields.set(Some(fields));
                    return Ok((fields, groups));
                }
                Err(error) if is_missing_field(&error) => {
                    first_error.get_or_insert(error);
                }
                Err(error) => return Err(error),
            }
        }
        Err(first_error.unwrap_or_else(|| SourceError::Query("no fields are left to ask for".to_owned())))
    }

    fn totals(&self, pending: Pending) -> Option<OwnerTotals> {
        let Pending { name, requests, bytes, points, variance, served } = pending;
        let owner = SourceOwner { id: self.hasher.id(&name), name: Some(name) };
        let counters = Counters { requests, bandwidth_bytes: bytes, ..Counters::default() };
        served.then_some(OwnerTotals { owner, counters, points, variance })
    }
}

impl<H: Http> Source for Zone<H> {
    async fn days(&self, from: Date, to: Date) -> Result<Vec<DayCount>> {
        let limits = self.limits().await?;
        let from = self.oldest(limits).map_or(from, |oldest| from.max(oldest));
        let mut days: BTreeMap<Date, u64> = BTreeMap::new();
        if from > to {
            return Ok(Vec::new());
        }
        for slice in slices(from.start(), end_of(to), limits.duration) {
            let filter = Filter::new(&self.host, slice);
            for day in self.requests.days(&filter, limits.page_rows.min(PAGE_ROWS)).await? {
                let date = Date::parse(&day.dimensions.date)
                    .map_err(|error| SourceError::Unreadable(error.to_string()))?;
                *days.entry(date).or_default() += day.count.0;
            }
        }
        Ok(days.into_iter().map(|(date, requests)| DayCount { date, requests, variance: 0.0 }).collect())
    }

    async fn owners(&self, date: Date, cursor: Option<&str>) -> Result<Page<OwnerTotals>> {
        let mut cursor = Cursor::parse(cursor)?;
        let mut items = Vec::new();
        for group in self.page(date, &mut cursor, None).await? {
            let Some(filed) = Filed::new(&group) else { continue };
            match &mut cursor.pending {
                Some(pending) if pending.name == filed.owner => {}
                pending => {
                    let done = pending.replace(Pending::new(filed.owner.clone()));
                    items.extend(done.and_then(|done| self.totals(done)));
                }
            }
            if let Some(pending) = &mut cursor.pending {
                pending.add(&group, &filed);
            }
        }
        if cursor.position.is_none() {
            items.extend(cursor.pending.take().and_then(|last| self.totals(last)));
        }
        Ok(Page { items, next: cursor.into_text() })
    }

    async fn rows(
        &self,
        date: Date,
        owners: &[SourceOwner],
        cursor: Option<&str>,
    ) -> Result<Page<SourceRow>> {
        let wanted = Wanted::new(owners)?;
        let mut cursor = Cursor::parse(cursor)?;
        cursor.position = wanted.skip(cursor.position.unwrap_or_default());
        if cursor.position.is_none() {
            return Ok(Page { items: Vec::new(), next: None });
        }
        let groups = self.page(date, &mut cursor, wanted.end()).await?;
        let items = groups.iter().filter_map(|group| {
            let filed = Filed::new(group)?;
            let owner = wanted.has(&filed.owner).then(|| self.hasher.id(&filed.owner))?;
            let Filed { image_id, variant, status, .. } = filed;
            let country = Country::of_code(group.dimensions.country.as_deref());
            let asset_type = asset_type(&image_id, status);
            let combination = Combination { image_id, variant, country, status };
            let key = RowKey { owner, date, combination, asset_type };
            let (requests, bandwidth_bytes) = (group.count.0, group.bytes());
            let counters = Counters { requests, bandwidth_bytes, ..Counters::default() };
            Some(SourceRow { key, counters, variance: variance(group) })
        });
        Ok(Page { items: items.collect(), next: cursor.into_text() })
    }

    /// None: what the zone tells of visitors is not what is recorded of hits.
    async fn details(&self, _: Date, _: &[SourceOwner], _: Option<&str>) -> Result<Page<Detail>> {
        Ok(Page { items: Vec::new(), next: None })
    }
}

/// By the file's name, since the zone does not tell the media type of each path.
fn asset_type(image_id: &str, status: u16) -> AssetType {
    if status >= 400 { AssetType::Other } else { AssetType::of(&content_type(None, image_id)) }
}

/// Cuts a time into pieces that are not longer than a query may span.
fn slices(from: Millis, to: Millis, longest: Millis) -> Vec<(Millis, Millis)> {
    let until = |start: Millis| start.saturating_add(longest.max(MIN_SLICE_MS)).min(to);
    let starts = std::iter::successors(Some(from), |start| Some(until(*start)));
    starts.take_while(|start| *start < to).map(|start| (start, until(start))).collect()
}

/// Where the next page begins, and what has been added up before it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
struct Cursor {
    position: Option<Position>,
    /// The fields that the position is about.
    fields: Option<Fields>,
    /// The owner that the last page ended with.
    pending: Option<Pending>,
}

impl Cursor {
    fn parse(text: Option<&str>) -> Result<Self> {
        let damaged = |error| SourceError::Query(format!("the cursor is damaged: {error}"));
        text.map_or(Ok(Self::default()), |text| serde_json::from_str(text).map_err(damaged))
    }

    fn into_text(self) -> Option<String> {
        self.position.as_ref()?;
        Some(serde_json::to_string(&self).expect("texts and numbers always encode"))
    }
}

/// An owner's totals as far as they have been read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Pending {
    name: OwnerName,
    requests: u64,
    bytes: u64,
    points: u64,
    variance: f64,
    /// Whether one of the owner's objects was served, so that the owner is not a made-up one.
    served: bool,
}

impl Pending {
    fn new(name: OwnerName) -> Self {
        Self { name, requests: 0, bytes: 0, points: 0, variance: 0.0, served: false }
    }

    fn add(&mut self, group: &Group, filed: &Filed) {
        let interval = interval(group);
        let requests = group.count.0;
        self.requests = sum_of(self.requests, requests);
        self.bytes = sum_of(self.bytes, group.bytes());
        self.points += (requests as f64 / interval).round() as u64;
        self.variance += variance(group);
        self.served |= filed.is_object;
    }
}

/// How many requests a stored one stands for. Where the plan does not tell the sampling, a count is taken to be a sampled one, so
/// that it never passes for exact.
fn interval(group: &Group) -> f64 {
    const UNTOLD: f64 = 2.0;
    group.sample_interval().unwrap_or(UNTOLD)
}

fn variance(group: &Group) -> f64 {
    group.count.0 as f64 * (interval(group) - 1.0)
}

/// Where a group of requests belongs.
#[derive(Debug, PartialEq, Eq)]
struct Filed {
    owner: OwnerName,
    image_id: String,
    variant: String,
    status: u16,
    is_object: bool,
}

impl Filed {
    /// `None` for what the CDN does not count.
    fn new(group: &Group) -> Option<Self> {
        let path = &group.dimensions.path;
        let (owner, _) = path.strip_prefix('/')?.split_once('/')?;
        let owner = OwnerName::parse(owner).ok()?;
        let status = u16::try_from(group.dimensions.status.0).ok().filter(|it| (100..=599).contains(it))?;
        if !matches!(status, 200 | 206 | 304 | 412 | 416) {
            let (image_id, variant) = (MISSING_IMAGE.to_owned(), NO_VARIANT.to_owned());
            return Some(Self { owner, image_id, variant, status, is_object: false });
        }
        let media = MediaPath::parse(path).ok()?;
        let (image_id, variant) = (media.image.to_string(), media.variant.to_string());
        Some(Self { owner, image_id, variant, status, is_object: true })
    }
}

/// The paths of some owners: one range each, `/name/` to before `/name0`, since 0 comes after the slash.
struct Wanted {
    names: HashSet<OwnerName>,
    /// In order, and apart from each other.
    ranges: Vec<(String, String)>,
}

impl Wanted {
    fn new(owners: &[SourceOwner]) -> Result<Self> {
        let unnamed = || SourceError::Query("the zone knows only the names of owners".to_owned());
        let names = owners.iter().map(|owner| owner.name.clone().ok_or_else(unnamed));
        let names = names.collect::<Result<HashSet<_>>>()?;
        let mut ranges: Vec<_> =
            names.iter().map(|name| (format!("/{name}/"), format!("/{name}0"))).collect();
        ranges.sort_unstable();
        Ok(Self { names, ranges })
    }

    fn has(&self, name: &OwnerName) -> bool {
        self.names.contains(name)
    }

    fn end(&self) -> Option<&str> {
        self.ranges.last().map(|(_, end)| end.as_str())
    }

    /// The position, or the next one that is within an owner's paths; `None` beyond the last of them.
    fn skip(&self, position: Position) -> Option<Position> {
        let path = position.first_path().unwrap_or_default();
        let (start, _) = self.ranges.iter().find(|(_, end)| path < end.as_str())?;
        let is_there = position.is_within_path() || path >= start.as_str();
        Some(if is_there { position } else { Position::path(start) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::batch::source::tests::pages;
    use crate::cloudflare::api::Answer;
    use crate::cloudflare::api::tests::{Canned, now};
    use crate::domain::night::DAY_MS;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    const HOST: &str = "cdn.example.com";
    use crate::domain::date::HOUR_MS;

    fn day() -> Date {
        Date::parse("2026-11-20").unwrap()
    }

    fn hasher() -> OwnerHasher {
        OwnerHasher::new("secret")
    }

    fn zone<H: Http>(http: H, page_rows: usize) -> Zone<H> {
        let tag = Tag::parse(&"a".repeat(32)).unwrap();
        Zone { page_rows, ..Zone::new(http, tag, HOST, hasher(), day().plus(1).start() + 2 * HOUR_MS) }
    }

    #[derive(Debug, Clone)]
    struct Seen {
        at: Millis,
        path: String,
        country: String,
        status: u16,
        count: u64,
        bytes: u64,
        interval: u64,
    }

    fn seen(hour: u64, path: &str, country: &str, status: u16, count: u64) -> Seen {
        let at = day().start() + hour * HOUR_MS;
        Seen { at, path: path.into(), country: country.into(), status, count, bytes: count * 10, interval: 1 }
    }

    /// The GraphQL API, as far as it is asked: filters, groups, order, limits and fields that the plan lacks.
    struct Node {
        seen: Vec<Seen>,
        missing: Vec<&'static str>,
        duration: Millis,
        page_rows: u64,
        reach: Millis,
        asked: Cell<usize>,
    }

    impl Node {
        fn new(seen: Vec<Seen>) -> Self {
            Self {
                seen,
                missing: vec![],
                duration: DAY_MS,
                page_rows: 10_000,
                reach: 30 * DAY_MS,
                asked: Cell::new(0),
            }
        }

        fn has(seen: &Seen, filter: &serde_json::Map<String, Value>) -> bool {
            let text = |value: &Value| value.as_str().unwrap().to_owned();
            let at = crate::domain::date::timestamp(seen.at);
            filter.iter().all(|(key, value)| match &key[..] {
                "clientRequestHTTPHost" => value == HOST,
                "requestSource" => value == "eyeball",
                "datetime_geq" => at >= text(value),
                "datetime_lt" => at < text(value),
                "clientRequestPath" => seen.path == text(value),
                "clientRequestPath_geq" => seen.path >= text(value),
                "clientRequestPath_gt" => seen.path > text(value),
                "clientRequestPath_lt" => seen.path < text(value),
                "clientCountryName" => seen.country == text(value),
                "clientCountryName_geq" => seen.country >= text(value),
                "clientCountryName_gt" => seen.country > text(value),
                "edgeResponseStatus_gt" => u64::from(seen.status) > value.as_u64().unwrap(),
                other => panic!("{other}"),
            })
        }

        fn groups(&self, query: &str, variables: &Value) -> Vec<Value> {
            let filter = variables["filter"].as_object().unwrap();
            let (by_day, by_country) = (query.contains("date_ASC"), query.contains("clientCountryName_ASC"));
            let mut groups: BTreeMap<(String, String, u16), Vec<&Seen>> = BTreeMap::new();
            for seen in self.seen.iter().filter(|seen| Self::has(seen, filter)) {
                let country = if by_country { seen.country.clone() } else { String::new() };
                let key = if by_day {
                    (Date::at(seen.at).to_string(), String::new(), 0)
                } else {
                    (seen.path.clone(), country, seen.status)
                };
                groups.entry(key).or_default().push(seen);
            }
            let groups = groups.into_iter().take(variables["limit"].as_u64().unwrap() as usize);
            groups
                .map(|(key, seen)| {
                    let (path, country, status) = key;
                    let stored: u64 = seen.iter().map(|it| it.count / it.interval).sum();
                    let count: u64 = seen.iter().map(|it| it.count).sum();
                    let bytes: u64 = seen.iter().map(|it| it.bytes).sum();
                    let mut group = json!({"count": count});
                    if by_day {
                        group["dimensions"] = json!({"date": path});
                        return group;
                    }
                    group["sum"] = json!({"edgeResponseBytes": bytes.to_string()});
                    group["dimensions"] = json!({"clientRequestPath": path, "edgeResponseStatus": status});
                    if by_country {
                        group["dimensions"]["clientCountryName"] = country.into();
                    }
                    if query.contains("sampleInterval") {
                        group["avg"] = json!({"sampleInterval": count as f64 / stored as f64});
                    }
                    group
                })
                .collect()
        }

        fn answer(&self, query: &str, variables: &Value) -> Value {
            if query.contains("PixtallyLimits") {
                let limits = json!({"enabled": true, "maxDuration": self.duration / 1000,
                    "maxPageSize": self.page_rows, "notOlderThan": self.reach / 1000});
                return json!({"settings": {"httpRequestsAdaptiveGroups": limits}});
            }
            let time = |key: &str| {
                let text = variables["filter"][key].as_str().unwrap();
                crate::domain::date::parse_timestamp(text).unwrap()
            };
            assert!(time("datetime_lt") - time("datetime_geq") <= self.duration, "too long");
            assert!(variables["limit"].as_u64().unwrap() <= self.page_rows, "too many");
            json!({"groups": self.groups(query, variables)})
        }
    }

    impl Http for Node {
        async fn post(&self, _: &str, _: &str, body: &str) -> Result<Answer> {
            self.asked.set(self.asked.get() + 1);
            let body: Value = serde_json::from_str(body).unwrap();
            let query = body["query"].as_str().unwrap();
            let answer = match self.missing.iter().find(|field| query.contains(**field)) {
                Some(_) => {
                    json!({"data": null, "errors": [{"message": "zone 'a' does not have access to the path"}]})
                }
                None => {
                    json!({"data": {"viewer": {"zones": [self.answer(query, &body["variables"])]}}, "errors": null})
                }
            };
            Ok(Answer { status: 200, retry_after: None, body: answer.to_string() })
        }
    }

    fn all_owners(node: &Node, page_rows: usize) -> Vec<OwnerTotals> {
        pages(|cursor| now(zone(node, page_rows).owners(day(), cursor)))
    }

    fn all_rows(node: &Node, owners: &[SourceOwner], page_rows: usize) -> Vec<(RowKey, Counters)> {
        let rows = pages(|cursor| now(zone(node, page_rows).rows(day(), owners, cursor)));
        rows.into_iter().map(|row| (row.key, row.counters)).collect()
    }

    fn named(name: &str) -> SourceOwner {
        let name = OwnerName::parse(name).unwrap();
        SourceOwner { id: hasher().id(&name), name: Some(name) }
    }

    /// `owner image variant country status: requests bytes`, sorted.
    fn lines(rows: &[(RowKey, Counters)]) -> Vec<String> {
        let mut sums: BTreeMap<&RowKey, Counters> = BTreeMap::new();
        rows.iter().for_each(|(key, counters)| sums.entry(key).or_default().add(counters));
        let line = |(key, counters): (&RowKey, Counters)| {
            assert_eq!((counters.cache_hits, counters.cache_misses, counters.source_bytes), (0, 0, 0));
            let Combination { image_id, variant, country, status } = &key.combination;
            format!(
                "{image_id} {variant} {country} {status}: {} {}",
                counters.requests, counters.bandwidth_bytes
            )
        };
        sums.into_iter().map(line).collect()
    }

    #[test]
    fn paths_are_filed_as_the_cdn_does() {
        for (path, status, expected) in [
            ("/alice/pics/a.jpg", 200, Some("alice pics/a.jpg original")),
            ("/alice/pics/a.jpg/w512", 304, Some("alice pics/a.jpg w512")),
            ("/alice/p%20q/a.jpg", 206, Some("alice p q/a.jpg original")),
            ("/alice/pics/a.jpg", 412, Some("alice pics/a.jpg original")),
            ("/alice/pics/a.jpg", 416, Some("alice pics/a.jpg original")),
            ("/alice/pics/a.jpg", 404, Some("alice (missing) (none)")),
            ("/alice/pics", 404, Some("alice (missing) (none)")),
            ("/alice/pics/a/b/c", 503, Some("alice (missing) (none)")),
            ("/alice/pics", 200, None),
            ("/alice", 404, None),
            ("/%61lice/pics/a.jpg", 200, None),
            ("/v1/analytics/overview", 200, None),
            ("/_app/a/b.js", 200, None),
            ("/Alice/pics/a.jpg", 404, None),
            ("/", 200, None),
            ("", 200, None),
            ("/alice/pics/a.jpg", 0, None),
            ("/alice/pics/a.jpg", 600, None),
        ] {
            let group = json!({"count": 1, "sum": {"edgeResponseBytes": 1},
                "dimensions": {"clientRequestPath": path, "edgeResponseStatus": status}});
            let filed = Filed::new(&serde_json::from_value(group).unwrap());
            let filed = filed.map(|it| format!("{} {} {}", it.owner, it.image_id, it.variant));
            assert_eq!(filed.as_deref(), expected, "{path} {status}");
        }
    }

    #[test]
    fn a_day_of_two_owners() {
        let node = Node::new(vec![
            seen(0, "/alice-b/x/y", "FR", 200, 3),
            seen(1, "/alice/pics/a.jpg", "DE", 200, 1),
            seen(23, "/alice/pics/a.jpg", "DE", 200, 2),
            seen(23, "/alice/pics/a.jpg", "??", 304, 4),
            seen(5, "/alice/pics/nothing", "DE", 404, 5),
            seen(5, "/alice/pics/else", "DE", 404, 6),
            seen(5, "/made-up/pics/a", "DE", 404, 7),
            seen(5, "/v1/analytics/x", "DE", 200, 8),
            seen(24, "/alice/pics/a.jpg", "DE", 200, 100),
        ]);
        let owners = all_owners(&node, 10);
        let totals: Vec<_> =
            owners.iter().map(|it| (&it.owner, it.counters.requests, it.points, it.variance)).collect();
        assert_eq!(totals, [(&named("alice-b"), 3, 3, 0.0), (&named("alice"), 18, 18, 0.0)]);
        assert_eq!(
            lines(&all_rows(&node, &[named("alice")], 10)),
            [
                "(missing) (none) DE 404: 11 110",
                "pics/a.jpg original DE 200: 3 30",
                "pics/a.jpg original XX 304: 4 40",
            ]
        );
        assert_eq!(all_rows(&node, &[named("nobody"), named("zoe")], 10), []);
        assert_eq!(all_rows(&node, &[], 10), []);
        let unnamed = [SourceOwner { name: None, ..named("alice") }];
        assert!(matches!(now(zone(&node, 10).rows(day(), &unnamed, None)), Err(SourceError::Query(_))));
    }

    #[test]
    fn sampling_is_told_and_never_passes_for_exact() {
        let mut node = Node::new(vec![Seen { interval: 4, ..seen(0, "/alice/x/y", "FR", 200, 100) }]);
        let totals =
            |node: &Node| all_owners(node, 10).iter().map(|it| (it.points, it.variance)).collect::<Vec<_>>();
        assert_eq!(totals(&node), [(25, 300.0)]);
        node.missing = vec!["sampleInterval"];
        assert_eq!(totals(&node), [(50, 100.0)]);
    }

    #[test]
    fn optional_fields_are_done_without() {
        let mut node = Node::new(vec![seen(0, "/alice/x/y", "FR", 200, 1)]);
        for (missing, country) in [
            (vec![], "FR"),
            (vec!["sampleInterval"], "FR"),
            (vec!["clientCountryName"], "XX"),
            (vec!["sampleInterval", "clientCountryName"], "XX"),
        ] {
            node.missing = missing;
            let rows = all_rows(&node, &[named("alice")], 10);
            assert_eq!(lines(&rows), [format!("x/y original {country} 200: 1 10")]);
        }
        node.missing = vec!["edgeResponseBytes"];
        let error = now(zone(&node, 10).owners(day(), None));
        assert!(matches!(error, Err(SourceError::Refused { .. })), "{error:?}");
    }

    #[test]
    fn owners_that_are_not_wanted_are_skipped() {
        let all = (0..200).map(|it| seen(0, &format!("/owner-{it:03}/x/{}", it % 7), "FR", 200, 1));
        let node = Node::new(all.collect());
        let owners = ["owner-199", "owner-001", "owner-100"].map(named);
        assert_eq!(all_rows(&node, &owners, 5).len(), 3);
        let (with_limits, pages) = (2, 3);
        assert!(node.asked.get() <= with_limits * pages, "{}", node.asked.get());
    }

    #[test]
    fn what_the_plan_no_longer_has() {
        let mut node =
            Node::new(vec![seen(0, "/alice/x/y", "FR", 200, 1), seen(24, "/v1/x/y", "FR", 200, 2)]);
        node.reach = 26 * HOUR_MS;
        assert!(now(zone(&node, 10).owners(day(), None)).is_ok());
        let days = now(zone(&node, 10).days(day().minus(3), day().plus(1))).unwrap();
        let days: Vec<_> = days.iter().map(|it| (it.date, it.requests)).collect();
        assert_eq!(days, [(day(), 1), (day().plus(1), 2)]);
        node.reach -= 1_000;
        let (source_name, date, oldest) = ("the analytics of the zone's requests", day(), day().plus(1));
        let error = SourceError::TooOld { source_name, date, oldest };
        assert_eq!(now(zone(&node, 10).owners(day(), None)), Err(error.clone()));
        assert_eq!(now(zone(&node, 10).rows(day(), &[named("alice")], None)), Err(error));
        assert_eq!(now(zone(&node, 10).days(day().minus(3), day())), Ok(vec![]));
    }

    #[test]
    fn times_are_cut_without_gaps() {
        assert_eq!(
            slices(0, 10 * HOUR_MS, 4 * HOUR_MS),
            [(0, 4 * HOUR_MS), (4 * HOUR_MS, 8 * HOUR_MS), (8 * HOUR_MS, 10 * HOUR_MS)]
        );
        assert_eq!(slices(0, DAY_MS, 90 * DAY_MS), [(0, DAY_MS)]);
        assert_eq!(slices(0, 90 * DAY_MS, 90 * DAY_MS), [(0, 90 * DAY_MS)]);
        assert_eq!(slices(0, DAY_MS, 1).len(), 24);
        assert_eq!(slices(5, 5, 1), []);
    }

    #[test]
    fn failures_pass_through() {
        for (status, body, expected) in [
            (401, "no", SourceError::Refused { status: 401, message: "no".into() }),
            (429, "", SourceError::RateLimited { retry_after: None }),
            (503, "", SourceError::Server(503)),
            (200, "{", SourceError::Unreadable("EOF while parsing an object at line 1 column 1: {".into())),
        ] {
            let settings = r#"{"data":{"viewer":{"zones":[{"settings":{"httpRequestsAdaptiveGroups":{}}}]}},"errors":null}"#;
            let canned = Canned::new([(200, settings), (status, body), (status, body), (status, body)]);
            let zone = zone(&canned, 3);
            assert_eq!(now(zone.owners(day(), None)), Err(expected.clone()));
            assert_eq!(now(zone.rows(day(), &[named("alice")], None)), Err(expected.clone()));
            assert_eq!(now(zone.days(day(), day())), Err(expected.clone()));
            let canned = Canned::new([(status, body)]);
            assert_eq!(now(super::tests::zone(&canned, 3).owners(day(), None)), Err(expected));
        }
        let node = Node::new(vec![]);
        assert!(matches!(now(zone(&node, 3).owners(day(), Some("{"))), Err(SourceError::Query(_))));
    }

    fn any_seen() -> impl Strategy<Value = Seen> {
        let path = prop::sample::select(vec![
            "/",
            "/alice",
            "/alice/x",
            "/alice/x/1",
            "/alice/x/1/w1",
            "/alice/x/2",
            "/alice-b/x/1",
            "/alice0/x/1",
            "/bob/x/1",
            "/%61lice/x/1",
            "/v1/x/1",
            "/zoe/x/1",
        ]);
        let country = prop::sample::select(vec!["DE", "FR", "", "??"]);
        let status = prop::sample::select(vec![0u16, 200, 206, 304, 404, 412, 416, 500, 700]);
        (0u64..26, path, country, status, 1u64..9)
            .prop_map(|(hour, path, country, status, count)| seen(hour, path, country, status, count))
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn pages_and_slices_of_any_size_tell_everything_once(
            seen in prop::collection::vec(any_seen(), 0..30),
            page_rows in 1usize..9,
            plan_rows in 1u64..9,
            hours in prop::sample::select(vec![1u64, 7, 12, 24, 48]),
            missing in prop::sample::select(vec![vec![], vec!["clientCountryName"], vec!["sampleInterval"]]),
        ) {
            let small = Node { missing: missing.clone(), page_rows: plan_rows, duration: hours * HOUR_MS, ..Node::new(seen.clone()) };
            let large = Node { missing, ..Node::new(seen) };
            let owners = all_owners(&small, page_rows);
            let expected = all_owners(&large, 10_000);
            let totals = |owners: &[OwnerTotals]| {
                owners.iter().map(|it| (it.owner.clone(), it.counters)).collect::<Vec<_>>()
            };
            prop_assert_eq!(totals(&owners), totals(&expected));

            let mut owners: Vec<SourceOwner> = owners.into_iter().map(|it| it.owner).collect();
            let rows = all_rows(&small, &owners, page_rows);
            prop_assert_eq!(lines(&rows), lines(&all_rows(&large, &owners, 10_000)));
            let sum = rows.iter().map(|(_, counters)| counters.requests).sum::<u64>();
            prop_assert_eq!(sum, expected.iter().map(|it| it.counters.requests).sum::<u64>());

            owners.retain(|owner| owner.name.as_ref().is_some_and(|name| name.as_str().len() > 4));
            prop_assert_eq!(
                lines(&all_rows(&small, &owners, page_rows)), lines(&all_rows(&large, &owners, 10_000))
            );
        }
    }

    /// The whole, counted plainly, so that the comparison above is not of two equal mistakes.
    #[test]
    fn one_large_page_is_the_plain_count() {
        let paths = ["/alice/x/1", "/alice/x/2", "/bob/x/1"];
        let all: Vec<Seen> = (0..300)
            .map(|it| seen(it % 24, paths[it as usize % 3], ["DE", "FR"][it as usize % 2], 200, it))
            .collect();
        let node = Node::new(all.clone());
        let requests =
            |name: &str| all.iter().filter(|it| it.path.contains(name)).map(|it| it.count).sum::<u64>();
        let totals: Vec<u64> = all_owners(&node, 10_000).iter().map(|it| it.counters.requests).collect();
        assert_eq!(totals, [requests("alice"), requests("bob")]);
    }
}
