// The view that the address bar says, and the ways to change it. Every view has an address, so that back, forward, reload and
// a link in a message all lead to the same page.

import { signal } from "@preact/signals";
import { formatView, parseView, type View } from "./view.ts";

export const view = signal<View>(parseView(location.search));

window.addEventListener("popstate", () => {
  view.value = parseView(location.search);
});

/** Where a changed view is. */
export function addressOf(change: Partial<View>): string {
  return formatView({ ...view.value, ...change });
}

/** Goes there. `replace` leaves no step to go back to. */
export function go(change: Partial<View>, { replace = false } = {}): void {
  const next = { ...view.value, ...change };
  history[replace ? "replaceState" : "pushState"](null, "", `/${formatView(next)}`);
  view.value = next;
  if (change.view !== undefined) window.scrollTo(0, 0);
}
