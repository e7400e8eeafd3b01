// The parts of a view that one report fills: skeletons until it arrives, faded while another one loads. A failure stands above
// them, and replaces them where there is nothing to show.

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
