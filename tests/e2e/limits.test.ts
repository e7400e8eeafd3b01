// What callers may do how often, and what wrong ones cost. The counts are those of one isolate and of the local rate limiter:
// nothing here is a global number.

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import http from "node:http";
import { after, before, beforeEach, describe, test } from "node:test";
import { SECRETS } from "../../dev/local.ts";
import { ask, inParallel, type Answer } from "./client.ts";
import { Stack, ownerId, pause, settle } from "./stack.ts";

type Headers = Record<string, string>;

const FAILURES = 60;
const REQUESTS = 600;
const STATEMENTS = 80;
/** Of an overview. */
const OVERVIEW = 7;
const MAX_BODY = 64 * 1024;
const MINUTE = 60_000;
const ORIGIN = { origin: "http://0.test", "content-type": "application/json" };

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const basic = (text: string) => ({ authorization: `Basic ${Buffer.from(text).toString("base64")}` });
const unknown = () => `pxt_${randomBytes(32).toString("hex")}`;
const from = (address: string) => ({ "cf-connecting-ip": address });
const today = new Date().toISOString().slice(0, 10);

let stack: Stack;
let reader: { id: string; token: string };

const get = (path: string, headers: Headers = {}) => ask(stack.url, { path, headers });
const error = (answer: Answer) => JSON.parse(answer.body.toString()).error;

/** The statements of D1 since the meter was reset. */
async function statements(reset?: { limiters: string }): Promise<string[]> {
  const init = reset ? { method: "POST", body: JSON.stringify(reset) } : {};
  return ((await (await stack.api("/__meter", init)).json()) as any).statements;
}

/** Begins at the beginning of a minute, so that none ends in the middle. */
async function earlyInAMinute(seconds: number): Promise<void> {
  const left = MINUTE - (Date.now() % MINUTE);
  if (left < seconds * 1_000) await pause(left + 100);
}

async function token(scopes: string[], owner = "alice"): Promise<{ id: string; token: string }> {
  const answer = await stack.api("/v1/tokens", { method: "POST", body: JSON.stringify({ owner, scopes }) });
  assert.equal(answer.status, 201);
  return (await answer.json()) as any;
}

before(async () => {
  stack = await Stack.start({ main: "tests/e2e/metered.ts", owners: ["alice", "bob"], media: { "alice/pics/dino.jpg": { body: new Uint8Array(10) } } });
  reader = await token(["read"]);
});
after(() => stack.close());
beforeEach(() => statements({ limiters: "bound" }).then(() => {}));

