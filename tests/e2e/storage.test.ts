// Measuring the storage: what the worker reports is what stands in a real bucket of several pages, day by day. The ledger is
// kept beside every put and delete; keys are told apart by rules of this test's own.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { inParallel } from "./client.ts";
import { Stack, UNKNOWN_OWNER, ownerId, settle } from "./stack.ts";

const AGGREGATION = "0 2 * * *";
const DAY = 24 * 60 * 60 * 1000;

const today = new Date().toISOString().slice(0, 10);
const daysAgo = (days: number) => new Date(Date.parse(today) - days * DAY).toISOString().slice(0, 10);
/** Two in the morning, so many days ago. */
const night = (days: number) => new Date(Date.parse(daysAgo(days)) + 2 * 60 * 60 * 1000);

interface Usage {
  original_bytes: number;
  derived_bytes: number;
  original_objects: number;
  derived_objects: number;
}

const usage = (original_bytes: number, derived_bytes: number, original_objects: number, derived_objects: number): Usage => ({
  original_bytes,
  derived_bytes,
  original_objects,
  derived_objects,
});

const figures = (of: Usage) => ({
  original_bytes: of.original_bytes,
  derived_bytes: of.derived_bytes,
  total_bytes: of.original_bytes + of.derived_bytes,
  original_objects: of.original_objects,
  derived_objects: of.derived_objects,
  objects: of.original_objects + of.derived_objects,
});

/** The bucket, and what is known to stand in it: owner, kind and size by key. */
class Bucket {
  readonly #stack: Stack;
  readonly #kept = new Map<string, { owner: string; derived: boolean; bytes: number }>();

  constructor(stack: Stack) {
    this.#stack = stack;
  }

  async put(objects: { owner: string; key: string; bytes: number; derived?: boolean }[]): Promise<void> {
    const bucket = await this.#stack.bucket();
    await inParallel(objects, 24, async ({ owner, key, bytes, derived = false }) => {
      await bucket.put(key, new Uint8Array(bytes));
      this.#kept.set(key, { owner, derived, bytes });
    });
  }

