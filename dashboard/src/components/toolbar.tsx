// The scope of a view: days, comparison and filters; and how current its data is.

import type { ComponentChildren } from "preact";
import { clock, minute } from "../format/date.ts";
import { duration } from "../format/number.ts";
import { now } from "../state/clock.ts";
import { ComparePicker } from "./compare-picker.tsx";
import { FilterChips } from "./filter-chips.tsx";
import { RangePicker } from "./range-picker.tsx";

interface Properties {
  title: string;
  hasComparison?: boolean;
  /** Whether the filters narrow the report. */
  isFiltered?: boolean;
  /** When the page received the data; RFC 3339. */
  generatedAt?: string;
  isLive?: boolean;
  /** The last refresh failed. */
  isFailing?: boolean;
  children?: ComponentChildren;
}

export function Toolbar({ title, hasComparison = false, isFiltered = false, generatedAt, isLive = false, isFailing = false, children }: Properties) {
  return (
    <div class="toolbar">
      <h1>{title}</h1>
      <RangePicker />
      {hasComparison && <ComparePicker />}
      {children}
      {/* Always there, so that nothing moves when the data arrives. */}
      {generatedAt === undefined ? <span class="current">{"\u00a0"}</span> : <Current at={generatedAt} isLive={isLive} isFailing={isFailing} />}
      <FilterChips isIgnored={!isFiltered} />
    </div>
  );
}

const REFRESHES = "Refreshes every 20 seconds while this tab is visible; lists every minute.";

/** How long ago the data was received. */
function Current({ at, isLive, isFailing }: { at: string; isLive: boolean; isFailing: boolean }) {
  const seconds = Math.max(0, (now.value - Date.parse(at)) / 1000);
  const age = seconds < 60 ? duration(seconds) : duration(seconds - (seconds % 60));
  return (
    <span class="current" title={`${clock(at)}. ${isLive ? REFRESHES : "Doesn’t refresh automatically."}`}>
      {isLive && !isFailing && <i class="live" aria-hidden="true" />}
      <time class="number" dateTime={at}>
        {isFailing ? `Last updated ${minute(at)} · reconnecting…` : `Updated ${age} ago`}
      </time>
    </span>
  );
}
