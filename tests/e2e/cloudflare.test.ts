// The stand-in for Cloudflare's analytics APIs: it refuses what the real ones refuse, answers what they document from
// the points that it was given, and commits each fault when it is told to.

import assert from "node:assert/strict";
import http from "node:http";
import { after, before, beforeEach, test } from "node:test";
import type { FaultKind } from "../../dev/cloudflare/faults.ts";
import type { ZoneRequest } from "../../dev/cloudflare/requests.ts";
import type { Sampling } from "../../dev/cloudflare/sampling.ts";
import { CLOUDFLARE } from "../../dev/local.ts";
import { ask } from "./client.ts";
import { Stack, pause, settle } from "./stack.ts";
import { ACCEPTED, ALICE, BOB, DATASET, DAY, FROM, POINTS, REFUSED } from "./statements.ts";

const ACCOUNT = CLOUDFLARE.CLOUDFLARE_ACCOUNT_ID;
const ZONE = CLOUDFLARE.CLOUDFLARE_ZONE_ID;
const SQL = `/client/v4/accounts/${ACCOUNT}/analytics_engine/sql`;
const GRAPHQL = "/client/v4/graphql";

const request = (time: string, name: string, more: Partial<ZoneRequest> = {}): ZoneRequest => ({
  datetime: `${DAY}T${time}Z`,
  clientRequestHTTPHost: "cdn.test",
  clientRequestPath: name,
  clientCountryName: "DE",
  edgeResponseStatus: 200,
  edgeResponseBytes: 1000,
  ...more,
});

const REQUESTS = [
  request("00:00:00", "/alice/pics/dino.jpg"),
  request("00:10:00", "/alice/pics/dino.jpg", { sampleInterval: 10, edgeResponseBytes: 500 }),
  request("05:00:00", "/alice/pics/dino.jpg", { clientCountryName: "US" }),
  request("06:00:00", "/bob/clips/waves.mp4", { edgeResponseStatus: 404, clientRefererHost: "cdn.test" }),
  request("07:00:00", "/bob/clips/waves.mp4", { requestSource: "edgeWorkerFetch" }),
  request("08:00:00", "/elsewhere", { clientRequestHTTPHost: "www.test" }),
];

let stack: Stack;

before(async () => {
  stack = await Stack.start({ main: "tests/e2e/outbound.ts" });
});
after(() => stack.close());

beforeEach(async () => {
  await stack.cloudflare("reset");
  await stack.cloudflare("loadPoints", { dataset: DATASET, points: POINTS });
  await stack.cloudflare("loadRequests", { requests: REQUESTS });
});

interface Reply {
  status: number;
  text: string;
}

async function sql(statement: string): Promise<Reply> {
  const answer = await stack.askCloudflare(SQL, { body: statement });
  return { status: answer.status, text: await answer.text() };
}

async function rows(statement: string): Promise<unknown[][]> {
  const { status, text } = await sql(statement);
  assert.equal(status, 200, `${statement}: ${text}`);
  const { meta, data, rows } = JSON.parse(text);
  assert.equal(rows, data.length);
  return data.map((row: Record<string, unknown>) => meta.map(({ name }: { name: string }) => row[name]));
}

async function graphqlText(query: string, variables: Record<string, unknown> = {}): Promise<Reply> {
  const answer = await stack.askCloudflare(GRAPHQL, { body: JSON.stringify({ query, variables }) });
  return { status: answer.status, text: await answer.text() };
}

async function graphql(query: string, variables?: Record<string, unknown>): Promise<{ status: number; body: any }> {
  const { status, text } = await graphqlText(query, variables);
  return { status, body: JSON.parse(text) };
}

/** The groups of one node, of which `inner` is the selection and the arguments. */
async function groups(scope: "accounts" | "zones", node: string, variables: Record<string, unknown> = {}, declared = ""): Promise<any[]> {
  const filter = scope === "accounts" ? `accountTag: "${ACCOUNT}"` : `zoneTag: "${ZONE}"`;
  const query = `query${declared && `(${declared})`} { viewer { ${scope}(filter: {${filter}}) { rows: ${node} } } }`;
  const { body } = await graphql(query, variables);
  assert.equal(body.errors, null, JSON.stringify(body.errors));
  return body.data.viewer[scope][0].rows;
}

