// Filters that combine and negate, from D1 and from Analytics Engine. The ledger is the client's: a list of its own requests,
// each with what has to come of it in every dimension, filtered here.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { Fault } from "../../dev/cloudflare/faults.ts";
import { seeded } from "../../dev/random.ts";
import { ask } from "./client.ts";
import { Stack, ownerId, pause, settle } from "./stack.ts";

const FILES = ["image", "video", "other"];
const OF_ROWS = [...FILES, "variant", "status", "country", "asset_type"];
const OF_HITS = ["format", "cache", "bot", "crawler", "browser", "os", "referrer", "error_reason", "hour", "user_agent", "ip"];
const DIMENSIONS = [...OF_ROWS, ...OF_HITS];
/** Those of which an overview lists the largest values. */
const LISTED = DIMENSIONS.filter((dimension) => dimension !== "hour");
const REQUESTS = 360;

const CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/149.0.0.0 Safari/537.36";
const SAFARI = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.1 Mobile/15E148 Safari/604.1";
const GPTBOT = "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.3; +https://openai.com/gptbot)";
const GOOGLEBOT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)";
const VISITORS: [agent: string, bot: string, crawler: string, browser?: string, os?: string][] = [
  [CHROME, "human", "(none)", "Chrome", "Windows"], [SAFARI, "human", "(none)", "Safari", "iOS"], [GPTBOT, "ai", "GPTBot"],
  [GOOGLEBOT, "search", "Googlebot"], ["curl/8.14.1", "other", "Other bot"],
];
const COUNTRIES = ["DE", "AT", "IN", "T1"];
const REFERRERS = ["shop.example", "blog.example"];
const ADDRESSES = ["203.0.113.7", "2001:db8::1"];
/** Path, and what is to come of it. */
const TARGETS: [path: string, how?: Record<string, string>][] = [
  ["/alice/pics/dino.jpg"], ["/alice/pics/dino.jpg"], ["/alice/pics/dino.jpg/w512"], ["/alice/pics/o'neil;%20b.webp"],
  ["/alice/clips/waves.mp4", { range: "bytes=10-109" }], ["/alice/clips/waves.mp4", { range: "bytes=900000-" }],
  ["/alice/pics/gone.jpg"], ["/alice/pics/%00.jpg"], ["/bob/pics/dino.jpg"], ["/bob/docs/paper.pdf"], ["/bob/pics/gone.jpg"],
];
const MEDIA = {
  "alice/pics/dino.jpg": { body: new Uint8Array(20_000) },
  "_derived/alice/pics/dino.jpg/w512": { body: new Uint8Array(5_000) },
  "alice/pics/o'neil; b.webp": { body: new Uint8Array(777) },
  "alice/clips/waves.mp4": { body: new Uint8Array(300_000) },
  "bob/pics/dino.jpg": { body: new Uint8Array(9_999) },
  "bob/docs/paper.pdf": { body: new Uint8Array(4_096) },
};

interface Hit {
  owner: string;
  bytes: number;
  /** As it was asked for. */
  path: string;
  values: Record<string, string>;
}

let stack: Stack;
let hits: Hit[];
const today = new Date().toISOString().slice(0, 10);
const daysAgo = (days: number) => new Date(Date.parse(today) - days * 86_400_000).toISOString().slice(0, 10);

async function sent(url: URL, random: () => number, requests: number): Promise<Hit[]> {
  const pick = <T>(items: T[]): T => items[Math.floor(random() * items.length)]!;
  const found: Hit[] = [];
  for (let number = 0; number < requests; number += 1) {
    const [path, how] = TARGETS[number % TARGETS.length]!;
    const [[agent, bot, crawler, browser = "unknown", os = "unknown"], country, referrer, ip] = [pick(VISITORS), pick(COUNTRIES), pick(REFERRERS), pick(ADDRESSES)];
    const headers = { ...how, "user-agent": agent, "cf-ipcountry": country, referer: `https://${referrer}/`, "cf-connecting-ip": ip };
    const answer = await ask(url, { path, headers });
    const told = (name: string) => String(answer.headers[name] ?? "");
    const format = told("content-type").split(";")[0]!;
    const kind = FILES.find((it) => format.startsWith(`${it}/`)) ?? "other";
    const [, owner, album, file, variant = "original"] = decodeURIComponent(path).split("/");
    const reason = told("x-pixtally-error");
    const exists = reason === "" || reason === "range_not_satisfiable";
    const values = {
      [kind]: exists ? `${album}/${file}` : "(missing)",
      variant: exists ? variant : "(none)",
      status: String(answer.status),
      cache: reason ? "error" : told("x-cache").toLowerCase(),
      asset_type: kind, country, format, bot, crawler, browser, os, referrer, error_reason: reason || "(none)", hour: new Date().toISOString().slice(11, 13), user_agent: agent, ip,
    };
    found.push({ owner: owner!, bytes: answer.body.length, path: new URL(path, url).pathname, values });
  }
  return found;
}

