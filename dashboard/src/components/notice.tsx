// What went wrong, or what the reader should know, in the API's own words.

import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { ApiFailure } from "../api/client.ts";
import { Icon } from "./icon.tsx";
import { Remedy } from "./remedy.tsx";

interface Properties {
  kind?: "note" | "bad";
  children: ComponentChildren;
}

export function Notice({ kind = "note", children }: Properties) {
  return (
    <div class={`notice ${kind}`} role={kind === "bad" ? "alert" : "status"}>
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
  const seconds = useWait(failure.notBefore);
  return (
    <button type="button" class="quiet" disabled={seconds > 0} onClick={retry}>
      {seconds > 0 ? `Try again in ${seconds} s` : "Try again"}
    </button>
  );
}

/** How many seconds there are to wait until a time. */
function useWait(until: number): number {
  const [now, setNow] = useState(Date.now());
  const isOver = now >= until;
  useEffect(() => {
    setNow(Date.now());
    if (isOver) return undefined;
    const timer = setInterval(() => setNow(Date.now()), 1_000);
    return () => clearInterval(timer);
  }, [until, isOver]);
  return Math.max(0, Math.ceil((until - now) / 1_000));
}

export function sentence(text: string): string {
  const begun = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?…]$/.test(begun) ? begun : `${begun}.`;
}
