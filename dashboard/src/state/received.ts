// When the page received a report.

const moments = new WeakMap<object, string>();

/** RFC 3339. Data that was shown before keeps its first time. */
export function receivedAt(data: object): string {
  const moment = moments.get(data) ?? new Date().toISOString();
  moments.set(data, moment);
  return moment;
}
