// Every dimension, exact to the row, however it was counted: in realtime alone, by the nightly job alone, and by both;
// while the day is open, after its night, and once it is closed. The ledger is the client's.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { seeded } from "../../dev/random.ts";
import { Stack, ownerId, settle, type StackOptions } from "./stack.ts";
import { MEDIA, visit, type Counters, type VisitLedger } from "./visits.ts";

const REQUESTS = 450;
const DIMENSIONS = [
  "image", "video", "other", "variant", "status", "country", "asset_type", "format", "cache", "device", "browser", "os", "bot", "crawler",
  "referrer", "error_reason", "hour", "user_agent", "ip",
];
/** Those of which an overview lists the largest values. */
const LISTED = DIMENSIONS.filter((dimension) => dimension !== "hour");
const FILES = ["image", "video", "other"];
const today = new Date().toISOString().slice(0, 10);
const AGGREGATION = "0 2 * * *";
const night = (nights: number) => new Date(Date.parse(today) + nights * 86_400_000 + 2 * 3_600_000);

type Rows = Record<string, Counters>;
const sorted = (rows: Rows): Rows => Object.fromEntries(Object.entries(rows).sort(([one], [other]) => (one < other ? -1 : 1)));
const expected = (ledger: VisitLedger, dimension: string): Rows => sorted(Object.fromEntries(ledger.dimensions.get(dimension) ?? []));
const counters = (row: any): Counters => [row.requests, row.bandwidth_bytes, row.cache_hits, row.cache_misses, row.bytes_saved];

const MODES: { name: string; options: StackOptions; realtime: boolean; source: string }[] = [
  { name: "realtime alone", options: { vars: { CLOUDFLARE_ACCOUNT_ID: undefined, CLOUDFLARE_API_TOKEN: undefined } }, realtime: true, source: "realtime" },
  { name: "the nightly job alone", options: { vars: { ANALYTICS_REALTIME_ENABLED: "false" } }, realtime: false, source: "engine" },
  { name: "both", options: {}, realtime: true, source: "realtime" },
];

