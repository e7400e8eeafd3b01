// `compare=` on breakdowns: each row beside itself on the days before, from every source, in one request. The ledger is a list of
// past hits that D1 and Analytics Engine both have; what has to come of it is added up here.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { Stack, ownerId } from "./stack.ts";

interface Past {
  owner: string;
  /** How many days ago. */
  ago: number;
  image: string;
  country: string;
  requests: number;
}

const BYTES = 100;
const FIRST = 20;
const today = new Date().toISOString().slice(0, 10);
const daysAgo = (days: number) => new Date(Date.parse(today) - days * 86_400_000).toISOString().slice(0, 10);

const past = (owner: string, ago: number, country: string, requests: number, image = "pics/a.jpg"): Past => ({ owner, ago, image, country, requests });
const LEDGER: Past[] = [
  past("alice", 0, "DE", 50),
  ...[1, 2, 3, 4, 5, 6].flatMap((ago) => [past("alice", ago, "DE", ago), past("alice", ago, "FR", 1, "pics/b.jpg")]),
  ...[7, 8, 9, 10].map((ago) => past("alice", ago, "DE", 2 * ago)),
  past("alice", 8, "IN", 3, "pics/c.jpg"),
  past("alice", FIRST, "DE", 4),
  past("bob", 1, "US", 5),
  past("bob", 2, "DE", 1),
  past("bob", 8, "US", 7),
];

let stack: Stack;

before(async () => {
  stack = await Stack.start({ owners: ["alice", "bob"] });
  for (const owner of ["alice", "bob"]) {
    for (const ago of new Set(LEDGER.filter((it) => it.owner === owner).map((it) => it.ago))) {
      await stand(owner, ago, LEDGER.filter((it) => it.owner === owner && it.ago === ago));
    }
  }
});
after(() => stack.close());

/** Stands there as if it had been served: in D1, and as points of Analytics Engine. */
async function stand(owner: string, ago: number, hits: Past[]): Promise<void> {
  const date = daysAgo(ago);
  const entries: string[] = [];
  for (const { image, country, requests } of hits) {
    const counters = [requests, requests * BYTES, 0, requests, requests * BYTES];
    await stack.sql(
      `INSERT INTO analytics_daily (owner, date, run, image_id, variant, country, status_code, requests, bandwidth_bytes, cache_hits, cache_misses, source_bytes, asset_type)
       VALUES (?1, ?2, 0, ?3, 'original', ?4, 200, ?5, ?6, ?7, ?8, ?9, 'image')`,
      ownerId(owner), date, image, country, ...counters,
    );
    const values = { image, country, variant: "original", status: "200", asset_type: "image", bot: "human" };
    entries.push(...Object.entries(values).map(([dimension, value]) => JSON.stringify([dimension, value, ...counters])));
    const point = {
      timestamp: `${date}T00:00:01Z`,
      index: ownerId(owner),
      blobs: [date, image, "original", country, "miss", "image/jpeg", "Desktop", "Chrome", "Linux", "human", "N/A", "", "", ""],
      doubles: [BYTES, BYTES, 200, 0, 0],
    };
    await stack.cloudflare("loadPoints", { dataset: "pixtally_hits", points: Array.from({ length: requests }, () => point) });
  }
  await stack.sql(
    "INSERT INTO analytics_segments (date, owner, run, part, requests, body, errors) VALUES (?1, ?2, 0, 'past', 0, ?3, '')",
    date, ownerId(owner), entries.join(","),
  );
}

const json = async (target: string): Promise<any> => {
  const answer = await stack.api(target);
  const body = (await answer.json()) as any;
  assert.equal(answer.status, 200, `${target}: ${JSON.stringify(body)}`);
  return body;
};

type Days = [from: number, to: number];
type Fits = (hit: Past) => boolean;