test("SQL: what is documented is answered from the points", async () => {
  for (const [statement, expected] of ACCEPTED) assert.deepEqual(await rows(statement), expected, statement);
});

test("SQL: a key range is read page by page, in the order of the key", async () => {
  const key = "index1, blob2, double3";
  const read: unknown[][] = [];
  for (let last: unknown[] | undefined; ; last = read.at(-1)) {
    const [owner, image, status] = last ?? ["", "", 0];
    const quoted = String(image).replaceAll("'", "''");
    const beyond =
      `index1 >= '${owner}' AND (index1 > '${owner}' OR (index1 = '${owner}' AND (blob2 > '${quoted}' ` +
      `OR (blob2 = '${quoted}' AND double3 > ${status}))))`;
    const page = await rows(
      `SELECT ${key}, sum(_sample_interval) AS n ${FROM} WHERE blob1 = '${DAY}' AND ${beyond} GROUP BY ${key} ORDER BY ${key} LIMIT 1`,
    );
    if (page.length === 0) break;
    read.push(...page);
  }
  assert.deepEqual(
    read.map(([owner, image, , n]) => [owner, image, n]),
    [
      [ALICE, "pics/dino.jpg", "2"],
      [ALICE, "pics/it's 100%.jpg", "1"],
      [BOB, "clips/Ünïcode.mp4", "10"],
      [BOB, "pics/dino.jpg", "10"],
    ],
  );
});

test("SQL: the formats, and the types that JSON names", async () => {
  const statement = `SELECT blob2, double1, count() AS n, max(_sample_interval) AS s ${FROM} WHERE double3 = 404 GROUP BY blob2, double1`;
  const { meta, rows_before_limit_at_least } = JSON.parse((await sql(statement)).text);
  assert.deepEqual(meta.map(({ type }: { type: string }) => type), ["String", "Float64", "UInt64", "UInt32"]);
  assert.equal(rows_before_limit_at_least, 1);
  assert.equal((await sql(`${statement} FORMAT TabSeparated`)).text, "pics/it's 100%.jpg\t7\t1\t1\n");
  assert.equal((await sql(`${statement} FORMAT JSONEachRow`)).text, '{"blob2":"pics/it\'s 100%.jpg","double1":7,"n":"1","s":1}\n');
});

test("SQL: a backslash in a text is refused, or read as the settings say", async () => {
  const statement = `SELECT 'a\\\\b' AS text`;
  assert.equal((await sql(statement)).status, 422);
  await stack.cloudflare("settings", { backslash: "literal" });
  assert.deepEqual(await rows(statement), [["a\\\\b"]]);
  await stack.cloudflare("settings", { backslash: "escape" });
  assert.deepEqual(await rows(statement), [["a\\b"]]);
});

test("SQL: a data set without points has no columns, and a point types those that it has", async () => {
  await stack.cloudflare("declareDataset", { dataset: "fresh" });
  assert.match((await sql("SELECT blob1 FROM fresh")).text, /unable to find type of column: "blob1"/);
  await stack.cloudflare("loadPoints", { dataset: "fresh", points: [{ timestamp: 1, index: "", blobs: ["x"], doubles: [] }] });
  assert.deepEqual(await rows("SELECT blob1 FROM fresh"), [["x"]]);
  assert.match((await sql("SELECT double1 FROM fresh")).text, /unable to find type of column: "double1"/);
});

