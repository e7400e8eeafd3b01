// What the overview of 90 days costs when there are many rows, and how little that depends on how many there are. Two
// databases that differ tenfold are asked in turns. An overview that differs from what was filled in ends the benchmark.

import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { Miniflare, convertV4MiniflareOptions } from "miniflare";
import { SECRETS, deployedConfig } from "../dev/local.ts";
import { DAYS, fill, type Ledger } from "./history.ts";
import { migrations, modules } from "./modules.ts";
import type { Meter } from "./workers/meter.ts";

const WORKER = "overview";
const OWNER = "alice";
export const SIZES = [1_000_000, 10_000_000];
/** Of the asking owner's rows, how many there are for an image. */
const ROWS_PER_IMAGE = 50;
const WARM_UP = 5;
const ROUNDS = 15;
const REQUESTS = 4;

export interface Overview {
  rows: number;
  images: number;
  /** The p50 of each round in milliseconds; the same round of another size was measured right after it. */
  rounds: number[];
  p50: number;
  p95: number;
  requests: number;
  /** Of one overview, by D1's own count. */
  statements: number;
  rowsRead: number;
}

interface Row {
  value: string;
  requests: number;
  bandwidth_bytes: number;
}

export async function overviews(progress: (text: string) => void): Promise<Overview[]> {
  const histories: History[] = [];
  try {
    for (const rows of SIZES) {
      progress(`a history of ${rows.toLocaleString("en")} rows`);
      histories.push(await History.open(rows));
    }
    progress(`overviews of ${DAYS} days`);
    for (const history of histories) await history.check();
    for (const history of histories) await history.ask(WARM_UP);
    for (let round = 0; round < ROUNDS; round += 1) {
      for (let turn = 0; turn < histories.length; turn += 1) await histories[(round + turn) % histories.length]!.measure(REQUESTS);
    }
    return histories.map((history) => history.result());
  } finally {
    for (const history of histories) await history.close();
  }
}

class History {
  readonly #rows: number;
  readonly #folder: string;
  readonly #miniflare: Miniflare;
  readonly #url: URL;
  readonly #ledger: Ledger;
  readonly #rounds: number[][] = [];
  #cost = { statements: 0, rowsRead: 0 };

  private constructor(rows: number, folder: string, miniflare: Miniflare, url: URL, ledger: Ledger) {
    this.#rows = rows;
    this.#folder = folder;
    this.#miniflare = miniflare;
    this.#url = url;
    this.#ledger = ledger;
  }

  static async open(rows: number): Promise<History> {
    const folder = mkdtempSync(path.join(tmpdir(), "pixtally-overview-"));
    try {
      const owner = await prepared(folder);
      const ledger = fill(databaseIn(folder), { rows, images: rows / ROWS_PER_IMAGE, owner, today: new Date().toISOString().slice(0, 10) });
      const miniflare = await start(folder);
      return new History(rows, folder, miniflare, await miniflare.unsafeGetDirectURL(WORKER), ledger);
    } catch (error) {
      rmSync(folder, { recursive: true, force: true });
      throw error;
    }
  }

