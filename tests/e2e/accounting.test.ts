// The main promise: what is counted is what was served. A mixed load against two instances of the worker on one
// database; the ledger is kept at the client's socket.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { seeded } from "../../dev/random.ts";
import { table } from "./client.ts";
import { Load, loadMedia } from "./load.ts";
import { Stack, settle } from "./stack.ts";

const SEED = Number(process.env.SEED ?? 20261120);
const REQUESTS = 3_000;

let stack: Stack;

before(async () => {
  stack = await Stack.start({ instances: 2, media: loadMedia(), owners: ["alice", "bob", "carol"] });
});
after(() => stack.close());

test(`what D1 and Analytics Engine hold is what ${REQUESTS} requests received (SEED=${SEED})`, async () => {
  const load = new Load(seeded(SEED), 2);
  const { ledger } = load;
  await load.everyFile(stack.url);
  await load.send(stack.url, REQUESTS);

  await settle(async () => (await stack.sql("SELECT sum(requests) AS sum FROM analytics_daily"))[0]!.sum >= ledger.requests);
  const daily = await stack.sql(
    `SELECT owner || '|' || image_id || '|' || variant || '|' || country || '|' || status_code AS key,
            sum(requests) AS requests, sum(bandwidth_bytes) AS bandwidth_bytes
     FROM analytics_daily GROUP BY key`,
  );
  assert.deepEqual(table(daily), ledger.table(), "D1 equals the ledger");

  const counted = async () => (await stack.points("SELECT count(*) AS count FROM points"))[0]!.count;
  await settle(async () => (await counted()) >= ledger.requests);
  const points = await stack.points(
    `SELECT index1 || '|' || blob2 || '|' || blob3 || '|' || blob4 || '|' || CAST(double3 AS INTEGER) AS key,
            count(*) AS requests, CAST(sum(double1) AS INTEGER) AS bandwidth_bytes
     FROM points GROUP BY key`,
  );
  assert.deepEqual(table(points), ledger.table(), "the data points equal the ledger");

  const parts = await stack.sql("SELECT DISTINCT part FROM analytics_daily");
  assert.deepEqual(parts, [{ part: "0" }], "one object has counted it all");

  const overview = (await (await stack.api("/v1/analytics/overview?owner=*&days=1")).json()) as any;
  assert.deepEqual(
    [overview.totals.requests, overview.totals.bandwidth_bytes],
    [ledger.requests, ledger.bandwidth_bytes],
    "the overview says the same",
  );
  const named = await stack.points("SELECT count(*) AS points FROM points WHERE blob14 != ''");
  assert.equal(named[0]!.points, 0, "no request id is kept below full privacy");
});