/** A filter as this test means it: dimension, whether it negates, values. */
type Filter = [dimension: string, operator: "is" | "is_not", ...values: string[]];

const query = (filters: Filter[]) =>
  filters
    .map(([dimension, operator, ...values]) => {
      const escaped = values.map((value) => value.replaceAll("\\", "\\\\").replaceAll(";", "\\;"));
      return `&filter=${encodeURIComponent(`${dimension}:${operator}:${escaped.join(";")}`)}`;
    })
    .join("");

function fits({ values }: Hit, [dimension, operator, ...wanted]: Filter): boolean {
  const value = values[dimension];
  const matches = wanted.some((it) => (dimension === "status" && it.endsWith("xx") ? value?.[0] === it[0] : value === it));
  return matches === (operator === "is");
}

const ledger = (owner: string, filters: Filter[]) =>
  hits.filter((hit) => (owner === "*" || hit.owner === owner) && filters.every((filter) => fits(hit, filter)));

const json = async (target: string): Promise<any> => {
  const answer = await stack.api(target);
  const body = (await answer.json()) as any;
  assert.equal(answer.status, 200, `${target}: ${JSON.stringify(body)}`);
  return body;
};

const total = (of: Hit[]) => [of.length, of.reduce((sum, { bytes }) => sum + bytes, 0)];

/** `[value, requests, bytes]`, largest first. */
function grouped(of: Hit[], dimension: string): [string, number, number][] {
  const rows = new Map<string, [string, number, number]>();
  for (const { values, bytes } of of) {
    const value = values[dimension];
    if (value === undefined) continue;
    const row = rows.get(value) ?? [value, 0, 0];
    rows.set(value, [value, row[1] + 1, row[2] + bytes]);
  }
  return [...rows.values()].sort((one, other) => other[1] - one[1] || other[2] - one[2] || (one[0] < other[0] ? -1 : 1));
}

const told = (rows: any[]): [string, number, number][] => rows.map((row) => [row.value, row.requests, row.bandwidth_bytes]);
const count = (of: Hit[], dimension: string, ...values: string[]) => of.filter((hit) => values.includes(hit.values[dimension]!)).length;

function checkOverview(report: any, expected: Hit[], listed: string[], name: string): void {
  const { totals, daily, top } = report;
  assert.deepEqual([totals.requests, totals.bandwidth_bytes], total(expected), `${name}: totals`);
  assert.deepEqual([totals.cache_hits, totals.cache_misses], [count(expected, "cache", "hit"), count(expected, "cache", "miss")], `${name}: cache`);
  assert.equal(totals.errors, expected.filter(({ values }) => values.status! >= "400").length, `${name}: errors`);
  assert.deepEqual(daily.map((day: any) => [day.date, day.requests]), [[daysAgo(1), 0], [today, expected.length]], `${name}: days`);
  for (const dimension of listed) {
    const rows = grouped(expected, dimension).filter(([value]) => !["error_reason", "crawler"].includes(dimension) || value !== "(none)");
    assert.deepEqual(told(top[dimension]), rows.slice(0, 10), `${name}: top ${dimension}`);
    assert.equal(report.largest_undercount[dimension], 0, `${name}: ${dimension}`);
  }
}

async function checkOwners(filters: Filter[], kind: string): Promise<void> {
  const report = await json(`/v1/analytics/breakdown/owner?owner=*&days=2&compare=previous${query(filters)}`);
  const expected = ["alice", "bob"].map((name) => [name, ...total(ledger(name, filters))]).filter(([, requests]) => requests);
  assert.deepEqual(told(report.rows).sort(), expected.sort(), `owners under ${query(filters)}`);
  assert.deepEqual([report.totals.requests, report.values, report.source.kind], [ledger("*", filters).length, expected.length, kind]);
}

before(async () => {
  stack = await Stack.start({ media: MEDIA, owners: ["alice", "bob"], vars: { ANALYTICS_PRIVACY: "full" } });
  // Hundreds of reports, one after another.
  await stack.cloudflare("settings", { sqlBudget: null });
  hits = await sent(stack.url, seeded(11), REQUESTS);
  const counted = async () => (await stack.sql("SELECT sum(requests) AS sum FROM analytics_daily"))[0]!.sum;
  const written = async () => (await stack.points("SELECT count(*) AS count FROM points"))[0]!.count;
  await settle(async () => (await counted()) === REQUESTS && (await written()) === REQUESTS);
  assert.deepEqual([await counted(), await written()], [REQUESTS, REQUESTS]);
});
after(() => stack.close());

