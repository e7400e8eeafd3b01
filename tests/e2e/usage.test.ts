// The usage APIs that other products' clients read: their official packages, pointed here by their own options alone, read
// what the test's ledger has. And metering: each event counts once, and is told by every dialect.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import ImageKit from "@imagekit/nodejs";
import { seeded } from "../../dev/random.ts";
import { SECRETS } from "../../dev/local.ts";
import { counted } from "./counted.ts";
import { Stack, ownerId, settle } from "./stack.ts";
import { MEDIA, visit, type Counters, type VisitLedger } from "./visits.ts";

const REQUESTS = 480;
const DAY = 86_400_000;
const CLEANUP = "0 1 * * *";
const AGGREGATION = "0 2 * * *";
const GIB = 2 ** 30;

const today = new Date().toISOString().slice(0, 10);
const day = (offset: number) => new Date(Date.parse(today) + offset * DAY).toISOString().slice(0, 10);

interface Token {
  id: string;
  token: string;
}

async function token(stack: Stack, owner: string, ...scopes: string[]): Promise<Token> {
  const answer = await stack.api("/v1/tokens", { method: "POST", body: JSON.stringify({ owner, scopes }) });
  assert.equal(answer.status, 201);
  return (await answer.json()) as Token;
}

const imagekit = (stack: Stack, { token }: Token) => new ImageKit({ baseURL: stack.url.origin, privateKey: token, maxRetries: 0 });

/** The package chooses between http and https when it is loaded, by the option in the environment. */
async function cloudinary(stack: Stack, owner: string, { id, token }: Token) {
  process.env.CLOUDINARY_URL = `cloudinary://${id}:${token}@${owner}?upload_prefix=${encodeURIComponent(stack.url.origin)}`;
  const { v2 } = (await import("cloudinary")).default;
  v2.config(true);
  return v2;
}

type Listed = [value: string, requests: number, bytes: number];

/** The first values of a dimension in an order, as the ledger has them. */
function ranked(rows: Iterable<[string, Counters]>, by: "requests" | "bandwidth", most: number): Listed[] {
  const list = [...rows].map(([value, [requests, bytes]]): Listed => [value, requests, bytes]);
  const [first, second] = by === "requests" ? ([1, 2] as const) : ([2, 1] as const);
  list.sort((one, other) => other[first] - one[first] || other[second] - one[second] || (one[0] < other[0] ? -1 : 1));
  return list.slice(0, most);
}

function together(rows: Iterable<[string, Counters]>, name: (value: string) => string): [string, Counters][] {
  const sums = new Map<string, Counters>();
  for (const [value, counters] of rows) {
    const sum = sums.get(name(value)) ?? [0, 0, 0, 0, 0];
    sums.set(name(value), counters.map((it, index) => it + sum[index]!) as Counters);
  }
  return [...sums];
}

const COUNTRIES: Record<string, string> = { DE: "Germany", IN: "India", T1: "Tor", XX: "Unknown" };
const CACHE: Record<string, string> = { hit: "Hit", miss: "Miss", bypass: "Miss", error: "Error" };
const REASONS: Record<string, string> = {
  object_not_found: "The file doesn't exist in the bucket.",
  variant_not_allowed: "The requested variant, or its file, doesn't exist.",
  path_malformed: "The URL contains invalid characters.",
  method_not_allowed: "Only GET, HEAD and OPTIONS are supported.",
  range_not_satisfiable: "The requested byte range is past the end of the file.",
  precondition_failed: "The client asked for another version of the file.",
};

