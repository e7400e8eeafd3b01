// The nightly job: whatever became of realtime counting, D1 reports what was served. The ledger is the client's; what is
// reported is read from D1 with SQL of this test's own.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Fault } from "../../dev/cloudflare/faults.ts";
import { seeded } from "../../dev/random.ts";
import { ask, table } from "./client.ts";
import { Load, loadMedia } from "./load.ts";
import { Stack, ownerId, pause, settle, type StackOptions } from "./stack.ts";

const AGGREGATION = "0 2 * * *";
const CLEANUP = "0 1 * * *";
const DAY = 24 * 60 * 60 * 1000;
const REQUESTS = 400;

const today = new Date().toISOString().slice(0, 10);
/** Two in the morning, some nights after today. */
const night = (nights: number) => new Date(Date.parse(today) + nights * DAY + 2 * 60 * 60 * 1000);

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
  const counted = async () => (await stack.points("SELECT count(*) AS count FROM points"))[0]!.count;
  await settle(async () => (await counted()) >= requests);
  assert.equal(await counted(), requests, "every hit reached Analytics Engine");
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
        await faults(stack, "d1-refuse-flushes");
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

test("the zone fills what realtime and the engine lack, and says that it is an estimate", async (t) => {
  const zone = { CLOUDFLARE_ZONE_ID: (await import("../../dev/local.ts")).CLOUDFLARE.CLOUDFLARE_ZONE_ID, CDN_HOST: "0.test" };
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
    { fault: { kind: "401", api: "sql" }, says: /engine: .*refused the API token \(HTTP 401\)/, rebuilt: false },
    { fault: { kind: "403", api: "sql" }, says: /engine: .*refused the API token \(HTTP 403\)/, rebuilt: false },
    { fault: { kind: "errors", api: "graphql", message: "no such node" }, says: /control total: .*no such node/, rebuilt: true },
    { fault: { kind: "401", api: "graphql" }, says: /control total: .*refused the API token/, rebuilt: true },
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

describe("administrators", () => {
  test("rebuild and purge days, and see how far it is", async (t) => {
    const stack = await started();
    t.after(() => stack.close());
    const yesterday = new Date(Date.parse(today) - DAY).toISOString().slice(0, 10);
    const old = new Date(Date.parse(today) - 100 * DAY).toISOString().slice(0, 10);
    const blobs = [yesterday, "pics/dino.jpg", "original", "DE", "hit"];
    const point = { timestamp: `${yesterday}T12:00:00Z`, index: ownerId("alice"), blobs, doubles: [20_000, 20_000, 200] };
    await stack.cloudflare("loadPoints", { dataset: "pixtally_hits", points: [point, point, point] });
    await stack.sql("INSERT INTO analytics_daily VALUES (?1, ?2, 0, 'pics/old.jpg', 'original', 'DE', 200, 5, 50, 1, 2, 60)", ownerId("bob"), old);

    const post = (path: string, body?: unknown) => stack.api(path, { method: "POST", body: body === undefined ? undefined : JSON.stringify(body) });
    const done = async (id: number) => {
      const run = async () => (await (await stack.api(`/v1/admin/runs/${id}`)).json()) as any;
      await settle(async () => !["queued", "running"].includes((await run()).state));
      return run();
    };
    const accepted = await post("/v1/admin/aggregate", { date: yesterday });
    assert.equal(accepted.status, 202);
    const queued = (await accepted.json()) as any;
    assert.deepEqual([queued.date, queued.state], [yesterday, "queued"]);
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
      [{ day: yesterday }, 400, "body_malformed"],
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
    assert.deepEqual(status.days.map((day: any) => [day.date, day.source]).slice(1), [[yesterday, "engine"], [today, "realtime"]]);
    assert.equal(status.runs.length, 2);
    const own = (await (await stack.api("/v1/analytics/status?days=3", { headers: asReader })).json()) as any;
    assert.deepEqual([own.runs, own.days[1].source], [undefined, "engine"]);
  });

  test("the purge trigger keeps what is within the retention, and days that may still change", async (t) => {
    const stack = await started({ vars: { ANALYTICS_RETENTION_DAYS: "2" } });
    t.after(() => stack.close());
    const daysAgo = (days: number) => new Date(Date.parse(today) - days * DAY).toISOString().slice(0, 10);
    for (const days of [0, 1, 2, 3, 4, 5, 40]) {
      await stack.sql("INSERT INTO analytics_daily VALUES (?1, ?2, 0, 'a/b', 'original', 'DE', 200, 1, 10, 0, 0, 0)", ownerId("alice"), daysAgo(days));
    }
    await stack.scheduled(CLEANUP);
    const left = await stack.sql("SELECT date FROM analytics_daily ORDER BY date DESC");
    assert.deepEqual(left.map((row) => row.date), [0, 1, 2, 3].map(daysAgo));
    const months = await stack.sql("SELECT sum(frozen_requests) AS frozen, sum(requests) AS requests FROM analytics_monthly");
    assert.equal(months[0]!.frozen, 3);
    await stack.scheduled(CLEANUP);
    assert.deepEqual(await stack.sql("SELECT sum(frozen_requests) AS frozen, sum(requests) AS requests FROM analytics_monthly"), months);
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
    assert.deepEqual([(await health()).status, (await health()).nightly.overdue], ["ok", false]);
    const old = new Date(Date.parse(today) - 3 * DAY).toISOString().slice(0, 10);
    await stack.sql("INSERT INTO analytics_daily VALUES (?1, ?2, 0, 'a/b', 'original', 'DE', 200, 1, 10, 0, 0, 0)", ownerId("alice"), old);
    assert.deepEqual([(await health()).status, (await health()).nightly.overdue], ["degraded", true]);
    await stack.scheduled(CLEANUP);
    await stack.scheduled(AGGREGATION);
    assert.deepEqual([(await health()).status, (await health()).nightly.overdue], ["ok", false]);
  });
});
