// Where a request comes from, as Cloudflare says it beside the request. Locally a client chooses it by the header CF-IPCountry;
// Miniflare's own answer would always be the same.

/** The same request from the country of its header; from nowhere that is known without one. */
export function withCountry(request: Request): Request {
  const country = request.headers.get("cf-ipcountry") ?? undefined;
  return new Request(request, { cf: { ...request.cf, country } } as RequestInit);
}
