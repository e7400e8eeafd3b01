// A list that a report has in itself, whole: its values with their share.

import type { Row } from "../api/reports.ts";
import { OTHER, valueLabel, dimensionLabel } from "../format/label.ts";
import { percent } from "../format/number.ts";
import type { View } from "../state/view.ts";
import { Bytes, Count } from "./figure.tsx";
import { Link } from "./link.tsx";

interface Properties {
  dimension: string;
  rows: Row[];
  /** Where a row leads to; rows without are names alone. */
  to?: (row: Row) => Partial<View>;
}

export function Rows({ dimension, rows, to }: Properties) {
  const whole = rows.reduce((sum, row) => sum + row.bandwidth_bytes, 0);
  const sorted = rows.toSorted((one, other) => other.bandwidth_bytes - one.bandwidth_bytes || other.requests - one.requests);
  if (rows.length === 0) return <p class="words">Nothing was served on these days.</p>;
  return (
    <div class="rows whole" tabIndex={0} role="region" aria-label={`${dimensionLabel(dimension).many} as a table`}>
      <table class="list">
        <thead>
          <tr>
            <th scope="col">{dimensionLabel(dimension).one}</th>
            <th scope="col" class="amount">Bandwidth</th>
            <th scope="col" class="amount">Requests</th>
          </tr>
        </thead>
        <tbody>
          {sorted.map((row) => {
            const share = whole === 0 ? 0 : row.bandwidth_bytes / whole;
            return (
              <tr key={row.value}>
                <th scope="row">
                  <div class="bar" style={{ width: `${Math.max(share * 100, 0.5).toFixed(2)}%` }} />
                  <div class="value">
                    <Name label={valueLabel(dimension, row.value, row.name)} value={row.value} to={row.value === OTHER ? undefined : to?.(row)} />
                    <span class="share" title="of all bytes">{percent(share)}</span>
                  </div>
                </th>
                <td class="amount by">
                  <Bytes value={row.bandwidth_bytes} />
                </td>
                <td class="amount">
                  <Count value={row.requests} />
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

function Name({ label, value, to }: { label: string; value: string; to?: Partial<View> }) {
  if (to === undefined) return <span class="name" title={value}>{label}</span>;
  return (
    <Link class="name" title={`${value}, in the overview`} to={to}>
      {label}
    </Link>
  );
}
