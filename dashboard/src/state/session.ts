// Who is signed in. The token is sent once, to be exchanged for a cookie that no script can read; it is kept nowhere here.

import { signal } from "@preact/signals";
import { ApiFailure, call } from "../api/client.ts";
import type { Session } from "../api/reports.ts";

export type SessionState =
  | { is: "asking" }
  | { is: "in"; session: Session }
  /** `message` says why, where the user has not asked for it. */
  | { is: "out"; message: string | null };

const ADDRESS = "/v1/session";

export const session = signal<SessionState>({ is: "asking" });

/** Asks whether there is a session. */
export async function resume(): Promise<void> {
  try {
    session.value = { is: "in", session: await call<Session>("GET", ADDRESS) };
  } catch (error) {
    if (!(error instanceof ApiFailure)) throw error;
    session.value = { is: "out", message: error.status === 401 ? null : error.message };
  }
}

/** @throws {ApiFailure} when the token is refused */
export async function signIn(token: string): Promise<void> {
  session.value = { is: "in", session: await call<Session>("POST", ADDRESS, { token }) };
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
