// Signing in to the dashboard and out: the cookie, what a session stands for and for how long, and who may use it.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, before, describe, test } from "node:test";
import { SECRETS } from "../../dev/local.ts";
import { ask } from "./client.ts";
import { counted } from "./counted.ts";
import { Stack, ownerId, settle } from "./stack.ts";

type Headers = Record<string, string>;

const ORIGIN = "http://0.test";
const OWN = { origin: ORIGIN, "content-type": "application/json" };
const ADMIN = SECRETS.ADMIN_TOKEN;
const HOUR = 3_600_000;
/** What was served of each owner. */
const REQUESTS = { alice: 3, bob: 5 };

const today = new Date().toISOString().slice(0, 10);
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");

let stack: Stack;

async function call(method: string, path: string, headers: Headers = {}, body?: string) {
  const answer = await ask(stack.url, { method, path, headers, body });
  const text = answer.body.toString();
  return { status: answer.status, headers: answer.headers, text, body: text === "" ? undefined : JSON.parse(text) };
}

async function refused(pending: ReturnType<typeof call>, status: number, code: string, message?: RegExp): Promise<void> {
  const answer = await pending;
  assert.deepEqual([answer.status, answer.body?.error?.code, answer.body?.success], [status, code, false]);
  assert.equal(answer.headers["set-cookie"], undefined);
  if (message) assert.match(answer.body.error.message, message);
}

async function token(owner = "alice", scopes = ["read"]): Promise<{ id: string; token: string; expires_at: string }> {
  const answer = await call("POST", "/v1/tokens", bearer(ADMIN), JSON.stringify({ owner, scopes, expires_in_days: 30 }));
  assert.equal(answer.status, 201, answer.text);
  return answer.body;
}

const signIn = (token: string, headers: Headers = OWN) => call("POST", "/v1/session", headers, JSON.stringify({ token }));

/** What a browser sends after signing in. */
async function cookie(token: string, headers: Headers = OWN): Promise<{ cookie: string }> {
  const answer = await signIn(token, headers);
  assert.equal(answer.status, 201, answer.text);
  return { cookie: answer.headers["set-cookie"]![0]!.split(";")[0]! };
}

const whoami = async (headers: Headers) => (await call("GET", "/v1/session", headers)).status;
const stored = () => stack.sql("SELECT * FROM sessions");

before(async () => {
  stack = await Stack.start({ owners: ["alice", "bob"] });
  for (const owner of ["alice", "bob"] as const) {
    await counted(stack, { owner, date: today, requests: REQUESTS[owner], bytes: 100 });
  }
});
after(() => stack.close());

