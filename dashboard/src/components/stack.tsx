// The parts of a view that one report fills: as skeletons until it is there, faded while it is about to be another one. What
// went wrong stands above; without anything to show, it stands alone.

import type { ComponentChildren } from "preact";
import type { Report } from "../state/report.ts";
import { ReportFailure } from "./notice.tsx";

interface Properties {
  report: Report<unknown>;
  children: ComponentChildren;
}

export function Stack({ report, children }: Properties) {
  const hasData = report.data !== null;
  return (
    <>
      <ReportFailure report={report} />
      {(hasData || report.isEmpty) && (
        <div class={`stack${report.isStale ? " stale" : ""}`} aria-busy={report.isLoading}>
          {children}
        </div>
      )}
    </>
  );
}
