// Requests to the worker's API, as the signed-in user: the browser sends the session's cookie by itself.

/** An answer that is not what was asked for, in the API's own words. */
export class ApiFailure extends Error {
  /** 0 when there was no answer. */
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

export type Method = "GET" | "POST" | "DELETE";

/** Asks, and decodes the answer; what has no body is undefined. */
export async function call<T>(method: Method, path: string, body?: unknown, signal?: AbortSignal): Promise<T> {
  // With a cookie, the API takes anything but GET only as JSON.
  const writes = method === "GET" ? {} : { headers: { "content-type": "application/json" }, body: JSON.stringify(body ?? {}) };
  let answer: Response;
  let text: string;
  try {
    answer = await fetch(path, { method, signal, credentials: "same-origin", cache: "no-store", ...writes });
    text = await answer.text();
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new ApiFailure(0, "unreachable", "the worker did not answer; is this device online?");
  }
  if (!answer.ok) throw failure(answer.status, text);
  return (text === "" ? undefined : JSON.parse(text)) as T;
}

function failure(status: number, text: string): ApiFailure {
  try {
    // ImageKit's dialect has a message and no code.
    const { error, message } = JSON.parse(text);
    return new ApiFailure(status, String(error?.code), String(error?.message ?? message));
  } catch {
    return new ApiFailure(status, "unreadable", `the worker answered ${status}, and nothing that can be read`);
  }
}

/** A path with parameters; those without a value are left out, those with several repeated. */
export function address(path: string, parameters: Record<string, string | number | string[] | null | undefined>): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    for (const one of Array.isArray(value) ? value : [value]) {
      if (one !== null && one !== undefined) query.append(name, String(one));
    }
  }
  const text = query.toString();
  return text === "" ? path : `${path}?${text}`;
}
