// What a run of the nightly job did, in words.

import type { Run } from "../api/reports.ts";
import { shortDay } from "./date.ts";
import { exact } from "./number.ts";

export function runWords(run: Run): string {
  const day = run.date === null ? "" : shortDay(run.date);
  if (run.error !== null) return `${day === "" ? "" : `${day}: `}${run.error}`;
  if (run.state !== "done") return day;
  if (run.kind === "aggregate") {
    if (run.source === null) return `${day}: ${run.outcome ?? "closed"}`;
    if (run.owners_changed === 0) return `Compared ${day}: nothing had changed`;
    return `Rebuilt ${day}: figures of ${exact(run.owners_changed)} ${run.owners_changed === 1 ? "owner" : "owners"} were replaced by better ones`;
  }
  if (run.kind === "purge" && run.date !== null) return run.rows === 0 ? `Nothing was older than ${day}` : `Removed ${exact(run.rows)} rows from before ${day}`;
  if (run.kind === "storage") return `Listed ${exact(run.rows)} files`;
  return run.outcome ?? "";
}
