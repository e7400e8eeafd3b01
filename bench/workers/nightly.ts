// The built worker inside the local Cloudflare, with a meter on its database: how many statements, and how many rows they
// read and wrote by D1's own count.

import Local from "../../dev/entry.ts";

/** `counter_rows`: of the rows written, those of the tables that count. */
const meter = { statements: 0, rows_read: 0, rows_written: 0, counter_rows: 0 };
const COUNTERS = /\b(INTO|UPDATE|FROM) analytics_(daily|days|monthly)\b/;

/** Every so many batches the isolate stands still for a moment, with all that it holds, so that its memory can be sampled:
 * the inspector is only heard between tasks. */
const STILL_EVERY = 4;
const STILL_MS = 60;

function count(sql: string, result: any): any {
  meter.statements += 1;
  meter.rows_read += result.meta.rows_read;
  meter.rows_written += result.meta.rows_written;
  if (COUNTERS.test(sql)) meter.counter_rows += result.meta.rows_written;
  return result;
}

/** Named as the binding, since that is how workers-rs knows it. */
class D1Database {
  readonly #db: any;
  readonly #sql = new WeakMap<object, string>();
  #batches = 0;

  constructor(db: any) {
    this.#db = db;
  }

  prepare(sql: string): any {
    const statement = this.#db.prepare(sql);
    return {
      bind: (...values: unknown[]) => {
        const bound = statement.bind(...values);
        const all = bound.all.bind(bound);
        bound.all = async () => count(sql, await all());
        this.#sql.set(bound, sql);
        return bound;
      },
    };
  }

  async batch(statements: any[]): Promise<any> {
    this.#batches += 1;
    if (this.#batches % STILL_EVERY === 0) await scheduler.wait(STILL_MS);
    const results = await this.#db.batch(statements);
    return results.map((result: any, index: number) => count(this.#sql.get(statements[index])!, result));
  }
}

export default class extends Local {
  constructor(ctx: any, env: any) {
    super(ctx, { ...env, DB: new D1Database(env.DB) });
  }

  async fetch(request: Request): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url);
    if (pathname === "/__meter") return Response.json(meter);
    if (pathname !== "/__night") return super.fetch(request);
    const scheduledTime = Number(searchParams.get("at"));
    await (this as any).scheduled({ cron: searchParams.get("cron"), scheduledTime });
    return Response.json(meter);
  }
}
