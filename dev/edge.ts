// What stands between the worker and the world on Cloudflare, and is missing locally: requests for api.cloudflare.com
// go to the stand-in, and what the worker answers is logged there as the zone's.

import { env } from "cloudflare:workers";
import type { CloudflareBinding } from "./dataset.ts";

const { CLOUDFLARE } = env as unknown as { CLOUDFLARE: CloudflareBinding };

const API_HOST = "api.cloudflare.com";
/** About what the headers of an answer take: the edge counts them too. */
const HEADER_BYTES = 400;

const systemFetch = globalThis.fetch;

globalThis.fetch = (input: RequestInfo | URL, init?: RequestInit): Promise<Response> => {
  const { hostname } = new URL(input instanceof Request ? input.url : input);
  return hostname === API_HOST ? CLOUDFLARE.fetch(input, init) : systemFetch(input, init);
};

const CONTENT_TYPES: Record<string, string> = { "svg+xml": "svg", plain: "txt", javascript: "js", mpeg: "mp3" };

function contentTypeName(header: string | null): string {
  const subtype = /^[a-z]+\/([a-z0-9.+-]+)/.exec(header ?? "")?.[1];
  return subtype === undefined ? "empty" : (CONTENT_TYPES[subtype] ?? subtype);
}

const BROWSERS: [RegExp, string][] = [
  [/Edg\//, "Edge"], [/Firefox\//, "Firefox"], [/Chrome\//, "Chrome"], [/Safari\//, "Safari"], [/curl\//, "Curl"],
];
const SYSTEMS: [RegExp, string][] = [
  [/iPhone|iPad/, "IOS"], [/Android/, "Android"], [/Windows/, "Windows"], [/Mac OS X/, "MacOSX"], [/Linux/, "Linux"],
];

const family = (families: [RegExp, string][], agent: string) => families.find(([sign]) => sign.test(agent))?.[1] ?? "Unknown";

const deviceType = (agent: string) => (/iPad|Tablet/.test(agent) ? "tablet" : /Mobile|iPhone/.test(agent) ? "mobile" : "desktop");

function host(address: string | null): string {
  return URL.parse(address ?? "")?.hostname ?? "";
}

/** Logs a request and its response. Never fails. */
export async function logRequest(request: Request, response: Response): Promise<void> {
  const { hostname, pathname } = new URL(request.url);
  const agent = request.headers.get("user-agent") ?? "";
  const { headers } = response;
  try {
    await CLOUDFLARE.logRequest({
      datetime: Math.floor(Date.now() / 1000),
      clientRequestHTTPHost: hostname,
      clientRequestPath: pathname,
      clientRequestHTTPMethodName: request.method,
      clientCountryName: request.headers.get("cf-ipcountry") ?? "XX",
      clientRefererHost: host(request.headers.get("referer")),
      userAgentBrowser: family(BROWSERS, agent),
      userAgentOS: family(SYSTEMS, agent),
      clientDeviceType: deviceType(agent),
      edgeResponseStatus: response.status,
      edgeResponseBytes: Number(headers.get("content-length") ?? 0) + HEADER_BYTES,
      edgeResponseContentTypeName: contentTypeName(headers.get("content-type")),
      cacheStatus: headers.get("cf-cache-status")?.toLowerCase() ?? "none",
    });
  } catch {
    // A log that is lost is no reason to fail a request that was served.
  }
}