describe("usage of two owners", () => {
  let stack: Stack;
  let ledgers: Map<string, VisitLedger>;
  const tokens: Record<string, Token> = {};

  before(async () => {
    stack = await Stack.start({ media: MEDIA, owners: ["alice", "bob"], vars: { ANALYTICS_PRIVACY: "full" } });
    for (const owner of ["alice", "bob"]) tokens[owner] = await token(stack, owner, "read");
    ledgers = await visit(stack.url, seeded(5), REQUESTS);
    const flushed = async () => (await stack.sql("SELECT coalesce(sum(requests), 0) AS n FROM analytics_daily"))[0]!.n;
    await settle(async () => (await flushed()) >= REQUESTS);
    assert.equal(await flushed(), REQUESTS);
    const measure = await stack.api("/v1/admin/storage", { method: "POST" });
    assert.equal(measure.status, 202);
    await settle(async () => (await stack.sql("SELECT count(*) AS n FROM storage_snapshots"))[0]!.n === 1);
    const writer = await token(stack, "alice", "write");
    const events = [
      { idempotency_key: "v1", type: "video_processing", resolution: "HD", codec: "h264", seconds: 12.5 },
      { idempotency_key: "v2", type: "video_processing", resolution: "SD", codec: "av1", seconds: 3 },
      { idempotency_key: "v3", type: "video_processing", resolution: "HD", codec: "vp9", seconds: 0.5, timestamp: `${today}T00:00:00Z` },
      { idempotency_key: "x1", type: "extension", name: "remove-bg", operations: 3 },
      { idempotency_key: "x2", type: "extension", name: "ai-tasks" },
    ];
    const answer = await stack.api("/v1/usage/events", {
      method: "POST", headers: { authorization: `Bearer ${writer.token}` }, body: JSON.stringify({ events }),
    });
    assert.deepEqual([answer.status, await answer.json()], [200, { counted: 5, repeated: 0 }]);
  });
  after(() => stack.close());

  const objects = (owner: string, derived: boolean) =>
    Object.entries(MEDIA)
      .filter(([key]) => key.startsWith(derived ? `_derived/${owner}/` : `${owner}/`))
      .map(([, { body }]) => body.byteLength);
  const sum = (numbers: number[]) => numbers.reduce((one, other) => one + other, 0);

  /** What every list has to have. */
  function expected(owner: string, by: "requests" | "bandwidth") {
    const ledger = ledgers.get(owner)!;
    const rows = (dimension: string) => [...(ledger.dimensions.get(dimension) ?? [])];
    const files = (dimension: string) =>
      ranked(rows(dimension).filter(([value]) => value !== "(missing)"), by, 10)
        .map(([value, ...rest]): Listed => [`${stack.url.origin}/${owner}/${value}`, ...rest]);
    const variants = rows("variant").filter(([value]) => !["original", "(none)"].includes(value));
    return {
      status: ranked(rows("status"), by, 50),
      format: ranked(rows("format"), by, 50),
      cache: ranked(together(rows("cache"), (value) => CACHE[value]!), by, 50),
      result: ranked(together(rows("cache"), (value) => (value === "bypass" ? "Bypass" : CACHE[value]!)), by, 50),
      country: ranked(rows("country"), by, 10),
      device: ranked(rows("device"), by, 50),
      class: ranked(together(rows("device"), (value) => value.split(" - ")[0]!), by, 50),
      browser: ranked(rows("browser"), by, 50),
      images: files("image"),
      videos: files("video"),
      others: files("other"),
      imageTransforms: ranked(variants.filter(([value]) => value !== "sd480"), by, 10),
      videoTransforms: ranked(variants.filter(([value]) => value === "sd480"), by, 10),
      referrers: ranked(rows("referrer"), by, 10),
      agents: ranked(rows("user_agent"), by, 10),
    };
  }

  for (const time of ["while the day is open", "when it is closed"]) {
    describe(time, () => {
      before(async () => {
        if (time === "when it is closed") {
          for (const nights of [1, 2]) await stack.scheduled(AGGREGATION, new Date(Date.parse(today) + nights * DAY + 2 * 3_600_000));
          assert.equal((await stack.sql("SELECT count(*) AS n FROM analytics_segments WHERE date = ?1", today))[0]!.n, 0);
        }
      });

      test("@imagekit/nodejs reads the usage", async () => {
        for (const owner of ["alice", "bob"]) {
          const usage: any = await imagekit(stack, tokens[owner]!).accounts.usage.get({ startDate: today, endDate: day(1) });
          const [requests, bytes] = ledgers.get(owner)!.totals;
          const isAlice = owner === "alice";
          const { topBreakdownsByRequest, topBreakdownsByBandwidth, ...rest } = usage;
          const none = Object.fromEntries(
            ["aws-auto-tagging", "google-auto-tagging", "ai-auto-description", "ikremovebg", "remove-bg", "upscale", "retouch", "genvar", "genfill", "genimg", "dropshadow", "change-bg", "edit", "ai-tasks", "ai-video-transcription", "creative-banner", "total"].map((name) => [name, 0]),
          );
          assert.deepEqual(rest, {
            meta: { from: today, to: day(1) },
            bandwidthBytes: bytes,
            mediaLibraryStorageBytes: sum(objects(owner, false)),
            videoProcessingUnitsCount: isAlice ? 56 : 0,
            extensionUnitsCount: isAlice ? 391 : 0,
            originalCacheStorageBytes: 0,
            requestCount: requests,
            videoProcessingUnitsUsage: { SD: isAlice ? 30 : 0, HD: isAlice ? 26 : 0, "4K": 0, "8K": 0, "16K": 0 },
            extensionUnitsUsage: isAlice ? { ...none, "remove-bg": 390, "ai-tasks": 1, total: 391 } : none,
          });
          for (const [by, lists] of [["requests", topBreakdownsByRequest], ["bandwidth", topBreakdownsByBandwidth]] as const) {
            const list = (name: string) => lists[name].map((row: any) => [row.value, row.requests, row.bandwidthBytes]);
            const want = expected(owner, by);
            const told = {
              status: list("statusCodes"), format: list("formats"), cache: list("cache"), result: list("resultType"), class: list("devices"),
              images: list("images"), videos: list("videos"), others: list("others"), referrers: list("referral"), agents: list("userAgents"),
              imageTransforms: list("transformations"), videoTransforms: list("videoTransformations"),
            };
            for (const [name, rows] of Object.entries(told)) assert.deepEqual(rows, want[name as "status"], `${owner}, ${name} by ${by}`);
            const countries = lists.geography.map((row: any) => [row.countryCode, row.requests, row.bandwidthBytes, row.value]);
            assert.deepEqual(countries, want.country.map((row) => [...row, COUNTRIES[row[0]]]), `${owner}, countries by ${by}`);
          }
        }
      });

      test("@imagekit/nodejs reads the analytics", async () => {
        for (const owner of ["alice", "bob"]) {
          const before = Date.now();
          const told = await imagekit(stack, tokens[owner]!).accounts.usageAnalytics.get({ startDate: today, endDate: today });
          const ledger = ledgers.get(owner)!;
          const [requests, bytes] = ledger.totals;
          const isAlice = owner === "alice";
          assert.deepEqual([told.startDate, told.endDate, told.requestCount, told.bandwidthBytes], [today, today, requests, bytes]);
          assert.ok(Math.abs(Date.parse(told.generatedAt) - before) < 60_000);
          const cache = new Map(together(ledger.dimensions.get("cache")!, (value) => CACHE[value]!));
          const of = (name: string) => cache.get(name)?.[0] ?? 0;
          assert.deepEqual(told.cache, { hitCount: of("Hit"), missCount: of("Miss"), errorCount: of("Error") });
          const want = expected(owner, "requests");
          assert.deepEqual(told.statusCodes.map((row) => [row.name, row.requestCount]), want.status.map(([value, count]) => [value, count]));
          const reasons = ranked([...ledger.dimensions.get("error_reason")!].filter(([value]) => value !== "(none)"), "requests", 50);
          assert.deepEqual(told.errorReasons.map((row) => [row.name, row.requestCount]), reasons.map(([value, count]) => [REASONS[value], count]));
          const missing = [...ledger.failures.values()].filter((it) => it.status === 404).map((it) => [`${stack.url.origin}${it.path}`, it.requests]);
          const byName = (one: unknown[], other: unknown[]) => (String(one[0]) < String(other[0]) ? -1 : 1);
          assert.deepEqual(told.top404Assets.map((row) => [row.name, row.requestCount]).sort(byName), missing.sort(byName));
          assert.deepEqual(told.extensions, isAlice ? [{ name: "remove-bg", operationCount: 3 }, { name: "ai-tasks", operationCount: 1 }] : []);
          const seconds = [["SD", "av1", 3], ["HD", "h264", 12.5], ["HD", "vp9", 0.5]];
          assert.deepEqual(told.videoProcessing.map((row) => [row.resolution, row.codec, row.durationSeconds]), isAlice ? seconds : []);
          const LISTS = {
            browser: "browser", device: "device", format: "format", topImages: "images", topVideos: "videos", topOtherAssets: "others",
            topImageTransforms: "imageTransforms", topVideoTransforms: "videoTransforms", topReferrers: "referrers", topUserAgents: "agents",
          } as const;
          for (const [by, order] of [["requests", "byRequests"], ["bandwidth", "byBandwidth"]] as const) {
            for (const [name, list] of Object.entries(LISTS)) {
              const rows = told[name as "browser"][order].map((row) => [row.name, row.requestCount, row.bandwidthBytes]);
              assert.deepEqual(rows, expected(owner, by)[list], `${owner}, ${name} ${order}`);
            }
            const countries = told.country[order].map((row) => [row.code, row.requestCount, row.bandwidthBytes, row.name]);
            assert.deepEqual(countries, expected(owner, by).country.map((row) => [...row, COUNTRIES[row[0]]]));
            assert.deepEqual(told.urlEndpoints[order], [{ name: "Default", requestCount: requests, bandwidthBytes: bytes }]);
          }
        }
      });

      test("cloudinary reads the usage", async () => {
        for (const owner of ["alice", "bob"]) {
          const { api } = await cloudinary(stack, owner, tokens[owner]!);
          const { rate_limit_allowed, rate_limit_remaining, rate_limit_reset_at, ...usage } = await api.usage();
          assert.deepEqual([rate_limit_allowed, rate_limit_remaining > 0 && rate_limit_remaining < 600], [600, true]);
          const left = rate_limit_reset_at.getTime() - Date.now();
          assert.ok(left > -2_000 && left <= 60_000, String(rate_limit_reset_at));
          const [requests, bytes] = ledgers.get(owner)!.totals;
          const breakdown = owner === "alice" ? { transformation: 0, hd_video_second: 26, av1_sd_video_second: 30, "remove-bg": 390, "ai-tasks": 1 } : { transformation: 0 };
          const stored = sum([...objects(owner, false), ...objects(owner, true)]);
          const round = (credits: number) => Math.round(credits * 100) / 100;
          const credits = [sum(Object.values(breakdown)) / 1_000, bytes / GIB, stored / GIB].map(round);
          assert.deepEqual(usage, {
            plan: "Pixtally",
            last_updated: today,
            date_requested: `${today}T00:00:00Z`,
            transformations: { usage: sum(Object.values(breakdown)), credits_usage: credits[0], breakdown },
            bandwidth: { usage: bytes, credits_usage: credits[1] },
            storage: { usage: stored, credits_usage: credits[2] },
            requests,
            objects: { usage: objects(owner, false).length + objects(owner, true).length },
            resources: objects(owner, false).length,
            derived_resources: objects(owner, true).length,
            credits: { usage: round(sum(credits)), limit: 0, used_percent: 0 },
          });
        }
      });

      test("the month's metrics", async () => {
        const [requests, bytes] = ledgers.get("alice")!.totals;
        const metrics: any = await (await stack.api(`/v1/usage/metrics?owner=alice&month=${today.slice(0, 7)}`)).json();
        assert.deepEqual([metrics.requests, metrics.bandwidth_bytes, metrics.complete], [requests, bytes, false]);
        assert.deepEqual([metrics.video_processing.units, metrics.extensions.units], [56, 391]);
        assert.deepEqual(metrics.video_processing.rows, [
          { resolution: "SD", codec: "av1", seconds: 3, units: 30 },
          { resolution: "HD", codec: "h264", seconds: 12.5, units: 25 },
          { resolution: "HD", codec: "vp9", seconds: 0.5, units: 1 },
        ]);
        assert.equal(metrics.storage.original_bytes, sum(objects("alice", false)));
        for (const days of ["", "&days=1", "&days=30", `&start=${today}&end=${today}`]) {
          const all: any = await (await stack.api(`/v1/usage/metrics?owner=*${days}`)).json();
          assert.deepEqual([all.requests, all.video_processing.units, all.extensions.units], [REQUESTS, 56, 391], days);
        }
        const lines = (await (await stack.api("/v1/usage/metrics?owner=alice&format=csv")).text()).split("\r\n");
        assert.deepEqual(lines.slice(0, 2), ["section,value,quantity,units", `requests,${today.slice(0, 7)},${requests},`]);
        assert.ok(lines.includes("video_seconds,HD h264,12.5,25") && lines.includes("extension_operations,remove-bg,3,390"));
      });
    });
  }
});