  /** An overview, and how long it took. */
  async #get(): Promise<{ answer: any; milliseconds: number }> {
    const began = performance.now();
    const response = await fetch(new URL(`/v1/analytics/overview?owner=${OWNER}&days=${DAYS}`, this.#url), { headers: HEADERS });
    const text = await response.text();
    const milliseconds = performance.now() - began;
    if (response.status !== 200) throw new Error(`the overview answers ${response.status}: ${text}`);
    return { answer: JSON.parse(text), milliseconds };
  }

  async ask(times: number): Promise<void> {
    for (let time = 0; time < times; time += 1) await this.#get();
  }

  /** What is told is what was filled in. */
  async check(): Promise<void> {
    const before = await meter(this.#url);
    const { answer } = await this.#get();
    const after = await meter(this.#url);
    this.#cost = { statements: after.statements - before.statements, rowsRead: after.rows_read - before.rows_read };
    const { daily, statuses, images } = this.#ledger;
    const sum = (field: "requests" | "bandwidth_bytes") => daily.reduce((total, day) => total + day[field], 0);
    same("totals", of(answer.totals), { requests: sum("requests"), bandwidth_bytes: sum("bandwidth_bytes") });
    same("days", answer.daily.map((it: any) => ({ date: it.date, ...of(it) })), daily);
    const largest = [...statuses].sort((one, other) => other.requests - one.requests).slice(0, 10);
    same("statuses", answer.top.status.map((it: Row) => ({ value: it.value, ...of(it) })), largest);
    for (const { value, requests } of images) {
      const listed = answer.top.image.find((it: Row) => it.value === value);
      const most = (listed ?? answer.top.image.at(-1)).requests + answer.largest_undercount.image;
      const told = listed?.requests ?? 0;
      if (told > requests || most < requests) throw new Error(`${value} has ${requests} requests; ${told} are told, at most ${most}`);
    }
  }

  async measure(requests: number): Promise<void> {
    const times: number[] = [];
    for (let request = 0; request < requests; request += 1) times.push((await this.#get()).milliseconds);
    this.#rounds.push(times);
  }

  result(): Overview {
    const times = this.#rounds.flat();
    const { rowsRead, statements } = this.#cost;
    return {
      rows: this.#rows,
      images: this.#rows / ROWS_PER_IMAGE,
      rounds: this.#rounds.map((round) => quantile(round, 0.5)),
      p50: quantile(times, 0.5),
      p95: quantile(times, 0.95),
      requests: times.length,
      statements,
      rowsRead,
    };
  }

  async close(): Promise<void> {
    await this.#miniflare.dispose();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

const HEADERS = { Authorization: `Bearer ${SECRETS.ADMIN_TOKEN}` };

async function meter(url: URL): Promise<Meter> {
  return (await (await fetch(new URL("/__meter", url))).json()) as Meter;
}

/** Makes an empty database in `folder`; the owner's identifier. */
async function prepared(folder: string): Promise<string> {
  const miniflare = await start(folder);
  try {
    const database = await miniflare.getD1Database("DB", WORKER);
    for (const statement of migrations()) await database.prepare(statement).run();
    const url = new URL("/v1/owners", await miniflare.unsafeGetDirectURL(WORKER));
    const response = await fetch(url, { method: "POST", headers: { ...HEADERS, "Content-Type": "application/json" }, body: JSON.stringify({ name: OWNER }) });
    return ((await response.json()) as { owner: string }).owner;
  } finally {
    await miniflare.dispose();
  }
}

async function start(folder: string): Promise<Miniflare> {
  const worker = {
    name: WORKER,
    modules: await modules(path.join(folder, "bundle"), WORKER, "bench/workers/metered.ts"),
    compatibilityDate: deployedConfig().compatibility_date,
    bindings: SECRETS,
    r2Buckets: { MEDIA: WORKER },
    d1Databases: { DB: WORKER },
    analyticsEngineDatasets: { ANALYTICS: { dataset: "bench" } },
    unsafeDirectSockets: [{ host: "127.0.0.1", port: 0 }],
  };
  const options = convertV4MiniflareOptions({ cf: false, workers: [worker] } as any) as any;
  const miniflare = new Miniflare({ ...options, resourcePersistencePath: path.join(folder, "state") });
  await miniflare.ready;
  return miniflare;
}

/** The file that D1 keeps the tables in. */
function databaseIn(folder: string): string {
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((file) => /d1.*\.sqlite$/i.test(file) && !file.endsWith("metadata.sqlite"));
  if (files.length !== 1) throw new Error(`D1 has ${files.length} files in ${folder}: ${files.join(", ")}`);
  return path.join(folder, files[0]!);
}

function of({ requests, bandwidth_bytes }: Row): { requests: number; bandwidth_bytes: number } {
  return { requests, bandwidth_bytes };
}

function same(what: string, found: unknown, expected: unknown): void {
  if (JSON.stringify(found) !== JSON.stringify(expected)) throw new Error(`${what}: ${JSON.stringify(found)} is told of ${JSON.stringify(expected)}`);
}

function quantile(values: number[], share: number): number {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!;
}
