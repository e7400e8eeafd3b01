// The API as its clients see it: reports, tokens, errors, health, its own description.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import { ROOT } from "../../dev/local.ts";
import { ask } from "./client.ts";
import { counted } from "./counted.ts";
import { ADMIN, Stack, ownerId, settle } from "./stack.ts";

let stack: Stack;
let alice: string;
let bob: string;
/** Length of the body of the one 404. */
let notFoundBytes: number;
/** Answers to alice's visitors that came from the cache; which ones do is the cache's business. */
let cached = 0;

const today = new Date().toISOString().slice(0, 10);
const daysAgo = (days: number) => new Date(Date.now() - days * 86_400_000).toISOString().slice(0, 10);
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const json = async (target: string, headers: Record<string, string> = {}): Promise<any> => (await stack.api(target, { headers })).json();
const post = (target: string, body: unknown, headers: Record<string, string> = {}) =>
  stack.api(target, { method: "POST", body: typeof body === "string" ? body : JSON.stringify(body), headers });

const COLUMNS = "section,value,requests,bandwidth_bytes,name,cache_hits,cache_misses,errors,crawler_requests,bytes_saved,source,estimated,operator,class";

async function refused(pending: Promise<Response>, status: number, code: string, message?: RegExp, parameter?: string): Promise<void> {
  const answer = await pending;
  const { success, error } = (await answer.json()) as any;
  assert.deepEqual([answer.status, error.code, success], [status, code, false]);
  if (message) assert.match(error.message, message);
  if (parameter) assert.equal(error.parameter, parameter, code);
}

async function token(body: object): Promise<any> {
  const answer = await post("/v1/tokens", { owner: "alice", scopes: ["read"], expires_in_days: 30, ...body });
  assert.equal(answer.status, 201);
  return answer.json();
}

before(async () => {
  stack = await Stack.start({
    media: {
      "alice/pics/dino.jpg": { body: new Uint8Array(1000) },
      "alice/pics/a b.jpg": { body: new Uint8Array(10) },
      "alice/pics/unseen.jpg": { body: new Uint8Array(10) },
      "bob/pics/private.jpg": { body: new Uint8Array(77) },
    },
    owners: ["alice", "bob"],
  });
  alice = (await token({})).token;
  bob = (await token({ owner: "bob" })).token;
  for (const [path, country] of [
    ["/alice/pics/dino.jpg", "DE"],
    ["/alice/pics/dino.jpg", "DE"],
    ["/alice/pics/dino.jpg", "IN"],
    ["/alice/pics/a%20b.jpg", "IN"],
    ["/alice/pics/none.jpg", "IN"],
    ["/bob/pics/private.jpg", "US"],
    ["/nobody/pics/none.jpg", "US"],
  ] as const) {
    const answer = await ask(stack.url, { path, headers: { "cf-ipcountry": country } });
    if (path === "/alice/pics/none.jpg") notFoundBytes = answer.body.length;
    if (path.startsWith("/alice/") && answer.headers["x-cache"] === "HIT") cached += 1;
  }
  await settle(async () => (await stack.sql("SELECT sum(requests) AS sum FROM analytics_daily"))[0]!.sum === 7);
  for (const [days, requests] of [[1, 3], [10, 5], [40, 7], [80, 11]] as const) {
    await counted(stack, { owner: "alice", date: daysAgo(days), variant: "w512", country: "FR", requests, bytes: requests * 100, hits: 1, misses: 2, source: requests * 200 });
  }
});
after(() => stack.close());

