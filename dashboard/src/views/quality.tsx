// How current and how complete the figures are, in plain words.

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
import { isLive } from "../state/query.ts";
import { receivedAt } from "../state/received.ts";
import { useStatus } from "../state/status.ts";

const STATES: Record<DayState, { sign: string; name: string }> = {
  final: { sign: "✓", name: "final" },
  closed: { sign: "✓", name: "closed, looked at again" },
  today: { sign: "…", name: "today, being counted" },
  open: { sign: "!", name: "over, not closed" },
  unknown: { sign: "", name: "nothing known" },
};

const SOURCES = {
  realtime: "Counted in realtime",
  engine: "Analytics Engine",
  zone: "The zone’s analytics",
  mixed: "Several sources",
};

const ERROR_HINT = "Error: how many requests more or less it may be where days are estimated, three standard deviations of what was sampled.";
const DRIFT_HINT = "Drift: how far Analytics Engine is from Cloudflare’s own count of its hits, of all owners together; realtime is not part of that.";

const RUNS: Record<string, string> = { aggregate: "Closing a day", purge: "Removing old days", storage: "Measuring what is stored" };

export function Quality() {
  const report = useStatus();
  const { data } = report;
  return (
    <>
      <Toolbar title="Data quality" generatedAt={data === null ? undefined : receivedAt(data)} isLive={isLive()} isFailing={report.failure !== null} />
      <Stack report={report}>
        {data === null ? (
          <Panel title="In short">
            <TableSkeleton rows={6} />
          </Panel>
        ) : (
          <>
            <Panel title="In short">
              <div class="words">
                {completeness(data.days, data.messages).map((message) => (
                  <p class="message" key={message}>
                    {message}
                  </p>
                ))}
              </div>
              <Facts status={data} />
            </Panel>
            <Panel title="Every day">
              <Strip days={data.days} />
              <Days days={data.days} />
              <p class="words hint">{ERROR_HINT} {DRIFT_HINT}</p>
            </Panel>
            {data.runs && (
              <Panel title="The last runs of the nightly job">
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
      <Fact name="Counting in realtime">{status.realtime_enabled ? "On: a request is here some seconds after it was answered." : "Off: requests are here after the night."}</Fact>
      <Fact name="The nightly job">
        {!status.batch_enabled
          ? "Off: days stay as they were counted in realtime."
          : status.last_aggregation_at === null
            ? "On, and has not run yet."
            : `On; it ran last on ${moment(status.last_aggregation_at)}${status.last_aggregation_date ? `; the last day that it has closed is ${shortDay(status.last_aggregation_date)}` : ""}.`}
      </Fact>
      <Fact name="Days over and not closed">{status.gaps.length === 0 ? none : status.gaps.map(shortDay).join(", ")}</Fact>
      <Fact name="Requests left out of the realtime count">
        {uncounted.shed_requests + uncounted.lost_requests === 0
          ? none
          : `${exact(uncounted.shed_requests)} that the nightly job restores (${exact(uncounted.shed_requests_to_restore)} of them still to come), ${exact(uncounted.lost_requests)} lost for good; of all owners together.`}
      </Fact>
      <Fact name="Days estimated from samples">
        {status.days.some((day) => day.estimated) ? status.days.filter((day) => day.estimated).map((day) => `${shortDay(day.date)} (± ${exact(day.error)} requests)`).join(", ") : none}
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

/** The days at a glance. The table below has the same in words. */
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
    <WideTable label="Every day as a table" columns={["Day (UTC)", "State", "Source", amount("Error", ERROR_HINT), amount("Drift", DRIFT_HINT), "In words"]} kind="roomy stacked" isTall>
      {groups(days).toReversed().map(({ day, first }) => (
        <tr key={day.date}>
          <th scope="row" class="number">
            {interval(first, day.date)}
            {first !== day.date && <span class="aside"> {span(first, day.date)} days</span>}
          </th>
          <td data-label="State">{STATES[day.state].name}</td>
          <td data-label="Source">{day.state === "unknown" ? "–" : SOURCES[day.source]}</td>
          <td class="amount" data-label="Error" title={ERROR_HINT}>{day.state === "unknown" ? "–" : day.error === 0 ? "none" : `± ${exact(day.error)}`}</td>
          <td class="amount" data-label="Drift" title={DRIFT_HINT}>
            {drift(day)}
          </td>
          <td>{day.state === "unknown" ? "Before the first figure." : sentence(day.message)}</td>
        </tr>
      ))}
    </WideTable>
  );
}

/** Neighbours of which the same is to be said, as one: its first day, and its last with all else. */
function groups(days: DayStatus[]): { first: string; day: DayStatus }[] {
  const said = (day: DayStatus) => JSON.stringify([day.state, day.source, day.error, drift(day), day.message]);
  const found: { first: string; day: DayStatus }[] = [];
  for (const day of days) {
    const last = found.at(-1);
    if (last !== undefined && said(last.day) === said(day)) last.day = day;
    else found.push({ first: day.date, day });
  }
  return found;
}

function drift(day: DayStatus): string {
  return day.drift === null ? "–" : `${(day.drift * 100).toFixed(2)}%`;
}

function Runs({ runs }: { runs: Run[] }) {
  if (runs.length === 0) return <p class="words">It has not run yet.</p>;
  return (
    <WideTable label="Runs of the nightly job" columns={["Run", "State", "Ended", amount("Took"), amount("Rows"), "Outcome"]} kind="roomy stacked" isTall>
      {runs.map((run) => (
        <tr key={run.id}>
          <th scope="row">
            {RUNS[run.kind] ?? run.kind} <span class="aside">{run.id}</span>
          </th>
          <td data-label="State">{run.state}</td>
          <td class="number" data-label="Ended">{run.finished_at === null ? "" : moment(run.finished_at)}</td>
          <td class="amount" data-label="Took">{(run.duration_ms / 1000).toFixed(2)} s</td>
          <td class="amount" data-label="Rows">{exact(run.rows)}</td>
          <td title={run.outcome ?? undefined}>{runWords(run)}</td>
        </tr>
      ))}
    </WideTable>
  );
}
