// What is known of the days that reports are of.

import { reportAddress } from "../api/client.ts";
import type { DayStatus, Range, Series, Status } from "../api/reports.ts";
import { comparable, type Comparable } from "../format/comparison.ts";
import { today } from "../format/date.ts";
import { LIST_BEATS } from "./clock.ts";
import { hasToday, ownerParameter, scope } from "./query.ts";
import { useReport, type Report } from "./report.ts";

const NAME = "status";

export function useStatus(): Report<Status> {
  return useReport<Status>(reportAddress(NAME, scope.value), { isLive: hasToday.value, beats: LIST_BEATS });
}

/** The days that are older than the first figure: what they had is not nothing, but unknown. */
export function useUnknownDays(): ReadonlySet<string> {
  return unknown(useStatus().data);
}

/** The same of the days that a report is compared with. */
export function useUnknownBefore(range: Range | null): ReadonlySet<string> {
  return unknown(useStatusOf(range).data);
}

/** The days that can be compared; null where none are asked for, or where it is not known yet which can. */
export function useComparable(report: Series | null, comparison: Series | null): Comparable | null {
  const [now, then] = [useStatus(), useStatusOf(comparison?.range ?? null)];
  if (report === null || comparison === null || now.isEmpty || then.isEmpty) return null;
  return comparable(report.daily, comparison.daily, new Set([...unknown(now.data), ...unknown(then.data)]), today());
}

function useStatusOf(range: Range | null): Report<Status> {
  return useReport<Status>(range === null ? null : reportAddress(NAME, { owner: ownerParameter.value, start: range.start, end: range.end }));
}

function unknown(status: { days: DayStatus[] } | null): ReadonlySet<string> {
  return new Set(status?.days.filter((day) => day.state === "unknown").map((day) => day.date));
}
