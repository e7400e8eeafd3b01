// What the figures are compared with.

import { go, view } from "../state/location.ts";
import type { Compare } from "../state/view.ts";

const CHOICES: [Compare, string][] = [
  ["previous", "vs. the days before"],
  ["weekday", "vs. the same weekdays"],
  ["none", "no comparison"],
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
