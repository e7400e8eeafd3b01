// The built worker and its Durable Object with faults around their bindings. Nothing in them knows of it: the entry module hands
// them a database, an object, an Analytics Engine, a bucket, a context and a clock that misbehave when they are told to.
//
// `POST /__faults` with `{"mode": …}` sets what goes wrong from then on; `GET /__faults` tells how often it did.

import { Dataset } from "../../dev/dataset.ts";
import Local, { Aggregator as LocalAggregator } from "../../dev/entry.ts";

type Mode =
  | "none"
  /** D1 refuses every statement. */
  | "d1-refuse"
  /** D1 refuses what the object writes, and nothing else. */
  | "d1-refuse-figures"
  /** D1 never answers. */
  | "d1-hang"
  /** D1 applies a batch, and the answer is lost. */
  | "d1-lose-answer"
  /** D1 applies a batch, and the request that sent it dies before the answer. */
  | "d1-die-after"
  /** The object cannot be reached. */
  | "object-unreachable"
  /** The object takes a flush, and its answer is lost. */
  | "object-lose-answer"
  /** The object is ended before a flush is stored. */
  | "object-end-before"
  /** The object is ended after it has acknowledged a flush, and before it writes to D1. */
  | "object-end-after"
  /** The request dies as soon as its response is sent. */
  | "die"
  /** Analytics Engine throws. */
  | "analytics-throw"
  /** The worker panics where it needs randomness, as a new token does: it is refused. */
  | "panic"
  /** R2 rejects every call. */
  | "r2-reject"
  /** R2 never answers. */
  | "r2-hang"
  /** There is no binding of static files. */
  | "assets-unbound"
  /** Static files throw. */
  | "assets-throw"
  /** Static files reject. */
  | "assets-reject";

/** `fired`: how often the fault came about; for D1, in a batch. `asked`: in a single statement. `placed`: objects that were asked for, and where. */
const state = { mode: "none" as Mode, fired: 0, asked: 0, ahead: 0, placed: [] as string[] };
const OVERLOADED = "D1_ERROR: D1 DB is overloaded. Requests queued for too long.";
const never = new Promise<never>(() => {});

const systemRandom = crypto.getRandomValues.bind(crypto);
crypto.getRandomValues = ((array: any) => {
  if (state.mode !== "panic") return systemRandom(array);
  fire();
  throw new Error("no randomness");
}) as typeof crypto.getRandomValues;

const systemNow = Date.now;
Date.now = () => systemNow() + state.ahead;

function fire(): void {
  state.fired += 1;
}

/** Statements keep their own kind, so that a batch of them stays a batch of D1's. */
class D1Database {
  #db: any;
  #died: () => void;
  readonly #claims = new WeakSet<object>();

  constructor(db: any, died: () => void) {
    this.#db = db;
    this.#died = died;
  }

  prepare(sql: string): any {
    const statement = this.#db.prepare(sql);
    if (/INSERT INTO analytics_segments[^]*ON CONFLICT/.test(sql)) return this.#claim(statement);
    if (state.mode !== "d1-refuse" && state.mode !== "d1-hang") return statement;
    const answer = state.mode === "d1-hang" ? () => never : async () => { throw new Error(OVERLOADED); };
    const faulty = () => {
      state.asked += 1;
      return answer();
    };
    return { bind: () => ({ all: faulty, run: faulty, first: faulty, raw: faulty }) };
  }

