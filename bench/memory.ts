// The peak memory of one worker's isolate, by V8's own count through the inspector: heap, and what array buffers and
// WebAssembly hold outside of it.

const EVERY_MS = 20;

interface Usage {
  usedSize: number;
  embedderHeapUsedSize?: number;
  backingStorageSize?: number;
}

export class Memory {
  readonly #socket: WebSocket;
  readonly #sampled: Promise<void>;
  readonly #timer: NodeJS.Timeout;
  #peak = 0;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    this.#sampled = new Promise((resolve) => {
      socket.addEventListener("message", ({ data }) => {
        const usage = JSON.parse(String(data)).result as Usage;
        this.#peak = Math.max(this.#peak, usage.usedSize + (usage.embedderHeapUsedSize ?? 0) + (usage.backingStorageSize ?? 0));
        resolve();
      });
    });
    let id = 0;
    const sample = () => socket.send(JSON.stringify({ id: (id += 1), method: "Runtime.getHeapUsage" }));
    sample();
    this.#timer = setInterval(sample, EVERY_MS);
  }

  static async watch(inspector: URL, worker: string): Promise<Memory> {
    const targets = (await (await fetch(new URL("/json", inspector.href.replace("ws:", "http:")))).json()) as { id: string; webSocketDebuggerUrl: string }[];
    const target = targets.find(({ id }) => id.endsWith(worker));
    if (!target) throw new Error(`no inspector for ${worker} among ${targets.map(({ id }) => id).join(", ")}`);
    const socket = new WebSocket(target.webSocketDebuggerUrl);
    await new Promise((resolve, reject) => {
      socket.addEventListener("open", resolve);
      socket.addEventListener("error", reject);
    });
    const memory = new Memory(socket);
    await memory.#sampled;
    return memory;
  }

  /** The highest that was seen, in bytes. */
  async stop(): Promise<number> {
    clearInterval(this.#timer);
    this.#socket.close();
    return this.#peak;
  }
}
