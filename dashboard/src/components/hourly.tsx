// Bandwidth and requests by hour, for a day or two. A table has the same data, as for days.

import { useMemo, useState } from "preact/hooks";
import type { Hour } from "../api/reports.ts";
import { hour as hourName, longDay, shortDay } from "../format/date.ts";
import { bytes, count, exact, exactBytes } from "../format/number.ts";
import { Title, otherDay, sayBytes, sayRequests } from "./daily.tsx";
import { Plot } from "./plot.tsx";

interface Properties {
  /** Until now, oldest first. */
  hours: Hour[];
  /** Those that they are compared with, from the first one on. */
  before: Hour[] | null;
  /** Requests whose hour isn't known. */
  unassigned: number;
}

const HEIGHT = 132;
const HOUR_MS = 3_600_000;

export function Hourly({ hours, before, unassigned }: Properties) {
  const [pointed, point] = useState<number | null>(null);
  const [selected, select] = useState<number | null>(null);
  const dates = useMemo(() => hours.map((hour) => hour.start), [hours]);
  const isOpen = isUnderWay(dates.at(-1));
  const then = (index: number | null, get: (hour: Hour) => number) => {
    const hour = index === null ? undefined : before?.[index];
    return hour === undefined ? null : get(hour);
  };
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
  const of = (get: (hour: Hour) => number) => ({ dates, values: hours.map(get), compared: before && hours.map((_, index) => then(index, get)), point, selected, isOpen, isHourly: true });
  const hour = pointed === null ? null : (hours[pointed] ?? null);
  return (
    <div class="daily">
      <div class="legend" aria-hidden="true">
        {hour === null ? (
          <>
            <span class="key now">By hour, UTC</span>
            {isOpen && <span class="key open">This hour (so far)</span>}
            {before?.[0] && <span class="key then">{longDay(before[0].start)}</span>}
          </>
        ) : (
          <>
            <span class="key now">{name(hour)}</span>
            {before?.[pointed!] && <span class="key then">{longDay(before[pointed!]!.start)}</span>}
          </>
        )}
      </div>
      <div class="plots" role="application" aria-label="Chart of traffic by hour" aria-describedby={KEYS} tabIndex={0} onKeyDown={type} onBlur={() => selected !== null && move(null)}>
        <p class="unseen" id={KEYS}>
          Use the left and right arrow keys to read an hour.
        </p>
        <Title name="Bandwidth" format={bytes} now={hour && hour.bandwidth_bytes} then={then(pointed, (it) => it.bandwidth_bytes)} hasDay={hour !== null} />
        <Plot {...of((it) => it.bandwidth_bytes)} label={summary("Bandwidth", hours, (it) => it.bandwidth_bytes, sayBytes)} format={bytes} height={HEIGHT} hasDays={false} isBytes />
        <Title name="Requests" format={count} now={hour && hour.requests} then={then(pointed, (it) => it.requests)} hasDay={hour !== null} />
        <Plot {...of((it) => it.requests)} label={summary("Requests", hours, (it) => it.requests, sayRequests)} format={count} height={HEIGHT + 22} hasDays />
        <p class="unseen" role="status">
          {selected !== null && hour !== null && `${name(hour)}: ${sayBytes(hour.bandwidth_bytes)}, ${sayRequests(hour.requests)}.`}
        </p>
      </div>
      {unassigned > 0 && <p class="hint">The hour of {sayRequests(unassigned)} isn’t known.</p>}
      <HourTable hours={hours} before={before} />
    </div>
  );
}

const KEYS = "hour-keys";

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
  const [isOpen, setOpen] = useState(false);
  return (
    <details class="day-table" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>Show as table</summary>
      {isOpen && (
        <div class="scroll" tabIndex={0} role="region" aria-label="Traffic by hour">
          <table aria-label="Traffic by hour">
            <thead>
              <tr>
                <th scope="col">Hour (UTC)</th>
                <th scope="col" class="amount">Bandwidth</th>
                <th scope="col" class="amount">Requests</th>
                {before && <th scope="col">Compared with</th>}
                {before && <th scope="col" class="amount">Bandwidth</th>}
                {before && <th scope="col" class="amount">Requests</th>}
                <th scope="col">Note</th>
              </tr>
            </thead>
            <tbody>
              {hours.map((hour, index) => (
                <tr key={hour.start}>
                  <th scope="row">{`${shortDay(hour.start)}, ${hourName(hour.start)}`}</th>
                  <td class="amount" title={exactBytes(hour.bandwidth_bytes)}>{bytes(hour.bandwidth_bytes)}</td>
                  <td class="amount">{exact(hour.requests)}</td>
                  {before && <td>{before[index] && shortDay(before[index].start)}</td>}
                  {before && <td class="amount">{before[index] && bytes(before[index].bandwidth_bytes)}</td>}
                  {before && <td class="amount">{before[index] && exact(before[index].requests)}</td>}
                  <td>{isUnderWay(hour.start) ? "so far" : ""}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </details>
  );
}