describe("signing in", () => {
  test("sets a cookie that stays with this host, and says who is signed in", async () => {
    const { token: secret } = await token();
    for (const [shown, owner, scopes, isAdmin] of [
      [secret, { name: "alice", id: ownerId("alice") }, ["read"], false],
      [` ${secret}\n`, { name: "alice", id: ownerId("alice") }, ["read"], false],
      [(await token("bob", ["write", "read"])).token, { name: "bob", id: ownerId("bob") }, ["read", "write"], false],
      [(await token("bob", ["admin"])).token, { name: "bob", id: ownerId("bob") }, ["admin"], true],
      [ADMIN, null, ["admin"], true],
    ] as const) {
      const began = Date.now();
      const answer = await signIn(shown);
      const ended = Date.now();
      assert.deepEqual([answer.status, answer.headers["content-type"], answer.headers["cache-control"]], [201, "application/json", "no-store"]);
      const { expires_at, ...who } = answer.body;
      assert.deepEqual(who, { owner, scopes, is_admin: isAdmin });
      const expires = Date.parse(expires_at);
      assert.ok(expires > began + 12 * HOUR - 1_000 && expires <= ended + 12 * HOUR, expires_at);

      const [header, ...others] = answer.headers["set-cookie"]!;
      assert.deepEqual(others, []);
      assert.match(header!, /^__Host-pixtally=[0-9a-f]{64}; Max-Age=43200; Path=\/; HttpOnly; Secure; SameSite=Strict$/);
      const again = await call("GET", "/v1/session", { cookie: `theme=dark; ${header!.split(";")[0]}` });
      assert.deepEqual([again.status, again.body], [200, answer.body]);
    }
  });

  test("needs a valid token with the scope read", async () => {
    const before = await stored();
    const { token: secret, id } = await token();
    for (const wrong of ["", "x", `${secret}0`, secret.toUpperCase(), id, `Bearer ${secret}`, `pxt_${"0".repeat(64)}`, sha256(secret), `${ADMIN}0`]) {
      await refused(signIn(wrong), 401, "unauthorized");
    }
    await refused(signIn((await token("alice", ["write"])).token), 403, "forbidden", /read/);
    for (const body of ["", "{", "{}", '{"token":1}', `{"token":"${secret}","owner":"bob"}`, `"${secret}"`]) {
      await refused(call("POST", "/v1/session", OWN, body), 400, "body_malformed");
    }
    await refused(call("POST", "/v1/session", OWN, `{"token":"${"x".repeat(70_000)}"}`), 413, "body_too_large");
    await refused(call("POST", `/v1/session?token=${secret}`, OWN, "{}"), 400, "parameter_unknown");
    await refused(call("POST", "/v1/session", { ...OWN, ...bearer(secret) }, "{}"), 400, "body_malformed");
    assert.deepEqual(await stored(), before);
  });

  test("is for the worker's own pages", async () => {
    const { token: secret } = await token();
    await refused(signIn(secret, { "content-type": "application/json" }), 403, "origin_mismatch", /Origin: http:\/\/0\.test$/);
    await refused(signIn(secret, { ...OWN, origin: "http://evil.test" }), 403, "origin_mismatch");
    await refused(signIn(secret, { ...OWN, origin: "null" }), 403, "origin_mismatch");
    await refused(signIn(secret, { origin: ORIGIN }), 403, "content_type_invalid", /application\/json/);
    await refused(signIn(secret, { ...OWN, "content-type": "text/plain" }), 403, "content_type_invalid");
  });

  test("leaves nothing behind that opens anything", async () => {
    const { token: secret } = await token();
    for (const shown of [secret, ADMIN]) {
      const [, value] = (await cookie(shown)).cookie.split("=");
      const rows = await stored();
      assert.equal(rows.filter((row) => row.secret_hash === sha256(value!)).length, 1);
      const text = JSON.stringify(rows);
      for (const secret of [value!, shown, sha256(ADMIN)]) assert.ok(!text.includes(secret));
      for (const secret of [value!, shown]) assert.ok(!stack.logs().includes(secret));
    }
  });

  test("again ends the session that the browser had, and no other one", async () => {
    const { token: secret } = await token();
    const [former, other] = [await cookie(secret), await cookie(secret)];
    const latter = await cookie(ADMIN, { ...OWN, ...former });
    assert.deepEqual([await whoami(former), await whoami(other), await whoami(latter)], [401, 200, 200]);
    await refused(signIn("x", { ...OWN, ...latter }), 401, "unauthorized");
    assert.equal(await whoami(latter), 200);
  });
});

