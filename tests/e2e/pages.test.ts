// The worker's own pages: their headers, how long they are kept, and that they and media never stand in for each other.

import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { ask } from "./client.ts";
import { Stack, settle } from "./stack.ts";

const SECURITY = {
  "content-security-policy":
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; font-src 'self'; " +
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
  "x-content-type-options": "nosniff",
  "referrer-policy": "same-origin",
  "cross-origin-opener-policy": "same-origin",
};
const MEDIA_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox";
const IMMUTABLE = "public, max-age=31536000, immutable";

const FILES: Record<string, string> = {
  "index.html": '<!doctype html><script type="module" src="/_app/index-0a1b2c3d.js"></script>',
  "_app/index-0a1b2c3d.js": "export {};",
  "_app/index-0a1b2c3d.css": "body{margin:0}",
  "_app/world-0a1b2c3d.json": "{}",
  "alice/pics/page.jpg": "a page where media are",
};

let stack: Stack;
let folder: string;
const get = (path: string, headers: Record<string, string> = {}, method = "GET") => ask(stack.url, { method, path, headers });

before(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "pages-"));
  for (const [file, text] of Object.entries(FILES)) {
    mkdirSync(path.join(folder, path.dirname(file)), { recursive: true });
    writeFileSync(path.join(folder, file), text);
  }
  stack = await Stack.start({
    assets: folder,
    owners: ["alice"],
    media: {
      "alice/pics/a.jpg": { body: new Uint8Array(10), contentType: "image/jpeg" },
      "_app/pics/a.jpg": { body: new Uint8Array(10) },
      "index.html": { body: new Uint8Array(10) },
    },
  });
});
after(async () => {
  await stack.close();
  rmSync(folder, { recursive: true });
});

test("pages are locked down, and asked for anew; files that are named by their content are not", async () => {
  for (const [target, file, type, caching] of [
    ["/", "index.html", "text/html; charset=utf-8", "no-cache"],
    ["/?view=errors&owner=alice", "index.html", "text/html; charset=utf-8", "no-cache"],
    ["/_app/index-0a1b2c3d.js", "_app/index-0a1b2c3d.js", "text/javascript; charset=utf-8", IMMUTABLE],
    ["/_app/index-0a1b2c3d.css", "_app/index-0a1b2c3d.css", "text/css; charset=utf-8", IMMUTABLE],
    ["/_app/world-0a1b2c3d.json", "_app/world-0a1b2c3d.json", "application/json", IMMUTABLE],
  ] as const) {
    const expected = { ...SECURITY, "content-type": type, "cache-control": caching };
    const answer = await get(target);
    const names = Object.keys(expected);
    assert.deepEqual([answer.status, answer.body.toString()], [200, FILES[file]], target);
    assert.deepEqual(Object.fromEntries(names.map((name) => [name, answer.headers[name]])), expected, target);
    assert.equal(answer.headers["set-cookie"], undefined);

    const head = await get(target, {}, "HEAD");
    assert.deepEqual([head.status, head.body.length], [200, 0], target);
    assert.deepEqual(Object.fromEntries(names.map((name) => [name, head.headers[name]])), expected, `HEAD ${target}`);

    const kept = await get(target, { "if-none-match": answer.headers.etag! });
    assert.deepEqual([kept.status, kept.body.length, kept.headers["cache-control"]], [304, 0, caching], target);
    assert.equal(kept.headers["content-security-policy"], SECURITY["content-security-policy"]);
  }
});

test("what is not there is a 404 and no page, and is not kept", async () => {
  for (const target of ["/_app/", "/_app/index-ffffffff.js", "/_app/index.html", "/_app/pics/a.jpg", "/_app/..%2findex.html", "/_app/%69ndex-0a1b2c3d.js", "/_app//index-0a1b2c3d.js"]) {
    const { status, headers, body } = await get(target);
    const { success, error } = JSON.parse(body.toString());
    assert.deepEqual([status, success, error.code, headers["cache-control"]], [404, false, "page_not_found", "no-store"], target);
  }
});

test("a description of the API that was not deployed is a 503, and the log says so", async () => {
  const { status, headers, body } = await get("/v1/openapi.json");
  const { success, error } = JSON.parse(body.toString());
  assert.deepEqual([status, success, error.code, headers["cache-control"]], [503, false, "assets_unavailable", "no-store"]);
  await settle(async () => stack.logs().includes("ASSETS answered 404 for /v1/openapi.json"));
  assert.match(stack.logs(), /ASSETS answered 404 for \/v1\/openapi\.json/);
});

test("they are read, and nothing else", async () => {
  for (const target of ["/", "/_app/index-0a1b2c3d.js"]) {
    for (const method of ["POST", "PUT", "DELETE", "OPTIONS"]) {
      const { status, headers, body } = await get(target, {}, method);
      assert.deepEqual([status, headers.allow, JSON.parse(body.toString()).error.code], [405, "GET, HEAD", "method_not_allowed"], `${method} ${target}`);
    }
  }
});

test("no path of media is a page, and media stay as they were", async () => {
  const image = await get("/alice/pics/a.jpg");
  assert.deepEqual([image.status, image.body.length, image.headers["content-security-policy"]], [200, 10, MEDIA_POLICY]);
  for (const target of ["/alice/pics/page.jpg", "/index.html", "/_app", "/_apps/index-0a1b2c3d.js", "//", "/alice/..%2f_app/index-0a1b2c3d.js"]) {
    const { status, headers, body } = await get(target);
    assert.ok(status >= 400 && status < 500, `${target}: ${status}`);
    assert.equal(headers["content-security-policy"], MEDIA_POLICY, target);
    assert.equal(JSON.parse(body.toString()).success, false, target);
  }
});
