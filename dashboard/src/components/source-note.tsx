// Where a filtered report comes from, and how exact it is.

import type { Source } from "../api/reports.ts";
import { exact } from "../format/number.ts";
import { view } from "../state/location.ts";
import type { Report } from "../state/report.ts";
import { Hint } from "./hint.tsx";

const SOURCES = {
  d1: "These filters use the daily counts in the database.",
  analytics_engine: "These filters use Analytics Engine, where a request appears about a minute later.",
};

/** A line below the filters, which has its room before the report is there. */
export function SourceNote({ report }: { report: Report<{ source?: Source }> }) {
  if (view.value.filters.length === 0) return null;
  const source = report.isStale ? undefined : report.data?.source;
  return <div class="source filtered">{source !== undefined && <Words source={source} />}</div>;
}

function Words({ source }: { source: Source }) {
  const { unassigned_requests: unassigned } = source;
  const behind = source.kind === "analytics_engine" ? ", about a minute behind" : "";
  const parts = [
    source.sampled ? `Estimated from a sample (±${exact(source.error)} requests)${behind}.` : unassigned === 0 ? `Exact count${behind}.` : "",
    unassigned === 0 ? "" : `${exact(unassigned)} ${unassigned === 1 ? "request" : "requests"} can’t be attributed to an image, variant, country or status.`,
  ];
  return (
    <>
      <span>{parts.filter((part) => part !== "").join(" ")}</span>
      <Hint about="the source">{SOURCES[source.kind]}</Hint>
    </>
  );
}
