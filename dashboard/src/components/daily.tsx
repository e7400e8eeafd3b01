// Bandwidth and requests, day by day, above each other: one reads across what happened on a day. The same figures are in a
// table, for those who do not see the lines, and for those who want to copy them.

import { useMemo, useState } from "preact/hooks";
import type { Day, Series } from "../api/reports.ts";
import { interval, longDay, shortDay, today } from "../format/date.ts";
import { bytes, count, exact, exactBytes } from "../format/number.ts";
import { Plot } from "./plot.tsx";

interface Properties {
  report: Series;
  comparison: Series | null;
}

const HEIGHT = 132;

export function Daily({ report, comparison }: Properties) {
  const [pointed, point] = useState<number | null>(null);
  const { daily } = report;
  const dates = useMemo(() => daily.map((day) => day.date), [daily]);
  const other = (index: number | null) => (index === null ? null : (comparison?.daily[index] ?? null));
  const of = (get: (day: Day) => number) => ({
    dates,
    values: daily.map(get),
    compared: comparison ? daily.map((_, index) => (comparison.daily[index] ? get(comparison.daily[index]) : null)) : null,
    point,
    isOpen: dates.at(-1) === today(),
  });
  const day = pointed === null ? null : (daily[pointed] ?? null);
  return (
    <div class="daily">
      <div class="legend" aria-hidden="true">
        {day === null ? (
          <>
            <span class="key now">{interval(report.range.start, report.range.end)}</span>
            {dates.at(-1) === today() && <span class="key open">today, so far</span>}
            {comparison && <span class="key then">{interval(comparison.range.start, comparison.range.end)}</span>}
          </>
        ) : (
          <>
            <span class="key now">{dayName(day.date)}</span>
            {other(pointed) && <span class="key then">{longDay(other(pointed)!.date)}</span>}
          </>
        )}
      </div>
      <Title name="Bandwidth" format={bytes} now={day?.bandwidth_bytes} then={other(pointed)?.bandwidth_bytes} />
      <Plot {...of((it) => it.bandwidth_bytes)} format={bytes} height={HEIGHT} hasDays={false} isBytes />
      <Title name="Requests" format={count} now={day?.requests} then={other(pointed)?.requests} />
      <Plot {...of((it) => it.requests)} format={count} height={HEIGHT + 22} hasDays />
      <DayTable report={report} comparison={comparison} />
    </div>
  );
}

function dayName(date: string): string {
  return date === today() ? `${longDay(date)}, so far` : longDay(date);
}

function Title({ name, format, now, then }: { name: string; format: (value: number) => string; now?: number; then?: number }) {
  return (
    <div class="plot-title" aria-hidden="true">
      <span>{name}</span>
      {now !== undefined && (
        <span class="readout">
          <strong>{format(now)}</strong>
          {then !== undefined && <span class="then"> {format(then)}</span>}
        </span>
      )}
    </div>
  );
}

function DayTable({ report, comparison }: Properties) {
  const [isOpen, setOpen] = useState(false);
  return (
    <details class="day-table" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>Days as a table</summary>
      {isOpen && (
        <div class="scroll" tabIndex={0} role="region" aria-label="Days as a table">
          <table>
            <thead>
              <tr>
                <th scope="col">Day (UTC)</th>
                <th scope="col" class="amount">Bandwidth</th>
                <th scope="col" class="amount">Requests</th>
                <th scope="col" class="amount">Errors</th>
                {comparison && <th scope="col">Compared with</th>}
                {comparison && <th scope="col" class="amount">Bandwidth</th>}
                {comparison && <th scope="col" class="amount">Requests</th>}
                <th scope="col">Note</th>
              </tr>
            </thead>
            <tbody>
              {report.daily.map((day, index) => {
                const then = comparison?.daily[index];
                return (
                  <tr key={day.date}>
                    <th scope="row">{longDay(day.date)}</th>
                    <td class="amount" title={exactBytes(day.bandwidth_bytes)}>{bytes(day.bandwidth_bytes)}</td>
                    <td class="amount">{exact(day.requests)}</td>
                    <td class="amount">{exact(day.errors)}</td>
                    {comparison && <td>{then ? shortDay(then.date) : ""}</td>}
                    {comparison && <td class="amount" title={then && exactBytes(then.bandwidth_bytes)}>{then ? bytes(then.bandwidth_bytes) : ""}</td>}
                    {comparison && <td class="amount">{then ? exact(then.requests) : ""}</td>}
                    <td>{day.date === today() ? "so far" : day.estimated ? "estimated" : ""}</td>
                  </tr>
                );
              })}
            </tbody>
          </table>
        </div>
      )}
    </details>
  );
}
