// The built worker as it runs locally: the same code, inside a local Cloudflare. What the local simulator
// leaves out is put around it from here; the worker itself knows nothing of it.

import Pixtally, { Aggregator as BuiltAggregator } from "../src/entry.js";
import { CONTROL_PATH } from "./cloudflare/control.ts";
import { withCountry } from "./country.ts";
import { withLimits } from "./database.ts";
import { Dataset, type CloudflareBinding } from "./dataset.ts";
import { logRequest } from "./edge.ts";

interface LocalEnv {
  DB: D1Database;
  CLOUDFLARE: CloudflareBinding;
  ANALYTICS_DATASET: string;
}

export class Aggregator extends BuiltAggregator {
  constructor(ctx: DurableObjectState, env: LocalEnv) {
    super(ctx, { ...env, DB: withLimits(env.DB) });
  }
}

export default class extends Pixtally {
  readonly #cloudflare: CloudflareBinding;

  constructor(ctx: ExecutionContext, env: LocalEnv) {
    super(ctx, { ...env, DB: withLimits(env.DB), ANALYTICS: new Dataset(env.CLOUDFLARE, env.ANALYTICS_DATASET, ctx) });
    this.#cloudflare = env.CLOUDFLARE;
  }

  async fetch(request: Request): Promise<Response> {
    if (new URL(request.url).pathname === CONTROL_PATH) return this.#cloudflare.fetch(request);
    const response = await super.fetch(withCountry(request));
    this.ctx.waitUntil(logRequest(request, response));
    return response;
  }
}