describe("wrong credentials", () => {
  test("that cannot be right cost no statement", async () => {
    const client = from("198.51.100.1");
    for (const headers of [
      bearer("x"), bearer(SECRETS.ADMIN_TOKEN.slice(1)), bearer("pxt_"), bearer(`pxt_${"0".repeat(63)}`), bearer(`pxt_${"A".repeat(64)}`), bearer(`pxt_${"0".repeat(65)}`),
      basic("x:y"), basic("0011223344556677:secret"), { authorization: "Digest x" }, { cookie: "__Host-pixtally=x" }, { cookie: `__Host-pixtally=${"0".repeat(63)}` },
    ] as Headers[]) {
      assert.equal((await get("/v1/analytics/overview", { ...client, ...headers })).status, 401, JSON.stringify(headers));
    }
    const signIn = await ask(stack.url, { method: "POST", path: "/v1/session", headers: { ...client, ...ORIGIN }, body: '{"token":"guess"}' });
    assert.equal(signIn.status, 401);
    const signOut = await ask(stack.url, { method: "DELETE", path: "/v1/session", headers: { ...client, ...ORIGIN, cookie: "__Host-pixtally=x" } });
    assert.equal(signOut.status, 204);
    assert.deepEqual(await statements(), []);
  });

  test("are looked up once", async () => {
    const wrong = unknown();
    for (let again = 0; again < 5; again += 1) {
      assert.equal((await get("/v1/analytics/overview", { ...from("198.51.100.2"), ...bearer(wrong) })).status, 401);
    }
    assert.deepEqual(await statements(), ["SELECT"]);
  });

  test("at signing out change nothing", async () => {
    const cookie = `__Host-pixtally=${randomBytes(32).toString("hex")}`;
    for (let again = 0; again < 3; again += 1) {
      const answer = await ask(stack.url, { method: "DELETE", path: "/v1/session", headers: { ...from("198.51.100.3"), ...ORIGIN, cookie } });
      assert.equal(answer.status, 204);
    }
    assert.deepEqual(await statements(), ["SELECT"]);
  });

  test("are answered 429 when there are too many, and cost little; a right one is accepted at any time", async () => {
    await earlyInAMinute(45);
    const client = from("2001:db8:1:2::1");
    const answers: Answer[] = [];
    await inParallel(Array.from({ length: 300 }), 16, async () => {
      answers.push(await get("/v1/analytics/overview", { ...client, ...bearer(unknown()) }));
    });
    const limited = answers.filter(({ status }) => status === 429);
    assert.deepEqual([...new Set(answers.map(({ status }) => status))].sort(), [401, 429]);
    assert.ok(limited.length >= 300 - FAILURES - 16, `${limited.length}`);
    for (const answer of limited) {
      const wait = Number(answer.headers["retry-after"]);
      assert.ok(Number.isInteger(wait) && wait >= 1 && wait <= 60, answer.headers["retry-after"]);
      assert.deepEqual([error(answer).code, JSON.parse(answer.body.toString()).success], ["rate_limited", false]);
    }
    const asked = (await statements()).length;
    assert.ok(asked < FAILURES + 16 + 60, `${asked} statements for 300 guesses`);

    const cookie = await ask(stack.url, { method: "POST", path: "/v1/session", headers: { ...client, ...ORIGIN }, body: JSON.stringify({ token: reader.token }) });
    assert.equal(cookie.status, 201);
    const session = { cookie: cookie.headers["set-cookie"]![0]!.split(";")[0]! };
    for (const right of [bearer(reader.token), basic(`${reader.id}:${reader.token}`), session, bearer(SECRETS.ADMIN_TOKEN)] as Headers[]) {
      assert.equal((await get("/v1/analytics/overview?owner=alice", { ...client, ...right })).status, 200, JSON.stringify(Object.keys(right)));
      assert.equal((await get("/v1/analytics/overview", { ...client, ...bearer(unknown()) })).status, 429);
    }
    assert.equal((await get("/v1/analytics/overview", { ...from("2001:db8:1:2:ffff::9"), ...bearer("x") })).status, 429, "its whole /64");
    assert.equal((await get("/v1/analytics/overview", { ...from("2001:db8:1:3::1"), ...bearer("x") })).status, 401, "another client");

    const imagekit = await get("/v1/accounts/usage?startDate=2026-01-01&endDate=2026-01-02", { ...client, ...basic("x:") });
    assert.deepEqual([imagekit.status, Object.keys(JSON.parse(imagekit.body.toString())).sort()], [429, ["help", "message"]]);
    assert.deepEqual([imagekit.headers["x-ratelimit-limit"], imagekit.headers["x-ratelimit-interval"]], [String(FAILURES), "60000"]);
    const cloudinary = await get("/v1_1/alice/usage", { ...client, ...basic(`${"0".repeat(16)}:x`) });
    assert.deepEqual([cloudinary.status, Object.keys(error(cloudinary))], [429, ["message"]]);
    assert.deepEqual([cloudinary.headers["x-featureratelimit-limit"], cloudinary.headers["x-featureratelimit-remaining"]], [String(FAILURES), "0"]);
    for (const answer of [imagekit, cloudinary]) assert.ok(Number(answer.headers["retry-after"]) >= 1);

    const health = await get("/healthz", { ...client, ...bearer("x") });
    assert.deepEqual([health.status, "bindings" in JSON.parse(health.body.toString())], [200, false]);
  });

  for (const limiters of ["missing", "failing", "hanging"] as const) {
    test(`are counted by the isolate where the rate limiter is ${limiters}, which is said`, async () => {
      await statements({ limiters });
      // What was found out of the bindings holds for ten seconds.
      await pause(10_500);
      const health = (await (await stack.api("/healthz")).json()) as any;
      const state = limiters === "missing" ? "missing" : "failing";
      assert.deepEqual([health.status, health.degraded, health.bindings.FAILURES, health.bindings.STATEMENTS], ["degraded", ["FAILURES", "STATEMENTS"], state, state]);
      await earlyInAMinute(20);
      const client = from(`203.0.113.${{ missing: 1, failing: 2, hanging: 3 }[limiters]}`);
      const statuses: number[] = [];
      await inParallel(Array.from({ length: FAILURES + 10 }), 35, async () => {
        statuses.push((await get("/v1/analytics/overview", { ...client, ...bearer("x") })).status);
      });
      assert.deepEqual(statuses.sort(), [...Array(FAILURES).fill(401), ...Array(10).fill(429)]);
      assert.equal((await get("/v1/analytics/overview", { ...client, ...bearer(reader.token) })).status, 200);
      assert.equal((await get("/alice/pics/dino.jpg", client)).status, 200);
      assert.ok(!JSON.stringify(await stack.sql("SELECT * FROM analytics_meta")).includes("203.0.113"));
    });
  }
});

