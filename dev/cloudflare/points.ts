// Analytics Engine's data points, one table for all data sets, with its own column names. Times are in seconds, as
// its DateTime columns are.
//
// Not here: who may write what (../dataset.ts), and how they are asked for (sql/, graphql/).

import type { KeptPoint } from "../dataset.ts";
import { type Sampling, drawn } from "./sampling.ts";

const COLUMNS = 20;
const columns = (name: string) => Array.from({ length: COLUMNS }, (_, index) => `${name}${index + 1}`);

export const BLOBS = columns("blob");
export const DOUBLES = columns("double");
const ALL = ["dataset", "timestamp", "_sample_interval", "index1", ...BLOBS, ...DOUBLES];
const INSERT = `INSERT INTO points (${ALL.join(", ")}) VALUES (${ALL.map(() => "?").join(", ")})`;

/** A point to load: when it was written, and how many it stands for. */
export interface PastPoint {
  /** Seconds since 1970, or a text that `Date` reads. */
  timestamp: number | string;
  /** 1 unless given; then write-time sampling does not touch it. */
  sampleInterval?: number;
  index: string;
  blobs: string[];
  doubles: number[];
}

/**
 * Points that are made up in place. Point `i` has the `i`-th combination of owner, image, variant, country and status,
 * in the order of the index below (the status changes fastest), and starts over when they are used up.
 */
export interface PointPlan {
  dataset: string;
  /** `YYYY-MM-DD`; the points spread over its seconds. */
  date: string;
  points: number;
  owners: string[];
  /** Images of each owner, named `<album>/0000000.jpg` and so on. */
  images: number;
  album?: string;
  variants: string[];
  countries: string[];
  statuses: number[];
  bytes?: number;
  /** What the points derive from, as large as they are unless given. Errors derive from themselves alone. */
  sourceBytes?: number;
  sampleInterval?: number;
  /** Further text columns by name, the same in every point. */
  blobs?: Record<string, string>;
}

/** The columns that a data set's points have had so far: Analytics Engine types no others. */
export interface KnownColumns {
  blobs: number;
  doubles: number;
}

