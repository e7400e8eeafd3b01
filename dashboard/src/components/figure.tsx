// A number in short form, which screen readers get with its unit as a word, and the exact one as its tooltip; and its change.

import type { Change } from "../format/change.ts";
import { bytes, count, exact, exactBytes, spoken } from "../format/number.ts";

export function Count({ value }: { value: number }) {
  return <Short short={count(value)} long={exact(value)} />;
}

export function Bytes({ value }: { value: number }) {
  return <Short short={bytes(value)} long={exactBytes(value)} />;
}

function Short({ short, long }: { short: string; long: string }) {
  if (short === long) return <span class="number">{short}</span>;
  return (
    <span class="number" title={long}>
      <span aria-hidden="true">{short}</span>
      <span class="unseen">{spoken(short)}</span>
    </span>
  );
}

/** A change that is still loading, which is not one without anything to say. */
export const LOADING = "loading" as const;

/** `better` says which direction is good; without it, none is. */
export function ChangeMark({ change, better }: { change: Change | typeof LOADING | null; better?: "up" | "down" }) {
  if (change === LOADING) return <span class="skeleton" aria-hidden="true" />;
  if (change === null) return <span class="change none">–</span>;
  const worth = better === undefined || change.direction === "same" ? "" : change.direction === better ? " good" : " bad";
  return (
    <span class={`change${worth}`}>
      <span aria-hidden="true">{change.text}</span>
      <span class="unseen">{change.spoken}</span>
    </span>
  );
}
