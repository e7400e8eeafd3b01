// The built worker in real workerd, with D1, R2, the edge cache and the stand-in for Analytics Engine. What is
// in the database is read with SQL written here; nothing is taken from the worker's own answers.

import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { createTestHarness } from "wrangler";
import { type Argument, CONTROL_PATH, type Control, type Result } from "../../dev/cloudflare/control.ts";
import { CLOUDFLARE, ROOT, SECRETS, STAND_IN, standInConfig, workerConfig, type LocalOptions } from "../../dev/local.ts";

import { ask } from "./client.ts";

type Harness = ReturnType<typeof createTestHarness>;
type Row = Record<string, any>;

export const ADMIN = { authorization: `Bearer ${SECRETS.ADMIN_TOKEN}` };

export interface StackOptions extends LocalOptions {
  /** How many instances of the worker share the database. */
  instances?: number;
  /** What stands in R2, by key. */
  media?: Record<string, Media>;
  /** Owners that are registered. */
  owners?: string[];
}

/** An object, with its metadata as R2 names them. */
export interface Media {
  body: Uint8Array;
  contentType?: string;
  cacheControl?: string;
  cacheExpiry?: Date;
  contentDisposition?: string;
  metadata?: Record<string, string>;
}

interface CloudflareRequest {
  token?: string | null;
  method?: string;
  body?: string;
}

const RETENTION_DAYS = 90;

/** The zone as a second source: off unless a test asks for it. */
const NO_ZONE = { CLOUDFLARE_ZONE_ID: undefined, CDN_HOST: undefined };

/** Variables by which an instance is told from the next. */
function marked(instance: number): Record<string, string> {
  return instance === 0 ? {} : { ANALYTICS_RETENTION_DAYS: String(RETENTION_DAYS + instance) };
}

export class Stack {
  readonly #harness: Harness;
  readonly #options: StackOptions;
  /** Where the socket is. Requests reach instance n with the host `n.test`. */
  url!: URL;

  private constructor(options: StackOptions) {
    this.#options = options;
    this.#harness = createTestHarness(this.#workers());
  }

