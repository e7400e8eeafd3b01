// What one night costs: a day of which realtime has nothing, read from the stand-in for Analytics Engine group by group and
// dimension by dimension, and closed; and a rerun of it. Time includes the stand-in's own, which answers from an index;
// memory is the worker's isolate alone.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { Miniflare, convertV4MiniflareOptions } from "miniflare";
import { CONTROL_PATH } from "../dev/cloudflare/control.ts";
import { CLOUDFLARE, SECRETS, STAND_IN, deployedConfig } from "../dev/local.ts";
import { Memory } from "./memory.ts";
import { migrations, modules } from "./modules.ts";
import type { Meter } from "./workers/meter.ts";

const WORKER = "nightly";
const DATASET = "bench";
const AGGREGATION = "0 2 * * *";
const DAY = 24 * 60 * 60 * 1000;
/** That every closed day has, when all its files are images. */
const DIMENSIONS = 13;
export const GROUPS = [10_000, 100_000, 1_000_000];

export interface Night {
  groups: number;
  seconds: number;
  statements: number;
  rowsRead: number;
  rowsWritten: number;
  /** The isolate's, in bytes: JavaScript's heap, and WebAssembly's memory. */
  peakMemory: number;
  /** Of the same night again. */
  rerun: { seconds: number; statements: number; rowsRead: number; counterRows: number };
}

export async function nights(progress: (text: string) => void): Promise<Night[]> {
  const measured: Night[] = [];
  for (const groups of GROUPS) {
    progress(`a night of ${groups.toLocaleString("en")} groups`);
    measured.push(await night(groups));
  }
  return measured;
}

async function night(groups: number): Promise<Night> {
  const bundles = mkdtempSync(path.join(tmpdir(), "pixtally-night-"));
  const miniflare = await start(bundles);
  try {
    const database = await miniflare.getD1Database("DB", WORKER);
    for (const statement of migrations()) await database.prepare(statement).run();
    const url = await miniflare.unsafeGetDirectURL(WORKER);
    const today = Date.parse(new Date().toISOString().slice(0, 10));
    const date = new Date(today - DAY).toISOString().slice(0, 10);
    await tell(url, "generatePoints", plan(groups, date));
    const meter = async () => (await (await fetch(new URL("/__meter", url))).json()) as Meter;
    const run = async () => {
      const [before, began] = [await meter(), performance.now()];
      const query = new URLSearchParams({ cron: AGGREGATION, at: String(today + 2 * 60 * 60 * 1000) });
      await fetch(new URL(`/__night?${query}`, url));
      const [after, seconds] = [await meter(), (performance.now() - began) / 1000];
      const since = (field: "statements" | "rows_read" | "rows_written" | "counter_rows") => after[field] - before[field];
      return { seconds, statements: since("statements"), rowsRead: since("rows_read"), rowsWritten: since("rows_written"), counterRows: since("counter_rows") };
    };
    const one = async (sql: string) => (await database.prepare(sql).first<{ value: number }>())!.value;

    const memory = await Memory.watch(await miniflare.getInspectorURL(), WORKER);
    const { counterRows, ...first } = await run();
    const peakMemory = await memory.stop();
    const reported = await one("SELECT sum(requests) AS value FROM analytics_days");
    const rows = await one("SELECT count(*) AS value FROM analytics_daily");
    if (reported !== groups || rows !== groups || counterRows < groups) throw new Error(`${reported} requests in ${rows} rows are reported, ${counterRows} rows were written, and ${groups} were made`);
    const unclosed = await one(`
      SELECT (SELECT count(*) FROM analytics_segments) + count(*) AS value FROM (
        SELECT CASE WHEN dimension IN ('video', 'other') THEN 'image' ELSE dimension END AS kind
        FROM analytics_breakdown_daily GROUP BY kind HAVING sum(requests) <> ${groups}
      )`);
    const dimensions = await one("SELECT count(DISTINCT dimension) AS value FROM analytics_breakdown_daily");
    if (unclosed > 0 || dimensions < DIMENSIONS) throw new Error(`${dimensions} dimensions are closed, and ${unclosed} segments or dimensions are not, or not to their end`);
    await database.prepare("UPDATE aggregation_runs SET final = 0").run();
    return { groups, ...first, peakMemory, rerun: await run() };
  } finally {
    await miniflare.dispose();
    rmSync(bundles, { recursive: true, force: true });
  }
}

function plan(groups: number, date: string) {
  const owners = Array.from({ length: 20 }, (_, owner) => (owner + 1).toString(16).padStart(32, "0"));
  const [variants, countries, statuses] = [["original", "w512"], ["DE", "US", "IN", "BR", "JP"], [200]];
  const images = Math.ceil(groups / owners.length / variants.length / countries.length / statuses.length);
  return { dataset: DATASET, date, points: groups, owners, images, variants, countries, statuses, bytes: 20_000, sourceBytes: 40_000 };
}

async function start(bundles: string): Promise<Miniflare> {
  const compatibilityDate = deployedConfig().compatibility_date;
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      cf: false,
      inspectorPort: 0,
      workers: [
        {
          name: WORKER,
          modules: await modules(bundles, WORKER, "bench/workers/nightly.ts"),
          compatibilityDate,
          bindings: { ...SECRETS, ...CLOUDFLARE, CLOUDFLARE_ZONE_ID: "", ANALYTICS_REALTIME_ENABLED: "false", ANALYTICS_DATASET: DATASET },
          r2Buckets: { MEDIA: WORKER },
          d1Databases: { DB: WORKER },
          serviceBindings: { CLOUDFLARE: STAND_IN },
          unsafeDirectSockets: [{ host: "127.0.0.1", port: 0 }],
        },
        {
          name: STAND_IN,
          modules: await modules(bundles, STAND_IN, "dev/cloudflare/worker.ts"),
          compatibilityDate,
          bindings: CLOUDFLARE,
          durableObjects: { STORE: { className: "AnalyticsEngine", useSQLite: true } },
        },
      ],
    } as any),
  );
  await miniflare.ready;
  return miniflare;
}

async function tell(url: URL, method: string, argument: unknown): Promise<void> {
  const answer = await fetch(new URL(CONTROL_PATH, url), { method: "POST", body: JSON.stringify({ method, argument }) });
  if (!answer.ok) throw new Error(`${method}: ${await answer.text()}`);
}
