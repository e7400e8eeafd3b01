// More files than may have rows: every request counts once, the sums are exact, rows say what they lack, and what is asked for
// often gets a row although others came first. The ledger is the client's.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { ask } from "./client.ts";
import { Stack, ownerId, settle } from "./stack.ts";

const ROWS = 1_000;
const FILES = 700;
const BYTES = 10;
const NEWCOMER = "pics/newcomer.jpg";
const POPULAR = 300;
const ALL = FILES + POPULAR;

let stack: Stack;
const json = async (target: string): Promise<any> => (await stack.api(target)).json();
const rows = (condition = "true") =>
  stack.sql(`SELECT image_id, variant, status_code, requests, bandwidth_bytes, lack FROM analytics_daily WHERE owner = ?1 AND ${condition}`, ownerId("alice"));
const sum = (of: Record<string, any>[], field: string) => of.reduce((total, row) => total + Number(row[field]), 0);

before(async () => {
  const files = Array.from({ length: FILES }, (_, number) => `pics/${String(number).padStart(3, "0")}.jpg`);
  const media = Object.fromEntries([...files, NEWCOMER].map((file) => [`alice/${file}`, { body: new Uint8Array(BYTES) }]));
  stack = await Stack.start({ media, owners: ["alice"], vars: { ANALYTICS_DETAIL_ROWS: String(ROWS) } });
  for (const file of files) assert.equal((await ask(stack.url, { path: `/alice/${file}` })).status, 200);
  for (let sent = 0; sent < POPULAR; sent += 1) await ask(stack.url, { path: `/alice/${NEWCOMER}` });
  await settle(async () => sum(await rows(), "requests") >= ALL);
});
after(() => stack.close());

test("every request counts once, whatever the row", async () => {
  const all = await rows();
  assert.deepEqual([sum(all, "requests"), sum(all, "bandwidth_bytes")], [ALL, ALL * BYTES]);
  const { totals, top } = await json("/v1/analytics/overview?owner=alice&days=1");
  assert.deepEqual([totals.requests, totals.bandwidth_bytes, totals.errors], [ALL, ALL * BYTES, 0]);
  assert.deepEqual(top.status.map((row: any) => [row.value, row.requests]), [["200", ALL]], "breakdowns do not depend on rows");
});

test("there are no more rows than there may be, and the rest adds up under (other)", async () => {
  const all = await rows();
  const files = new Set(all.map((row) => row.image_id).filter((image) => image !== "(other)"));
  assert.ok(files.size < ROWS / 2, `${files.size} files have rows`);
  const other = all.filter((row) => row.image_id === "(other)");
  assert.deepEqual(other.map((row) => [row.variant, row.status_code]), [["(image)", 200]]);
  assert.ok(sum(other, "requests") >= FILES - files.size, "at least one request of each file without a row");
});

test("what is asked for often gets a row, which says what it lacks", async () => {
  const [row, ...more] = await rows(`image_id = '${NEWCOMER}' AND status_code = 200`);
  assert.deepEqual(more, []);
  const of = await rows(`image_id = '${NEWCOMER}'`);
  const lacks = POPULAR - sum(of, "requests");
  assert.ok(lacks >= 0 && lacks < POPULAR / 10, `${lacks} of ${POPULAR} came before it had a row`);
  assert.ok(Math.max(...of.map((it) => Number(it.lack))) >= lacks, "it says so");
  assert.ok(POPULAR - Number(row!.requests) <= Number(row!.lack), "so does the row of its combination");
  const { totals, variants } = await json(`/v1/analytics/images/${NEWCOMER}?owner=alice&days=1`);
  assert.equal(totals.requests, POPULAR - lacks);
  assert.equal(sum(variants, "requests"), totals.requests, "its variants add up, (other) among them");
});
