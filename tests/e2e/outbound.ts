// The local entry with one path more: what the worker's own `fetch` answers for an address.

import Local from "../../dev/entry.ts";

export { Aggregator } from "../../dev/entry.ts";

export default class extends Local {
  override async fetch(request: Request): Promise<Response> {
    const url = new URL(request.url);
    if (url.pathname !== "/__fetch") return super.fetch(request);
    return fetch(url.searchParams.get("address")!, { method: "POST", body: "{}", headers: request.headers });
  }
}
