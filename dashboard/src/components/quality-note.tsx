// Says which data is missing; nothing where all of it is there.

import type { Status } from "../api/reports.ts";
import { completeness } from "../format/completeness.ts";
import { useStatus } from "../state/status.ts";
import { Link } from "./link.tsx";
import { Notice } from "./notice.tsx";

export function QualityNote() {
  const { data } = useStatus();
  if (data === null || isComplete(data)) return null;
  return (
    <Notice>
      {completeness(data.days, data.messages).join(" ")} See <Link to={{ view: "quality" }}>data quality</Link>.
    </Notice>
  );
}

/** The smallest drift that the status reports. */
const DRIFT = -0.01;

function isComplete({ gaps, uncounted, days }: Status): boolean {
  const missing = uncounted.lost_requests + uncounted.shed_requests_to_restore;
  return gaps.length === 0 && missing === 0 && days.every((day) => day.state !== "unknown" && !day.estimated && (day.drift ?? 0) >= DRIFT);
}
