// The errors: which URLs fail, why, what to do about it, and who links to them.

import { reportAddress } from "../api/client.ts";
import type { ErrorReport, FailingUrl } from "../api/reports.ts";
import { Card, CardSkeletons } from "../components/card.tsx";
import { Copy } from "../components/copy.tsx";
import { CsvLink } from "../components/csv-link.tsx";
import { Count } from "../components/figure.tsx";
import { Hint } from "../components/hint.tsx";
import { Link } from "../components/link.tsx";
import { sentence } from "../components/notice.tsx";
import { Pager, pageOf } from "../components/pager.tsx";
import { Panel } from "../components/panel.tsx";
import { SourceNote } from "../components/source-note.tsx";
import { Stack } from "../components/stack.tsx";
import { TableSkeleton } from "../components/table-skeleton.tsx";
import { Toolbar } from "../components/toolbar.tsx";
import { WideTable, amount } from "../components/wide-table.tsx";
import { moment } from "../format/date.ts";
import { OTHER, valueLabel } from "../format/label.ts";
import { exact, roundedPercent } from "../format/number.ts";
import { withValue } from "../state/filter.ts";
import { isStrict } from "../state/health.ts";
import { view } from "../state/location.ts";
import { isLive, narrowed } from "../state/query.ts";
import { receivedAt } from "../state/received.ts";
import { useReport } from "../state/report.ts";
import type { View } from "../state/view.ts";

const LIST = "url";
const SIZE = 20;

export function Errors() {
  const live = isLive("error_reason");
  const page = { limit: SIZE, offset: (pageOf(LIST) - 1) * SIZE };
  const report = useReport<ErrorReport>(reportAddress("errors", { ...narrowed.value, ...page }), { isLive: live });
  const { data } = report;
  return (
    <>
      <Toolbar title="Errors" isFiltered generatedAt={data === null ? undefined : receivedAt(data)} isLive={live}>
        <CsvLink address={reportAddress("errors", { ...narrowed.value, limit: 1000 })} of="errors" values={data?.values} />
      </Toolbar>
      <SourceNote report={report} />
      <Stack report={report}>
        {data === null ? <CardSkeletons titles={["Errors", "Error rate", "Requests"]} /> : <Totals data={data} />}
        {data !== null && data.totals.errors === 0 ? (
          <Panel title="No errors">
            <p class="words">
              {view.value.filters.length > 0 ? "No errors match these filters." : "No errors in this period."} Failed requests will be listed here with their URL, cause and referring pages.
            </p>
          </Panel>
        ) : (
          <>
            <Panel title="Causes">{data === null ? <TableSkeleton rows={3} /> : <Causes data={data} />}</Panel>
            <Panel title="Failing URLs">
              {data === null ? <TableSkeleton rows={8} /> : <Urls data={data} />}
              <div class="table-foot">{data && <Pager list={LIST} size={SIZE} values={data.values} isCurrent={report.isCurrent} />}</div>
            </Panel>
          </>
        )}
      </Stack>
    </>
  );
}

function Totals({ data: { totals, by_status } }: { data: ErrorReport }) {
  return (
    <dl class="cards three">
      <Card title="Errors" hint="Responses with status 400 or higher" exact={exact(totals.errors)} note={by_status.map((row) => `${row.value}: ${exact(row.requests)}`).join(", ") || "none"}>
        <Count value={totals.errors} />
      </Card>
      <Card title="Error rate" hint="Share of responses with status 400 or higher" note="of all requests">
        <span class="number">{totals.error_rate === null ? "–" : roundedPercent(totals.error_rate, totals.errors)}</span>
      </Card>
      <Card title="Requests" hint="All requests, including errors" exact={exact(totals.requests)} note="in total">
        <Count value={totals.requests} />
      </Card>
    </dl>
  );
}

function Causes({ data }: { data: ErrorReport }) {
  return (
    <ul class="causes">
      {data.by_reason.map((row) => (
        <li key={row.value}>
          <div class="cause-amount">
            <strong>
              <Count value={row.requests} />
            </strong>
            <span class="hint">{row.share === null ? "" : roundedPercent(row.share, row.requests)}</span>
          </div>
          <div>
            <h3>
              <Link title="Show these requests in Overview" to={inOverview(row.value)}>
                {valueLabel("error_reason", row.value)}
              </Link>
            </h3>
            <p>{sentence(row.meaning)}</p>
            <p class="advice">{sentence(row.advice)}</p>
          </div>
        </li>
      ))}
    </ul>
  );
}

function Urls({ data }: { data: ErrorReport }) {
  return (
    <WideTable label="Table of failing URLs" columns={["Path", amount("Requests"), "Status", "Linked from", "First seen", "Last seen"]} kind="roomy stacked">
      {data.urls.map((url) => (
        <Url key={`${url.status} ${url.reason} ${url.value}`} url={url} />
      ))}
      {data.other.requests > 0 && (
        <tr class="quiet-row">
          <th scope="row">
            {valueLabel("path", OTHER)}
            <Hint about="all others">
              URLs beyond the daily limit are combined. Any URL may have up to {exact(data.other.largest_undercount)} more{" "}
              {data.other.largest_undercount === 1 ? "request" : "requests"}.
            </Hint>
          </th>
          <td class="amount" data-label="Requests">{exact(data.other.requests)}</td>
          <td colSpan={4} />
        </tr>
      )}
    </WideTable>
  );
}

function Url({ url }: { url: FailingUrl }) {
  return (
    <tr>
      <th scope="row">
        <div class="copied">
          <code class="path-name">{url.value}</code>
          <Copy text={url.value} label={`Copy ${url.value}`} />
        </div>
      </th>
      <td class="amount" data-label="Requests">{exact(url.requests)}</td>
      <td data-label="Status">
        {url.status} <span class="aside">{valueLabel("error_reason", url.reason)}</span>
      </td>
      <td data-label="Linked from">
        <ul class="hosts">
          {url.referrers.map((host) => (
            <li key={host.value}>
              <Host reason={url.reason} host={host.value} /> <span class="aside">{host.own && "own, "}{exact(host.requests)}</span>
            </li>
          ))}
        </ul>
      </td>
      <td class="number" data-label="First seen">{moment(url.first_seen)}</td>
      <td class="number" data-label="Last seen">{moment(url.last_seen)}</td>
    </tr>
  );
}

function Host({ reason, host }: { reason: string; host: string }) {
  const label = valueLabel("referrer", host, undefined, isStrict.value);
  if (host === OTHER) return <span class="host">{label}</span>;
  return (
    <Link class="host" title="Show these requests in Overview" to={inOverview(reason, host)}>
      {label}
    </Link>
  );
}

/** The overview of the requests that failed for a reason, from one referrer or all; the present filters stay. */
function inOverview(reason: string, host?: string): Partial<View> {
  const filters = withValue(view.value.filters, "error_reason", reason);
  return { view: "overview", pages: {}, filters: host === undefined ? filters : withValue(filters, "referrer", host) };
}
