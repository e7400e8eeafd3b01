// What counting costs D1 with all breakdowns on, at steady rates: batches, and rows written by D1's own count.

import { closing } from "./close.ts";
import type { Arena } from "./contenders.ts";
import { load } from "./load.ts";
import { hit } from "./traffic.ts";
import type { Meter } from "./workers/meter.ts";

const WORKER = "metered";
const SECONDS_OF_A_DAY = 24 * 60 * 60;

/** Hits per second, and for how many seconds. At the lowest rate six hits have to stand for many. */
const RATES: [rate: number, seconds: number][] = [[0.1, 60], [1, 30], [10, 20], [100, 15], [500, 15], [1_000, 12]];

export interface Writes {
  rate: number;
  hits: number;
  /** Per second, as it came out. */
  reached: number;
  /** All per 1,000 hits. */
  batches: number;
  rows: number;
  /** Rows that closing a day at this rate writes. */
  closing: number;
  /** What the same batches would have written of rows of `analytics_daily` only. */
  withoutBreakdowns: number;
  /** And with one row for each value of a dimension, and for each failed request. */
  naive: number;
}

export interface AllWrites {
  rates: Writes[];
  /** What closing writes of one owner's day that has all values of this traffic. */
  closingRows: number;
  /** Rows of that day when it is closed. */
  closedRows: number;
}

export async function writes(arena: Arena, progress: (text: string) => void): Promise<AllWrites> {
  const url = await arena.url(WORKER);
  const meter = async () => (await (await fetch(new URL("/__meter", url))).json()) as Meter;
  const one = async (sql: string) => Object.values((await arena.sql(WORKER, sql))[0]!)[0] as number;
  const counted = () => one("SELECT coalesce(sum(requests), 0) FROM analytics_daily");
  const measured: Omit<Writes, "closing">[] = [];
  let sent = 0;
  for (const [rate, seconds] of RATES) {
    progress(`rows written at ${rate} hits/s for ${seconds} s`);
    const before = await meter();
    const hits = Math.round(rate * seconds);
    const reached = await paced(url, rate, hits, sent);
    sent += hits;
    for (let attempt = 0; attempt < 100 && (await counted()) < sent; attempt += 1) await pause(200);
    const after = await meter();
    if ((await counted()) !== sent) throw new Error(`${await counted()} hits were counted, and ${sent} were sent`);
    const perThousand = (amount: (meter: Meter) => number) => ((amount(after) - amount(before)) / hits) * 1000;
    measured.push({
      rate,
      hits,
      reached,
      batches: perThousand((it) => it.flushed.flushes),
      rows: perThousand((it) => it.rows_written),
      withoutBreakdowns: perThousand(({ flushed }) => flushed.rows),
      naive: perThousand(({ flushed }) => flushed.rows + flushed.values + flushed.errors),
    });
  }
  const { closingRows, closedRows } = await close(arena, sent);
  const rates = measured.map((it) => ({ ...it, closing: (closingRows / (it.rate * SECONDS_OF_A_DAY)) * 1000 }));
  return { rates, closingRows, closedRows };
}

/** Closes what was counted. What it writes depends on how many values there are, not on how many hits: all of the traffic's
 * values are there, as they are after a day at the lowest rate. */
async function close(arena: Arena, sent: number): Promise<{ closingRows: number; closedRows: number }> {
  let [closingRows, closedRows] = [0, 0];
  for (const { date, owner } of await arena.sql(WORKER, "SELECT DISTINCT date, owner FROM analytics_segments")) {
    closingRows = Math.max(closingRows, await arena.batch(WORKER, closing(date, [owner])));
    const [{ rows }] = (await arena.sql(WORKER, `SELECT count(*) AS rows FROM analytics_breakdown_daily WHERE date = '${date}' AND owner = '${owner}'`)) as [{ rows: number }];
    closedRows = Math.max(closedRows, rows);
  }
  const sums = await arena.sql(WORKER, "SELECT CASE WHEN dimension IN ('video', 'other') THEN 'image' ELSE dimension END AS dimension, sum(requests) AS requests FROM analytics_breakdown_daily GROUP BY 1");
  const wrong = sums.filter(({ requests }) => requests !== sent);
  if (wrong.length > 0) throw new Error(`${sent} hits were sent, and closed are ${JSON.stringify(wrong)}`);
  return { closingRows, closedRows };
}

/** Sends `hits` requests of the traffic from its `from`th on, spread evenly over time; the rate that came out. */
async function paced(url: URL, rate: number, hits: number, from: number): Promise<number> {
  const started = performance.now();
  const pending: Promise<unknown>[] = [];
  for (let sent = 0; sent < hits; ) {
    const due = Math.min(hits, Math.floor(((performance.now() - started) / 1000) * rate) + 1) - sent;
    if (due > 0) {
      const first = from + sent;
      pending.push(load({ url, asks: (index) => hit(url, first + index), connections: Math.min(due, 16), requests: due }));
      sent += due;
    }
    await pause(Math.min(10, 1000 / rate));
  }
  await Promise.all(pending);
  return hits / ((performance.now() - started) / 1000);
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
