// Numbers that come from outside: a stored number, however large, spoils neither counting nor reports, of nobody.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { ask } from "./client.ts";
import { counted } from "./counted.ts";
import { Stack, ownerId, settle } from "./stack.ts";

const DAY = 86_400_000;
/** The largest whole number that JSON's readers agree on. */
const MOST = Number.MAX_SAFE_INTEGER;
const SIZE = 5_000;
const HITS = 3;

/** What a derived object's custom metadata say, and the source's size that counts: its own where no file can be that large. */
const CLAIMS: [name: string, claim: string, counts: number][] = [
  ["i64", "9223372036854775807", SIZE],
  ["u64", "18446744073709551615", SIZE],
  ["two-to-the-52nd", "4503599627370496", SIZE],
  ["beyond-u64", "99999999999999999999999", SIZE],
  ["one-byte-too-much", String(5 * 2 ** 40 + 1), SIZE],
  ["five-tib", String(5 * 2 ** 40), 5 * 2 ** 40],
  ["negative", "-1", SIZE],
  ["no-number", "many", SIZE],
  ["honest", "20000", 20_000],
];

const today = new Date().toISOString().slice(0, 10);
const daysAgo = (days: number) => new Date(Date.parse(today) - days * DAY).toISOString().slice(0, 10);

let stack: Stack;

const json = async (target: string): Promise<any> => {
  const answer = await stack.api(target);
  const text = await answer.text();
  assert.equal(answer.status, 200, `${target}: ${text}`);
  return JSON.parse(text);
};

before(async () => {
  const derived = CLAIMS.map(([name, claim]) => [`_derived/mallory/pics/${name}/w512`, { body: new Uint8Array(SIZE), metadata: { "source-bytes": claim } }]);
  const media = { "alice/pics/dino.jpg": { body: new Uint8Array(100) }, ...Object.fromEntries(derived) };
  stack = await Stack.start({ owners: ["alice", "mallory"], media });
});
after(() => stack.close());

test("a stored size counts only where a file can have it, also from the edge cache", async () => {
  for (const [name] of CLAIMS) {
    for (let hit = 0; hit < HITS; hit += 1) {
      assert.equal((await ask(stack.url, { path: `/mallory/pics/${name}/w512` })).status, 200);
    }
  }
  assert.equal((await ask(stack.url, { path: "/alice/pics/dino.jpg" })).status, 200);
  const requests = async () => (await stack.sql("SELECT coalesce(sum(requests), 0) AS sum FROM analytics_daily"))[0]!.sum;
  await settle(async () => (await requests()) === CLAIMS.length * HITS + 1);
  const rows = await stack.sql("SELECT image_id, sum(source_bytes) AS source FROM analytics_daily WHERE owner = ?1 GROUP BY 1", ownerId("mallory"));
  assert.deepEqual(
    Object.fromEntries(rows.map(({ image_id, source }) => [image_id, source])),
    Object.fromEntries(CLAIMS.map(([name, , counts]) => [`pics/${name}`, counts * HITS])),
  );
  const points = await stack.points("SELECT max(double2) AS most, count(*) AS count FROM points");
  assert.deepEqual(points, [{ most: 5 * 2 ** 40, count: CLAIMS.length * HITS + 1 }]);
  assert.equal((await json("/healthz")).status, "ok");
  assert.equal((await json("/v1/analytics/overview?owner=alice&days=1")).totals.requests, 1);
});

