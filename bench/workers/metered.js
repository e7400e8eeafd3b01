// The built worker with a meter on its database: how many batches, and how many rows they wrote by D1's own count.

import Pixtally from "../../src/entry.js";

const meter = { batches: 0, rows_written: 0 };

class D1Database {
  #db;

  constructor(db) {
    this.#db = db;
  }

  prepare(sql) {
    return this.#db.prepare(sql);
  }

  async batch(statements) {
    const results = await this.#db.batch(statements);
    meter.batches += 1;
    for (const { meta } of results) meter.rows_written += meta.rows_written;
    return results;
  }
}

export default class extends Pixtally {
  constructor(ctx, env) {
    super(ctx, { ...env, DB: new D1Database(env.DB) });
  }

  async fetch(request) {
    if (new URL(request.url).pathname === "/__meter") return Response.json(meter);
    return super.fetch(request);
  }
}
