// Bandwidth and requests over time, one plot above the other, so that a day or an hour lines up. The arrow keys read them one by one.

import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { bytes, count } from "../format/number.ts";
import { Plot } from "./plot.tsx";

export interface Line {
  /** One for each date; null: unknown. */
  values: (number | null)[];
  /** What they are compared with. */
  compared: (number | null)[] | null;
  /** The line as a sentence. */
  label: string;
}

interface Properties {
  unit: "day" | "hour";
  /** Days, or the times at which hours begin. */
  dates: string[];
  /** The last one is not over. */
  isOpen: boolean;
  bandwidth: Line;
  requests: Line;
  /** Stands above the plots; of the date under the cursor, or of none. */
  legend: (index: number | null) => ComponentChildren;
  /** A date's figures as a sentence. */
  spoken: (index: number) => string;
}

const HEIGHT = 132;
/** Of the names of the dates below the lower plot. */
const AXIS = 22;

export function TrafficPlots({ unit, dates, isOpen, bandwidth, requests, legend, spoken }: Properties) {
  const [pointed, point] = useState<number | null>(null);
  const [selected, select] = useState<number | null>(null);
  const move = (index: number | null) => {
    select(index);
    point(index);
  };
  const type = (event: KeyboardEvent) => {
    const next = otherPlace(event.key, pointed, dates.length);
    if (next === undefined) return;
    event.preventDefault();
    move(next);
  };
  const index = pointed === null || pointed >= dates.length ? null : pointed;
  const keys = `${unit}-keys`;
  const shared = { dates, point, selected, isOpen, isHourly: unit === "hour" };
  return (
    <>
      <div class="legend" aria-hidden="true">
        {legend(index)}
      </div>
      <div class="plots" role="application" aria-label={`Chart of traffic by ${unit}`} aria-describedby={keys} tabIndex={0} onKeyDown={type} onBlur={() => selected !== null && move(null)}>
        <p class="unseen" id={keys}>
          Use the left and right arrow keys to read {unit === "hour" ? "an hour" : "a day"}.
        </p>
        <Title name="Bandwidth" format={bytes} line={bandwidth} index={index} />
        <Plot {...shared} {...bandwidth} format={bytes} height={HEIGHT} hasDays={false} isBytes />
        <Title name="Requests" format={count} line={requests} index={index} />
        <Plot {...shared} {...requests} format={count} height={HEIGHT + AXIS} hasDays />
        <p class="unseen" role="status">
          {selected !== null && index !== null && spoken(index)}
        </p>
      </div>
    </>
  );
}

/** The place that a key leads to: null for none, undefined for another key. */
function otherPlace(key: string, from: number | null, places: number): number | null | undefined {
  const last = places - 1;
  if (key === "ArrowLeft") return from === null ? last : Math.max(0, from - 1);
  if (key === "ArrowRight") return from === null ? last : Math.min(last, from + 1);
  if (key === "Home") return 0;
  if (key === "End") return last;
  return key === "Escape" ? null : undefined;
}

interface TitleProperties {
  name: string;
  format: (value: number) => string;
  /** Without it only the name is shown, as above bars. */
  line?: Line;
  index?: number | null;
}

/** The name of a metric, and its value at the date under the cursor. */
export function Title({ name, format, line, index = null }: TitleProperties) {
  const read = (values: (number | null)[] | null | undefined) => (index === null ? null : (values?.[index] ?? null));
  const [now, then] = [read(line?.values), read(line?.compared)];
  return (
    <div class="plot-title" aria-hidden="true">
      <span>{name}</span>
      {index !== null && (
        <span class="readout">
          <strong>{now === null ? "unknown" : format(now)}</strong>
          {then !== null && <span class="then"> {format(then)}</span>}
        </span>
      )}
    </div>
  );
}
