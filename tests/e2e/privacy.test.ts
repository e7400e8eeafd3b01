// Below `full`, nothing that identifies a visitor is kept anywhere: D1, the aggregator, data points and logs are searched for it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { ask } from "./client.ts";
import { Stack, settle } from "./stack.ts";

const AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0 needle-agent";
const ADDRESS = "203.0.113.77";
const REFERRER = "https://needle-user:needle-password@shop.example:8443/needle-path?needle-query=1#needle";
const RAY = "8d5b6c7e8f9a0b1c";
const VISITOR = { "cf-ray": `${RAY}-FRA`, "user-agent": AGENT, "cf-connecting-ip": ADDRESS, referer: REFERRER, "cf-ipcountry": "DE" };
const REQUESTS = [
  VISITOR,
  { ...VISITOR, "sec-gpc": "1" },
  { ...VISITOR, dnt: "1" },
];

const DIMENSIONS = "blob7 AS device, blob8 AS browser, blob9 AS os, blob10 AS bot, blob11 AS referrer, blob15 AS user_agent, blob16 AS ip, blob14 AS request, blob17 AS crawler, blob4 AS country";
const SEEN = { device: "Desktop - Linux PC", browser: "Firefox", os: "Linux", bot: "human", crawler: "(none)", referrer: "shop.example" };
const HIDDEN = { device: "(private)", browser: "(private)", os: "(private)", bot: "(private)", crawler: "(private)", referrer: "(private)" };
const NOTHING = { user_agent: "", ip: "", request: "" };

for (const [level, open, optedOut] of [
  ["strict", { ...HIDDEN, ...NOTHING }, { ...HIDDEN, ...NOTHING }],
  ["standard", { ...SEEN, ...NOTHING }, { ...HIDDEN, ...NOTHING }],
  ["full", { ...SEEN, user_agent: AGENT, ip: ADDRESS, request: `${RAY}-FRA` }, { ...HIDDEN, user_agent: "(private)", ip: "(private)", request: "" }],
] as const) {
  test(`${level}: what is kept, and what is not`, async () => {
    const stack = await Stack.start({
      main: "tests/e2e/faulty.ts",
      media: { "alice/pics/dino.jpg": { body: new Uint8Array(10) } },
      owners: ["alice"],
      vars: { ANALYTICS_PRIVACY: level },
    });
    try {
      for (const path of ["/alice/pics/dino.jpg", "/alice/pics/none.jpg"]) {
        for (const headers of REQUESTS) await ask(stack.url, { path, headers });
      }
      await settle(async () => (await stack.sql("SELECT coalesce(sum(requests), 0) AS sum FROM analytics_daily"))[0]!.sum === 6);
      await settle(async () => (await stack.points("SELECT count(*) AS count FROM points"))[0]!.count === 6);
      // Errors make the log talk.
      await stack.api("/__faults", { method: "POST", body: JSON.stringify({ mode: "r2-reject" }) });
      await ask(stack.url, { path: "/alice/pics/other.jpg", headers: VISITOR });
      await settle(async () => /R2/.test(stack.logs()));
      assert.match(stack.logs(), /R2/, "the log talks");

      const kept = await stack.points(`SELECT ${DIMENSIONS} FROM points WHERE double3 IN (200, 404) ORDER BY rowid`);
      const expected = [open, optedOut, optedOut].map((row) => ({ ...row, country: "DE" }));
      const sorted = (rows: object[]) => rows.map((row) => JSON.stringify(Object.entries(row).sort())).sort();
      assert.deepEqual(sorted(kept), sorted([...expected, ...expected]));

      const tables = (await stack.sql("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_cf%' ESCAPE '\\' AND name NOT LIKE 'sqlite%'")).map((row) => row.name);
      const database = await Promise.all(tables.map((name) => stack.sql(`SELECT * FROM "${name}"`)));
      const haystacks = { database: JSON.stringify(database), object: await stack.stored(), log: stack.logs(), points: JSON.stringify(await stack.points("SELECT * FROM points")) };
      assert.ok(haystacks.object.includes("pics/dino.jpg"), "the object has something to search");
      assert.ok(haystacks.database.includes("pics/dino.jpg") && haystacks.points.includes("pics/dino.jpg"), "there is something to search");
      for (const [place, text] of Object.entries(haystacks)) {
        const mayHave: Record<string, string[]> = { log: [], database: ["needle-agent", ADDRESS], object: ["needle-agent", ADDRESS], points: ["needle-agent", ADDRESS, RAY] };
        const allowed: string[] = level === "full" ? mayHave[place]! : [];
        for (const needle of ["needle-agent", ADDRESS, RAY, "needle-user", "needle-password", "needle-path", "needle-query", "8443"]) {
          assert.equal(text.includes(needle), allowed.includes(needle), `${needle} in the ${place}`);
        }
      }
    } finally {
      await stack.close();
    }
  });
}
