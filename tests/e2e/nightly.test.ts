// The nightly job: whatever became of realtime counting, D1 reports what was served. The ledger is the client's; what is
// reported is read from D1 with SQL of this test's own.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Fault } from "../../dev/cloudflare/faults.ts";
import { CLOUDFLARE } from "../../dev/local.ts";
import { seeded } from "../../dev/random.ts";
import { ask, table } from "./client.ts";
import { counted } from "./counted.ts";
import { Load, loadMedia } from "./load.ts";
import { Stack, ownerId, pause, settle, type StackOptions } from "./stack.ts";

const AGGREGATION = "0 2 * * *";
const CLEANUP = "0 1 * * *";
const DAY = 24 * 60 * 60 * 1000;
const REQUESTS = 400;

const today = new Date().toISOString().slice(0, 10);
const daysAgo = (days: number) => new Date(Date.parse(today) - days * DAY).toISOString().slice(0, 10);
/** Two in the morning of today, or some nights later. Yesterday is over then, whatever time it is now. */
const night = (nights: number) => new Date(Date.parse(today) + nights * DAY + 2 * 60 * 60 * 1000);

/** The text columns of a hit on the same image, as the worker writes them. */
const blobs = (date: string) => [
  date, "pics/dino.jpg", "original", "DE", "hit", "image/jpeg", "Desktop - Mac", "Safari", "macOS", "human", "N/A", "", "", "", "", "", "(none)",
];

/** The rows that are reported of a day: those of the chosen run, else realtime's. */
const REPORTED = `
  SELECT rows.owner || '|' || image_id || '|' || variant || '|' || country || '|' || status_code AS key,
         requests, bandwidth_bytes
  FROM analytics_daily AS rows
  WHERE run = coalesce((SELECT run FROM analytics_days AS days WHERE days.owner = rows.owner AND days.date = rows.date), 0)`;

async function started(options: StackOptions = {}): Promise<Stack> {
  return Stack.start({ media: loadMedia(), owners: ["alice", "bob", "carol"], ...options });
}

const faults = (stack: Stack, mode: string) =>
  fetch(new URL("/__faults", stack.url), { method: "POST", headers: { host: "0.test" }, body: JSON.stringify({ mode }) });

async function arrived(stack: Stack, requests: number): Promise<void> {
  const written = async () => (await stack.points("SELECT count(*) AS count FROM points"))[0]!.count;
  await settle(async () => (await written()) >= requests);
  assert.equal(await written(), requests, "every hit reached Analytics Engine");
}

const realtime = async (stack: Stack) =>
  (await stack.sql("SELECT coalesce(sum(requests), 0) AS sum FROM analytics_daily WHERE run = 0"))[0]!.sum as number;

/** Everything that counts, in D1. */
async function counters(stack: Stack) {
  const dump = (name: string) => stack.sql(`SELECT * FROM ${name} ORDER BY 1, 2, 3, 4, 5, 6, 7`);
  return { daily: await dump("analytics_daily"), days: await dump("analytics_days"), months: await stack.sql("SELECT * FROM analytics_monthly ORDER BY 1, 2") };
}

const lastRun = async (stack: Stack) => (await stack.sql("SELECT * FROM aggregation_runs WHERE kind = 'aggregate' ORDER BY id DESC LIMIT 1"))[0]!;

