// Ranges of days: presets and their names.

import type { Days } from "../state/view.ts";
import { interval, plus, span } from "./date.ts";

export interface Preset {
  name: string;
  range: Days;
}

/** Most days of a report. */
export const MOST_DAYS = 90;

/** The presets that begin at `first` or later. */
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

/** Whether a range lies within one month, from its first day on: "This month", "Last month". One day does not. */
export function isOfMonth(range: Days): boolean {
  return "start" in range && range.start.endsWith("-01") && range.start.slice(0, 7) === range.end.slice(0, 7) && range.start < range.end;
}

/** The name of a range: of its preset, else its days. */
export function rangeName(range: Days, today: string): string {
  const preset = presets(today, "").find((it) => isSame(it.range, range));
  if (preset) return preset.name;
  return "days" in range ? `Last ${range.days} days` : interval(range.start, range.end);
}

/** Whether data is kept for all those days; the API refuses other ranges. */
export function isShowable(range: Days, today: string, first: string): boolean {
  const { start, end } = bounds(range, today);
  return start >= first && start <= end && end <= today && refusal(start, end) === null;
}

/** Why a report cannot show these days; null when it can. */
export function refusal(start: string, end: string): string | null {
  return span(start, end) > MOST_DAYS ? `You can show up to ${MOST_DAYS} days.` : null;
}
