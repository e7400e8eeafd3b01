// A meter on a worker's database: how many batches and statements, how many rows they read and wrote by D1's own count, and
// how long each took.

export interface Meter {
  batches: number;
  statements: number;
  rows_read: number;
  rows_written: number;
  /** Of the rows written, those of the tables that count. */
  counter_rows: number;
  /** What the aggregator's batches carried: rows of analytics_daily, values of all dimensions, and failed requests. */
  flushed: { flushes: number; rows: number; values: number; errors: number };
  /** By the statement's first words: how long all of its runs took, by D1's own clock. */
  milliseconds: Record<string, number>;
}

const COUNTERS = /\b(INTO|UPDATE|FROM) analytics_(daily|days|monthly|breakdown_daily|errors_daily)\b/;

/** Named as the binding, since that is how workers-rs knows it. */
class D1Database {
  readonly #db: any;
  readonly #meter: Meter;
  readonly #beforeBatch: () => Promise<void>;
  readonly #bound = new WeakMap<object, { sql: string; values: unknown[] }>();

  constructor(db: any, meter: Meter, beforeBatch: () => Promise<void>) {
    this.#db = db;
    this.#meter = meter;
    this.#beforeBatch = beforeBatch;
  }

  prepare(sql: string): any {
    const statement = this.#db.prepare(sql);
    return {
      bind: (...values: unknown[]) => {
        const bound = statement.bind(...values);
        const all = bound.all.bind(bound);
        bound.all = async () => this.#count(sql, await all());
        this.#bound.set(bound, { sql, values });
        return bound;
      },
    };
  }

  async batch(statements: any[]): Promise<any> {
    await this.#beforeBatch();
    const results = await this.#db.batch(statements);
    this.#meter.batches += 1;
    return results.map((result: any, index: number) => {
      const { sql, values } = this.#bound.get(statements[index])!;
      this.#flushed(sql, values);
      return this.#count(sql, result);
    });
  }

  #flushed(sql: string, [first]: unknown[]): void {
    const { flushed } = this.#meter;
    if (sql.includes("INTO analytics_daily")) {
      flushed.flushes += 1;
      flushed.rows += JSON.parse(first as string).length;
    } else if (sql.includes("INTO analytics_segments")) {
      for (const [, , body, errors] of JSON.parse(first as string)) {
        flushed.values += JSON.parse(`[${body}]`).length;
        flushed.errors += JSON.parse(`[${errors}]`).length;
      }
    }
  }

  #count(sql: string, result: any): any {
    const { rows_read, rows_written, duration } = result.meta;
    this.#meter.statements += 1;
    this.#meter.rows_read += rows_read;
    this.#meter.rows_written += rows_written;
    if (COUNTERS.test(sql)) this.#meter.counter_rows += rows_written;
    const name = sql.slice(0, 80);
    this.#meter.milliseconds[name] = (this.#meter.milliseconds[name] ?? 0) + duration;
    return result;
  }
}

/** A database that counts in `meter`. `beforeBatch` is awaited before every batch. */
export function metered(db: any, meter: Meter = none(), beforeBatch: () => Promise<void> = async () => {}): { db: any; meter: Meter } {
  return { db: new D1Database(db, meter, beforeBatch), meter };
}

function none(): Meter {
  return { batches: 0, statements: 0, rows_read: 0, rows_written: 0, counter_rows: 0, flushed: { flushes: 0, rows: 0, values: 0, errors: 0 }, milliseconds: {} };
}
