// Ranges of days: the ones that are asked for often, and what they are called.

import type { Days } from "../state/view.ts";
import { interval, plus, span } from "./date.ts";

export interface Preset {
  name: string;
  range: Days;
}

/** Most days of a report. */
export const MOST_DAYS = 90;

/** Those that begin no earlier than `first`. */
export function presets(today: string, first: string): Preset[] {
  const yesterday = plus(today, -1);
  const thisMonth = `${today.slice(0, 8)}01`;
  const lastMonthEnd = plus(thisMonth, -1);
  const all: Preset[] = [
    { name: "Today", range: { days: 1 } },
    { name: "Yesterday", range: { start: yesterday, end: yesterday } },
    { name: "Last 7 days", range: { days: 7 } },
    { name: "Last 14 days", range: { days: 14 } },
    { name: "Last 30 days", range: { days: 30 } },
    { name: "Last 90 days", range: { days: 90 } },
    { name: "This month", range: { start: thisMonth, end: today } },
    { name: "Last month", range: { start: `${lastMonthEnd.slice(0, 8)}01`, end: lastMonthEnd } },
  ];
  return all.filter(({ range }) => bounds(range, today).start >= first);
}

export function bounds(range: Days, today: string): { start: string; end: string } {
  return "days" in range ? { start: plus(today, 1 - range.days), end: today } : range;
}

export function isSame(one: Days, other: Days): boolean {
  return "days" in one ? "days" in other && one.days === other.days : "start" in other && one.start === other.start && one.end === other.end;
}

/** What a choice is called: by the name of its preset, else by its days. */
export function rangeName(range: Days, today: string): string {
  const preset = presets(today, "").find((it) => isSame(it.range, range));
  if (preset) return preset.name;
  return "days" in range ? `Last ${range.days} days` : interval(range.start, range.end);
}

/** Whether there are figures of all those days: whatever is not so, the API refuses. */
export function isShowable(range: Days, today: string, first: string): boolean {
  const { start, end } = bounds(range, today);
  return start >= first && start <= end && end <= today && refusal(start, end) === null;
}

/** Whether a report can be of these days, or what is wrong. */
export function refusal(start: string, end: string): string | null {
  return span(start, end) > MOST_DAYS ? `At most ${MOST_DAYS} days can be shown at once.` : null;
}
