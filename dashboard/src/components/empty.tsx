// An empty list: why it is empty, and what to do.

import { noun } from "../format/label.ts";
import { view } from "../state/location.ts";

const WORDS: Record<string, string> = {
  image: "No images were requested.",
  video: "No videos were requested.",
  other: "No other files were requested.",
  error_reason: "No errors.",
  crawler: "No crawlers.",
  referrer: "No referrers were recorded.",
};

function hasFilters(): boolean {
  return view.value.filters.length > 0;
}

/** Why a report has no requests. */
export function noRequests(): string {
  return hasFilters() ? "No requests match these filters." : "No requests in this period.";
}

export function Empty({ dimension }: { dimension: string }) {
  const filtered = dimension === "error_reason" ? "No errors match these filters." : `No ${noun(dimension, 2)} match these filters.`;
  return (
    <div class="empty paged" style={{ "--rows": 4 }}>
      <p>{hasFilters() ? filtered : (WORDS[dimension] ?? noRequests())}</p>
      {hasFilters() && dimension !== "error_reason" && <p class="hint">Remove a filter or widen the date range.</p>}
    </div>
  );
}
