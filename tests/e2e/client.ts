// A client that counts what arrives at its socket, and the ledger that it keeps of it.

import http from "node:http";

const agent = new http.Agent({ keepAlive: true, maxSockets: 64 });

export interface Answer {
  status: number;
  headers: http.IncomingHttpHeaders;
  body: Buffer;
}

export interface Ask {
  method?: string;
  path: string;
  headers?: Record<string, string>;
  body?: string;
  /** Which instance of the worker. */
  instance?: number;
}

/** Sends one request. The path goes out as it is, without being normalised. */
export function ask(url: URL, { method = "GET", path, headers = {}, body, instance = 0 }: Ask): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = http.request(
      { agent, host: url.hostname, port: url.port, method, path, headers: { host: `${instance}.test`, ...headers } },
      (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk) => chunks.push(chunk));
        response.on("end", () =>
          resolve({ status: response.statusCode!, headers: response.headers, body: Buffer.concat(chunks) }),
        );
        response.on("error", reject);
      },
    );
    request.on("error", reject);
    request.end(body);
  });
}

export interface Entry {
  owner: string;
  image: string;
  variant: string;
  country: string;
  status: number;
}

/** Requests and bytes by row, as the client saw them. */
export class Ledger {
  readonly #rows = new Map<string, { requests: number; bandwidth_bytes: number }>();

  add(entry: Entry, bytes: number): void {
    const key = [entry.owner, entry.image, entry.variant, entry.country, entry.status].join("|");
    const row = this.#rows.get(key) ?? { requests: 0, bandwidth_bytes: 0 };
    row.requests += 1;
    row.bandwidth_bytes += bytes;
    this.#rows.set(key, row);
  }

  get requests(): number {
    return [...this.#rows.values()].reduce((sum, row) => sum + row.requests, 0);
  }

  get bandwidth_bytes(): number {
    return [...this.#rows.values()].reduce((sum, row) => sum + row.bandwidth_bytes, 0);
  }

  /** `owner|image|variant|country|status` to `requests/bytes`, sorted. */
  table(): Record<string, string> {
    return table([...this.#rows].map(([key, row]) => ({ key, ...row })));
  }
}

/** The same form for rows that were read from a store. */
export function table(rows: Record<string, any>[]): Record<string, string> {
  const entries = rows.map(({ key, requests, bandwidth_bytes }) => [key, `${requests}/${bandwidth_bytes}`] as const);
  return Object.fromEntries(entries.sort(([one], [other]) => (one < other ? -1 : 1)));
}

/** Runs `work` for every item, at most `width` at once. */
export async function inParallel<T>(items: T[], width: number, work: (item: T) => Promise<void>): Promise<void> {
  const queue = items.values();
  await Promise.all(
    Array.from({ length: width }, async () => {
      for (const item of queue) await work(item);
    }),
  );
}
