// The way out of a refusal: a change of days, filters or owner that the API accepts.

import type { ApiFailure } from "../api/client.ts";
import { refusedFilter } from "../state/filter.ts";
import { go, view } from "../state/location.ts";
import { ALL, usualDays } from "../state/query.ts";

export function Remedy({ failure: { code, parameter } }: { failure: ApiFailure }) {
  const { filters } = view.value;
  if (code === "owner_not_found") return <Way name="Show all owners" follow={() => go({ owner: ALL, pages: {} })} />;
  if (code === "image_not_found") return <Way name="Back to Overview" follow={() => go({ view: "overview", image: null })} />;
  if (/^(days|date|range)_/.test(code)) {
    return <Way name={`Show the last ${usualDays.value} days`} follow={() => go({ range: null, pages: {} })} />;
  }
  if (code === "complete_unavailable") return <Way name="Show the largest values" follow={() => go({ complete: [], pages: {} })} />;
  if (!code.startsWith("filter_") || filters.length === 0) return null;
  const found = refusedFilter(parameter, filters);
  if (found === null) return <Way name="Clear all filters" follow={() => go({ filters: [], pages: {} })} />;
  return <Way name="Remove this filter" follow={() => go({ filters: filters.filter((_, index) => index !== found), pages: {} })} />;
}

function Way({ name, follow }: { name: string; follow: () => void }) {
  return (
    <button type="button" class="quiet" onClick={follow}>
      {name}
    </button>
  );
}