  /** The instances and the stand-in; `vars` beside or instead of the options'. */
  #workers(vars: LocalOptions["vars"] = {}) {
    const options = this.#options;
    const instances = Array.from({ length: options.instances ?? 1 }, (_, index) => {
      const name = `pixtally-${index}`;
      const { migrations, durable_objects, ...config } = workerConfig({ ...options, name, vars: { ...NO_ZONE, ...marked(index), ...options.vars, ...vars } });
      // Instances share one object, as isolates do: that of the first one.
      const own = { migrations, durable_objects };
      const shared = { durable_objects: { bindings: durable_objects.bindings.map((it: Row) => ({ ...it, script_name: "pixtally-0" })) } };
      return { config: { ...config, ...(index === 0 ? own : shared), routes: [{ pattern: `${index}.test/*`, zone_name: "test" }] } };
    });
    return { root: ROOT, workers: [...instances, { config: standInConfig() }] };
  }

  static async start(options: StackOptions = {}): Promise<Stack> {
    const stack = new Stack(options);
    stack.url = (await stack.#harness.listen()).url;
    await stack.#worker.applyD1Migrations("DB");
    await stack.#checkInstances();
    const { MEDIA } = await stack.#worker.getEnv();
    for (const [key, { body, metadata, ...httpMetadata }] of Object.entries(options.media ?? {})) {
      await MEDIA.put(key, body, { httpMetadata, customMetadata: metadata });
    }
    for (const name of options.owners ?? []) {
      const answer = await stack.api("/v1/owners", { method: "POST", body: JSON.stringify({ name }) });
      if (answer.status !== 201) throw new Error(`registering ${name}: ${answer.status} ${await answer.text()}`);
    }
    return stack;
  }

  /** That each host name reaches its own instance, or nothing about several instances would be tested. */
  async #checkInstances(): Promise<void> {
    const instances = this.#options.instances ?? 1;
    for (let instance = 0; instances > 1 && instance < instances; instance += 1) {
      const answer = await ask(this.url, { path: "/healthz", headers: ADMIN, instance });
      assert.equal(JSON.parse(answer.body.toString()).analytics.retention_days, RETENTION_DAYS + instance);
    }
  }

  get #worker() {
    return this.#harness.getWorker<Row>("pixtally-0");
  }

  /** A request to the API of the first instance, as the operator unless `headers` say otherwise. */
  async api(target: string, init: RequestInit & { headers?: Record<string, string> } = {}): Promise<Response> {
    const headers = { ...ADMIN, ...init.headers, host: "0.test" };
    return fetch(new URL(target, this.url), { ...init, headers });
  }

  /** Rows of D1. */
  async sql(statement: string, ...parameters: unknown[]): Promise<Row[]> {
    const { DB } = await this.#worker.getEnv();
    return (await DB.prepare(statement).bind(...parameters).all()).results;
  }

  /** The bucket. */
  async bucket() {
    return (await this.#worker.getEnv()).MEDIA;
  }

  /** Rows of the stored data points. */
  async points(statement: string): Promise<Row[]> {
    const storage = await this.#harness.getWorker(STAND_IN).getDurableObjectStorage("AnalyticsEngine", { name: "store" });
    return storage.exec(statement) as Promise<Row[]>;
  }

  /** All that the aggregator has stored, byte for byte; only with tests/e2e/faulty.ts. */
  async stored(): Promise<string> {
    const pieces = (await (await this.api("/__stored")).json()) as string[];
    return pieces.map((hex) => Buffer.from(hex, "hex").toString("latin1")).join("\n");
  }

  /** Tells the stand-in for Cloudflare something: faults, settings, points to load; see dev/cloudflare/control.ts. */
  async cloudflare<Method extends keyof Control>(method: Method, ...[argument]: Argument<Method>): Promise<Result<Method>> {
    const body = JSON.stringify({ method, argument });
    const answer = await this.#harness.getWorker(STAND_IN).fetch(`http://stand-in${CONTROL_PATH}`, { method: "POST", body });
    if (!answer.ok) throw new Error(`${method}: ${await answer.text()}`);
    return (await answer.json()) as Result<Method>;
  }

  /** A request to one of the stand-in's APIs; `token` null sends none. */
  async askCloudflare(target: string, { token = CLOUDFLARE.CLOUDFLARE_API_TOKEN, ...init }: CloudflareRequest = {}) {
    const headers: Record<string, string> = token === null ? {} : { authorization: `Bearer ${token}` };
    const url = new URL(target, "https://api.cloudflare.com").href;
    return this.#harness.getWorker(STAND_IN).fetch(url, { method: "POST", redirect: "manual", headers, ...init });
  }

  /** Fires a trigger, by default as one that is due now. */
  async scheduled(cron: string, scheduledTime = new Date()): Promise<void> {
    await this.#worker.scheduled({ cron, scheduledTime });
  }

  logs(): string {
    return this.#harness.getLogs().map((log) => log.message).join("\n");
  }

  /** Stops the workers and starts them again, with `vars` beside or instead of theirs; what was stored stays. */
  async restart(vars: LocalOptions["vars"] = {}): Promise<void> {
    await this.#harness.update(this.#workers(vars));
    this.url = (await this.#harness.listen()).url;
  }

  async close(): Promise<void> {
    await this.#harness.close();
  }
}

/** An owner's stored identifier, computed as the design says, not as the worker does. */
export function ownerId(name: string): string {
  return createHmac("sha256", SECRETS.OWNER_HASH_SECRET).update(name).digest("hex").slice(0, 32);
}

/** The identifier that requests for owners that do not exist are recorded under. */
export const UNKNOWN_OWNER = ownerId("_unknown");

/** Waits until `ready` holds, and in any case not for ever: what holds then is for the test to say. */
export async function settle(ready: () => Promise<boolean>, seconds = 30): Promise<void> {
  const deadline = Date.now() + seconds * 1000;
  while (Date.now() < deadline && !(await ready())) await pause(200);
}

export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
