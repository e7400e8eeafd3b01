// The built worker and its Durable Object with a meter on their database.

import Pixtally, { Aggregator as Built } from "../../src/entry.js";
import { withCountry } from "../../dev/country.ts";
import { metered, type Meter } from "./meter.ts";

/** Of all requests and of the object: they share an isolate here. */
let meter: Meter | undefined;

function watched(env: any): any {
  const database = metered(env.DB, meter);
  meter = database.meter;
  return { ...env, DB: database.db };
}

export default class extends Pixtally {
  constructor(ctx: any, env: any) {
    super(ctx, watched(env));
  }

  async fetch(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url);
    if (pathname === "/__meter") return Response.json(meter);
    return super.fetch(withCountry(request));
  }
}

export class Aggregator extends Built {
  constructor(ctx: any, env: any) {
    super(ctx, watched(env));
  }
}
