// The overview: what uses the bandwidth, what fails, what has changed.

import { useEffect, useRef, useState } from "preact/hooks";
import { reportAddress } from "../api/client.ts";
import type { Overview as OverviewReport, Source } from "../api/reports.ts";
import { Breakdown } from "../components/breakdown.tsx";
import { CardSkeletons } from "../components/card.tsx";
import { CsvLink } from "../components/csv-link.tsx";
import { Daily } from "../components/daily.tsx";
import { Hourly } from "../components/hourly.tsx";
import { FilterStatus } from "../components/filter-status.tsx";
import { Link } from "../components/link.tsx";
import { LiveStrip } from "../components/live-strip.tsx";
import { LOADING } from "../components/figure.tsx";
import { FILES } from "../components/list-row.tsx";
import { Notice } from "../components/notice.tsx";
import { DimensionHint, Panel, TabbedPanel } from "../components/panel.tsx";
import { QualityNote } from "../components/quality-note.tsx";
import { SourceNote } from "../components/source-note.tsx";
import { Stack } from "../components/stack.tsx";
import { Toolbar } from "../components/toolbar.tsx";
import { CARD_TITLES, TotalCards } from "../components/total-cards.tsx";
import { FirstRequest, Welcome } from "../components/welcome.tsx";
import { WorldMap } from "../components/world-map.tsx";
import { comparedDays } from "../format/comparison.ts";
import { health, isPersonal, retentionDays } from "../state/health.ts";
import { view } from "../state/location.ts";
import { ALL, comparison, hasHours, hasToday, isLive, narrowed, owner } from "../state/query.ts";
import { receivedAt } from "../state/received.ts";
import { useReport, type Report } from "../state/report.ts";
import { useComparable } from "../state/status.ts";

function overviewAddress(): string {
  return reportAddress("overview", { ...narrowed.value, compare: comparison.value, interval: hasHours.value ? "hour" : undefined });
}

export function Overview() {
  const { filters } = view.value;
  const path = overviewAddress();
  const report = useReport<OverviewReport>(path, { isLive: isLive() });
  // The lists load after the overview, or else the cards would come last.
  const [asked, setAsked] = useState<string | null>(null);
  useEffect(() => setAsked(path), [path]);
  const isPaused = report.failure !== null || (asked !== path && report.isLoading);
  const { data } = report;
  const analytics = health.value?.analytics;
  const found = useComparable(data, data?.comparison ?? null);
  const isComparing = comparison.value !== undefined && data?.comparison !== null;
  const compared = !isComparing ? null : found === null || report.isStale ? LOADING : found;
  const isNew = data !== null && data.totals.requests === 0 && filters.length === 0 && report.isCurrent;
  const waited = useRef<string | null>(null);
  if (isNew) waited.current = path;
  const hasArrived = !isNew && report.isCurrent && waited.current === path;
  return (
    <>
      <Toolbar title="Overview" hasComparison isFiltered generatedAt={data === null ? undefined : receivedAt(data)} isLive={isLive()} isFailing={report.failure !== null} />
      {data?.comparison === null && data.comparison_reason && <Notice>{notComparable(data.source)}</Notice>}
      <SourceNote report={report} />
      {analytics?.enabled === false && <Notice kind="bad">Recording is off: {analytics.reason}.</Notice>}
      <FilterStatus requests={data !== null && report.isCurrent ? data.totals.requests : null} />
      <Stack report={report}>
        {data === null ? <CardSkeletons titles={CARD_TITLES} /> : <TotalCards report={data} comparison={compared} />}
        <div class="remarks">
          <p class="source">{compared !== null && compared !== LOADING && comparedDays(compared)}</p>
          <p class="source">{data !== null && <QualityNote />}</p>
        </div>
        {isNew && <Welcome />}
        {hasArrived && <FirstRequest />}
      </Stack>
      {(data !== null || report.isEmpty) && !isNew && <Parts report={report} isPaused={isPaused} />}
    </>
  );
}