describe("days and months", () => {
  let stack: Stack;
  /** Offsets from today, and what was served then. */
  const PAST = [0, -1, -28, -29, -30, -31, -59, -60, -87, -88, -89].map((offset, index) => ({ offset, requests: 10 ** (index % 6) + index, bytes: 1_000 * (index + 1) }));
  const within = (first: number, last: number) => PAST.filter(({ offset }) => first <= offset && offset <= last);
  const figures = (past: typeof PAST) => [past.reduce((sum, it) => sum + it.requests, 0), past.reduce((sum, it) => sum + it.bytes, 0)];
  let reader: Token;

  before(async () => {
    stack = await Stack.start({ owners: ["carol"] });
    for (const { offset, requests, bytes } of PAST) await counted(stack, { owner: "carol", date: day(offset), requests, bytes });
    for (const [offset, bytes] of [[-40, 400], [-10, 100], [-1, 10]] as const) {
      await stack.sql("INSERT INTO storage_snapshots (date, run, measured_at, original_bytes, derived_bytes, original_objects, derived_objects) VALUES (?1, 1, ?2, ?3, 5, 3, 1)", day(offset), `${day(offset)}T02:00:00Z`, bytes);
      await stack.sql("INSERT INTO storage_daily (date, owner, original_bytes, derived_bytes, original_objects, derived_objects) VALUES (?1, ?2, ?3, 5, 3, 1)", day(offset), ownerId("carol"), bytes);
    }
    reader = await token(stack, "carol", "read");
  });
  after(() => stack.close());

  test("ImageKit's usage leaves the last date out, its analytics have it", async () => {
    const client = imagekit(stack, reader);
    for (const [first, last] of [[0, 0], [-1, -1], [-30, -29], [-60, -28], [-88, 0], [-87, -60]] as const) {
      const usage: any = await client.accounts.usage.get({ startDate: day(first), endDate: day(last + 1) });
      assert.deepEqual([usage.requestCount, usage.bandwidthBytes], figures(within(first, last)), `${first} to ${last}`);
      const analytics = await client.accounts.usageAnalytics.get({ startDate: day(first), endDate: day(last) });
      assert.deepEqual([analytics.requestCount, analytics.bandwidthBytes], figures(within(first, last)), `${first} to ${last}`);
    }
    const whole = await client.accounts.usageAnalytics.get({ startDate: day(-89), endDate: day(0) });
    assert.equal(whole.requestCount, figures(PAST)[0]);
    const future: any = await client.accounts.usage.get({ startDate: day(-1), endDate: day(30) });
    assert.equal(future.requestCount, figures(within(-1, 0))[0], "what is to come has nothing yet");
  });

  test("storage is the last snapshot until then", async () => {
    const client = imagekit(stack, reader);
    for (const [last, bytes] of [[0, 10], [-1, 10], [-2, 100], [-10, 100], [-11, 400], [-40, 400], [-41, 0]] as const) {
      const usage = await client.accounts.usage.get({ startDate: day(last - 5), endDate: day(last + 1) });
      assert.equal(usage.mediaLibraryStorageBytes, bytes, `${last}`);
    }
  });

  test("Cloudinary's thirty days end with the date", async () => {
    const { api } = await cloudinary(stack, "carol", reader);
    for (const last of [0, -1, -30, -31, -59, -60]) {
      const usage = await api.usage({ date: day(last) } as any);
      assert.deepEqual([usage.requests, usage.bandwidth.usage], figures(within(last - 29, last)), `${last}`);
      assert.deepEqual([usage.date_requested, usage.last_updated], [`${day(last)}T00:00:00Z`, day(last)]);
      assert.equal(usage.storage.usage, last > -10 ? (last >= -1 ? 15 : 105) : last >= -39 ? 405 : 0, `${last}`);
    }
    const dayFirst = day(-1).split("-").reverse().join("-");
    for (const target of [`/v1_1/carol/usage?date=${day(-1)}`, `/v1_1/carol/usage/${dayFirst}`]) {
      const asked = await stack.api(target);
      assert.equal(((await asked.json()) as any).requests, figures(within(-30, -1))[0], target);
    }
  });

  test("metrics of days", async () => {
    const metrics = async (query: string) => (await (await stack.api(`/v1/usage/metrics?owner=${query}`)).json()) as any;
    for (const [query, first, last] of [
      ["days=1", 0, 0], ["days=30", -29, 0], ["days=90", -89, 0],
      [`start=${day(-60)}&end=${day(-29)}`, -60, -29], [`start=${day(-87)}&end=${day(-87)}`, -87, -87],
    ] as const) {
      for (const owner of ["carol", "*"]) {
        const { month, start, end, complete, requests, bandwidth_bytes: bytes } = await metrics(`${owner}&${query}`);
        assert.deepEqual([month, start, end, complete], [null, day(first), day(last), last < 0], `${owner} ${query}`);
        assert.deepEqual([requests, bytes], figures(within(first, last)), `${owner} ${query}`);
      }
    }
    const lines = (await (await stack.api("/v1/usage/metrics?owner=carol&days=2&format=csv")).text()).split("\r\n");
    assert.equal(lines[1], `requests,${day(-1)}/${day(0)},${figures(within(-1, 0))[0]},`);
    for (const [query, code] of [
      [`month=${today.slice(0, 7)}&days=1`, "range_ambiguous"], [`month=${today.slice(0, 7)}&start=${today}&end=${today}`, "range_ambiguous"],
      [`days=1&start=${today}&end=${today}`, "range_ambiguous"], [`start=${today}`, "range_ambiguous"], ["days=0", "days_invalid"], ["days=91", "days_invalid"],
      [`start=${day(-90)}&end=${day(-80)}`, "range_beyond_retention"], [`start=${today}&end=${day(1)}`, "range_in_future"],
    ] as const) {
      const answer = await stack.api(`/v1/usage/metrics?owner=carol&${query}`);
      assert.deepEqual([answer.status, ((await answer.json()) as any).error.code], [400, code], query);
    }
  });

  test("months stay when their days are purged", async () => {
    const months = () => [...new Set(PAST.map(({ offset }) => day(offset).slice(0, 7)))];
    const old = day(-200);
    await counted(stack, { owner: "carol", date: old, requests: 7_000, bytes: 70 });
    const check = async () => {
      for (const month of months()) {
        const metrics: any = await (await stack.api(`/v1/usage/metrics?owner=carol&month=${month}`)).json();
        const past = PAST.filter(({ offset }) => day(offset).startsWith(month));
        assert.deepEqual([metrics.requests, metrics.bandwidth_bytes, metrics.start], [...figures(past), `${month}-01`], month);
        assert.equal(metrics.complete, month < today.slice(0, 7));
      }
      const metrics: any = await (await stack.api(`/v1/usage/metrics?owner=carol&month=${old.slice(0, 7)}`)).json();
      assert.deepEqual([metrics.requests, metrics.bandwidth_bytes], [7_000, 70]);
      const all: any = await (await stack.api(`/v1/usage/metrics?owner=*&month=${old.slice(0, 7)}`)).json();
      assert.equal(all.requests, 7_000);
    };
    await check();
    await stack.scheduled(AGGREGATION);
    await check();
    const rows = async () => (await stack.sql("SELECT count(*) AS n FROM analytics_daily WHERE date = ?1", old))[0]!.n;
    assert.equal(await rows(), 1);
    await stack.scheduled(CLEANUP);
    await settle(async () => (await rows()) === 0);
    assert.equal(await rows(), 0, "the day is purged");
    await check();
    // As if its rows were still being deleted.
    await counted(stack, { owner: "carol", date: old, requests: 7_000, bytes: 70 });
    await check();
    const later = new Date(Date.parse(today) + 60 * DAY);
    assert.equal((await stack.api(`/v1/usage/metrics?owner=carol&month=${later.toISOString().slice(0, 7)}`)).status, 400);
    for (const month of ["2026-13", "9999-12", "0000-01", "2026"]) {
      assert.equal((await stack.api(`/v1/usage/metrics?owner=carol&month=${month}`)).status, 400, month);
    }
  });
});

