// A database as production would have left it: the rows of every hit, closed days as the product's own statements close
// them, and two days that are still open, as aggregators leave them. Written into D1's file while nobody else has it open.

import { DatabaseSync } from "node:sqlite";
import { IN_SEGMENT, closing } from "./close.ts";

export const DAYS = 90;
/** Yesterday takes late hits until noon. */
const OPEN_DAYS = 2;
const OTHER_OWNERS = 20;
/** Of all rows, the asking owner's. */
const SHARE = 0.9;

/** How many values a hit is drawn from in each dimension that analytics_daily tells. */
const [VARIANTS, COUNTRIES] = [200, 180];
/** Nearly every other hit has the first one. */
const STATUSES = [200, 304, 206, 404, 403, 301, 416, 500, 400, 410, 502, 503];
/** The same in those that only segments tell. */
const FACETS: Record<string, number> = { format: 10, cache: 4, device: 30, browser: 20, os: 15, bot: 4, crawler: 40, referrer: 5_000, error_reason: 6 };
const NAMED: Record<string, string[]> = { cache: ["hit", "miss", "bypass", "none"], bot: ["human", "search", "ai", "other"], error_reason: ["(none)"] };

export interface Shape {
  /** Of `analytics_daily`. */
  rows: number;
  /** That the asking owner's are about. */
  images: number;
  owner: string;
  /** YYYY-MM-DD */
  today: string;
}

/** What has been written of the asking owner, added up from `analytics_daily`. */
export interface Ledger {
  daily: { date: string; requests: number; bandwidth_bytes: number }[];
  statuses: { value: string; requests: number; bandwidth_bytes: number }[];
  /** The ten largest of all days together. */
  images: { value: string; requests: number; bandwidth_bytes: number }[];
}

export function fill(file: string, shape: Shape): Ledger {
  const db = new DatabaseSync(file);
  try {
    db.exec("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -200000; PRAGMA temp_store = MEMORY");
    return new History(db, shape).write();
  } finally {
    db.close();
  }
}

class History {
  readonly #db: DatabaseSync;
  readonly #shape: Shape;
  readonly #owners: string[];

  constructor(db: DatabaseSync, shape: Shape) {
    this.#db = db;
    this.#shape = shape;
    this.#owners = [shape.owner, ...Array.from({ length: OTHER_OWNERS }, (_, owner) => (owner + 1).toString(16).padStart(32, "0"))];
  }

  write(): Ledger {
    this.#facets();
    const { rows, images } = this.#shape;
    // Today is as busy as two days.
    const [own, others] = [(rows * SHARE) / (DAYS + 1), (rows * (1 - SHARE)) / (DAYS + 1) / OTHER_OWNERS];
    this.#draw(images, Math.ceil(2 * own));
    for (let age = DAYS - 1; age >= 0; age -= 1) {
      const busy = age === 0 ? 2 : 1;
      this.#db.exec("BEGIN");
      for (const owner of this.#owners) {
        const isAsking = owner === this.#shape.owner;
        this.#rows(owner, age, Math.ceil((isAsking ? own : others) * busy));
        this.#segments(owner, age);
      }
      if (age >= OPEN_DAYS) this.#close(this.#date(age));
      this.#db.exec("COMMIT");
    }
    return this.#ledger();
  }

  #date(age: number): string {
    return new Date(Date.parse(this.#shape.today) - age * 24 * 60 * 60 * 1000).toISOString().slice(0, 10);
  }

  /** What share of the hits have a value: from `low` to `high` of 1, so that the parts add up to the whole. */
  #facets(): void {
    this.#db.exec("CREATE TEMP TABLE facets (dimension TEXT, value TEXT, low REAL, high REAL)");
    const insert = this.#db.prepare("INSERT INTO temp.facets VALUES (?1, ?2, ?3, ?4)");
    for (const [dimension, values] of Object.entries(FACETS)) {
      const weights = Array.from({ length: values }, (_, value) => 1 / (value + 1));
      const sum = weights.reduce((one, other) => one + other, 0);
      let low = 0;
      weights.forEach((weight, value) => {
        const high = value === values - 1 ? 1 : low + weight / sum;
        insert.run(dimension, NAMED[dimension]?.[value] ?? `${dimension}-${value}.example`, low, high);
        low = high;
      });
    }
  }

