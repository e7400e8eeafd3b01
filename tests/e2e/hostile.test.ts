// Anybody can make up paths. However many, they leave few rows.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { seeded } from "../../dev/random.ts";
import { ask, inParallel } from "./client.ts";
import { Stack, UNKNOWN_OWNER, ownerId, pause, settle } from "./stack.ts";

const REQUESTS = Number(process.env.HOSTILE_REQUESTS ?? 100_000);
/** A row for each owner that exists and each status, and one more owner for all that do not. */
const MAX_ROWS = 2 * 4;

let stack: Stack;

before(async () => {
  stack = await Stack.start({
    main: "src/entry.js",
    media: { "alice/pics/dino.jpg": { body: new Uint8Array(10) } },
    owners: ["alice"],
  });
});
after(() => stack.close());

test(`${REQUESTS} requests for made-up owners, albums, files, variants and methods leave at most ${MAX_ROWS} rows`, async () => {
  const random = seeded(Number(process.env.SEED ?? 1));
  const word = () => Math.floor(random() * 2 ** 40).toString(36);
  const paths = [
    () => `/${word()}/${word()}/${word()}`,
    () => `/alice/${word()}/${word()}.jpg`,
    () => `/alice/pics/dino.jpg/${word()}`,
    () => `/alice/pics/..%2f${word()}`,
    () => `/${word()}`,
  ];
  await inParallel(Array.from({ length: REQUESTS }, (_, index) => index), 50, async (index) => {
    const path = paths[index % paths.length]!();
    const answer = await ask(stack.url, { path, method: index % 7 === 0 ? "POST" : "GET" });
    assert.ok(answer.status >= 400 && answer.status < 500, `${path}: ${answer.status}`);
  });
  const total = async () => (await stack.sql("SELECT coalesce(sum(requests), 0) AS total FROM analytics_daily"))[0]!.total;
  await settle(async () => (await total()) >= REQUESTS);
  await pause(3_000);
  assert.equal(await total(), REQUESTS, "and every one of them is counted");
  const rows = await stack.sql("SELECT owner, image_id, variant, country, status_code FROM analytics_daily");
  assert.ok(rows.length <= MAX_ROWS, `${rows.length} rows`);
  assert.deepEqual(new Set(rows.map((row) => row.image_id)), new Set(["(missing)"]));
  assert.deepEqual(new Set(rows.map((row) => row.owner)), new Set([ownerId("alice"), UNKNOWN_OWNER]));
});

test("nobody chooses a country by a header", async () => {
  const before = (await stack.sql("SELECT coalesce(sum(requests), 0) AS total FROM analytics_daily"))[0]!.total;
  for (const country of ["AQ", "BV", "TF"]) await ask(stack.url, { path: "/alice/pics/dino.jpg", headers: { "cf-ipcountry": country } });
  const countries = async () => stack.sql("SELECT country, sum(requests) AS requests FROM analytics_daily GROUP BY country ORDER BY country");
  const total = async () => (await countries()).reduce((sum, { requests }) => sum + requests, 0);
  await settle(async () => (await total()) >= before + 3);
  assert.equal(await total(), before + 3);
  assert.equal((await countries()).length, 1, "Cloudflare's own answer is the same for every request");
});
