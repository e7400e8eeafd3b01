// The Analytics Engine binding: refuses what production refuses, keeps the rest in the stand-in worker. The
// local simulator's own binding accepts anything and keeps nothing.
//
// Limits: developers.cloudflare.com/analytics/analytics-engine/limits/

import type { ZoneRequest } from "./cloudflare/requests.ts";

const MAX_BLOBS = 20;
const MAX_DOUBLES = 20;
const MAX_INDEXES = 1;
const MAX_INDEX_BYTES = 96;
const MAX_BLOB_BYTES = 16 * 1024;
const MAX_POINTS_PER_INVOCATION = 250;

type Text = string | ArrayBuffer | null;

/** What `writeDataPoint` takes. */
export interface DataPoint {
  indexes?: Text[];
  blobs?: Text[];
  doubles?: number[];
}

/** A point as it is kept: every column a text or a number. */
export interface KeptPoint {
  index: string;
  blobs: string[];
  doubles: number[];
}

/** The service binding to the stand-in worker. */
export interface CloudflareBinding {
  writeDataPoint(dataset: string, point: KeptPoint): Promise<void>;
  logRequest(request: ZoneRequest): Promise<void>;
  fetch(input: RequestInfo | URL, init?: RequestInit): Promise<Response>;
}

export class Dataset {
  #cloudflare: CloudflareBinding;
  #name: string;
  #ctx: ExecutionContext;
  #written = 0;

  constructor(cloudflare: CloudflareBinding, name: string, ctx: ExecutionContext) {
    this.#cloudflare = cloudflare;
    this.#name = name;
    this.#ctx = ctx;
  }

  writeDataPoint(point: DataPoint): void {
    const kept = checked(point);
    this.#written += 1;
    if (this.#written > MAX_POINTS_PER_INVOCATION) {
      throw new TypeError(`writeDataPoint(): more than ${MAX_POINTS_PER_INVOCATION} points in one invocation`);
    }
    this.#ctx.waitUntil(this.#cloudflare.writeDataPoint(this.#name, kept));
  }
}

function checked(point: DataPoint): KeptPoint {
  if (point === null || typeof point !== "object") refuse("the point must be an object");
  const indexes = list(point.indexes, "indexes", MAX_INDEXES).map((value) => text(value, "indexes"));
  const blobs = list(point.blobs, "blobs", MAX_BLOBS).map((value) => text(value, "blobs"));
  const doubles = list(point.doubles, "doubles", MAX_DOUBLES).map((value) => {
    if (typeof value !== "number") refuse("doubles must be numbers");
    return value;
  });
  const bytes = (value: string) => new TextEncoder().encode(value).length;
  if (indexes.some((index) => bytes(index) > MAX_INDEX_BYTES)) refuse(`an index has more than ${MAX_INDEX_BYTES} bytes`);
  if (blobs.reduce((sum, blob) => sum + bytes(blob), 0) > MAX_BLOB_BYTES) {
    refuse(`the blobs have more than ${MAX_BLOB_BYTES} bytes`);
  }
  return { index: indexes[0] ?? "", blobs, doubles };
}

function list<T>(values: T[] | undefined, name: string, most: number): T[] {
  if (values === undefined) return [];
  if (!Array.isArray(values)) refuse(`${name} must be an array`);
  if (values.length > most) refuse(`there are more than ${most} ${name}`);
  return values;
}

function text(value: Text, name: string): string {
  if (value === null) return "";
  if (typeof value === "string") return value;
  if (value instanceof ArrayBuffer) return new TextDecoder().decode(value);
  return refuse(`${name} must be texts`);
}

function refuse(why: string): never {
  throw new TypeError(`writeDataPoint(): ${why}`);
}
