// What breaks in analytics never breaks media, and nothing is counted twice. Every test fails if its fault never
// fired. Each has a file of its own, so that none sees another's figures.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { ask, inParallel } from "./client.ts";
import { Stack, ownerId, pause, settle } from "./stack.ts";

const BODY = new Uint8Array(1000).fill(7);
const BATCH = 40;
/** Longer than a flusher may hold a flush, and than one may be late. */
const A_WHILE_MS = 60_000;

const FILES = [
  "refused", "hung", "lost", "orphaned", "asleep", "silent", "r2-reject", "r2-hang", "restarted", "stuck", "unwritten",
  "object-lose-answer", "object-end-before", "object-end-after",
];

let stack: Stack;

before(async () => {
  stack = await Stack.start({
    main: "tests/e2e/faulty.ts",
    media: Object.fromEntries(FILES.map((file) => [`alice/pics/${file}`, { body: BODY }])),
    owners: ["alice"],
    vars: { MEDIA_CACHE_CONTROL: "no-store" },
  });
});
after(() => stack.close());

interface Faults {
  mode: string;
  fired: number;
  asked: number;
  ahead: number;
}

async function faults(set?: Partial<Faults>): Promise<Faults> {
  const init = set ? { method: "POST", body: JSON.stringify(set) } : {};
  return (await stack.api("/__faults", init)).json() as Promise<Faults>;
}

async function untilFired(): Promise<void> {
  await settle(async () => (await faults()).fired > 0);
}

/** Ends the fault, and fails when it never fired. */
async function mend(): Promise<void> {
  const { mode, fired } = await faults();
  assert.ok(fired > 0, `the fault ${mode} never fired`);
  await faults({ mode: "none" });
}

/** Time passes for the worker. */
async function later(milliseconds: number): Promise<void> {
  await faults({ ahead: (await faults()).ahead + milliseconds });
}

async function serve(file: string, count: number): Promise<void> {
  await inParallel(Array.from({ length: count }), 8, async () => {
    const answer = await ask(stack.url, { path: `/alice/pics/${file}` });
    assert.equal(answer.status, 200);
    assert.deepEqual(new Uint8Array(answer.body), BODY);
  });
}

/** What D1 has of a file. */
async function stored(file: string): Promise<{ requests: number; bandwidth_bytes: number }> {
  const [row] = await stack.sql(
    `SELECT coalesce(sum(requests), 0) AS requests, coalesce(sum(bandwidth_bytes), 0) AS bandwidth_bytes
     FROM analytics_daily WHERE owner = ?1 AND image_id = ?2`,
    ownerId("alice"),
    `pics/${file}`,
  );
  return row as { requests: number; bandwidth_bytes: number };
}

/** How many data points there are of a file. */
async function points(file: string): Promise<number> {
  const rows = await stack.points(`SELECT count(*) AS count FROM points WHERE blob2 = 'pics/${file}'`);
  return rows[0]!.count;
}

/** What was recorded of requests for nothing that exists, whoever's they were. */
async function missing(): Promise<{ requests: number; points: number }> {
  const [row] = await stack.sql("SELECT coalesce(sum(requests), 0) AS requests FROM analytics_daily WHERE status_code = 404");
  const [point] = await stack.points("SELECT count(*) AS points FROM points WHERE double3 = 404");
  return { requests: row!.requests, points: point!.points };
}

/** D1 comes to hold what was served: all of it, and, given time to do it again, none of it twice. */
async function counts(file: string, served: number): Promise<void> {
  await settle(async () => (await stored(file)).requests >= served, 60);
  await pause(3_000);
  assert.deepEqual(await stored(file), { requests: served, bandwidth_bytes: served * BODY.length });
}

async function pointsReach(file: string, served: number): Promise<void> {
  await settle(async () => (await points(file)) >= served);
  assert.equal(await points(file), served);
}

