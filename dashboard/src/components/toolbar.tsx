// What the figures of a view are of: days, comparison, filters, and how current they are.

import type { ComponentChildren } from "preact";
import { clock } from "../format/date.ts";
import { ComparePicker } from "./compare-picker.tsx";
import { FilterChips } from "./filter-chips.tsx";
import { RangePicker } from "./range-picker.tsx";

interface Properties {
  title: string;
  hasComparison?: boolean;
  hasFilters?: boolean;
  /** RFC 3339. */
  generatedAt?: string;
  isLive?: boolean;
  /** The last refresh went wrong. */
  isFailing?: boolean;
  children?: ComponentChildren;
}

export function Toolbar({ title, hasComparison = false, hasFilters = false, generatedAt, isLive = false, isFailing = false, children }: Properties) {
  return (
    <div class="toolbar">
      <h1>{title}</h1>
      <RangePicker />
      {hasComparison && <ComparePicker />}
      {children}
      {generatedAt !== undefined && (
        <span class="current" title={isLive ? "Fetched again every 20 seconds while you look, lists every minute" : "Not fetched again by itself"}>
          {isLive && !isFailing && <i class="live" aria-hidden="true" />}
          {isFailing ? "not refreshed since" : "as of"} <span class="number">{clock(generatedAt)}</span>
        </span>
      )}
      {hasFilters && <FilterChips />}
    </div>
  );
}
