// Wrong, missing and switched-off configuration: said on /healthz and in the log, and media are served all the same.

import assert from "node:assert/strict";
import { test } from "node:test";
import { ask } from "./client.ts";
import { Stack, pause, settle, type StackOptions } from "./stack.ts";

const media = { "alice/pics/dino.jpg": { body: new Uint8Array(10) } };

async function withStack(options: StackOptions, check: (stack: Stack, health: any) => Promise<void>): Promise<void> {
  const stack = await Stack.start({ media, ...options });
  try {
    const answer = await ask(stack.url, { path: "/alice/pics/dino.jpg" });
    assert.deepEqual([answer.status, answer.body.length], [200, 10], "media are served");
    await check(stack, await (await stack.api("/healthz")).json());
  } finally {
    await stack.close();
  }
}

const rows = async (stack: Stack) => (await stack.sql("SELECT coalesce(sum(requests), 0) AS sum FROM analytics_daily"))[0]!.sum;
const points = async (stack: Stack) => (await stack.points("SELECT count(*) AS count FROM points"))[0]!.count;

test("all is well", () =>
  withStack({ owners: ["alice"] }, async (stack, health) => {
    assert.deepEqual([health.status, health.degraded, health.misconfigured], ["ok", [], []]);
    assert.deepEqual(health.configuration, []);
    assert.deepEqual(health.bindings, { MEDIA: "ok", DB: "ok", AGGREGATOR: "ok", ANALYTICS: "ok", IMAGES: "ok", ASSETS: "ok", FAILURES: "ok", STATEMENTS: "ok" });
    assert.deepEqual(health.recording, { stuck_since: null, attempts: 0, elsewhere_at: null });
    assert.deepEqual(health.analytics, {
      enabled: true, realtime_enabled: true, batch_enabled: true, privacy: "standard", retention_days: 90, dataset: "pixtally_hits",
    });
    for (const authorization of ["", "Bearer x", `Bearer pxt_${"0".repeat(64)}`]) {
      const anybody = await (await stack.api("/healthz", { headers: { authorization } })).json();
      assert.deepEqual(anybody, { status: "ok", degraded: [], misconfigured: [] });
    }
    for (const [scope, fields] of [
      ["write", ["status", "degraded", "misconfigured"]],
      ["read", ["status", "degraded", "misconfigured", "analytics"]],
      ["admin", Object.keys(health)],
    ] as const) {
      const made = (await (await stack.api("/v1/tokens", { method: "POST", body: JSON.stringify({ owner: "alice", scopes: [scope] }) })).json()) as any;
      const told = (await (await stack.api("/healthz", { headers: { authorization: `Bearer ${made.token}` } })).json()) as any;
      assert.deepEqual(Object.keys(told), fields, scope);
    }
  }));

test("bad values are named, logged and replaced by the safest", () =>
  withStack({ vars: { ANALYTICS_PRIVACY: "none", ANALYTICS_RETENTION_DAYS: "many", OWN_HOSTS: "https://shop.example" } }, async (stack, health) => {
    assert.equal(health.status, "degraded");
    assert.deepEqual(health.configuration.map((problem: any) => problem.variable), ["ANALYTICS_RETENTION_DAYS", "ANALYTICS_PRIVACY", "OWN_HOSTS"]);
    assert.equal(health.analytics.privacy, "strict");
    assert.match(health.configuration[2].message, /"https:\/\/shop.example" is not allowed: .* host names with commas/);
    const anybody = await (await stack.api("/healthz", { headers: { authorization: "" } })).json();
    assert.deepEqual(anybody, { status: "degraded", degraded: [], misconfigured: ["ANALYTICS_RETENTION_DAYS", "ANALYTICS_PRIVACY", "OWN_HOSTS"] });
    assert.match(stack.logs(), /ANALYTICS_PRIVACY "none" is not allowed: it must be strict, standard or full/);
  }));

/** What the requests so far have become: rows in D1, data points, and what the aggregator was given to store. */
async function recorded(stack: Stack): Promise<{ rows: number; points: number; flushes: boolean }> {
  const { placed } = (await (await stack.api("/__faults")).json()) as { placed: string[] };
  return { rows: await rows(stack), points: await points(stack), flushes: placed.length > 0 || (await stack.stored()) !== "" };
}

const nightsLater = (nights: number) => new Date(Date.parse(new Date().toISOString().slice(0, 10)) + nights * 24 * 60 * 60 * 1000 + 2 * 60 * 60 * 1000);

const totals = async (stack: Stack) => ((await (await stack.api("/v1/analytics/overview?owner=alice&days=1")).json()) as any).totals.requests;

test("both modes on: each counts every request", () =>
  withStack({ main: "tests/e2e/faulty.ts" }, async (stack) => {
    await settle(async () => (await rows(stack)) === 1 && (await points(stack)) === 1);
    assert.deepEqual(await recorded(stack), { rows: 1, points: 1, flushes: true });
    assert.deepEqual(((await (await stack.api("/__faults")).json()) as any).placed, ["0||"], "wherever Cloudflare chooses");
  }));

test("realtime off: nothing goes to the aggregator, and the night brings the day from Analytics Engine", () =>
  withStack({ main: "tests/e2e/faulty.ts", owners: ["alice"], vars: { ANALYTICS_REALTIME_ENABLED: "false" } }, async (stack, health) => {
    assert.deepEqual([health.analytics.enabled, health.analytics.realtime_enabled], [true, false]);
    await settle(async () => (await points(stack)) === 1);
    await pause(4_000);
    assert.deepEqual(await recorded(stack), { rows: 0, points: 1, flushes: false });
    assert.equal(await totals(stack), 0, "not before the night");
    await stack.scheduled("0 2 * * *", nightsLater(1));
    assert.deepEqual([await rows(stack), await totals(stack)], [1, 1]);
  }));

