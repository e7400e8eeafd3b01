// A list that comes whole with a report: its values with their shares.

import type { Row } from "../api/reports.ts";
import { OTHER, dimensionLabel, noun, valueLabel } from "../format/label.ts";
import { percent } from "../format/number.ts";
import type { View } from "../state/view.ts";
import { noRequests } from "./empty.tsx";
import { Bytes, Count } from "./figure.tsx";
import { Link } from "./link.tsx";
import { ShareBar } from "./share-bar.tsx";

interface Properties {
  dimension: string;
  rows: Row[];
  /** The target of a row; without it, rows are only names. */
  to?: (row: Row) => Partial<View>;
}

export function Rows({ dimension, rows, to }: Properties) {
  const whole = rows.reduce((sum, row) => sum + row.bandwidth_bytes, 0);
  const sorted = rows.toSorted((one, other) => other.bandwidth_bytes - one.bandwidth_bytes || other.requests - one.requests);
  if (rows.length === 0) return <p class="words">{noRequests()}</p>;
  return (
    <div class="rows whole" tabIndex={0} role="region" aria-label={`Table of ${noun(dimension, 2)}`}>
      <table class="list" aria-label={dimensionLabel(dimension).many}>
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
                  <ShareBar share={share} />
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
    <Link class="name" label={`Show ${label} in Overview`} title={value} to={to}>
      {label}
    </Link>
  );
}
