// What the lists of the overview ask for: the values of one dimension, a page of them or all.

import { reportAddress } from "../api/client.ts";
import { view } from "./location.ts";
import { comparison, narrowed } from "./query.ts";
import type { Sort } from "./view.ts";

/** Most values that one answer has. */
export const MOST_VALUES = 1000;

/** Whether a list shows every value because the reader wants so. Filtered lists, and the list of owners, do anyway. */
export function isComplete(dimension: string): boolean {
  return canComplete(dimension) && view.value.complete.includes(dimension);
}

/** Whether the API has more values than the largest of each day. */
export function canComplete(dimension: string): boolean {
  return view.value.filters.length === 0 && dimension !== "owner";
}

/** Of these all values come at once: the map shows every country, and what is left out of a list may be on any page. */
const WHOLE = ["country", "error_reason", "crawler"];

export function isWhole(dimension: string): boolean {
  return WHOLE.includes(dimension);
}

export function listAddress(dimension: string, parameters: { compare?: string; sort: Sort; limit: number; offset?: number }): string {
  const complete = isComplete(dimension) ? "true" : undefined;
  return reportAddress(`breakdown/${dimension}`, { ...narrowed.value, complete, ...parameters });
}

/** All values, as a file has them. */
export function wholeList(dimension: string, sort: Sort): string {
  return listAddress(dimension, { sort, limit: MOST_VALUES });
}

/** All values beside the days before, as a list shows them. */
export function shownWhole(dimension: string, sort: Sort): string {
  return listAddress(dimension, { compare: comparison.value, sort, limit: MOST_VALUES });
}

/** What a list shows: a page, or all values of some dimensions. */
export function shownList(dimension: string, sort: Sort, page: { limit: number; offset: number }): string {
  return isWhole(dimension) ? shownWhole(dimension, sort) : listAddress(dimension, { compare: comparison.value, sort, ...page });
}
