// A chart as one sentence, for screen readers.

import type { Change } from "./change.ts";
import { interval, shortDay } from "./date.ts";

/** `values` has a number for each day, or null without data. `say` writes a value with its unit as a word. */
export function summary(name: string, dates: string[], values: (number | null)[], say: (value: number) => string, change: Change | null): string {
  const days = interval(dates[0]!, dates.at(-1)!);
  const known = values.filter((value) => value !== null);
  if (known.length === 0) return `${name}, ${days}: no data.`;
  const most = Math.max(...known);
  const parts = [say(known.reduce((sum, value) => sum + value, 0)), `highest ${say(most)} on ${shortDay(dates[values.indexOf(most)]!)}`];
  if (change !== null) parts.push(`${change.spoken} compared with the previous period`);
  return `${name}, ${days}: ${parts.join(", ")}.`;
}
