// Chooses the period to compare with.

import { go, view } from "../state/location.ts";
import type { Compare } from "../state/view.ts";

const CHOICES: [Compare, string][] = [
  ["previous", "vs. previous period"],
  ["weekday", "vs. previous period, weekdays aligned"],
  ["none", "No comparison"],
];

export function ComparePicker() {
  return (
    <select class="control" aria-label="Compare with" value={view.value.compare} onChange={(event) => go({ compare: event.currentTarget.value as Compare })}>
      {CHOICES.map(([value, name]) => (
        <option value={value} key={value}>
          {name}
        </option>
      ))}
    </select>
  );
}
