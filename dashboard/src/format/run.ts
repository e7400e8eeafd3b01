// The outcome of a nightly run as one sentence.

import type { Run } from "../api/reports.ts";
import { shortDay } from "./date.ts";
import { exact } from "./number.ts";

export function runWords(run: Run): string {
  const day = run.date === null ? "" : shortDay(run.date);
  if (run.error !== null) return `${day === "" ? "" : `${day}: `}${run.error}`;
  if (run.state !== "done") return day;
  if (run.kind === "aggregate") {
    if (run.source === null) return `${day}: kept the real-time counts`;
    if (run.owners_changed === 0) return `${day}: checked, no change`;
    return `${day}: corrected ${exact(run.owners_changed)} ${run.owners_changed === 1 ? "owner" : "owners"}`;
  }
  if (run.kind === "purge" && run.date !== null) return run.rows === 0 ? `Nothing to delete (cut-off ${day})` : `Deleted ${exact(run.rows)} ${run.rows === 1 ? "row" : "rows"} from before ${day}`;
  if (run.kind === "storage") return `${exact(run.rows)} ${run.rows === 1 ? "file" : "files"}`;
  return run.outcome ?? "";
}