describe("refusals", () => {
  let stack: Stack;
  let reader: Token;
  let writer: Token;
  const basic = (user: string, password = "") => ({ authorization: `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}` });
  const anonymous = (target: string, headers: Record<string, string> = {}, method = "GET") =>
    fetch(new URL(target, stack.url), { method, headers });

  before(async () => {
    stack = await Stack.start({ owners: ["alice", "bob"] });
    [reader, writer] = [await token(stack, "alice", "read"), await token(stack, "alice", "write")];
  });
  after(() => stack.close());

  test("in ImageKit's words", async () => {
    const dates = (start?: string, end?: string) => new URLSearchParams({ ...(start && { startDate: start }), ...(end && { endDate: end }) });
    const REQUIRED = "startDate and endDate are required in query parameters.";
    const FORMAT = "startDate and endDate should be in format YYYY-MM-DD.";
    const ORDER = "startDate should be before endDate.";
    const WITHIN = "startDate and endDate should be within 90 days.";
    const good = dates(day(-1), day(0));
    const cases: [string, URLSearchParams, Record<string, string>, number, string | RegExp][] = [
      ["no dates", dates(), basic(reader.token), 400, REQUIRED],
      ["no start", dates(undefined, today), basic(reader.token), 400, REQUIRED],
      ["no end", dates(today), basic(reader.token), 400, REQUIRED],
      ["another form", dates("2026/11/01", today), basic(reader.token), 400, FORMAT],
      ["no such day", dates("2026-02-30", today), basic(reader.token), 400, FORMAT],
      ["no leap year", dates("2025-02-29", today), basic(reader.token), 400, FORMAT],
      ["reversed", dates(today, day(-1)), basic(reader.token), 400, ORDER],
      ["90 days", dates(day(-90), today), basic(reader.token), 400, WITHIN],
      ["years", dates("2020-01-01", today), basic(reader.token), 400, WITHIN],
      ["beyond the retention", dates(day(-120), day(-100)), basic(reader.token), 400, new RegExp(`^startDate should be ${day(-89)} or later`)],
      ["no key", good, {}, 401, "Your request does not contain private API key."],
      ["an empty key", good, basic("", "x"), 401, "Your request does not contain private API key."],
      ["an unknown key", good, basic("private_unknown"), 403, "Your account cannot be authenticated."],
      ["a key that may not read", good, basic(writer.token), 403, /scope read/],
      ["another owner", new URLSearchParams([...good, ["owner", "bob"]]), basic(reader.token), 403, /its own owner/],
      ["an operator without an owner", good, basic(SECRETS.ADMIN_TOKEN), 400, /owner=/],
      ["all owners", new URLSearchParams([...good, ["owner", "*"]]), basic(SECRETS.ADMIN_TOKEN), 400, /one owner/],
      ["no such owner", new URLSearchParams([...good, ["owner", "nobody"]]), basic(SECRETS.ADMIN_TOKEN), 404, /nobody/],
    ];
    for (const path of ["/v1/accounts/usage", "/v1/accounts/usage-analytics"]) {
      for (const [name, query, headers, status, message] of cases) {
        const answer = await anonymous(`${path}?${query}`, headers);
        const body: any = await answer.json();
        assert.deepEqual([answer.status, Object.keys(body)], [status, ["message", "help"]], `${path}, ${name}: ${JSON.stringify(body)}`);
        if (typeof message === "string") assert.equal(body.message, message, name);
        else assert.match(body.message, message, name);
      }
      const wrong = await anonymous(path, basic(reader.token), "POST");
      assert.deepEqual([wrong.status, wrong.headers.get("allow"), Object.keys((await wrong.json()) as any)], [405, "GET, HEAD", ["message", "help"]]);
    }
    const same = await anonymous(`/v1/accounts/usage?${dates(today, today)}`, basic(reader.token));
    assert.deepEqual([same.status, ((await same.json()) as any).message], [400, ORDER], "the last date is left out");
    const one = await anonymous(`/v1/accounts/usage-analytics?${dates(today, today)}`, basic(reader.token));
    assert.equal(one.status, 200, "the last date is there");
    const client = imagekit(stack, { id: "", token: "private_unknown" });
    await assert.rejects(client.accounts.usage.get({ startDate: day(-1), endDate: today }), { status: 403, message: /cannot be authenticated/ });
    const extra = await anonymous(`/v1/accounts/usage?${good}&metrics=bandwidth`, basic(reader.token));
    assert.equal(extra.status, 200, "newer clients may send more");
  });

  test("in Cloudinary's words", async () => {
    const cases: [string, string, Record<string, string>, number, string | RegExp][] = [
      ["no key", "/v1_1/alice/usage", {}, 401, /Must supply api_key/],
      ["a wrong secret", "/v1_1/alice/usage", basic(reader.id, "x"), 401, /api_secret mismatch/],
      ["a wrong key", "/v1_1/alice/usage", basic("x", reader.token), 401, /unknown api_key/],
      ["another cloud", "/v1_1/bob/usage", basic(reader.id, reader.token), 401, "cloud_name mismatch"],
      ["a token that may not read", "/v1_1/alice/usage", basic(writer.id, writer.token), 403, /scope read/],
      ["no such cloud", "/v1_1/nobody/usage", basic("x", SECRETS.ADMIN_TOKEN), 404, /nobody/],
      ["all clouds", "/v1_1/*/usage", basic("x", SECRETS.ADMIN_TOKEN), 404, /\*/],
      ["no date", "/v1_1/alice/usage/yesterday", basic(reader.id, reader.token), 400, /^Invalid date: "yesterday"/],
      ["no such date", "/v1_1/alice/usage/2025-02-29", basic(reader.id, reader.token), 400, /^Invalid date/],
      ["tomorrow", `/v1_1/alice/usage/${day(1)}`, basic(reader.id, reader.token), 400, new RegExp(`from ${day(-60)} to ${today}`)],
      ["long ago", `/v1_1/alice/usage/${day(-61)}`, basic(reader.id, reader.token), 400, /^Invalid date/],
      ["something else", "/v1_1/alice/resources/image", basic(reader.id, reader.token), 404, /Unknown endpoint/],
    ];
    for (const [name, path, headers, status, message] of cases) {
      const answer = await anonymous(path, headers);
      const body: any = await answer.json();
      assert.deepEqual([answer.status, Object.keys(body), Object.keys(body.error)], [status, ["error"], ["message"]], `${name}: ${JSON.stringify(body)}`);
      if (typeof message === "string") assert.equal(body.error.message, message, name);
      else assert.match(body.error.message, message, name);
    }
    assert.equal((await anonymous("/v1_1/alice/usage", { authorization: `Bearer ${reader.token}` })).status, 200, "an OAuth token");
    const client = await cloudinary(stack, "bob", reader);
    await assert.rejects(client.api.usage(), (error: any) => error.error.http_code === 401 && error.error.message === "cloud_name mismatch");
  });
});

