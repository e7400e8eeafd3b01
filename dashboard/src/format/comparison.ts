// Which days of a report can be compared with which before, and what they add up to. A day that is not over, or of which nothing
// is known, is left out together with its counterpart: beside a whole day it would look like a fall.

import type { Day } from "../api/reports.ts";
import { interval } from "./date.ts";
import { share } from "./number.ts";

export interface Comparable {
  now: Day[];
  /** As many, each the counterpart of the one in `now`. */
  then: Day[];
  /** Some days are left out. */
  isPart: boolean;
  /** Why none are left. */
  reason: string | null;
}

export function comparable(now: Day[], then: Day[], unknown: ReadonlySet<string>, today: string): Comparable {
  const pairs = now.flatMap((day, index) => {
    const before = then[index];
    const isWhole = before !== undefined && day.date < today && !unknown.has(day.date) && !unknown.has(before.date);
    return isWhole ? [[day, before] as const] : [];
  });
  return {
    now: pairs.map(([day]) => day),
    then: pairs.map(([, before]) => before),
    isPart: pairs.length < now.length,
    reason: pairs.length > 0 ? null : now.every((day) => day.date >= today) ? "today is not over" : "nothing is known of the days to compare with",
  };
}

/** Which days were compared, in words. */
export function comparedDays({ now, then, isPart, reason }: Comparable): string {
  if (reason !== null) return `No changes are shown: ${reason}.`;
  const days = `${interval(now[0]!.date, now.at(-1)!.date)} against ${interval(then[0]!.date, then.at(-1)!.date)}`;
  return isPart ? `Changes are of complete days only: ${days}.` : `Changes: ${days}.`;
}

export interface Sums {
  requests: number;
  bandwidth_bytes: number;
  bytes_saved: number;
  cache_hit_ratio: number | null;
  error_rate: number | null;
  crawler_share: number | null;
}

/** Null of no days. */
export function sums(days: Day[]): Sums | null {
  if (days.length === 0) return null;
  const sum = (get: (day: Day) => number, of = days) => of.reduce((total, day) => total + get(day), 0);
  const requests = sum((day) => day.requests);
  const hits = sum((day) => day.cache_hits);
  const told = days.filter((day) => (day.crawler_requests ?? null) !== null);
  return {
    requests,
    bandwidth_bytes: sum((day) => day.bandwidth_bytes),
    bytes_saved: sum((day) => day.bytes_saved),
    cache_hit_ratio: share(hits, hits + sum((day) => day.cache_misses)),
    error_rate: share(sum((day) => day.errors), requests),
    crawler_share: share(sum((day) => day.crawler_requests ?? 0, told), sum((day) => day.requests, told)),
  };
}