describe("a night after a day of traffic", () => {
  const cases: { name: string; source: string; options: StackOptions; lost?: boolean }[] = [
    { name: "realtime on", source: "realtime", options: {} },
    { name: "realtime off", source: "engine", options: { vars: { ANALYTICS_REALTIME_ENABLED: "false" } } },
    { name: "realtime cut off half-way", source: "engine", options: { main: "tests/e2e/faulty.ts" }, lost: true },
  ];
  for (const { name, source, options, lost } of cases) {
    test(`${name}: what is reported is what was served, and reruns write nothing`, async (t) => {
      const stack = await started(options);
      t.after(() => stack.close());
      const load = new Load(seeded(7));
      await load.everyFile(stack.url);
      await load.send(stack.url, REQUESTS);
      if (source === "realtime" || lost) {
        await settle(async () => (await realtime(stack)) >= load.ledger.requests);
        assert.equal(await realtime(stack), load.ledger.requests);
      }
      if (lost) {
        await faults(stack, "d1-refuse-figures");
        await load.send(stack.url, REQUESTS);
      }
      await arrived(stack, load.ledger.requests);
      if (source === "engine") assert.ok((await realtime(stack)) < load.ledger.requests, "realtime has less");

      await stack.scheduled(AGGREGATION, night(1));
      assert.deepEqual(table(await stack.sql(REPORTED)), load.ledger.table());
      const sources = await stack.sql("SELECT DISTINCT source FROM analytics_days");
      assert.deepEqual(sources, [{ source }]);
      const months = await stack.sql("SELECT sum(requests) AS requests, sum(bandwidth_bytes) AS bytes FROM analytics_monthly");
      assert.deepEqual(months, [{ requests: load.ledger.requests, bytes: load.ledger.bandwidth_bytes }]);
      const run = await lastRun(stack);
      assert.deepEqual(
        [run.state, run.date, run.batch_requests, run.control_requests, run.drift, run.error],
        ["done", today, load.ledger.requests, load.ledger.requests, 0, null],
      );
      assert.deepEqual(await stack.sql("SELECT * FROM aggregation_staged"), []);

      const overview = (await (await stack.api("/v1/analytics/overview?owner=*&days=1")).json()) as any;
      assert.deepEqual([overview.totals.requests, overview.totals.bandwidth_bytes], [load.ledger.requests, load.ledger.bandwidth_bytes]);
      assert.deepEqual([overview.daily[0].source, overview.daily[0].estimated], [source, false]);
      assert.equal(overview.freshness.last_aggregation_date, today);

      const before = await counters(stack);
      for (const nights of [2, 1, 3]) await stack.scheduled(AGGREGATION, night(nights));
      assert.deepEqual(await counters(stack), before);
    });
  }

  test("a flush that comes in late is reported after the second night", async (t) => {
    const stack = await started();
    t.after(() => stack.close());
    const load = new Load(seeded(8));
    await load.everyFile(stack.url);
    await settle(async () => (await realtime(stack)) >= load.ledger.requests);
    await stack.scheduled(AGGREGATION, night(1));
    await load.send(stack.url, 50);
    await settle(async () => (await realtime(stack)) >= load.ledger.requests);
    await arrived(stack, load.ledger.requests);
    await stack.scheduled(AGGREGATION, night(2));
    assert.deepEqual(table(await stack.sql(REPORTED)), load.ledger.table());
    const months = await stack.sql("SELECT sum(requests) AS requests FROM analytics_monthly");
    assert.deepEqual(months, [{ requests: load.ledger.requests }]);
  });
});