test("what the real APIs refuse is refused", async () => {
  assert.ok(REFUSED.sql.length + REFUSED.graphql.length >= 25);
  for (const { statement, message, why, source } of REFUSED.sql) {
    assert.match(source, /^https:/);
    const { status, text } = await sql(statement);
    assert.equal(status, 422, `${why}: ${statement}: ${text}`);
    assert.ok(text.startsWith("Input was invalid: ") && text.includes(message), `${statement}: ${text}`);
  }
  for (const documentedStatus of [false, true]) {
    await stack.cloudflare("settings", { documentedStatus });
    for (const { statement, message, status, why } of REFUSED.graphql) {
      const answer = await graphql(statement);
      assert.equal(answer.status, documentedStatus ? status : 200, `${why}: ${JSON.stringify(answer.body)}`);
      const { data, errors } = answer.body;
      assert.equal(data, null);
      assert.ok(errors[0].message.includes(message), `${statement}: ${errors[0].message}`);
      assert.ok(!Number.isNaN(Date.parse(errors[0].extensions.timestamp)));
    }
  }
});

const WHOLE_DAY = `datetime_geq: "${DAY}T00:00:00Z", datetime_lt: "${DAY}T23:59:59Z"`;

test("GraphQL: the hourly counts of a data set, scaled or not", async () => {
  const node = `workersAnalyticsEngineAdaptiveGroups(limit: 100, filter: {dataset: "${DATASET}", ${WHOLE_DAY}}, orderBy: [datetimeHour_ASC]) { count dimensions { datetimeHour } }`;
  const hour = (count: number, hour: string) => ({ count, dimensions: { datetimeHour: `${DAY}T${hour}:00:00Z` } });
  assert.deepEqual(await groups("accounts", node), [hour(2, "00"), hour(2, "01")]);
  await stack.cloudflare("settings", { scaledCounts: true });
  assert.deepEqual(await groups("accounts", node), [hour(2, "00"), hour(11, "01")]);
});

test("GraphQL: every dimension of time", async () => {
  const names = "date datetime datetimeMinute datetimeFiveMinutes datetimeFifteenMinutes datetimeHour";
  const node = `workersAnalyticsEngineAdaptiveGroups(limit: 1, filter: {${WHOLE_DAY}}, orderBy: [datetime_DESC]) { dimensions { ${names} dataset } }`;
  const at = (time: string) => `${DAY}T${time}Z`;
  assert.deepEqual((await groups("accounts", node))[0].dimensions, {
    date: DAY,
    datetime: at("01:59:59"),
    datetimeMinute: at("01:59:00"),
    datetimeFiveMinutes: at("01:55:00"),
    datetimeFifteenMinutes: at("01:45:00"),
    datetimeHour: at("01:00:00"),
    dataset: DATASET,
  });
});

test("GraphQL: the zone's requests by path, their counts scaled", async () => {
  const declared = "$filter: ZoneHttpRequestsAdaptiveGroupsFilter_InputObject!, $limit: uint64!";
  const node = `httpRequestsAdaptiveGroups(limit: $limit, filter: $filter, orderBy: [clientRequestPath_ASC, clientCountryName_ASC]) {
    count sum { edgeResponseBytes visits } avg { sampleInterval } dimensions { clientRequestPath clientCountryName edgeResponseStatus } }`;
  const filter = {
    datetime_geq: `${DAY}T00:00:00Z`,
    datetime_lt: `${DAY}T23:59:59Z`,
    clientRequestHTTPHost: "cdn.test",
    requestSource: "eyeball",
  };
  const found = await groups("zones", node, { filter, limit: 10_000 }, declared);
  assert.deepEqual(
    found.map(({ count, sum, avg, dimensions }) => [...Object.values(dimensions), count, ...Object.values(sum), avg.sampleInterval]),
    [
      ["/alice/pics/dino.jpg", "DE", 200, 11, 6000, 11, 5.5],
      ["/alice/pics/dino.jpg", "US", 200, 1, 1000, 1, 1],
      ["/bob/clips/waves.mp4", "DE", 404, 1, 1000, 0, 1],
    ],
  );
});

