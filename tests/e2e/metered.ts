// The built worker with a meter at its database, and rate limiters that can be missing or out of order.
// The worker knows nothing of it.
//
// `POST /__meter` with `{"limiters": …}` sets how the rate limiters are from then on, and begins to count again; `GET /__meter`
// answers with the statements that D1 was asked since, by their first words.

import Local from "../../dev/entry.ts";

export { Aggregator } from "../../dev/entry.ts";

type Limiters = "bound" | "missing" | "failing" | "hanging";

const NAMES = ["FAILURES", "STATEMENTS"];
const state = { limiters: "bound" as Limiters, statements: [] as string[] };
const never = new Promise<never>(() => {});

function metered(db: any): any {
  return new Proxy(db, {
    get(target, name) {
      const value = Reflect.get(target, name);
      if (typeof value !== "function" || name === "constructor") return value;
      if (name !== "prepare") return value.bind(target);
      return (sql: string) => {
        const [word] = sql.split("\n").filter((line) => !line.startsWith("--")).join(" ").trim().split(/\s/);
        state.statements.push(word!);
        return target.prepare(sql);
      };
    },
  });
}

function limiters(env: any): Record<string, unknown> {
  if (state.limiters === "bound") return {};
  const limit = state.limiters === "failing" ? () => Promise.reject(new Error("rate limiter: internal error")) : () => never;
  return Object.fromEntries(NAMES.map((name) => [name, state.limiters === "missing" ? undefined : { limit }]));
}

export default class extends Local {
  constructor(ctx: any, env: any) {
    super(ctx, { ...env, DB: metered(env.DB), ...limiters(env) });
  }

  // @ts-ignore: the built worker's class is not typed
  async fetch(request: Request): Promise<Response> {
    if (new URL(request.url).pathname !== "/__meter") return super.fetch(request);
    if (request.method === "POST") Object.assign(state, { statements: [] }, await request.json());
    return Response.json(state);
  }
}