test("D1 refuses writes, then recovers", async () => {
  await faults({ mode: "d1-refuse" });
  await serve("refused", BATCH);
  await untilFired();
  assert.equal((await stored("refused")).requests, 0, "nothing is written meanwhile");
  const report = await stack.api("/v1/analytics/overview?owner=alice");
  assert.deepEqual([report.status, ((await report.json()) as any).error.code], [503, "database_unavailable"]);
  await mend();
  await serve("refused", BATCH);
  await counts("refused", 2 * BATCH);
  await pointsReach("refused", 2 * BATCH);
});

test("D1 hangs: even the hits whose owner has to be looked up reach Analytics Engine, and D1 later", async () => {
  await later(A_WHILE_MS);
  await faults({ mode: "d1-hang", ahead: (await faults()).ahead });
  const before = (await missing()).points;
  for (let count = 0; count < 5; count += 1) {
    assert.equal((await ask(stack.url, { path: "/alice/pics/dead-link" })).status, 404);
  }
  await settle(async () => (await missing()).points >= before + 5);
  assert.equal((await missing()).points, before + 5);
  await untilFired();
  assert.ok((await faults()).asked > 0, "an owner was looked up");
  await mend();
  await serve("hung", 1);
  await settle(async () => (await missing()).requests >= 5, 60);
  assert.equal((await missing()).requests, 5);
});

test("D1 hangs: an isolate asks it once, not once a failed request", async () => {
  await later(A_WHILE_MS);
  await faults({ mode: "d1-hang", ahead: (await faults()).ahead });
  const before = (await missing()).points;
  await inParallel([...Array(200).keys()], 40, async (number) => {
    assert.equal((await ask(stack.url, { path: `/owner-${number}/pics/dead-link` })).status, 404);
  });
  await settle(async () => (await missing()).points >= before + 200);
  assert.equal((await missing()).points, before + 200, "all of them are recorded");
  const { asked } = await faults();
  assert.ok(asked >= 1 && asked <= 3, `${asked} questions`);
});

test("a flush that no object takes shows on /healthz, and in D1 for other isolates", async () => {
  const recording = async () => {
    const { status, degraded, recording } = (await (await stack.api("/healthz")).json()) as any;
    return { status, degraded, ...recording };
  };
  await faults({ mode: "object-unreachable", ahead: (await faults()).ahead });
  await serve("stuck", 1);
  await settle(async () => (await faults()).fired >= 3, 60);
  assert.ok((await faults()).fired >= 3);
  const { fired: _, ...before } = await faults();
  await fetch(new URL("/__faults", stack.url), { method: "POST", headers: { host: "0.test" }, body: JSON.stringify({ ...before, ahead: before.ahead + A_WHILE_MS }) });
  const stuck = await recording();
  assert.deepEqual([stuck.status, stuck.degraded.includes("recording")], ["degraded", true]);
  assert.ok(stuck.attempts >= 3 && Date.parse(stuck.stuck_since) > 0, JSON.stringify(stuck));
  const mark = async () => (await stack.sql("SELECT value FROM analytics_meta WHERE key = 'stuck_flush_at'"))[0];
  await serve("stuck", 1);
  await settle(async () => (await mark()) !== undefined, 60);
  assert.ok(Date.parse((await mark())!.value) > 0);
  await later(A_WHILE_MS);
  await serve("stuck", 1);
  await counts("stuck", 3);
  assert.equal((await recording()).stuck_since, null);
});

test("figures that D1 does not take show on /healthz", async () => {
  await stack.sql("DELETE FROM analytics_meta WHERE key = 'stuck_flush_at'");
  await faults({ mode: "d1-refuse-figures", ahead: (await faults()).ahead });
  await serve("unwritten", 1);
  await untilFired();
  const { fired, ahead } = await faults();
  await faults({ mode: "d1-refuse-figures", fired, ahead: ahead + A_WHILE_MS });
  const health = async () => (await (await stack.api("/healthz")).json()) as any;
  await settle(async () => (await health()).degraded.includes("recording"), 60);
  const { degraded, recording } = await health();
  assert.deepEqual([degraded.includes("recording"), recording.stuck_since], [true, null]);
  assert.ok(Date.parse(recording.elsewhere_at) > 0);
  await mend();
  await stack.sql("DELETE FROM analytics_meta WHERE key = 'stuck_flush_at'");
  await serve("unwritten", 1);
  await counts("unwritten", 2);
});

