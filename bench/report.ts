// docs/BENCHMARKS.md: the budget, what was measured, and every round.

import { cpus, totalmem } from "node:os";
import { CACHE, CONTENDERS, DESCRIPTIONS, type Cache, type Contender } from "./contenders.ts";
import type { Dashboard } from "./dashboard.ts";
import { DAYS } from "./history.ts";
import type { Night } from "./nightly.ts";
import type { Overview } from "./overview.ts";
import { estimate, type Estimate } from "./statistics.ts";
import { CONNECTIONS, REQUESTS, type Round } from "./throughput.ts";
import type { AllWrites } from "./writes.ts";

export interface Results {
  date: string;
  rounds: Record<Cache, Round[]>;
  writes: AllWrites;
  overviews: Overview[];
  nights: Night[];
  dashboard: Dashboard;
  /** Of the bundle, gzipped. */
  bundleBytes: number;
}

const MAX_BUNDLE_BYTES = 1_200_000;
const MAX_DASHBOARD = { bytes: 150_000, milliseconds: 1_000 };
const MAX_OVERVIEW = { rows: 10_000_000, milliseconds: 50, rowsRead: 110_000, ratio: 1.2 };
const MAX_NIGHT = { groups: 1_000_000, statements: 300, seconds: 60, bytes: 128 * 1024 * 1024 };

interface Line {
  what: string;
  budget: string;
  measured: string;
  met: boolean;
}

export function report(results: Results): string {
  const lines = budget(results);
  return [
    "# Benchmarks",
    "",
    "Written by `npm run bench`; do not edit. Every figure is from one run on one machine: compare the ratios, not",
    "the absolute numbers, with your own.",
    "",
    `- ${results.date}, ${cpus().length} × ${cpus()[0]?.model ?? "unknown processor"}, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.versions.node}, workerd with its local R2, D1 and cache`,
    "- cache hot: the edge cache has the file; cache cold: it is not used, and every request reads R2. Filling the cache is",
    "  not measured: the local one takes a file in times that differ fivefold from round to round",
    `- one object of 20,000 bytes, ${CONNECTIONS} connections straight to workerd's sockets, ${REQUESTS.toLocaleString("en")} requests a round for each contender, ${results.rounds.hot.length} interleaved rounds`,
    "- ratios are taken within rounds; medians with intervals of at least 95 % from order statistics",
    "- after each round, every body equals the object and D1's totals equal the requests sent, or there is no figure",
    "",
    "## Against the budget",
    "",
    "| what | budget | measured | met |",
    "| --- | --- | --- | --- |",
    ...lines.map((line) => `| ${line.what} | ${line.budget} | ${line.measured} | ${line.met ? "yes" : "**no**"} |`),
    "",
    "## Throughput",
    "",
    ...CACHE.flatMap((cache) => throughputTable(cache, results.rounds[cache])),
    ...writesTable(results.writes),
    ...overviewTable(results.overviews),
    "## The nightly job",
    "",
    "A day of which realtime has nothing, so that every group of owner, image, variant, country and status is read and",
    "written, and every other dimension is read and closed; 20 owners. Time includes the local Analytics Engine's; memory is",
    "the isolate's peak by V8's count, sampled every 20 ms. The rerun finds the same and writes no counter row.",
    "",
    "| groups | s | D1 statements | rows read | rows written | peak memory, MB | rerun: s | statements | counter rows written |",
    "| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ...results.nights.map(nightLine),
    "",
    "## Every round",
    "",
    "Requests/s, and p99 in milliseconds.",
    "",
    ...CACHE.flatMap((cache) => rawTable(cache, results.rounds[cache])),
  ].join("\n");
}

function nightLine({ groups, seconds, statements, rowsRead, rowsWritten, peakMemory, rerun }: Night): string {
  const number = (value: number) => value.toLocaleString("en");
  const cells = [number(groups), seconds.toFixed(1), statements, number(rowsRead), number(rowsWritten), (peakMemory / 2 ** 20).toFixed(0), rerun.seconds.toFixed(1), rerun.statements, rerun.counterRows];
  return `| ${cells.join(" | ")} |`;
}

