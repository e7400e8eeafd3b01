// Who is signed in. The token is sent once, to be exchanged for a cookie that no script can read; it is kept nowhere here.

import { signal } from "@preact/signals";
import { ApiFailure, call } from "../api/client.ts";
import type { Session } from "../api/reports.ts";

export type SessionState =
  | { is: "asking" }
  | { is: "in"; session: Session }
  /** Whether there is a session could not be learned: it is asked again, by itself too. */
  | { is: "unreachable"; failure: ApiFailure }
  /** `message` says why, where the user has not asked for it. */
  | { is: "out"; message: string | null };

const ADDRESS = "/v1/session";
const ASK_AGAIN_MS = 5_000;
const ASK_AGAIN_AT_MOST_MS = 60_000;

let againIn = ASK_AGAIN_MS;
let timer: ReturnType<typeof setTimeout> | undefined;

let isSignedInHere = false;

/** Whether the page was not loaded as that of a session, which then began in it. */
export function hasSignedIn(): boolean {
  return isSignedInHere;
}

export const session = signal<SessionState>({ is: "asking" });

/** Asks whether there is a session, until that is known. */
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

/** @throws {ApiFailure} when the token is refused */
export async function signIn(token: string): Promise<void> {
  const begun = await call<Session>("POST", ADDRESS, { token });
  isSignedInHere = true;
  session.value = { is: "in", session: begun };
}

/** @throws {ApiFailure} when the worker does not know of it: then the cookie still opens everything */
export async function signOut(): Promise<void> {
  await call("DELETE", ADDRESS);
  session.value = { is: "out", message: null };
}

/** The API has refused the session: it was revoked, or is over. */
export function sessionEnded(): void {
  if (session.value.is !== "in") return;
  session.value = { is: "out", message: "The session has ended. Sign in again to go on where you were." };
}