test("a zone whose plan lacks fields, pages and days is read nevertheless, once", async (t) => {
  const zone = { CLOUDFLARE_ZONE_ID: CLOUDFLARE.CLOUDFLARE_ZONE_ID, CDN_HOST: "0.test", ANALYTICS_BATCH_SOURCE: "zone" };
  const stack = await started({ vars: { ANALYTICS_REALTIME_ENABLED: "false", ...zone } });
  t.after(() => stack.close());
  // Pages and spans of time that the day does not fit into, either.
  await stack.cloudflare("settings", { missingFields: ["clientCountryName", "sampleInterval"], httpRequestsAdaptiveGroups: { maxPageSize: 2, maxDuration: 6 * 3_600 } });
  const request = (path: string, hour: number, status = 200) => ({
    datetime: `${daysAgo(1)}T${String(hour).padStart(2, "0")}:30:00Z`,
    clientRequestHTTPHost: "0.test",
    clientRequestPath: path,
    clientCountryName: "DE",
    edgeResponseStatus: status,
    edgeResponseBytes: 700,
  });
  const requests = [0, 5, 6, 12, 23].flatMap((hour) => [
    ...["a", "b", "c", "d", "e"].map((image) => request(`/alice/pics/${image}.jpg`, hour)),
    request("/alice/pics/a.jpg", hour, 304),
    request("/alice/pics/none.jpg", hour, 404),
    request("/bob/docs/x.txt/original", hour),
    request("/bob/docs/x.txt", hour),
  ]);
  await stack.cloudflare("loadRequests", { requests });
  await stack.scheduled(AGGREGATION, night(0));
  const run = await lastRun(stack);
  assert.deepEqual([run.state, run.error, run.source], ["done", null, "zone"]);
  const rows = ["a", "b", "c", "d", "e"].map((image) => [`${ownerId("alice")}|pics/${image}.jpg|original|XX|200`, "5/3500"]);
  rows.push([`${ownerId("alice")}|pics/a.jpg|original|XX|304`, "5/3500"], [`${ownerId("alice")}|(missing)|(none)|XX|404`, "5/3500"]);
  rows.push([`${ownerId("bob")}|docs/x.txt|original|XX|200`, "10/7000"]);
  assert.deepEqual(table(await stack.sql(REPORTED)), Object.fromEntries(rows.sort(([one], [other]) => (one! < other! ? -1 : 1))));
});

test("the zone fills what realtime and the engine lack, and says that it is an estimate", async (t) => {
  const zone = { CLOUDFLARE_ZONE_ID: CLOUDFLARE.CLOUDFLARE_ZONE_ID, CDN_HOST: "0.test" };
  const stack = await started({ vars: { ANALYTICS_REALTIME_ENABLED: "false", ...zone } });
  t.after(() => stack.close());
  const asked: [path: string, country: string, times: number][] = [
    ["/alice/pics/dino.jpg", "DE", 3],
    ["/alice/pics/dino.jpg/original", "DE", 2],
    ["/alice/pics/dino.jpg/w512", "IN", 4],
    ["/alice/pics/nothing.jpg", "IN", 2],
    ["/bob/clips/waves.mp4", "US", 1],
    ["/stranger/a/b.jpg", "US", 5],
    ["/v1/openapi.json", "US", 1],
    // Refused, and filed under the owner that its path begins with, as in realtime.
    ["/bob/clips/waves.mp4/extra/part", "US", 1],
  ];
  /** Bytes as the edge counts them: the body and what the stand-in says headers take. */
  const HEADERS = 400;
  const expected = new Map<string, { requests: number; bytes: number }>();
  for (const [path, country, times] of asked) {
    for (let time = 0; time < times; time += 1) {
      const answer = await ask(stack.url, { path, headers: { "cf-ipcountry": country } });
      const [, owner, album, file, variant] = path.split("/");
      if (owner === "v1" || owner === "stranger") continue;
      const what = answer.status === 200 ? `${album}/${file}|${variant ?? "original"}` : "(missing)|(none)";
      const key = `${ownerId(owner!)}|${what}|${country}|${answer.status}`;
      const row = expected.get(key) ?? { requests: 0, bytes: 0 };
      row.requests += 1;
      row.bytes += answer.body.length + HEADERS;
      expected.set(key, row);
    }
  }
  await pause(1_000);
  // Analytics Engine has lost it all.
  await stack.points("DELETE FROM points");
  await stack.scheduled(AGGREGATION, night(1));
  const rows = Object.fromEntries([...expected].sort(([one], [other]) => (one < other ? -1 : 1)).map(([key, row]) => [key, `${row.requests}/${row.bytes}`]));
  assert.deepEqual(table(await stack.sql(REPORTED)), rows);
  assert.deepEqual(await stack.sql("SELECT DISTINCT source, estimated FROM analytics_days"), [{ source: "zone", estimated: 1 }]);
  const overview = (await (await stack.api("/v1/analytics/overview?owner=alice&days=1")).json()) as any;
  assert.deepEqual([overview.daily[0].source, overview.daily[0].estimated], ["zone", true]);
  const before = await counters(stack);
  await stack.scheduled(AGGREGATION, night(2));
  assert.deepEqual(await counters(stack), before);
});