function nightLines(nights: Night[]): Line[] {
  const night = nights.find(({ groups }) => groups === MAX_NIGHT.groups)!;
  const line = (what: string, budget: string, measured: string, met: boolean): Line => ({ what: `nightly job, 1 million groups: ${what}`, budget, measured, met });
  return [
    line("D1 statements", `≤ ${MAX_NIGHT.statements}`, String(night.statements), night.statements <= MAX_NIGHT.statements),
    line("time, the local Analytics Engine's among it", `≤ ${MAX_NIGHT.seconds} s`, `${night.seconds.toFixed(1)} s`, night.seconds <= MAX_NIGHT.seconds),
    line("the isolate's peak memory", "< 128 MB", `${(night.peakMemory / 2 ** 20).toFixed(0)} MB`, night.peakMemory < MAX_NIGHT.bytes),
    line("counter rows written by a rerun", "0", String(night.rerun.counterRows), night.rerun.counterRows === 0),
  ];
}

function dashboardLines({ bytes, first, again, rounds }: Dashboard): Line[] {
  const shown = ({ median, low, high }: Estimate) => `${median.toFixed(0)} ms (${low.toFixed(0)} to ${high.toFixed(0)})`;
  return [
    { what: "the dashboard's files, gzipped, the map among them", budget: "≤ 150 kB", measured: `${Math.round(bytes / 1000)} kB`, met: bytes <= MAX_DASHBOARD.bytes },
    {
      what: `the dashboard's overview of 30 days complete in Chromium, nothing cached; with its files cached (${rounds} times each)`,
      budget: "≤ 1 s",
      measured: `${shown(first)}; ${shown(again)}`,
      met: first.median <= MAX_DASHBOARD.milliseconds,
    },
  ];
}

function budget({ rounds, writes, overviews, nights, dashboard, bundleBytes }: Results): Line[] {
  const ratios = (versus: Contender, least: number, what: string) =>
    CACHE.map((cache): Line => {
      const ratio = estimate(rounds[cache].map((round) => round.on.requestsPerSecond / round[versus].requestsPerSecond));
      return { what: `${what}, cache ${cache}`, budget: `≥ ${least}`, measured: interval(ratio, 3), met: ratio.median >= least };
    });
  const at500 = writes.rates.find((it) => it.rate === 500)!;
  return [
    ...ratios("plain", 0.97, "throughput against a plain JavaScript worker without analytics"),
    ...ratios("upserts", 1.7, "throughput against that worker with two D1 upserts per request"),
    ...ratios("off", 0.97, "throughput against the same worker with analytics off"),
    { what: "D1 batches per 1,000 hits at 500 hits/s", budget: "≤ 2", measured: at500.batches.toFixed(2), met: at500.batches <= 2 },
    ...writes.rates.filter((it) => it.rate !== 500).map((it): Line => ({
      what: `D1 rows written per 1,000 hits at ${it.rate} hits/s by the aggregator, all breakdowns on`,
      budget: "≤ 2,000",
      measured: `${it.rows.toFixed(0)} (closing the day adds ${digits(it.closing)})`,
      met: it.rows <= 2_000,
    })),
    { what: "counts after any load", budget: "exact", measured: "exact in every round", met: true },
    ...overviewLines(overviews),
    ...nightLines(nights),
    { what: "worker bundle, gzipped", budget: "≤ 1.2 MB", measured: `${Math.round(bundleBytes / 1000)} kB`, met: bundleBytes <= MAX_BUNDLE_BYTES },
    ...dashboardLines(dashboard),
  ];
}

/** How much longer each size takes than the smallest, round by round. */
function slower(overview: Overview, smallest: Overview): Estimate {
  return estimate(overview.rounds.map((milliseconds, round) => milliseconds / smallest.rounds[round]!));
}

function overviewLines(overviews: Overview[]): Line[] {
  const largest = overviews.find(({ rows }) => rows === MAX_OVERVIEW.rows)!;
  const ratio = slower(largest, overviews[0]!);
  const what = `overview over ${DAYS} days, 10 million rows`;
  return [
    { what: `${what}: p50`, budget: `≤ ${MAX_OVERVIEW.milliseconds} ms`, measured: `${largest.p50.toFixed(1)} ms`, met: largest.p50 <= MAX_OVERVIEW.milliseconds },
    { what: `${what}: rows read`, budget: `≤ ${MAX_OVERVIEW.rowsRead.toLocaleString("en")}`, measured: largest.rowsRead.toLocaleString("en"), met: largest.rowsRead <= MAX_OVERVIEW.rowsRead },
    { what: `${what}: against 1 million`, budget: `≤ ${MAX_OVERVIEW.ratio} times slower`, measured: interval(ratio, 2), met: ratio.median <= MAX_OVERVIEW.ratio },
  ];
}

