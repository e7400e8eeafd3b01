// What counting costs D1, at steady rates: batches, and rows written by D1's own count.

import { BODY, OBJECT, type Arena } from "./contenders.ts";
import { load } from "./load.ts";

const WORKER = "metered";

/** Hits per second, and for how many seconds. At the lowest rate six hits have to stand for many. */
const RATES: [rate: number, seconds: number][] = [[0.1, 60], [1, 30], [10, 20], [100, 15], [500, 15], [1_000, 12]];

export interface Writes {
  rate: number;
  hits: number;
  /** Per second, as it came out. */
  reached: number;
  batchesPerThousand: number;
  rowsPerThousand: number;
}

interface Meter {
  batches: number;
  rows_written: number;
}

export async function writes(arena: Arena, progress: (text: string) => void): Promise<Writes[]> {
  const url = await arena.url(WORKER);
  const meter = async () => (await (await fetch(new URL("/__meter", url))).json()) as Meter;
  const counted = async () => (await arena.sql(WORKER, "SELECT coalesce(sum(requests), 0) AS sum FROM analytics_daily"))[0]!.sum as number;
  const results: Writes[] = [];
  let sent = 0;
  for (const [rate, seconds] of RATES) {
    progress(`rows written at ${rate} hits/s for ${seconds} s`);
    const before = await meter();
    const hits = Math.round(rate * seconds);
    const reached = await paced(url, rate, hits);
    sent += hits;
    for (let attempt = 0; attempt < 100 && (await counted()) < sent; attempt += 1) await pause(200);
    const after = await meter();
    if ((await counted()) !== sent) throw new Error(`${await counted()} hits were counted, and ${sent} were sent`);
    const perThousand = (amount: number) => (amount / hits) * 1000;
    results.push({
      rate,
      hits,
      reached,
      batchesPerThousand: perThousand(after.batches - before.batches),
      rowsPerThousand: perThousand(after.rows_written - before.rows_written),
    });
  }
  return results;
}

/** Sends `hits` requests spread evenly over time; the rate that came out. */
async function paced(url: URL, rate: number, hits: number): Promise<number> {
  const started = performance.now();
  const pending: Promise<unknown>[] = [];
  for (let sent = 0; sent < hits; ) {
    const due = Math.min(hits, Math.floor(((performance.now() - started) / 1000) * rate) + 1) - sent;
    if (due > 0) {
      pending.push(load({ url, path: OBJECT.path, body: BODY, connections: Math.min(due, 16), requests: due }));
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