  async delete(gone: (key: string) => boolean): Promise<void> {
    const bucket = await this.#stack.bucket();
    const keys = [...this.#kept.keys()].filter(gone);
    for (let first = 0; first < keys.length; first += 1_000) await bucket.delete(keys.slice(first, first + 1_000));
    for (const key of keys) this.#kept.delete(key);
  }

  get size(): number {
    return this.#kept.size;
  }

  of(...owners: string[]): Usage {
    const sum = usage(0, 0, 0, 0);
    for (const { owner, derived, bytes } of this.#kept.values()) {
      if (!owners.includes(owner)) continue;
      sum[derived ? "derived_bytes" : "original_bytes"] += bytes;
      sum[derived ? "derived_objects" : "original_objects"] += 1;
    }
    return sum;
  }
}

const files = (owner: string, from: number, to: number, bytes: number) =>
  Array.from({ length: to - from }, (_, index) => ({ owner, key: `${owner}/album-${index % 5}/file ${from + index}é.jpg`, bytes: bytes + index }));

const variants = (owner: string, count: number, bytes: number) =>
  Array.from({ length: count }, (_, index) => ({ owner, key: `_derived/${owner}/album-${index % 5}/file ${index}é.jpg/w${index % 3}`, bytes: bytes + index, derived: true }));

const ODD = ["_tmp/alice/a/b", "_derived/Alice/a/b/w1", "_derived/alice/short", "Alice/a/b", "alice/readme.txt", "v1/a/b", "top", "alice/pics/"].map(
  (key, index) => ({ owner: "nobody", key, bytes: index + 1 }),
);

async function rows(stack: Stack, date: string): Promise<Record<string, Usage>> {
  const found = await stack.sql("SELECT * FROM storage_daily WHERE date = ?1", date);
  return Object.fromEntries(found.map(({ owner, date: _, ...rest }) => [owner, rest as Usage]));
}

/** The last snapshot becomes yesterday's: one bears the day on which its listing began. */
async function backdate(stack: Stack): Promise<void> {
  for (const table of ["storage_daily", "storage_snapshots", "aggregation_runs"]) {
    await stack.sql(`UPDATE ${table} SET date = ?1 WHERE date = ?2`, daysAgo(1), today);
  }
}

const runsOf = (stack: Stack) => stack.sql("SELECT date, origin, state, rows, error, outcome FROM aggregation_runs WHERE kind = 'storage' ORDER BY id");

describe("the storage", () => {
  test("is measured day by day, each day for itself", async (t) => {
    const stack = await Stack.start({ owners: ["alice", "bob", "carol"] });
    t.after(() => stack.close());
    const bucket = new Bucket(stack);
    await bucket.put([...files("alice", 0, 1_100, 3), ...variants("alice", 150, 1), ...files("bob", 0, 700, 5), ...variants("bob", 200, 2), ...ODD]);
    assert.ok(bucket.size > 2_000, "more than two pages");

    const api = async (query: string, headers = {}) => (await stack.api(`/v1/usage/storage?${query}`, { headers })).json() as any;
    const before = await api("owner=alice");
    assert.deepEqual([before.latest, before.daily, before.freshness.measured_at], [null, [], null]);
    assert.match(before.freshness.message, /Storage is measured nightly/);

    await stack.scheduled(AGGREGATION, night(0));
    await backdate(stack);
    const [alice, bob, nobody] = ["alice", "bob", "nobody"].map((owner) => bucket.of(owner));
    const first = { [ownerId("alice")]: alice, [ownerId("bob")]: bob, [UNKNOWN_OWNER]: nobody };
    assert.deepEqual(await rows(stack, daysAgo(1)), first);
    assert.deepEqual(await runsOf(stack), [
      { date: daysAgo(1), origin: "cron", state: "done", rows: bucket.size, error: null, outcome: `objects listed: ${bucket.size}, on 3 pages; of these no owner's: ${ODD.length}` },
    ]);
    assert.deepEqual(await stack.sql("SELECT * FROM storage_staged"), []);

    await bucket.put([...files("alice", 1_100, 1_150, 9), { owner: "carol", key: "carol/deep/er/still.png", bytes: 77 }]);
    await bucket.delete((key) => key.startsWith("bob/") || key.startsWith("_derived/bob/") || key.endsWith("7é.jpg"));
    await stack.scheduled(AGGREGATION, night(1));
    assert.deepEqual(await rows(stack, daysAgo(1)), first, "once a day");
    await stack.scheduled(AGGREGATION, night(0));
    const second = { [ownerId("alice")]: bucket.of("alice"), [ownerId("carol")]: bucket.of("carol"), [ownerId("bob")]: usage(0, 0, 0, 0), [UNKNOWN_OWNER]: nobody };
    assert.deepEqual(await rows(stack, today), second);
    assert.deepEqual(await rows(stack, daysAgo(1)), first);

    const token = async (owner: string) => {
      const answer = await stack.api("/v1/tokens", { method: "POST", body: JSON.stringify({ owner, scopes: ["read"] }) });
      return { authorization: `Bearer ${((await answer.json()) as any).token}` };
    };
    const asAlice = await token("alice");
    const own = await api("days=30", asAlice);
    assert.deepEqual(own.range, { start: daysAgo(29), end: today, days: 30 });
    assert.deepEqual(own.daily, [
      { date: daysAgo(1), ...figures(alice!) },
      { date: today, ...figures(bucket.of("alice")) },
    ]);
    assert.deepEqual(own.latest, own.daily[1]);
    assert.deepEqual([own.owners, own.unattributed, own.freshness.message], [undefined, undefined, null]);
    assert.ok(Math.abs(Date.now() - Date.parse(own.freshness.measured_at)) < 120_000, own.freshness.measured_at);
    const past = await api(`start=${daysAgo(9)}&end=${daysAgo(1)}`, await token("bob"));
    assert.deepEqual([past.daily, past.latest], [[{ date: daysAgo(1), ...figures(bob!) }], { date: today, ...figures(usage(0, 0, 0, 0)) }]);

    const all = await api("owner=*&days=2");
    const everything = figures(bucket.of("alice", "bob", "carol", "nobody"));
    assert.deepEqual(all.latest, { date: today, ...everything });
    assert.equal(everything.objects, bucket.size);
    assert.deepEqual(all.daily.map((day: any) => day.date), [daysAgo(1), today]);
    assert.deepEqual(all.owners, [
      { value: "alice", ...figures(bucket.of("alice")) },
      { value: "carol", ...figures(bucket.of("carol")) },
      { value: "bob", ...figures(usage(0, 0, 0, 0)) },
    ]);
    assert.deepEqual(all.unattributed, { bytes: nobody!.original_bytes, objects: ODD.length });
    assert.deepEqual((await api("owner=_unknown")).latest, { date: today, ...figures(nobody!) });

    for (const asked of [{ query: "format=csv", headers: asAlice }, { query: "", headers: { ...asAlice, accept: "text/csv" } }]) {
      const answer = await stack.api(`/v1/usage/storage?${asked.query}`, { headers: asked.headers });
      assert.equal(answer.headers.get("content-type"), "text/csv; charset=utf-8");
      const line = (section: string, day: string, of: Usage) => `${[section, day, ...Object.values(figures(of))].join(",")}\r\n`;
      assert.equal(
        await answer.text(),
        "section,value,original_bytes,derived_bytes,total_bytes,original_objects,derived_objects,objects\r\n" +
          line("daily", daysAgo(1), alice!) + line("daily", today, bucket.of("alice")),
      );
    }

    for (const [query, headers, status, code] of [
      ["", {}, 400, "owner_missing"],
      ["owner=alice&days=0", {}, 400, "days_invalid"],
      ["owner=alice&days=91", {}, 400, "days_invalid"],
      ["owner=alice&days=2&start=2026-01-01", {}, 400, "range_ambiguous"],
      [`owner=alice&start=${today}`, {}, 400, "range_ambiguous"],
      [`owner=alice&start=${today}&end=${daysAgo(1)}`, {}, 400, "range_reversed"],
      [`owner=alice&start=${today}&end=${daysAgo(-1)}`, {}, 400, "range_in_future"],
      ["owner=alice&format=xml", {}, 400, "format_invalid"],
      ["owner=alice&compare=previous", {}, 400, "parameter_unknown"],
      ["owner=nobody-knows", {}, 404, "owner_not_found"],
      ["owner=bob", asAlice, 403, "forbidden"],
      ["owner=*", asAlice, 403, "forbidden"],
      ["owner=alice", { authorization: "" }, 401, "unauthorized"],
    ] as const) {
      const refused = await stack.api(`/v1/usage/storage?${query}`, { headers });
      assert.deepEqual([refused.status, ((await refused.json()) as any).error.code], [status, code], query);
    }
    const posted = await stack.api("/v1/usage/storage", { method: "POST" });
    assert.deepEqual([posted.status, posted.headers.get("allow")], [405, "GET, HEAD"]);

    await bucket.delete((key) => key.startsWith("carol/"));
    assert.equal((await stack.api("/v1/admin/storage", { method: "POST", headers: asAlice })).status, 403);
    const accepted = await stack.api("/v1/admin/storage", { method: "POST" });
    assert.equal(accepted.status, 202);
    const { id, kind, date } = (await accepted.json()) as any;
    assert.deepEqual([kind, date], ["storage", today]);
    const run = async () => (await (await stack.api(`/v1/admin/runs/${id}`, { method: "POST" })).json()) as any;
    await settle(async () => (await run()).state === "done");
    assert.deepEqual([(await run()).state, (await run()).rows], ["done", bucket.size]);
    assert.deepEqual(await rows(stack, today), { ...second, [ownerId("carol")]: usage(0, 0, 0, 0) });
  });

  test("is that of the last good night while R2 fails, and the report says so", async (t) => {
    const stack = await Stack.start({ main: "tests/e2e/faulty.ts", owners: ["alice"] });
    t.after(() => stack.close());
    const bucket = new Bucket(stack);
    await bucket.put(files("alice", 0, 5, 10));
    const faults = async (mode: string) => {
      const answer = await fetch(new URL("/__faults", stack.url), { method: "POST", headers: { host: "0.test" }, body: JSON.stringify({ mode }) });
      return ((await answer.json()) as any).fired as number;
    };
    const fired = async () => ((await (await fetch(new URL("/__faults", stack.url), { headers: { host: "0.test" } })).json()) as any).fired as number;
    const report = async () => (await (await stack.api("/v1/usage/storage?owner=alice")).json()) as any;
    await stack.scheduled(AGGREGATION, night(0));
    await backdate(stack);
    const good = await rows(stack, daysAgo(1));
    assert.deepEqual(good, { [ownerId("alice")]: bucket.of("alice") });

    await faults("r2-hang");
    const hanging = stack.scheduled(AGGREGATION, night(0));
    await settle(async () => (await fired()) > 0);
    await faults("r2-reject");
    await hanging;
    assert.deepEqual((await runsOf(stack)).map(({ date, state, error }) => [date, state, error?.replace(/:.*/, "")]), [
      [daysAgo(1), "done", undefined],
      [today, "failed", "R2 failed"],
    ]);
    const failed = await report();
    assert.deepEqual([failed.latest, failed.daily.length], [{ date: daysAgo(1), ...figures(bucket.of("alice")) }, 1]);
    assert.match(failed.freshness.message, /The last measurement failed: R2 failed: .*internal error.* Showing the measurement of /);

    await faults("none");
    await stack.scheduled(AGGREGATION, night(0));
    assert.deepEqual(await rows(stack, today), good);
    assert.equal((await report()).freshness.message, null);
    await stack.sql("UPDATE storage_snapshots SET measured_at = ?1", `${daysAgo(3)}T02:00:00Z`);
    assert.match((await report()).freshness.message, /no nightly run has completed since/);
  });
});
