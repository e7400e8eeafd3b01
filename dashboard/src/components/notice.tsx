// Failures and remarks: what went wrong, and the way out.

import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import type { ApiFailure } from "../api/client.ts";
import { duration } from "../format/number.ts";
import { now } from "../state/clock.ts";
import { explain } from "../state/refusal.ts";
import type { Report } from "../state/report.ts";
import { Icon } from "./icon.tsx";
import { Remedy } from "./remedy.tsx";

interface Properties {
  kind?: "note" | "good" | "bad";
  children: ComponentChildren;
}

export function Notice({ kind = "note", children }: Properties) {
  const frame = useRef<HTMLDivElement>(null);
  // When the notice goes while a button in it has the focus, the content gets the focus.
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
  /** What failed; by default, that the page cannot show something. */
  lead?: string;
  /** What the page shows instead. */
  remains?: string;
  retry?: () => void;
  /** The label of the retry button. */
  again?: string;
}

export function FailureNotice({ failure, lead, remains, retry, again = "Try again" }: FailureProperties) {
  const { isRefusal } = failure;
  return (
    <Notice kind="bad">
      <p>
        <strong>{lead ?? (isRefusal ? "Can’t show this report" : "Something went wrong")}: </strong>
        {sentence(lead === undefined ? explain(failure) : failure.message)}
        {remains && ` ${remains}`}
      </p>
      {isRefusal ? <Remedy failure={failure} /> : retry && <Retry failure={failure} retry={retry} again={again} />}
    </Notice>
  );
}

/** Why a report is missing, and what the page shows in its place. */
export function ReportFailure({ report: { failure, data, isStale, retry } }: { report: Report<unknown> }) {
  if (failure === null) return null;
  const older = isStale ? "Showing your previous selection." : "Showing the last data received.";
  return <FailureNotice failure={failure} remains={data === null ? undefined : older} retry={retry} />;
}

function Retry({ failure, retry, again }: { failure: ApiFailure; retry: () => void; again: string }) {
  const seconds = Math.ceil((failure.notBefore - now.value) / 1000);
  return (
    <button type="button" class="quiet" disabled={seconds > 0} onClick={retry}>
      {seconds > 0 ? `Retry in ${duration(seconds)}` : again}
    </button>
  );
}

export function sentence(text: string): string {
  const begun = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?…]$/.test(begun) ? begun : `${begun}.`;
}
