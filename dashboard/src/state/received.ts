// When an answer came that does not say itself how current it is.

const moments = new WeakMap<object, string>();

/** RFC 3339; of data that were shown before, when they first were. */
export function receivedAt(data: object): string {
  const moment = moments.get(data) ?? new Date().toISOString();
  moments.set(data, moment);
  return moment;
}
