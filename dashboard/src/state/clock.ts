// The beat at which figures of today are fetched again: while somebody looks, and at once when they come back.

import { signal } from "@preact/signals";

export const EVERY_MS = 20_000;

/** Of every so many beats one is for the lists, which are many. */
export const LIST_BEATS = 3;

/** Counts beats. */
export const beat = signal(0);

let last = Date.now();

function tick(): void {
  if (document.visibilityState !== "visible" || Date.now() - last < EVERY_MS) return;
  last = Date.now();
  beat.value += 1;
}

setInterval(tick, 1_000);
document.addEventListener("visibilitychange", tick);