const ROW_FILTERS: Filter[][] = [
  [["image", "is", "pics/dino.jpg"]],
  [["image", "is", "pics/o'neil; b.webp", "pics/none.jpg", "pics/o'neil; b.webp"]],
  [["image", "is_not", "pics/dino.jpg"]],
  [["image", "is", "pics/dino.jpg"], ["video", "is", "clips/waves.mp4"]],
  [["video", "is", "clips/waves.mp4"], ["country", "is", "DE", "AT"]],
  [["other", "is", "clips/waves.mp4"], ["status", "is", "416"]],
  [["other", "is_not", "(missing)"], ["video", "is_not", "clips/waves.mp4"]],
  [["variant", "is", "w512"], ["image", "is", "pics/dino.jpg"]],
  [["variant", "is_not", "original", "w512"]],
  [["country", "is", "DE", "AT"]],
  [["country", "is_not", "DE"], ["country", "is_not", "AT"]],
  [["country", "is", "DE", "AT"], ["country", "is", "AT", "IN"]],
  [["country", "is", "DE"], ["country", "is_not", "DE"]],
  [["country", "is", "FR"]],
  [["status", "is", "4xx", "206"]],
  [["status", "is_not", "4xx"], ["asset_type", "is_not", "video"]],
  [["asset_type", "is", "video", "other"], ["status", "is_not", "404"], ["country", "is_not", "IN"]],
];

const HIT_FILTERS: Filter[][] = [
  [["bot", "is", "ai"]],
  [["bot", "is_not", "ai", "search"], ["country", "is", "DE", "AT"]],
  [["crawler", "is", "GPTBot", "Googlebot"]],
  [["crawler", "is_not", "GPTBot", "(none)"], ["asset_type", "is", "image"]],
  [["browser", "is", "Chrome", "Safari"], ["os", "is_not", "iOS"]],
  [["referrer", "is", "shop.example"], ["image", "is", "pics/o'neil; b.webp", "pics/dino.jpg"]],
  [["referrer", "is_not", "shop.example"], ["image", "is_not", "pics/dino.jpg"], ["other", "is_not", "(missing)"]],
  [["format", "is", "image/jpeg"], ["cache", "is", "hit"]],
  [["cache", "is_not", "hit", "miss"], ["video", "is", "clips/waves.mp4"]],
  [["error_reason", "is", "(none)"], ["status", "is_not", "206"]],
  [["error_reason", "is_not", "(none)"], ["status", "is", "4xx"], ["status", "is_not", "416"]],
  [["error_reason", "is", "object_not_found", "(none)"], ["asset_type", "is", "video", "other"]],
  [["user_agent", "is", CHROME, "curl/8.14.1"], ["ip", "is_not", "2001:db8::1"]],
  [["user_agent", "is_not", SAFARI], ["variant", "is_not", "original"]],
  [["bot", "is", "ai"], ["bot", "is_not", "ai"]],
  [["device", "is", "Car - Tesla"]],
];

describe("D1 tells files, variants, countries and statuses together", () => {
  for (const filters of ROW_FILTERS) {
    test(query(filters), async () => {
      for (const owner of ["alice", "bob", "*"]) {
        const expected = ledger(owner, filters);
        const report = await json(`/v1/analytics/overview?owner=${encodeURIComponent(owner)}&days=2${query(filters)}`);
        checkOverview(report, expected, OF_ROWS, owner);
        assert.deepEqual(report.filters, filters.map(([dimension, operator, ...values]) => ({ dimension, operator, values })));
        const { note, ...source } = report.source;
        assert.deepEqual(source, { kind: "d1", sampled: false, error: 0, unassigned_requests: 0 });
        assert.deepEqual(Object.keys(report.top).sort(), [...OF_ROWS, ...(owner === "*" ? ["owner"] : [])].sort());
        assert.deepEqual([...OF_ROWS, ...report.unlisted].sort(), [...LISTED, "device"].sort());
        assert.match(report.unlisted_reason, /^D1 combines only/);
        if (owner === "*") {
          await checkOwners(filters, "d1");
          const owners = ["alice", "bob"].map((name) => [name, ...total(expected.filter((hit) => hit.owner === name))]).filter(([, requests]) => requests);
          assert.deepEqual(told(report.top.owner).sort(), owners.sort());
        }
        for (const dimension of OF_ROWS) {
          const breakdown = await json(`/v1/analytics/breakdown/${dimension}?owner=${encodeURIComponent(owner)}&days=2${query(filters)}`);
          const rows = grouped(expected, dimension);
          assert.deepEqual(told(breakdown.rows), rows, dimension);
          const whole = total(expected.filter(({ values }) => values[dimension] !== undefined));
          assert.deepEqual([breakdown.totals.requests, breakdown.totals.bandwidth_bytes], whole, dimension);
          assert.deepEqual([breakdown.values, breakdown.other.requests, breakdown.other.largest_undercount, breakdown.source.kind], [rows.length, 0, 0, "d1"]);
        }
      }
    });
  }
});

