// What the lists of the overview ask for: the values of one dimension, a page of them or all.

import { address } from "../api/client.ts";
import { narrowed } from "./query.ts";
import type { Sort } from "./view.ts";

/** Most values that one answer has. */
export const MOST_VALUES = 1000;

/** Of these all values come at once: the map shows every country, and answers without an error may be on any page. */
const WHOLE = ["country", "error_reason"];

export function isWhole(dimension: string): boolean {
  return WHOLE.includes(dimension);
}

export function listAddress(dimension: string, parameters: { sort: Sort; limit: number; offset?: number }): string {
  const { filter, ...scope } = narrowed.value;
  return address(`/v1/analytics/breakdown/${dimension}`, { ...scope, filter: dimension === "owner" ? undefined : filter, ...parameters });
}

export function wholeList(dimension: string, sort: Sort): string {
  return listAddress(dimension, { sort, limit: MOST_VALUES });
}
