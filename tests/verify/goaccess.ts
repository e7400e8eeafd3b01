// `npm run verify -- goaccess`: the client writes every answer that it gets as a line of an access log, GoAccess counts the log,
// and Pixtally's reports and tables have to say the same: while the day is open, after its night, and once it is closed;
// counted in realtime, and by the nightly job alone. Rows that only one of the two has are a difference, too.
//
// What the two count differently by definition, and how it is compared:
//
// - Pixtally counts files and their variants, GoAccess decoded paths, which it cuts and trims (`urlName`). Here both go by
//   GoAccess's names, and what was served as `/original` goes by the file's own.
// - Of a failing URL D1 has the requests alone. Its bytes are compared with the data points, and by status.
// - A referrer is its host: GoAccess has it with port and capitals, and with a query where no slash comes before. What is no URL is `N/A` here and no referring site there.
// - Of visitors who opt out Pixtally keeps nothing; so does the log.
//
// Not compared: what GoAccess does not know (caches, variants,
// countries without a database), and what each has its own opinion about (devices, browsers, visitors).

import assert from "node:assert/strict";
import { seeded } from "../../dev/random.ts";
import { Stack, type StackOptions, ownerId, pause, settle } from "../e2e/stack.ts";
import { type Counted, type Line, counted, decodedUrlName, tidy, urlName, version } from "./access_log.ts";
import { Table } from "./table.ts";
import { NOBODY, OWNERS, Traffic, trafficMedia } from "./traffic.ts";

const REQUESTS = 3_000;
const STATUSES = ["200", "206", "304", "400", "404", "405", "416", "503"];
const MODES: { name: string; options: StackOptions; realtime: boolean }[] = [
  { name: "realtime and the nightly job", options: {}, realtime: true },
  { name: "the nightly job alone", options: { vars: { ANALYTICS_REALTIME_ENABLED: "false" } }, realtime: false },
];
const NIGHT = "0 2 * * *";
const DAY_MS = 86_400_000;
/** Traffic that crosses midnight would make two days of one. */
const BEFORE_MIDNIGHT_MS = 120_000;

/** GoAccess's figures by the names that Pixtally's are looked up under. */
interface Expected {
  all: Table;
  days: Table;
  statuses: Table;
  addresses: Table;
  referrers: Table;
  /** `status url` of what exists. */
  served: Table;
  /** `status url` of errors. */
  errors: Table;
  /** `/owner/album/file` of what exists. */
  files: Table;
}

/** What Pixtally says somewhere. */
interface Said {
  where: string;
  about: keyof Expected;
  table: Table;
  /** Bytes are told. */
  bytes: boolean;
}

const seed = Number(process.env.SEED ?? Date.now() % 1e9);
let disagreements = 0;
console.log(await version());
for (const mode of MODES) disagreements += await verify(mode);
console.log(disagreements === 0 ? "GoAccess agrees" : `\n${disagreements} disagreements; SEED=${seed} repeats the traffic`);
process.exitCode = disagreements === 0 ? 0 : 1;

/** Sends the traffic, and tells and counts what is said differently. */
async function verify({ name, options, realtime }: (typeof MODES)[0]): Promise<number> {
  const traffic = new Traffic(seeded(seed));
  const said: Said[] = [];
  const stack = await Stack.start({ main: "tests/e2e/faulty.ts", media: trafficMedia(), owners: OWNERS, ...options, vars: { ...options.vars, ANALYTICS_PRIVACY: "full" } });
  try {
    const left = DAY_MS - (Date.now() % DAY_MS);
    if (left < BEFORE_MIDNIGHT_MS) await pause(left);
    const today = new Date().toISOString().slice(0, 10);
    const night = (nights: number) => stack.scheduled(NIGHT, new Date(Date.parse(today) + nights * DAY_MS + 2 * 3_600_000));
    await traffic.send(stack, REQUESTS);
    await untilCounted(stack, traffic.log.length, realtime);
    if (realtime) said.push(...(await reports(stack, "while the day is open")));
    await night(1);
    said.push(...(await reports(stack, "after its night")));
    await night(2);
    said.push(...(await reports(stack, "closed")), ...(await tables(stack)));
    assert.deepEqual(await stack.sql("SELECT owner FROM analytics_segments"), [], "the day is closed");
  } finally {
    await stack.close();
  }

  const { log } = traffic;
  const expected = await expect(log);
  assert.deepEqual([...expected.statuses].map(([status]) => status).sort(), STATUSES, "the traffic has every status");
  const differences = compare(said, expected);
  for (const difference of differences.slice(0, 30)) console.error(difference);
  // Whoever finds no difference has to find one where there is one: a line of what was served and one of an error are lost.
  const lost = [200, 404].map((status) => log.findLast((line) => line.status === status)!);
  const without = await expect(log.filter((line) => !lost.includes(line)));
  const blind = said.filter((one) => compare([one], without).length === 0).map(({ where, about }) => `${where}, ${about}`);
  assert.deepEqual(blind, [], "lines that are missing from the log are noticed everywhere");

  const { all, served, errors, files } = expected;
  const urls = (table: Table) => table.renamed((row) => row.slice(4)).size;
  console.log(`counted by ${name}: ${all.requests} requests, ${all.bytes} bytes, ${urls(served)} URLs of ${files.size} files, ${urls(errors)} failing URLs`);
  console.log(`  ${said.length} reports and tables compared, ${said.reduce((sum, { table }) => sum + table.size, 0)} rows; two lines less in the log are noticed in each`);
  return differences.length;
}

