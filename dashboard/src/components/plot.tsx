// One metric by day or hour, with the previous period as a dashed line. Plots share their cursor.

import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { hour, seconds, shortDay } from "../format/date.ts";
import { theme } from "../state/preference.ts";

interface Properties {
  /** Days, or the times at which hours begin. */
  dates: string[];
  /** Null: unknown. */
  values: (number | null)[];
  /** One for each day, or null. */
  compared: (number | null)[] | null;
  format: (value: number) => string;
  height: number;
  hasDays: boolean;
  /** Reports the day under the cursor, or none. */
  point: (index: number | null) => void;
  /** The day that the keyboard has selected: the cursor goes there. */
  selected: number | null;
  /** The chart as a sentence. */
  label: string;
  /** The last day is not over: it is a hollow dot without a line, since its value still grows. */
  isOpen: boolean;
  /** IEC units have their own steps. */
  isBytes?: boolean;
  isHourly?: boolean;
}

const GROUP = "daily";
/** Hides the cursor. */
const BEYOND = -10;
const AXIS_WIDTH = 64;
const FONT = "11px system-ui, sans-serif";
/** Counts have no halves. */
const COUNT_STEPS = [1, 2, 5, ...Array.from({ length: 14 }, (_, power) => [10, 20, 25, 50].map((step) => step * 10 ** power)).flat()];
/** The least maximum of an axis, so that one request does not fill the plot. */
const LEAST = 4;
const BYTE_STEPS = Array.from({ length: 50 }, (_, power) => 2 ** power);
/** At most this many days have visible points. */
const FEW = 46;
const DAY_AXIS = timeAxis([1, 2, 3, 7, 14, 28], 86_400, (time) => shortDay(time.slice(0, 10)));
const HOUR_AXIS = timeAxis([1, 2, 3, 6, 12, 24], 3_600, hour);

/** An axis of time, by so many units of so many seconds. */
function timeAxis(steps: number[], seconds: number, name: (time: string) => string): Pick<uPlot.Axis, "incrs" | "values"> {
  return { incrs: steps.map((step) => step * seconds), values: (_, splits) => splits.map((at) => name(new Date(at * 1000).toISOString())) };
}

export function Plot({ dates, values, compared, format, height, hasDays, point, selected, label, isOpen, isBytes = false, isHourly = false }: Properties) {
  const frame = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const shape = `${dates.length} ${compared !== null} ${theme.value}`;
  const last = dates.length - 1;
  const isToday = (day: number) => isOpen && day === last;
  const whole = values.map((value, day) => (isToday(day) ? null : value));
  const open = values.map((value, day) => (isToday(day) ? value : null));
  const data = [dates.map(seconds), whole, open, ...(compared ? [compared] : [])] as uPlot.AlignedData;

  useEffect(() => {
    const element = frame.current!;
    const build = () => {
      plot.current?.destroy();
      plot.current = new uPlot(options(element, { count: dates.length, isCompared: compared !== null, format, height, hasDays, point, isBytes, isHourly }), data, element);
    };
    build();
    const resizing = new ResizeObserver(() => {
      if (plot.current && plot.current.width !== element.clientWidth) plot.current.setSize({ width: element.clientWidth, height });
    });
    resizing.observe(element);
    const dark = matchMedia("(prefers-color-scheme: dark)");
    dark.addEventListener("change", build);
    return () => {
      resizing.disconnect();
      dark.removeEventListener("change", build);
      plot.current?.destroy();
      plot.current = null;
    };
  }, [shape]);

  // The plot is drawn a frame later, and has its room before.
  useLayoutEffect(() => {
    frame.current!.style.minHeight = `${height}px`;
  }, [height]);

  useEffect(() => plot.current?.setData(data), [JSON.stringify(data)]);

  useEffect(() => {
    const chart = plot.current;
    chart?.setCursor({ left: selected === null ? BEYOND : chart.valToPos(seconds(dates[selected]!), "x"), top: 0 }, false);
  }, [selected]);

  return <div class="plot" role="img" aria-label={label} ref={frame} />;
}

interface Look {
  count: number;
  isCompared: boolean;
  format: (value: number) => string;
  height: number;
  hasDays: boolean;
  point: (index: number | null) => void;
  isBytes: boolean;
  isHourly: boolean;
}

function options(element: HTMLElement, look: Look): uPlot.Options {
  const style = getComputedStyle(element);
  const colour = (name: string) => style.getPropertyValue(name).trim();
  const points = { show: look.count <= FEW, size: 5, width: 0, fill: colour("--accent") };
  const axis = { stroke: colour("--muted"), font: FONT, grid: { stroke: colour("--line"), width: 1 }, ticks: { show: false } };
  return {
    width: element.clientWidth || 600,
    height: look.height,
    tzDate: (timestamp) => uPlot.tzDate(new Date(timestamp * 1000), "Etc/UTC"),
    legend: { show: false },
    padding: [8, 24, look.hasDays ? 0 : 8, 0],
    cursor: { y: false, drag: { x: false, y: false }, sync: { key: GROUP }, points: { size: 8, width: 2, fill: colour("--surface") } },
    scales: { y: { range: (_, __, most) => [0, Math.max(most ?? 0, LEAST) * 1.08] } },
    hooks: { setCursor: [({ cursor }) => look.point(cursor.idx ?? null)] },
    axes: [
      { ...axis, show: look.hasDays, grid: { show: false }, size: 26, space: 64, ...(look.isHourly ? HOUR_AXIS : DAY_AXIS) },
      { ...axis, size: AXIS_WIDTH, space: 26, incrs: look.isBytes ? BYTE_STEPS : COUNT_STEPS, values: (_, splits) => splits.map((at) => shortened(look.format(at))) },
    ],
    series: [
      {},
      { stroke: colour("--accent"), width: 2, fill: colour("--accent-wash"), points },
      { stroke: colour("--accent"), paths: () => null, points: { show: true, size: 7, width: 1.5, fill: colour("--surface") } },
      ...(look.isCompared ? [{ stroke: colour("--compared"), width: 1.5, dash: [4, 4], points: { show: false, size: 5, width: 0, fill: colour("--compared") } }] : []),
    ],
  };
}

/** Axes have round numbers: 4.00 MiB is 4 MiB there. */
function shortened(text: string): string {
  return text.replace(/\.0+(?= |$)/, "").replace(/(\.\d)0(?= |$)/, "$1");
}
