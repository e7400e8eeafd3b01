// What leads out of a refusal: days and filters that the API takes.

import type { ApiFailure } from "../api/client.ts";
import { culprit } from "../state/filter.ts";
import { go, view } from "../state/location.ts";
import { DEFAULT_DAYS } from "../state/view.ts";

export function Remedy({ failure: { code, message } }: { failure: ApiFailure }) {
  const { filters } = view.value;
  if (/^(days|date|range)_/.test(code)) {
    return <Way name={`Show the last ${DEFAULT_DAYS} days`} follow={() => go({ range: { days: DEFAULT_DAYS }, pages: {} })} />;
  }
  if (!code.startsWith("filter_") || filters.length === 0) return null;
  const found = culprit(message, filters);
  if (found === null) return <Way name="Remove all filters" follow={() => go({ filters: [], pages: {} })} />;
  return <Way name="Remove this filter" follow={() => go({ filters: filters.filter((_, index) => index !== found), pages: {} })} />;
}

function Way({ name, follow }: { name: string; follow: () => void }) {
  return (
    <button type="button" class="quiet" onClick={follow}>
      {name}
    </button>
  );
}