describe("Analytics Engine tells everything else", () => {
  for (const filters of HIT_FILTERS) {
    test(query(filters), async () => {
      for (const owner of ["alice", "*"]) {
        const expected = ledger(owner, filters);
        const report = await json(`/v1/analytics/overview?owner=${encodeURIComponent(owner)}&days=2${query(filters)}`);
        checkOverview(report, expected, LISTED, owner);
        assert.equal(report.totals.crawler_requests, count(expected, "bot", "ai", "search"));
        const { note, ...source } = report.source;
        assert.deepEqual(source, { kind: "analytics_engine", sampled: false, sample_interval: 1, error: 0, unassigned_requests: 0 });
        assert.match(note, /about a minute/);
        assert.deepEqual(report.unlisted, []);
        if (owner === "*") await checkOwners(filters, "analytics_engine");
        if (owner === "*") assert.equal(report.top.owner.reduce((sum: number, row: any) => sum + row.requests, 0), expected.length);
      }
      const expected = ledger("alice", filters);
      for (const dimension of DIMENSIONS) {
        const breakdown = await json(`/v1/analytics/breakdown/${dimension}?owner=alice&days=2&sort=bandwidth${query(filters)}`);
        const rows = grouped(expected, dimension).sort((one, other) => other[2] - one[2] || other[1] - one[1] || (one[0] < other[0] ? -1 : 1));
        assert.deepEqual(told(breakdown.rows), rows, dimension);
        assert.deepEqual([breakdown.values, breakdown.other.requests, breakdown.source.kind], [rows.length, 0, "analytics_engine"], dimension);
      }
    });
  }

  test("a breakdown that D1 cannot tell, under a filter that it could", async () => {
    const filters: Filter[] = [["country", "is", "DE"]];
    const { rows, source } = await json(`/v1/analytics/breakdown/format?owner=alice&days=1${query(filters)}`);
    assert.deepEqual([told(rows), source.kind], [grouped(ledger("alice", filters), "format"), "analytics_engine"]);
  });
});