  /** The rows of a day, of which every day is a variation. Popularity is about Zipf's in every dimension. */
  #draw(images: number, count: number): void {
    this.#db.exec(`CREATE TEMP TABLE drawn (image, variant, country, status, PRIMARY KEY (image, variant, country, status)) WITHOUT ROWID`);
    const draw = this.#db.prepare(DRAWN);
    for (let left = count, from = 1; left > 0; from += 2 * left + 1_000) left -= Number(draw.run(from, 2 * left + 1_000, images, left).changes);
    this.#db.exec("CREATE TEMP TABLE day AS SELECT *, hash % 1000003 AS place FROM (SELECT *, (image * 7919 + variant * 104729 + country * 1299709 + status * 15485863) AS hash FROM drawn) ORDER BY place");
  }

  /** `count` rows of an owner's day. Every day three images become the most popular. */
  #rows(owner: string, age: number, count: number): void {
    this.#db.prepare(ROWS).run(owner, this.#date(age), DAYS - age, this.#shape.images, count);
  }

  /** Of a day that is still open with all dimensions, as aggregators write them; closing needs those alone that the rows do not tell. */
  #segments(owner: string, age: number): void {
    const date = this.#date(age);
    if (age < OPEN_DAYS) this.#db.prepare(counted(ENTRIES_OF_ROWS)).run(owner, date, IN_SEGMENT);
    else this.#db.prepare(counted("")).run(owner, date, IN_SEGMENT);
  }

  /** And what publishing does to tell that a day stays with realtime's rows. */
  #close(date: string): void {
    for (const [sql, ...parameters] of closing(date, this.#owners)) this.#db.prepare(sql).run(...parameters);
    this.#db.prepare(PUBLISHED).run(date);
  }

  #ledger(): Ledger {
    const { owner } = this.#shape;
    const read = (sql: string) => this.#db.prepare(sql).all(owner) as any[];
    const sums = "sum(requests) AS requests, sum(bandwidth_bytes) AS bandwidth_bytes FROM analytics_daily WHERE owner = ?1 GROUP BY 1";
    return {
      daily: read(`SELECT date, ${sums} ORDER BY date`),
      statuses: read(`SELECT CAST(status_code AS TEXT) AS value, ${sums}`),
      images: read(`SELECT image_id AS value, ${sums.replace("GROUP", "AND asset_type = 'image' GROUP")} ORDER BY requests DESC LIMIT 10`),
    };
  }
}

/** ?1: where the draw begins; ?2: how often it draws; ?3: images; ?4: how many rows at most. The multiples of an irrational
 * number, without their integers, spread evenly between 0 and 1. */
const DRAWN = `
  WITH RECURSIVE draws(n) AS (SELECT CAST(?1 AS INTEGER) UNION ALL SELECT n + 1 FROM draws WHERE n < ?1 + ?2)
  INSERT OR IGNORE INTO temp.drawn
  SELECT
    CAST(exp((n * 0.6180339887498949 - floor(n * 0.6180339887498949)) * ln(?3)) AS INTEGER),
    CAST(exp((n * 0.4142135623730951 - floor(n * 0.4142135623730951)) * ln(${VARIANTS})) AS INTEGER),
    CAST(exp((n * 0.7320508075688772 - floor(n * 0.7320508075688772)) * ln(${COUNTRIES})) AS INTEGER),
    max((n * 7919) % ${2 * STATUSES.length} - ${STATUSES.length}, 0)
  FROM draws
  LIMIT ?4`;

