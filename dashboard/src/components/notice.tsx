// What went wrong, or what the reader should know, in the API's own words.

import type { ComponentChildren } from "preact";
import type { ApiFailure } from "../api/client.ts";
import { Icon } from "./icon.tsx";

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
  /** Whether older figures are still there. */
  hasData?: boolean;
  retry?: () => void;
}

export function FailureNotice({ failure, hasData = false, retry }: FailureProperties) {
  const isRefused = failure.status >= 400 && failure.status < 500;
  return (
    <Notice kind="bad">
      <p>
        <strong>{isRefused ? "This cannot be shown: " : "That did not work: "}</strong>
        {sentence(failure.message)}
        {hasData && " What stands below are the last figures that were had."}
      </p>
      {retry && !isRefused && (
        <button type="button" class="quiet" onClick={retry}>
          Try again
        </button>
      )}
    </Notice>
  );
}

export function sentence(text: string): string {
  const begun = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?…]$/.test(begun) ? begun : `${begun}.`;
}
