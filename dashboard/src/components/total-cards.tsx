// The six figures that say how it goes.

import type { Day, Series } from "../api/reports.ts";
import { points, relative } from "../format/change.ts";
import { sums, type Comparable, type Sums } from "../format/comparison.ts";
import { today } from "../format/date.ts";
import { bytes, exact, roundedPercent, share } from "../format/number.ts";
import { view } from "../state/location.ts";
import { useUnknownDays } from "../state/status.ts";
import { Card } from "./card.tsx";
import { Bytes, Count } from "./figure.tsx";

export const CARD_TITLES = ["Bandwidth", "Requests", "Cache hit ratio", "Error rate", "Bytes saved", "Crawlers"];

const RATINGS = { excellent: "excellent", good: "good", poor: "poor: below 80 %" };

interface Properties {
  report: Series;
  /** The days whose sums are compared; null for no changes. */
  comparison: Comparable | null;
  hasCrawlers?: boolean;
}

export function TotalCards({ report, comparison, hasCrawlers = true }: Properties) {
  const { totals, daily } = report;
  // A day that is not over would look like a fall.
  const whole = daily.at(-1)?.date === today() ? daily.slice(0, -1) : daily;
  const unknown = useUnknownDays();
  const [now, before] = [sums(comparison?.now ?? []), sums(comparison?.then ?? [])];
  const course = (get: (day: Day) => number | null) => whole.map((day) => (unknown.has(day.date) ? null : get(day)));
  const untold = view.value.filters.length > 0 ? "not known with this filter" : "not told of these days";
  const changed = (by: typeof points, get: (sums: Sums) => number | null) => (now === null || before === null ? undefined : by(get(now), get(before)));
  return (
    <dl class={hasCrawlers ? "cards" : "cards five"}>
      <Card title="Bandwidth" hint="Bytes of the bodies that were sent" change={changed(relative, (sums) => sums.bandwidth_bytes)} course={course((day) => day.bandwidth_bytes)}>
        <Bytes value={totals.bandwidth_bytes} />
      </Card>
      <Card title="Requests" hint="Everything that was answered, errors too" change={changed(relative, (sums) => sums.requests)} course={course((day) => day.requests)}>
        <Count value={totals.requests} />
      </Card>
      <Card
        title="Cache hit ratio"
        hint="Answers from the cache, of those that it was asked for. Above 90 % is excellent, above 80 % good."
        better="up"
        change={changed(points, (sums) => sums.cache_hit_ratio)}
        note={totals.cache_rating && <span class={`rating ${totals.cache_rating}`}>{RATINGS[totals.cache_rating]}</span>}
        course={course((day) => share(day.cache_hits, day.cache_hits + day.cache_misses))}
      >
        <Part value={share(totals.cache_hits, totals.cache_hits + totals.cache_misses)} title={`${exact(totals.cache_hits)} hits, ${exact(totals.cache_misses)} misses`} />
      </Card>
      <Card
        title="Error rate"
        hint="Answers with status 400 and above, of all"
        better="down"
        change={changed(points, (sums) => sums.error_rate)}
        note={`${exact(totals.errors)} ${totals.errors === 1 ? "error" : "errors"}`}
        course={course((day) => share(day.errors, day.requests))}
      >
        <Part value={share(totals.errors, totals.requests)} title={`${exact(totals.errors)} of ${exact(totals.requests)} requests`} />
      </Card>
      <Card title="Bytes saved" hint="By how much what was sent is less than the originals" better="up" change={changed(relative, (sums) => sums.bytes_saved)} course={course((day) => day.bytes_saved)}>
        <Bytes value={totals.bytes_saved} />
      </Card>
      {hasCrawlers && (
        <Card
          title="Crawlers"
          hint="Requests by search engines and AI crawlers, of all. Of days that do not tell them, none are counted."
          change={changed(points, (sums) => sums.crawler_share)}
          note={totals.crawler_bandwidth_bytes === null ? untold : bytes(totals.crawler_bandwidth_bytes)}
          course={course((day) => (day.crawler_requests === null ? null : share(day.crawler_requests, day.requests)))}
        >
          <Part value={totals.crawler_share} amount={totals.crawler_requests ?? 0} title={totals.crawler_requests === null ? "not told" : `${exact(totals.crawler_requests)} requests`} />
        </Card>
      )}
    </dl>
  );
}

function Part({ value, amount = 0, title }: { value: number | null; amount?: number; title: string }) {
  return (
    <span class="number" title={title}>
      {value === null ? "–" : roundedPercent(value, amount)}
    </span>
  );
}