describe("a session", () => {
  test("permits what its token permits, everywhere", async () => {
    const made = await token();
    const read = await cookie(made.token);
    const both = await cookie((await token("alice", ["read", "write"])).token);
    const admin = await cookie((await token("alice", ["admin"])).token);
    const operator = await cookie(ADMIN);
    const overview = (query: string) => `/v1/analytics/overview?days=1${query}`;
    for (const [method, path, ...statuses] of [
      ["GET", overview(""), 200, 200, 200, 400],
      ["GET", overview("&owner=alice"), 200, 200, 200, 200],
      ["GET", overview("&owner=bob"), 403, 403, 200, 200],
      ["GET", overview("&owner=*"), 403, 403, 200, 200],
      ["GET", overview("&format=csv"), 200, 200, 200, 400],
      ["GET", "/v1/analytics/breakdown/country", 200, 200, 200, 400],
      ["GET", "/v1/analytics/errors", 200, 200, 200, 400],
      ["GET", "/v1/analytics/images/pics/dino.jpg", 200, 200, 200, 400],
      ["GET", "/v1/analytics/images/pics/dino.jpg?owner=bob", 403, 403, 200, 200],
      ["GET", "/v1/analytics/status", 200, 200, 200, 200],
      ["GET", "/v1/reports/overview?owner=bob", 403, 403, 200, 200],
      ["GET", "/v1/usage/storage", 200, 200, 200, 400],
      ["GET", "/v1/owners", 403, 403, 200, 200],
      ["GET", "/v1/tokens", 403, 403, 200, 200],
      ["GET", "/v1/admin/runs/999", 403, 403, 404, 404],
      ["POST", "/v1/admin/purge", 403, 403, 202, 202],
      ["DELETE", "/v1/tokens/none", 403, 403, 404, 404],
    ] as const) {
      for (const [index, session] of [read, both, admin, operator].entries()) {
        const answer = await ask(stack.url, { method, path, headers: { ...session, origin: ORIGIN } });
        assert.equal(answer.status, statuses[index], `${method} ${path} ${index}: ${answer.body}`);
      }
    }
  });

  test("of an owner reads what is its own", async () => {
    for (const owner of ["alice", "bob"] as const) {
      const session = await cookie((await token(owner)).token);
      const { body } = await call("GET", "/v1/analytics/overview?days=1", session);
      assert.equal(body.totals.requests, REQUESTS[owner]);
    }
  });

  test("ends when its token is rotated, revoked, expires or is gone, at once", async () => {
    const admin = (method: string, path: string) => call(method, path, bearer(ADMIN), "");
    for (const [name, end] of [
      ["rotated", ({ id }) => admin("POST", `/v1/tokens/${id}/rotate`)],
      ["revoked", ({ id }) => admin("DELETE", `/v1/tokens/${id}`)],
      ["expired", ({ id }) => stack.sql("UPDATE api_tokens SET expires_at = '2026-01-01T00:00:00Z' WHERE id = ?1", id)],
      ["deleted", ({ id }) => stack.sql("DELETE FROM api_tokens WHERE id = ?1", id)],
    ] as [string, (made: { id: string }) => Promise<unknown>][]) {
      const [made, untouched] = [await token(), await cookie((await token()).token)];
      const session = await cookie(made.token);
      assert.equal(await whoami(session), 200, name);
      await end(made);
      await refused(call("GET", "/v1/session", session), 401, "unauthorized", /session has expired/);
      await refused(call("GET", "/v1/analytics/overview", session), 401, "unauthorized", /session has expired/);
      assert.equal(await whoami(untouched), 200, name);
    }
  });

  test("has the scopes that its token has now", async () => {
    const made = await token("alice", ["admin"]);
    const session = await cookie(made.token);
    assert.equal((await call("GET", "/v1/owners", session)).status, 200);
    await stack.sql(`UPDATE api_tokens SET scopes = '["read"]' WHERE id = ?1`, made.id);
    assert.equal((await call("GET", "/v1/owners", session)).status, 403);
    assert.deepEqual((await call("GET", "/v1/session", session)).body.scopes, ["read"]);
  });

  test("never lasts longer than its token, nor than it was given", async () => {
    const made = await token();
    const expires = new Date(Math.floor(Date.now() / 1000) * 1000 + HOUR);
    const text = `${expires.toISOString().slice(0, 19)}Z`;
    await stack.sql("UPDATE api_tokens SET expires_at = ?2 WHERE id = ?1", made.id, text);
    const answer = await signIn(made.token);
    assert.equal(answer.body.expires_at, text);
    const life = Number(/Max-Age=(\d+)/.exec(answer.headers["set-cookie"]![0]!)![1]);
    assert.ok(life > 3_500 && life <= 3_600, `${life}`);

    for (const shown of [(await token()).token, ADMIN]) {
      const session = await cookie(shown);
      const hash = sha256(session.cookie.split("=")[1]!);
      await stack.sql("UPDATE sessions SET expires_at = '2026-01-01T00:00:00Z' WHERE secret_hash = ?1", hash);
      assert.equal(await whoami(session), 401);
    }
  });

  test("that has expired is deleted by the nightly clean-up", async () => {
    const [kept, gone] = [await cookie(ADMIN), await cookie(ADMIN)].map((session) => sha256(session.cookie.split("=")[1]!));
    await stack.sql("UPDATE sessions SET expires_at = '2026-01-01T00:00:00Z' WHERE secret_hash = ?1", gone);
    await stack.scheduled("0 1 * * *");
    const left = async () => (await stored()).map((row) => row.secret_hash);
    await settle(async () => !(await left()).includes(gone));
    assert.ok((await left()).includes(kept) && !(await left()).includes(gone));
  });

  test("is not made of anything but its own cookie", async () => {
    const made = await token();
    const [, value] = (await cookie(made.token)).cookie.split("=");
    const [hash] = (await stored()).map((row) => row.secret_hash);
    for (const header of [`pixtally=${value}`, `__Host-pixtally=${hash}`, `__Host-pixtally=${made.token}`, `__Host-pixtally=${ADMIN}`, `__Host-pixtally=${"0".repeat(64)}`, `__Host-pixtally=${value}0`, ""]) {
      await refused(call("GET", "/v1/analytics/overview", { cookie: header }), 401, "unauthorized");
      assert.notEqual(await whoami({ cookie: header }), 200, header);
    }
    assert.equal(await whoami(bearer(value!)), 401);
    assert.equal(await whoami({}), 204);
  });

  test("is answered to HEAD, and to no other method", async () => {
    const session = await cookie(ADMIN);
    const head = await call("HEAD", "/v1/session", session);
    assert.deepEqual([head.status, head.text, head.headers["content-type"]], [200, "", "application/json"]);
    assert.equal((await call("HEAD", "/v1/session")).status, 204);
    const nobody = await call("GET", "/v1/session");
    assert.deepEqual([nobody.status, nobody.body, nobody.headers["cache-control"]], [204, undefined, "no-store"]);
    await refused(call("GET", "/v1/session?a=b"), 400, "parameter_unknown");
    await refused(call("GET", "/v1/session", { authorization: "Nonsense" }), 401, "unauthorized");
    const put = await call("PUT", "/v1/session", { ...session, ...OWN }, "{}");
    assert.deepEqual([put.status, put.headers.allow], [405, "GET, HEAD, POST, DELETE"]);
  });
});

