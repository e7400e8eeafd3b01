// The built worker with faults around its bindings. Nothing in the worker knows of it: the entry module hands it
// a database, an Analytics Engine, a bucket, a context and a clock that misbehave when they are told to.
//
// `POST /__faults` with `{"mode": …}` sets what goes wrong from then on; `GET /__faults` tells how often it did.

import { Dataset } from "../../dev/dataset.ts";
import Local from "../../dev/entry.ts";

type Mode =
  | "none"
  /** D1 refuses every statement. */
  | "d1-refuse"
  /** D1 refuses flushes, and nothing else. */
  | "d1-refuse-flushes"
  /** D1 never answers. */
  | "d1-hang"
  /** D1 applies a batch, and the answer is lost. */
  | "d1-lose-answer"
  /** D1 applies a batch, and the request that sent it dies before the answer. */
  | "d1-die-after"
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

/** `fired`: how often the fault came about; for D1, in a batch. `asked`: in a single statement. */
const state = { mode: "none" as Mode, fired: 0, asked: 0, ahead: 0 };
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

  /** Remembers the statement that every flush ends with. */
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
      case "d1-refuse-flushes":
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
    super(mortal, { ...env, DB: new D1Database(env.DB, died), MEDIA: faultyBucket(env.MEDIA), ASSETS: faultyAssets(env.ASSETS) });
    const local = this as any;
    // What was handed to Analytics Engine arrives, whatever becomes of the request.
    local.env = { ...local.env, ANALYTICS: faultyDataset(new Dataset(env.CLOUDFLARE, env.ANALYTICS_DATASET, ctx)) };
  }

  // @ts-ignore: the built worker's class is not typed
  async fetch(request: Request): Promise<Response> {
    if (new URL(request.url).pathname !== "/__faults") return super.fetch(request);
    if (request.method === "POST") Object.assign(state, { mode: "none", fired: 0, asked: 0 }, await request.json());
    return Response.json(state);
  }
}
