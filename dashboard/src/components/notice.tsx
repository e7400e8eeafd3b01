// What went wrong, or what the reader should know, in the API's own words.

import type { ComponentChildren } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { ApiFailure } from "../api/client.ts";
import { clock } from "../format/date.ts";
import type { Report } from "../state/report.ts";
import { Icon } from "./icon.tsx";
import { Remedy } from "./remedy.tsx";

interface Properties {
  kind?: "note" | "bad";
  children: ComponentChildren;
}

export function Notice({ kind = "note", children }: Properties) {
  const frame = useRef<HTMLDivElement>(null);
  // Whoever pressed a button here goes on with the figures, once there is nothing left to press.
  useLayoutEffect(() => {
    const element = frame.current;
    return () => {
      if (element?.contains(document.activeElement)) document.getElementById("content")?.focus({ preventScroll: true });
    };
  }, []);
  return (
    <div ref={frame} class={`notice ${kind}`} role={kind === "bad" ? "alert" : "status"}>
      {kind === "bad" && <Icon name="warning" />}
      <div>{children}</div>
    </div>
  );
}

interface FailureProperties {
  failure: ApiFailure;
  /** What has not come about; by default that something is not shown. */
  lead?: string;
  /** What is there all the same. */
  remains?: string;
  retry?: () => void;
  /** What the button says that tries again. */
  again?: string;
}

export function FailureNotice({ failure, lead, remains, retry, again = "Try again" }: FailureProperties) {
  const { isRefusal } = failure;
  return (
    <Notice kind="bad">
      <p>
        <strong>{lead ?? (isRefusal ? "This cannot be shown" : "That did not work")}: </strong>
        {sentence(failure.message)}
        {remains && ` ${remains}`}
      </p>
      {isRefusal ? <Remedy failure={failure} /> : retry && <Retry failure={failure} retry={retry} again={again} />}
    </Notice>
  );
}

/** Why a report is not there, and what stands in its place. */
export function ReportFailure({ report: { failure, data, isStale, retry } }: { report: Report<unknown> }) {
  if (failure === null) return null;
  const older = isStale ? "What stands below is of what was chosen before." : "What stands below are the last figures that were had.";
  return <FailureNotice failure={failure} remains={data === null ? undefined : older} retry={retry} />;
}

function Retry({ failure, retry, again }: { failure: ApiFailure; retry: () => void; again: string }) {
  const { notBefore } = failure;
  const [, redraw] = useState(0);
  const isEarly = Date.now() < notBefore;
  useEffect(() => {
    const timer = setTimeout(() => redraw((count) => count + 1), notBefore - Date.now());
    return () => clearTimeout(timer);
  }, [notBefore]);
  return (
    <button type="button" class="quiet" disabled={isEarly} onClick={retry}>
      {isEarly ? `Try again from ${clock(new Date(notBefore).toISOString())} on` : again}
    </button>
  );
}

export function sentence(text: string): string {
  const begun = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?…]$/.test(begun) ? begun : `${begun}.`;
}