/** Filters, and how many rows of the zone they leave. */
const FILTERS: [filter: string, count: number][] = [
  [`clientRequestPath: "/elsewhere"`, 1],
  [`clientRequestPath_neq: "/elsewhere"`, 14],
  [`clientRequestPath_gt: "/bob/clips/waves.mp4"`, 1],
  [`clientRequestPath_in: ["/elsewhere", "/bob/clips/waves.mp4"]`, 3],
  [`clientRequestPath_notin: ["/elsewhere", "/bob/clips/waves.mp4"]`, 12],
  [`clientRequestPath_like: "/alice/%"`, 12],
  [`clientRequestPath_notlike: "%.jpg"`, 3],
  [`edgeResponseStatus_geq: 400, edgeResponseStatus_leq: 499`, 1],
  [`OR: [{clientCountryName: "US"}, {edgeResponseStatus: 404}]`, 2],
  [`AND: [{clientCountryName: "DE"}, {OR: [{edgeResponseStatus: 404}, {requestSource_neq: "eyeball"}]}]`, 2],
  [`datetimeHour: "${DAY}T05:00:00Z"`, 1],
  [`datetime_gt: "${DAY}T00:00:00Z", datetime_leq: "${DAY}T05:00:00Z"`, 11],
];

test("GraphQL: filters", async () => {
  for (const [filter, expected] of FILTERS) {
    const [group] = await groups("zones", `httpRequestsAdaptiveGroups(limit: 1, filter: {date: "${DAY}", ${filter}}) { count }`);
    assert.equal(group.count, expected, filter);
  }
  assert.deepEqual(await groups("zones", `httpRequestsAdaptiveGroups(limit: 1, filter: {date: "${DAY}", edgeResponseStatus: 999}) { count }`), []);
});

test("GraphQL: both scopes in one query, settings, fragments and the types String and Int", async () => {
  const limits = "enabled maxDuration maxNumberOfFields maxPageSize notOlderThan";
  const { body } = await graphql(
    `query ($zone: String!, $limit: Int!) { viewer {
      accounts(filter: {accountTag: "${ACCOUNT}"}) { settings { workersAnalyticsEngineAdaptiveGroups { ${limits} } } }
      zones(filter: {zoneTag: $zone}) {
        settings { httpRequestsAdaptiveGroups { ...limits availableFields } }
        httpRequestsAdaptiveGroups(limit: $limit, filter: {date: "${DAY}"}) { __typename total: count }
      } } }
    fragment limits on Settings { ${limits} }`,
    { zone: ZONE, limit: 1 },
  );
  assert.equal(body.errors, null);
  const { accounts, zones } = body.data.viewer;
  assert.equal(accounts[0].settings.workersAnalyticsEngineAdaptiveGroups.maxPageSize, 10_000);
  const { availableFields, ...settings } = zones[0].settings.httpRequestsAdaptiveGroups;
  assert.deepEqual(settings, { enabled: true, maxDuration: 86_400, maxNumberOfFields: 30, maxPageSize: 10_000, notOlderThan: 691_200 });
  assert.ok(availableFields.includes("clientRefererHost") && availableFields.includes("sum_visits"));
  assert.deepEqual(zones[0].httpRequestsAdaptiveGroups, [{ __typename: "ZoneHttpRequestsAdaptiveGroups", total: 15 }]);
});

const ZONE_QUERY = (selection: string) =>
  `{ viewer { zones(filter: {zoneTag: "${ZONE}"}) { httpRequestsAdaptiveGroups(limit: 1, filter: {date: "${DAY}"}) { ${selection} } } } }`;

test("GraphQL: a field or a node that the plan lacks fails the whole query", async () => {
  await stack.cloudflare("settings", { missingFields: ["clientRefererHost", "visits"] });
  for (const [selection, field] of [["dimensions { clientRefererHost }", "clientrefererhost"], ["sum { visits }", "visits"]] as const) {
    const { errors, data } = (await graphql(ZONE_QUERY(`count ${selection}`))).body;
    assert.equal(data, null);
    assert.match(errors[0].message, new RegExp(`^zone '${ZONE}' does not have access to the field '${field}'`));
    assert.deepEqual(errors[0].path, ["viewer", "zones", "0", "httpRequestsAdaptiveGroups"]);
  }
  assert.equal((await graphql(ZONE_QUERY("count"))).body.errors, null);
  await stack.cloudflare("settings", { httpRequestsAdaptiveGroups: { enabled: false } });
  assert.match((await graphql(ZONE_QUERY("count"))).body.errors[0].message, /does not have access to the path/);
});

