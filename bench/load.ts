// Load on loopback, bounded in requests. Every body is compared with the one that is expected: an answer that is
// wrong is no answer.

import net from "node:net";

/** What Cloudflare and a browser send. */
const HEADERS = [
  "CF-IPCountry: DE",
  "CF-Ray: 9a1b2c3d4e5f6789-FRA",
  "CF-Connecting-IP: 203.0.113.9",
  "User-Agent: Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/149.0.0.0 Safari/537.36",
  "Referer: https://shop.example/catalogue",
  "Accept: image/avif,image/webp,*/*",
]
  .map((line) => `${line}\r\n`)
  .join("");

export interface Measured {
  requestsPerSecond: number;
  p50: number;
  p99: number;
}

export interface Load {
  url: URL;
  path: string;
  body: Buffer;
  connections: number;
  requests: number;
}

/** Sends exactly `requests` requests, one after the other on each connection. */
export async function load({ url, path, body, connections, requests }: Load): Promise<Measured> {
  const request = Buffer.from(`GET ${path} HTTP/1.1\r\nHost: ${url.host}\r\n${HEADERS}\r\n`);
  const latencies: number[] = [];
  let left = requests;
  const started = performance.now();
  await Promise.all(
    Array.from({ length: Math.min(connections, requests) }, async () => {
      const connection = await Connection.open(url, body);
      while (left > 0) {
        left -= 1;
        const sent = performance.now();
        await connection.exchange(request);
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
  readonly #body: Buffer;
  #received = Buffer.alloc(0);
  #settle: { resolve: () => void; reject: (error: Error) => void } | undefined;

  private constructor(socket: net.Socket, body: Buffer) {
    this.#socket = socket;
    this.#body = body;
    socket.on("data", (chunk) => this.#take(chunk));
    socket.on("error", (error) => this.#settle?.reject(error));
    socket.on("close", () => this.#settle?.reject(new Error("the connection was closed")));
  }

  static open(url: URL, body: Buffer): Promise<Connection> {
    return new Promise((resolve, reject) => {
      const socket = net.connect(Number(url.port), url.hostname, () => {
        socket.setNoDelay(true);
        resolve(new Connection(socket, body));
      });
      socket.once("error", reject);
    });
  }

  exchange(request: Buffer): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
      this.#socket.write(request);
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
    const settle = this.#settle;
    this.#settle = undefined;
    if (head.startsWith("HTTP/1.1 200 ") && body.equals(this.#body)) settle?.resolve();
    else settle?.reject(new Error(`a wrong answer: ${head}`));
  }

  close(): void {
    this.#socket.destroy();
  }
}