test("a token may send 600 requests a minute, which Cloudinary's headers show", async () => {
  await earlyInAMinute(40);
  const many = await token(["read"]);
  const headers = bearer(many.token);
  const first = await get("/v1_1/alice/usage", headers);
  const counted = (answer: Answer) => ["limit", "remaining"].map((name) => Number(answer.headers[`x-featureratelimit-${name}`]));
  assert.deepEqual(counted(first), [REQUESTS, REQUESTS - 1]);
  const resets = Date.parse(String(first.headers["x-featureratelimit-reset"]));
  assert.ok(resets > Date.now() && resets <= Date.now() + MINUTE && resets % MINUTE === 0);
  const statuses: number[] = [];
  await inParallel(Array.from({ length: REQUESTS - 2 }), 16, async () => {
    statuses.push((await get("/v1/session", headers)).status);
  });
  assert.deepEqual([...new Set(statuses)], [200]);
  assert.deepEqual(counted(await get("/v1_1/alice/usage", headers)), [REQUESTS, 0]);
  for (const path of ["/v1/session", "/v1/analytics/overview", "/v1_1/alice/usage"]) {
    const refused = await get(path, headers);
    assert.equal(refused.status, 429, path);
    assert.ok(Number(refused.headers["retry-after"]) >= 1);
  }
  assert.equal((await get("/v1/session", bearer(reader.token))).status, 200, "another token");
  const operator = await get("/v1_1/alice/usage", bearer(SECRETS.ADMIN_TOKEN));
  assert.deepEqual([operator.status, operator.headers["x-featureratelimit-limit"]], [200, undefined], "nothing is counted of the operator");
});

