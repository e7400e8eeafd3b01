// Who is signed in. The page sends the token once, in exchange for a cookie that no script can read, and never stores it.

import { signal } from "@preact/signals";
import { ApiFailure, call } from "../api/client.ts";
import type { Session } from "../api/reports.ts";

export type SessionState =
  | { is: "asking" }
  | { is: "in"; session: Session }
  /** The Worker did not respond; the page retries. */
  | { is: "unreachable"; failure: ApiFailure }
  /** `message` says why, unless the user signed out. */
  | { is: "out"; message: string | null };

const ADDRESS = "/v1/session";
const ASK_AGAIN_MS = 5_000;
const ASK_AGAIN_AT_MOST_MS = 60_000;

let againIn = ASK_AGAIN_MS;
let timer: ReturnType<typeof setTimeout> | undefined;

let isSignedInHere = false;

/** Whether the session began in this page, rather than before it was loaded. */
export function hasSignedIn(): boolean {
  return isSignedInHere;
}

export const session = signal<SessionState>({ is: "asking" });

/** Checks for a session, until the Worker responds. */
export async function resume(): Promise<void> {
  clearTimeout(timer);
  try {
    const found = await call<Session | undefined>("GET", ADDRESS);
    session.value = found === undefined ? { is: "out", message: null } : { is: "in", session: found };
  } catch (error) {
    if (!(error instanceof ApiFailure)) throw error;
    if (error.status === 401) {
      session.value = { is: "out", message: null };
      return;
    }
    session.value = { is: "unreachable", failure: error };
    timer = setTimeout(resume, Math.max(againIn, error.notBefore - Date.now()));
    againIn = Math.min(2 * againIn, ASK_AGAIN_AT_MOST_MS);
  }
}

/** @throws {ApiFailure} when the API refuses the token */
export async function signIn(token: string): Promise<void> {
  const begun = await call<Session>("POST", ADDRESS, { token });
  isSignedInHere = true;
  session.value = { is: "in", session: begun };
}

/** @throws {ApiFailure} when the request fails: then the cookie is still valid */
export async function signOut(): Promise<void> {
  await call("DELETE", ADDRESS);
  session.value = { is: "out", message: null };
}

/** The API has refused the session: it is revoked or expired. */
export function sessionEnded(): void {
  if (session.value.is !== "in") return;
  session.value = { is: "out", message: "Your session has expired. Sign in to continue where you left off." };
}