describe("what Cloudflare's APIs may answer", () => {
  /** What the run says, and whether the day is rebuilt in the same night. */
  const cases: { fault: Fault; says: RegExp | null; rebuilt: boolean }[] = [
    { fault: { kind: "500", api: "sql", times: 1 }, says: null, rebuilt: true },
    { fault: { kind: "429", api: "sql", times: 1, retryAfter: 1 }, says: null, rebuilt: true },
    { fault: { kind: "truncated", api: "sql", times: 1 }, says: null, rebuilt: true },
    { fault: { kind: "html", api: "sql", times: 1 }, says: null, rebuilt: true },
    { fault: { kind: "401", api: "sql" }, says: /engine: .*refused access with this API token \(HTTP 401\)/, rebuilt: false },
    { fault: { kind: "403", api: "sql" }, says: /engine: .*refused access with this API token \(HTTP 403\)/, rebuilt: false },
    { fault: { kind: "errors", api: "graphql", message: "no such node" }, says: /control total: .*no such node/, rebuilt: true },
    { fault: { kind: "401", api: "graphql" }, says: /control total: .*refused access with this API token/, rebuilt: true },
  ];
  test("is survived, recorded, and made up for", async (t) => {
    const stack = await started({ vars: { ANALYTICS_REALTIME_ENABLED: "false" } });
    t.after(() => stack.close());
    const load = new Load(seeded(9));
    await load.everyFile(stack.url);
    await arrived(stack, load.ledger.requests);
    for (const { fault, says, rebuilt } of cases) {
      await stack.sql("DELETE FROM analytics_days");
      await stack.sql("DELETE FROM analytics_daily");
      await stack.sql("DELETE FROM aggregation_runs");
      await stack.cloudflare("clearFaults");
      await stack.cloudflare("fault", fault);
      await stack.scheduled(AGGREGATION, night(1));
      const [active] = await stack.cloudflare("faults");
      assert.ok(active!.fired > 0, `${fault.kind} came about`);
      const run = await lastRun(stack);
      const shown = `${JSON.stringify(fault)}: ${run.state}, ${run.error}`;
      assert.equal(run.state, rebuilt ? "done" : "failed", shown);
      if (says) assert.match(run.error, says, shown);
      else assert.equal(run.error, null, shown);
      assert.equal((await stack.sql(REPORTED)).length > 0, rebuilt, shown);
      await stack.cloudflare("clearFaults");
      await stack.scheduled(AGGREGATION, night(2));
      assert.deepEqual(table(await stack.sql(REPORTED)), load.ledger.table(), `${shown}: the next night makes up for it`);
    }
    assert.doesNotMatch(stack.logs(), /dev-cloudflare-api-token/, "the token is never logged");
  });

  test("no answer, half an answer and a redirect are given up in time, and the token goes nowhere else", async (t) => {
    const stack = await started({ vars: { ANALYTICS_REALTIME_ENABLED: "false" } });
    t.after(() => stack.close());
    const load = new Load(seeded(11));
    await load.everyFile(stack.url);
    await arrived(stack, load.ledger.requests);
    for (const kind of ["redirect", "hang", "stall"] as const) await stack.cloudflare("fault", { kind, api: "sql", times: 1 });
    await stack.scheduled(AGGREGATION, night(1));
    assert.deepEqual((await stack.cloudflare("faults")).map(({ fired }) => fired), [1, 1, 1]);
    assert.deepEqual(table(await stack.sql(REPORTED)), load.ledger.table());
    const asked = await stack.cloudflare("log");
    assert.deepEqual([...new Set(asked.map(({ protocol, host, token }) => `${protocol} ${host} ${token}`))], ["https: api.cloudflare.com right"]);
  });

  test("a 429 that does not say for how long is waited out, beyond the call that met it", async (t) => {
    const stack = await started({ vars: { ANALYTICS_REALTIME_ENABLED: "false" } });
    t.after(() => stack.close());
    await stack.cloudflare("fault", { kind: "429", api: "sql" });
    const answer = await stack.api("/v1/admin/aggregate", { method: "POST", body: JSON.stringify({ date: daysAgo(2) }) });
    const { id } = (await answer.json()) as any;
    const run = async () => (await (await stack.api(`/v1/admin/runs/${id}`, { method: "POST" })).json()) as any;
    await settle(async () => (await run()).resume_after !== null);
    const { state, resume_after, error } = await run();
    assert.equal(state, "running");
    assert.match(error, /rate limit/);
    const minutes = (Date.parse(resume_after) - Date.now()) / 60_000;
    assert.ok(minutes > 4 && minutes <= 5.1, resume_after);
  });

  test("no rows yet, no credentials, and a source that lags, change nothing for the worse", async (t) => {
    const stack = await started({ vars: { ANALYTICS_REALTIME_ENABLED: "false" } });
    t.after(() => stack.close());
    const load = new Load(seeded(12));
    await load.everyFile(stack.url);
    await arrived(stack, load.ledger.requests);
    await stack.cloudflare("fault", { kind: "untyped", api: "sql" });
    await stack.scheduled(AGGREGATION, night(1));
    assert.deepEqual([(await lastRun(stack)).state, (await stack.sql(REPORTED)).length], ["done", 0]);
    await stack.cloudflare("clearFaults");
    await stack.cloudflare("settings", { lag: 3_600 });
    await stack.scheduled(AGGREGATION, night(2));
    assert.deepEqual([(await lastRun(stack)).state, (await stack.sql(REPORTED)).length], ["done", 0]);
    await stack.cloudflare("settings", { lag: 0 });
    await stack.scheduled(AGGREGATION, night(3));
    assert.deepEqual(table(await stack.sql(REPORTED)), load.ledger.table());
  });

  test("without credentials a day is closed from realtime, and the run says so", async (t) => {
    const stack = await started({ vars: { CLOUDFLARE_ACCOUNT_ID: undefined, CLOUDFLARE_API_TOKEN: undefined } });
    t.after(() => stack.close());
    const load = new Load(seeded(13));
    await load.everyFile(stack.url);
    await settle(async () => (await realtime(stack)) >= load.ledger.requests);
    await stack.scheduled(AGGREGATION, night(1));
    const run = await lastRun(stack);
    assert.deepEqual([run.state, run.source, run.realtime_requests], ["done", null, load.ledger.requests]);
    assert.match(run.outcome, /real-time counts only: CLOUDFLARE_ACCOUNT_ID and CLOUDFLARE_API_TOKEN/);
    assert.deepEqual(table(await stack.sql(REPORTED)), load.ledger.table());
    assert.deepEqual(await stack.cloudflare("log"), [], "nothing is asked");
  });

  test("a data set that does not exist is named, and so is what is set wrongly", async (t) => {
    const stack = await started({ vars: { ANALYTICS_DATASET: "hits_of_another" } });
    t.after(() => stack.close());
    const point = { timestamp: `${today}T00:00:00Z`, index: ownerId("alice"), blobs: [today], doubles: [1] };
    await stack.cloudflare("loadPoints", { dataset: "pixtally_hits", points: [point] });
    await stack.scheduled(AGGREGATION, night(1));
    const run = await lastRun(stack);
    assert.equal(run.state, "failed");
    for (const part of ["hits_of_another", "pixtally_hits", "ANALYTICS_DATASET"]) assert.ok(run.error.includes(part), run.error);
  });

  test("a rate limit that outlasts the run is waited for by the next one", async (t) => {
    const stack = await started({ vars: { ANALYTICS_REALTIME_ENABLED: "false" } });
    t.after(() => stack.close());
    const load = new Load(seeded(10));
    await load.everyFile(stack.url);
    await arrived(stack, load.ledger.requests);
    await stack.cloudflare("fault", { kind: "429", api: "sql", retryAfter: 3_600 });
    await stack.scheduled(AGGREGATION, night(1));
    const run = await lastRun(stack);
    assert.equal(run.state, "running");
    assert.match(run.error, /rate limit .*3600 s/);
    assert.ok(Date.parse(run.resume_after) > Date.now() + 3_000_000);
    await stack.cloudflare("clearFaults");
    await stack.sql("UPDATE aggregation_runs SET resume_after = NULL");
    await stack.scheduled(AGGREGATION, night(2));
    assert.deepEqual(table(await stack.sql(REPORTED)), load.ledger.table());
  });
});

