// An empty list: why it is empty, and what to do.

import { view } from "../state/location.ts";

const WORDS: Record<string, string> = {
  image: "No images were requested.",
  video: "No videos were requested.",
  other: "No other files were requested.",
  error_reason: "No errors.",
  crawler: "No crawlers.",
  referrer: "No referrers were recorded.",
};

export function Empty({ dimension }: { dimension: string }) {
  const hasFilters = view.value.filters.length > 0;
  return (
    <div class="empty rows-4">
      <p>{hasFilters ? "No data matches these filters." : (WORDS[dimension] ?? "No requests in this period.")}</p>
      {hasFilters && <p class="hint">Remove a filter or widen the date range.</p>}
    </div>
  );
}