describe("bodies are read to their limit", () => {
  /** Begins a body without telling its length, and never ends it. */
  function send(path: string, headers: Headers, bytes: number): Promise<{ status: number; code: string }> {
    return new Promise((resolve, reject) => {
      let sent = 0;
      const request = http.request({ host: stack.url.hostname, port: stack.url.port, method: "POST", path, headers: { host: "0.test", ...headers } }, (answer) => {
        const chunks: Buffer[] = [];
        answer.on("data", (chunk) => chunks.push(chunk));
        answer.on("end", () => {
          resolve({ status: answer.statusCode!, code: JSON.parse(Buffer.concat(chunks).toString()).error.code });
          request.destroy();
        });
      });
      request.on("error", reject);
      const chunk = Buffer.alloc(64 * 1024, "x");
      const more = () => {
        while (sent < bytes && !request.destroyed) {
          sent += chunk.length;
          if (!request.write(chunk)) {
            request.once("drain", more);
            return;
          }
        }
      };
      more();
    });
  }

  const endpoints: [path: string, headers: () => Headers][] = [
    ["/v1/session", () => ORIGIN],
    ["/v1/owners", () => bearer(SECRETS.ADMIN_TOKEN)],
    ["/v1/tokens", () => bearer(SECRETS.ADMIN_TOKEN)],
    ["/v1/admin/aggregate", () => bearer(SECRETS.ADMIN_TOKEN)],
    ["/v1/usage/events?owner=alice", () => bearer(SECRETS.ADMIN_TOKEN)],
  ];
  for (const [path, headers] of endpoints) {
    test(path, async () => {
      const { status, code } = await send(path, headers(), 2 * MAX_BODY);
      assert.deepEqual([status, code], [413, "body_too_large"]);
      const announced = await ask(stack.url, { method: "POST", path, headers: headers(), body: "x".repeat(MAX_BODY + 1) });
      assert.deepEqual([announced.status, error(announced).code], [413, "body_too_large"]);
      const largest = await ask(stack.url, { method: "POST", path, headers: headers(), body: "x".repeat(MAX_BODY) });
      assert.deepEqual([largest.status, error(largest).code], [400, "body_malformed"]);
    });
  }

  test("credentials come first", async () => {
    for (const [path] of endpoints.slice(1)) {
      const answer = await ask(stack.url, { method: "POST", path, headers: from("198.51.100.9"), body: "x".repeat(MAX_BODY + 1) });
      assert.equal(answer.status, 401, path);
    }
  });

  test("an unknown field is not repeated at full length", async () => {
    const field = "f".repeat(MAX_BODY - 100);
    const answer = await ask(stack.url, { method: "POST", path: "/v1/session", headers: ORIGIN, body: JSON.stringify({ [field]: 1 }) });
    const { code, message } = error(answer);
    assert.deepEqual([answer.status, code], [400, "body_malformed"]);
    assert.match(message, /unknown field `f{80}…`, expected `token`/);
    for (const [path, body] of [
      ["/v1/owners", { name: field }], ["/v1/tokens", { owner: field, scopes: ["read"] }], ["/v1/tokens", { owner: "alice", scopes: [field] }],
      ["/v1/admin/aggregate", { date: field }],
      ["/v1/usage/events?owner=alice", { events: [{ idempotency_key: "1", type: "extension", name: field, operations: 1 }] }],
    ] as const) {
      const refused = await ask(stack.url, { method: "POST", path, headers: bearer(SECRETS.ADMIN_TOKEN), body: JSON.stringify(body) });
      assert.equal(refused.status, 400, path);
      assert.ok(refused.body.length < 2_500, `${path}: ${refused.body.length}`);
    }
  });
});