describe("sampling", () => {
  test("is said where realtime has nothing, and leaves realtime alone where it has as much", async (t) => {
    const stack = await started();
    t.after(() => stack.close());
    const [exact, sampled] = [daysAgo(2), daysAgo(1)];
    const point = (date: string) => ({ timestamp: `${date}T12:00:00Z`, sampleInterval: 10, index: ownerId("alice"), blobs: blobs(date), doubles: [100, 100, 200] });
    const points = Array.from({ length: 40 }, () => [point(exact), point(sampled)]).flat();
    await stack.cloudflare("loadPoints", { dataset: "pixtally_hits", points });
    await counted(stack, { owner: "alice", date: exact, requests: 390, bytes: 39_000, hits: 1, misses: 2, source: 60 });
    await stack.scheduled(AGGREGATION, night(0));
    const days = await stack.sql("SELECT date, source, estimated, error, requests, bandwidth_bytes FROM analytics_days ORDER BY date");
    // Forty points that stand for ten each: a variance of 40 * 10 * 9, of whose root three are stated.
    assert.deepEqual(days, [
      { date: exact, source: "realtime", estimated: 0, error: 0, requests: 390, bandwidth_bytes: 39_000 },
      { date: sampled, source: "engine", estimated: 1, error: 180, requests: 400, bandwidth_bytes: 40_000 },
    ]);
    const status = (await (await stack.api("/v1/analytics/status?days=3&owner=alice")).json()) as any;
    assert.deepEqual(status.days.map((day: any) => [day.estimated, day.error]), [[false, 0], [true, 180], [false, 0]]);
    assert.ok(status.messages.some((message: string) => message.includes("estimated")), status.messages.join("; "));
  });
});

