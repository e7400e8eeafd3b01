// What the CDN route answers, header by header, on a socket.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { ask, type Ask } from "./client.ts";
import { Stack, settle } from "./stack.ts";

const BODY = Uint8Array.from({ length: 1000 }, (_, index) => index % 251);
const CSP = "default-src 'none'; style-src 'unsafe-inline'; sandbox";
const LARGE = new Uint8Array(6 * 1024 * 1024).map((_, index) => index % 253);

let stack: Stack;
const get = (path: string, headers: Record<string, string> = {}) => ask(stack.url, { path, headers });

before(async () => {
  stack = await Stack.start({
    media: {
      "alice/pics/a.jpg": { body: BODY, contentType: "image/jpeg" },
      "alice/pics/b.webp": { body: BODY },
      "alice/pics/MISS.jpg": { body: BODY },
      "alice/pics/HIT.jpg": { body: BODY },
      "alice/pics/hidden.js": { body: BODY, contentType: "text/plain; a=b, text/javascript" },
      "alice/pics/large.bin": { body: LARGE },
      "alice/pics/empty": { body: new Uint8Array() },
      "alice/site/app.js": { body: BODY, contentType: "text/javascript" },
      "alice/site/page.html": { body: BODY, contentType: "text/html" },
      "alice/pics/w%20 ü.png": { body: BODY },
      "_derived/alice/pics/a.jpg/w512": { body: BODY.slice(0, 100), contentType: "image/jpeg", metadata: { "source-bytes": "1000" } },
      "_derived/secret/x/y": { body: BODY },
    },
    owners: ["alice"],
  });
});
after(() => stack.close());

describe("a file", () => {
  test("has its type, length, validators, and nothing that lets it act on this origin", async () => {
    const { status, headers, body } = await get("/alice/pics/a.jpg");
    assert.equal(status, 200);
    assert.deepEqual(new Uint8Array(body), BODY);
    assert.equal(headers["content-type"], "image/jpeg");
    assert.equal(headers["content-length"], "1000");
    assert.match(headers.etag!, /^"[0-9a-f]+"$/);
    assert.ok(Date.parse(headers["last-modified"]!) <= Date.now());
    assert.equal(headers["accept-ranges"], "bytes");
    assert.equal(headers["cache-control"], "public, max-age=86400");
    assert.equal(headers["x-content-type-options"], "nosniff");
    assert.equal(headers["content-security-policy"], CSP);
    assert.equal(headers["access-control-allow-origin"], "*");
  });

  test("gets its type from its name when it was stored without one, and scripts are text", async () => {
    for (const [path, type] of [
      ["/alice/pics/b.webp", "image/webp"],
      ["/alice/pics/empty", "application/octet-stream"],
      ["/alice/site/app.js", "text/plain; charset=utf-8"],
      ["/alice/site/page.html", "text/html"],
      ["/alice/pics/hidden.js", "text/plain; charset=utf-8"],
    ] as const) {
      assert.equal((await get(path)).headers["content-type"], type, path);
    }
    assert.equal((await get("/alice/site/page.html")).headers["content-security-policy"], CSP);
    assert.equal((await get("/alice/site/page.html")).headers["access-control-allow-origin"], undefined);
  });

  test("is found under its encoded name, and as its variant", async () => {
    assert.equal((await get("/alice/pics/w%2520%20%C3%BC.png")).status, 200);
    assert.equal((await get("/alice/pics/a.jpg/original")).body.length, 1000);
    assert.equal((await get("/alice/pics/a.jpg/w512")).body.length, 100);
  });

  test("comes from the cache the second time, whatever the query, the same in every byte", async () => {
    const path = "/alice/pics/large.bin";
    const first = await get(path);
    assert.equal(first.headers["x-cache"], "MISS");
    await settle(async () => (await get(path)).headers["x-cache"] === "HIT");
    for (const target of [path, `${path}?utm_source=x`, `${path}/original`]) {
      const again = await get(target);
      assert.equal(again.headers["x-cache"], "HIT", target);
      assert.ok(again.body.equals(first.body) && again.headers.etag === first.headers.etag);
      assert.equal(again.headers["content-length"], String(LARGE.length));
      assert.equal(again.headers["content-security-policy"], CSP);
    }
  });
});

describe("HEAD and conditions", () => {
  const PAST = "Sat, 01 Jan 2000 00:00:00 GMT";
  for (const cache of ["MISS", "HIT"]) {
    test(cache === "HIT" ? "from the cache" : "from storage", async () => {
      const path = `/alice/pics/${cache}.jpg`;
      const { etag, "last-modified": modified } = (await get(path, { range: "bytes=0-0" })).headers as Record<string, string>;
      if (cache === "HIT") await settle(async () => (await get(path)).headers["x-cache"] === "HIT");

      const head = await ask(stack.url, { method: "HEAD", path });
      assert.deepEqual([head.status, head.body.length, head.headers["content-length"], head.headers["x-cache"]], [200, 0, "1000", cache]);
      for (const headers of [
        { "if-none-match": etag! },
        { "if-none-match": `W/${etag}` },
        { "if-none-match": `"x", ${etag}` },
        { "if-none-match": "*" },
        { "if-modified-since": modified! },
      ] as Record<string, string>[]) {
        const answer = await get(path, headers);
        assert.deepEqual([answer.status, answer.body.length, answer.headers["x-cache"]], [304, 0, cache], JSON.stringify(headers));
        assert.equal(answer.headers.etag, etag);
      }
      for (const headers of [
        { "if-none-match": '"x"', "if-modified-since": modified! },
        { "if-modified-since": PAST },
        { "if-modified-since": "yesterday" },
      ] as Record<string, string>[]) {
        const answer = await get(path, headers);
        assert.deepEqual([answer.status, answer.body.length], [200, 1000], JSON.stringify(headers));
      }
    });
  }
});

