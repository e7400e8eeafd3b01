// The built worker inside the local Cloudflare, with a meter on its database.

import Local from "../../dev/entry.ts";
export { Aggregator } from "../../dev/entry.ts";
import { metered, type Meter } from "./meter.ts";

/** Every so many batches the isolate stands still for a moment, with all that it holds, so that its memory can be sampled:
 * the inspector is only heard between tasks. */
const STILL_EVERY = 4;
const STILL_MS = 60;

let meter: Meter | undefined;
let batches = 0;

async function stand(): Promise<void> {
  batches += 1;
  if (batches % STILL_EVERY === 0) await scheduler.wait(STILL_MS);
}

export default class extends Local {
  constructor(ctx: any, env: any) {
    const database = metered(env.DB, meter, stand);
    super(ctx, { ...env, DB: database.db });
    meter = database.meter;
  }

  async fetch(request: Request): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url);
    if (pathname === "/__meter") return Response.json(meter);
    if (pathname !== "/__night") return super.fetch(request);
    const scheduledTime = Number(searchParams.get("at"));
    await (this as any).scheduled({ cron: searchParams.get("cron"), scheduledTime });
    return Response.json(meter);
  }
}
