// Bandwidth and requests by day, as lines, or as bars where there are few days, and as a table.

import { useMemo } from "preact/hooks";
import type { Day, Series } from "../api/reports.ts";
import { periodBefore } from "../format/comparison.ts";
import { interval, longDay, shortDay, today } from "../format/date.ts";
import { relative } from "../format/change.ts";
import { comparable, sums } from "../format/comparison.ts";
import { bytes, count, exact, exactBytes, sayBytes, sayRequests } from "../format/number.ts";
import { summary } from "../format/summary.ts";
import { useUnknownBefore, useUnknownDays } from "../state/status.ts";
import { Bars, type Bar } from "./bars.tsx";
import { noRequests } from "./empty.tsx";
import { FoldedTable } from "./folded-table.tsx";
import { Title, TrafficPlots, type Line } from "./traffic-plots.tsx";
import { amount } from "./wide-table.tsx";

interface Properties {
  report: Series;
  comparison: Series | null;
}

/** At most this many days show as bars. */
const FEW = 2;

export function Daily({ report, comparison }: Properties) {
  const { daily } = report;
  const dates = useMemo(() => daily.map((day) => day.date), [daily]);
  const unknown = useUnknownDays();
  const unknownBefore = useUnknownBefore(comparison?.range ?? null);
  const now = (day: Day, get: (day: Day) => number) => (unknown.has(day.date) ? null : get(day));
  const then = (day: Day | undefined, get: (day: Day) => number) => (day === undefined || unknownBefore.has(day.date) ? null : get(day));
  const bars = (get: (day: Day) => number): Bar[] =>
    daily.flatMap((day, index) => {
      const before = comparison?.daily[index];
      const bar = { name: day.date === today() ? "Today (so far)" : longDay(day.date), value: now(day, get), isThen: false };
      return before === undefined ? [bar] : [bar, { name: longDay(before.date), value: then(before, get), isThen: true }];
    });
  const pairs = comparison && comparable(daily, comparison.daily, new Set([...unknown, ...unknownBefore]), today());
  const [sumNow, sumThen] = [sums(pairs?.now ?? []), sums(pairs?.then ?? [])];
  const line = (name: string, key: "requests" | "bandwidth_bytes", say: (value: number) => string): Line => {
    const values = daily.map((day) => now(day, (it) => it[key]));
    return {
      values,
      compared: comparison ? daily.map((_, index) => then(comparison.daily[index], (it) => it[key])) : null,
      label: summary(name, dates, values, say, relative(sumNow?.[key] ?? null, sumThen?.[key] ?? null)),
    };
  };
  const requests = line("Requests", "requests", sayRequests);
  const isNothing = [...requests.values, ...(requests.compared ?? [])].every((value) => !value);
  const isOpen = dates.at(-1) === today();
  const legend = (index: number | null) => {
    if (index === null) {
      return (
        <>
          <span class="key now">{interval(report.range.start, report.range.end)}</span>
          {isOpen && <span class="key open">Today (so far)</span>}
          {comparison && <span class="key then">{periodBefore(daily, comparison.daily)}</span>}
        </>
      );
    }
    const before = comparison?.daily[index];
    return (
      <>
        <span class="key now">{dayName(daily[index]!.date)}</span>
        {before && <span class="key then">{longDay(before.date)}</span>}
      </>
    );
  };
  return (
    <div class="daily">
      {isNothing ? (
        <p class="no-plot">{requests.values.every((value) => value === null) ? "No data for these days." : noRequests()}</p>
      ) : daily.length <= FEW ? (
        <>
          <Title name="Bandwidth" format={bytes} />
          <Bars days={bars((it) => it.bandwidth_bytes)} format={bytes} />
          <Title name="Requests" format={count} />
          <Bars days={bars((it) => it.requests)} format={count} />
        </>
      ) : (
        <TrafficPlots
          unit="day"
          dates={dates}
          isOpen={isOpen}
          bandwidth={line("Bandwidth", "bandwidth_bytes", sayBytes)}
          requests={requests}
          legend={legend}
          spoken={(index) => spokenDay(daily[index]!, comparison?.daily[index] ?? null, unknown, unknownBefore)}
        />
      )}
      <DayTable report={report} comparison={comparison} unknown={unknown} unknownBefore={unknownBefore} />
    </div>
  );
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

interface DayTableProperties extends Properties {
  unknown: ReadonlySet<string>;
  unknownBefore: ReadonlySet<string>;
}

function DayTable({ report, comparison, unknown, unknownBefore }: DayTableProperties) {
  const compared = comparison ? [{ name: "Compared with" }, amount("Bandwidth"), amount("Requests")] : [];
  const columns = [{ name: "Day (UTC)" }, amount("Bandwidth"), amount("Requests"), amount("Errors"), ...compared, { name: "Note" }];
  const rows = () =>
    report.daily.map((day, index) => {
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
    });
  return <FoldedTable label="Traffic by day" columns={columns} rows={rows} />;
}