describe("overview", () => {
  test("has everything of its contract, zero-filled, for its own owner alone", async () => {
    const report = await json("/v1/analytics/overview?days=3", bearer(alice));
    assert.equal(report.totals.bandwidth_bytes, 3310 + notFoundBytes);
    assert.deepEqual(report.range, { start: daysAgo(2), end: today, days: 3 });
    assert.equal(report.totals.requests, 8);
    assert.deepEqual(report.daily.map((day: any) => [day.date, day.requests]), [[daysAgo(2), 0], [daysAgo(1), 3], [today, 5]]);
    assert.deepEqual(report.top.country, [
      { value: "FR", requests: 3, bandwidth_bytes: 300, name: "France" },
      { value: "IN", requests: 3, bandwidth_bytes: 1010 + notFoundBytes, name: "India" },
      { value: "DE", requests: 2, bandwidth_bytes: 2000, name: "Germany" },
    ].sort((one, other) => other.requests - one.requests || other.bandwidth_bytes - one.bandwidth_bytes));
    assert.deepEqual(report.top.image.map((row: any) => [row.value, row.requests]), [["pics/dino.jpg", 6], ["pics/a b.jpg", 1]]);
    assert.deepEqual(report.top.other.map((row: any) => [row.value, row.requests]), [["(missing)", 1]]);
    assert.deepEqual(report.top.error_reason.map((row: any) => [row.value, row.requests]), [["object_not_found", 1]]);
    assert.deepEqual(Object.values(report.largest_undercount).filter((requests) => requests !== 0), []);
    const { cache_hits, cache_misses, cache_hit_ratio, cache_rating, bytes_saved, errors, error_rate, crawler_requests, crawler_share } = report.totals;
    assert.deepEqual(
      { cache_hits, cache_misses, cache_hit_ratio, cache_rating, bytes_saved, errors, error_rate, crawler_requests, crawler_share },
      { cache_hits: 1 + cached, cache_misses: 6 - cached, cache_hit_ratio: Math.round((1 + cached) / 7 * 1e4) / 1e4, cache_rating: "poor", bytes_saved: 300, errors: 1, error_rate: 0.125, crawler_requests: 0, crawler_share: 0 },
    );
    assert.deepEqual(report.top.variant.map((row: any) => [row.value, row.requests]), [["original", 4], ["w512", 3], ["(none)", 1]]);
    assert.deepEqual(report.top.status.map((row: any) => [row.value, row.requests]), [["200", 7], ["404", 1]]);
    assert.equal(report.freshness.realtime_enabled, true);
    assert.equal(report.freshness.last_aggregation_date, null);
    assert.equal(report.freshness.uncounted_requests, 0);
    assert.ok(Math.abs(Date.parse(report.freshness.generated_at) - Date.now()) < 60_000);
    assert.ok(!("comparison" in report));
  });

  test("sums of every list equal the totals", async () => {
    for (const query of ["owner=alice&days=90", "owner=*&days=90", "owner=bob"]) {
      const { totals, top, daily } = await json(`/v1/analytics/overview?${query}`);
      const { image, video, other, error_reason, crawler, ...lists } = top;
      for (const [name, rows] of Object.entries({ ...lists, files: [...image, ...video, ...other], daily }) as [string, any[]][]) {
        const sum = (field: string) => rows.reduce((total, row) => total + row[field], 0);
        assert.deepEqual([sum("requests"), sum("bandwidth_bytes")], [totals.requests, totals.bandwidth_bytes], `${query} ${name}`);
      }
    }
  });

  test("covers what is asked for, both days inclusive, 30 days by default", async () => {
    const requests = async (query: string) => (await json(`/v1/analytics/overview?owner=alice&${query}`)).totals.requests;
    assert.equal(await requests(""), 5 + 3 + 5);
    assert.equal(await requests("days=1"), 5);
    assert.equal(await requests("days=90"), 5 + 3 + 5 + 7 + 11);
    assert.equal(await requests(`start=${daysAgo(80)}&end=${daysAgo(40)}`), 7 + 11);
    assert.equal(await requests(`start=${daysAgo(79)}&end=${daysAgo(41)}`), 0);
  });

  test("compares", async () => {
    const { comparison } = await json("/v1/analytics/overview?owner=alice&days=10&compare=previous");
    assert.deepEqual(comparison.range, { start: daysAgo(19), end: daysAgo(10), days: 10 });
    assert.deepEqual([comparison.totals.requests, comparison.daily.length], [5, 10]);
    const weekday = await json("/v1/analytics/overview?owner=alice&days=10&compare=weekday");
    assert.deepEqual(weekday.comparison.range, { start: daysAgo(23), end: daysAgo(14), days: 10 });
    const month = await json(`/v1/analytics/overview?owner=alice&start=${daysAgo(35)}&end=${daysAgo(34)}&compare=month`);
    assert.ok(month.comparison.range.end < daysAgo(35) && month.comparison.range.start >= daysAgo(97), JSON.stringify(month.comparison.range));
    const beyond = await json("/v1/analytics/overview?owner=alice&days=50&compare=previous");
    assert.equal(beyond.comparison, null);
    assert.match(beyond.comparison_reason, /older than the 90 days we keep/);
  });

  test("all owners together, by name", async () => {
    const report = await json("/v1/analytics/overview?owner=*&days=1");
    assert.deepEqual(report.top.owner.map((row: any) => [row.value, row.requests]).sort(), [["_unknown", 1], ["alice", 5], ["bob", 1]]);
    const [largest, ...others] = report.top.owner;
    const breakdown = async (query: string) => json(`/v1/analytics/breakdown/owner?owner=*&days=1${query}`);
    const { dimension, totals, rows, values, other } = await breakdown("");
    assert.deepEqual([dimension, totals.requests, values, other.requests], ["owner", 7, 3, 0]);
    assert.deepEqual(rows.map(({ value, requests, bandwidth_bytes }: any) => ({ value, requests, bandwidth_bytes })), [largest, ...others]);
    assert.deepEqual((await breakdown("&limit=1&offset=1")).rows, [rows[1]]);
    assert.deepEqual((await breakdown("&sort=bandwidth")).rows, rows.toSorted((one: any, other: any) => other.bandwidth_bytes - one.bandwidth_bytes));
    await refused(stack.api("/v1/analytics/breakdown/owner?days=1", { headers: bearer(alice) }), 400, "dimension_unavailable", /owner=\*/);
    await refused(stack.api("/v1/analytics/breakdown/owner?owner=*&complete=true"), 400, "parameter_unknown", /complete/);
  });

  test("what is not recorded is not reported", async () => {
    for (const dimension of ["user_agent", "ip"]) {
      await refused(stack.api(`/v1/analytics/breakdown/${dimension}?days=1`, { headers: bearer(alice) }), 400, "dimension_unavailable", /ANALYTICS_PRIVACY=full/);
    }
  });

  test("a comparison is in the CSV, too", async () => {
    const text = await (await stack.api("/v1/analytics/overview?days=1&compare=previous&format=csv", { headers: bearer(alice) })).text();
    assert.ok(text.endsWith(`\r\ncomparison_daily,${daysAgo(1)},3,300,,1,2,0,0,300,realtime,false,,\r\n`), text);
  });

  test("as CSV, whichever way it is asked for", async () => {
    for (const [target, headers] of [["&format=csv", {}], ["", { accept: "text/csv" }]] as const) {
      const answer = await stack.api(`/v1/analytics/overview?owner=bob&days=1${target}`, { headers });
      assert.equal(answer.headers.get("content-type"), "text/csv; charset=utf-8");
      assert.equal(
        await answer.text(),
        [
          COLUMNS,
          `daily,${today},1,77,,0,1,0,0,0,realtime,false,,`,
          "asset_type,image,1,77,,,,,,,,,,",
          "bot,other,1,77,,,,,,,,,,",
          "browser,unknown,1,77,,,,,,,,,,",
          "cache,miss,1,77,,,,,,,,,,",
          "country,US,1,77,United States,,,,,,,,,",
          "crawler,Other bot,1,77,,,,,,,,,,other",
          "device,Bot,1,77,,,,,,,,,,",
          "format,image/jpeg,1,77,,,,,,,,,,",
          "image,pics/private.jpg,1,77,,,,,,,,,,",
          "os,unknown,1,77,,,,,,,,,,",
          "referrer,N/A,1,77,,,,,,,,,,",
          "status,200,1,77,,,,,,,,,,",
          "variant,original,1,77,,,,,,,,,,",
          "",
        ].join("\r\n"),
      );
    }
  });

  test("refuses what it cannot answer, and says which", async () => {
    for (const [query, code, message, parameter] of [
      ["days=0", "days_invalid", /1 to 90/, "days"],
      ["days=91", "days_invalid", /1 to 90/, "days"],
      ["days=x", "days_invalid", /"x"/, "days"],
      ["days=7&start=2026-01-01", "range_ambiguous", /either days, or start and end/, "days"],
      [`start=${today}`, "range_ambiguous", /end is missing/, "end"],
      ["start=2026-02-30&end=2026-03-01", "date_malformed", /2026-02-30/, "start"],
      [`start=${today}&end=${daysAgo(1)}`, "range_reversed", /after the end date/, "start"],
      [`start=${today}&end=2999-01-01`, "range_in_future", /in the future/, "end"],
      [`start=${daysAgo(95)}&end=${today}`, "range_too_long", /at most 90/, "start"],
      [`start=${daysAgo(95)}&end=${daysAgo(94)}`, "range_beyond_retention", new RegExp(`goes back to ${daysAgo(89)}`), "start"],
      ["compare=yesterday", "compare_invalid", /previous, weekday or month/, "compare"],
      ["format=xml", "format_invalid", /json or csv/, "format"],
      ["day=7", "parameter_unknown", /"day".*days/, "day"],
      ["days=7&days=8", "parameter_repeated", /days/, "days"],
      ["filter=country:is:DE&filter=bot:is:martian", "filter_value_invalid", /martian/, "filter[1]"],
      [Array(11).fill("filter=country:is:DE").join("&"), "filter_too_long", /at most 10/, "filter"],
    ] as const) {
      await refused(stack.api(`/v1/analytics/overview?owner=alice&${query}`), 400, code, message, parameter);
    }
    await refused(stack.api("/v1/analytics/overview"), 400, "owner_missing", /owner=/, "owner");
    await refused(stack.api("/v1/analytics/overview?owner=nobody"), 404, "owner_not_found", /nobody/, "owner");
    await refused(stack.api("/v1/analytics/breakdown/colour?owner=alice"), 404, "dimension_unknown", /colour/, "dimension");
    await refused(stack.api("/v1/analytics/overview?owner=A"), 400, "owner_malformed");
    await refused(stack.api("/v1/analytics/overview", { method: "POST" }), 405, "method_not_allowed");
    await refused(stack.api("/v1/nothing"), 404, "endpoint_not_found");
  });
});

