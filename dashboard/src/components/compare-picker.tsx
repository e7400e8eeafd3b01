// Chooses the period to compare with.

import { isOfMonth } from "../format/range.ts";
import { go, view } from "../state/location.ts";
import { range } from "../state/query.ts";
import type { Compare } from "../state/view.ts";

export function ComparePicker() {
  const choices: [Compare, string][] = [
    ["previous", isOfMonth(range.value) ? "vs. previous month" : "vs. previous period"],
    ["weekday", "vs. previous period, weekdays aligned"],
    ["none", "No comparison"],
  ];
  return (
    <select class="control" aria-label="Compare with" value={view.value.compare} onChange={(event) => go({ compare: event.currentTarget.value as Compare })}>
      {choices.map(([value, name]) => (
        <option value={value} key={value}>
          {name}
        </option>
      ))}
    </select>
  );
}
