// The usage: a month beside the last days, video and AI processing, and storage.

import type { ComponentChildren } from "preact";
import { address } from "../api/client.ts";
import type { Metrics, StorageFigures, StorageReport } from "../api/reports.ts";
import { Card, CardSkeletons } from "../components/card.tsx";
import { CsvLink } from "../components/csv-link.tsx";
import { Bytes, Count } from "../components/figure.tsx";
import { FilterChips } from "../components/filter-chips.tsx";
import { Icon } from "../components/icon.tsx";
import { Link } from "../components/link.tsx";
import { Notice, ReportFailure } from "../components/notice.tsx";
import { Panel } from "../components/panel.tsx";
import { Stack } from "../components/stack.tsx";
import { TableSkeleton } from "../components/table-skeleton.tsx";
import { WideTable, amount } from "../components/wide-table.tsx";
import { longDay, moment, month as monthName, otherMonth, plus, today } from "../format/date.ts";
import { bytes, duration, exact, exactBytes, units } from "../format/number.ts";
import { LIST_BEATS } from "../state/clock.ts";
import { health } from "../state/health.ts";
import { view } from "../state/location.ts";
import { ownerParameter, usualDays } from "../state/query.ts";
import { useReport } from "../state/report.ts";

const NOTHING = "–";

export function Usage() {
  const month = view.value.month ?? today().slice(0, 7);
  const isPast = month < today().slice(0, 7);
  const path = address("/v1/usage/metrics", { owner: ownerParameter.value, month });
  const metrics = useReport<Metrics>(path, { isLive: !isPast, beats: LIST_BEATS });
  return (
    <>
      <div class="toolbar">
        <h1>Usage</h1>
        <MonthSwitch month={month} />
        <FilterChips isIgnored />
      </div>
      <Stack report={metrics}>
        <div class="grid">
          <Panel title="Usage" class="span-6" aside={<CsvLink address={path} of="monthly usage" days={month} />}>
            <div class="months">{metrics.data === null ? <TableSkeleton rows={5} /> : <SideBySide metrics={metrics.data} />}</div>
          </Panel>
          <Panel title="Video and AI processing" class="span-6">
            {metrics.data === null ? <TableSkeleton rows={5} /> : <Metered metrics={metrics.data} />}
          </Panel>
        </div>
        {isPast && (
          <Panel title="Storage at month end">{metrics.data === null ? <CardSkeletons titles={STORAGE_TITLES} /> : <MonthStorage metrics={metrics.data} />}</Panel>
        )}
      </Stack>
      {!isPast && <CurrentStorage />}
    </>
  );
}

const STORAGE_TITLES = ["Stored", "Originals", "Variants"];

/** The storage as of the last night. */
function CurrentStorage() {
  const path = address("/v1/usage/storage", { owner: ownerParameter.value });
  const storage = useReport<StorageReport>(path);
  const { data } = storage;
  return (
    <>
      <Stack report={storage}>
        <Panel title="Storage" aside={<CsvLink address={path} of="storage" days={`${plus(today(), 1 - usualDays.value)}-${today()}`} />}>
          {data === null ? <CardSkeletons titles={STORAGE_TITLES} /> : <Storage data={data} />}
          {data?.owners && data.owners.length > 0 && <ByOwner data={data} />}
        </Panel>
      </Stack>
      {data?.freshness.message && <Notice>{data.freshness.message}</Notice>}
    </>
  );
}

/** The storage when a month ended. */
function MonthStorage({ metrics: { storage } }: { metrics: Metrics }) {
  if (storage === null) return <p class="words">Storage wasn’t measured before this month ended.</p>;
  return <StorageCards latest={storage} note={`as of ${longDay(storage.date)}`} />;
}

function MonthSwitch({ month }: { month: string }) {
  const now = today().slice(0, 7);
  return (
    <nav class="month-switch" aria-label="Month">
      <Link class="control square" label="Previous month" to={{ month: otherMonth(month, -1) }}>
        <Icon name="left" />
      </Link>
      <strong aria-live="polite">{monthName(`${month}-01`)}</strong>
      {month < now && (
        <Link class="control square" label="Next month" to={{ month: otherMonth(month, 1) === now ? null : otherMonth(month, 1) }}>
          <Icon name="right" />
        </Link>
      )}
    </nav>
  );
}

/** Whether a month has any data; a month without data has no zeros either. */
function isRecorded({ requests, bandwidth_bytes: bytes, video_processing: video, extensions, storage }: Metrics): boolean {
  return requests > 0 || bytes > 0 || video.rows.length > 0 || extensions.rows.length > 0 || storage !== null;
}

