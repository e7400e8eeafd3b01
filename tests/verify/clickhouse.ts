// ClickHouse (clickhouse.py), with a table that looks like an Analytics Engine data set.

import { type ChildProcess, spawn } from "node:child_process";
import path from "node:path";
import { type Interface, createInterface } from "node:readline";
import { BLOBS, DOUBLES, type PastPoint } from "../../dev/cloudflare/points.ts";

export interface Answer {
  meta: { name: string; type: string }[];
  data: Record<string, unknown>[];
}

export class ClickHouse {
  readonly #process: ChildProcess;
  readonly #lines: Interface;
  readonly #replies: AsyncIterator<string>;

  private constructor() {
    // Analytics Engine's SHOW TIMEZONE tells Etc/UTC.
    const env = { ...process.env, TZ: "Etc/UTC" };
    this.#process = spawn(process.env.PYTHON ?? "python3", [path.join(import.meta.dirname, "clickhouse.py")], { env, stdio: ["pipe", "pipe", "inherit"] });
    // That it has ended is seen where a reply is missing.
    for (const source of [this.#process, this.#process.stdin!]) source.on("error", () => {});
    this.#lines = createInterface({ input: this.#process.stdout! });
    this.#replies = this.#lines[Symbol.asyncIterator]();
  }

  static async start(): Promise<ClickHouse> {
    const clickHouse = new ClickHouse();
    // The API tells whole numbers of 64 bits as texts; ClickHouse has stopped doing so unless it is told to.
    await clickHouse.run("SET output_format_json_quote_64bit_integers = 1");
    // A statement that goes wrong is to fail, not to take the memory of the machine.
    await clickHouse.run("SET max_memory_usage = 2000000000");
    return clickHouse;
  }

  /** A data set with these points and no others. */
  async load(dataset: string, points: PastPoint[]): Promise<void> {
    const columns = [
      "timestamp DateTime",
      "_sample_interval UInt32",
      "index1 String",
      ...BLOBS.map((name) => `${name} String`),
      ...DOUBLES.map((name) => `${name} Float64`),
      `dataset String DEFAULT '${dataset}'`,
    ];
    await this.run(`CREATE OR REPLACE TABLE ${dataset} (${columns.join(", ")}) ENGINE = MergeTree ORDER BY (index1, timestamp)`);
    const rows = points.map(({ timestamp, sampleInterval, index, blobs, doubles }) =>
      JSON.stringify({
        timestamp: typeof timestamp === "number" ? timestamp : Date.parse(timestamp) / 1000,
        _sample_interval: sampleInterval ?? 1,
        index1: index,
        ...Object.fromEntries(blobs.map((blob, column) => [BLOBS[column], blob])),
        ...Object.fromEntries(doubles.map((double, column) => [DOUBLES[column], double])),
      }),
    );
    await this.run(`INSERT INTO ${dataset} FORMAT JSONEachRow ${rows.join("\n")}`);
  }

  /** What a statement comes to, as text; throws what ClickHouse says against it. */
  async run(statement: string): Promise<string> {
    this.#process.stdin!.write(`${JSON.stringify(statement)}\n`);
    const { done, value } = await this.#replies.next();
    if (done) throw new Error("ClickHouse has ended");
    const { answer, error } = JSON.parse(value);
    if (error !== undefined) throw new Refusal(error);
    return answer;
  }

  async ask(statement: string): Promise<Answer> {
    return JSON.parse(await this.run(statement));
  }

  close(): void {
    this.#process.stdin!.end();
  }
}

/** ClickHouse does not take a statement. */
export class Refusal extends Error {}
