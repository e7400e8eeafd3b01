// What the reports of a view are asked for: whose, of which days, and through which filters.

import { computed, effect } from "@preact/signals";
import { span, today } from "../format/date.ts";
import { isOfMonth } from "../format/range.ts";
import { parseFilter } from "./filter.ts";
import { retentionDays } from "./health.ts";
import { go, view } from "./location.ts";
import { session } from "./session.ts";
import type { Days } from "./view.ts";

/** All owners together, in the API's words. */
export const ALL = "*";

/** Whose figures are shown: a name, or `*`. */
export const owner = computed<string>(() => {
  if (session.value.is !== "in") return ALL;
  const { owner: own, is_admin } = session.value.session;
  return (is_admin ? view.value.owner : null) ?? own?.name ?? ALL;
});

export const isAdmin = computed(() => session.value.is === "in" && session.value.session.is_admin);

// An address says what is shown: whoever is no administrator is shown no one else's figures, and no administration.
effect(() => {
  if (session.value.is !== "in" || isAdmin.value) return;
  const { owner: asked, view: name } = view.value;
  if (asked !== null && asked !== owner.value) go({ owner: null }, { replace: true });
  if (name === "admin") go({ view: "overview" }, { replace: true });
});

/** The `owner` parameter: only administrators may give one. */
export const ownerParameter = computed(() => (isAdmin.value ? owner.value : undefined));

/** The last so many days, as far as they are kept. */
const USUAL_DAYS = 30;

export const usualDays = computed(() => Math.min(USUAL_DAYS, retentionDays.value));

/** The days of the view. */
export const range = computed<Days>(() => view.value.range ?? { days: usualDays.value });

/** The period to compare with, as the API names it: a month is compared with the month before. None: no comparison. */
export const comparison = computed<"previous" | "weekday" | "month" | undefined>(() => {
  const { compare } = view.value;
  if (compare === "none") return undefined;
  return compare === "previous" && isOfMonth(range.value) ? "month" : compare;
});

type Parameters = Record<string, string | number | string[] | undefined>;

/** Whose, and of which days; the API has the same usual ones. */
export const scope = computed<Parameters>(() => ({ owner: ownerParameter.value, ...view.value.range }));

/** The same, through the filters. */
export const narrowed = computed<Parameters>(() => ({ ...scope.value, filter: view.value.filters }));

/** At most so many days are shown by hour. */
const HOURLY_DAYS = 2;

/** Whether traffic is shown by hour: of a day or two, and all of it. */
export const hasHours = computed(() => {
  const days = "days" in range.value ? range.value.days : span(range.value.start, range.value.end);
  return days <= HOURLY_DAYS && view.value.filters.length === 0;
});

/** What D1 tells together; all else is asked of Analytics Engine as soon as there is a filter. */
const TOLD_BY_D1 = ["image", "video", "other", "variant", "status", "country", "asset_type"];

/** Whether today is among the days, so that the numbers still grow. */
export const hasToday = computed(() => "days" in range.value || range.value.end >= today());

/**
 * Whether a report is fetched again by itself: where today is among its days. Not where filters send it to Analytics Engine,
 * whose API answers only so often.
 */
export function isLive(dimension?: string): boolean {
  const { filters, complete } = view.value;
  const asked = [...filters.map((filter) => parseFilter(filter)?.dimension), dimension].filter((it) => it !== undefined);
  const isOfHits = filters.length > 0 || (dimension !== undefined && complete.includes(dimension));
  const isOfEngine = isOfHits && asked.some((it) => !TOLD_BY_D1.includes(it));
  return !isOfEngine && hasToday.value;
}
