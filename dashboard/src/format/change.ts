// How an amount has changed since the period that it is compared with.

import { exact } from "./number.ts";

export interface Change {
  /** ▲ 12%, ▼ 0.8 pp, new */
  text: string;
  /** The same for screen readers. */
  spoken: string;
  direction: "up" | "down" | "same";
}

const NONE: Change = { text: "±0%", spoken: "unchanged", direction: "same" };

/** Of an amount. Null when there is nothing to say. */
export function relative(now: number | null, before: number | null): Change | null {
  if (now === null || before === null || (now === 0 && before === 0)) return null;
  if (before === 0) return { text: "new", spoken: "new", direction: "up" };
  return change(((now - before) / Math.abs(before)) * 100, "%", "percent");
}

/** Of a part of a whole, 0 to 1, in percentage points. */
export function points(now: number | null, before: number | null): Change | null {
  if (now === null || before === null) return null;
  return change((now - before) * 100, " pp", "percentage points");
}

function change(difference: number, unit: string, spokenUnit: string): Change {
  const size = Math.abs(difference);
  const rounded = Number(size.toFixed(size < 10 ? 1 : 0));
  if (rounded === 0) return { ...NONE, text: `±0${unit}` };
  const direction = difference > 0 ? "up" : "down";
  const amount = rounded > 999 ? ">999" : exact(rounded);
  return { text: `${direction === "up" ? "▲" : "▼"} ${amount}${unit}`, spoken: `${direction} ${amount} ${spokenUnit}`, direction };
}
