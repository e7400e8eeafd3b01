// The last 60 minutes as a strip of columns, one for each minute. Its height never changes.

import { reportAddress } from "../api/client.ts";
import type { Live, LiveMinute } from "../api/reports.ts";
import { minute } from "../format/date.ts";
import { bytes, count, exact } from "../format/number.ts";
import { ownerParameter } from "../state/query.ts";
import { useReport } from "../state/report.ts";
import { Panel } from "./panel.tsx";

const HEIGHT = 36;
/** Of a column, of its minute's width. */
const WIDTH = 0.7;

export function LiveStrip() {
  const { data, failure } = useReport<Live>(reportAddress("live", { owner: ownerParameter.value }), { isLive: true });
  const minutes = data?.minutes ?? [];
  return (
    <Panel title="Last 60 minutes" class="span-12 live-strip" aside={<p class="hint">{said(minutes, failure !== null)}</p>}>
      <Columns minutes={minutes} />
    </Panel>
  );
}

/** What the strip shows, in words. */
function said(minutes: LiveMinute[], isFailing: boolean): string {
  if (isFailing) return "Unavailable at the moment.";
  if (minutes.length === 0) return "";
  const sum = (get: (it: LiveMinute) => number) => minutes.reduce((total, it) => total + get(it), 0);
  const requests = sum((it) => it.requests);
  return `${count(requests)} ${requests === 1 ? "request" : "requests"}, ${bytes(sum((it) => it.bandwidth_bytes))}, ${exact(sum((it) => it.errors))} ${sum((it) => it.errors) === 1 ? "error" : "errors"}`;
}

function Columns({ minutes }: { minutes: LiveMinute[] }) {
  const most = Math.max(1, ...minutes.map((it) => it.requests));
  const column = (it: LiveMinute, index: number) => {
    const height = (it.requests / most) * HEIGHT;
    return (
      <rect key={it.start} x={index + (1 - WIDTH) / 2} y={HEIGHT - height} width={WIDTH} height={height} class={index === minutes.length - 1 ? "open" : ""}>
        <title>{`${minute(it.start)}: ${exact(it.requests)} ${it.requests === 1 ? "request" : "requests"}`}</title>
      </rect>
    );
  };
  return (
    <svg class="columns" viewBox={`0 0 ${Math.max(minutes.length, 1)} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true" focusable="false">
      {minutes.map(column)}
    </svg>
  );
}
