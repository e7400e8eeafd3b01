// What the CDN route answers, header by header, on a socket.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { ask, type Ask } from "./client.ts";
import { Stack, settle } from "./stack.ts";

const BODY = Uint8Array.from({ length: 1000 }, (_, index) => index % 251);
const DAY_SECONDS = 86_400;
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
      "alice/pics/caf\u00e9.png": { body: BODY },
      "alice/pics/x\\y.png": { body: BODY },
      "alice/pics/x%2Fy.png": { body: BODY },
      "alice/pics/semi.png;v=2": { body: BODY },
      "alice/pics/conditions.jpg": { body: BODY },
      "alice/own/private.jpg": { body: BODY, cacheControl: "private, max-age=60" },
      "alice/own/no-store.jpg": { body: BODY, cacheControl: "no-store" },
      "alice/own/live.m3u8": { body: BODY.slice(0, 10), cacheControl: "no-cache" },
      "alice/own/long.jpg": { body: BODY, cacheControl: "public, max-age=31536000, immutable" },
      "alice/own/expires.jpg": { body: BODY, cacheExpiry: new Date("2099-01-01T00:00:00Z") },
      "alice/own/doc.pdf": { body: BODY, contentDisposition: 'attachment; filename="Übersicht.pdf"' },
      "alice/own/font.woff2": { body: BODY },
      "alice/own/captions.vtt": { body: BODY },
      "alice/own/drawing.svg": { body: BODY },
      "alice/own/feed.xml": { body: BODY },
      "alice/own/clip.mp4": { body: BODY },
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
  });

  test("is read by pages of any site, and its errors are, too", async () => {
    for (const [path, headers, status] of [
      ["/alice/pics/a.jpg", {}, 200],
      ["/alice/own/font.woff2", {}, 200],
      ["/alice/own/captions.vtt", { range: "bytes=0-9" }, 206],
      ["/alice/site/page.html", {}, 200],
      ["/alice/pics/a.jpg", { "if-none-match": "*" }, 304],
      ["/alice/pics/none.jpg", {}, 404],
      ["/alice/pics/a.jpg", { range: "bytes=5000-" }, 416],
    ] as [string, Record<string, string>, number][]) {
      const answer = await get(path, { ...headers, origin: "https://site.example" });
      assert.equal(answer.status, status, path);
      assert.equal(answer.headers["access-control-allow-origin"], "*");
      assert.equal(answer.headers["cross-origin-resource-policy"], "cross-origin");
      const exposed = answer.headers["access-control-expose-headers"]!.toLowerCase().split(", ");
      for (const name of ["content-range", "content-length", "accept-ranges", "etag", "x-cache", "x-pixtally-error"]) {
        assert.ok(exposed.includes(name), name);
      }
    }
  });

  test("may be asked for by scripts of any site", async () => {
    const headers = { origin: "https://site.example", "access-control-request-method": "GET", "access-control-request-headers": "range" };
    for (const path of ["/alice/pics/a.jpg", "/alice/pics/none.jpg", "/alice/a/b/c/d"]) {
      const answer = await ask(stack.url, { method: "OPTIONS", path, headers });
      assert.deepEqual([answer.status, answer.body.length], [204, 0], path);
      assert.equal(answer.headers["access-control-allow-origin"], "*");
      assert.equal(answer.headers["access-control-allow-methods"], "GET, HEAD, OPTIONS");
      assert.match(answer.headers["access-control-allow-headers"]!, /\bRange\b/);
      assert.equal(answer.headers["access-control-max-age"], String(DAY_SECONDS));
      assert.equal(answer.headers["x-pixtally-error"], undefined);
    }
    assert.equal((await ask(stack.url, { method: "OPTIONS", path: "/alice/pics/a.jpg" })).headers.allow, "GET, HEAD, OPTIONS");
  });

  test("is in a sandbox unless its viewer would not start there", async () => {
    for (const path of ["/alice/pics/a.jpg", "/alice/site/page.html", "/alice/own/drawing.svg", "/alice/own/feed.xml", "/alice/pics/empty"]) {
      assert.equal((await get(path)).headers["content-security-policy"], CSP, path);
    }
    const video = await get("/alice/own/clip.mp4");
    assert.equal(video.headers["content-security-policy"], "default-src 'none'; media-src *; style-src 'unsafe-inline'; sandbox");
    const pdf = await get("/alice/own/doc.pdf");
    assert.deepEqual([pdf.headers["content-type"], pdf.headers["content-security-policy"]], ["application/pdf", undefined]);
    assert.equal(pdf.headers["x-content-type-options"], "nosniff");
  });

  test("is downloaded under a name beyond ASCII", async () => {
    const { headers } = await get("/alice/own/doc.pdf");
    assert.equal(headers["content-disposition"], "attachment; filename=\"_bersicht.pdf\"; filename*=UTF-8''%C3%9Cbersicht.pdf");
  });

  test("is found under its encoded name, and as its variant", async () => {
    assert.equal((await get("/alice/pics/w%2520%20%C3%BC.png")).status, 200);
    assert.equal((await get("/alice/pics/w%2520%20u%CC%88.png")).status, 200, "decomposed");
    assert.equal((await get("/alice/pics/x%5Cy.png")).status, 200);
    assert.equal((await get("/alice/pics/x%252Fy.png")).status, 200);
    assert.equal((await get("/alice/pics/semi.png;v=2")).status, 200);
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

describe("the cache", () => {
  /** Whether the file comes from the cache after it was asked for some times. */
  const isKept = async (path: string) => {
    for (let count = 0; count < 5; count += 1) if ((await get(path)).headers["x-cache"] === "HIT") return true;
    return false;
  };

  test("keeps a file as its own Cache-Control says", async () => {
    for (const [file, cacheControl, expires, kept] of [
      ["private.jpg", "private, max-age=60", undefined, false],
      ["no-store.jpg", "no-store", undefined, false],
      ["live.m3u8", "no-cache", undefined, false],
      ["long.jpg", "public, max-age=31536000, immutable", undefined, true],
      ["expires.jpg", undefined, "Thu, 01 Jan 2099 00:00:00 GMT", true],
    ] as const) {
      const path = `/alice/own/${file}`;
      const { headers } = await get(path);
      assert.deepEqual([headers["cache-control"], headers.expires], [cacheControl, expires], file);
      if (!kept) assert.equal(headers["x-cache"], "BYPASS", file);
      await settle(async () => (await get(path)).headers["x-cache"] === "HIT", kept ? 30 : 1);
      assert.equal(await isKept(path), kept, file);
    }
  });

  test("never answers with an old playlist that must not be kept", async () => {
    const path = "/alice/own/live.m3u8";
    assert.equal((await get(path)).headers["content-type"], "application/vnd.apple.mpegurl");
    const newer = BODY.slice(500, 520);
    await (await stack.bucket()).put(path.slice(1), newer, { httpMetadata: { cacheControl: "no-cache" } });
    assert.deepEqual(new Uint8Array((await get(path)).body), newer);
  });

  test("has one entry for a name in either Unicode form", async () => {
    await settle(async () => (await get("/alice/pics/caf%C3%A9.png")).headers["x-cache"] === "HIT");
    assert.equal((await get("/alice/pics/cafe%CC%81.png")).headers["x-cache"], "HIT");
  });
});

describe("HEAD and conditions", () => {
  const PAST = "Sat, 01 Jan 2000 00:00:00 GMT";
  for (const cache of ["MISS", "HIT"]) {
    test(cache === "HIT" ? "from the cache" : "from storage", async () => {
      const path = `/alice/pics/${cache}.jpg`;
      const { etag, "last-modified": modified } = (await ask(stack.url, { method: "HEAD", path })).headers as Record<string, string>;
      if (cache === "HIT") await settle(async () => (await get(path)).headers["x-cache"] === "HIT");

      const head = await ask(stack.url, { method: "HEAD", path });
      assert.deepEqual([head.status, head.body.length, head.headers["content-length"], head.headers["x-cache"]], [200, 0, "1000", cache]);
      for (const headers of [
        { "if-none-match": etag! },
        { "if-none-match": `W/${etag}` },
        { "if-none-match": `"x", ${etag}` },
        { "if-none-match": "*" },
        { "if-modified-since": modified! },
        { "if-modified-since": rfc850(modified!) },
        { "if-modified-since": asctime(modified!) },
        { "if-match": etag!, "if-none-match": etag! },
      ] as Record<string, string>[]) {
        const answer = await get(path, headers);
        assert.deepEqual([answer.status, answer.body.length, answer.headers["x-cache"]], [304, 0, cache], JSON.stringify(headers));
        assert.equal(answer.headers.etag, etag);
      }
      for (const headers of [
        { "if-none-match": '"x"', "if-modified-since": modified! },
        { "if-modified-since": PAST },
        { "if-modified-since": "yesterday" },
        { "if-match": etag! },
        { "if-match": `"x", ${etag}` },
        { "if-match": "*" },
        { "if-unmodified-since": modified! },
        { "if-unmodified-since": "yesterday" },
      ] as Record<string, string>[]) {
        const answer = await get(path, headers);
        assert.deepEqual([answer.status, answer.body.length], [200, 1000], JSON.stringify(headers));
      }
      for (const headers of [
        { "if-match": '"x"' },
        { "if-match": `W/${etag}` },
        { "if-match": '"x"', "if-none-match": etag! },
        { "if-match": '"x"', range: "bytes=0-9" },
        { "if-unmodified-since": PAST },
        { "if-unmodified-since": rfc850(PAST) },
        { "if-unmodified-since": PAST, "if-modified-since": modified! },
      ] as Record<string, string>[]) {
        for (const method of ["GET", "HEAD"]) {
          const answer = await ask(stack.url, { method, path, headers });
          assert.deepEqual([answer.status, answer.headers["x-pixtally-error"]], [412, "precondition_failed"], JSON.stringify(headers));
          if (method === "HEAD") assert.equal(answer.body.length, 0);
        }
      }
    });
  }

  test("no condition is checked for a file that does not exist", async () => {
    assert.equal((await get("/alice/pics/none.jpg", { "if-match": "*" })).status, 404);
  });
});

const instant = (date: string) => new Date(date).toUTCString().match(/^(\w+), (\d+) (\w+) (\d+) (.+) GMT$/)!.slice(1) as [string, string, string, string, string];

/** The obsolete form of a date that RFC 850 had. */
function rfc850(date: string): string {
  const [, day, month, year, time] = instant(date);
  const weekday = new Date(date).toLocaleDateString("en", { weekday: "long", timeZone: "UTC" });
  return `${weekday}, ${day}-${month}-${year.slice(2)} ${time} GMT`;
}

/** The form of a date that C's asctime() has. */
function asctime(date: string): string {
  const [weekday, day, month, year, time] = instant(date);
  return `${weekday} ${month} ${String(Number(day)).padStart(2)} ${time} ${year}`;
}

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
    [{ range: "x=1" }, 200, 0, 1000],
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
  }
  assert.equal((await get("/alice/pics/empty", { range: "bytes=0-" })).status, 416);
  const end = await get("/alice/pics/empty", { range: "bytes=-5" });
  assert.deepEqual([end.status, end.body.length, end.headers["content-length"]], [200, 0, "0"]);
});

