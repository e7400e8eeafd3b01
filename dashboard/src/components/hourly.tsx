// Bandwidth and requests by hour, for a day or two: as lines, and as a table.

import { useMemo } from "preact/hooks";
import type { Hour } from "../api/reports.ts";
import { hour as hourName, longDay, shortDay } from "../format/date.ts";
import { bytes, exact, exactBytes, sayBytes, sayRequests } from "../format/number.ts";
import { FoldedTable } from "./folded-table.tsx";
import { TrafficPlots, type Line } from "./traffic-plots.tsx";
import { amount } from "./wide-table.tsx";

interface Properties {
  /** Until now, oldest first. */
  hours: Hour[];
  /** Those that they are compared with, from the first one on. */
  before: Hour[] | null;
  /** Requests whose hour isn't known. */
  unassigned: number;
}

const HOUR_MS = 3_600_000;

export function Hourly({ hours, before, unassigned }: Properties) {
  const dates = useMemo(() => hours.map((hour) => hour.start), [hours]);
  const isOpen = isUnderWay(dates.at(-1));
  const line = (metric: string, get: (hour: Hour) => number, say: (value: number) => string): Line => ({
    values: hours.map(get),
    compared: before && hours.map((_, index) => (before[index] ? get(before[index]) : null)),
    label: summary(metric, hours, get, say),
  });
  const legend = (index: number | null) => {
    const then = before?.[index ?? 0];
    return (
      <>
        <span class="key now">{index === null ? "By hour, UTC" : name(hours[index]!)}</span>
        {index === null && isOpen && <span class="key open">This hour (so far)</span>}
        {then && <span class="key then">{longDay(then.start)}</span>}
      </>
    );
  };
  const spoken = (index: number) => {
    const hour = hours[index]!;
    return `${name(hour)}: ${sayBytes(hour.bandwidth_bytes)}, ${sayRequests(hour.requests)}.`;
  };
  return (
    <div class="daily">
      <TrafficPlots
        unit="hour"
        dates={dates}
        isOpen={isOpen}
        bandwidth={line("Bandwidth", (it) => it.bandwidth_bytes, sayBytes)}
        requests={line("Requests", (it) => it.requests, sayRequests)}
        legend={legend}
        spoken={spoken}
      />
      {unassigned > 0 && <p class="hint">The hour of {sayRequests(unassigned)} isn’t known.</p>}
      <HourTable hours={hours} before={before} />
    </div>
  );
}

function isUnderWay(start: string | undefined): boolean {
  return start !== undefined && Date.now() < Date.parse(start) + HOUR_MS;
}

/** Sat, 21 Nov 2026, 08:00 UTC */
function name({ start }: Hour): string {
  return `${longDay(start)}, ${hourName(start)} UTC${isUnderWay(start) ? " (so far)" : ""}`;
}

/** A chart as one sentence. */
function summary(metric: string, hours: Hour[], get: (hour: Hour) => number, say: (value: number) => string): string {
  const values = hours.map(get);
  const most = Math.max(...values);
  const busiest = hours[values.indexOf(most)]!.start;
  return `${metric} by hour: ${say(values.reduce((sum, value) => sum + value, 0))}, highest ${say(most)} on ${shortDay(busiest)} from ${hourName(busiest)} UTC.`;
}

function HourTable({ hours, before }: Pick<Properties, "hours" | "before">) {
  const compared = before ? [{ name: "Compared with" }, amount("Bandwidth"), amount("Requests")] : [];
  const columns = [{ name: "Hour (UTC)" }, amount("Bandwidth"), amount("Requests"), ...compared, { name: "Note" }];
  const rows = () =>
    hours.map((hour, index) => (
      <tr key={hour.start}>
        <th scope="row">{`${shortDay(hour.start)}, ${hourName(hour.start)}`}</th>
        <td class="amount" title={exactBytes(hour.bandwidth_bytes)}>{bytes(hour.bandwidth_bytes)}</td>
        <td class="amount">{exact(hour.requests)}</td>
        {before && <td>{before[index] && shortDay(before[index].start)}</td>}
        {before && <td class="amount">{before[index] && bytes(before[index].bandwidth_bytes)}</td>}
        {before && <td class="amount">{before[index] && exact(before[index].requests)}</td>}
        <td>{isUnderWay(hour.start) ? "so far" : ""}</td>
      </tr>
    ));
  return <FoldedTable label="Traffic by hour" columns={columns} rows={rows} />;
}
