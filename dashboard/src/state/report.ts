// A report of the API that a component shows: fetched when its address changes and, while it is live, at every beat or every
// few, ever more seldom while it fails. What was shown last stays until there is something newer, also when the newer one fails.

import { effect, signal } from "@preact/signals";
import { useEffect, useRef, useState } from "preact/hooks";
import { ApiFailure, call } from "../api/client.ts";
import { EVERY_MS, beat } from "./clock.ts";
import { session, sessionEnded } from "./session.ts";

export interface Report<T> {
  data: T | null;
  /** What went wrong last, if nothing went well since. */
  failure: ApiFailure | null;
  /** The data are those of an earlier choice of days or filters, until the chosen ones are there. */
  isStale: boolean;
  /** The data are those of the address, however old. */
  isCurrent: boolean;
  /** Nothing is there yet. */
  isEmpty: boolean;
  /** What is asked for is on its way, and nothing or something older is there. */
  isLoading: boolean;
  retry: () => void;
}

/** Counts what was changed here, which any report may be about. */
const changes = signal(0);

/** Has every report that is shown fetched again. */
export function reload(): void {
  for (const memory of remembered.values()) memory.at = 0;
  changes.value += 1;
}

const MOST_REMEMBERED = 80;
/** A component that appears takes what came this recently, rather than request it again. */
const FRESH_MS = 5_000;
/** As seldom is a report asked for that keeps failing. */
const LONGEST_REST_MS = 300_000;

/** A report that failed, how often in a row, and until when no beat asks for it again. */
interface Failed {
  address: string;
  failure: ApiFailure;
  times: number;
  restsUntil: number;
}

/** The first beat after a failure asks again, then the second after that one, then the fourth. */
function afterFailure(address: string, failure: ApiFailure, before: Failed | null): Failed {
  const times = before?.address === address ? before.times + 1 : 1;
  const rest = Math.min(EVERY_MS * (2 ** (times - 1) - 0.5), LONGEST_REST_MS);
  return { address, failure, times, restsUntil: Math.max(Date.now() + rest, failure.notBefore) };
}

interface Memory {
  data: unknown;
  /** When it came, in milliseconds since 1970. */
  at: number;
}

const remembered = new Map<string, Memory>();
const underWay = new Map<string, Promise<unknown>>();

// What one user was told is none of the next one's business.
effect(() => {
  if (session.value.is !== "out") return;
  remembered.clear();
  underWay.clear();
});

function remember(address: string, data: unknown): void {
  remembered.delete(address);
  remembered.set(address, { data, at: Date.now() });
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
export function useReport<T>(address: string | null, { isLive = false, beats = 1 } = {}): Report<T> {
  const [, redraw] = useState(0);
  const [attempt, setAttempt] = useState(0);
  const shown = useRef<{ address: string; data: T } | null>(null);
  const failed = useRef<Failed | null>(null);
  const changed = changes.value;
  const pulse = isLive ? Math.floor(beat.value / beats) : 0;
  const felt = useRef(pulse);

  const memory = address === null ? undefined : remembered.get(address);
  if (address !== null && shown.current?.address !== address && memory !== undefined) {
    shown.current = { address, data: memory.data as T };
  }
  useEffect(() => {
    const isBeat = felt.current !== pulse;
    felt.current = pulse;
    if (address === null) return undefined;
    // Another component may have received it since this one was drawn.
    const recent = remembered.get(address);
    if (recent !== undefined && Date.now() - recent.at < FRESH_MS && !isBeat && failed.current === null) {
      if (recent === memory) return undefined;
      shown.current = { address, data: recent.data as T };
      redraw((count) => count + 1);
      return undefined;
    }
    if (failed.current !== null && !isBeat) failed.current.restsUntil = 0;
    if (failed.current?.address === address && Date.now() < failed.current.restsUntil) return undefined;
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
        failed.current = afterFailure(address, failure, failed.current);
        redraw((count) => count + 1);
      },
    );
    return () => {
      isWanted = false;
    };
  }, [address, changed, pulse, attempt]);

  const data = shown.current?.data ?? null;
  const failure = failed.current !== null && failed.current.address === address ? failed.current.failure : null;
  const isCurrent = shown.current !== null && shown.current.address === address;
  const isStale = data !== null && address !== null && !isCurrent;
  const isEmpty = data === null && failure === null;
  return {
    data,
    failure,
    isStale,
    isCurrent,
    isEmpty,
    isLoading: isEmpty || (isStale && failure === null),
    retry: () => setAttempt((count) => count + 1),
  };
}
