// How current and how complete the data is.

import type { ComponentChildren } from "preact";
import type { DayState, DayStatus, Run, Status } from "../api/reports.ts";
import { sentence } from "../components/notice.tsx";
import { Panel } from "../components/panel.tsx";
import { Stack } from "../components/stack.tsx";
import { TableSkeleton } from "../components/table-skeleton.tsx";
import { Toolbar } from "../components/toolbar.tsx";
import { WideTable, amount } from "../components/wide-table.tsx";
import { completeness } from "../format/completeness.ts";
import { interval, moment, shortDay, span } from "../format/date.ts";
import { exact } from "../format/number.ts";
import { runWords } from "../format/run.ts";
import { health } from "../state/health.ts";
import { hasToday } from "../state/query.ts";
import { receivedAt } from "../state/received.ts";
import { useStatus } from "../state/status.ts";

const STATES: Record<DayState, { sign: string; name: string }> = {
  final: { sign: "✓", name: "final" },
  closed: { sign: "✓", name: "provisional" },
  today: { sign: "…", name: "in progress" },
  open: { sign: "!", name: "pending" },
  unknown: { sign: "–", name: "no data" },
};

const SOURCES = {
  realtime: "Real-time count",
  engine: "Analytics Engine",
  zone: "Cloudflare zone analytics",
  mixed: "Several sources",
};

const ERROR_HINT = "Error: margin for estimated days (three standard deviations).";
const DRIFT_HINT = "Drift: difference between Analytics Engine and Cloudflare’s own request count, all owners.";

const RUNS: Record<string, string> = { aggregate: "Finalise day", purge: "Delete expired data", storage: "Measure storage" };

export function Quality() {
  const report = useStatus();
  const { data } = report;
  return (
    <>
      <Toolbar title="Data quality" generatedAt={data === null ? undefined : receivedAt(data)} isLive={hasToday.value} isFailing={report.failure !== null} />
      <Stack report={report}>
        {data === null ? (
          <Panel title="Summary">
            <TableSkeleton rows={6} />
          </Panel>
        ) : (
          <>
            <Panel title="Summary">
              <div class="words">
                {completeness(data.days, data.messages).map((message) => (
                  <p class="message" key={message}>
                    {message}
                  </p>
                ))}
              </div>
              <Facts status={data} />
            </Panel>
            <Panel title="Status by day">
              <Strip days={data.days} />
              <Days days={data.days} />
              <p class="words hint">{ERROR_HINT} {DRIFT_HINT}</p>
            </Panel>
            {data.runs && (
              <Panel title="Recent nightly runs">
                <Runs runs={data.runs} />
              </Panel>
            )}
          </>
        )}
      </Stack>
    </>
  );
}

function Facts({ status }: { status: Status }) {
  const { uncounted } = status;
  const none = "None";
  return (
    <dl class="facts">
      <Fact name="Real-time counting">{status.realtime_enabled ? "On. Requests appear within seconds." : "Off. Requests appear the next day."}</Fact>
      <Fact name="Nightly check">
        {!status.batch_enabled
          ? "Off. Days keep their real-time counts."
          : status.last_aggregation_at === null
            ? "On. First run pending."
            : `On. Last run ${moment(status.last_aggregation_at)}${status.last_aggregation_date ? `; covers days up to ${shortDay(status.last_aggregation_date)}` : ""}.`}
      </Fact>
      {health.value?.analytics?.limitation !== undefined && <Fact name="Analytics Engine">Not set up. Past days aren’t checked at night, and most filters aren’t available.</Fact>}
      <Fact name="Past days still pending">{status.gaps.length === 0 ? none : status.gaps.map(shortDay).join(", ")}</Fact>
      <Fact name="Missed by real-time counting (all owners)">
        {uncounted.shed_requests + uncounted.lost_requests === 0
          ? none
          : `${exact(uncounted.shed_requests)} restored nightly (${exact(uncounted.shed_requests_to_restore)} pending), ${exact(uncounted.lost_requests)} lost.`}
      </Fact>
      <Fact name="Estimated days">
        {status.days.some((day) => day.estimated) ? status.days.filter((day) => day.estimated).map((day) => `${shortDay(day.date)} (±${exact(day.error)} requests)`).join(", ") : none}
      </Fact>
    </dl>
  );
}

