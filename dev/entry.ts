// The built worker as it runs locally: the same code, inside a local Cloudflare. What the local simulator
// leaves out is put around it from here; the worker itself knows nothing of it.

import Pixtally from "../src/entry.js";
import { Dataset, type CloudflareBinding } from "./dataset.ts";

interface LocalEnv {
  CLOUDFLARE: CloudflareBinding;
  ANALYTICS_DATASET: string;
}

export default class extends Pixtally {
  constructor(ctx: ExecutionContext, env: LocalEnv) {
    super(ctx, { ...env, ANALYTICS: new Dataset(env.CLOUDFLARE, env.ANALYTICS_DATASET, ctx) });
  }
}
