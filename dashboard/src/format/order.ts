// The two orders of a list: which figures of a row each goes by, and what those are of.

import type { ValueRow } from "../api/reports.ts";
import type { Sort } from "../state/view.ts";
import { roundedPercent } from "./number.ts";

export const ORDERS = {
  bandwidth: { amount: "bandwidth_bytes", share: "bandwidth_share", noun: "bytes" },
  requests: { amount: "requests", share: "share", noun: "requests" },
} as const satisfies Record<Sort, { amount: keyof ValueRow; share: keyof ValueRow; noun: string }>;

/** What a row has of the whole, in words; null where there is no whole. */
export function shareWords(row: ValueRow, sort: Sort): string | null {
  const { amount, share } = ORDERS[sort];
  const part = row[share];
  return part === null ? null : roundedPercent(part, row[amount]);
}