async function untilCounted(stack: Stack, requests: number, realtime: boolean): Promise<void> {
  const written = async () => (await stack.points("SELECT count(*) AS count FROM points"))[0]!.count;
  await settle(async () => (await written()) >= requests);
  const flushed = async () => (await stack.sql("SELECT sum(requests) AS sum FROM analytics_daily"))[0]!.sum;
  if (realtime) await settle(async () => (await flushed()) >= requests);
}

/** Asks GoAccess about the log, and about the lines of each status. */
async function expect(log: Line[]): Promise<Expected> {
  const { days, statuses, addresses, sites }: Counted = await counted(log);
  const byStatus = new Table();
  for (const [status, requests] of statuses) {
    const lines = log.filter((line) => line.status === Number(status));
    assert.equal(lines.length, requests, `GoAccess reads the status ${status}`);
    for (const [url, ...counts] of (await counted(lines)).urls) byStatus.add(`${status} ${url}`, ...counts);
  }
  const served = byStatus.only((row) => /^([23]|416)/.test(row)).renamed((row) => row.slice(0, 4) + withoutOriginal(row.slice(4)));
  const hosts = sites.renamed((site) => site.toLowerCase().replace(/\?.*$/, "").replace(/:\d+$/, ""));
  // What comes from no site: its bytes, too, are the rest.
  const rest: [string, number, number] = ["(none)", log.length - sites.requests, days.bytes - sites.bytes];
  return {
    all: days.renamed(() => "all"),
    days: days.renamed((day) => day.replace(/^(\d{4})(\d{2})(\d{2})$/, "$1-$2-$3")),
    statuses,
    addresses: addresses.renamed((address) => (address === NOBODY ? "(private)" : address)),
    referrers: Table.of([...hosts, rest]),
    served,
    errors: byStatus.only((row) => row >= "4"),
    files: served.renamed((row) => tidy(row.slice(4).split("/").slice(0, 4).join("/"))),
  };
}

function withoutOriginal(url: string): string {
  return tidy(url.replace(/^((?:\/[^/]*){3})\/original$/, "$1"));
}

function compare(said: Said[], expected: Expected): string[] {
  return said.flatMap(({ where, about, table, bytes }) => {
    const theirs = bytes ? expected[about] : expected[about].withoutBytes();
    const ours = bytes ? table : table.withoutBytes();
    return theirs.differences(ours).map(([name, there, here]) => `${where}, ${about}: ${JSON.stringify(text(name))}: GoAccess has ${there}, Pixtally ${here}`);
  });
}

/** A name as people read it. */
function text(name: string): string {
  return Buffer.from(name, "latin1").toString();
}

