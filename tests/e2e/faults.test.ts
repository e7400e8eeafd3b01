// What breaks in analytics never breaks media, and nothing is counted twice. Every test fails if its fault never
// fired.

import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { ask, inParallel } from "./client.ts";
import { Stack, ownerId, pause, settle } from "./stack.ts";

const DINO = new Uint8Array(1000).fill(7);
const BATCH = 40;
/** Longer than a flusher may hold a flush, and than one may be late. */
const A_WHILE_MS = 60_000;

let stack: Stack;
/** Requests that were answered with the whole file. */
let served = 0;

before(async () => {
  stack = await Stack.start({
    main: "tests/e2e/faulty.ts",
    media: { "alice/pics/dino.jpg": { body: DINO }, "alice/pics/cold.jpg": { body: DINO } },
    owners: ["alice"],
    vars: { MEDIA_CACHE_CONTROL: "no-store" },
  });
});
after(() => stack.close());

interface Faults {
  mode: string;
  fired: number;
  ahead: number;
}

async function faults(set?: Partial<Faults>): Promise<Faults> {
  const init = set ? { method: "POST", body: JSON.stringify(set) } : {};
  return (await stack.api("/__faults", init)).json() as Promise<Faults>;
}

/** Ends the fault, and fails when it never fired. */
async function mend(): Promise<void> {
  const { mode, fired } = await faults();
  assert.ok(fired > 0, `the fault ${mode} never fired`);
  await faults({ mode: "none" });
}

/** Time passes for the worker. */
async function later(milliseconds: number): Promise<void> {
  const { ahead, mode, fired } = await faults();
  await faults({ mode, fired, ahead: ahead + milliseconds });
}

async function serve(count: number): Promise<void> {
  await inParallel(Array.from({ length: count }), 8, async () => {
    const answer = await ask(stack.url, { path: "/alice/pics/dino.jpg" });
    assert.equal(answer.status, 200);
    assert.deepEqual(new Uint8Array(answer.body), DINO);
    served += 1;
  });
}

async function stored(): Promise<{ requests: number; bandwidth_bytes: number }> {
  const [row] = await stack.sql(
    `SELECT coalesce(sum(requests), 0) AS requests, coalesce(sum(bandwidth_bytes), 0) AS bandwidth_bytes
     FROM analytics_daily WHERE owner = ?1 AND image_id = 'pics/dino.jpg'`,
    ownerId("alice"),
  );
  return row as { requests: number; bandwidth_bytes: number };
}

async function points(): Promise<number> {
  const rows = await stack.points(`SELECT count(*) AS count FROM points WHERE blob2 = 'pics/dino.jpg'`);
  return rows[0]!.count;
}

/** D1 and Analytics Engine come to hold what was served: all of it, and none of it twice. */
async function agrees(): Promise<void> {
  await settle(async () => (await stored()).requests >= served);
  await pause(3_000);
  assert.deepEqual(await stored(), { requests: served, bandwidth_bytes: served * DINO.length });
  assert.equal(await points(), served);
}

beforeEach(async () => {
  await faults({ mode: "none" });
  await serve(1);
  await agrees();
});

test("D1 refuses writes, then recovers", async () => {
  await faults({ mode: "d1-refuse" });
  await serve(BATCH);
  await settle(async () => (await faults()).fired >= 3);
  await mend();
  assert.equal((await stored()).requests, served - BATCH, "nothing was written meanwhile");
  await serve(BATCH);
  await agrees();
});

test("a batch that is applied and then reported as lost counts once", async () => {
  await faults({ mode: "d1-lose-answer" });
  await serve(BATCH);
  await settle(async () => (await faults()).fired > 0);
  await mend();
  await serve(BATCH);
  await agrees();
});

test("a batch that is applied while its request dies counts once, and the next request takes over", async () => {
  await faults({ mode: "d1-die-after" });
  await serve(BATCH);
  await settle(async () => (await faults()).fired > 0);
  await mend();
  await later(A_WHILE_MS);
  await serve(BATCH);
  await agrees();
});

test("hits whose flusher dies before its window ends are written by the next", async () => {
  await faults({ mode: "die" });
  await serve(1);
  await mend();
  const before = (await stored()).requests;
  await pause(5_000);
  assert.equal((await stored()).requests, before, "the flusher is dead");
  await later(A_WHILE_MS);
  await serve(BATCH);
  const missing = served - (await points());
  assert.ok(missing <= 1, "a dead request may take its own data point along: the stand-in writes it by waitUntil");
  await settle(async () => (await stored()).requests >= served);
  assert.equal((await stored()).requests, served);
  served -= missing;
  await stack.sql("UPDATE analytics_daily SET requests = requests - ?1, bandwidth_bytes = bandwidth_bytes - ?1 * 1000 WHERE image_id = 'pics/dino.jpg'", missing);
});

test("Analytics Engine throws: media are served and D1 counts", async () => {
  await faults({ mode: "analytics-throw" });
  const before = await points();
  await serve(BATCH);
  await mend();
  await settle(async () => (await stored()).requests >= served);
  assert.equal((await stored()).requests, served);
  assert.equal(await points(), before);
  await stack.sql("UPDATE analytics_daily SET requests = requests - ?1, bandwidth_bytes = bandwidth_bytes - ?1 * 1000 WHERE image_id = 'pics/dino.jpg'", BATCH);
  served -= BATCH;
});

for (const mode of ["r2-reject", "r2-hang"]) {
  test(`${mode}: a clear 503 that is counted`, async () => {
    const count = async () =>
      (await stack.sql("SELECT coalesce(sum(requests), 0) AS count FROM analytics_daily WHERE status_code = 503"))[0]!.count;
    const before = await count();
    await faults({ mode });
    const answer = await ask(stack.url, { path: "/alice/pics/cold.jpg" });
    assert.equal(answer.status, 503);
    assert.equal(answer.headers["x-pixtally-error"], "storage_unavailable");
    await mend();
    await settle(async () => (await count()) > before);
    assert.equal(await count(), before + 1);
    await stack.points("DELETE FROM points WHERE double3 = 503");
  });
}

test("a restart in mid-window: media are served, Analytics Engine has every hit, D1 none twice", async () => {
  await serve(BATCH);
  await settle(async () => (await points()) >= served);
  await stack.restart();
  await serve(BATCH);
  await settle(async () => (await points()) >= served);
  assert.equal(await points(), served);
  await pause(4_000);
  const { requests } = await stored();
  assert.ok(requests <= served && requests >= served - BATCH, `${requests} of ${served}`);
});
