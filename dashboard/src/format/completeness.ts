// How complete days are, in short sentences.

import type { DayState, DayStatus } from "../api/reports.ts";
import { plus, shortDay } from "./date.ts";

/** What a reader should know about these days. `faults` are what the API says is wrong. */
export function completeness(days: DayStatus[], faults: string[]): string[] {
  const of = (state: DayState) => days.filter((day) => day.state === state);
  const [unknown, closed, final] = [of("unknown"), of("closed"), of("final")];
  const says: string[] = [];
  const say = (applies: boolean, text: string) => applies && says.push(text);
  if (unknown.length === days.length) return [...faults, "No data for these days."];
  if (unknown.length > 0) says.push(`No data before ${shortDay(plus(unknown.at(-1)!.date, 1))}.`);
  if (faults.length === 0) {
    say(closed.length > 0, `${closed.length === 1 ? `${shortDay(closed[0]!.date)} is` : `${closed.length} days are`} provisional.`);
    say(final.length > 0, says.length > 0 ? "All other days are final." : "All days are final.");
  }
  say(of("today").length > 0, "Today is in progress.");
  return [...faults, ...(says.length > 0 ? [says.join(" ")] : [])];
}