for (const { name, options, realtime, source } of MODES) {
  describe(`counted by ${name}`, () => {
    let stack: Stack;
    let ledgers: Map<string, VisitLedger>;
    /** What was answered of each owner and dimension, at each time of looking. */
    const answers = new Map<string, any>();
    const times = [...(realtime ? ["open"] : []), "after its night", "closed"];
    const look = async (time: string) => {
      for (const owner of ledgers.keys()) {
        for (const dimension of DIMENSIONS) {
          const answer = await stack.api(`/v1/analytics/breakdown/${dimension}?owner=${owner}&days=1&limit=1000`);
          assert.equal(answer.status, 200, `${dimension}: ${answer.status}`);
          answers.set(`${time} ${owner} ${dimension}`, await answer.json());
        }
        answers.set(`${time} ${owner} overview`, await (await stack.api(`/v1/analytics/overview?owner=${owner}&days=1&interval=hour`)).json());
        answers.set(`${time} ${owner} errors`, await (await stack.api(`/v1/analytics/errors?owner=${owner}&days=1`)).json());
      }
      answers.set(`${time} *`, await (await stack.api("/v1/analytics/overview?owner=*&days=1")).json());
    };
    const looks = () => times.flatMap((time) => [...ledgers].map(([owner, ledger]) => ({ time, owner, ledger })));

    before(async () => {
      stack = await Stack.start({ media: MEDIA, owners: ["alice", "bob"], ...options, vars: { ...options.vars, ANALYTICS_PRIVACY: "full", OWN_HOSTS: "shop.example" } });
      ledgers = await visit(stack.url, seeded(4), REQUESTS);
      const one = async (sql: string) => Number(Object.values((await stack.sql(sql))[0]!)[0]);
      const written = async () => Number((await stack.points("SELECT count(*) AS count FROM points"))[0]!.count);
      await settle(async () => (await written()) >= REQUESTS);
      assert.equal(await written(), REQUESTS);
      if (realtime) {
        await settle(async () => (await one("SELECT coalesce(sum(requests), 0) FROM analytics_daily")) >= REQUESTS);
        await look("open");
      }
      await stack.scheduled(AGGREGATION, night(1));
      await look("after its night");
      await stack.scheduled(AGGREGATION, night(2));
      await look("closed");
    });
    after(() => stack.close());

    for (const dimension of DIMENSIONS) {
      test(dimension, async () => {
        for (const { time, owner, ledger } of looks()) {
          const { rows, other, totals, values } = answers.get(`${time} ${owner} ${dimension}`);
          const rowsOf = sorted(Object.fromEntries(rows.map((row: any) => [row.value, counters(row)])));
          assert.deepEqual(rowsOf, expected(ledger, dimension), `${time}, ${owner}`);
          assert.deepEqual([values, counters(other), other.largest_undercount], [rows.length, [0, 0, 0, 0, 0], 0], `${time}, ${owner}: nothing is left out`);
          if (!FILES.includes(dimension)) assert.deepEqual(counters(totals), ledger.totals, `${time}, ${owner}: the sums are the totals`);
        }
        for (const [owner, ledger] of ledgers) {
          const stored = await stack.sql(
            `SELECT value, requests, bandwidth_bytes, cache_hits, cache_misses, source_bytes - bandwidth_bytes AS bytes_saved
             FROM analytics_breakdown_daily AS rows
             WHERE owner = ?1 AND date = ?2 AND dimension = ?3
               AND run = (SELECT run FROM analytics_days AS days WHERE days.date = rows.date AND days.owner = rows.owner)`,
            ownerId(owner), today, dimension,
          );
          const rowsOf = sorted(Object.fromEntries(stored.map((row) => [row.value, counters(row)])));
          assert.deepEqual(rowsOf, expected(ledger, dimension), `${owner}, in D1`);
        }
      });
    }

    test("the hours of the overview", () => {
      for (const { time, owner, ledger } of looks()) {
        const { hourly, hourly_unassigned_requests } = answers.get(`${time} ${owner} overview`);
        const [first, last] = [hourly[0], hourly.at(-1)].map((hour: any) => hour.start);
        assert.equal(first, `${today}T00:00:00Z`);
        assert.ok(last.startsWith(today) && Date.parse(last) <= Date.now(), last);
        assert.equal(hourly.length, Number(last.slice(11, 13)) + 1, "every hour that has begun");
        const served = hourly.filter((hour: any) => hour.requests > 0).map((hour: any) => [hour.start.slice(11, 13), counters(hour)]);
        assert.deepEqual(Object.fromEntries(served), expected(ledger, "hour"), `${time}, ${owner}`);
        assert.equal(hourly_unassigned_requests, 0);
      }
    });

    test("images, videos and other files together are the totals", () => {
      for (const { time, owner, ledger } of looks()) {
        const sum = FILES.map((dimension) => counters(answers.get(`${time} ${owner} ${dimension}`).totals)).reduce((one, other) => one.map((it, index) => it + other[index]!) as Counters);
        assert.deepEqual(sum, ledger.totals, `${time}, ${owner}`);
      }
    });

    test("the overview", () => {
      for (const { time, owner, ledger } of looks()) {
        const { totals, top, daily, largest_undercount } = answers.get(`${time} ${owner} overview`);
        const of = (dimension: string, value: string) => ledger.dimensions.get(dimension)?.get(value)?.[0] ?? 0;
        const [requests, bytes, hits, misses, saved] = ledger.totals;
        const errors = [...ledger.dimensions.get("status")!].reduce((sum, [status, [count]]) => sum + (Number(status) >= 400 ? count : 0), 0);
        const crawlers = of("bot", "search") + of("bot", "ai");
        const round = (share: number) => Math.round(share * 10_000) / 10_000;
        assert.deepEqual(
          totals,
          {
            requests, bandwidth_bytes: bytes, cache_hits: hits, cache_misses: misses, bytes_saved: saved, errors,
            cache_hit_ratio: hits + misses ? round(hits / (hits + misses)) : null,
            cache_rating: hits + misses ? (hits / (hits + misses) > 0.9 ? "excellent" : hits / (hits + misses) > 0.8 ? "good" : "poor") : null,
            error_rate: round(errors / requests), crawler_requests: crawlers, crawler_share: round(crawlers / requests),
            crawler_bandwidth_bytes: (ledger.dimensions.get("bot")!.get("search")?.[1] ?? 0) + (ledger.dimensions.get("bot")!.get("ai")?.[1] ?? 0),
          },
          `${time}, ${owner}`,
        );
        assert.deepEqual([daily[0].requests, daily[0].errors, daily[0].crawler_requests], [requests, errors, crawlers]);
        assert.equal(daily[0].source, time === "open" ? "realtime" : source);
        for (const dimension of LISTED) {
          const ranked = Object.entries(expected(ledger, dimension)).filter(([value]) => !["error_reason", "crawler"].includes(dimension) || value !== "(none)");
          ranked.sort(([one, a], [other, b]) => b[0] - a[0] || b[1] - a[1] || (one < other ? -1 : 1));
          const list = top[dimension].map((row: any) => [row.value, row.requests, row.bandwidth_bytes]);
          assert.deepEqual(list, ranked.slice(0, 10).map(([value, row]) => [value, row[0], row[1]]), `${time}, ${owner}, ${dimension}`);
          assert.equal(largest_undercount[dimension], 0);
        }
        const named = [...ledger.dimensions.get("crawler")!.keys()].filter((name) => ["Googlebot", "GPTBot"].includes(name));
        assert.equal(named.reduce((sum, name) => sum + of("crawler", name), 0), crawlers, "the crawlers by name are all that crawlers asked for");
        const known = { Googlebot: ["Google", "search"], GPTBot: ["OpenAI", "ai"], "Other bot": [undefined, "other"] };
        for (const row of top.crawler) assert.deepEqual([row.operator, row.class], known[row.value as "GPTBot"] ?? [undefined, undefined]);
        for (const row of top.referrer) assert.equal(row.own, row.value === "shop.example", `${row.value} is in OWN_HOSTS, or not`);
        for (const row of top.country) assert.equal(row.name, { DE: "Germany", IN: "India", T1: "Tor", XX: "Unknown" }[row.value as "DE"]);
      }
      for (const time of times) {
        const { totals, top } = answers.get(`${time} *`);
        assert.equal(totals.requests, REQUESTS);
        assert.deepEqual(top.owner.map((row: any) => [row.value, row.requests]), [...ledgers].map(([owner, { totals }]) => [owner, totals[0]]).sort(([, one], [, other]) => Number(other) - Number(one)));
      }
    });

    test("the error report", () => {
      for (const { time, owner, ledger } of looks()) {
        const { totals, by_status, by_reason, urls, other } = answers.get(`${time} ${owner} errors`);
        const failures = [...ledger.failures.values()];
        const errors = failures.reduce((sum, { requests }) => sum + requests, 0);
        assert.deepEqual([totals.requests, totals.errors, other.requests], [ledger.totals[0], errors, 0]);
        const count = (of: (failure: (typeof failures)[0]) => string) => {
          const sums: Record<string, number> = {};
          for (const failure of failures) sums[of(failure)] = (sums[of(failure)] ?? 0) + failure.requests;
          return sums;
        };
        const shown = (rows: any[]) => Object.fromEntries(rows.map((row) => [row.value, row.requests]));
        assert.deepEqual(shown(by_status), count(({ status }) => String(status)), `${time}, ${owner}`);
        assert.deepEqual(shown(by_reason), count(({ reason }) => reason), `${time}, ${owner}`);
        for (const row of by_reason) assert.ok(row.meaning.length > 10 && row.advice.length > 10, row.value);
        assert.ok(urls.every((url: any, index: number) => index === 0 || urls[index - 1].requests >= url.requests), "the most frequent come first");
        const listed = Object.fromEntries(urls.map((url: any) => [`${url.status} ${url.reason} ${url.value}`, [url.requests, Object.fromEntries(url.referrers.map((row: any) => [row.value, row.requests]))]]));
        for (const { value, own } of urls.flatMap((url: any) => url.referrers)) assert.equal(own, value === "shop.example", value);
        const failed = Object.fromEntries(failures.map((it) => [`${it.status} ${it.reason} ${it.path}`, [it.requests, Object.fromEntries(it.referrers)]]));
        assert.deepEqual(listed, failed, `${time}, ${owner}`);
        for (const url of urls) {
          const [first, last] = [Date.parse(url.first_seen), Date.parse(url.last_seen)];
          assert.ok(first <= last && last - first < 120_000 && Math.abs(Date.now() - last) < 600_000, `${url.first_seen} ${url.last_seen}`);
        }
      }
    });

    test("pages, orders and CSV say the same", async () => {
      const url = "/v1/analytics/breakdown/status?owner=alice&days=1";
      const whole = answers.get("closed alice status").rows;
      const paged: any[] = [];
      for (let offset = 0; offset < whole.length; offset += 2) paged.push(...((await (await stack.api(`${url}&limit=2&offset=${offset}`)).json()) as any).rows);
      assert.deepEqual(paged, whole);
      const bandwidth = ((await (await stack.api(`${url}&sort=bandwidth`)).json()) as any).rows.map((row: any) => row.bandwidth_bytes);
      assert.deepEqual(bandwidth, bandwidth.toSorted((one: number, other: number) => other - one));
      const csv = await (await stack.api(`${url}&format=csv`)).text();
      assert.deepEqual(csv.trim().split("\r\n").slice(1, -1), whole.map((row: any) => ["status", row.value, row.requests, row.bandwidth_bytes, "", row.cache_hits, row.cache_misses, row.cache_hit_ratio, row.bytes_saved, row.share, row.bandwidth_share, "", "", ""].join(",")));
      const errors = await (await stack.api("/v1/analytics/errors?owner=alice&days=1&format=csv")).text();
      assert.match(errors, /^url,\/alice\/pics\/gone\.jpg,\d+,,404,object_not_found,\S+Z,\S+Z,[^,]+\r$/m);
      const beyond: any = await (await stack.api("/v1/analytics/errors?owner=alice&days=1&offset=1000")).json();
      const { values, other } = answers.get("closed alice errors");
      assert.deepEqual([beyond.urls, beyond.values, beyond.other], [[], values, other]);
    });

    test("what cannot be answered is refused, and says why", async () => {
      for (const [target, status, code] of [
        ["/v1/analytics/breakdown/colour?owner=alice", 404, "dimension_unknown"],
        ["/v1/analytics/breakdown/status?owner=alice&sort=size", 400, "sort_invalid"],
        ["/v1/analytics/breakdown/status?owner=alice&limit=0", 400, "parameter_invalid"],
        ["/v1/analytics/breakdown/status?owner=alice&days=91", 400, "days_invalid"],
        ["/v1/analytics/breakdown/status", 400, "owner_missing"],
        ["/v1/analytics/errors?owner=alice&limit=1001", 400, "parameter_invalid"],
        ["/v1/analytics/errors?owner=alice&sort=size", 400, "parameter_unknown"],
      ] as const) {
        const answer = await stack.api(target);
        assert.deepEqual([answer.status, ((await answer.json()) as any).error.code], [status, code], target);
      }
      assert.equal((await stack.api("/v1/analytics/errors", { method: "POST" })).status, 405);
    });
  });
}