describe("sampling by the query", () => {
  test("owners are read in parts, and an estimate is only who is too large alone", async (t) => {
    const stack = await started();
    t.after(() => stack.close());
    const date = daysAgo(1);
    const point = (owner: string) => ({ timestamp: `${date}T12:00:00Z`, index: ownerId(owner), blobs: blobs(date), doubles: [100, 100, 200] });
    const points = Object.entries({ alice: 900, bob: 60, carol: 3 }).flatMap(([owner, hits]) => Array.from({ length: hits }, () => point(owner)));
    await stack.cloudflare("loadPoints", { dataset: "pixtally_hits", points });
    await stack.cloudflare("settings", { sampling: { at: "read", rows: 100, seed: 11 } });
    await counted(stack, { owner: "bob", date, requests: 59, bytes: 5_900, hits: 1, misses: 2, source: 60 });
    await stack.scheduled(AGGREGATION, night(0));
    const days = await stack.sql("SELECT owner, source, estimated, error, requests FROM analytics_days");
    const day = (owner: string) => days.find((it) => it.owner === ownerId(owner))!;
    assert.deepEqual(day("bob"), { owner: ownerId("bob"), source: "engine", estimated: 0, error: 0, requests: 60 });
    assert.deepEqual(day("carol"), { owner: ownerId("carol"), source: "engine", estimated: 0, error: 0, requests: 3 });
    const { requests, error, estimated } = day("alice");
    assert.deepEqual([estimated, error], [1, Math.ceil(3 * Math.sqrt(requests * 9))]);
    assert.ok(Math.abs(requests - 900) <= error, `900 are estimated as ${requests}`);
    const rows = await stack.sql("SELECT sum(requests) AS requests FROM analytics_daily WHERE owner = ?1 AND run > 0", ownerId("alice"));
    assert.deepEqual(rows, [{ requests }]);
    const [run] = await stack.sql("SELECT state, restored, error FROM aggregation_runs WHERE date = ?1", date);
    assert.deepEqual(run, { state: "done", restored: 1, error: null });
  });
});

