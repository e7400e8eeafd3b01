// The six totals at the top of the overview.

import type { Day, Series } from "../api/reports.ts";
import { points, relative } from "../format/change.ts";
import { sums, type Comparable, type Sums } from "../format/comparison.ts";
import { today } from "../format/date.ts";
import { bytes, exact, exactBytes, roundedPercent, share } from "../format/number.ts";
import { view } from "../state/location.ts";
import { useUnknownDays } from "../state/status.ts";
import { Card } from "./card.tsx";
import { Bytes, Count, LOADING } from "./figure.tsx";

export const CARD_TITLES = ["Bandwidth", "Requests", "Cache hit ratio", "Error rate", "Bytes saved", "Crawlers"];

/** A ratio of fewer cache lookups says nothing about the cache. */
const FEWEST_RATED = 100;

const RATINGS = { excellent: "Excellent", good: "Good", poor: "Poor (80% or lower)" };

interface Properties {
  report: Series;
  /** The days to compare; null for no changes. */
  comparison: Comparable | typeof LOADING | null;
  hasCrawlers?: boolean;
}

export function TotalCards({ report, comparison: compared, hasCrawlers = true }: Properties) {
  const comparison = compared === LOADING ? null : compared;
  const { totals, daily } = report;
  // An unfinished day would look like a fall.
  const whole = daily.at(-1)?.date === today() ? daily.slice(0, -1) : daily;
  const unknown = useUnknownDays();
  const [now, before] = [sums(comparison?.now ?? []), sums(comparison?.then ?? [])];
  const course = (get: (day: Day) => number | null) => whole.map((day) => (unknown.has(day.date) ? null : get(day)));
  const missing = view.value.filters.length > 0 ? "Not available with this filter" : "Not available for these days";
  const hits = `${exact(totals.cache_hits)} hits, ${exact(totals.cache_misses)} misses`;
  const failed = `${exact(totals.errors)} of ${exact(totals.requests)} requests`;
  const crawlers = totals.crawler_requests === null ? "Not available" : `${exact(totals.crawler_requests)} requests`;
  const changed = (by: typeof points, get: (sums: Sums) => number | null) => (compared === LOADING ? LOADING : now === null || before === null ? undefined : by(get(now), get(before)));
  return (
    <dl class={hasCrawlers ? "cards" : "cards five"}>
      <Card title="Bandwidth" hint="Bytes delivered in response bodies" exact={exactBytes(totals.bandwidth_bytes)} change={changed(relative, (sums) => sums.bandwidth_bytes)} course={course((day) => day.bandwidth_bytes)}>
        <Bytes value={totals.bandwidth_bytes} />
      </Card>
      <Card title="Requests" hint="All requests, including errors" exact={exact(totals.requests)} change={changed(relative, (sums) => sums.requests)} course={course((day) => day.requests)}>
        <Count value={totals.requests} />
      </Card>
      <Card
        title="Cache hit ratio"
        hint="Share of cache lookups that were hits. Above 90% is excellent, above 80% good."
        exact={hits}
        better="up"
        change={changed(points, (sums) => sums.cache_hit_ratio)}
        note={totals.cache_rating && <Rating rating={totals.cache_rating} lookups={totals.cache_hits + totals.cache_misses} />}
        course={course((day) => share(day.cache_hits, day.cache_hits + day.cache_misses))}
      >
        <Part value={share(totals.cache_hits, totals.cache_hits + totals.cache_misses)} title={hits} />
      </Card>
      <Card
        title="Error rate"
        hint="Share of responses with status 400 or higher"
        exact={failed}
        better="down"
        change={changed(points, (sums) => sums.error_rate)}
        note={`${exact(totals.errors)} ${totals.errors === 1 ? "error" : "errors"}`}
        course={course((day) => share(day.errors, day.requests))}
      >
        <Part value={share(totals.errors, totals.requests)} title={failed} />
      </Card>
      <Card title="Bytes saved" hint="How many bytes variants saved compared with their originals" exact={exactBytes(totals.bytes_saved)} better="up" change={changed(relative, (sums) => sums.bytes_saved)} course={course((day) => day.bytes_saved)}>
        <Bytes value={totals.bytes_saved} />
      </Card>
      {hasCrawlers && (
        <Card
          title="Crawlers"
          hint="Share of requests from search and AI crawlers. Days without crawler data are left out."
          exact={totals.crawler_requests === null ? undefined : crawlers}
          change={changed(points, (sums) => sums.crawler_share)}
          note={totals.crawler_bandwidth_bytes === null ? missing : bytes(totals.crawler_bandwidth_bytes)}
          course={course((day) => (day.crawler_requests === null ? null : share(day.crawler_requests, day.requests)))}
        >
          <Part value={totals.crawler_share} amount={totals.crawler_requests ?? 0} title={crawlers} />
        </Card>
      )}
    </dl>
  );
}

function Rating({ rating, lookups }: { rating: keyof typeof RATINGS; lookups: number }) {
  if (lookups < FEWEST_RATED) return <span title={`Rated from ${FEWEST_RATED} cache lookups on`}>Few requests</span>;
  return <span class={`rating ${rating}`}>{RATINGS[rating]}</span>;
}

function Part({ value, amount = 0, title }: { value: number | null; amount?: number; title: string }) {
  return (
    <span class="number" title={title}>
      {value === null ? "–" : roundedPercent(value, amount)}
    </span>
  );
}
