// Says which data is missing; nothing where all of it is there. It stands in a line that the view keeps room for.

import type { Status } from "../api/reports.ts";
import { completeness } from "../format/completeness.ts";
import { useStatus } from "../state/status.ts";
import { Icon } from "./icon.tsx";
import { Link } from "./link.tsx";

export function QualityNote() {
  const { data } = useStatus();
  if (data === null) return null;
  const isFaulty = hasFaults(data);
  if (!isFaulty && data.days.every((day) => day.state !== "unknown")) return null;
  return (
    <span class={isFaulty ? "fault" : undefined}>
      {isFaulty && <Icon name="warning" />} {completeness(data.days, data.messages).join(" ")} See <Link to={{ view: "quality" }}>data quality</Link>.
    </span>
  );
}

/** The smallest drift that the status reports. */
const DRIFT = -0.01;

function hasFaults({ gaps, uncounted, days }: Status): boolean {
  const missing = uncounted.lost_requests + uncounted.shed_requests_to_restore;
  return gaps.length > 0 || missing > 0 || days.some((day) => day.estimated || (day.drift ?? 0) < DRIFT);
}