for (const mode of ["object-lose-answer", "object-end-before", "object-end-after"]) {
  test(`${mode}: what was served counts once`, async () => {
    await faults({ mode });
    await serve(mode, BATCH);
    await untilFired();
    await mend();
    await serve(mode, BATCH);
    await counts(mode, 2 * BATCH);
    await pointsReach(mode, 2 * BATCH);
  });
}

test("a batch that is applied and then reported as lost counts once", async () => {
  await faults({ mode: "d1-lose-answer" });
  await serve("lost", BATCH);
  await untilFired();
  await mend();
  await serve("lost", BATCH);
  await counts("lost", 2 * BATCH);
  await pointsReach("lost", 2 * BATCH);
});

test("a batch that is applied while its request dies counts once, and a later request takes over", async () => {
  await faults({ mode: "d1-die-after" });
  await serve("orphaned", BATCH);
  await untilFired();
  await mend();
  await later(A_WHILE_MS);
  await serve("orphaned", BATCH);
  await counts("orphaned", 2 * BATCH);
  await pointsReach("orphaned", 2 * BATCH);
});

test("hits whose flusher dies before its window ends are written by a later one", async () => {
  await faults({ mode: "die" });
  await serve("asleep", 1);
  await mend();
  await pause(5_000);
  assert.equal((await stored("asleep")).requests, 0, "the flusher is dead");
  await later(A_WHILE_MS);
  await serve("asleep", BATCH);
  await counts("asleep", 1 + BATCH);
});

test("Analytics Engine throws: media are served and D1 counts", async () => {
  await faults({ mode: "analytics-throw" });
  await serve("silent", BATCH);
  await mend();
  await counts("silent", BATCH);
  assert.equal(await points("silent"), 0);
});

for (const mode of ["r2-reject", "r2-hang"]) {
  test(`${mode}: a clear 503 that is counted`, async () => {
    const refused = async () =>
      (await stack.sql("SELECT coalesce(sum(requests), 0) AS count FROM analytics_daily WHERE status_code = 503"))[0]!.count;
    const before = await refused();
    await faults({ mode });
    const answer = await ask(stack.url, { path: `/alice/pics/${mode}` });
    assert.equal(answer.status, 503);
    assert.equal(answer.headers["x-pixtally-error"], "storage_unavailable");
    await mend();
    await settle(async () => (await refused()) > before);
    assert.equal(await refused(), before + 1);
    await serve(mode, 1);
  });
}

for (const [mode, why] of [
  ["assets-unbound", "the ASSETS binding is missing"],
  ["assets-throw", "ASSETS failed: .*refused"],
  ["assets-reject", "ASSETS failed: .*Network connection lost"],
] as const) {
  test(`${mode}: pages and the description of the API are a clear 503, and the log says why`, async () => {
    await faults({ mode });
    for (const path of ["/", "/v1/openapi.json"]) {
      const { status, headers, body } = await ask(stack.url, { path });
      const { success, error } = JSON.parse(body.toString());
      assert.deepEqual([status, success, error.code, headers["cache-control"]], [503, false, "assets_unavailable", "no-store"], path);
    }
    await settle(async () => new RegExp(why).test(stack.logs()));
    assert.match(stack.logs(), new RegExp(why));
    await mend();
    assert.equal((await ask(stack.url, { path: "/v1/openapi.json" })).status, 200);
  });
}

test("a restart before figures are written: what was acknowledged is written after it", async () => {
  await faults({ mode: "d1-refuse" });
  await serve("restarted", BATCH);
  await pointsReach("restarted", BATCH);
  await untilFired();
  assert.equal((await stored("restarted")).requests, 0, "nothing is written yet");
  await stack.restart();
  assert.deepEqual([(await faults()).mode, (await faults()).ahead], ["none", 0], "the isolate is a new one");
  await serve("restarted", BATCH);
  await pointsReach("restarted", 2 * BATCH);
  await counts("restarted", 2 * BATCH);
});