describe("one image", () => {
  test("as a path and percent-encoded", async () => {
    for (const id of ["pics/dino.jpg", "pics%2Fdino.jpg"]) {
      const report = await json(`/v1/analytics/images/${id}?days=2`, bearer(alice));
      assert.equal(report.image_id, "pics/dino.jpg");
      assert.deepEqual([report.totals.requests, report.totals.bandwidth_bytes], [6, 3300]);
      const { cache_hits, cache_misses } = report.daily[1];
      assert.equal(cache_hits + cache_misses, 3);
      assert.deepEqual(report.daily, [
        { date: daysAgo(1), requests: 3, bandwidth_bytes: 300, cache_hits: 1, cache_misses: 2, errors: 0, crawler_requests: null, bytes_saved: 300, source: "realtime", estimated: false },
        { date: today, requests: 3, bandwidth_bytes: 3000, cache_hits, cache_misses, errors: 0, crawler_requests: null, bytes_saved: 0, source: "realtime", estimated: false },
      ]);
      assert.deepEqual(report.variants, [
        { value: "original", requests: 3, bandwidth_bytes: 3000 },
        { value: "w512", requests: 3, bandwidth_bytes: 300 },
      ]);
      assert.deepEqual(report.countries.map((row: any) => [row.value, row.requests]), [["FR", 3], ["DE", 2], ["IN", 1]]);
      assert.deepEqual(report.statuses, [{ value: "200", requests: 6, bandwidth_bytes: 3300 }]);
    }
    assert.equal((await json("/v1/analytics/images/pics%2Fa%20b.jpg?days=1", bearer(alice))).totals.requests, 1);
  });

  test("as CSV", async () => {
    const answer = await stack.api("/v1/analytics/images/pics/a%20b.jpg?days=1&format=csv", { headers: bearer(alice) });
    assert.equal(answer.headers.get("content-disposition"), 'attachment; filename="image.csv"');
    const rows = [COLUMNS, `daily,${today},1,10,,0,1,0,,0,realtime,false,,`, "variant,original,1,10,,,,,,,,,,", "country,IN,1,10,India,,,,,,,,,", "status,200,1,10,,,,,,,,,,", ""];
    assert.equal(await answer.text(), rows.join("\r\n"));
  });

  test("that was never asked for has zeros", async () => {
    const report = await json("/v1/analytics/images/pics/unseen.jpg?days=2", bearer(alice));
    assert.deepEqual([report.totals.requests, report.daily.length, report.variants], [0, 2, []]);
  });

  test("of another owner and one that does not exist are the same 404", async () => {
    const foreign = await stack.api("/v1/analytics/images/pics/private.jpg", { headers: bearer(alice) });
    const missing = await stack.api("/v1/analytics/images/pics/nothing.jpg", { headers: bearer(alice) });
    assert.deepEqual([foreign.status, missing.status], [404, 404]);
    assert.equal((await foreign.text()).replace("private", "nothing"), await missing.text());
    await refused(stack.api("/v1/analytics/images/pics", { headers: bearer(alice) }), 400, "image_id_malformed", /album\/file/);
    await refused(stack.api("/v1/analytics/images/pics/dino.jpg?owner=*"), 400, "owner_invalid");
  });
});