export class Points {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    const text = BLOBS.map((name) => `${name} TEXT NOT NULL`);
    const numbers = DOUBLES.map((name) => `${name} REAL NOT NULL`);
    sql.exec(
      `CREATE TABLE IF NOT EXISTS points (
         dataset TEXT NOT NULL, timestamp INTEGER NOT NULL, _sample_interval INTEGER NOT NULL,
         index1 TEXT NOT NULL, ${text.join(", ")}, ${numbers.join(", ")}
       );
       CREATE TABLE IF NOT EXISTS datasets (name TEXT PRIMARY KEY, blobs INTEGER NOT NULL, doubles INTEGER NOT NULL);
       CREATE TABLE IF NOT EXISTS sampled (index1 TEXT PRIMARY KEY, seen INTEGER NOT NULL);
       CREATE INDEX IF NOT EXISTS points_by_row ON points (
         dataset, blob1, index1, blob2, blob3, blob4, double3, timestamp, _sample_interval, double1, double2, blob5
       );
       CREATE INDEX IF NOT EXISTS points_by_time ON points (dataset, timestamp, _sample_interval);`,
    );
  }

  write(dataset: string, point: KeptPoint, sampling: Sampling | null): void {
    this.#keep(dataset, Math.floor(Date.now() / 1000), undefined, point, sampling);
  }

  load(dataset: string, points: PastPoint[], sampling: Sampling | null): void {
    this.declare(dataset);
    for (const { timestamp, sampleInterval, ...point } of points) {
      const seconds = typeof timestamp === "number" ? timestamp : Math.floor(Date.parse(timestamp) / 1000);
      this.#keep(dataset, seconds, sampleInterval, point, sampling);
    }
  }

  #keep(dataset: string, timestamp: number, given: number | undefined, point: KeptPoint, sampling: Sampling | null): void {
    this.#note(dataset, point.blobs.length, point.doubles.length);
    let interval = given ?? 1;
    if (given === undefined && sampling?.at === "write" && (sampling.indexes?.includes(point.index) ?? true)) {
      const [{ seen }] = this.#sql
        .exec<{ seen: number }>(
          "INSERT INTO sampled VALUES (?, 1) ON CONFLICT DO UPDATE SET seen = seen + 1 RETURNING seen",
          point.index,
        )
        .toArray() as [{ seen: number }];
      if (!drawn(sampling, point.index, seen)) return;
      interval = sampling.interval;
    }
    this.#sql.exec(
      INSERT,
      dataset,
      timestamp,
      interval,
      point.index,
      ...BLOBS.map((_, column) => point.blobs[column] ?? ""),
      ...DOUBLES.map((_, column) => point.doubles[column] ?? 0),
    );
  }

  generate(plan: PointPlan): void {
    const blobs: Record<string, string> = plan.blobs ?? {};
    const unknown = Object.keys(blobs).find((name) => !BLOBS.includes(name));
    if (unknown) throw new TypeError(`there is no text column ${unknown}`);
    this.#note(plan.dataset, COLUMNS, COLUMNS);
    const { owners, images, variants, countries, statuses, bytes = 1000 } = plan;
    const faster = [statuses.length, countries.length, variants.length, images, owners.length];
    const digit = (place: number) => {
      const below = faster.slice(0, place).reduce((product, size) => product * size, 1);
      return `(i / ${below} % ${faster[place]})`;
    };
    const values: Record<string, string> = {
      dataset: "?2",
      timestamp: "?3 + i % 86400",
      _sample_interval: "?4",
      index1: `?5 ->> ${digit(4)}`,
      blob1: "?6",
      blob2: `?7 || '/' || printf('%07d', ${digit(3)}) || '.jpg'`,
      blob3: `?8 ->> ${digit(2)}`,
      blob4: `?9 ->> ${digit(1)}`,
      double1: "?10",
      double2: `CASE WHEN ?12 ->> ${digit(0)} >= 400 THEN ?10 ELSE ?11 END`,
      double3: `?12 ->> ${digit(0)}`,
    };
    const value = (name: string) =>
      values[name] ?? (name in blobs ? `?13 ->> '${name}'` : name.startsWith("blob") ? "''" : "0");
    // ?13 stands in the condition too, because SQLite wants every bound value used.
    this.#sql.exec(
      `INSERT INTO points (${ALL.join(", ")})
       WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < ?1)
       SELECT ${ALL.map(value).join(", ")} FROM n WHERE ?13 IS NOT NULL`,
      plan.points,
      plan.dataset,
      Date.parse(`${plan.date}T00:00:00Z`) / 1000,
      plan.sampleInterval ?? 1,
      JSON.stringify([...owners].sort()),
      plan.date,
      plan.album ?? "album",
      JSON.stringify([...variants].sort()),
      JSON.stringify([...countries].sort()),
      bytes,
      plan.sourceBytes ?? bytes,
      JSON.stringify([...statuses].sort((one, other) => one - other)),
      JSON.stringify(blobs),
    );
  }

  /** Makes a data set known, as its first point would, without one. */
  declare(dataset: string): void {
    this.#note(dataset, 0, 0);
  }

  #note(dataset: string, blobs: number, doubles: number): void {
    this.#sql.exec(
      `INSERT INTO datasets VALUES (?, ?, ?) ON CONFLICT DO UPDATE
       SET blobs = max(blobs, excluded.blobs), doubles = max(doubles, excluded.doubles)
       WHERE excluded.blobs > blobs OR excluded.doubles > doubles`,
      dataset,
      blobs,
      doubles,
    );
  }

  known(dataset: string): KnownColumns | undefined {
    return this.#sql.exec<{ blobs: number; doubles: number }>("SELECT blobs, doubles FROM datasets WHERE name = ?", dataset).toArray()[0];
  }

  /** What a query reads: the table, or of it a sample of one point in `resolution`, which SQLite folds into the query. */
  sample(resolution: number, seed: number): string {
    if (resolution === 1) return "points";
    const hash = `((rowid + ${seed}) * 2654435761 % 4294967296 / 65536)`;
    const columns = ALL.map((name) => (name === "_sample_interval" ? `_sample_interval * ${resolution} AS ${name}` : name));
    return `(SELECT ${columns.join(", ")} FROM points WHERE ${hash} % ${resolution} = 0)`;
  }

  datasets(): string[] {
    return this.#sql.exec<{ name: string }>("SELECT name FROM datasets ORDER BY name").toArray().map(({ name }) => name);
  }

  clear(): void {
    for (const table of ["points", "datasets", "sampled"]) this.#sql.exec(`DELETE FROM ${table}`);
  }
}
