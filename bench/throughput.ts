// Requests per second, side by side: every round measures every contender, in an order that turns from round to
// round, and ratios are taken within rounds. A round whose answers or counts are wrong ends the benchmark.

import { CONTENDERS, OBJECT, name, type Arena, type Cache, type Contender } from "./contenders.ts";
import { HEADERS, ask, load, type Measured } from "./load.ts";
import { BODY } from "./object.ts";

export const ROUNDS = Number(process.env.ROUNDS ?? 11);
export const REQUESTS = Number(process.env.REQUESTS ?? 3_000);
export const CONNECTIONS = 16;
const WARM_UP = 1_000;

export type Round = Record<Contender, Measured>;

export async function throughput(arena: Arena, cache: Cache, progress: (text: string) => void): Promise<Round[]> {
  const sent = new Map<Contender, number>();
  const measure = async (contender: Contender, requests: number) => {
    const url = await arena.url(name(contender, cache));
    const same = ask(url, OBJECT.path, HEADERS, 200, BODY);
    const measured = await load({ url, asks: () => same, connections: CONNECTIONS, requests });
    sent.set(contender, (sent.get(contender) ?? 0) + requests);
    return measured;
  };
  for (const contender of CONTENDERS) await measure(contender, WARM_UP);
  const rounds: Round[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    progress(`cache ${cache}: round ${round + 1} of ${ROUNDS}`);
    const measured: Partial<Round> = {};
    for (let turn = 0; turn < CONTENDERS.length; turn += 1) {
      const contender = CONTENDERS[(round + turn) % CONTENDERS.length]!;
      measured[contender] = await measure(contender, REQUESTS);
    }
    await check(arena, cache, sent);
    rounds.push(measured as Round);
  }
  return rounds;
}

/** What was counted is what was sent, to the byte. */
async function check(arena: Arena, cache: Cache, sent: Map<Contender, number>): Promise<void> {
  for (const [contender, table, bytes] of [
    ["on", "analytics_daily", "bandwidth_bytes"],
    ["off", "analytics_daily", "bandwidth_bytes"],
    ["upserts", "per_image", "bytes"],
  ] as const) {
    const requests = contender === "off" ? 0 : sent.get(contender)!;
    const expected = `${requests} requests, ${requests * BODY.length} bytes`;
    let found = "";
    for (let attempt = 0; attempt < 50 && found !== expected; attempt += 1) {
      const statement = `SELECT coalesce(sum(requests), 0) AS requests, coalesce(sum(${bytes}), 0) AS bytes FROM ${table}`;
      const [row] = await arena.sql(name(contender, cache), statement);
      found = `${row!.requests} requests, ${row!.bytes} bytes`;
      if (found !== expected) await new Promise((resolve) => setTimeout(resolve, 200));
    }
    if (found !== expected) throw new Error(`${name(contender, cache)} counted ${found}, and was sent ${expected}`);
  }
}
