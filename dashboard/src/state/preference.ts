// What a reader prefers on this device. It is no part of the view, so that an address looks as its reader likes it.

import { effect, signal, type Signal } from "@preact/signals";

export type Theme = "auto" | "light" | "dark";

export const theme = stored<Theme>("pixtally-theme", "auto", ["light", "dark"]);

/** Thumbnails load the real files, which count as requests: the reader has to choose them. */
export const thumbnails = stored<"off" | "on">("pixtally-thumbnails", "off", ["on"]);

effect(() => {
  if (theme.value === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme.value;
});

function stored<T extends string>(name: string, byDefault: T, others: T[]): Signal<T> {
  const preference = signal<T>(byDefault);
  try {
    const found = localStorage.getItem(name);
    preference.value = others.find((other) => other === found) ?? byDefault;
    effect(() => (preference.value === byDefault ? localStorage.removeItem(name) : localStorage.setItem(name, preference.value)));
  } catch {
    // A browser that keeps nothing shows the default.
  }
  return preference;
}
