// How complete days are, in one sentence.

import type { DayState, DayStatus } from "../api/reports.ts";
import { plus, shortDay } from "./date.ts";

/** What the API says where it has nothing else to say. */
const COMPLETE = "All days are complete.";

/** What a reader should know of these days. `messages` are the API's. */
export function completeness(days: DayStatus[], messages: string[]): string[] {
  const faults = messages.filter((message) => message !== COMPLETE);
  const of = (state: DayState) => days.filter((day) => day.state === state);
  const [unknown, closed, final] = [of("unknown"), of("closed"), of("final")];
  const parts: string[] = [];
  const say = (applies: boolean, text: string) => applies && parts.push(text);
  if (unknown.length === days.length) return [...faults, "Nothing is known of these days: they are before the first figure."];
  if (unknown.length > 0) parts.push(`${number(unknown.length, "day")} before ${shortDay(plus(unknown.at(-1)!.date, 1))} ${unknown.length === 1 ? "is" : "are"} unknown`);
  if (faults.length === 0) {
    say(closed.length > 0, `${closed.length === 1 ? shortDay(closed[0]!.date) : number(closed.length, "day")} ${closed.length === 1 ? "is" : "are"} not final yet`);
    say(final.length > 0, parts.length > 0 ? "all others are complete" : "all days are complete");
  }
  say(of("today").length > 0, "today is still being counted");
  if (parts.length === 0) return faults;
  const text = parts.join("; ");
  return [...faults, `${text.charAt(0).toUpperCase()}${text.slice(1)}.`];
}

function number(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