test("ranges", async () => {
  const { etag } = (await get("/alice/pics/a.jpg")).headers as Record<string, string>;
  for (const [headers, status, from, to] of [
    [{ range: "bytes=0-9" }, 206, 0, 10],
    [{ range: "bytes=990-" }, 206, 990, 1000],
    [{ range: "bytes=-10" }, 206, 990, 1000],
    [{ range: "bytes=0-99999" }, 206, 0, 1000],
    [{ range: "bytes=5-5", "if-range": etag! }, 206, 5, 6],
    [{ range: "bytes=5-5", "if-range": '"x"' }, 200, 0, 1000],
    [{ range: "bytes=0-1,5-6" }, 200, 0, 1000],
    [{ range: "pages=1-2" }, 200, 0, 1000],
    [{ range: "bytes=0-9", "if-none-match": etag! }, 304, 0, 0],
    [{ range: "bytes=1000-" }, 416, 0, 0],
    [{ range: "bytes=9-1" }, 416, 0, 0],
  ] as const) {
    const answer = await get("/alice/pics/a.jpg", headers as Record<string, string>);
    assert.equal(answer.status, status, JSON.stringify(headers));
    if (status === 416) {
      assert.equal(answer.headers["content-range"], "bytes */1000");
      continue;
    }
    assert.deepEqual(new Uint8Array(answer.body), BODY.slice(from, to));
    if (status === 206) assert.equal(answer.headers["content-range"], `bytes ${from}-${to - 1}/1000`);
    if (status === 206) assert.equal(answer.headers["x-cache"], "BYPASS");
  }
  assert.equal((await get("/alice/pics/empty", { range: "bytes=0-" })).status, 416);
});

test("refusals say why, in a header and in words", async () => {
  const cases: [Ask, number, string][] = [
    [{ path: "/alice/pics/none.jpg" }, 404, "object_not_found"],
    [{ path: "/alice/pics/a.jpg/w9" }, 404, "variant_not_allowed"],
    [{ path: "/alice/pics/a.jpg/W9" }, 404, "variant_not_allowed"],
    [{ path: "/alice/pics/none.jpg/w9" }, 404, "object_not_found"],
    [{ path: "/alice/pics/a.jpg", method: "POST" }, 405, "method_not_allowed"],
    [{ path: "/alice/pics/a.jpg", method: "PROPFIND" }, 405, "method_not_allowed"],
    [{ path: "/alice/pics/..%2f..%2fb" }, 400, "path_malformed"],
    [{ path: "/alice/pics/a%00" }, 400, "path_malformed"],
    [{ path: "/alice/.ssh/id_rsa" }, 400, "path_malformed"],
    [{ path: "/alice//a.jpg" }, 400, "path_malformed"],
    [{ path: `/alice/pics/${"x".repeat(1100)}` }, 400, "path_too_long"],
    [{ path: `/alice/pics/${"x".repeat(4000)}` }, 400, "path_too_long"],
    [{ path: `/alice/pics/${"x".repeat(1010)}/w1` }, 400, "path_too_long"],
    [{ path: "/Alice/pics/a.jpg" }, 400, "owner_malformed"],
    [{ path: "/_derived/secret/x/y" }, 404, "owner_reserved"],
    [{ path: "/assets/a/b" }, 404, "owner_reserved"],
    [{ path: "/robots.txt" }, 404, "not_media"],
    [{ path: "/a/b/c/d/e" }, 404, "not_media"],
    [{ path: "/alice/pics/a.jpg", headers: { range: "bytes=5000-" } }, 416, "range_not_satisfiable"],
  ];
  for (const [request, status, code] of cases) {
    const answer = await ask(stack.url, request);
    assert.deepEqual([answer.status, answer.headers["x-pixtally-error"]], [status, code], JSON.stringify(request));
    const { success, error } = JSON.parse(answer.body.toString());
    assert.deepEqual([success, error.code], [false, code]);
    assert.ok(error.message.length > 10);
    assert.equal(answer.headers["content-security-policy"], CSP);
    assert.equal(answer.headers["cache-control"], "no-store");
    if (status === 405) assert.equal(answer.headers.allow, "GET, HEAD");
  }
});

test("the worker's own pages are not media", async () => {
  const home = await get("/");
  assert.deepEqual([home.status, home.headers["content-type"]], [200, "text/html; charset=utf-8"]);
  assert.equal((await get("/_app/nothing.js")).status, 404);
});
