// The values of one dimension: how much each has of the whole, and how that has changed.

import type { Breakdown as BreakdownReport, Day, ValueRow } from "../api/reports.ts";
import { address } from "../api/client.ts";
import { relative, type Change } from "../format/change.ts";
import { comparedDays, type Comparable } from "../format/comparison.ts";
import { OTHER, dimensionLabel } from "../format/label.ts";
import { share } from "../format/number.ts";
import { ORDERS } from "../format/order.ts";
import { LIST_BEATS } from "../state/clock.ts";
import { MOST_VALUES, isWhole, listAddress, wholeList } from "../state/list.ts";
import { view } from "../state/location.ts";
import { isLive, ownerParameter } from "../state/query.ts";
import { useReport } from "../state/report.ts";
import type { Sort } from "../state/view.ts";
import { CsvLink } from "./csv-link.tsx";
import { Empty } from "./empty.tsx";
import { ListRow, SkeletonRow, canOpen } from "./list-row.tsx";
import { ReportFailure } from "./notice.tsx";
import { Pager, pageOf } from "./pager.tsx";
import { SortHeader } from "./sort-header.tsx";
import { ThumbnailSwitch } from "./thumbnail.tsx";

interface Properties {
  dimension: string;
  /** The days that are compared. */
  compared: Comparable | null;
  /** The overview was refused: what it is asked for would be, too, and what was shown last stays. */
  isPaused: boolean;
  size?: number;
}

/** A list of no more values than these keeps room for as many alone. */
const FEW = 4;
/** The dimension in which answers without an error are a value, too, and none to list. */
const ERRORS = "error_reason";
const NO_ERROR = "(none)";

export function Breakdown({ dimension, compared, isPaused, size = 8 }: Properties) {
  const { sorted, filters } = view.value;
  const sort = sorted[dimension] ?? (dimension === ERRORS || dimension === "status" ? "requests" : "bandwidth");
  const isErrors = dimension === ERRORS;
  const begin = (pageOf(dimension) - 1) * size;
  const path = isWhole(dimension) ? wholeList(dimension, sort) : listAddress(dimension, { sort, limit: size, offset: begin });
  const report = useReport<BreakdownReport>(isPaused ? null : path, { isLive: isLive(dimension), beats: LIST_BEATS });
  const isCompared = compared !== null && compared.reason === null && filters.length === 0;
  const ofDays = (days: Day[]) => address(`/v1/analytics/breakdown/${dimension}`, { owner: ownerParameter.value, start: days[0]!.date, end: days.at(-1)!.date, limit: MOST_VALUES });
  const before = useReport<BreakdownReport>(isCompared ? ofDays(compared.then) : null);
  // What is shown has all days, also those that cannot be compared.
  const now = useReport<BreakdownReport>(isCompared && compared.isPart ? ofDays(compared.now) : null);
  const values = report.data === null ? null : isErrors ? withoutSuccess(report.data) : report.data;
  const data = values !== null && isWhole(dimension) ? { ...values, rows: values.rows.slice(begin, begin + size) } : values;
  const changes = isCompared ? changesOf(before.data, now.data, compared.isPart, sort) : null;
  const changeTitle = compared === null ? "" : comparedDays(compared);
  return (
    <div class={`breakdown${report.isStale ? " stale" : ""}`} aria-busy={!isPaused && report.isLoading}>
      <ReportFailure report={report} />
      {(data !== null || report.isEmpty) && <List dimension={dimension} sort={sort} size={size} data={data} changes={changes} changeTitle={changeTitle} />}
      <footer>
        {data && <Pager list={dimension} size={size} values={data.values} isCurrent={report.isCurrent} />}
        {canOpen(dimension) && <ThumbnailSwitch />}
        <CsvLink address={wholeList(dimension, sort)} of={isErrors ? "Errors and answers without one" : dimensionLabel(dimension).many} values={report.data?.values} />
      </footer>
    </div>
  );
}

interface ListProperties {
  dimension: string;
  sort: Sort;
  size: number;
  data: BreakdownReport | null;
  changes: ((row: ValueRow) => Change | null) | null;
  /** Of which days the changes are, or why there are none. */
  changeTitle: string;
}

function List({ dimension, sort, size, data, changes, changeTitle }: ListProperties) {
  if (data !== null && data.values === 0 && data.other.requests === 0) return <Empty dimension={dimension} />;
  const { one } = dimensionLabel(dimension);
  const height = data === null || data.values > FEW ? size : FEW;
  const isLast = data !== null && data.rows.length + (pageOf(dimension) - 1) * size >= data.values;
  return (
    <div class={`rows rows-${height}`}>
      <table class="list">
        <thead>
          <tr>
            <th scope="col">{one}</th>
            <SortHeader dimension={dimension} by="bandwidth" sort={sort} name="Bandwidth" />
            <SortHeader dimension={dimension} by="requests" sort={sort} name="Requests" />
            {changes !== null && (
              <th scope="col" class="amount change-column" title={changeTitle}>
                Change
              </th>
            )}
            {canOpen(dimension) && (
              <th scope="col" class="open-column">
                <span class="unseen">More</span>
              </th>
            )}
          </tr>
        </thead>
        <tbody>
          {data === null
            ? Array.from({ length: size }, (_, index) => <SkeletonRow key={index} columns={3 + Number(changes !== null) + Number(canOpen(dimension))} />)
            : data.rows.map((row) => <ListRow key={row.value} dimension={dimension} sort={sort} row={row} changes={changes} />)}
          {data !== null && isLast && data.other.requests > 0 && (
            <ListRow dimension={dimension} sort={sort} row={{ ...data.other, value: OTHER }} changes={changes && (() => null)} undercount={data.other.largest_undercount} />
          )}
        </tbody>
      </table>
    </div>
  );
}

function withoutSuccess(report: BreakdownReport): BreakdownReport {
  const rows = report.rows.filter((row) => row.value !== NO_ERROR);
  const whole = { requests: 0, bandwidth_bytes: 0 };
  for (const { requests, bandwidth_bytes } of rows) {
    whole.requests += requests;
    whole.bandwidth_bytes += bandwidth_bytes;
  }
  return {
    ...report,
    values: rows.length,
    rows: rows.map((row) => ({ ...row, share: share(row.requests, whole.requests), bandwidth_share: share(row.bandwidth_bytes, whole.bandwidth_bytes) })),
  };
}

/** How a row has changed; unknown while nothing is compared, and of what `(other)` may have held. */
function changesOf(before: BreakdownReport | null, now: BreakdownReport | null, isPart: boolean, sort: Sort): (row: ValueRow) => Change | null {
  const key = ORDERS[sort].amount;
  const amounts = (report: BreakdownReport | null) => {
    const rows = new Map(report?.rows.map((row) => [row.value, row[key]]));
    const isComplete = report !== null && report.other.requests === 0;
    return (value: string) => rows.get(value) ?? (isComplete ? 0 : null);
  };
  const [past, present] = [amounts(before), amounts(now)];
  return (row) => relative(isPart ? present(row.value) : row[key], past(row.value));
}
