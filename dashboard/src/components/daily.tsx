// Bandwidth and requests by day, one plot above the other, so that a day lines up. A table has the same data, for readers who
// cannot see the lines or want to copy the numbers.

import { useMemo, useState } from "preact/hooks";
import type { Day, Series } from "../api/reports.ts";
import { interval, longDay, shortDay, today } from "../format/date.ts";
import { bytes, count, exact, exactBytes } from "../format/number.ts";
import { useUnknownBefore, useUnknownDays } from "../state/status.ts";
import { Bars, type Bar } from "./bars.tsx";
import { Plot } from "./plot.tsx";

interface Properties {
  report: Series;
  comparison: Series | null;
}

const HEIGHT = 132;
/** At most this many days show as bars. */
const FEW = 2;

export function Daily({ report, comparison }: Properties) {
  const [pointed, point] = useState<number | null>(null);
  const { daily } = report;
  const dates = useMemo(() => daily.map((day) => day.date), [daily]);
  const other = (index: number | null) => (index === null ? null : (comparison?.daily[index] ?? null));
  const unknown = useUnknownDays();
  const unknownBefore = useUnknownBefore(comparison?.range ?? null);
  const now = (day: Day, get: (day: Day) => number) => (unknown.has(day.date) ? null : get(day));
  const then = (day: Day | undefined, get: (day: Day) => number) => (day === undefined || unknownBefore.has(day.date) ? null : get(day));
  const of = (get: (day: Day) => number) => ({
    dates,
    values: daily.map((day) => now(day, get)),
    compared: comparison ? daily.map((_, index) => then(comparison.daily[index], get)) : null,
    point,
    isOpen: dates.at(-1) === today(),
  });
  const bars = (get: (day: Day) => number): Bar[] =>
    daily.flatMap((day, index) => {
      const before = comparison?.daily[index];
      const bar = { name: day.date === today() ? "Today (so far)" : longDay(day.date), value: now(day, get), isThen: false };
      return before === undefined ? [bar] : [bar, { name: longDay(before.date), value: then(before, get), isThen: true }];
    });
  const requests = of((it) => it.requests);
  const isNothing = [...requests.values, ...(requests.compared ?? [])].every((value) => !value);
  const hasLines = !isNothing && daily.length > FEW;
  const day = pointed === null ? null : (daily[pointed] ?? null);
  return (
    <div class="daily">
      {hasLines && (
        <div class="legend" aria-hidden="true">
          {day === null ? (
            <>
              <span class="key now">{interval(report.range.start, report.range.end)}</span>
              {dates.at(-1) === today() && <span class="key open">Today (so far)</span>}
              {comparison && <span class="key then">{interval(comparison.range.start, comparison.range.end)}</span>}
            </>
          ) : (
            <>
              <span class="key now">{dayName(day.date)}</span>
              {other(pointed) && <span class="key then">{longDay(other(pointed)!.date)}</span>}
            </>
          )}
        </div>
      )}
      {isNothing ? (
        <p class="no-plot">{requests.values.every((value) => value === null) ? "No data for these days." : "No requests in this period."}</p>
      ) : !hasLines ? (
        <>
          <Title name="Bandwidth" format={bytes} />
          <Bars days={bars((it) => it.bandwidth_bytes)} format={bytes} />
          <Title name="Requests" format={count} />
          <Bars days={bars((it) => it.requests)} format={count} />
        </>
      ) : (
        <>
          <Title name="Bandwidth" format={bytes} now={day && now(day, (it) => it.bandwidth_bytes)} then={other(pointed) && then(other(pointed)!, (it) => it.bandwidth_bytes)} hasDay={day !== null} />
          <Plot {...of((it) => it.bandwidth_bytes)} format={bytes} height={HEIGHT} hasDays={false} isBytes />
          <Title name="Requests" format={count} now={day && now(day, (it) => it.requests)} then={other(pointed) && then(other(pointed)!, (it) => it.requests)} hasDay={day !== null} />
          <Plot {...requests} format={count} height={HEIGHT + 22} hasDays />
        </>
      )}
      <DayTable report={report} comparison={comparison} unknown={unknown} unknownBefore={unknownBefore} />
    </div>
  );
}

function dayName(date: string): string {
  return date === today() ? `${longDay(date)} (so far)` : longDay(date);
}

interface TitleProperties {
  name: string;
  format: (value: number) => string;
  /** On the selected day; null where it is unknown. */
  now?: number | null;
  then?: number | null;
  hasDay?: boolean;
}

function Title({ name, format, now = null, then = null, hasDay = false }: TitleProperties) {
  return (
    <div class="plot-title" aria-hidden="true">
      <span>{name}</span>
      {hasDay && (
        <span class="readout">
          <strong>{now === null ? "unknown" : format(now)}</strong>
          {then !== null && <span class="then"> {format(then)}</span>}
        </span>
      )}
    </div>
  );
}

interface DayTableProperties extends Properties {
  unknown: ReadonlySet<string>;
  unknownBefore: ReadonlySet<string>;
}

function DayTable({ report, comparison, unknown, unknownBefore }: DayTableProperties) {
  const [isOpen, setOpen] = useState(false);
  return (
    <details class="day-table" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>Show as table</summary>
      {isOpen && (
        <div class="scroll" tabIndex={0} role="region" aria-label="Traffic by day">
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
                const isUnknown = unknown.has(day.date);
                const before = (text: (day: Day) => string) => (then === undefined ? "" : unknownBefore.has(then.date) ? "unknown" : text(then));
                return (
                  <tr key={day.date}>
                    <th scope="row">{longDay(day.date)}</th>
                    <td class="amount" title={isUnknown ? undefined : exactBytes(day.bandwidth_bytes)}>{isUnknown ? "unknown" : bytes(day.bandwidth_bytes)}</td>
                    <td class="amount">{isUnknown ? "unknown" : exact(day.requests)}</td>
                    <td class="amount">{isUnknown ? "unknown" : exact(day.errors)}</td>
                    {comparison && <td>{then ? shortDay(then.date) : ""}</td>}
                    {comparison && <td class="amount" title={then && !unknownBefore.has(then.date) ? exactBytes(then.bandwidth_bytes) : undefined}>{before((it) => bytes(it.bandwidth_bytes))}</td>}
                    {comparison && <td class="amount">{before((it) => exact(it.requests))}</td>}
                    <td>{day.date === today() ? "so far" : isUnknown ? "before data collection started" : day.estimated ? "estimated" : ""}</td>
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
