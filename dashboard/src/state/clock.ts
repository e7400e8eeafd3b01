// The time as the page shows it, and the beat at which it refreshes today's data: while the tab is visible, and as soon as it is again.

import { signal } from "@preact/signals";

export const EVERY_MS = 20_000;

/** Lists are many: they refresh at one of so many beats. */
export const LIST_BEATS = 3;

/** Counts beats. */
export const beat = signal(0);

/** Milliseconds since 1970, to the second. */
export const now = signal(Date.now());

let last = Date.now();

function tick(): void {
  now.value = Date.now();
  if (document.visibilityState !== "visible" || Date.now() - last < EVERY_MS) return;
  last = Date.now();
  beat.value += 1;
}

setInterval(tick, 1_000);
document.addEventListener("visibilitychange", tick);
