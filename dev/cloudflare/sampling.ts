// Sampling as Analytics Engine does it: of a busy index a part is kept, each point standing for `interval` of them.
// Deterministic: the same seed keeps the same points.

export interface Sampling {
  interval: number;
  seed: number;
  /** Only these indexes are sampled; without it, all. */
  indexes?: string[];
  /** As points are written, or as they are read. */
  at: "write" | "read";
}

/** Whether the `ordinal`-th point of an index is kept. */
export function drawn({ interval, seed }: Sampling, index: string, ordinal: number): boolean {
  let hash = seed >>> 0;
  for (const unit of `${index}\0${ordinal}`) {
    hash = Math.imul(hash ^ unit.codePointAt(0)!, 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) % interval === 0;
}