test("GraphQL: the limits are those of the settings", async () => {
  await stack.cloudflare("settings", { httpRequestsAdaptiveGroups: { maxDuration: 3600 } });
  assert.match((await graphql(ZONE_QUERY("count"))).body.errors[0].message, /wider than 1h, but your query time range spans 1d/);
  await stack.cloudflare("settings", { httpRequestsAdaptiveGroups: { maxDuration: 86_400, maxNumberOfFields: 2 } });
  assert.match((await graphql(ZONE_QUERY("count sum { visits } dimensions { date }"))).body.errors[0].message, /number of fields/);
  await stack.cloudflare("settings", { httpRequestsAdaptiveGroups: { notOlderThan: 60 } });
  assert.match((await graphql(ZONE_QUERY("count"))).body.errors[0].message, /older than 1m/);
});

test("GraphQL: the budget of queries, when it is counted", async () => {
  await stack.cloudflare("settings", { budget: { queries: 2, seconds: 300 } });
  const statuses = [];
  for (let query = 0; query < 3; query += 1) statuses.push((await graphql(ZONE_QUERY("count"))).status);
  assert.deepEqual(statuses, [200, 200, 429]);
  assert.equal((await sql(`SELECT count() AS n ${FROM}`)).status, 200);
});

test("SQL: the budget of statements, which is Cloudflare's unless it is set", async () => {
  assert.deepEqual((await stack.cloudflare("settings")).sqlBudget, { queries: 1_200, seconds: 300 });
  await stack.cloudflare("settings", { sqlBudget: { queries: 2, seconds: 300 } });
  const answers = [];
  for (let statement = 0; statement < 3; statement += 1) answers.push(await sql(`SELECT count() AS n ${FROM}`));
  assert.deepEqual(answers.map(({ status }) => status), [200, 200, 429]);
  await stack.cloudflare("settings", { sqlBudget: { queries: 3, seconds: 300 } });
  assert.equal((await sql(`SELECT count() AS n ${FROM}`)).status, 200, "what was refused does not count");
});

test("who may ask, and where", async () => {
  const cases: [target: string, init: { token?: string | null; method?: string; body?: string }, status: number, code: number | undefined][] = [
    [SQL, { token: null, body: "SHOW TABLES" }, 401, 10_000],
    [SQL, { token: "wrong", body: "SHOW TABLES" }, 401, 10_000],
    [GRAPHQL, { token: "wrong", body: "{}" }, 401, 10_000],
    [SQL.replace(ACCOUNT, "0".repeat(32)), { body: "SHOW TABLES" }, 403, 10_000],
    [SQL.replace(ACCOUNT, "me"), { body: "SHOW TABLES" }, 404, 7003],
    [SQL, { method: "GET" }, 404, 7003],
    ["/client/v4/zones", { body: "{}" }, 404, 7003],
    ["/__control", { body: '{"method":"log"}' }, 404, 7003],
  ];
  for (const [target, init, status, code] of cases) {
    const answer = await stack.askCloudflare(target, init);
    const body = (await answer.json()) as any;
    assert.deepEqual([answer.status, body.success, body.errors[0].code], [status, false, code], `${target} ${JSON.stringify(init)}`);
  }
  assert.equal((await stack.askCloudflare(`http://api.cloudflare.com${SQL}`, { body: "SHOW TABLES" })).status, 301);
  const log = await stack.cloudflare("log");
  assert.deepEqual(log.slice(0, 2).map(({ token, status, api }) => [token, status, api]), [["none", 401, "sql"], ["wrong", 401, "sql"]]);
  assert.equal(log.at(-1)!.protocol, "http:");
  assert.ok(!JSON.stringify(log).includes(CLOUDFLARE.CLOUDFLARE_API_TOKEN));
});

