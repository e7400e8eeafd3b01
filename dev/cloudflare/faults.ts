// Faults that the stand-in commits when it is told to: the documented failures of the real APIs, and of the way there.
//
// Not here: lag, sampling and a plan's missing fields, which last (settings.ts).

import { failed, failure, gatewayError, unauthenticated, unauthorized } from "./errors.ts";

export type Api = "graphql" | "sql";

export type FaultKind =
  /** 200 with `errors` (GraphQL), or with a body that is neither data nor an error (SQL). */
  | "errors"
  | "401"
  | "403"
  | "429"
  | "500"
  | "502"
  /** No answer, for longer than anybody waits. */
  | "hang"
  /** The head and half of the body, then nothing. */
  | "stall"
  /** Half of the body, ending as if it were whole. */
  | "truncated"
  /** A web page, with status 200. */
  | "html"
  /** 302 to another host. */
  | "redirect"
  /** SQL's 422 for columns of which no row is seen. */
  | "untyped"
  /** SQL's 422 for a data set without points. */
  | "unknown-table";

export const FAULT_KINDS: FaultKind[] = [
  "errors", "401", "403", "429", "500", "502", "hang", "stall", "truncated", "html", "redirect", "untyped", "unknown-table",
];

export interface Fault {
  kind: FaultKind;
  /** Only requests to this API; without it, to both. */
  api?: Api;
  /** How many requests it hits; without it, all until the faults are cleared. */
  times?: number;
  /** How many requests of the API it lets pass before. */
  after?: number;
  /** The text of GraphQL's error, for "errors". */
  message?: string;
  /** Seconds, for "429". */
  retryAfter?: number;
}

/** A fault as it is kept, with how often it came about. */
export interface ActiveFault extends Fault {
  fired: number;
}

const HANG = 10 * 60_000;
const ELSEWHERE = "https://elsewhere.example/";

/** The next fault for a request, counted; faults are taken in the order in which they were set. */
export function nextFault(faults: ActiveFault[], api: Api): ActiveFault | undefined {
  for (const fault of faults) {
    if (fault.api !== undefined && fault.api !== api) continue;
    if (fault.times !== undefined && fault.fired >= fault.times) continue;
    if (fault.after) {
      fault.after -= 1;
      continue;
    }
    fault.fired += 1;
    return fault;
  }
  return undefined;
}

/** The faulty answer; `answer` is the right one. */
export async function faulty(fault: Fault, api: Api, answer: () => Promise<Response>): Promise<Response> {
  switch (fault.kind) {
    case "errors":
      return api === "graphql"
        ? failed(200, failure(fault.message ?? "unable to execute query, please try again later", ["viewer"], "unknown"))
        : Response.json({ success: false, errors: [{ code: 10_001, message: fault.message ?? "Unable to execute query" }] });
    case "401":
      return unauthenticated();
    case "403":
      return unauthorized();
    case "429":
      return tooMany(api, fault.retryAfter);
    case "500":
      return api === "graphql" ? failed(500, failure("Internal server error", null, "internal")) : new Response("Internal server error", { status: 500 });
    case "502":
      return page(502, "Bad gateway");
    case "hang":
      await scheduler.wait(HANG);
      return page(504, "Gateway time-out");
    case "stall":
      return stalled(await half(await answer()));
    case "truncated":
      return new Response(await half(await answer()), { headers: { "content-type": "application/json; charset=UTF-8" } });
    case "html":
      return page(200, "Just a moment...");
    case "redirect":
      return new Response(null, { status: 302, headers: { location: ELSEWHERE } });
    case "untyped":
      return new Response('Input was invalid: unable to find type of column: "blob1"', { status: 422 });
    case "unknown-table":
      return new Response("Input was invalid: unknown table", { status: 422 });
  }
}

/** What an API answers that is asked too often. */
export function tooMany(api: Api, retryAfter: number | undefined): Response {
  const response =
    api === "graphql"
      ? failed(429, failure("rate limiter budget depleted, try again after 5 minutes", null, "budget"))
      : gatewayError(429, 10_429, "Too many requests");
  if (retryAfter !== undefined) response.headers.set("retry-after", String(retryAfter));
  return response;
}

function page(status: number, title: string): Response {
  const body = `<!DOCTYPE html>\n<html><head><title>${title}</title></head><body><h1>${title}</h1></body></html>\n`;
  return new Response(body, { status, headers: { "content-type": "text/html; charset=UTF-8" } });
}

async function half(response: Response): Promise<string> {
  const body = await response.text();
  return body.slice(0, Math.floor(body.length / 2));
}

function stalled(body: string): Response {
  const { readable, writable } = new TransformStream();
  const write = async () => {
    const writer = writable.getWriter();
    await writer.write(new TextEncoder().encode(body));
    await scheduler.wait(HANG);
    await writer.abort("stalled");
  };
  write().catch(() => {});
  return new Response(readable, { headers: { "content-type": "application/json; charset=UTF-8" } });
}