function Fact({ name, children }: { name: string; children: ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** At most this many days have a label for each week; more have one for each month. */
const MOST_BY_WEEK = 45;

/** Not near the end, where a label has no room. */
function isLabelled(days: DayStatus[], index: number): boolean {
  const { date } = days[index]!;
  const begins = days.length <= MOST_BY_WEEK ? new Date(date).getUTCDay() === 1 : date.endsWith("-01");
  return begins && (days.length - index) * 8 > days.length;
}

/** The days at a glance. The table below has the same data as text. */
function Strip({ days }: { days: DayStatus[] }) {
  const used = (Object.keys(STATES) as DayState[]).filter((state) => days.some((day) => day.state === state));
  return (
    <div class="strip-frame" aria-hidden="true">
      <div class="strip">
        {days.map((day) => (
          <span key={day.date} class={`day-${day.state}${day.estimated ? " estimated" : ""}`} title={`${shortDay(day.date)}: ${STATES[day.state].name}`}>
            {STATES[day.state].sign}
          </span>
        ))}
      </div>
      <div class="strip strip-days">
        {days.map((day, index) => (
          <span key={day.date}>{isLabelled(days, index) && <b>{shortDay(day.date)}</b>}</span>
        ))}
      </div>
      <div class="strip-legend">
        <span>{interval(days[0]!.date, days.at(-1)!.date)}</span>
        {used.map((state) => (
          <span key={state}>
            <i class={`day-${state}`}>{STATES[state].sign}</i> {STATES[state].name}
          </span>
        ))}
      </div>
    </div>
  );
}

function Days({ days }: { days: DayStatus[] }) {
  return (
    <WideTable label="Table of status by day" columns={["Day (UTC)", "State", "Source", amount("Error", ERROR_HINT), amount("Drift", DRIFT_HINT), "Details"]} kind="roomy stacked" isTall>
      {groups(days).toReversed().map(({ day, first }) => (
        <tr key={day.date}>
          <th scope="row" class="number">
            {interval(first, day.date)}
            {first !== day.date && <span class="aside"> {span(first, day.date)} days</span>}
          </th>
          <td data-label="State">{STATES[day.state].name}</td>
          <td data-label="Source">{day.state === "unknown" ? "–" : SOURCES[day.source]}</td>
          <td class="amount" data-label="Error" title={ERROR_HINT}>{day.state === "unknown" ? "–" : day.error === 0 ? "none" : `±${exact(day.error)}`}</td>
          <td class="amount" data-label="Drift" title={DRIFT_HINT}>
            {drift(day)}
          </td>
          <td>{day.state === "unknown" ? "Before data collection started." : sentence(day.message)}</td>
        </tr>
      ))}
    </WideTable>
  );
}

/** Merges neighbours with the same content: the first day, and the last with everything else. */
function groups(days: DayStatus[]): { first: string; day: DayStatus }[] {
  const content = (day: DayStatus) => JSON.stringify([day.state, day.source, day.error, drift(day), day.message]);
  const found: { first: string; day: DayStatus }[] = [];
  for (const day of days) {
    const last = found.at(-1);
    if (last !== undefined && content(last.day) === content(day)) last.day = day;
    else found.push({ first: day.date, day });
  }
  return found;
}

function drift(day: DayStatus): string {
  return day.drift === null ? "–" : `${(day.drift * 100).toFixed(2)}%`;
}

function Runs({ runs }: { runs: Run[] }) {
  if (runs.length === 0) return <p class="words">No runs yet.</p>;
  return (
    <WideTable label="Table of nightly runs" columns={["Run", "State", "Ended", amount("Duration"), amount("Rows"), "Outcome"]} kind="roomy stacked" isTall>
      {runs.map((run) => (
        <tr key={run.id}>
          <th scope="row">
            {RUNS[run.kind] ?? run.kind} <span class="aside">{run.id}</span>
          </th>
          <td data-label="State">{run.state}</td>
          <td class="number" data-label="Ended">{run.finished_at === null ? "" : moment(run.finished_at)}</td>
          <td class="amount" data-label="Duration">{(run.duration_ms / 1000).toFixed(2)} s</td>
          <td class="amount" data-label="Rows">{exact(run.rows)}</td>
          <td title={run.outcome ?? undefined}>{runWords(run)}</td>
        </tr>
      ))}
    </WideTable>
  );
}