describe("the error report is of the hits, whatever it is filtered by", () => {
  const cases: Filter[][] = [
    [["referrer", "is", "shop.example"]],
    [["referrer", "is_not", "shop.example"], ["country", "is", "DE", "AT"]],
    [["country", "is", "IN"]],
    [["status", "is", "416"]],
    [["status", "is", "206", "200"]],
    [["error_reason", "is", "object_not_found"], ["bot", "is_not", "human"]],
    [["other", "is", "(missing)"]],
    [["image", "is", "pics/dino.jpg"]],
  ];
  for (const filters of cases) {
    test(query(filters), async () => {
      for (const owner of ["alice", "*"]) {
        const expected = ledger(owner, filters);
        const failed = expected.filter(({ values }) => values.status! >= "400");
        const target = `/v1/analytics/errors?owner=${encodeURIComponent(owner)}&days=2${query(filters)}`;
        const report = await json(target);
        assert.deepEqual([report.totals.requests, report.totals.errors], [expected.length, failed.length], owner);
        assert.deepEqual(told(report.by_status).sort(), grouped(failed, "status").sort(), `${owner}: statuses`);
        assert.deepEqual(told(report.by_reason).sort(), grouped(failed, "error_reason").sort(), `${owner}: causes`);
        const urls = new Map<string, Hit[]>();
        for (const hit of failed) urls.set(`${hit.values.status} ${hit.path}`, [...(urls.get(`${hit.values.status} ${hit.path}`) ?? []), hit]);
        const found = report.urls.map((url: any) => [`${url.status} ${url.value}`, url.requests, Object.fromEntries(url.referrers.map((it: any) => [it.value, it.requests]))]);
        const kept = [...urls].map(([url, of]) => [url, of.length, Object.fromEntries(grouped(of, "referrer").map(([host, requests]) => [host, requests]))]);
        assert.deepEqual(found.sort(), kept.sort(), `${owner}: URLs`);
        assert.deepEqual([report.values, report.other], [urls.size, { requests: 0, largest_undercount: 0 }]);
        assert.deepEqual(report.filters, filters.map(([dimension, operator, ...values]) => ({ dimension, operator, values })));
        assert.deepEqual([report.source.kind, report.source.sampled, report.source.error], ["analytics_engine", false, 0]);
        for (const url of report.urls) assert.ok(url.first_seen <= url.last_seen && url.last_seen.startsWith(today), JSON.stringify(url));
        const pages = [];
        for (let offset = 0; offset <= urls.size; offset += 1) pages.push(...(await json(`${target}&limit=1&offset=${offset}`)).urls);
        assert.deepEqual(pages, report.urls, `${owner}: pages`);
      }
    });
  }

  test("a file says in CSV what it is filtered by", async () => {
    const text = await (await stack.api("/v1/analytics/errors?owner=alice&days=1&format=csv&filter=bot:is:ai")).text();
    assert.match(text, /\r\nfilter,bot:is:ai,+\r\nsource,"?Counted from.*Analytics Engine/);
  });
});

describe("one file, as whatever it was served", () => {
  const cases: [filters: Filter[], kind: "d1" | "analytics_engine"][] = [
    [[["country", "is", "DE", "AT"]], "d1"],
    [[["status", "is", "416"]], "d1"],
    [[["asset_type", "is_not", "video"], ["country", "is_not", "IN"]], "d1"],
    [[["image", "is", "pics/dino.jpg"]], "d1"],
    [[["other", "is_not", "clips/waves.mp4"]], "d1"],
    [[["variant", "is", "w512"]], "d1"],
    [[["bot", "is", "ai"]], "analytics_engine"],
    [[["referrer", "is_not", "shop.example"], ["status", "is", "2xx"]], "analytics_engine"],
  ];
  for (const [filters, kind] of cases) {
    test(query(filters), async () => {
      for (const image of ["clips/waves.mp4", "pics/dino.jpg", "pics/o'neil; b.webp"]) {
        const expected = ledger("alice", filters).filter(({ values }) => FILES.some((it) => values[it] === image));
        const [album, file] = image.split("/").map(encodeURIComponent);
        const report = await json(`/v1/analytics/images/${album}/${file}?owner=alice&days=2${query(filters)}`);
        assert.deepEqual([report.totals.requests, report.totals.bandwidth_bytes], total(expected), image);
        assert.deepEqual(report.daily.map((day: any) => day.requests), [0, expected.length], image);
        assert.deepEqual([report.source.kind, report.source.error, report.source.unassigned_requests], [kind, 0, 0]);
        assert.deepEqual(report.filters, filters.map(([dimension, operator, ...values]) => ({ dimension, operator, values })));
        for (const [list, dimension] of [["variants", "variant"], ["countries", "country"], ["statuses", "status"]] as const) {
          assert.deepEqual(told(report[list]), grouped(expected, dimension), `${image}: ${list}`);
        }
      }
    });
  }

  test("without a hit that fits, it exists all the same", async () => {
    await (await stack.bucket()).delete("alice/pics/dino.jpg");
    for (const filter of ["country:is:AQ", "bot:is:human&filter=bot:is:ai"]) {
      const { totals } = await json(`/v1/analytics/images/pics/dino.jpg?owner=alice&days=1&filter=${filter}`);
      assert.equal(totals.requests, 0);
      await refused(`/v1/analytics/images/pics/never.jpg?owner=alice&days=1&filter=${filter}`, 404, "image_not_found", /never/);
    }
  });
});

test("each value of each dimension is the row that its breakdown has, and what is not is the rest", async () => {
  const all = ledger("alice", []);
  for (const dimension of DIMENSIONS) {
    for (const [value, requests] of grouped(all, dimension)) {
      const asked = async (operator: "is" | "is_not") =>
        (await json(`/v1/analytics/breakdown/asset_type?owner=alice&days=1${query([[dimension, operator, value]])}`)).totals.requests;
      assert.deepEqual([await asked("is"), await asked("is_not")], [requests, all.length - requests], `${dimension} ${value}`);
    }
  }
});

test("pages of both sources tell every value once", async () => {
  for (const [filter, dimension] of [["status:is:200;404", "country"], ["bot:is_not:ai", "country"]] as const) {
    const rows: any[] = [];
    for (let offset = 0; offset < 6; offset += 1) {
      const page = await json(`/v1/analytics/breakdown/${dimension}?owner=alice&days=1&limit=1&offset=${offset}&filter=${filter}`);
      assert.deepEqual([page.values, page.other.requests], [COUNTRIES.length, 0]);
      rows.push(...page.rows);
    }
    const [name, operator, values] = filter.split(":") as [string, "is", string];
    assert.deepEqual(told(rows), grouped(ledger("alice", [[name, operator, ...values.split(";")]]), dimension));
  }
});

test("a file says in CSV what it is filtered by", async () => {
  for (const [filter, source] of [["country:is:DE;AT", "D1"], ["bot:is_not:ai", "Analytics Engine"]] as const) {
    for (const report of ["overview", "breakdown/country"]) {
      const text = await (await stack.api(`/v1/analytics/${report}?owner=alice&days=1&format=csv&filter=${filter}`)).text();
      assert.match(text, new RegExp(`\r\nfilter,${filter},,+\r\nsource,"?Counted from.*${source}`), text);
    }
  }
});

test("comparison is filtered, too", async () => {
  const { comparison } = await json("/v1/analytics/overview?owner=alice&days=1&compare=previous&filter=bot:is:ai");
  assert.deepEqual([comparison.totals.requests, comparison.daily[0].date], [0, daysAgo(1)]);
  const beyond = await json("/v1/analytics/overview?owner=alice&days=45&compare=previous&filter=bot:is:ai");
  assert.equal(beyond.comparison, null);
  assert.match(beyond.comparison_reason, /Analytics Engine keeps/);
  const { comparison: rows } = await json("/v1/analytics/overview?owner=alice&days=45&compare=previous&filter=country:is:DE");
  assert.equal(rows.daily.length, 45);
});

describe("what was not filtered", () => {
  test("has no label, and is all there", async () => {
    const report = await json("/v1/analytics/overview?owner=alice&days=1");
    assert.deepEqual([report.totals.requests, "source" in report, "filters" in report], [ledger("alice", []).length, false, false]);
  });

  test("complete=true pages through what breakdowns do not keep", async () => {
    const images = 120;
    const row = (image: number) => [ownerId("bob"), daysAgo(20), 0, `bulk/${String(image).padStart(3, "0")}.jpg`, "original", "DE", 200, 1 + image, 10, 0, 0, 0, "image", "", 0];
    const rows = JSON.stringify(Array.from({ length: images }, (_, image) => row(image)));
    const columns = Array.from({ length: 15 }, (_, column) => `value ->> ${column}`).join(", ");
    await stack.sql(`INSERT INTO analytics_daily SELECT ${columns} FROM json_each(?1)`, rows);
    const target = `/v1/analytics/breakdown/image?owner=bob&start=${daysAgo(20)}&end=${daysAgo(20)}&complete=true`;
    const found: any[] = [];
    for (const offset of [0, 50, 100]) {
      const page = await json(`${target}&limit=50&offset=${offset}`);
      assert.deepEqual([page.values, page.source.kind, "filters" in page], [images, "d1", false]);
      found.push(...page.rows);
    }
    assert.deepEqual(found.map((it) => it.requests), Array.from({ length: images }, (_, image) => images - image));
    await stack.sql("DELETE FROM analytics_daily WHERE date = ?1", daysAgo(20));
    const hits = ledger("bob", []);
    for (const dimension of ["format", "referrer"]) {
      const all = await json(`/v1/analytics/breakdown/${dimension}?owner=bob&days=1&complete=true`);
      assert.deepEqual([told(all.rows), all.other.requests, all.source.kind], [grouped(hits, dimension), 0, "analytics_engine"]);
    }
    await refused("/v1/analytics/breakdown/image?owner=bob&complete=yes", 400, "parameter_invalid", /complete/);
  });
});

async function refused(target: string, status: number, code: string, message: RegExp, on = stack): Promise<Response> {
  const answer = await on.api(target);
  const body = (await answer.json()) as any;
  assert.deepEqual([answer.status, body.success, body.error?.code], [status, false, code], `${target}: ${JSON.stringify(body)}`);
  assert.match(body.error.message, message, target);
  return answer;
}

describe("refusals name what is wrong", () => {
  const cases: [filter: string, code: string, message: RegExp][] = [
    ["colour:is:red", "filter_dimension_unknown", /"colour".*error_reason/],
    ["owner:is:alice", "filter_dimension_unknown", /"owner"/],
    ["country:contains:D", "filter_operator_unknown", /"contains"/],
    ["country", "filter_malformed", /dimension:is:value/],
    ["", "filter_malformed", /dimension:is:value/],
    ["country:is:", "filter_value_invalid", /at least one character/],
    ["country:is:de", "filter_value_invalid", /two capitals/],
    ["status:is:600", "filter_value_invalid", /100 to 599/],
    ["cache:is:warm", "filter_value_invalid", /hit, miss/],
    ["image:is:(other)", "filter_value_invalid", /one by one/],
    ["bot:is:a%00b", "filter_value_invalid", /control characters/],
    ["bot:is_not:AI", "filter_value_invalid", /human, search, ai, other, \(private\)/],
    ["browser:is_not:Chrome;safari", "filter_value_invalid", /"safari".*"Safari"/],
    ["os:is:Chrome", "filter_value_invalid", /breakdown by os .*Windows/],
    ...["device", "browser", "os", "bot", "crawler"].map((it): [string, string, RegExp] => [`${it}:is_not:' OR 1=1 --`, "filter_value_invalid", new RegExp(`isn't a valid ${it}`)]),
    [`referrer:is:${"x".repeat(254)}`, "filter_value_invalid", /at most 253 bytes/],
    [`country:is:${Array(51).fill("DE").join(";")}`, "filter_too_long", /at most 50/],
    [`image:is:${"x".repeat(5_000)}`, "query_too_long", /4096/],
    ["browser:is:a\\b", "filter_malformed", /backslash/],
    ["referrer:is:a\\\\b", "filter_unavailable", /backslash/],
  ];
  for (const [filter, code, message] of cases) {
    test(filter.slice(0, 40) || "(empty)", async () => {
      for (const report of ["overview", "breakdown/country", "errors", "images/pics/dino.jpg"]) {
        await refused(`/v1/analytics/${report}?owner=alice&filter=${filter}`, 400, code, message);
      }
    });
  }

  test("too many, and where there are none", async () => {
    const eleven = "&filter=country:is:DE".repeat(11);
    await refused(`/v1/analytics/overview?owner=alice${eleven}`, 400, "filter_too_long", /at most 10/);
    await json(`/v1/analytics/overview?owner=alice${eleven.slice(0, -21)}`);
    for (const report of ["analytics/status", "usage/metrics", "usage/storage"]) {
      await refused(`/v1/${report}?owner=alice&filter=country:is:DE`, 400, "parameter_unknown", /"filter"/);
    }
    await refused("/v1/analytics/overview?owner=alice&days=1&days=2&filter=country:is:DE", 400, "parameter_repeated", /days/);
  });

  test("beyond what Analytics Engine keeps", async () => {
    const oldest = new RegExp(`bot .*goes back to ${daysAgo(88)}.*${daysAgo(89)}`);
    await refused("/v1/analytics/overview?owner=alice&days=90&filter=bot:is:ai", 400, "range_beyond_analytics_engine", oldest);
    await refused("/v1/analytics/breakdown/bot?owner=alice&days=90&filter=country:is:DE", 400, "range_beyond_analytics_engine", oldest);
    await refused("/v1/analytics/errors?owner=alice&days=90&filter=country:is:DE", 400, "range_beyond_analytics_engine", /error report.*goes back/);
    await refused("/v1/analytics/images/pics/dino.jpg?owner=alice&days=90&filter=bot:is:ai", 400, "range_beyond_analytics_engine", oldest);
    await json("/v1/analytics/overview?owner=alice&days=89&filter=bot:is:ai");
    await json("/v1/analytics/overview?owner=alice&days=90&filter=country:is:DE");
  });
});

test("hostile values are values", async () => {
  const hostile = ["' OR 1=1 --", "'", "''", "') OR (1=1", "%' OR '1'='1", "_", "%", "\"; DROP TABLE points; --", "/* */", "a:b", "🦕"];
  const known = ledger("alice", []);
  for (const dimension of ["image", "format", "referrer", "user_agent", "ip"]) {
    for (const [operator, requests] of [["is", 0], ["is_not", known.length]] as const) {
      const { totals } = await json(`/v1/analytics/breakdown/asset_type?owner=alice&days=1${query([[dimension, operator, ...hostile]])}`);
      assert.equal(totals.requests, requests, `${dimension} ${operator}`);
    }
  }
  assert.equal((await stack.points("SELECT count(*) AS count FROM points"))[0]!.count, REQUESTS);
});

describe("sampling is said", () => {
  test("of Analytics Engine", async (t) => {
    await stack.cloudflare("settings", { sampling: { at: "read", rows: 0, resolutions: [1, 3], seed: 5 } });
    // What was answered before is shared for some seconds.
    await pause(10_500);
    t.after(() => stack.cloudflare("settings", { sampling: null }));
    const filters: Filter[] = [["bot", "is_not", "ai"]];
    const expected = ledger("alice", filters).length;
    const { source, totals, daily, largest_undercount } = await json(`/v1/analytics/overview?owner=alice&days=1${query(filters)}`);
    assert.deepEqual([source.sampled, source.sample_interval, daily[0].estimated], [true, 3, true]);
    assert.ok(source.error > 0 && Math.abs(totals.requests - expected) <= source.error, JSON.stringify({ source, totals, expected }));
    assert.equal(source.error, Math.ceil(3 * Math.sqrt(totals.requests * 2)), "three standard deviations");
    assert.equal(largest_undercount.country, source.error);
    const breakdown = await json(`/v1/analytics/breakdown/country?owner=alice&days=1${query(filters)}`);
    assert.deepEqual([breakdown.source.sampled, breakdown.source.error], [true, source.error]);
  });

  test("of days that were rebuilt from samples", async (t) => {
    const day = [today, ownerId("alice"), 0, "engine", 1, 30, 0, 0, 0, 0, 0, 0];
    await stack.sql(`INSERT INTO analytics_days VALUES (${day.map((_, place) => `?${place + 1}`).join(", ")})`, ...day);
    t.after(() => stack.sql("DELETE FROM analytics_days"));
    const { source, daily } = await json("/v1/analytics/overview?owner=alice&days=1&filter=country:is:DE");
    assert.deepEqual([source.kind, source.sampled, source.error, daily[0].source, daily[0].estimated], ["d1", true, 30, "engine", true]);
  });

  test("what was counted without its image", async (t) => {
    await stack.sql("UPDATE analytics_daily SET image_id = '(other)' WHERE image_id = 'pics/dino.jpg' AND owner = ?1 AND variant = 'w512'", ownerId("alice"));
    t.after(() => stack.sql("UPDATE analytics_daily SET image_id = 'pics/dino.jpg' WHERE image_id = '(other)'"));
    const unassigned = ledger("alice", [["variant", "is", "w512"]]).length;
    const { source, totals } = await json("/v1/analytics/overview?owner=alice&days=1&filter=image:is:pics/dino.jpg");
    assert.equal(totals.requests + unassigned, ledger("alice", [["image", "is", "pics/dino.jpg"]]).length);
    assert.equal(source.unassigned_requests, unassigned);
  });
});

describe("Analytics Engine out of order: no number", () => {
  const faults: [name: string, fault: Fault, message: RegExp][] = [
    ["429", { kind: "429", api: "sql", retryAfter: 77 }, /limits how often/],
    ["500", { kind: "500", api: "sql" }, /isn't responding/],
    ["502", { kind: "502", api: "sql" }, /isn't responding/],
    ["no answer", { kind: "hang", api: "sql" }, /responding/],
    ["half an answer", { kind: "truncated", api: "sql" }, /responding/],
    ["a web page", { kind: "html", api: "sql" }, /responding/],
    ["no JSON", { kind: "errors", api: "sql" }, /responding/],
    ["401", { kind: "401", api: "sql" }, /rejected the query/],
    ["one statement of many", { kind: "500", api: "sql", after: 4, times: 1 }, /responding/],
    ["columns without a type", { kind: "untyped", api: "sql", times: 1 }, /rejected the query/],
    ["no data set", { kind: "unknown-table", api: "sql" }, /rejected the query/],
  ];
  for (const [name, fault, message] of faults) {
    test(name, async (t) => {
      await stack.cloudflare("fault", fault);
      t.after(() => stack.cloudflare("clearFaults"));
      // A question of its own: what was answered is shared for some seconds.
      const question = encodeURIComponent(`referrer:is_not:${name}`);
      const answer = await refused(`/v1/analytics/overview?owner=alice&days=1&filter=${question}`, 503, "analytics_engine_unavailable", message);
      assert.equal(answer.headers.get("retry-after"), name === "429" ? "77" : /responding/.test(String(message)) ? "2" : null);
      assert.equal((await json("/v1/analytics/overview?owner=alice&days=1&filter=country:is:DE")).source.kind, "d1", "D1 answers all the same");
    });
  }
});

describe("what is missing is named", () => {
  const cases: { name: string; vars?: Record<string, string | undefined>; main?: string; message: RegExp }[] = [
    { name: "the token", vars: { CLOUDFLARE_API_TOKEN: undefined }, message: /Data for .*Set CLOUDFLARE_API_TOKEN/ },
    { name: "the account", vars: { CLOUDFLARE_ACCOUNT_ID: undefined }, message: /Set CLOUDFLARE_ACCOUNT_ID/ },
    { name: "both", vars: { CLOUDFLARE_ACCOUNT_ID: "x", CLOUDFLARE_API_TOKEN: undefined }, message: /CLOUDFLARE_ACCOUNT_ID and CLOUDFLARE_API_TOKEN/ },
    { name: "the nightly job", vars: { ANALYTICS_BATCH_ENABLED: "false" }, message: /ANALYTICS_BATCH_ENABLED is false/ },
    { name: "the binding", main: "tests/e2e/unbound.ts", message: /ANALYTICS binding/ },
  ];
  for (const { name, vars, main, message } of cases) {
    test(name, async () => {
      const without = await Stack.start({ owners: ["alice"], vars, main });
      try {
        await refused("/v1/analytics/errors?owner=alice&filter=country:is:DE", 400, "filter_unavailable", /error report/, without);
        for (const target of ["overview?owner=alice&filter=bot:is:ai", "breakdown/bot?owner=alice&filter=country:is:DE", "images/pics/dino.jpg?owner=alice&filter=bot:is:ai"]) {
          await refused(`/v1/analytics/${target}`, 400, "filter_unavailable", message, without);
        }
        await refused("/v1/analytics/breakdown/referrer?owner=alice&complete=true", 400, "complete_unavailable", message, without);
        for (const dimension of ["ip", "user_agent"]) {
          await refused(`/v1/analytics/overview?owner=alice&filter=${dimension}:is:x`, 400, "filter_unavailable", /ANALYTICS_PRIVACY=full/, without);
          await refused(`/v1/analytics/breakdown/${dimension}?owner=alice&filter=bot:is:ai`, 400, "dimension_unavailable", /ANALYTICS_PRIVACY=full/, without);
        }
        assert.equal((await without.api("/v1/analytics/overview?owner=alice&filter=country:is:DE")).status, 200, "D1 needs none of it");
      } finally {
        await without.close();
      }
    });
  }
});
