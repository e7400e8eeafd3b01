// What the page shows, and how the query string says it. Whatever is left out of the string has its default; what cannot be
// read is as if it were not there, except for what the API refuses with better words.

import { isDate } from "../format/date.ts";

export const VIEWS = ["overview", "errors", "usage", "quality", "admin", "image"] as const;
export type ViewName = (typeof VIEWS)[number];
export type Sort = "bandwidth" | "requests";
export type Compare = "previous" | "weekday" | "none";
export type Days = { days: number } | { start: string; end: string };

export interface View {
  view: ViewName;
  /** Whose figures: a name, or `*`. Only administrators have a choice. */
  owner: string | null;
  /** Which days; the usual ones where it is left out. */
  range: Days | null;
  compare: Compare;
  /** Each as the API takes it. They narrow every report of traffic; other views keep them. */
  filters: string[];
  /** Of the view of one file. */
  image: string | null;
  /** Of usage, YYYY-MM; the current one where it is left out. */
  month: string | null;
  /** By panel: the dimension that it shows. */
  shown: Record<string, string>;
  /** By list. */
  sorted: Record<string, Sort>;
  /** By list, from 1. */
  pages: Record<string, number>;
  /** The lists that show every value, rather than the largest of each day. */
  complete: string[];
}

export function parseView(search: string): View {
  const query = new URLSearchParams(search);
  return {
    view: VIEWS.find((view) => view === query.get("view")) ?? "overview",
    owner: query.get("owner") || null,
    range: parseRange(query),
    compare: (["weekday", "none"] as const).find((compare) => compare === query.get("compare")) ?? "previous",
    filters: [...new Set(query.getAll("filter"))],
    image: query.get("image") || null,
    month: /^\d{4}-(0[1-9]|1[0-2])$/.exec(query.get("month") ?? "")?.[0] ?? null,
    shown: pairs(query, "show", (text) => text),
    sorted: pairs(query, "sort", (text) => (["bandwidth", "requests"] as const).find((sort) => sort === text)),
    complete: [...new Set(query.getAll("all"))],
    pages: pairs(query, "page", (text) => (/^[1-9]\d{0,4}$/.test(text) ? Number(text) : undefined)),
  };
}

/** The query string with its `?`. */
export function formatView(view: View): string {
  const query = new URLSearchParams();
  const add = (name: string, value: string, byDefault = "") => value !== byDefault && query.append(name, value);
  add("view", view.view, "overview");
  add("owner", view.owner ?? "");
  if (view.view === "image") add("image", view.image ?? "");
  if (view.view === "usage") add("month", view.month ?? "");
  for (const [name, value] of Object.entries(view.range ?? {})) add(name, String(value));
  add("compare", view.compare, "previous");
  for (const filter of view.filters) add("filter", filter);
  for (const [panel, dimension] of Object.entries(view.shown)) add("show", `${panel}:${dimension}`);
  for (const [list, sort] of Object.entries(view.sorted)) add("sort", `${list}:${sort}`);
  for (const list of view.complete) add("all", list);
  for (const [list, page] of Object.entries(view.pages)) if (page > 1) add("page", `${list}:${page}`);
  return `?${query}`;
}

function parseRange(query: URLSearchParams): Days | null {
  const [days, start, end] = [query.get("days"), query.get("start"), query.get("end")];
  if (days !== null && /^\d{1,4}$/.test(days)) return { days: Number(days) };
  if (start !== null && end !== null && isDate(start) && isDate(end)) return { start, end };
  return null;
}

/** `name:value` parameters by name. */
function pairs<T>(query: URLSearchParams, parameter: string, read: (text: string) => T | undefined): Record<string, T> {
  const found = query.getAll(parameter).map((text) => {
    const [name = "", value = ""] = text.split(":", 2);
    return [name, read(value)] as const;
  });
  return Object.fromEntries(found.filter(([, value]) => value !== undefined)) as Record<string, T>;
}
