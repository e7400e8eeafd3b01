// What went wrong, or what the reader should know, in the API's own words.

import type { ComponentChildren } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { ApiFailure } from "../api/client.ts";
import { clock } from "../format/date.ts";
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
  /** Whether older figures are still there. */
  hasData?: boolean;
  retry?: () => void;
}

export function FailureNotice({ failure, lead, hasData = false, retry }: FailureProperties) {
  const { isRefusal } = failure;
  return (
    <Notice kind="bad">
      <p>
        <strong>{lead ?? (isRefusal ? "This cannot be shown" : "That did not work")}: </strong>
        {sentence(failure.message)}
        {hasData && " What stands below are the last figures that were had."}
      </p>
      {isRefusal ? <Remedy failure={failure} /> : retry && <Retry failure={failure} retry={retry} />}
    </Notice>
  );
}

function Retry({ failure, retry }: { failure: ApiFailure; retry: () => void }) {
  const { notBefore } = failure;
  const [, redraw] = useState(0);
  const isEarly = Date.now() < notBefore;
  useEffect(() => {
    const timer = setTimeout(() => redraw((count) => count + 1), notBefore - Date.now());
    return () => clearTimeout(timer);
  }, [notBefore]);
  return (
    <button type="button" class="quiet" disabled={isEarly} onClick={retry}>
      {isEarly ? `Try again from ${clock(new Date(notBefore).toISOString())} on` : "Try again"}
    </button>
  );
}

export function sentence(text: string): string {
  const begun = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?…]$/.test(begun) ? begun : `${begun}.`;
}