test("both modes off: nothing is recorded, and it says so", () =>
  withStack({ main: "tests/e2e/faulty.ts", vars: { ANALYTICS_REALTIME_ENABLED: "false", ANALYTICS_BATCH_ENABLED: "false" } }, async (stack, health) => {
    assert.equal(health.analytics.enabled, false);
    assert.match(health.analytics.reason, /both false/);
    await pause(4_000);
    assert.deepEqual(await recorded(stack), { rows: 0, points: 0, flushes: false });
    await stack.scheduled("0 2 * * *", nightsLater(1));
    assert.equal(await rows(stack), 0);
  }));

test("no ANALYTICS binding: every request is counted, and what is not possible is said", () =>
  withStack({ main: "tests/e2e/unbound.ts", owners: ["alice"] }, async (stack, health) => {
    assert.deepEqual([health.status, health.degraded, health.bindings.ANALYTICS], ["degraded", ["ANALYTICS"], "missing"]);
    assert.deepEqual([health.analytics.enabled, health.analytics.reason], [true, undefined]);
    assert.match(health.analytics.limitation, /The ANALYTICS binding is missing. Every request is counted/);
    for (let count = 0; count < 5; count += 1) {
      assert.equal((await ask(stack.url, { path: "/alice/pics/none.jpg" })).status, 404);
    }
    await settle(async () => (await rows(stack)) === 6);
    assert.deepEqual([await rows(stack), await points(stack), await totals(stack)], [6, 0, 6]);
    const filtered = await stack.api("/v1/analytics/overview?owner=alice&days=1&filter=bot:is:ai");
    const { error } = (await filtered.json()) as any;
    assert.deepEqual([filtered.status, error.code], [400, "filter_unavailable"]);
    assert.match(error.message, /the ANALYTICS binding is missing/);

    const before = stack.logs();
    assert.doesNotMatch(before, /ANALYTICS|Analytics Engine/, "no request logs anything of it");
    await stack.scheduled("0 2 * * *", nightsLater(1));
    const [run] = await stack.sql("SELECT state, outcome FROM aggregation_runs WHERE kind = 'aggregate' ORDER BY date DESC LIMIT 1");
    assert.equal(run!.state, "done");
    assert.match(run!.outcome, /real-time counts only: the ANALYTICS binding is missing, so there is nothing to check them against/);
    assert.deepEqual([await rows(stack), await totals(stack)], [6, 6]);
  }));

test("no ANALYTICS binding and realtime off: nothing is recorded, and it says so", () =>
  withStack({ main: "tests/e2e/unbound.ts", vars: { ANALYTICS_REALTIME_ENABLED: "false" } }, async (stack, health) => {
    assert.deepEqual([health.analytics.enabled, health.analytics.limitation], [false, undefined]);
    assert.match(health.analytics.reason, /ANALYTICS_REALTIME_ENABLED is false, and the ANALYTICS binding is missing/);
    await pause(4_000);
    assert.deepEqual([await rows(stack), await points(stack)], [0, 0]);
  }));

for (const [vars, placed] of [
  [{ ANALYTICS_LOCATION_HINT: "weur" }, "0||weur"],
  [{ ANALYTICS_JURISDICTION: "eu" }, "0-eu|eu|"],
  [{ ANALYTICS_JURISDICTION: "us", ANALYTICS_LOCATION_HINT: "wnam" }, "0-us|us|wnam"],
  [{ ANALYTICS_JURISDICTION: "EU", ANALYTICS_LOCATION_HINT: "europe" }, "0||"],
] as const) {
  test(`the aggregator is placed: ${Object.values(vars).join(", ")}`, () =>
    withStack({ main: "tests/e2e/faulty.ts", vars }, async (stack) => {
      await settle(async () => (await rows(stack)) === 1);
      assert.deepEqual(((await (await stack.api("/__faults")).json()) as any).placed, [placed]);
      const [part] = await stack.sql("SELECT DISTINCT part FROM analytics_daily");
      assert.equal(part!.part, placed.split("|")[0], "figures carry the object's name");
    }));
}

for (const [name, secret, value] of [
  ["no ADMIN_TOKEN", "ADMIN_TOKEN", undefined],
  ["a short ADMIN_TOKEN", "ADMIN_TOKEN", "dev-admin-toke"],
  ["no OWNER_HASH_SECRET", "OWNER_HASH_SECRET", undefined],
] as const) {
  test(`${name}: the API is closed, not open`, () =>
    withStack({ vars: { [secret]: value } }, async (stack, health) => {
      assert.deepEqual(health, { status: "degraded", degraded: [], misconfigured: [secret] }, "nobody is an administrator");
      for (const target of ["/v1/analytics/overview?owner=alice", "/v1/owners", "/v1/tokens", "/v1/session"]) {
        for (const authorization of ["", "Bearer dev-admin-token", "Bearer dev-admin-toke", "Bearer ", "Bearer undefined"]) {
          const answer = await stack.api(target, { headers: { authorization } });
          assert.deepEqual([answer.status, ((await answer.json()) as any).error.code], [503, "api_closed"]);
        }
      }
    }));
}
