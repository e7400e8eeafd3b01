// The built worker with a meter on its database.

import Pixtally from "../../src/entry.js";
import { withCountry } from "../../dev/country.ts";
import { metered, type Meter } from "./meter.ts";

/** Of all requests: an isolate has one. */
let meter: Meter | undefined;

export default class extends Pixtally {
  constructor(ctx: any, env: any) {
    const database = metered(env.DB, meter);
    super(ctx, { ...env, DB: database.db });
    meter = database.meter;
  }

  async fetch(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url);
    if (pathname === "/__meter") return Response.json(meter);
    return super.fetch(withCountry(request));
  }
}
