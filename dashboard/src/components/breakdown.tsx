// The values of one dimension: the traffic of each, its share of the whole, and its change.

import type { Breakdown as BreakdownReport, ValueRow } from "../api/reports.ts";
import { relative } from "../format/change.ts";
import { comparedRanges } from "../format/comparison.ts";
import { OTHER, dimensionLabel, noun } from "../format/label.ts";
import { share } from "../format/number.ts";
import { ORDERS } from "../format/order.ts";
import { LIST_BEATS } from "../state/clock.ts";
import { isComplete, isWhole, shownList, wholeList } from "../state/list.ts";
import { view } from "../state/location.ts";
import { comparison as compare, isLive } from "../state/query.ts";
import { useReport } from "../state/report.ts";
import type { Sort, View } from "../state/view.ts";
import { CsvLink } from "./csv-link.tsx";
import { Empty } from "./empty.tsx";
import { Link } from "./link.tsx";
import { ListRow, SkeletonRow, canOpen, type Changes } from "./list-row.tsx";
import { ReportFailure } from "./notice.tsx";
import { Pager, pageOf } from "./pager.tsx";
import { SortHeader } from "./sort-header.tsx";
import { ThumbnailSwitch } from "./thumbnail.tsx";

interface Properties {
  dimension: string;
  /** The API refused the overview and would refuse this list, too: the last rows stay. */
  isPaused: boolean;
  size?: number;
}

/** A list of at most this many values keeps room only for them. */
const FEW = 4;
const ERRORS = "error_reason";
/** In these dimensions, requests without an error or by humans are a value, too, which the list leaves out. */
const PARTIAL = [ERRORS, "crawler"];
const LEFT_OUT = "(none)";

export function Breakdown({ dimension, isPaused, size = 8 }: Properties) {
  const { sorted } = view.value;
  const sort = sorted[dimension] ?? (dimension === ERRORS || dimension === "status" ? "requests" : "bandwidth");
  const begin = (pageOf(dimension) - 1) * size;
  const path = shownList(dimension, sort, { limit: size, offset: begin });
  const report = useReport<BreakdownReport>(isPaused ? null : path, { isLive: isLive(dimension), beats: LIST_BEATS });
  const values = report.data === null ? null : PARTIAL.includes(dimension) ? withoutRest(report.data) : report.data;
  const data = values !== null && isWhole(dimension) ? { ...values, rows: values.rows.slice(begin, begin + size) } : values;
  // While there is nothing yet, the column is there already.
  const comparison = data === null ? compare.value !== undefined : (data.comparison ?? null);
  const { amount } = ORDERS[sort];
  const changes = comparison ? (row: ValueRow) => relative(row.current?.[amount] ?? null, row.previous?.[amount] ?? null) : null;
  const changeTitle = data?.comparison ? comparedRanges(data.comparison) : "";
  return (
    <div class={`breakdown${report.isStale ? " stale" : ""}`} aria-busy={!isPaused && report.isLoading}>
      <ReportFailure report={report} />
      {(data !== null || report.isEmpty) && <List dimension={dimension} sort={sort} size={size} data={data} changes={changes} changeTitle={changeTitle} />}
      <footer>
        {data && <Pager list={dimension} size={size} values={data.values} isCurrent={report.isCurrent} />}
        {isComplete(dimension) && <Link to={without(dimension)}>Largest only</Link>}
        {canOpen(dimension) && <ThumbnailSwitch />}
        <CsvLink address={wholeList(dimension, sort)} of={noun(dimension, 2)} values={report.data?.values} />
      </footer>
    </div>
  );
}

/** The view with the largest values of a list, rather than with every value. */
function without(dimension: string): Partial<View> {
  const { complete, pages } = view.value;
  return { complete: complete.filter((list) => list !== dimension), pages: { ...pages, [dimension]: 1 } };
}

interface ListProperties {
  dimension: string;
  sort: Sort;
  size: number;
  data: BreakdownReport | null;
  changes: Changes | null;
  /** The compared days, or why there are no changes. */
  changeTitle: string;
}

function List({ dimension, sort, size, data, changes, changeTitle }: ListProperties) {
  if (data !== null && data.values === 0 && data.other.requests === 0) return <Empty dimension={dimension} />;
  const { one } = dimensionLabel(dimension);
  const height = data === null || data.values > FEW ? size : FEW;
  const hasOther = data !== null && data.other.requests > 0;
  return (
    <div class="rows paged" style={{ "--rows": height + Number(hasOther) }}>
      <table class="list" aria-label={dimensionLabel(dimension).many}>
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
                <span class="unseen">Details</span>
              </th>
            )}
          </tr>
        </thead>
        <tbody>
          {data === null
            ? Array.from({ length: size }, (_, index) => <SkeletonRow key={index} dimension={dimension} hasChanges={changes !== null} />)
            : data.rows.map((row) => <ListRow key={row.value} dimension={dimension} sort={sort} row={row} changes={changes} />)}
          {hasOther && <ListRow dimension={dimension} sort={sort} row={{ ...data.other, value: OTHER }} changes={changes && (() => null)} undercount={data.other.largest_undercount} />}
        </tbody>
      </table>
    </div>
  );
}

function withoutRest(report: BreakdownReport): BreakdownReport {
  const rows = report.rows.filter((row) => row.value !== LEFT_OUT);
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
