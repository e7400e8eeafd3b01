// Pairs the days of a report with the days before, and adds them up. It leaves out today and days without data, together with
// their counterparts: beside a whole day they would look like a fall.

import type { Day, Range } from "../api/reports.ts";
import { interval } from "./date.ts";
import { share } from "./number.ts";

export interface Comparable {
  now: Day[];
  /** As many, each the counterpart of the one in `now`. */
  then: Day[];
  /** The period before, in words. */
  period: string;
  /** How many days the report has. */
  days: number;
  /** Some days are left out. */
  isPart: boolean;
  /** Why no day is left. */
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
    period: periodBefore(now, then),
    days: now.length,
    isPart: pairs.length < now.length,
    reason: pairs.length > 0 ? null : now.every((day) => day.date >= today) ? "today isn’t over" : "there’s no data for the previous period",
  };
}

/** The days before that have a counterpart: months differ in length. */
export function periodBefore(now: Day[], then: Day[]): string {
  return interval(then[0]!.date, then[Math.min(now.length, then.length) - 1]!.date);
}

/** The sentence that names the period before, and how many days count. */
export function comparedDays({ now, period, days, isPart, reason }: Comparable): string {
  if (reason !== null) return `No comparison yet: ${reason}.`;
  return isPart ? `Compared with ${period}: ${now.length} of ${days} days ${now.length === 1 ? "has" : "have"} complete data to compare.` : `Compared with ${period}.`;
}

/** The same of a list, whose days the API has chosen by the same rule. */
export function comparedRanges({ current, previous }: { current: Range; previous: Range }): string {
  return `Comparing complete days: ${interval(current.start, current.end)} vs. ${interval(previous.start, previous.end)}.`;
}

export interface Sums {
  requests: number;
  bandwidth_bytes: number;
  bytes_saved: number;
  cache_hit_ratio: number | null;
  error_rate: number | null;
  crawler_share: number | null;
}

/** Null without days. */
export function sums(days: Day[]): Sums | null {
  if (days.length === 0) return null;
  const sum = (get: (day: Day) => number, of = days) => of.reduce((total, day) => total + get(day), 0);
  const requests = sum((day) => day.requests);
  const hits = sum((day) => day.cache_hits);
  const known = days.filter((day) => (day.crawler_requests ?? null) !== null);
  return {
    requests,
    bandwidth_bytes: sum((day) => day.bandwidth_bytes),
    bytes_saved: sum((day) => day.bytes_saved),
    cache_hit_ratio: share(hits, hits + sum((day) => day.cache_misses)),
    error_rate: share(sum((day) => day.errors), requests),
    crawler_share: share(sum((day) => day.crawler_requests ?? 0, known), sum((day) => day.requests, known)),
  };
}
