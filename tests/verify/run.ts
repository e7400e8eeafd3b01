// `npm run verify -- clickhouse`: the built worker's nightly job asks the local stand-in about a random day; every statement that it sent is
// asked again of ClickHouse, over the same points, and the answers have to be the same: columns, types, rows and their
// order. So have those of the statements that the stand-in's own test is made of.
//
// What ClickHouse cannot tell: what Analytics Engine refuses of its dialect. Where the two are documented to differ, DIALECT
// says so.

import assert from "node:assert/strict";
import type { PastPoint } from "../../dev/cloudflare/points.ts";
import { CLOUDFLARE } from "../../dev/local.ts";
import { seeded } from "../../dev/random.ts";
import { Stack } from "../e2e/stack.ts";
import { ACCEPTED, DATASET, DAY, POINTS, REFUSED } from "../e2e/statements.ts";
import { type Answer, ClickHouse, Refusal } from "./clickhouse.ts";
import { hits, load } from "./load.ts";

const SQL = `/client/v4/accounts/${CLOUDFLARE.CLOUDFLARE_ACCOUNT_ID}/analytics_engine/sql`;
const CHUNK = 5_000;

/** What Analytics Engine calls otherwise than ClickHouse. Source: …/analytics-engine/sql-reference/string-functions/ */
const DIALECT: [ours: RegExp, clickHouse: string][] = [
  [/\blength\(/g, "lengthUTF8("],
  [/\bsubstring\(/g, "substringUTF8("],
];
/** Types of whole numbers, of which the stand-in knows fewer: in its own table they are one. */
const WHOLE = /\bU?Int(8|16|32|64)\b/;

/** What filtered reports are asked for, each of all owners. */
const FILTERED = [
  "overview?filter=bot:is_not:ai",
  "overview?filter=bot:is:human;ai&filter=image:is:pics/a;pics/'&filter=country:is_not:DE&filter=status:is:4xx;200",
  "overview?filter=other:is_not:pics/a&filter=video:is_not:pics/B&filter=error_reason:is_not:(none)&filter=status:is_not:404",
  "overview?filter=asset_type:is:other;video&filter=referrer:is_not:'' OR 1=1 --",
  "overview?filter=bot:is:ai&filter=bot:is:human",
  ...["image", "video", "other", "variant", "status", "country", "asset_type", "format", "cache", "device", "error_reason", "user_agent"].flatMap((dimension) => [
    `breakdown/${dimension}?filter=bot:is_not:ai&limit=20&offset=10`,
    `breakdown/${dimension}?filter=user_agent:is_not:a&sort=bandwidth`,
  ]),
];

/** What the job has to have asked, or this checks less than it says. */
const KINDS: Record<string, RegExp> = {
  "requests by day": / GROUP BY day /,
  "owners, the first page": /^(?!.* AND index1 > ).* GROUP BY owner ORDER BY /,
  "owners, further pages": / AND index1 > .* GROUP BY owner ORDER BY /,
  "rows of several owners": / AND index1 IN \('[0-9a-f]{32}', /,
  "rows of one owner, further pages": / AND index1 = .* AND blob2 >= /,
};

const seed = Number(process.env.SEED ?? Date.now() % 1e9);
const stack = await Stack.start({ vars: { ANALYTICS_REALTIME_ENABLED: "false", ANALYTICS_PRIVACY: "full" } });
const clickHouse = await ClickHouse.start();
const differences: string[] = [];
let rows = 0;
console.log(`ClickHouse ${(await clickHouse.ask("SELECT version() AS version")).data[0]!.version}`);

try {
  await given(POINTS);
  const selects = ACCEPTED.map(([statement]) => statement).filter((statement) => !statement.startsWith("SHOW "));
  for (const statement of selects) await compare(statement, (type) => type.replace(WHOLE, "whole"));
  console.log(`the stand-in's own table: ${selects.length} statements, ${rows} rows`);

  const taken = [];
  for (const { statement } of REFUSED.sql) if (await isTaken(statement)) taken.push(statement);
  console.log(`of ${REFUSED.sql.length} statements that Analytics Engine refuses, ClickHouse takes ${taken.length}:`);
  for (const statement of taken) console.log(`  ${statement}`);

  const points = load(seeded(seed), DAY);
  await given(points);
  await stack.scheduled("0 2 * * *", new Date(Date.parse(DAY) + 26 * 60 * 60 * 1000));
  const runs = await stack.sql("SELECT date, state, error FROM aggregation_runs WHERE kind = 'aggregate'");
  const isDone = runs.some(({ date, state, error }) => date === DAY && state === "done" && error === null);
  if (!isDone) differences.push(`the night has failed: ${JSON.stringify(runs)}`);
  const log = await stack.cloudflare("log");
  const asked = new Set(log.filter(({ api }) => api === "sql").map(({ body }) => body));
  rows = 0;
  for (const statement of asked) await compare(statement);
  console.log(`the nightly job, over ${points.length} points: ${asked.size} statements, ${rows} rows`);
  for (const [kind, pattern] of Object.entries(KINDS)) {
    const count = [...asked].filter((statement) => pattern.test(statement)).length;
    console.log(`  ${kind}: ${count}`);
    if (count === 0) differences.push(`the job has not asked for ${kind}`);
  }

  await given(hits(seeded(seed), DAY));
  for (const target of FILTERED) {
    const answer = await stack.api(`/v1/analytics/${target}&owner=*&start=${DAY}&end=${DAY}`);
    if (answer.status !== 200) differences.push(`${target}: ${await answer.text()}`);
  }
  const reports = new Set((await stack.cloudflare("log")).map(({ body }) => body));
  rows = 0;
  for (const statement of reports) await compare(statement, (type) => type.replace(WHOLE, "whole"));
  console.log(`filtered reports: ${reports.size} statements, ${rows} rows`);
} finally {
  clickHouse.close();
  await stack.close();
}

for (const difference of differences) console.error(`\n${difference}`);
console.log(differences.length === 0 ? "ClickHouse agrees" : `\n${differences.length} disagreements; SEED=${seed} repeats them`);
process.exitCode = differences.length === 0 ? 0 : 1;

/** Points, the same in both, and no others. */
async function given(points: PastPoint[]): Promise<void> {
  await stack.cloudflare("reset");
  // As ClickHouse reads it; whether Analytics Engine does is not documented.
  await stack.cloudflare("settings", { backslash: "escape" });
  for (let first = 0; first < points.length; first += CHUNK) {
    await stack.cloudflare("loadPoints", { dataset: DATASET, points: points.slice(first, first + CHUNK) });
  }
  await clickHouse.load(DATASET, points);
}

async function compare(statement: string, typed = (type: string) => type): Promise<void> {
  const reply = await stack.askCloudflare(SQL, { body: statement });
  const text = await reply.text();
  assert.equal(reply.status, 200, `the stand-in refuses ${statement}: ${text}`);
  const ours: Answer = JSON.parse(text);
  rows += ours.data.length;
  try {
    const theirs = await clickHouse.ask(DIALECT.reduce((sql, [from, to]) => sql.replace(from, to), statement));
    const difference = between(ours, theirs, typed);
    if (difference) differences.push(`${statement}\n  ${difference}`);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    differences.push(`${statement}\n  ClickHouse refuses it: ${error.message}`);
  }
}

/** The first difference of two answers. A number and its text are the same: Cloudflare's API tells either. */
function between(ours: Answer, theirs: Answer, typed: (type: string) => string): string | undefined {
  const shown = ({ meta, data }: Answer) => [
    meta.map(({ name, type }) => `${name} ${typed(type)}`).join(", "),
    ...data.map((row) => JSON.stringify(meta.map(({ name }) => String(row[name])))),
  ];
  const [one, other] = [shown(ours), shown(theirs)];
  const at = Array.from({ length: Math.max(one.length, other.length) }).findIndex((_, line) => one[line] !== other[line]);
  return at < 0 ? undefined : `${at === 0 ? "columns" : `row ${at}`}: the stand-in has ${one[at]}, ClickHouse ${other[at]}`;
}

async function isTaken(statement: string): Promise<boolean> {
  return clickHouse.run(statement).then(
    () => true,
    () => false,
  );
}