describe("Analytics Engine's quota is the operator's", () => {
  const overview = (owner: string, filter: string) => `/v1/analytics/overview?owner=${owner}&days=1&filter=${encodeURIComponent(filter)}`;
  const sql = async () => (await stack.cloudflare("log")).filter(({ api }) => api === "sql");

  before(async () => {
    const blobs = [today, "pics/dino.jpg", "original", "DE", "hit", "image/jpeg", "Desktop - Mac", "Safari", "macOS", "human", "N/A", "", "", "1", "", "", "none"];
    const point = (owner: string) => ({ timestamp: `${today}T00:00:01Z`, index: ownerId(owner), blobs, doubles: [10, 10, 200, 0, 0] });
    await stack.cloudflare("loadPoints", { dataset: "pixtally_hits", points: [point("alice"), point("bob")] });
  });

  test("an overview has seven statements; the same again, and a breakdown's days, are shared", async () => {
    await stack.cloudflare("clearLog");
    const headers = bearer(SECRETS.ADMIN_TOKEN);
    const answers = await Promise.all(Array.from({ length: 8 }, () => get(overview("alice", "bot:is:human"), headers)));
    assert.deepEqual(answers.map(({ status }) => status), Array(8).fill(200));
    assert.equal((await sql()).length, OVERVIEW);
    assert.equal((await get("/v1/analytics/breakdown/country?owner=alice&days=1&filter=bot:is:human", headers)).status, 200);
    assert.equal((await sql()).length, OVERVIEW + 2);
    assert.equal((await get(overview("bob", "bot:is:human"), headers)).status, 200);
    assert.equal((await sql()).length, 2 * OVERVIEW + 2, "another owner's are others");
  });

  test("eighty filtered overviews of one tenant leave most of it", async () => {
    await earlyInAMinute(40);
    await stack.cloudflare("clearLog");
    const tenant = await token(["read"], "bob");
    const answers: Answer[] = [];
    await inParallel(Array.from({ length: 80 }, (_, index) => index), 4, async (index) => {
      answers.push(await get(overview("bob", `referrer:is_not:${index}.example`), bearer(tenant.token)));
    });
    const statuses = answers.map(({ status }) => status);
    assert.deepEqual([...new Set(statuses)].sort(), [200, 429]);
    assert.ok(statuses.filter((status) => status === 200).length >= Math.floor(STATEMENTS / OVERVIEW) - 4);
    const refused = answers.find(({ status }) => status === 429)!;
    assert.equal(error(refused).code, "rate_limited");
    assert.ok(Number(refused.headers["retry-after"]) >= 1 && Number(refused.headers["retry-after"]) <= 60);
    const asked = await sql();
    assert.ok(asked.length <= STATEMENTS && asked.every(({ status }) => status === 200), `${asked.length}`);
    assert.equal((await get(overview("*", "os:is:macOS"), bearer(SECRETS.ADMIN_TOKEN))).status, 200, "the operator");
    assert.equal((await get("/v1/analytics/overview?days=1&filter=country:is:DE", bearer(tenant.token))).status, 200, "what D1 answers");
    const other = await token(["read"], "alice");
    assert.equal((await get(overview("alice", "os:is:macOS"), bearer(other.token))).status, 200, "another tenant");
  });

  test("a quota that is used up is a 503 that says when to come back", async (t) => {
    await stack.cloudflare("settings", { sqlBudget: { queries: 0, seconds: 300 } });
    t.after(() => stack.cloudflare("settings", { sqlBudget: { queries: 1_200, seconds: 300 } }));
    const answer = await get(overview("alice", "os:is:iOS"), bearer(SECRETS.ADMIN_TOKEN));
    assert.deepEqual([answer.status, error(answer).code, answer.headers["retry-after"]], [503, "analytics_engine_unavailable", "300"]);
  });
});

