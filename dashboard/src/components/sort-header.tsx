// The header of a column that sorts a list.

import { go, view } from "../state/location.ts";
import type { Sort } from "../state/view.ts";

export function SortHeader({ dimension, by, sort, name }: { dimension: string; by: Sort; sort: Sort; name: string }) {
  const isSorted = by === sort;
  const change = () => go({ sorted: { ...view.value.sorted, [dimension]: by }, pages: { ...view.value.pages, [dimension]: 1 } }, { replace: true });
  return (
    <th scope="col" class="amount" aria-sort={isSorted ? "descending" : undefined}>
      <button type="button" class="sort" onClick={change} title={`Sort by ${name.toLowerCase()}`}>
        {name}
        <span class="arrow" aria-hidden="true">{isSorted ? "↓" : ""}</span>
      </button>
    </th>
  );
}
