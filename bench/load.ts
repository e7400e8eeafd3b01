// Load on loopback, bounded in requests. Every body is compared with the one that is expected: an answer that is
// wrong is no answer.

import net from "node:net";

/** What Cloudflare and a browser send. */
export const HEADERS = {
  "CF-IPCountry": "DE",
  "CF-Ray": "9a1b2c3d4e5f6789-FRA",
  "CF-Connecting-IP": "203.0.113.9",
  "User-Agent": "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/149.0.0.0 Safari/537.36",
  Referer: "https://shop.example/catalogue",
  Accept: "image/avif,image/webp,*/*",
};

/** A request, and the answer that is expected. */
export interface Ask {
  request: Buffer;
  status: number;
  /** Any, when it is undefined. */
  body: Buffer | undefined;
}

export function ask(url: URL, path: string, headers: Record<string, string>, status: number, body: Buffer | undefined): Ask {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return { request: Buffer.from(`GET ${path} HTTP/1.1\r\nHost: ${url.host}\r\n${lines.join("")}\r\n`), status, body };
}

export interface Measured {
  requestsPerSecond: number;
  p50: number;
  p99: number;
}

export interface Load {
  url: URL;
  /** The `index`th request, from 0. */
  asks: (index: number) => Ask;
  connections: number;
  requests: number;
}

/** Sends exactly `requests` requests, one after the other on each connection. */
export async function load({ url, asks, connections, requests }: Load): Promise<Measured> {
  const latencies: number[] = [];
  let next = 0;
  const started = performance.now();
  await Promise.all(
    Array.from({ length: Math.min(connections, requests) }, async () => {
      const connection = await Connection.open(url);
      while (next < requests) {
        const ask = asks(next);
        next += 1;
        const sent = performance.now();
        await connection.exchange(ask);
        latencies.push(performance.now() - sent);
      }
      connection.close();
    }),
  );
  const seconds = (performance.now() - started) / 1000;
  latencies.sort((one, other) => one - other);
  const quantile = (share: number) => latencies[Math.min(latencies.length - 1, Math.floor(share * latencies.length))]!;
  return { requestsPerSecond: requests / seconds, p50: quantile(0.5), p99: quantile(0.99) };
}

class Connection {
  readonly #socket: net.Socket;
  #expected: Ask | undefined;
  #received = Buffer.alloc(0);
  #settle: { resolve: () => void; reject: (error: Error) => void } | undefined;

  private constructor(socket: net.Socket) {
    this.#socket = socket;
    socket.on("data", (chunk) => this.#take(chunk));
    socket.on("error", (error) => this.#settle?.reject(error));
    socket.on("close", () => this.#settle?.reject(new Error("the connection was closed")));
  }

  static open(url: URL): Promise<Connection> {
    return new Promise((resolve, reject) => {
      const socket = net.connect(Number(url.port), url.hostname, () => {
        socket.setNoDelay(true);
        resolve(new Connection(socket));
      });
      socket.once("error", reject);
    });
  }

  exchange(ask: Ask): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
      this.#expected = ask;
      this.#socket.write(ask.request);
    });
  }

  #take(chunk: Buffer): void {
    this.#received = this.#received.length === 0 ? chunk : Buffer.concat([this.#received, chunk]);
    const end = this.#received.indexOf("\r\n\r\n");
    if (end < 0) return;
    const head = this.#received.toString("latin1", 0, end);
    const length = Number(/\r\ncontent-length: (\d+)/i.exec(head)?.[1]);
    if (Number.isNaN(length)) return this.#settle?.reject(new Error(`no Content-Length in ${head}`));
    if (this.#received.length < end + 4 + length) return;
    const body = this.#received.subarray(end + 4, end + 4 + length);
    this.#received = Buffer.alloc(0);
    const [settle, expected] = [this.#settle, this.#expected];
    this.#settle = undefined;
    if (head.startsWith(`HTTP/1.1 ${expected?.status} `) && (expected?.body?.equals(body) ?? true)) settle?.resolve();
    else settle?.reject(new Error(`a wrong answer: ${head}`));
  }

  close(): void {
    this.#socket.destroy();
  }
}
