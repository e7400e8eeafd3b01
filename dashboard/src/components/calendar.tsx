// A month of days: the first press selects one end of a range, the second the other. Arrow keys move by a day or a week, Page Up
// and Page Down by a month.

import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { longDay, month, otherMonth, plus, weekday } from "../format/date.ts";
import { Icon } from "./icon.tsx";

const STEPS: Record<string, number> = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -7, ArrowDown: 7 };

interface Properties {
  first: string;
  last: string;
  start: string;
  end: string;
  choose: (start: string, end: string) => void;
}

export function Calendar({ first, last, start, end, choose }: Properties) {
  const [focused, setFocused] = useState(end);
  const [from, setFrom] = useState<string | null>(null);
  const grid = useRef<HTMLTableElement>(null);
  const moved = useRef(false);
  const within = (date: string) => (date < first ? first : date > last ? last : date);
  const move = (date: string) => setFocused(within(date));
  // Before the next key is pressed.
  useLayoutEffect(() => {
    if (moved.current) grid.current?.querySelector<HTMLButtonElement>('button[tabindex="0"]')?.focus();
    moved.current = false;
  }, [focused]);

  const type = (event: KeyboardEvent) => {
    const step = STEPS[event.key];
    const next = step !== undefined ? plus(focused, step) : event.key === "PageUp" ? inOtherMonth(focused, -1) : event.key === "PageDown" ? inOtherMonth(focused, 1) : null;
    if (next === null) return;
    event.preventDefault();
    moved.current = true;
    move(next);
  };
  const press = (date: string) => {
    setFocused(date);
    if (from === null) return setFrom(date);
    setFrom(null);
    choose(from < date ? from : date, from < date ? date : from);
  };
  const [low, high] = from === null ? [start, end] : [from, from];
  return (
    <div class="calendar">
      <div class="months">
        <button type="button" class="quiet" aria-label="Previous month" disabled={focused.slice(0, 7) <= first.slice(0, 7)} onClick={() => move(inOtherMonth(focused, -1))}>
          <Icon name="left" />
        </button>
        <strong aria-live="polite">{month(focused)}</strong>
        <button type="button" class="quiet" aria-label="Next month" disabled={focused.slice(0, 7) >= last.slice(0, 7)} onClick={() => move(inOtherMonth(focused, 1))}>
          <Icon name="right" />
        </button>
      </div>
      <table ref={grid} aria-label={month(focused)} onKeyDown={type}>
        <thead>
          <tr>
            {weeks(focused)[0]!.map((date) => (
              <th scope="col" key={date}>
                <abbr title={weekday(date, "long")}>{weekday(date, "short")}</abbr>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {weeks(focused).map((week) => (
            <tr key={week[0]}>
              {week.map((date) => (
                <td key={date}>
                  <button
                    type="button"
                    tabIndex={date === focused ? 0 : -1}
                    class={`day${date >= low && date <= high ? " within" : ""}${date === low || date === high ? " end" : ""}${date.slice(0, 7) === focused.slice(0, 7) ? "" : " outside"}`}
                    aria-pressed={date >= low && date <= high}
                    aria-label={longDay(date)}
                    disabled={date < first || date > last}
                    onClick={() => press(date)}
                  >
                    {Number(date.slice(8))}
                  </button>
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      <p class="hint" aria-live="polite">{from === null ? "Select a start date" : `Start: ${longDay(from)}. Now select an end date.`}</p>
    </div>
  );
}

/** The same day of another month, or its last one. */
function inOtherMonth(date: string, months: number): string {
  const month = otherMonth(date.slice(0, 7), months);
  const [same, last] = [`${month}-${date.slice(8)}`, plus(`${otherMonth(month, 1)}-01`, -1)];
  return same < last ? same : last;
}

/** Six weeks from Monday on for any month, so that nothing moves. */
function weeks(date: string): string[][] {
  const begin = `${date.slice(0, 8)}01`;
  const monday = plus(begin, -((new Date(begin).getUTCDay() + 6) % 7));
  return Array.from({ length: 6 }, (_, week) => Array.from({ length: 7 }, (__, day) => plus(monday, 7 * week + day)));
}
