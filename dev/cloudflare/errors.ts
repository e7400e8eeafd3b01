// The bodies with which Cloudflare's APIs fail.
//
// Sources: developers.cloudflare.com/analytics/graphql-api/errors/ for GraphQL;
// github.com/BeeHiveSafety/CloudflareToAbuseIPDB/issues/5 for the gateway in front of every API.

const JSON_TYPE = { "content-type": "application/json; charset=UTF-8" };

/** What the gateway answers before an API sees the request. */
export function gatewayError(status: number, code: number, message: string): Response {
  const body = { success: false, errors: [{ code, message }], messages: [], result: null };
  return new Response(JSON.stringify(body), { status, headers: JSON_TYPE });
}

export const unauthenticated = () => gatewayError(401, 10_000, "Authentication error");
export const unauthorized = () => gatewayError(403, 10_000, "Authentication error");
export const unroutable = (path: string) =>
  gatewayError(404, 7003, `Could not route to ${path}, perhaps your object identifier is invalid?`);

/** One entry of GraphQL's `errors`. */
export interface GraphQLFailure {
  message: string;
  path: string[] | null;
  extensions: { code: string; timestamp: string; ray_id: string };
}

export function failure(message: string, path: string[] | null, code: string): GraphQLFailure {
  const ray_id = crypto.randomUUID().replaceAll("-", "").slice(0, 16);
  return { message, path, extensions: { code, timestamp: new Date().toISOString(), ray_id } };
}

export function failed(status: number, failure: GraphQLFailure, headers: Record<string, string> = {}): Response {
  return new Response(JSON.stringify({ data: null, errors: [failure] }), { status, headers: { ...JSON_TYPE, ...headers } });
}