describe("credentials", () => {
  const basic = (text: string) => ({ authorization: `Basic ${Buffer.from(text).toString("base64")}` });
  const overview = (headers: Record<string, string>, query = "") => stack.api(`/v1/analytics/overview${query}`, { headers });

  test("come as Bearer, as ImageKit's Basic and as Cloudinary's", async () => {
    const made = await token({});
    for (const headers of [bearer(made.token), basic(`${made.token}:`), basic(`${made.id}:${made.token}`)]) {
      assert.equal((await overview(headers)).status, 200);
    }
    await refused(overview(basic(`other:${made.token}`)), 401, "unauthorized");
  });

  test("are needed, valid, and for their own owner", async () => {
    for (const headers of [{ authorization: "" }, bearer("x"), bearer(`pxt_${"0".repeat(64)}`), { authorization: "Digest x" }]) {
      await refused(overview(headers), 401, "unauthorized");
    }
    await refused(overview(bearer(alice), "?owner=bob"), 403, "forbidden");
    await refused(overview(bearer(alice), "?owner=*"), 403, "forbidden");
    assert.equal((await overview(bearer(bob))).status, 200);
    assert.equal((await overview(bearer(alice), "?owner=alice")).status, 200);
  });

  test("permit what their scopes say", async () => {
    const writer = await token({ scopes: ["write"] });
    await refused(overview(bearer(writer.token)), 403, "forbidden", /read/);
    await refused(stack.api("/v1/owners", { headers: bearer(alice) }), 403, "forbidden", /admin/);
    const admin = await token({ scopes: ["admin"] });
    assert.equal((await overview(bearer(admin.token), "?owner=bob")).status, 200);
    assert.equal((await stack.api("/v1/owners", { headers: bearer(admin.token) })).status, 200);
  });

  test("end when they are rotated, revoked or expired", async () => {
    const made = await token({});
    const rotated = (await (await post(`/v1/tokens/${made.id}/rotate`, "")).json()) as any;
    assert.deepEqual([rotated.id, rotated.owner, rotated.scopes, rotated.expires_at], [made.id, "alice", ["read"], made.expires_at]);
    await refused(overview(bearer(made.token)), 401, "unauthorized");
    assert.equal((await overview(bearer(rotated.token))).status, 200);
    const revoke = () => stack.api(`/v1/tokens/${made.id}`, { method: "DELETE" });
    assert.equal((await revoke()).status, 200);
    await refused(revoke(), 404, "token_not_found");
    await refused(overview(bearer(rotated.token)), 401, "unauthorized");
    await refused(post(`/v1/tokens/${made.id}/rotate`, ""), 404, "token_not_found");

    const expired = await token({});
    await stack.sql("UPDATE api_tokens SET expires_at = '2026-01-01T00:00:00Z' WHERE id = ?1", expired.id);
    await refused(overview(bearer(expired.token)), 401, "unauthorized");
  });

  test("are listed without their secrets, and stored as hashes alone", async () => {
    const made = await token({});
    const listed = await json("/v1/tokens?owner=alice&limit=1000");
    const entry = listed.tokens.find((it: any) => it.id === made.id);
    assert.deepEqual([entry.owner, entry.scopes, entry.revoked_at, entry.token], ["alice", ["read"], null, undefined]);
    const stored = JSON.stringify(await stack.sql("SELECT * FROM api_tokens"));
    assert.ok(!stored.includes(made.token) && !JSON.stringify(listed).includes(made.token.slice(4)));
  });

  test("are made for registered owners, with known scopes and a limited life", async () => {
    const body = { owner: "alice", scopes: ["read"] };
    await refused(post("/v1/tokens", { ...body, owner: "nobody" }), 404, "owner_not_found");
    await refused(post("/v1/tokens", { ...body, scopes: [] }), 400, "scopes_missing");
    await refused(post("/v1/tokens", { ...body, scopes: ["root"] }), 400, "body_malformed", /root/);
    await refused(post("/v1/tokens", { ...body, expires_in_days: 0 }), 400, "expiry_invalid");
    await refused(post("/v1/tokens", { ...body, colour: 1 }), 400, "body_malformed", /colour/);
    await refused(post("/v1/tokens", "{"), 400, "body_malformed");
    await refused(post("/v1/tokens", "x".repeat(70_000)), 413, "body_too_large");
  });
});