function overviewTable(overviews: Overview[]): string[] {
  const number = (value: number) => value.toLocaleString("en");
  return [
    "## The overview",
    "",
    `\`GET /v1/analytics/overview?days=${DAYS}\` over HTTP. Of the rows, the asking owner has nine tenths; today is as busy as two days, and`,
    "it and yesterday are open, as an aggregator leaves them. The other days are closed, by",
    "the product's own statements.",
    "The databases are asked in turns. Totals, days, statuses and the largest images equal what was filled in, or there is no",
    "figure. Rows read are D1's own count, to which sorting and the entries of open days add.",
    "",
    "| rows of analytics_daily | images | p50, ms | p95, ms | requests | D1 statements | rows read | slower than the first |",
    "| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ...overviews.map((it) => {
      const cells = [number(it.rows), number(it.images), it.p50.toFixed(1), it.p95.toFixed(1), it.requests, it.statements, number(it.rowsRead), interval(slower(it, overviews[0]!), 2)];
      return `| ${cells.join(" | ")} |`;
    }),
    "",
  ];
}

function writesTable({ rates, closingRows, closedRows }: AllWrites): string[] {
  return [
    "## Rows written to D1",
    "",
    "By D1's own count, all breakdowns on (privacy `full`); one owner with 12 images, 8 countries, 7 user agents, 30 addresses,",
    "10 referrers and 4 % errors, one isolate. All figures are per 1,000 hits. The aggregator's own journal is not among them: it is at",
    "most five rows a second, however many hits there are. Beside what was written stands what the same batches would have",
    "written otherwise: rows of analytics_daily only, and with one row more for each value of each dimension and each failed",
    "request. Closing writes by the values that a day has, not by its hits: with all of this",
    `traffic's ${closingRows} rows, of which ${closedRows} stay, once for an owner and day, however many hits the day had at that rate.`,
    "",
    "| hits/s | reached | hits | batches | rows written | without breakdowns | a row for each value | closing the day |",
    "| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ...rates.map((it) => `| ${it.rate} | ${it.reached.toFixed(1)} | ${it.hits} | ${it.batches.toFixed(2)} | ${it.rows.toFixed(1)} | ${it.withoutBreakdowns.toFixed(1)} | ${it.naive.toFixed(1)} | ${digits(it.closing)} |`),
    "",
  ];
}

function throughputTable(cache: Cache, rounds: Round[]): string[] {
  return [
    `### Cache ${cache}`,
    "",
    "| worker | requests/s | p50, ms | p99, ms |",
    "| --- | ---: | ---: | ---: |",
    ...CONTENDERS.map((contender) => {
      const of = (field: keyof Round["on"], digits: number) => interval(estimate(rounds.map((round) => round[contender][field])), digits);
      return `| ${DESCRIPTIONS[contender]} | ${of("requestsPerSecond", 0)} | ${of("p50", 1)} | ${of("p99", 1)} |`;
    }),
    "",
  ];
}

function rawTable(cache: Cache, rounds: Round[]): string[] {
  return [
    `| cache ${cache} | ${CONTENDERS.map((contender) => DESCRIPTIONS[contender]).join(" | ")} |`,
    `| ---: |${" ---: |".repeat(CONTENDERS.length)}`,
    ...rounds.map((round, index) => {
      const cells = CONTENDERS.map((contender) => `${round[contender].requestsPerSecond.toFixed(0)} / ${round[contender].p99.toFixed(1)}`);
      return `| ${index + 1} | ${cells.join(" | ")} |`;
    }),
    "",
  ];
}

function digits(value: number): string {
  return value.toFixed(value < 1 ? 3 : 1);
}

function interval({ median, low, high }: Estimate, digits: number): string {
  return `${median.toFixed(digits)} (${low.toFixed(digits)} to ${high.toFixed(digits)})`;
}