test("whoever sends a token is told whose it is", async () => {
  const made = await token("bob");
  const { body } = await call("GET", "/v1/session", bearer(made.token));
  assert.deepEqual(body, { owner: { name: "bob", id: ownerId("bob") }, scopes: ["read"], is_admin: false, expires_at: made.expires_at });
  const operator = await call("GET", "/v1/session", bearer(ADMIN));
  assert.deepEqual(operator.body, { owner: null, scopes: ["admin"], is_admin: true, expires_at: null });
  await refused(call("GET", "/v1/session", bearer((await token("bob", ["write"])).token)), 403, "forbidden");
});

test("with a session, anything but reading comes from the worker's own pages, as JSON", async () => {
  const session = await cookie(ADMIN);
  const { id } = await token();
  const [rotate, revoke, owner] = [`/v1/tokens/${id}/rotate`, `/v1/tokens/${id}`, '{"name":"alice"}'];
  const json = { "content-type": "application/json" };
  const form = { "content-type": "application/x-www-form-urlencoded" };
  const chunked = { "transfer-encoding": "chunked" };
  for (const [name, method, path, headers, body, expected] of [
    ["own", "POST", "/v1/owners", OWN, owner, 200],
    ["own, with a charset", "POST", "/v1/owners", { ...OWN, "content-type": "application/json; charset=utf-8" }, owner, 200],
    ["own, chunked", "POST", "/v1/owners", { ...OWN, ...chunked }, owner, 200],
    ["no Origin", "POST", "/v1/owners", json, owner, "origin_mismatch"],
    ["another host", "POST", "/v1/owners", { ...json, origin: "http://evil.test" }, owner, "origin_mismatch"],
    ["a neighbour", "POST", "/v1/owners", { ...json, origin: "http://1.test" }, owner, "origin_mismatch"],
    ["another port", "POST", "/v1/owners", { ...json, origin: "http://0.test:81" }, owner, "origin_mismatch"],
    ["a sandbox", "POST", "/v1/owners", { ...json, origin: "null" }, owner, "origin_mismatch"],
    ["a longer name", "POST", "/v1/owners", { ...json, origin: "http://0.test.evil.test" }, owner, "origin_mismatch"],
    ["Referer alone", "POST", "/v1/owners", { ...json, referer: `${ORIGIN}/` }, owner, "origin_mismatch"],
    ["a form", "POST", "/v1/owners", { origin: ORIGIN, ...form }, owner, "content_type_invalid"],
    ["text", "POST", "/v1/owners", { origin: ORIGIN, "content-type": "text/plain" }, owner, "content_type_invalid"],
    ["no type", "POST", "/v1/owners", { origin: ORIGIN }, owner, "content_type_invalid"],
    ["no type, chunked", "POST", "/v1/owners", { origin: ORIGIN, ...chunked }, owner, "content_type_invalid"],
    ["no body", "POST", rotate, { origin: ORIGIN, "content-length": "0" }, undefined, 200],
    ["no body, as JSON", "POST", rotate, { ...OWN, "content-length": "0" }, undefined, 200],
    ["no body, no Origin", "POST", rotate, { "content-length": "0" }, undefined, "origin_mismatch"],
    ["no body, a form's type", "POST", rotate, { origin: ORIGIN, ...form, "content-length": "0" }, undefined, "content_type_invalid"],
    ["deleting, no Origin", "DELETE", revoke, {}, undefined, "origin_mismatch"],
    ["deleting, another host", "DELETE", revoke, { origin: "http://evil.test" }, undefined, "origin_mismatch"],
    ["deleting", "DELETE", revoke, { origin: ORIGIN }, undefined, 200],
    ["signing out, no Origin", "DELETE", "/v1/session", {}, undefined, "origin_mismatch"],
    ["signing out, another host", "DELETE", "/v1/session", { origin: "http://evil.test" }, undefined, "origin_mismatch"],
    ["reading, no Origin", "GET", "/v1/owners", {}, undefined, 200],
    ["reading, another host", "GET", "/v1/owners", { origin: "http://evil.test" }, undefined, 200],
  ] as [string, string, string, Headers, string | undefined, number | string][]) {
    const pending = call(method, path, { ...session, ...headers }, body);
    if (typeof expected === "string") await refused(pending, 403, expected);
    else assert.equal((await pending).status, expected, name);
    assert.equal((await pending).headers["access-control-allow-origin"], undefined, name);
  }
  assert.equal(await whoami(session), 200);
});