test("no answer is kept, nor its type guessed", async () => {
  for (const [target, type] of [
    ["/healthz", "application/json"],
    ["/v1/openapi.json", "application/json"],
    ["/v1/nothing", "application/json"],
    ["/v1/analytics/overview", "application/json"],
    ["/v1/analytics/overview?owner=alice", "application/json"],
    ["/v1/analytics/overview?owner=alice&format=csv", "text/csv; charset=utf-8"],
  ] as const) {
    const { headers } = await stack.api(target);
    const told = ["content-type", "cache-control", "x-content-type-options"].map((name) => headers.get(name));
    assert.deepEqual(told, [type, "no-store", "nosniff"], target);
  }
});

test("every CSV begins with a byte order mark, and no row is the sum of others", async () => {
  for (const target of [
    "/v1/analytics/overview?owner=alice&days=2&compare=previous",
    "/v1/analytics/breakdown/country?owner=alice&days=2",
    "/v1/analytics/breakdown/country?owner=alice&days=2&compare=previous",
    "/v1/analytics/breakdown/owner?owner=*&days=2",
    "/v1/analytics/images/pics/dino.jpg?owner=alice&days=2",
    "/v1/analytics/errors?owner=alice&days=2",
    "/v1/usage/storage?owner=*&days=2",
    "/v1/usage/metrics?owner=alice",
  ]) {
    const csv = async (query: string, headers = {}) => (await ask(stack.url, { path: `${target}${query}`, headers: { ...ADMIN, ...headers } })).body;
    const [marked, accepted, plain] = [await csv("&format=csv"), await csv("", { accept: "text/csv" }), await csv("&format=csv&bom=false")];
    assert.deepEqual([...marked.subarray(0, 3)], [0xef, 0xbb, 0xbf], target);
    assert.deepEqual(accepted.subarray(0, 3), marked.subarray(0, 3), target);
    assert.equal(plain.toString(), marked.subarray(3).toString(), target);
    const [header, ...rows] = plain.toString().trimEnd().split("\r\n").map((line) => line.split(","));
    assert.deepEqual(header!.slice(0, 2), ["section", "value"], target);
    for (const row of rows) {
      assert.equal(row.length, header!.length, `${target}: ${row}`);
      assert.doesNotMatch(row[0]!, /totals/, target);
    }
    await refused(stack.api(`${target}&bom=no`), 400, "parameter_invalid", /bom/);
  }
  const compared = await (await stack.api("/v1/analytics/breakdown/country?owner=alice&days=2&compare=previous&format=csv")).text();
  const [header, ...rows] = compared.trimEnd().split("\r\n");
  assert.match(header!, /,current_requests,current_bandwidth_bytes,previous_requests,previous_bandwidth_bytes$/);
  assert.match(rows.find((row) => row.startsWith("country,FR,"))!, /,3,300,0,0$/);
});

