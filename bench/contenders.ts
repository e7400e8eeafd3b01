// The workers that are compared, all in one workerd, each on a socket of its own so that nothing stands between
// it and the load.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { Miniflare, convertV4MiniflareOptions } from "miniflare";
import { SECRETS, deployedConfig } from "../dev/local.ts";
import { migrations, modules, statements } from "./modules.ts";
import { BODY } from "./object.ts";
import { KEYS } from "./traffic.ts";

export const OBJECT = { path: "/alice/pics/dino.jpg", key: "alice/pics/dino.jpg" };

/** Hot: the edge cache has the file. Cold: the edge cache is not used, and every request reads R2. */
export const CACHE = ["hot", "cold"] as const;
export type Cache = (typeof CACHE)[number];

export const CONTENDERS = ["on", "off", "plain", "upserts"] as const;
export type Contender = (typeof CONTENDERS)[number];

/** What each contender is, for the report. */
export const DESCRIPTIONS: Record<Contender, string> = {
  on: "Pixtally, analytics on",
  off: "Pixtally, analytics off",
  plain: "plain JavaScript worker, no analytics",
  upserts: "the same with two D1 upserts per request",
};

/** The built worker, by itself and with a meter: it counts in a Durable Object. */
const COUNTING = ["src/entry.js", "bench/workers/metered.ts"];

const UPSERT_TABLES = `
  CREATE TABLE per_image (owner TEXT, date TEXT, image_id TEXT, variant TEXT, country TEXT, status INTEGER,
    requests INTEGER, bytes INTEGER, PRIMARY KEY (owner, date, image_id, variant, country, status)) WITHOUT ROWID;
  CREATE TABLE per_owner (owner TEXT, date TEXT, requests INTEGER, bytes INTEGER, PRIMARY KEY (owner, date)) WITHOUT ROWID;`;

export class Arena {
  readonly #miniflare: Miniflare;
  readonly #bundles: string;

  private constructor(miniflare: Miniflare, bundles: string) {
    this.#miniflare = miniflare;
    this.#bundles = bundles;
  }

  static async open(): Promise<Arena> {
    const bundles = mkdtempSync(path.join(tmpdir(), "pixtally-bench-"));
    const source = (contender: Contender) =>
      contender === "on" || contender === "off" ? "src/entry.js" : `bench/workers/${contender === "plain" ? "plain" : "two-upserts"}.js`;
    const workers = await Promise.all([
      ...CACHE.flatMap((cache) => CONTENDERS.map((contender) => worker(bundles, name(contender, cache), source(contender), variables(contender, cache)))),
      worker(bundles, "metered", "bench/workers/metered.ts", { ...variables("on", "hot"), ANALYTICS_PRIVACY: "full" }),
    ]);
    const miniflare = new Miniflare(convertV4MiniflareOptions({ cf: false, workers } as any));
    await miniflare.ready;
    const arena = new Arena(miniflare, bundles);
    for (const { name } of workers) await arena.#seed(name);
    return arena;
  }

  async #seed(worker: string): Promise<void> {
    const bucket = await this.#miniflare.getR2Bucket("MEDIA", worker);
    for (const key of [OBJECT.key, ...KEYS]) await bucket.put(key, BODY, { httpMetadata: { contentType: "image/jpeg" } });
    for (const statement of worker.startsWith("upserts") ? statements(UPSERT_TABLES) : migrations()) await this.sql(worker, statement);
  }

  url(worker: string): Promise<URL> {
    return this.#miniflare.unsafeGetDirectURL(worker);
  }

  async sql(worker: string, statement: string): Promise<Record<string, any>[]> {
    const database = await this.#miniflare.getD1Database("DB", worker);
    return (await database.prepare(statement).all()).results;
  }

  /** Statements with their parameters, as one batch; how many rows it has written. */
  async batch(worker: string, statements: [string, ...(string | number)[]][]): Promise<number> {
    const database = await this.#miniflare.getD1Database("DB", worker);
    const results = await database.batch(statements.map(([sql, ...parameters]) => database.prepare(sql).bind(...parameters)));
    return results.reduce((sum, { meta }) => sum + meta.rows_written, 0);
  }

  async close(): Promise<void> {
    await this.#miniflare.dispose();
    rmSync(this.#bundles, { recursive: true, force: true });
  }
}

export function name(contender: Contender, cache: Cache): string {
  return `${contender}-${cache}`;
}

function variables(contender: Contender, cache: Cache): Record<string, string> {
  const on = String(contender === "on");
  return {
    ...SECRETS,
    ANALYTICS_REALTIME_ENABLED: on,
    ANALYTICS_BATCH_ENABLED: on,
    MEDIA_CACHE_CONTROL: cache === "hot" ? "public, max-age=86400" : "no-store",
    CACHED: String(cache === "hot"),
    BYTES: String(BODY.length),
  };
}

async function worker(bundles: string, name: string, source: string, bindings: Record<string, string>) {
  return {
    name,
    modules: await modules(bundles, name, source),
    compatibilityDate: deployedConfig().compatibility_date,
    bindings,
    r2Buckets: { MEDIA: name },
    d1Databases: { DB: name },
    ...(COUNTING.includes(source) && { durableObjects: { AGGREGATOR: { className: "Aggregator", useSQLite: true } } }),
    analyticsEngineDatasets: { ANALYTICS: { dataset: "bench" } },
    unsafeDirectSockets: [{ host: "127.0.0.1", port: 0 }],
  };
}