/** Each fault, and what the client sees of it: the status and the beginning of the body. */
const FAULTS: [kind: FaultKind, api: "sql" | "graphql", status: number, body: RegExp][] = [
  ["errors", "graphql", 200, /^\{"data":null,"errors":\[\{"message":"unable to execute query/],
  ["errors", "sql", 200, /^\{"success":false/],
  ["401", "graphql", 401, /"code":10000/],
  ["403", "sql", 403, /"code":10000/],
  ["429", "graphql", 429, /rate limiter budget depleted/],
  ["429", "sql", 429, /"success":false/],
  ["500", "graphql", 500, /Internal server error/],
  ["500", "sql", 500, /Internal server error/],
  ["502", "sql", 502, /^<!DOCTYPE html>/],
  ["truncated", "sql", 200, /^\{"meta":\[[^]*[^}]$/],
  ["truncated", "graphql", 200, /^\{"data":[^]*[^}]$/],
  ["html", "graphql", 200, /^<!DOCTYPE html>/],
  ["redirect", "sql", 302, /^$/],
  ["untyped", "sql", 422, /unable to find type of column/],
  ["unknown-table", "sql", 422, /unknown table/],
];

const right = {
  sql: () => sql(`SELECT count() AS n ${FROM}`),
  graphql: () => graphqlText(ZONE_QUERY("count")),
};

test("each fault comes about as often as it was asked for, and only in its API", async () => {
  for (const [kind, api, status, body] of FAULTS) {
    await stack.cloudflare("clearFaults");
    await stack.cloudflare("fault", { kind, api, times: 1, after: 1 });
    const other = api === "sql" ? "graphql" : "sql";
    assert.equal((await right[other]()).status, 200);
    assert.equal((await right[api]()).status, 200);
    const reply = await right[api]();
    assert.equal(reply.status, status, kind);
    assert.match(reply.text, body, kind);
    assert.equal((await right[api]()).status, 200);
    assert.equal((await stack.cloudflare("faults"))[0]!.fired, 1);
  }
});

test("429 with and without Retry-After, a redirect to another host", async () => {
  await stack.cloudflare("fault", { kind: "429", times: 1, retryAfter: 7 });
  await stack.cloudflare("fault", { kind: "429", times: 1 });
  await stack.cloudflare("fault", { kind: "redirect" });
  const headers = [];
  for (let turn = 0; turn < 3; turn += 1) headers.push((await stack.askCloudflare(SQL, { body: "SHOW TABLES" })).headers);
  assert.deepEqual(headers.map((one) => [one.get("retry-after"), one.get("location")]), [
    ["7", null],
    [null, null],
    [null, "https://elsewhere.example/"],
  ]);
});

/** Asks through the worker on a connection of its own: what has arrived after a while, and whether it is all. */
async function fragment(): Promise<{ body: string; ended: boolean }> {
  const target = new URL(`/__fetch?address=${encodeURIComponent(`https://api.cloudflare.com${SQL}`)}`, stack.url).href;
  const headers = { host: "0.test", authorization: `Bearer ${CLOUDFLARE.CLOUDFLARE_API_TOKEN}` };
  const seen = { body: "", ended: false };
  const request = http.get(target, { headers, agent: false }, (response) => {
    response.on("data", (chunk) => (seen.body += chunk));
    response.on("end", () => (seen.ended = true));
    response.on("error", () => {});
  });
  request.on("error", () => {});
  await settle(async () => seen.ended || seen.body !== "", 1);
  await pause(100);
  request.destroy();
  return seen;
}

test("a hang and a stalled body do not end by themselves, and hold nobody else up", async () => {
  await stack.cloudflare("fault", { kind: "hang", times: 1 });
  assert.deepEqual(await fragment(), { body: "", ended: false });
  await stack.cloudflare("fault", { kind: "stall", times: 1 });
  const { body, ended } = await fragment();
  assert.match(body, /^Input was/);
  assert.equal(ended, false);
  assert.equal((await fragment()).ended, true);
  assert.deepEqual((await stack.cloudflare("log")).map(({ fault, status }) => [fault, status]), [["hang", null], ["stall", 200], [null, 422]]);
});

test("lag hides what is younger", async () => {
  const now = Math.floor(Date.now() / 1000);
  const young = (timestamp: number) => ({ ...POINTS[0]!, timestamp });
  await stack.cloudflare("loadPoints", { dataset: "young", points: [young(now - 1000), young(now - 10)] });
  await stack.cloudflare("settings", { lag: 500 });
  assert.deepEqual(await rows("SELECT count() AS n FROM young"), [["1"]]);
  const today = `datetime_geq: "${new Date((now - 2000) * 1000).toISOString()}"`;
  const node = `workersAnalyticsEngineAdaptiveGroups(limit: 1, filter: {dataset: "young", ${today}}) { count }`;
  assert.deepEqual(await groups("accounts", node), [{ count: 1 }]);
});

const many = (index: string, count: number) => Array.from({ length: count }, (_, second) => ({ timestamp: 1000 + second, index, blobs: ["x"], doubles: [1] }));

const sampled = (dataset: string, condition = "") =>
  rows(`SELECT index1, count() AS n, sum(_sample_interval) AS w, max(_sample_interval) AS i FROM ${dataset}${condition} GROUP BY index1 ORDER BY index1`);

test("sampling at write time: fewer rows that stand for more, the same ones for the same seed", async () => {
  const sampling: Sampling = { interval: 10, seed: 7, indexes: ["busy"], at: "write" };
  const kept = [];
  for (const dataset of ["one", "same"]) {
    await stack.cloudflare("reset");
    await stack.cloudflare("settings", { sampling });
    await stack.cloudflare("loadPoints", { dataset, points: [...many("busy", 3000), ...many("quiet", 3000)] });
    const [busy, quiet] = (await sampled(dataset)) as [string[], string[]];
    assert.deepEqual(quiet, ["quiet", "3000", "3000", 1]);
    assert.equal(busy[3], 10);
    assert.equal(Number(busy[2]), Number(busy[1]) * 10);
    assert.ok(Math.abs(Number(busy[2]) - 3000) < 600, `3000 are estimated as ${busy[2]}`);
    kept.push(busy[1]);
  }
  assert.equal(kept[0], kept[1]);
});

test("sampling at read time: each query by the points that it would read, from samples that are parts of one another", async () => {
  await stack.cloudflare("reset");
  await stack.cloudflare("loadPoints", { dataset: "read", points: [...many("busy", 6000), ...many("quiet", 900), ...many("rare", 3)] });
  await stack.cloudflare("settings", { sampling: { at: "read", rows: 1000, seed: 7 } });
  const ask = async (condition: string) => Object.fromEntries((await sampled("read", condition)).map(([index, ...figures]: any) => [index, figures]));
  const all = await ask("");
  assert.deepEqual([all["busy"]![2], all["quiet"]![2], all["rare"]], [10, 10, undefined], "the rare one is in no sample");
  assert.deepEqual(await ask(" WHERE index1 = 'quiet'"), { quiet: ["900", "900", 1] });
  assert.deepEqual(await ask(" WHERE index1 > 'busy' AND index1 <= 'rare'"), { quiet: ["900", "900", 1], rare: ["3", "3", 1] });
  assert.deepEqual(await ask(" WHERE index1 = 'busy' AND timestamp < toDateTime(1500)"), { busy: ["500", "500", 1] });
  assert.equal((await ask(" WHERE blob1 = 'y'"))["quiet"], undefined);
  assert.equal((await ask(" WHERE blob1 = 'x'"))["quiet"]![2], 10, "other columns do not make it read less");
  const busy = await ask(" WHERE index1 = 'busy'");
  assert.deepEqual(busy["busy"], all["busy"], "the same sample, whatever else is asked for");
  assert.ok(Math.abs(Number(busy["busy"]![1]) - 6000) < 800, busy["busy"]![1]);
  await stack.cloudflare("settings", { sampling: { at: "read", rows: 100, seed: 7 } });
  const fewer = await ask(" WHERE index1 = 'busy'");
  assert.equal(fewer["busy"]![2], 100);
  const days = "SELECT w FROM (SELECT index1, sum(_sample_interval) AS w FROM read WHERE index1 = 'rare' GROUP BY index1)";
  assert.deepEqual(await rows(days), [["3"]]);
});

test("a page of a large day is read from the index, and reading stops at its end", async () => {
  const owners = [ALICE, BOB];
  const plan = { dataset: "large", date: DAY, points: 40_000, owners, images: 5000, variants: ["original", "w512"], countries: ["DE", "US"], statuses: [200] };
  await stack.cloudflare("generatePoints", plan);
  await stack.cloudflare("generateRequests", { host: "large.test", date: DAY, requests: 20_000, prefixes: ["/a", "/b"], images: 5000, countries: ["DE", "US"] });
  await stack.cloudflare("clearLog");
  const key = "index1, blob2, blob3, blob4, double3";
  const page = await rows(
    `SELECT ${key}, sum(_sample_interval) AS n, sum(_sample_interval * double1) AS bytes FROM large ` +
      `WHERE blob1 = '${DAY}' AND index1 = '${BOB}' AND blob2 >= 'album/0000100.jpg' AND timestamp < now() GROUP BY ${key} ORDER BY ${key} LIMIT 1000`,
  );
  assert.deepEqual([page.length, page[0]!.slice(0, 5)], [1000, [BOB, "album/0000100.jpg", "original", "DE", 200]]);
  const found = await groups(
    "zones",
    `httpRequestsAdaptiveGroups(limit: 1000, filter: {${WHOLE_DAY}, clientRequestHTTPHost: "large.test", requestSource: "eyeball", clientRequestPath_geq: "/b"},
      orderBy: [clientRequestPath_ASC, clientCountryName_ASC, edgeResponseStatus_ASC]) { count sum { edgeResponseBytes } dimensions { clientRequestPath clientCountryName edgeResponseStatus } }`,
  );
  assert.deepEqual([found.length, found[0].dimensions.clientRequestPath], [1000, "/b/album/0000000.jpg"]);
  for (const { rowsRead, api } of await stack.cloudflare("log")) assert.ok(rowsRead < 1100, `${api}: ${rowsRead} rows were read`);
});

test("the worker's own requests to api.cloudflare.com reach the stand-in, others the world", async () => {
  const server = http.createServer((_, response) => response.end("the world")).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  try {
    const { port } = server.address() as { port: number };
    const fetched = async (address: string) =>
      (await ask(stack.url, { path: `/__fetch?address=${encodeURIComponent(address)}`, headers: { authorization: "Bearer x" } })).body.toString();
    assert.match(await fetched(`https://api.cloudflare.com${GRAPHQL}`), /Authentication error/);
    assert.equal(await fetched(`http://127.0.0.1:${port}/`), "the world");
    const asked = async () => (await stack.cloudflare("log")).map(({ host, token }) => [host, token]);
    assert.deepEqual(await asked(), [["api.cloudflare.com", "wrong"]]);
    await stack.cloudflare("fault", { kind: "redirect" });
    await fetched(`https://api.cloudflare.com${GRAPHQL}`);
    assert.deepEqual((await asked()).at(-1), ["elsewhere.example", "none"], "a followed redirect would be seen");
  } finally {
    server.close();
  }
});

test("what the worker answers is in the zone's log, without its query", async () => {
  await ask(stack.url, { path: "/nobody/pics/none.jpg?secret=1", headers: { "cf-ipcountry": "FR", referer: "https://shop.example/x", "user-agent": "curl/8" } });
  const names = "clientRequestHTTPHost clientCountryName edgeResponseStatus clientRequestHTTPMethodName clientRefererHost userAgentBrowser";
  const hour = new Date(Date.now() - 3_600_000).toISOString();
  const node = `httpRequestsAdaptiveGroups(limit: 10, filter: {datetime_geq: "${hour}", clientRequestPath: "/nobody/pics/none.jpg"}) { count dimensions { ${names} } }`;
  let found: any[] = [];
  await settle(async () => (found = await groups("zones", node)).length > 0);
  assert.deepEqual(found.map(({ count, dimensions }) => [count, ...Object.values(dimensions)]), [[1, "0.test", "FR", 404, "GET", "shop.example", "Curl"]]);
});