describe("metering", () => {
  let stack: Stack;
  let writer: Token;
  const send = (events: unknown, headers: Record<string, string> = { authorization: `Bearer ${writer.token}` }, query = "") =>
    stack.api(`/v1/usage/events${query}`, { method: "POST", headers, body: JSON.stringify({ events }) });
  const stored = async (owner = "alice") =>
    Object.fromEntries((await stack.sql("SELECT metric || ' ' || date AS key, quantity FROM usage_daily WHERE owner = ?1", ownerId(owner))).map((row) => [row.key, row.quantity]));
  const edit = (idempotency_key: string, operations?: number) => ({ idempotency_key, type: "extension", name: "edit", operations });

  before(async () => {
    stack = await Stack.start({ owners: ["alice", "bob"], instances: 2 });
    writer = await token(stack, "alice", "read", "write");
  });
  after(() => stack.close());

  test("an event that is sent ten times at once counts once", async () => {
    const event = { idempotency_key: "job-1", type: "video_processing", resolution: "4K", codec: "av1", seconds: 1.25 };
    const answers = await Promise.all(
      Array.from({ length: 10 }, async (_, index) => {
        const host = `${index % 2}.test`;
        const headers = { authorization: `Bearer ${writer.token}`, host };
        const answer = await fetch(new URL("/v1/usage/events", stack.url), { method: "POST", headers, body: JSON.stringify({ events: [event] }) });
        assert.equal(answer.status, 200);
        return (await answer.json()) as { counted: number; repeated: number };
      }),
    );
    assert.equal(answers.reduce((sum, it) => sum + it.counted, 0), 1);
    assert.equal(answers.reduce((sum, it) => sum + it.repeated, 0), 9);
    assert.deepEqual(await stored(), { [`video/4K/av1 ${today}`]: 1_250 });
    const metrics: any = await (await stack.api("/v1/usage/metrics?owner=alice")).json();
    assert.equal(metrics.video_processing.units, 1.25 * 4 * 10);
  });

  test("a batch counts whole or not at all", async () => {
    const was = await stored();
    const count = async () => (await stack.sql("SELECT count(*) AS n FROM usage_events"))[0]!.n;
    const events = await count();
    const bad: [unknown[], RegExp][] = [
      [[edit("a"), { ...edit("b"), name: "remove-background" }], /events\[1\]: name must be one of .*remove-bg.*"remove-background"/],
      [[edit("a"), edit("b", 0)], /events\[1\]: operations must be from 1/],
      [[edit("a"), { ...edit("b"), timestamp: `${day(2)}T00:00:00Z` }], /events\[1\]: timestamp .* is in the future/],
      [[edit("a"), { ...edit("b"), timestamp: `${day(-36)}T00:00:00Z` }], /more than 35 days ago/],
      [[edit("a"), edit("a", 2)], /events\[1\]: idempotency_key "a" appears twice/],
      [[edit("a"), { ...edit("b"), colour: "red" }], /unknown field `colour`/],
      [[edit("a"), { ...edit("b"), type: "storage" }], /unknown variant `storage`/],
      [[edit("a"), { type: "extension", name: "edit" }], /missing field `idempotency_key`/],
      [[], /1 to 200 entries/],
      [Array.from({ length: 201 }, (_, index) => edit(`many-${index}`)), /1 to 200 entries, not 201/],
    ];
    for (const [events, message] of bad) {
      const answer = await send(events);
      const { success, error } = (await answer.json()) as any;
      assert.deepEqual([answer.status, success], [400, false]);
      assert.match(error.message, message);
    }
    const wrong = await send(Array.from({ length: 9 }, (_, index) => ({ ...edit(`w${index}`), name: "x" })));
    assert.match(((await wrong.json()) as any).error.message, /events\[0\].*events\[4\].*4 more errors/);
    assert.deepEqual([await stored(), await count()], [was, events], "nothing of any of them");
    const full = await send(Array.from({ length: 200 }, (_, index) => edit(`full-${index}`)));
    assert.deepEqual([full.status, await full.json()], [200, { counted: 200, repeated: 0 }]);
    assert.equal((await stored())[`extension/edit ${today}`], 200);
  });

  test("a key stands for one event", async () => {
    const dated = { ...edit("k", 5), timestamp: `${day(-3)}T12:00:00Z` };
    assert.deepEqual(await (await send([dated])).json(), { counted: 1, repeated: 0 });
    assert.deepEqual(await (await send([edit("new"), dated])).json(), { counted: 1, repeated: 1 }, "some are known");
    assert.deepEqual(await (await send([edit("two"), edit("two"), dated])).json(), { counted: 1, repeated: 2 }, "one comes twice");
    assert.deepEqual(await (await send([edit("k", 5)])).json(), { counted: 0, repeated: 1 }, "the day is not said");
    const was = await stored();
    assert.equal(was[`extension/edit ${day(-3)}`], 5);
    for (const other of [edit("k", 6), { ...dated, name: "upscale" }, { ...dated, timestamp: `${day(-4)}T12:00:00Z` }]) {
      const answer = await send([edit("fresh"), other]);
      const { error } = (await answer.json()) as any;
      assert.deepEqual([answer.status, error.code], [409, "idempotency_key_reused"]);
      assert.match(error.message, new RegExp(`"k" was already used for 5 of edit on ${day(-3)}`));
    }
    assert.deepEqual(await stored(), was, "nothing of such a batch counts");
    assert.deepEqual(await (await send([edit("fresh")])).json(), { counted: 1, repeated: 0 });
    const bob = await send([dated], {}, "?owner=bob");
    assert.deepEqual([bob.status, await bob.json()], [200, { counted: 1, repeated: 0 }], "keys are an owner's own");
    assert.deepEqual(await stored("bob"), { [`extension/edit ${day(-3)}`]: 5 });
  });

  test("reports agree on units, and answer whatever they add up to", async () => {
    const seconds = (idempotency_key: string, resolution: string, codec: string, seconds: number) => ({ idempotency_key, type: "video_processing", resolution, codec, seconds });
    const parts = [seconds("1", "SD", "h264", 0.4), seconds("2", "HD", "vp9", 0.2), seconds("3", "HD", "av1", 0.02)];
    assert.equal((await send(parts, {}, "?owner=bob")).status, 200);
    const told = async () => {
      const read = async (target: string) => (await (await stack.api(target)).json()) as any;
      const imagekit = await read(`/v1/accounts/usage?owner=bob&startDate=${today}&endDate=${day(1)}`);
      const cloudinary = await read("/v1_1/bob/usage");
      const metrics = await read("/v1/usage/metrics?owner=bob");
      const { breakdown } = cloudinary.transformations;
      const videos = Object.entries(breakdown).filter(([name]) => name.endsWith("_video_second")).map(([, units]) => Number(units));
      const sum = (numbers: number[]) => numbers.reduce((one, other) => one + other, 0);
      assert.equal(sum(Object.values(imagekit.videoProcessingUnitsUsage)), imagekit.videoProcessingUnitsCount);
      return [metrics.video_processing.units, imagekit.videoProcessingUnitsCount, sum(videos)];
    };
    assert.deepEqual(await told(), [1.2, 1, 1]);
    await stack.sql("UPDATE usage_daily SET quantity = 9007199254740991 WHERE owner = ?1 AND metric = 'video/SD/h264'", ownerId("bob"));
    assert.equal((await send([seconds("4", "SD", "h264", 86_400)], {}, "?owner=bob")).status, 200);
    await stack.sql("INSERT INTO usage_daily VALUES (?1, ?2, 'video/SD/h264', 9007199254740991)", ownerId("bob"), day(-1));
    const units = await told();
    assert.ok(units.every((it) => it > 9e12), `${units}`);
    await stack.sql("DELETE FROM usage_daily WHERE owner = ?1 AND metric LIKE 'video/%'", ownerId("bob"));
  });

  test("only who may write can report", async () => {
    const reader = await token(stack, "alice", "read");
    for (const [headers, query, status] of [
      [{ authorization: "" }, "", 401],
      [{ authorization: "Bearer nonsense" }, "", 401],
      [{ authorization: `Bearer ${reader.token}` }, "", 403],
      [{ authorization: `Bearer ${writer.token}` }, "?owner=bob", 403],
      [{}, "", 400],
      [{}, "?owner=*", 400],
      [{}, "?owner=nobody", 404],
    ] as const) {
      const answer = await send([edit("denied")], headers, query);
      assert.equal(answer.status, status, `${JSON.stringify(headers)} ${query}`);
      assert.equal(((await answer.json()) as any).success, false);
    }
    assert.deepEqual(await stack.sql("SELECT * FROM usage_events WHERE idempotency_key = 'denied'"), []);
  });

  test("keys are forgotten once they cannot be sent again, and what was counted stays", async () => {
    const was = await stored();
    await stack.sql("UPDATE usage_events SET received_on = ?1 WHERE idempotency_key = 'k'", day(-37));
    await stack.sql("UPDATE usage_events SET received_on = ?1 WHERE idempotency_key = 'new'", day(-36));
    const kept = async (key: string) => (await stack.sql("SELECT count(*) AS n FROM usage_events WHERE owner = ?1 AND idempotency_key = ?2", ownerId("alice"), key))[0]!.n;
    await stack.scheduled(CLEANUP);
    await settle(async () => (await kept("k")) === 0);
    assert.deepEqual([await kept("k"), await kept("new"), await kept("job-1")], [0, 1, 1]);
    assert.deepEqual(await stored(), was);
  });
});

