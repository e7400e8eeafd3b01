// The built worker as it runs locally: the same code, inside a local Cloudflare. What the local simulator
// leaves out is put around it from here; the worker itself knows nothing of it.

import Pixtally, { Aggregator } from "../src/entry.js";
import { CONTROL_PATH } from "./cloudflare/control.ts";
import { withCountry } from "./country.ts";
import { Dataset, type CloudflareBinding } from "./dataset.ts";
import { logRequest } from "./edge.ts";

export { Aggregator };

interface LocalEnv {
  CLOUDFLARE: CloudflareBinding;
  ANALYTICS_DATASET: string;
}

export default class extends Pixtally {
  readonly #cloudflare: CloudflareBinding;

  constructor(ctx: ExecutionContext, env: LocalEnv) {
    super(ctx, { ...env, ANALYTICS: new Dataset(env.CLOUDFLARE, env.ANALYTICS_DATASET, ctx) });
    this.#cloudflare = env.CLOUDFLARE;
  }

  async fetch(request: Request): Promise<Response> {
    if (new URL(request.url).pathname === CONTROL_PATH) return this.#cloudflare.fetch(request);
    const response = await super.fetch(withCountry(request));
    this.ctx.waitUntil(logRequest(request, response));
    return response;
  }
}
