// Sampling as Analytics Engine does it, twice: as points are written, those of a busy index; and as they are read, each query
// for itself, by how many points it would read. Deterministic: the same seed keeps the same points.

/** Of a busy index a part is kept, each point standing for `interval` of them. */
export interface WriteSampling {
  at: "write";
  interval: number;
  seed: number;
  /** Only these indexes are sampled; without it, all. */
  indexes?: string[];
}

/** A query is answered from the largest of some fixed samples of which it reads few enough points. */
export interface ReadSampling {
  at: "read";
  /** Most points that a query reads of a sample, if there is a smaller one. */
  rows: number;
  seed: number;
  /** One point in so many is in a sample. Each sample is a part of the one before. */
  resolutions?: number[];
}

export type Sampling = WriteSampling | ReadSampling;

const RESOLUTIONS = [1, 10, 100, 1_000];

/** From which sample a query is answered that would read so many points. */
export function resolution({ rows, resolutions = RESOLUTIONS }: ReadSampling, points: number): number {
  return resolutions.find((one) => points / one <= rows) ?? resolutions.at(-1)!;
}

/** Whether the `ordinal`-th point of an index is kept. */
export function drawn({ interval, seed }: WriteSampling, index: string, ordinal: number): boolean {
  let hash = seed >>> 0;
  for (const unit of `${index}\0${ordinal}`) {
    hash = Math.imul(hash ^ unit.codePointAt(0)!, 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) % interval === 0;
}