test("weights and the host are configured", async () => {
  const stack = await Stack.start({ owners: ["alice"], vars: { CDN_HOST: "cdn.example.com", VIDEO_RESOLUTION_WEIGHTS: "HD=3", VIDEO_CODEC_WEIGHTS: "av1=2", EXTENSION_WEIGHTS: "edit=7" } });
  try {
    const events = [
      { idempotency_key: "1", type: "video_processing", resolution: "HD", codec: "av1", seconds: 10 },
      { idempotency_key: "2", type: "extension", name: "edit", operations: 2 },
      { idempotency_key: "3", type: "extension", name: "remove-bg" },
    ];
    assert.equal((await stack.api("/v1/usage/events?owner=alice", { method: "POST", body: JSON.stringify({ events }) })).status, 200);
    const metrics: any = await (await stack.api("/v1/usage/metrics?owner=alice")).json();
    assert.deepEqual([metrics.video_processing.units, metrics.extensions.units], [60, 14 + 130]);
    await counted(stack, { owner: "alice", date: today, image: "p q/dino.jpg", requests: 3, bytes: 30 });
    const usage: any = await (await stack.api(`/v1/accounts/usage-analytics?owner=alice&startDate=${today}&endDate=${today}`)).json();
    assert.deepEqual(usage.topImages.byRequests, [{ name: "https://cdn.example.com/alice/p%20q/dino.jpg", requestCount: 3, bandwidthBytes: 30 }]);
  } finally {
    await stack.close();
  }
});
