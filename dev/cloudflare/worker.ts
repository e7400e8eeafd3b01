// The local Cloudflare: Analytics Engine, the zone's request log, and the two APIs that read them. A second worker, so
// that it survives the first one's restarts and shares no code with it.

import { WorkerEntrypoint } from "cloudflare:workers";
import type { KeptPoint } from "../dataset.ts";
import type { ZoneRequest } from "./requests.ts";
import type { Env } from "./store.ts";

export { AnalyticsEngine } from "./store.ts";

export default class extends WorkerEntrypoint<Env> {
  get #store() {
    return this.env.STORE.getByName("store");
  }

  async writeDataPoint(dataset: string, point: KeptPoint): Promise<void> {
    await this.#store.write(dataset, point);
  }

  /** Logs a request as Cloudflare's edge does. */
  async logRequest(request: ZoneRequest): Promise<void> {
    await this.#store.logRequest(request);
  }

  fetch(request: Request): Promise<Response> {
    return this.#store.fetch(request);
  }
}