/** What some hits have on some days, from so many days ago to so many. */
function amounts(fits: Fits, [from, to]: Days): object {
  const requests = LEDGER.filter((hit) => hit.ago <= from && hit.ago >= to && fits(hit)).reduce((sum, hit) => sum + hit.requests, 0);
  const bytes = requests * BYTES;
  return { requests, bandwidth_bytes: bytes, cache_hits: 0, cache_misses: requests, cache_hit_ratio: requests === 0 ? null : 0, bytes_saved: 0 };
}

const LISTS: [name: string, target: string, value: (hit: Past) => string, fits: Fits, source?: string][] = [
  ["what D1 keeps", "country?owner=alice", (hit) => hit.country, (hit) => hit.owner === "alice"],
  ["files", "image?owner=alice", (hit) => hit.image, (hit) => hit.owner === "alice"],
  ["all owners together", "country?owner=*", (hit) => hit.country, () => true],
  ["owners", "owner?owner=*", (hit) => hit.owner, () => true],
  ["every value", "country?owner=alice&complete=true", (hit) => hit.country, (hit) => hit.owner === "alice", "d1"],
  ["a filter that D1 answers", "country?owner=alice&filter=image:is:pics/a.jpg", (hit) => hit.country, (hit) => hit.owner === "alice" && hit.image === "pics/a.jpg", "d1"],
  ["files under a filter", "image?owner=*&filter=country:is_not:FR", (hit) => hit.image, (hit) => hit.country !== "FR", "d1"],
  ["a filter that Analytics Engine answers", "country?owner=alice&filter=bot:is:human", (hit) => hit.country, (hit) => hit.owner === "alice", "analytics_engine"],
  ["what only Analytics Engine has together", "bot?owner=*&filter=country:is:DE", () => "human", (hit) => hit.country === "DE", "analytics_engine"],
];

/** The days asked for, and the days that are compared. */
const PERIODS: [query: string, whole: Days, current: Days, previous: Days][] = [
  ["days=7&compare=previous", [6, 0], [6, 1], [13, 8]],
  ["days=3&compare=previous", [2, 0], [2, 1], [5, 4]],
  ["days=3&compare=weekday", [2, 0], [2, 1], [9, 8]],
  [`start=${daysAgo(6)}&end=${daysAgo(1)}&compare=previous`, [6, 1], [6, 1], [12, 7]],
  [`start=${daysAgo(10)}&end=${daysAgo(7)}&compare=weekday`, [10, 7], [10, 7], [17, 14]],
  // Nothing is known of the days before the first.
  ["days=12&compare=previous", [11, 0], [8, 1], [FIRST, 13]],
];

for (const [name, target, value, fits, source] of LISTS) {
  describe(name, () => {
    for (const [query, whole, current, previous] of PERIODS) {
      test(query, async () => {
        const report = await json(`/v1/analytics/breakdown/${target}&${query}`);
        const range = ([from, to]: Days) => ({ start: daysAgo(from), end: daysAgo(to), days: from - to + 1 });
        assert.deepEqual(report.comparison, { current: range(current), previous: range(previous) });
        assert.equal(report.source?.kind, source);
        const values = new Set(LEDGER.filter((hit) => hit.ago <= whole[0] && hit.ago >= whole[1] && fits(hit)).map(value));
        assert.deepEqual(new Set(report.rows.map((row: any) => row.value)), values);
        for (const { value: shown, current: now, previous: then, share, bandwidth_share, name, ...row } of report.rows) {
          const of = (days: Days) => amounts((hit) => fits(hit) && value(hit) === shown, days);
          assert.deepEqual({ row, now, then }, { row: of(whole), now: of(current), then: of(previous) }, shown);
        }
      });
    }
  });
}

