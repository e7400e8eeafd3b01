// Chooses the days: presets, and a calendar for other ranges.

import { useState } from "preact/hooks";
import { interval, plus, today } from "../format/date.ts";
import { bounds, isSame, isShowable, presets, rangeName, refusal } from "../format/range.ts";
import { retentionDays } from "../state/health.ts";
import { go } from "../state/location.ts";
import { range, usualDays } from "../state/query.ts";
import type { Days } from "../state/view.ts";
import { Calendar } from "./calendar.tsx";
import { Popover } from "./popover.tsx";

export function RangePicker() {
  const [refused, setRefused] = useState<string | null>(null);
  const now = today();
  const first = plus(now, 1 - retentionDays.value);
  const { start, end } = isShowable(range.value, now, first) ? bounds(range.value, now) : { start: now, end: now };
  const choose = (chosen: Days, close: () => void) => {
    setRefused(null);
    close();
    go({ range: isSame(chosen, { days: usualDays.value }) ? null : chosen, pages: {} });
  };
  return (
    <Popover icon="calendar" label="Date range" button={<RangeLabel range={range.value} now={now} first={first} />}>
      {(close) => (
        <div class="range-picker">
          <ul class="choices">
            {presets(now, first).map((preset) => (
              <li key={preset.name}>
                <button type="button" aria-pressed={isSame(preset.range, range.value)} onClick={() => choose(preset.range, close)}>
                  {preset.name}
                </button>
              </li>
            ))}
          </ul>
          <div>
            <Calendar
              first={first}
              last={now}
              start={start}
              end={end}
              choose={(from, to) => (refusal(from, to) === null ? choose({ start: from, end: to }, close) : setRefused(refusal(from, to)))}
            />
            <p class="hint">{refused ?? "Days start at 00:00 UTC."}</p>
          </div>
        </div>
      )}
    </Popover>
  );
}

function RangeLabel({ range, now, first }: { range: Days; now: string; first: string }) {
  if (!isShowable(range, now, first)) return <span>Pick a date range</span>;
  const name = rangeName(range, now);
  const { start, end } = bounds(range, now);
  const days = interval(start, end);
  return (
    <span>
      {name}
      {name !== days && <span class="aside"> {days}</span>}
    </span>
  );
}