/** ?1: owner; ?2: date; ?3: the day's number; ?4: images; ?5: how many rows. */
const ROWS = `
  INSERT INTO analytics_daily (
    owner, date, run, image_id, variant, country, status_code,
    requests, bandwidth_bytes, cache_hits, cache_misses, source_bytes, asset_type
  )
  SELECT
    ?1, ?2, 0, printf('album-%d/img-%06d.jpg', number % 500, number), 'w' || (16 * variant),
    char(65 + country / 26, 65 + country % 26), CASE status ${STATUSES.map((it, index) => `WHEN ${index} THEN ${it}`).join(" ")} END,
    requests, requests * bytes, requests * 9 / 10, requests - requests * 9 / 10, requests * bytes * 3,
    CASE number % 50 WHEN 0 THEN 'video' WHEN 1 THEN 'other' ELSE 'image' END
  FROM (
    SELECT
      *, (image + 3 * CAST(?3 AS INTEGER)) % CAST(?4 AS INTEGER) AS number,
      1 + CAST((2000 + hash * CAST(?3 AS INTEGER) % 2000) / (image * variant * country * (status + 1)) AS INTEGER) AS requests,
      8000 + image * 7919 % 400000 AS bytes
    FROM temp.day LIMIT ?5
  )`;

/** ?1: owner; ?2: date. */
const TOTALS = `
  rows AS MATERIALIZED (
    SELECT * FROM analytics_daily WHERE owner = ?1 AND date = ?2 AND run = 0
  ),
  totals AS MATERIALIZED (
    SELECT
      sum(requests) AS requests, sum(bandwidth_bytes) AS bandwidth_bytes, sum(cache_hits) AS cache_hits,
      sum(cache_misses) AS cache_misses, sum(source_bytes) AS source_bytes
    FROM rows
  )`;

const ENTRIES_OF_ROWS = [["asset_type", "image_id"], ["'variant'", "variant"], ["'country'", "country"], ["'status'", "CAST(status_code AS TEXT)"], ["'asset_type'", "asset_type"]]
  .map(([dimension, value]) => `
    SELECT
      ${dimension} AS dimension, ${value} AS value, sum(requests) AS requests, sum(bandwidth_bytes) AS bandwidth_bytes,
      sum(cache_hits) AS cache_hits, sum(cache_misses) AS cache_misses, sum(source_bytes) AS source_bytes
    FROM rows GROUP BY 1, 2
    UNION ALL`)
  .join("");

/** The segments of an owner's day. ?1: owner; ?2: date; ?3: values of a dimension. */
function counted(entries: string): string {
  return `
  WITH ${TOTALS},
  entries AS (
    ${entries}
    SELECT
      dimension, value,
      CAST(requests        * high AS INTEGER) - CAST(requests        * low AS INTEGER) AS requests,
      CAST(bandwidth_bytes * high AS INTEGER) - CAST(bandwidth_bytes * low AS INTEGER) AS bandwidth_bytes,
      CAST(cache_hits      * high AS INTEGER) - CAST(cache_hits      * low AS INTEGER) AS cache_hits,
      CAST(cache_misses    * high AS INTEGER) - CAST(cache_misses    * low AS INTEGER) AS cache_misses,
      CAST(source_bytes    * high AS INTEGER) - CAST(source_bytes    * low AS INTEGER) AS source_bytes
    FROM totals CROSS JOIN facets
    WHERE CAST(requests * high AS INTEGER) > CAST(requests * low AS INTEGER)
  ),
  placed AS (
    SELECT
      *,
      row_number() OVER (PARTITION BY dimension ORDER BY requests DESC, bandwidth_bytes DESC) AS by_requests,
      row_number() OVER (PARTITION BY dimension ORDER BY bandwidth_bytes DESC, requests DESC) AS by_bandwidth
    FROM entries
  )
  INSERT INTO analytics_segments (date, owner, run, part, requests, body, errors)
  SELECT
    ?2, ?1, 0, '0', (SELECT requests FROM totals),
    group_concat(json_array(dimension, value, requests, bandwidth_bytes, cache_hits, cache_misses, source_bytes)),
    '[404,"object_not_found","/gone.jpg","shop.example",1,1700000000,1700000000]'
  FROM placed WHERE min(by_requests, by_bandwidth) <= ?3`;
}

const PUBLISHED = `
  INSERT INTO analytics_days (
    date, owner, run, source, estimated, error, requests, bandwidth_bytes, cache_hits, cache_misses, source_bytes, frozen
  )
  SELECT
    date, owner, 0, 'realtime', 0, 0, sum(requests), sum(bandwidth_bytes), sum(cache_hits), sum(cache_misses), sum(source_bytes), 0
  FROM analytics_breakdown_daily
  WHERE date = ?1 AND dimension = 'asset_type'
  GROUP BY owner`;
