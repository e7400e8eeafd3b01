// Announces a change of the filters to screen readers, since it changes the whole page: once, when the filtered report is there.

import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { exact } from "../format/number.ts";
import { view } from "../state/location.ts";
import { filterWords } from "./filter-chips.tsx";

/** `requests` of the current report; null while it loads. */
export function FilterStatus({ requests }: { requests: number | null }) {
  const { filters } = view.value;
  const key = filters.join("\n");
  const announced = useRef(key);
  const [text, say] = useState("");
  useLayoutEffect(() => {
    if (requests === null || announced.current === key) return;
    announced.current = key;
    const count = `${exact(requests)} ${requests === 1 ? "request" : "requests"}`;
    say(filters.length === 0 ? `No filters: ${count}` : `Filtered by ${filters.map(filterWords).join(" and ")}: ${count}`);
  }, [key, requests]);
  return (
    <p class="unseen" role="status">
      {text}
    </p>
  );
}
