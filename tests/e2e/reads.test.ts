// What a request costs in reads of R2, each of which is billed.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { ask, type Ask } from "./client.ts";
import { Stack, pause, settle } from "./stack.ts";

const BODY = Uint8Array.from({ length: 1000 }, (_, index) => index % 251);
/** What is done after an answer, such as filling the cache, has been done by then. */
const AFTERWARDS_MS = 500;

let stack: Stack;

before(async () => {
  const body = BODY;
  stack = await Stack.start({
    main: "tests/e2e/reads.ts",
    media: {
      "alice/pics/plain.jpg": { body },
      "alice/pics/ignored.jpg": { body },
      "alice/pics/several.jpg": { body },
      "alice/pics/part.mp4": { body },
      "alice/pics/end.mp4": { body },
      "alice/pics/beyond.mp4": { body },
      "alice/pics/uncached.mp4": { body, cacheControl: "no-store" },
    },
    owners: ["alice"],
  });
});
after(() => stack.close());

async function readsSince(): Promise<number> {
  return (await stack.api("/__reads")).json() as Promise<number>;
}

/** The status, where it came from, and how often R2 was read for it, afterwards too. */
async function cost(request: Ask): Promise<[status: number, cache: string | undefined, reads: number]> {
  await readsSince();
  const answer = await ask(stack.url, request);
  await pause(AFTERWARDS_MS);
  return [answer.status, answer.headers["x-cache"] as string | undefined, await readsSince()];
}

test("a file is read once, and comes from the cache then, whole or in part", async () => {
  const path = "/alice/pics/plain.jpg";
  assert.deepEqual(await cost({ path }), [200, "MISS", 1]);
  await settle(async () => (await ask(stack.url, { path })).headers["x-cache"] === "HIT");
  const { etag } = (await ask(stack.url, { path })).headers as Record<string, string>;
  const kept: [Record<string, string>, number][] = [
    [{}, 200],
    [{ range: "bytes=10-19" }, 206],
    [{ range: "bytes=990-" }, 206],
    [{ range: "bytes=-10" }, 206],
    [{ range: "bytes=10-19", "if-range": etag! }, 206],
    [{ range: "x=1" }, 200],
    [{ range: "bytes=0-1,5-6" }, 200],
    [{ range: "bytes=10-19", "if-none-match": etag! }, 304],
    [{ range: "bytes=10-19", "if-match": etag! }, 206],
  ];
  for (const [headers, status] of kept) {
    assert.deepEqual(await cost({ path, headers }), [status, "HIT", 0], JSON.stringify(headers));
  }
  assert.deepEqual((await cost({ path, headers: { range: "bytes=5000-" } }))[0], 416);
  const part = await ask(stack.url, { path, headers: { range: "bytes=10-19" } });
  assert.deepEqual(new Uint8Array(part.body), BODY.slice(10, 20));
  assert.deepEqual([part.headers["content-range"], part.headers["content-length"]], ["bytes 10-19/1000", "10"]);
});

test("a Range that is ignored costs what a plain GET costs", async () => {
  assert.deepEqual(await cost({ path: "/alice/pics/ignored.jpg", headers: { range: "x=1" } }), [200, "MISS", 1]);
  assert.deepEqual(await cost({ path: "/alice/pics/several.jpg", headers: { range: "bytes=0-1,5-6" } }), [200, "MISS", 1]);
});

test("a part is one read, and one more that fills the cache with the whole file", async () => {
  for (const [path, range] of [["/alice/pics/part.mp4", "bytes=10-19"], ["/alice/pics/end.mp4", "bytes=-10"]] as const) {
    assert.deepEqual(await cost({ path, headers: { range } }), [206, "MISS", 2]);
    await settle(async () => (await ask(stack.url, { path, headers: { range } })).headers["x-cache"] === "HIT");
    assert.deepEqual(await cost({ path, headers: { range } }), [206, "HIT", 0]);
    assert.deepEqual(await cost({ path }), [200, "HIT", 0]);
  }
  assert.deepEqual(await cost({ path: "/alice/pics/uncached.mp4", headers: { range: "bytes=10-19" } }), [206, "BYPASS", 1]);
  assert.deepEqual(await cost({ path: "/alice/pics/beyond.mp4", headers: { range: "bytes=1000-" } }), [416, "BYPASS", 2]);
});

test("a 404 is one read, and a file that is put is there at once", async () => {
  for (const path of ["/alice/pics/new.jpg", "/alice/pics/new.jpg/w512"]) {
    assert.deepEqual(await cost({ path }), [404, "BYPASS", 1], path);
    assert.deepEqual(await cost({ path, headers: { range: "bytes=0-9" } }), [404, "BYPASS", 1], path);
    assert.deepEqual(await cost({ path, method: "HEAD" }), [404, "BYPASS", 1], path);
  }
  await (await stack.bucket()).put("alice/pics/new.jpg", BODY);
  assert.equal((await ask(stack.url, { path: "/alice/pics/new.jpg" })).status, 200);
});

test("a path that cannot name a file, and a preflight, read nothing", async () => {
  for (const request of [{ path: "/alice/pics" }, { path: "/alice/pics/a.jpg/" }, { path: "/alice/pics/plain.jpg", method: "OPTIONS" }, { path: "/alice/pics/plain.jpg", method: "POST" }]) {
    assert.equal((await cost(request))[2], 0, JSON.stringify(request));
  }
});