test("refusals say why, in a header and in words", async () => {
  const cases: [Ask, number, string][] = [
    [{ path: "/alice/pics/none.jpg" }, 404, "object_not_found"],
    [{ path: "/alice/pics/a.jpg/w9" }, 404, "variant_not_allowed"],
    [{ path: "/alice/pics/a.jpg/W9" }, 404, "variant_not_allowed"],
    [{ path: "/alice/pics/none.jpg/w9" }, 404, "variant_not_allowed"],
    [{ path: "/alice/pics/a.jpg", method: "POST" }, 405, "method_not_allowed"],
    [{ path: "/alice/pics/a.jpg", method: "PROPFIND" }, 405, "method_not_allowed"],
    [{ path: "/alice/pics/..%2f..%2fb" }, 400, "path_malformed"],
    [{ path: "/alice/pics/a%00" }, 400, "path_malformed"],
    [{ path: "/alice/.ssh/id_rsa" }, 400, "path_malformed"],
    [{ path: "/alice//a.jpg" }, 404, "not_media"],
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
    if (status === 405) assert.equal(answer.headers.allow, "GET, HEAD, OPTIONS");
  }
});

test("a path with a slip is a 404 that names the right form", async () => {
  for (const [path, status] of [
    ["//alice/pics/a.jpg", 404],
    ["/alice//pics/a.jpg", 404],
    ["/alice/pics/a.jpg/", 404],
    ["/alice/pics/a.jpg;v=2", 404],
    ["/Alice/pics/a.jpg", 400],
    ["/alice/pics%2Fa.jpg", 400],
  ] as const) {
    const answer = await get(path);
    assert.equal(answer.status, status, path);
    assert.match(JSON.parse(answer.body.toString()).error.message, / Did you mean \/alice\/pics\/a\.jpg\?$/, path);
  }
});

test("the worker's own pages are not media", async () => {
  const home = await get("/");
  assert.deepEqual([home.status, home.headers["content-type"]], [200, "text/html; charset=utf-8"]);
  assert.equal((await get("/_app/nothing.js")).status, 404);
});
