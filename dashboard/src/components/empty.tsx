// A list with nothing in it: why that is so, and what could be done.

import { view } from "../state/location.ts";

const WORDS: Record<string, string> = {
  video: "No videos were served.",
  other: "Nothing but images and videos was served.",
  error_reason: "Nothing failed.",
  referrer: "No referrers were recorded.",
};

export function Empty({ dimension }: { dimension: string }) {
  const hasFilters = view.value.filters.length > 0;
  return (
    <div class="empty rows-4">
      <p>{hasFilters ? "Nothing passes these filters." : (WORDS[dimension] ?? "Nothing was served on these days.")}</p>
      {hasFilters && <p class="hint">Remove one, or choose more days.</p>}
    </div>
  );
}