/** By hour where there are few days, else by day. */
function Traffic({ report }: { report: OverviewReport }) {
  const { hourly, hourly_unassigned_requests: unassigned = 0, totals } = report;
  if (hourly !== undefined && totals.requests > unassigned) return <Hourly hours={hourly} before={report.comparison?.hourly ?? null} unassigned={unassigned} />;
  return <Daily report={report} comparison={report.comparison ?? null} />;
}

interface PartsProperties {
  report: Report<OverviewReport>;
  isPaused: boolean;
}

/** The traffic by day, file, country and every other dimension. Each list loads its own report. */
function Parts({ report, isPaused }: PartsProperties) {
  const { data, isStale, isLoading } = report;
  // A dimension without a list may have rows.
  const hasRows = data === null || !report.isCurrent ? null : (dimension: string) => data.top[dimension]?.length !== 0;
  return (
    <div class={isStale && !isLoading ? "grid stale" : "grid"}>
      {hasToday.value && view.value.filters.length === 0 && <LiveStrip />}
      <Panel title="Traffic" class="span-6" aside={<CsvLink address={overviewAddress()} of="daily traffic" />}>
        <div class={isStale && isLoading ? "stale" : ""}>{data === null ? <div class="daily-skeleton" /> : <Traffic report={data} />}</div>
      </Panel>
      <TabbedPanel hasRows={hasRows} name="files" title="Files" class="span-6" dimensions={[...(owner.value === ALL ? ["owner"] : []), "image", "video", "other"]}>
        {(dimension) => (
          <>
            <Breakdown key={dimension} dimension={dimension} isPaused={isPaused} size={9} />
            {owner.value === ALL && FILES.includes(dimension) && (
              <p class="panel-link hint">Files with the same path are combined across owners. Select an owner to open a file.</p>
            )}
          </>
        )}
      </TabbedPanel>
      <Panel title="Countries" class="span-8" aside={<DimensionHint dimension="country" />}>
        <div class="geography">
          <WorldMap isPaused={isPaused} />
          <Breakdown dimension="country" isPaused={isPaused} />
        </div>
      </Panel>
      <TabbedPanel hasRows={hasRows} name="answers" title="Responses" class="span-4" dimensions={["error_reason", "status", "cache"]}>
        {(dimension) => (
          <>
            <Breakdown key={dimension} dimension={dimension} isPaused={isPaused} />
            {dimension === "error_reason" && (
              <p class="panel-link">
                <Link to={{ view: "errors", pages: {} }}>View failing URLs and who links to them →</Link>
              </p>
            )}
          </>
        )}
      </TabbedPanel>
      <TabbedPanel hasRows={hasRows} name="forms" title="Transformations and formats" class="span-4" dimensions={["variant", "format", "asset_type"]}>
        {(dimension) => <Breakdown key={dimension} dimension={dimension} isPaused={isPaused} />}
      </TabbedPanel>
      <TabbedPanel hasRows={hasRows} name="sources" title="Traffic sources" class="span-4" dimensions={["referrer", "bot", "crawler", ...(isPersonal.value ? ["ip"] : [])]}>
        {(dimension) => <Breakdown key={dimension} dimension={dimension} isPaused={isPaused} />}
      </TabbedPanel>
      <TabbedPanel hasRows={hasRows} name="clients" title="Clients" class="span-4" dimensions={["device", "browser", "os", ...(isPersonal.value ? ["user_agent"] : [])]}>
        {(dimension) => <Breakdown key={dimension} dimension={dimension} isPaused={isPaused} />}
      </TabbedPanel>
    </div>
  );
}

/** Why the period before cannot be shown. */
function notComparable(source: Source | undefined): string {
  const kept = source?.kind === "analytics_engine" ? "Analytics Engine keeps" : `the ${retentionDays.value} days we keep`;
  return `No comparison: the previous period is older than ${kept}.`;
}