  /** Remembers a statement that only the object sends. */
  #claim(statement: any): any {
    return {
      bind: (...values: unknown[]) => {
        const bound = statement.bind(...values);
        this.#claims.add(bound);
        return bound;
      },
    };
  }

  async batch(statements: any[]): Promise<any> {
    switch (state.mode) {
      case "d1-refuse":
        fire();
        throw new Error(OVERLOADED);
      case "d1-refuse-figures":
        if (!statements.some((statement) => this.#claims.has(statement))) return this.#db.batch(statements);
        fire();
        throw new Error(OVERLOADED);
      case "d1-hang":
        fire();
        return never;
      case "d1-lose-answer":
        await this.#db.batch(statements);
        fire();
        throw new Error("D1_ERROR: Network connection lost.");
      case "d1-die-after":
        await this.#db.batch(statements);
        fire();
        this.#died();
        return never;
      default:
        return this.#db.batch(statements);
    }
  }
}

/** By its name, the worker takes it for the platform's. The local platform has no jurisdictions. */
class DurableObjectNamespace {
  readonly #objects: any;
  readonly #jurisdiction: string | undefined;

  constructor(objects: any, jurisdiction?: string) {
    this.#objects = objects;
    this.#jurisdiction = jurisdiction;
  }

  jurisdiction(name: string) {
    return new DurableObjectNamespace(this.#objects, name);
  }

  getByName(name: string, options?: { locationHint?: string }) {
    const place = [name, this.#jurisdiction, options?.locationHint].join("|");
    if (!state.placed.includes(place)) state.placed.push(place);
    const stub = this.#objects.getByName(name, options);
    return {
      async fetch(request: Request): Promise<Response> {
        if (state.mode === "object-unreachable") {
          fire();
          throw new Error("Network connection lost.");
        }
        const answer = await stub.fetch(request);
        if (state.mode === "object-lose-answer") {
          fire();
          throw new Error("Network connection lost.");
        }
        return answer;
      },
    };
  }
}

function faultyBucket(bucket: any): any {
  return new Proxy(bucket, {
    get(target, name) {
      const value = Reflect.get(target, name);
      if (typeof value !== "function" || name === "constructor") return value;
      return (...args: unknown[]) => {
        if (state.mode === "r2-reject" || state.mode === "r2-hang") fire();
        if (state.mode === "r2-reject") return Promise.reject(new Error("R2 internal error (10001)"));
        if (state.mode === "r2-hang") return never;
        return value.apply(target, args);
      };
    },
  });
}

function faultyDataset(dataset: any): any {
  return {
    writeDataPoint(point: unknown) {
      if (state.mode === "analytics-throw") {
        fire();
        throw new TypeError("writeDataPoint(): refused");
      }
      dataset.writeDataPoint(point);
    },
  };
}

function faultyAssets(assets: any): any {
  if (state.mode === "assets-unbound") {
    fire();
    return undefined;
  }
  return {
    fetch(request: Request) {
      if (state.mode === "assets-throw" || state.mode === "assets-reject") fire();
      if (state.mode === "assets-throw") throw new TypeError("fetch(): refused");
      if (state.mode === "assets-reject") return Promise.reject(new Error("Network connection lost."));
      return assets.fetch(request);
    },
  };
}

export default class extends Local {
  readonly #objects: any;

  constructor(ctx: any, env: any) {
    let died = () => {};
    const death = new Promise<void>((resolve) => (died = resolve));
    const mortal = new Proxy(ctx, {
      get(target, name) {
        if (name !== "waitUntil") return Reflect.get(target, name);
        return (promise: Promise<unknown>) => {
          if (state.mode === "die") fire();
          else target.waitUntil(Promise.race([promise, death]));
        };
      },
    });
    super(mortal, {
      ...env,
      AGGREGATOR: new DurableObjectNamespace(env.AGGREGATOR),
      DB: new D1Database(env.DB, died),
      MEDIA: faultyBucket(env.MEDIA),
      ASSETS: faultyAssets(env.ASSETS),
    });
    this.#objects = env.AGGREGATOR;
    const local = this as any;
    // What was handed to Analytics Engine arrives, whatever becomes of the request.
    local.env = { ...local.env, ANALYTICS: faultyDataset(new Dataset(env.CLOUDFLARE, env.ANALYTICS_DATASET, ctx)) };
  }

  // @ts-ignore: the built worker's class is not typed
  async fetch(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url);
    if (pathname === "/__stored") return this.#objects.getByName("0").fetch(request);
    if (pathname !== "/__faults") return super.fetch(request);
    if (request.method === "POST") Object.assign(state, { mode: "none", fired: 0, asked: 0 }, await request.json());
    return Response.json(state);
  }
}

export class Aggregator extends LocalAggregator {
  readonly #ctx: any;

  constructor(ctx: any, env: any) {
    super(ctx, { ...env, DB: new D1Database(env.DB, () => {}) });
    this.#ctx = ctx;
  }

  // @ts-ignore: the built object's class is not typed
  async fetch(request: Request): Promise<Response> {
    if (new URL(request.url).pathname === "/__stored") {
      return Response.json([...this.#ctx.storage.sql.exec("SELECT hex(body) AS body FROM pieces")].map(({ body }: any) => body));
    }
    if (state.mode === "object-end-before") this.#end(0);
    // @ts-ignore: the same
    const answer = await super.fetch(request);
    if (state.mode === "object-end-after") this.#end(100);
    return answer;
  }

  #end(milliseconds: number): void {
    fire();
    setTimeout(() => this.#ctx.abort("ended by a test"), milliseconds);
  }
}