describe("administrators", () => {
  test("rebuild and purge days, and see how far it is", async (t) => {
    const stack = await started();
    t.after(() => stack.close());
    const [rebuilt, old] = [daysAgo(2), daysAgo(100)];
    const point = { timestamp: `${rebuilt}T12:00:00Z`, index: ownerId("alice"), blobs: blobs(rebuilt), doubles: [20_000, 20_000, 200] };
    await stack.cloudflare("loadPoints", { dataset: "pixtally_hits", points: [point, point, point] });
    await counted(stack, { owner: "bob", date: old, image: "pics/old.jpg", requests: 5, bytes: 50, hits: 1, misses: 2, source: 60 });

    const post = (path: string, body?: unknown) => stack.api(path, { method: "POST", body: body === undefined ? undefined : JSON.stringify(body) });
    const done = async (id: number) => {
      const run = async () => (await (await stack.api(`/v1/admin/runs/${id}`, { method: "POST" })).json()) as any;
      await settle(async () => !["queued", "running"].includes((await run()).state));
      return run();
    };
    const accepted = await post("/v1/admin/aggregate", { date: rebuilt });
    assert.equal(accepted.status, 202);
    const queued = (await accepted.json()) as any;
    assert.deepEqual([queued.date, queued.state], [rebuilt, "queued"]);
    const run = await done(queued.id);
    assert.deepEqual([run.state, run.source, run.rows, run.batch_requests, run.owners_changed], ["done", "engine", 1, 3, 1]);

    const purge = await done(((await (await post("/v1/admin/purge")).json()) as any).id);
    assert.deepEqual([purge.kind, purge.state, purge.rows], ["purge", "done", 1]);
    assert.deepEqual(await stack.sql("SELECT * FROM analytics_daily WHERE date = ?1", old), []);
    const kept = await stack.sql("SELECT year_month, requests, bandwidth_bytes FROM analytics_monthly WHERE owner = ?1", ownerId("bob"));
    assert.deepEqual(kept, [{ year_month: old.slice(0, 7), requests: 5, bandwidth_bytes: 50 }]);

    for (const [body, status, code] of [
      [{ date: today }, 400, "date_not_over"],
      [{ date: "2026-13-01" }, 400, "date_malformed"],
      [{ date: old }, 400, "date_too_old"],
      [{ day: rebuilt }, 400, "body_malformed"],
    ] as const) {
      const refused = await post("/v1/admin/aggregate", body);
      assert.deepEqual([refused.status, ((await refused.json()) as any).error.code], [status, code]);
    }
    assert.equal((await stack.api("/v1/admin/runs/999")).status, 404);
    assert.equal((await stack.api("/v1/admin/runs/x")).status, 404);
    const reader = (await (await post("/v1/tokens", { owner: "alice", scopes: ["read"] })).json()) as any;
    const asReader = { authorization: `Bearer ${reader.token}` };
    for (const path of ["/v1/admin/aggregate", "/v1/admin/purge"]) {
      assert.equal((await stack.api(path, { method: "POST", headers: asReader, body: "{}" })).status, 403);
    }

    const status = (await (await stack.api("/v1/analytics/status?days=3")).json()) as any;
    assert.deepEqual(status.days.map((day: any) => [day.date, day.source]), [[rebuilt, "engine"], [daysAgo(1), "realtime"], [today, "realtime"]]);
    assert.equal(status.runs.length, 2);
    const own = (await (await stack.api("/v1/analytics/status?days=3", { headers: asReader })).json()) as any;
    assert.deepEqual([own.runs, own.days[0].source], [undefined, "engine"]);
  });

  test("the purge trigger keeps what is within the retention, and days that may still change", async (t) => {
    const stack = await started({ vars: { ANALYTICS_RETENTION_DAYS: "2" } });
    t.after(() => stack.close());
    for (const days of [0, 1, 2, 3, 4, 5, 40]) {
      await counted(stack, { owner: "alice", date: daysAgo(days), requests: 1, bytes: 10 });
    }
    await stack.scheduled(CLEANUP);
    const left = await stack.sql("SELECT date FROM analytics_daily ORDER BY date DESC");
    assert.deepEqual(left.map((row) => row.date), [0, 1, 2, 3].map(daysAgo));
    const months = await stack.sql("SELECT sum(frozen_requests) AS frozen, sum(requests) AS requests FROM analytics_monthly");
    assert.equal(months[0]!.frozen, 3);
    await stack.scheduled(CLEANUP);
    assert.deepEqual(await stack.sql("SELECT sum(frozen_requests) AS frozen, sum(requests) AS requests FROM analytics_monthly"), months);
  });

  test("a run that another version has left half-way counts nothing twice", async (t) => {
    const stack = await started({ vars: { ANALYTICS_REALTIME_ENABLED: "false" } });
    t.after(() => stack.close());
    const point = { timestamp: `${daysAgo(2)}T12:00:00Z`, index: ownerId("alice"), blobs: blobs(daysAgo(2)), doubles: [100, 100, 200] };
    await stack.cloudflare("loadPoints", { dataset: "pixtally_hits", points: [point, point] });
    await stack.sql(
      `INSERT INTO aggregation_runs (kind, date, origin, state, step, progress, created_at, updated_at, attempts, busy_ms, rows, owners_changed, sampled, whole, final)
       VALUES ('aggregate', ?1, 'cron', 'running', 4, '{"phase":{"later":{}}}', '2026-01-01T00:00:00Z', '2026-01-01T00:00:00Z', 0, 0, 1, 1, 0, 0, 0)`,
      daysAgo(2),
    );
    await stack.sql("INSERT INTO aggregation_staged VALUES (1, ?1, NULL, 1, 'engine', 2, 0, 0, 1, 0, 0)", ownerId("alice"));
    await stack.sql("INSERT INTO analytics_daily VALUES (?1, ?2, 1, 'pics/dino.jpg', 'original', 'DE', 200, 2, 200, 2, 0, 200, 'image', '', 0)", ownerId("alice"), daysAgo(2));
    for (const nights of [0, 1]) await stack.scheduled(AGGREGATION, night(nights));
    const runs = await stack.sql("SELECT state FROM aggregation_runs WHERE date = ?1 ORDER BY id", daysAgo(2));
    assert.deepEqual(runs.map((run) => run.state), ["failed", "done"]);
    assert.deepEqual(table(await stack.sql(REPORTED)), { [`${ownerId("alice")}|pics/dino.jpg|original|DE|200`]: "2/200" });
  });

  test("a trigger that nobody knows is recorded", async (t) => {
    const stack = await started();
    t.after(() => stack.close());
    await stack.scheduled("5 5 * * *");
    const [run] = await stack.sql("SELECT kind, state, error FROM aggregation_runs");
    assert.deepEqual([run!.kind, run!.state], ["unknown", "failed"]);
    assert.match(run!.error, /"5 5 \* \* \*" is neither/);
  });

  test("triggers that do not come are reported", async (t) => {
    const stack = await started();
    t.after(() => stack.close());
    const health = async () => (await (await stack.api("/healthz")).json()) as any;
    /** What is true for some seconds after it was looked at. */
    const becomes = async (status: string, overdue: boolean) => {
      await settle(async () => (await health()).nightly.overdue === overdue);
      const { status: now, nightly } = await health();
      assert.deepEqual([now, nightly.overdue], [status, overdue]);
    };
    await becomes("ok", false);
    await counted(stack, { owner: "alice", date: daysAgo(3), requests: 1, bytes: 10 });
    await becomes("degraded", true);
    await stack.scheduled(CLEANUP);
    await stack.scheduled(AGGREGATION, night(0));
    await becomes("ok", false);
  });
});