test("HEAD has the headers of GET and no body, and Allow lists the methods of each path", async () => {
  for (const [path, status, allow] of [
    ["/healthz", 200, "GET, HEAD"],
    ["/v1/openapi.json", 200, "GET, HEAD"],
    ["/v1/analytics/overview?owner=alice", 200, "GET, HEAD"],
    ["/v1/analytics/overview?owner=alice&format=csv", 200, "GET, HEAD"],
    ["/v1/analytics/breakdown/country?owner=alice", 200, "GET, HEAD"],
    ["/v1/analytics/images/pics/dino.jpg?owner=alice", 200, "GET, HEAD"],
    ["/v1/analytics/errors?owner=alice", 200, "GET, HEAD"],
    ["/v1/analytics/status", 200, "GET, HEAD"],
    ["/v1/usage/storage?owner=alice", 200, "GET, HEAD"],
    ["/v1/usage/metrics?owner=alice", 200, "GET, HEAD"],
    ["/v1/owners", 200, "GET, HEAD, POST"],
    ["/v1/tokens", 200, "GET, HEAD, POST"],
    ["/v1/analytics/overview?days=0", 400, "GET, HEAD"],
    ["/v1/admin/aggregate", 405, "POST"],
    ["/v1/admin/purge", 405, "POST"],
    ["/v1/usage/events", 405, "POST"],
    ["/v1/tokens/x", 405, "DELETE"],
    ["/v1/tokens/x/rotate", 405, "POST"],
  ] as const) {
    const [get, head] = [await ask(stack.url, { path, headers: ADMIN }), await ask(stack.url, { method: "HEAD", path, headers: ADMIN })];
    const said = ({ headers }: typeof get) => [headers["content-type"], headers["content-disposition"], headers["cache-control"], headers.allow];
    assert.deepEqual([get.status, head.status, head.body.length], [status, status, 0], path);
    assert.deepEqual([...said(head), head.headers["content-length"]], [...said(get), String(get.body.length)], path);
    for (const method of ["PUT", "OPTIONS"]) {
      const { status, headers, body } = await ask(stack.url, { method, path, headers: ADMIN });
      assert.deepEqual([status, headers.allow, JSON.parse(body.toString()).error.code], [405, allow, "method_not_allowed"], `${method} ${path}`);
    }
  }
  const nothing = await ask(stack.url, { method: "OPTIONS", path: "/v1/nothing", headers: ADMIN });
  assert.deepEqual([nothing.status, nothing.headers.allow], [404, undefined]);
});