describe("administration", () => {
  const list = async () => ((await (await stack.api("/v1/tokens?limit=1000")).json()) as any).tokens as any[];
  const made = async (by: string, scopes: string[]) => {
    const answer = await stack.api("/v1/tokens", { method: "POST", headers: bearer(by), body: JSON.stringify({ owner: "bob", scopes }) });
    assert.equal(answer.status, 201);
    return (await answer.json()) as { id: string; token: string };
  };
  const revoke = (id: string, query = "") => stack.api(`/v1/tokens/${id}${query}`, { method: "DELETE" });
  const isValid = async ({ token }: { token: string }) => (await get("/v1/session", bearer(token))).status !== 401;

  test("says which token a token was made with, and revokes those with it when it is asked to", async () => {
    const first = await token(["admin"]);
    const second = await made(first.token, ["admin"]);
    const third = await made(second.token, ["read"]);
    const untouched = await token(["read"]);
    const by = new Map((await list()).map(({ id, made_by }) => [id, made_by]));
    assert.deepEqual([first, second, third].map(({ id }) => by.get(id)), [null, first.id, second.id]);

    const answer = await revoke(first.id);
    const { still_valid: left, ...revoked } = (await answer.json()) as any;
    assert.deepEqual([answer.status, revoked], [200, { id: first.id, revoked: true, also_revoked: [] }]);
    assert.deepEqual(left.sort(), [second.id, third.id].sort());
    assert.deepEqual(await Promise.all([first, second, third].map(isValid)), [false, true, true]);
    assert.equal((await revoke(first.id)).status, 404);
    assert.equal((await revoke(first.id, "?made=all")).status, 400);
    const later = await revoke(first.id, "?made=revoke");
    assert.equal(later.status, 200);
    const { also_revoked, still_valid } = (await later.json()) as any;
    assert.deepEqual([also_revoked.sort(), still_valid], [[second.id, third.id].sort(), []]);
    assert.deepEqual(await Promise.all([second, third, untouched].map(isValid)), [false, false, true]);
    assert.equal((await revoke("none", "?made=revoke")).status, 404);
  });

  test("looking at a run changes nothing; resuming it does", async () => {
    await stack.sql(
      `INSERT INTO aggregation_runs (kind, date, origin, state, step, progress, created_at, updated_at, attempts, busy_ms, rows, owners_changed, sampled, whole, final)
       VALUES ('purge', ?1, 'admin', 'queued', 0, '{}', '2026-01-01T00:00:00Z', '2026-01-01T00:00:00Z', 0, 0, 0, 0, 0, 0, 0)`,
      new Date(Date.now() - 90 * 24 * 60 * MINUTE).toISOString().slice(0, 10),
    );
    const [{ id }] = (await stack.sql("SELECT max(id) AS id FROM aggregation_runs")) as [{ id: number }];
    const row = async () => (await stack.sql("SELECT state, step, updated_at FROM aggregation_runs WHERE id = ?1", id))[0];
    const before = await row();
    for (let again = 0; again < 3; again += 1) assert.equal((await stack.api(`/v1/admin/runs/${id}`)).status, 200);
    await pause(1_500);
    assert.deepEqual(await row(), before);
    const resumed = await stack.api(`/v1/admin/runs/${id}`, { method: "POST" });
    assert.equal(resumed.status, 202);
    await settle(async () => (await row())!.updated_at !== before!.updated_at);
    assert.notDeepEqual(await row(), before);
    assert.equal((await stack.api("/v1/admin/runs/999", { method: "POST" })).status, 404);
    const put = await stack.api(`/v1/admin/runs/${id}`, { method: "PUT" });
    assert.deepEqual([put.status, put.headers.get("allow")], [405, "GET, HEAD, POST"]);
  });

  test("twenty sessions of a token are kept, the newest", async () => {
    for (const shown of [(await token(["read"])).token, SECRETS.ADMIN_TOKEN]) {
      const cookies: string[] = [];
      for (let begun = 0; begun < 23; begun += 1) {
        const answer = await ask(stack.url, { method: "POST", path: "/v1/session", headers: ORIGIN, body: JSON.stringify({ token: shown }) });
        assert.equal(answer.status, 201);
        cookies.push(answer.headers["set-cookie"]![0]!.split(";")[0]!);
      }
      const column = shown === SECRETS.ADMIN_TOKEN ? "token_hash IS NULL" : "token_hash IS NOT NULL AND token_hash = (SELECT token_hash FROM sessions WHERE token_hash IS NOT NULL GROUP BY 1 ORDER BY count(*) DESC LIMIT 1)";
      assert.equal((await stack.sql(`SELECT count(*) AS count FROM sessions WHERE ${column}`))[0]!.count, 20);
      assert.equal((await get("/v1/session", { cookie: cookies.at(-1)! })).status, 200);
    }
  });
});