test("with both credentials, the Authorization header decides", async () => {
  const [alice, bob] = [await token("alice"), await token("bob")];
  const session = await cookie(alice.token);
  const requests = async (headers: Headers) => {
    const { status, body } = await call("GET", "/v1/analytics/overview?days=1", headers);
    return status === 200 ? body.totals.requests : status;
  };
  assert.equal(await requests(session), REQUESTS.alice);
  assert.equal(await requests({ ...session, ...bearer(bob.token) }), REQUESTS.bob);
  for (const authorization of ["Bearer", "Bearer x", "Basic x", "Digest x"]) {
    assert.equal(await requests({ ...session, authorization }), 401, authorization);
  }
  const register = (headers: Headers) => call("POST", "/v1/owners", headers, '{"name":"alice"}');
  assert.equal((await register({ ...session, ...bearer(ADMIN) })).status, 200, "no Origin is needed with a token");
  assert.equal((await register({ ...session, ...bearer(ADMIN), origin: "http://evil.test" })).status, 200);
  await refused(register({ ...(await cookie(ADMIN)), ...bearer(alice.token), ...OWN }), 403, "forbidden");
  await refused(call("DELETE", "/v1/session", { ...session, ...bearer(ADMIN) }), 403, "origin_mismatch");
});

test("signing out ends this session, and may be repeated", async () => {
  const made = await token();
  const [session, other] = [await cookie(made.token), await cookie(made.token)];
  const count = (await stored()).length;
  const CLEARED = ["__Host-pixtally=; Max-Age=0; Path=/; HttpOnly; Secure; SameSite=Strict"];
  for (const headers of [session, session, {}, { cookie: "__Host-pixtally=x" }, { cookie: `__Host-pixtally=${"0".repeat(64)}` }]) {
    const answer = await call("DELETE", "/v1/session", { origin: ORIGIN, ...headers });
    assert.deepEqual([answer.status, answer.text, answer.headers["set-cookie"]], [204, "", CLEARED]);
    assert.equal((await stored()).length, count - 1);
  }
  assert.equal((await call("DELETE", "/v1/session")).status, 204, "without a cookie there is nothing to be forged");
  assert.deepEqual([await whoami(session), await whoami(other)], [401, 200]);
});

test("the operator's session ends when ADMIN_TOKEN is another one", async () => {
  const [operator, alice] = [await cookie(ADMIN), await cookie((await token()).token)];
  assert.equal(await whoami(operator), 200);
  await stack.restart({ ADMIN_TOKEN: "another-admin-token" });
  await refused(call("GET", "/v1/session", operator), 401, "unauthorized", /session has expired/);
  await refused(call("GET", "/v1/owners", operator), 401, "unauthorized", /session has expired/);
  assert.deepEqual([await whoami(alice), await whoami(bearer("another-admin-token"))], [200, 200]);
  assert.equal(await whoami(await cookie("another-admin-token")), 200);
});