/** What the API says of today. */
async function reports(stack: Stack, time: string): Promise<Said[]> {
  const ask = async (target: string): Promise<any> => {
    const answer = await stack.api(target);
    assert.equal(answer.status, 200, target);
    return answer.json();
  };
  const breakdown = async (dimension: string, owner: string) => {
    const { rows, other } = await ask(`/v1/analytics/breakdown/${dimension}?owner=${owner}&days=1&limit=1000`);
    return valued([...rows, { ...other, value: "(other)" }].filter(({ requests }) => requests > 0));
  };
  const { totals, daily } = await ask("/v1/analytics/overview?owner=*&days=1");
  const { totals: failed, urls, other, values } = await ask("/v1/analytics/errors?owner=*&days=1&limit=1000");
  assert.deepEqual([urls.length, other.requests], [values, 0], "every failing URL is listed");
  assert.equal(failed.errors, totals.errors);
  const files = new Table();
  for (const owner of OWNERS) {
    for (const dimension of ["image", "video", "other"]) {
      for (const [file, ...counts] of await breakdown(dimension, owner)) {
        if (file !== "(missing)") files.add(decodedUrlName(`/${owner}/${file}`), ...counts);
      }
    }
  }
  const said = (report: string, about: keyof Expected, table: Table, bytes = true) => ({ where: `${time}, ${report}`, about, table, bytes });
  return [
    said("overview", "all", valued([{ value: "all", ...totals }])),
    said("overview", "days", valued(daily.map((day: any) => ({ value: day.date, ...day })))),
    said("breakdown", "statuses", await breakdown("status", "*")),
    said("breakdown", "addresses", await breakdown("ip", "*")),
    said("breakdown", "referrers", (await breakdown("referrer", "*")).renamed(referrer)),
    said("breakdowns of files", "files", files),
    said("errors", "errors", valued(urls.map((url: any) => ({ ...url, value: `${url.status} ${urlName(url.value)}`, bandwidth_bytes: 0 }))), false),
  ];
}

function valued(rows: { value: string; requests: number; bandwidth_bytes: number }[]): Table {
  return Table.of(rows.map(({ value, requests, bandwidth_bytes }) => [value, requests, bandwidth_bytes]));
}

function referrer(host: string): string {
  return ["N/A", "(private)"].includes(host) ? "(none)" : host;
}

/** What is stored, of the runs that are reported. */
async function tables(stack: Stack): Promise<Said[]> {
  const names = new Map(OWNERS.map((name) => [ownerId(name), name]));
  const url = ({ owner, image_id, variant }: any) => withoutOriginal(decodedUrlName(`/${names.get(owner)}/${image_id}/${variant}`));
  const reported = (table: string) =>
    `${table} AS rows WHERE run = (SELECT run FROM analytics_days AS days WHERE days.date = rows.date AND days.owner = rows.owner)`;
  const daily = await stack.sql(`SELECT * FROM ${reported("analytics_daily")}`);
  const named = (rows: any[], name: (row: any) => string) => valued(rows.map((row) => ({ ...row, value: name(row) })));
  const exists = ({ image_id }: any) => image_id !== "(missing)";
  const breakdown = async (dimension: string) => valued((await stack.sql(`SELECT * FROM ${reported("analytics_breakdown_daily")} AND dimension = ?1`, dimension)) as any[]);
  const errors = (await stack.sql(`SELECT * FROM ${reported("analytics_errors_daily")}`)).map((row) => ({ ...row, bandwidth_bytes: 0 }));
  const points = await stack.points(
    `SELECT index1 AS owner, blob2 AS image_id, blob3 AS variant, blob13 AS path, double3 AS status_code, blob16 AS ip, blob11 AS referrer,
       _sample_interval AS requests, _sample_interval * double1 AS bandwidth_bytes FROM points`,
  );
  const said = (where: string, about: keyof Expected, table: Table, bytes = true) => ({ where, about, table, bytes });
  return [
    said("analytics_daily", "days", named(daily, ({ date }) => date)),
    said("analytics_daily", "statuses", named(daily, ({ status_code }) => String(status_code))),
    said("analytics_daily", "served", named(daily.filter(exists), (row) => `${row.status_code} ${url(row)}`)),
    said("analytics_days", "days", named(await stack.sql("SELECT * FROM analytics_days"), ({ date }) => date)),
    said("analytics_monthly", "all", named(await stack.sql("SELECT * FROM analytics_monthly"), () => "all")),
    said("analytics_breakdown_daily", "statuses", await breakdown("status")),
    said("analytics_breakdown_daily", "addresses", await breakdown("ip")),
    said("analytics_breakdown_daily", "referrers", (await breakdown("referrer")).renamed(referrer)),
    said("analytics_errors_daily", "errors", named(errors, ({ status_code, path }) => `${status_code} ${urlName(path)}`), false),
    said("data points", "served", named(points.filter(exists), (row) => `${row.status_code} ${url(row)}`)),
    said("data points", "errors", named(points.filter(({ path }) => path !== ""), ({ status_code, path }) => `${status_code} ${urlName(path)}`)),
    said("data points", "addresses", named(points, ({ ip }) => ip)),
    said("data points", "referrers", named(points, (row) => referrer(row.referrer))),
  ];
}
