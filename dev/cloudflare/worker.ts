// The local Cloudflare: what Analytics Engine keeps. A second worker, so that it survives the first one's
// restarts and shares no code with it.
//
// Not here yet: its SQL and GraphQL APIs.

import { DurableObject, WorkerEntrypoint } from "cloudflare:workers";
import type { KeptPoint } from "../dataset.ts";

interface Env {
  STORE: DurableObjectNamespace<AnalyticsEngine>;
}

const COLUMNS = 20;
const columns = (name: string) => Array.from({ length: COLUMNS }, (_, index) => `${name}${index + 1}`);

/** All data sets' points, in one table with Analytics Engine's own column names. */
export class AnalyticsEngine extends DurableObject<Env> {
  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    const blobs = columns("blob").map((name) => `${name} TEXT NOT NULL`);
    const doubles = columns("double").map((name) => `${name} REAL NOT NULL`);
    ctx.storage.sql.exec(
      `CREATE TABLE IF NOT EXISTS points (
         dataset TEXT NOT NULL, timestamp INTEGER NOT NULL, _sample_interval INTEGER NOT NULL,
         index1 TEXT NOT NULL, ${blobs.join(", ")}, ${doubles.join(", ")}
       )`,
    );
  }

  write(dataset: string, { index, blobs, doubles }: KeptPoint): void {
    const values = [
      dataset,
      Date.now(),
      1,
      index,
      ...columns("blob").map((_, column) => blobs[column] ?? ""),
      ...columns("double").map((_, column) => doubles[column] ?? 0),
    ];
    this.ctx.storage.sql.exec(`INSERT INTO points VALUES (${values.map(() => "?").join(", ")})`, ...values);
  }
}

export default class extends WorkerEntrypoint<Env> {
  async writeDataPoint(dataset: string, point: KeptPoint): Promise<void> {
    await this.env.STORE.getByName("store").write(dataset, point);
  }

  fetch(): Response {
    return new Response("the local stand-in for Cloudflare's APIs\n", { status: 404 });
  }
}