function SideBySide({ metrics }: { metrics: Metrics }) {
  const days = address("/v1/usage/metrics", { owner: ownerParameter.value, days: usualDays.value });
  const report = useReport<Metrics>(health.value === undefined ? null : days, { isLive: true, beats: LIST_BEATS });
  const rolling = report.data;
  const hasData = isRecorded(metrics);
  const name = `${monthName(metrics.start)}${metrics.complete ? "" : " (so far)"}`;
  return (
    <>
      <ReportFailure report={report} />
      <WideTable label={`Usage in the month and in the last ${usualDays.value} days`} columns={["Metric", amount(name), amount(`Last ${usualDays.value} days`)]} kind="side-by-side">
        <Line name="Requests" now={hasData ? <Count value={metrics.requests} /> : NOTHING} then={rolling && <Count value={rolling.requests} />} />
        <Line name="Bandwidth" now={hasData ? <Bytes value={metrics.bandwidth_bytes} /> : NOTHING} then={rolling && <Bytes value={rolling.bandwidth_bytes} />} />
        <Line name="Video processing units" now={hasData ? <Units value={metrics.video_processing.units} /> : NOTHING} then={rolling && <Units value={rolling.video_processing.units} />} />
        <Line name="Extension units" now={hasData ? <Units value={metrics.extensions.units} /> : NOTHING} then={rolling && <Units value={rolling.extensions.units} />} />
        <Line name={metrics.complete ? "Stored at month end" : "Stored"} now={metrics.storage === null ? "Not measured" : <Bytes value={metrics.storage.total_bytes} />} then="" />
      </WideTable>
      {!hasData && <p class="words hint">No usage this month.</p>}
    </>
  );
}

function Line({ name, now, then }: { name: string; now: ComponentChildren; then: ComponentChildren }) {
  return (
    <tr>
      <th scope="row">{name}</th>
      <td class="amount">{now}</td>
      <td class="amount">{then ?? "…"}</td>
    </tr>
  );
}

function Units({ value }: { value: number }) {
  return (
    <span class="number" title={exact(value)}>
      {units(value)}
    </span>
  );
}

function Metered({ metrics: { video_processing: video, extensions } }: { metrics: Metrics }) {
  if (video.rows.length === 0 && extensions.rows.length === 0) {
    return (
      <p class="words">
        No video or AI processing this month. Report it with <code>POST /v1/usage/events</code>.
      </p>
    );
  }
  return (
    <WideTable label="Table of video and AI processing" columns={["Operation", amount("Amount"), amount("Units")]}>
      {video.rows.map((row) => (
        <tr key={`${row.resolution} ${row.codec}`}>
          <th scope="row">
            Video, {row.resolution}, {row.codec}
          </th>
          <td class="amount" title={`${exact(row.seconds)} seconds`}>{duration(row.seconds)}</td>
          <td class="amount">
            <Units value={row.units} />
          </td>
        </tr>
      ))}
      {extensions.rows.map((row) => (
        <tr key={row.name}>
          <th scope="row">{row.name}</th>
          <td class="amount">{exact(row.operations)} {row.operations === 1 ? "operation" : "operations"}</td>
          <td class="amount">
            <Units value={row.units} />
          </td>
        </tr>
      ))}
    </WideTable>
  );
}

function Storage({ data: { latest, daily, freshness } }: { data: StorageReport }) {
  if (latest === null) return <p class="words">Storage is measured nightly. The first measurement appears after the next run.</p>;
  return <StorageCards latest={latest} daily={daily} note={freshness.measured_at === null ? "" : `as of ${moment(freshness.measured_at)}`} />;
}

function StorageCards({ latest, daily, note }: { latest: StorageFigures; daily?: StorageFigures[]; note: string }) {
  return (
    <dl class="cards three">
      <Card title="Stored" hint="Originals and variants" exact={exactBytes(latest.total_bytes)} note={note} course={daily?.map((day) => day.total_bytes)}>
        <Bytes value={latest.total_bytes} />
      </Card>
      <Card title="Originals" hint="Uploaded files" exact={exactBytes(latest.original_bytes)} note={objects(latest.original_objects)} course={daily?.map((day) => day.original_bytes)}>
        <Bytes value={latest.original_bytes} />
      </Card>
      <Card title="Variants" hint="Stored variants of originals" exact={exactBytes(latest.derived_bytes)} note={objects(latest.derived_objects)} course={daily?.map((day) => day.derived_bytes)}>
        <Bytes value={latest.derived_bytes} />
      </Card>
    </dl>
  );
}

function objects(number: number): string {
  return `${exact(number)} ${number === 1 ? "object" : "objects"}`;
}

function ByOwner({ data: { owners = [], unattributed } }: { data: StorageReport }) {
  return (
    <WideTable label="Storage by owner" columns={["Owner", amount("Stored"), amount("Originals"), amount("Variants"), amount("Objects")]}>
      {owners.map((one) => (
        <tr key={one.value}>
          <th scope="row" class="owner-name">
            {one.value}
          </th>
          <td class="amount">
            <Bytes value={one.total_bytes} />
          </td>
          <td class="amount">{bytes(one.original_bytes)}</td>
          <td class="amount">{bytes(one.derived_bytes)}</td>
          <td class="amount">
            <Count value={one.objects} />
          </td>
        </tr>
      ))}
      {unattributed && unattributed.objects > 0 && (
        <tr class="quiet-row">
          <th scope="row">Unattributed objects (keys outside any owner’s folder)</th>
          <td class="amount">{bytes(unattributed.bytes)}</td>
          <td class="amount" />
          <td class="amount" />
          <td class="amount">{exact(unattributed.objects)}</td>
        </tr>
      )}
    </WideTable>
  );
}
