// A report of the API that a component shows: fetched when its address changes and, while it is live, at every beat. What was
// shown last stays until there is something newer, also when the newer one fails.

import { effect, signal } from "@preact/signals";
import { useEffect, useRef, useState } from "preact/hooks";
import { ApiFailure, call } from "../api/client.ts";
import { beat } from "./clock.ts";
import { session, sessionEnded } from "./session.ts";

export interface Report<T> {
  data: T | null;
  /** What went wrong last, if nothing went well since. */
  failure: ApiFailure | null;
  /** The data are those of another address: an earlier choice of days or filters. */
  isStale: boolean;
  /** Nothing is there yet. */
  isEmpty: boolean;
  retry: () => void;
}

/** Counts what was changed here, which any report may be about. */
const changes = signal(0);

/** Has every report that is shown fetched again. */
export function reload(): void {
  changes.value += 1;
}

const MOST_REMEMBERED = 80;
const remembered = new Map<string, unknown>();
const underWay = new Map<string, Promise<unknown>>();

// What one user was told is none of the next one's business.
effect(() => {
  if (session.value.is !== "out") return;
  remembered.clear();
  underWay.clear();
});

function remember(address: string, data: unknown): void {
  remembered.delete(address);
  remembered.set(address, data);
  if (remembered.size > MOST_REMEMBERED) remembered.delete(remembered.keys().next().value!);
}

/** One request, however many components ask for the same at once. */
function fetched<T>(address: string): Promise<T> {
  const running = underWay.get(address) as Promise<T> | undefined;
  if (running) return running;
  const started = call<T>("GET", address).finally(() => underWay.get(address) === started && underWay.delete(address));
  underWay.set(address, started);
  return started;
}

/** The report at an address; none while the address is null. */
export function useReport<T>(address: string | null, { isLive = false } = {}): Report<T> {
  const [, redraw] = useState(0);
  const [attempt, setAttempt] = useState(0);
  const shown = useRef<{ address: string; data: T } | null>(null);
  const failed = useRef<{ address: string; failure: ApiFailure } | null>(null);
  const now = changes.value + (isLive ? beat.value : 0);

  if (address !== null && shown.current?.address !== address && remembered.has(address)) {
    shown.current = { address, data: remembered.get(address) as T };
  }
  useEffect(() => {
    if (address === null) return undefined;
    let isWanted = true;
    fetched<T>(address).then(
      (data) => {
        if (!isWanted) return;
        remember(address, data);
        shown.current = { address, data };
        failed.current = null;
        redraw((count) => count + 1);
      },
      (failure) => {
        if (!isWanted || !(failure instanceof ApiFailure)) return;
        if (failure.status === 401) sessionEnded();
        failed.current = { address, failure };
        redraw((count) => count + 1);
      },
    );
    return () => {
      isWanted = false;
    };
  }, [address, now, attempt]);

  const data = shown.current?.data ?? null;
  const failure = failed.current !== null && failed.current.address === address ? failed.current.failure : null;
  return {
    data,
    failure,
    isStale: data !== null && shown.current?.address !== address,
    isEmpty: data === null && failure === null,
    retry: () => setAttempt((count) => count + 1),
  };
}
