// The two orders of a list: the amount that each sorts by, and the noun for it.

import type { ValueRow } from "../api/reports.ts";
import type { Sort } from "../state/view.ts";
import { roundedPercent } from "./number.ts";

export const ORDERS = {
  bandwidth: { amount: "bandwidth_bytes", share: "bandwidth_share", noun: "bytes" },
  requests: { amount: "requests", share: "share", noun: "requests" },
} as const satisfies Record<Sort, { amount: keyof ValueRow; share: keyof ValueRow; noun: string }>;

/** The share of a row, as a percentage; null where there is no whole. */
export function shareWords(row: ValueRow, sort: Sort): string | null {
  const { amount, share } = ORDERS[sort];
  const part = row[share];
  return part === null ? null : roundedPercent(part, row[amount]);
}