test("reports have a second path, which blocklists leave alone", async () => {
  for (const [rest, status] of [
    ["overview?owner=alice&days=3&compare=previous", 200],
    ["overview?owner=alice&days=3&format=csv", 200],
    ["breakdown/country?owner=alice", 200],
    ["breakdown/nothing?owner=alice", 404],
    ["images/pics/dino.jpg?owner=alice", 200],
    ["images/pics%2Fdino.jpg?owner=alice", 200],
    ["errors?owner=alice", 200],
    ["status?owner=alice", 200],
    ["overview?owner=alice&days=0", 400],
    ["nothing", 404],
  ] as const) {
    const said = async (prefix: string, headers: Record<string, string>) => {
      const answer = await ask(stack.url, { path: `/v1/${prefix}/${rest}`, headers });
      return [answer.status, answer.headers["content-type"], answer.body.toString().replace(/"generated_at":"[^"]+"/, "")];
    };
    const [one, other] = [await said("analytics", ADMIN), await said("reports", ADMIN)];
    assert.deepEqual(other, one, rest);
    assert.equal(one[0], status, rest);
    if (status !== 404) assert.equal((await said("reports", {}))[0], 401, rest);
  }
  const { status, headers } = await ask(stack.url, { method: "POST", path: "/v1/reports/overview", headers: ADMIN });
  assert.deepEqual([status, headers.allow], [405, "GET, HEAD"]);
});

test("owners are registered once", async () => {
  const first = await post("/v1/owners", { name: "dora" });
  assert.deepEqual([first.status, await first.json()], [201, { owner: ownerId("dora"), name: "dora" }]);
  const again = await post("/v1/owners", { name: "dora" });
  assert.deepEqual([again.status, await again.json()], [200, { owner: ownerId("dora"), name: "dora" }]);
  const together = await Promise.all(Array.from({ length: 8 }, () => post("/v1/owners", { name: "erin" })));
  assert.deepEqual(together.map(({ status }) => status).sort(), [200, 200, 200, 200, 200, 200, 200, 201]);
  await refused(post("/v1/owners", { name: "v1" }), 400, "owner_reserved");
  await refused(post("/v1/owners", { name: "Dora" }), 400, "owner_malformed", /lowercase letters/);
  assert.deepEqual((await json("/v1/owners")).owners.map((owner: any) => owner.name), ["alice", "bob", "dora", "erin"]);
  assert.equal((await json("/v1/owners?limit=1&offset=1")).owners[0].name, "bob");
});

test("the description is the file in docs/, whatever a request asks beside it", async () => {
  const committed = readFileSync(path.join(ROOT, "docs", "openapi.json"), "utf8");
  const kept = { "if-none-match": "*", "if-modified-since": new Date(Date.now() + 60_000).toUTCString(), range: "bytes=0-9" };
  for (const headers of [{}, ADMIN, { authorization: "Bearer x" }, kept]) {
    const answer = await ask(stack.url, { path: "/v1/openapi.json?page=2", headers });
    const names = ["content-type", "cache-control", "x-content-type-options", "content-length", "etag"];
    const length = String(Buffer.byteLength(committed));
    assert.deepEqual([answer.status, answer.body.toString() === committed], [200, true], JSON.stringify(headers));
    assert.deepEqual(names.map((name) => answer.headers[name]), ["application/json", "no-store", "nosniff", length, undefined]);
  }
});

test("the last minutes are those of an owner, or of all, and of nobody else", async () => {
  const sums = async (target: string, headers = {}) => {
    const { minutes } = await json(target, headers);
    const sum = (field: string) => minutes.reduce((total: number, minute: any) => total + minute[field], 0);
    return [minutes.length, sum("requests"), sum("bandwidth_bytes"), sum("errors"), sum("cache_hits")];
  };
  // Three times a file of 1,000 bytes, one of 10, and a 404.
  assert.deepEqual(await sums("/v1/reports/live?owner=alice"), [60, 5, 3_010 + notFoundBytes, 1, cached]);
  const { minutes } = await json("/v1/analytics/live?owner=*");
  assert.ok(minutes.every((minute: any, index: number) => index === 0 || Date.parse(minute.start) - Date.parse(minutes[index - 1].start) === 60_000));
  assert.ok(Date.now() - Date.parse(minutes[59].start) < 61_000);
  await refused(stack.api("/v1/analytics/live?owner=bob", { headers: bearer(alice) }), 403, "forbidden");
  await refused(stack.api("/v1/analytics/live?owner=alice&days=1"), 400, "parameter_unknown");
  const before = await sums("/v1/analytics/live", bearer(bob));
  await ask(stack.url, { path: "/bob/pics/private.jpg" });
  await settle(async () => (await sums("/v1/analytics/live", bearer(bob)))[1]! > before[1]!);
  assert.deepEqual((await sums("/v1/analytics/live", bearer(bob))).slice(0, 3), [60, before[1]! + 1, before[2]! + 77]);
});

test("the description names every endpoint and resolves every reference", async () => {
  const answer = await stack.api("/v1/openapi.json", { headers: { authorization: "" } });
  const text = await answer.text();
  const { openapi, paths, components } = JSON.parse(text);
  assert.match(openapi, /^3\.1/);
  assert.deepEqual(Object.keys(paths).sort(), [
    "/healthz",
    "/v1/accounts/usage",
    "/v1/accounts/usage-analytics",
    "/v1/admin/aggregate",
    "/v1/admin/purge",
    "/v1/admin/runs/{id}",
    "/v1/admin/storage",
    "/v1/analytics/breakdown/{dimension}",
    "/v1/analytics/errors",
    "/v1/analytics/images/{image_id}",
    "/v1/analytics/live",
    "/v1/analytics/overview",
    "/v1/analytics/status",
    "/v1/owners",
    "/v1/session",
    "/v1/tokens",
    "/v1/tokens/{id}",
    "/v1/tokens/{id}/rotate",
    "/v1/usage/events",
    "/v1/usage/metrics",
    "/v1/usage/storage",
    "/v1_1/{cloud}/usage",
    "/v1_1/{cloud}/usage/{date}",
  ]);
  for (const [, name] of text.matchAll(/"#\/components\/schemas\/([^"]+)"/g)) assert.ok(components.schemas[name!], name);
  const overview = await json("/v1/analytics/overview?owner=alice&compare=previous&days=1");
  assert.deepEqual(Object.keys(overview).filter((field) => !components.schemas.Overview.properties[field]), []);
  assert.deepEqual(components.schemas.Overview.required.filter((field: string) => !(field in overview)), []);
  const status = await json("/v1/analytics/status");
  assert.deepEqual(Object.keys(status).filter((field) => !components.schemas.Status_RunReport.properties[field]), []);
});