describe("sums saturate", () => {
  /** Each is below 2^53, and all together are beyond 2^63. */
  const ROWS = 1_100;

  before(async () => {
    const date = daysAgo(5);
    const values = (owner: string) => JSON.stringify(Array.from({ length: ROWS }, (_, row) => [ownerId(owner), date, 0, `pics/${row}.jpg`, "original", "DE", 200, 1, MOST, 0, 1, MOST, "image", "", 0]));
    const columns = Array.from({ length: 15 }, (_, column) => `value ->> ${column}`).join(", ");
    await stack.sql(`INSERT INTO analytics_daily SELECT ${columns} FROM json_each(?1)`, values("mallory"));
    const dimensions = { image: "pics/1.jpg", status: "200", asset_type: "image", variant: "original", country: "DE", bot: "ai" };
    const entries = Object.entries(dimensions).flatMap(([dimension, value]) =>
      Array.from({ length: ROWS }, () => JSON.stringify([dimension, value, 1, MOST, 0, 1, MOST])),
    );
    await stack.sql(
      "INSERT INTO analytics_segments (date, owner, run, part, requests, body, errors) VALUES (?1, ?2, 0, 'past', 0, ?3, '')",
      date, ownerId("mallory"), entries.join(","),
    );
    await counted(stack, { owner: "alice", date, requests: 7, bytes: 70 });
  });

  for (const owner of ["mallory", "*"]) {
    const of = `owner=${encodeURIComponent(owner)}&start=${daysAgo(5)}&end=${daysAgo(5)}`;
    const requests = owner === "*" ? ROWS + 7 : ROWS;

    test(`${owner}: overview, breakdowns, filters, usage and CSV`, async () => {
      const overview = await json(`/v1/analytics/overview?${of}`);
      assert.deepEqual([overview.totals.requests, overview.totals.bandwidth_bytes], [requests, MOST]);
      assert.deepEqual([overview.daily[0].bandwidth_bytes, overview.top.country[0].bandwidth_bytes], [MOST, MOST]);
      const filtered = await json(`/v1/analytics/overview?${of}&filter=country:is:DE`);
      assert.deepEqual([filtered.totals.requests, filtered.totals.bandwidth_bytes, filtered.top.variant[0].bandwidth_bytes], [requests, MOST, MOST]);
      for (const dimension of ["status", "image", "country"]) {
        const breakdown = await json(`/v1/analytics/breakdown/${dimension}?${of}`);
        assert.equal(breakdown.totals.bandwidth_bytes, MOST, dimension);
        const complete = await json(`/v1/analytics/breakdown/${dimension}?${of}&complete=true`);
        assert.equal(complete.totals.bandwidth_bytes, MOST, dimension);
      }
      assert.equal((await json(`/v1/usage/metrics?${of}`)).bandwidth_bytes, MOST);
      assert.match(await (await stack.api(`/v1/analytics/overview?${of}&format=csv`)).text(), new RegExp(`,${MOST},`));
    });
  }

  test("one image, and other products' clients", async () => {
    const of = `owner=mallory&start=${daysAgo(5)}&end=${daysAgo(5)}`;
    assert.equal((await json(`/v1/analytics/images/pics/1.jpg?${of}`)).totals.bandwidth_bytes, MOST);
    assert.equal((await stack.api(`/v1/accounts/usage?owner=mallory&startDate=${daysAgo(6)}&endDate=${today}`)).status, 200);
    assert.equal((await stack.api(`/v1/accounts/usage-analytics?owner=mallory&startDate=${daysAgo(6)}&endDate=${today}`)).status, 200);
    assert.equal((await stack.api("/v1_1/mallory/usage")).status, 200);
  });

  test("a number in D1 that was never counted gives way to what was counted", async () => {
    const row = async () => (await stack.sql("SELECT * FROM analytics_daily WHERE date = ?1 AND image_id = 'pics/honest'", today))[0]!;
    const before = await row();
    await stack.sql("UPDATE analytics_daily SET bandwidth_bytes = ?1, source_bytes = ?1 WHERE date = ?2 AND image_id = 'pics/honest'", MOST, today);
    assert.equal((await ask(stack.url, { path: "/mallory/pics/honest/w512" })).status, 200);
    await settle(async () => (await row()).requests === HITS + 1);
    const { requests, bandwidth_bytes, source_bytes } = await row();
    const counted = (bytes: number) => (bytes / HITS) * (HITS + 1);
    assert.deepEqual([requests, bandwidth_bytes, source_bytes], [HITS + 1, counted(before.bandwidth_bytes), counted(before.source_bytes)]);
  });
});

test("a night with impossible numbers, in D1 and in Analytics Engine, closes everybody's day", async () => {
  // Not yesterday: until a quarter past midnight that waits.
  const day = daysAgo(2);
  const blobs = [day, "pics/dino.jpg", "w512", "DE", "hit", "image/jpeg", "Desktop - Mac", "Safari", "macOS", "human", "N/A", "", "", "1", "", ""];
  const point = (owner: string, source: number) => ({ timestamp: `${day}T12:00:00Z`, index: ownerId(owner), blobs, doubles: [SIZE, source, 200, 0, 0] });
  const points = [...Array.from({ length: 5 }, () => point("mallory", 2 ** 64)), point("mallory", 2 ** 63), point("alice", 20_000)];
  await stack.cloudflare("loadPoints", { dataset: "pixtally_hits", points });
  for (let ago = 2; ago <= 6; ago += 1) {
    const answer = await stack.api("/v1/admin/aggregate", { method: "POST", body: JSON.stringify({ date: daysAgo(ago) }) });
    assert.equal(answer.status, 202);
    const { id } = (await answer.json()) as any;
    const run = async () => (await stack.sql("SELECT state, error FROM aggregation_runs WHERE id = ?1", id))[0]!;
    await settle(async () => ["done", "failed"].includes((await run()).state), 60);
    assert.equal((await run()).state, "done", `${daysAgo(ago)}: ${(await run()).error}`);
  }
  const reported = async (owner: string, date: string) =>
    (await stack.sql("SELECT requests, source_bytes FROM analytics_days WHERE owner = ?1 AND date = ?2", ownerId(owner), date))[0];
  assert.deepEqual(await reported("alice", day), { requests: 1, source_bytes: 20_000 });
  assert.deepEqual(await reported("mallory", day), { requests: 6, source_bytes: MOST });
  assert.deepEqual(await reported("mallory", daysAgo(5)), { requests: 1_100, source_bytes: MOST });
  const months = await stack.sql("SELECT max(bandwidth_bytes) AS most FROM analytics_monthly WHERE owner = ?1", ownerId("mallory"));
  assert.equal(months[0]!.most, MOST);
  assert.equal((await json(`/v1/analytics/overview?owner=mallory&days=30`)).totals.bandwidth_bytes, MOST);
  assert.equal((await json("/v1/analytics/overview?owner=mallory&days=3&filter=bot:is:human")).totals.requests > 0, true);
  assert.equal((await json("/v1/analytics/status?owner=mallory&days=7")).days.length, 7);
});
