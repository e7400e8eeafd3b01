// Requests to the API of the Worker as the signed-in user: the browser adds the session cookie.

/** A failed request, with the error code and message of the API. */
export class ApiFailure extends Error {
  /** 0 when no response came. */
  readonly status: number;
  readonly code: string;
  /** The parameter that was refused, if it was one. */
  readonly parameter: string | null;
  /** A retry before this time (milliseconds since 1970) is pointless. */
  readonly notBefore: number;

  constructor(status: number, code: string, message: string, notBefore = 0, parameter: string | null = null) {
    super(message);
    this.status = status;
    this.code = code;
    this.parameter = parameter;
    this.notBefore = notBefore;
  }

  /** A retry cannot succeed. */
  get isRefusal(): boolean {
    return this.status >= 400 && this.status < 500 && !PASSING.includes(this.status);
  }
}

/** Request Timeout and Too Many Requests: a later retry can succeed. */
const PASSING = [408, 429];
const DAY_MS = 86_400_000;

export type Method = "GET" | "POST" | "DELETE";

/** How long a request may take. */
const PATIENCE_MS = 30_000;

/** Sends a request and decodes the response; undefined for one without a body. */
export async function call<T>(method: Method, path: string, body?: unknown): Promise<T> {
  const { status, content } = await request(method, path, body);
  const text = await content.text();
  try {
    return (text === "" ? undefined : JSON.parse(text)) as T;
  } catch {
    throw unreadable(status);
  }
}

/** Downloads a file. */
export async function download(path: string): Promise<Blob> {
  return (await request("GET", path)).content;
}

async function request(method: Method, path: string, body?: unknown): Promise<{ status: number; content: Blob }> {
  // With a cookie, the API takes anything but GET only as JSON.
  const writes = method === "GET" ? {} : { headers: { "content-type": "application/json" }, body: JSON.stringify(body ?? {}) };
  const signal = AbortSignal.timeout(PATIENCE_MS);
  let answer: Response;
  let content: Blob;
  try {
    answer = await fetch(path, { method, signal, credentials: "same-origin", cache: "no-store", ...writes });
    content = await answer.blob();
  } catch {
    if (signal.aborted) throw new ApiFailure(0, "unreachable", `The Worker didn’t respond within ${PATIENCE_MS / 1000} seconds.`);
    if (path !== HEALTH && (await isReachable())) throw new ApiFailure(0, "blocked", BLOCKED);
    throw new ApiFailure(0, "unreachable", "The Worker isn’t responding. Check your connection.");
  }
  if (!answer.ok) throw failure(answer, await content.text());
  return { status: answer.status, content };
}

const HEALTH = "/healthz";
const BLOCKED = "Your browser blocks requests to the API. An extension, such as an ad blocker, may be the cause: allow this site in it, then try again.";

let probe: Promise<boolean> | null = null;

/** Whether the Worker responds elsewhere: then something between the page and the API stops requests. One probe at a time. */
function isReachable(): Promise<boolean> {
  probe ??= fetch(HEALTH, { cache: "no-store", signal: AbortSignal.timeout(PATIENCE_MS) })
    .then(() => true, () => false)
    .finally(() => (probe = null));
  return probe;
}

function failure({ status, headers }: Response, text: string): ApiFailure {
  const notBefore = waited(headers.get("retry-after"));
  try {
    // ImageKit's dialect has a message and no code.
    const { error, message } = JSON.parse(text);
    return new ApiFailure(status, String(error?.code), String(error?.message ?? message), notBefore, error?.parameter ?? null);
  } catch {
    return unreadable(status, notBefore);
  }
}

function unreadable(status: number, notBefore?: number): ApiFailure {
  return new ApiFailure(status, "unreadable", `The Worker returned an unreadable response (${status}).`, notBefore);
}

/** The time that a `Retry-After` in seconds or as a date names, at most a day ahead. */
function waited(header: string | null): number {
  if (header === null) return 0;
  const time = /^\d+$/.test(header) ? Date.now() + Number(header) * 1000 : Date.parse(header);
  return Number.isNaN(time) ? 0 : Math.min(time, Date.now() + DAY_MS);
}

/** Where the page requests reports. Blocklists match `/v1/analytics`, another name for the same routes. */
const REPORTS = "/v1/reports";

/** The address of a report: `overview`, `breakdown/country`. */
export function reportAddress(name: string, parameters: Parameters): string {
  return address(`${REPORTS}/${name}`, parameters);
}

type Parameters = Record<string, string | number | string[] | null | undefined>;

/** A path with parameters; those without a value are left out, those with several repeated. */
export function address(path: string, parameters: Parameters): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    for (const one of Array.isArray(value) ? value : [value]) {
      if (one !== null && one !== undefined) query.append(name, String(one));
    }
  }
  const text = query.toString();
  return text === "" ? path : `${path}?${text}`;
}
