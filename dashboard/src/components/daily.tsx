// Bandwidth and requests by day, one plot above the other, so that a day lines up. A table has the same data, for readers who
// cannot see the lines or want to copy the numbers.

import { useMemo, useState } from "preact/hooks";
import type { Day, Series } from "../api/reports.ts";
import { periodBefore } from "../format/comparison.ts";
import { interval, longDay, shortDay, today } from "../format/date.ts";
import { relative } from "../format/change.ts";
import { comparable, sums } from "../format/comparison.ts";
import { bytes, count, exact, exactBytes, spoken } from "../format/number.ts";
import { summary } from "../format/summary.ts";
import { useUnknownBefore, useUnknownDays } from "../state/status.ts";
import { Bars, type Bar } from "./bars.tsx";
import { noRequests } from "./empty.tsx";
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
  const [selected, select] = useState<number | null>(null);
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
    selected,
    isOpen: dates.at(-1) === today(),
  });
  const bars = (get: (day: Day) => number): Bar[] =>
    daily.flatMap((day, index) => {
      const before = comparison?.daily[index];
      const bar = { name: day.date === today() ? "Today (so far)" : longDay(day.date), value: now(day, get), isThen: false };
      return before === undefined ? [bar] : [bar, { name: longDay(before.date), value: then(before, get), isThen: true }];
    });
  const pairs = comparison && comparable(daily, comparison.daily, new Set([...unknown, ...unknownBefore]), today());
  const [sumNow, sumThen] = [sums(pairs?.now ?? []), sums(pairs?.then ?? [])];
  const label = (name: string, get: (day: Day) => number, say: (value: number) => string, key: "requests" | "bandwidth_bytes") =>
    summary(name, dates, daily.map((day) => now(day, get)), say, relative(sumNow?.[key] ?? null, sumThen?.[key] ?? null));
  const move = (index: number | null) => {
    select(index);
    point(index);
  };
  const type = (event: KeyboardEvent) => {
    const next = otherDay(event.key, pointed, dates.length);
    if (next === undefined) return;
    event.preventDefault();
    move(next);
  };
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
              {comparison && <span class="key then">{periodBefore(daily, comparison.daily)}</span>}
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
        <p class="no-plot">{requests.values.every((value) => value === null) ? "No data for these days." : noRequests()}</p>
      ) : !hasLines ? (
        <>
          <Title name="Bandwidth" format={bytes} />
          <Bars days={bars((it) => it.bandwidth_bytes)} format={bytes} />
          <Title name="Requests" format={count} />
          <Bars days={bars((it) => it.requests)} format={count} />
        </>
      ) : (
        <div class="plots" role="application" aria-label="Chart of traffic by day" aria-describedby={KEYS} tabIndex={0} onKeyDown={type} onBlur={() => selected !== null && move(null)}>
          <p class="unseen" id={KEYS}>
            Use the left and right arrow keys to read a day.
          </p>
          <Title name="Bandwidth" format={bytes} now={day && now(day, (it) => it.bandwidth_bytes)} then={other(pointed) && then(other(pointed)!, (it) => it.bandwidth_bytes)} hasDay={day !== null} />
          <Plot {...of((it) => it.bandwidth_bytes)} label={label("Bandwidth", (it) => it.bandwidth_bytes, sayBytes, "bandwidth_bytes")} format={bytes} height={HEIGHT} hasDays={false} isBytes />
          <Title name="Requests" format={count} now={day && now(day, (it) => it.requests)} then={other(pointed) && then(other(pointed)!, (it) => it.requests)} hasDay={day !== null} />
          <Plot {...requests} label={label("Requests", (it) => it.requests, sayRequests, "requests")} format={count} height={HEIGHT + 22} hasDays />
          <p class="unseen" role="status">
            {selected !== null && day !== null && spokenDay(day, other(selected), unknown, unknownBefore)}
          </p>
        </div>
      )}
      <DayTable report={report} comparison={comparison} unknown={unknown} unknownBefore={unknownBefore} />
    </div>
  );
}

const KEYS = "plot-keys";

/** The place that a key leads to: null for none, undefined for another key. */
export function otherDay(key: string, from: number | null, days: number): number | null | undefined {
  const last = days - 1;
  if (key === "ArrowLeft") return from === null ? last : Math.max(0, from - 1);
  if (key === "ArrowRight") return from === null ? last : Math.min(last, from + 1);
  if (key === "Home") return 0;
  if (key === "End") return last;
  return key === "Escape" ? null : undefined;
}

export function sayBytes(value: number): string {
  return spoken(bytes(value));
}

export function sayRequests(value: number): string {
  return `${spoken(count(value))} ${value === 1 ? "request" : "requests"}`;
}

/** The readout of a day as a sentence. */
function spokenDay(day: Day, before: Day | null, unknown: ReadonlySet<string>, unknownBefore: ReadonlySet<string>): string {
  const say = (it: Day, without: ReadonlySet<string>) => (without.has(it.date) ? "no data" : `${sayBytes(it.bandwidth_bytes)}, ${sayRequests(it.requests)}`);
  const then = before === null ? "" : ` ${longDay(before.date)}: ${say(before, unknownBefore)}.`;
  return `${dayName(day.date)}: ${say(day, unknown)}.${then}`;
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

export function Title({ name, format, now = null, then = null, hasDay = false }: TitleProperties) {
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
          <table aria-label="Traffic by day">
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