test("the rows of a page are compared, in the order of the report", async () => {
  const target = "/v1/analytics/breakdown/country?owner=alice&days=7";
  const { rows } = await json(`${target}&compare=previous`);
  for (const [offset, row] of rows.entries()) {
    assert.deepEqual((await json(`${target}&compare=previous&limit=1&offset=${offset}`)).rows, [row]);
  }
  const plain = await json(target);
  assert.deepEqual(plain.rows, rows.map(({ current, previous, ...row }: any) => row));
  assert.ok(!("comparison" in plain) && !("comparison_reason" in plain));
  const beyond = await json(`${target}&compare=previous&offset=900`);
  assert.deepEqual([beyond.rows, beyond.comparison.previous.days], [[], 6]);
});

test("where nothing can be compared, the reason is there", async () => {
  const target = "/v1/analytics/breakdown/country?owner=alice";
  for (const [query, reason] of [
    ["days=1&compare=previous", /Today isn't over/],
    ["days=50&compare=previous", /older than the 90 days we keep/],
    ["days=45&compare=previous&filter=bot:is:human", /older than Analytics Engine keeps/],
    [`start=${daysAgo(30)}&end=${daysAgo(25)}&compare=previous`, /no data for the previous period/],
  ] as const) {
    const { comparison, comparison_reason, rows } = await json(`${target}&${query}`);
    assert.equal(comparison, null, query);
    assert.match(comparison_reason, reason);
    assert.ok(rows.every((row: any) => !("current" in row) && !("previous" in row)), query);
  }
  const refused = await stack.api(`${target}&compare=yesterday`);
  assert.deepEqual([refused.status, ((await refused.json()) as any).error.code], [400, "compare_invalid"]);
});

test("what (other) may contain is not known", async (t) => {
  const target = "/v1/analytics/breakdown/country?owner=bob&days=7&compare=previous";
  const known = async () => (await json(target)).rows.map((row: any) => [row.value, row.current?.requests ?? null, row.previous?.requests ?? null]);
  assert.deepEqual(await known(), [["US", 5, 7], ["DE", 1, 0]]);
  const closed = [["country", "(other)"], ["asset_type", "image"], ["status", "200"]];
  for (const [dimension, value] of closed) {
    await stack.sql("INSERT INTO analytics_breakdown_daily VALUES (?1, ?2, 0, ?3, ?4, 5, 500, 0, 0, 0, 0)", daysAgo(10), ownerId("bob"), dimension, value);
  }
  t.after(() => stack.sql("DELETE FROM analytics_breakdown_daily"));
  assert.deepEqual(await known(), [["US", 5, 7], ["DE", 1, null]]);
});

test("what a busy worker counted without its file is not known, either", async (t) => {
  const target = "/v1/analytics/breakdown/image?owner=alice&days=7&compare=previous&filter=country:is:FR";
  const known = async () => (await json(target)).rows.map((row: any) => [row.value, row.current?.requests ?? null, row.previous?.requests ?? null]);
  assert.deepEqual(await known(), [["pics/b.jpg", 6, 0]]);
  await stack.sql("UPDATE analytics_daily SET image_id = '(other)' WHERE image_id = 'pics/c.jpg'");
  t.after(() => stack.sql("UPDATE analytics_daily SET image_id = 'pics/c.jpg' WHERE image_id = '(other)'"));
  assert.deepEqual(await known(), [["pics/b.jpg", 6, null]]);
});

test("what a sample may lack is not known", async (t) => {
  await stack.cloudflare("settings", { sampling: { at: "read", rows: 0, resolutions: [1, 2], seed: 3 } });
  t.after(() => stack.cloudflare("settings", { sampling: null }));
  // A question of its own: the answers to those before are shared for some seconds.
  const filters = "filter=bot:is_not:ai&filter=referrer:is_not:sampled.example";
  const { rows } = await json(`/v1/analytics/breakdown/image?owner=alice&days=7&compare=previous&${filters}`);
  const row = rows.find((row: any) => row.value === "pics/b.jpg");
  assert.equal(row.previous, null);
  assert.ok(rows.find((row: any) => row.value === "pics/a.jpg").previous.requests > 0);
});
