// What Pixtally is measured against: a plain worker that serves an object and counts nothing. Built for the
// benchmark alone.

const HOST = "https://media.plain.internal";

export async function serve(request, env, ctx) {
  const { pathname } = new URL(request.url);
  const cached = env.CACHED === "true";
  if (cached) {
    const kept = await caches.default.match(HOST + pathname);
    if (kept) return kept;
  }
  const object = await env.MEDIA.get(pathname.slice(1));
  if (object === null) return new Response("not found\n", { status: 404 });
  const headers = new Headers();
  object.writeHttpMetadata(headers);
  headers.set("etag", object.httpEtag);
  headers.set("last-modified", object.uploaded.toUTCString());
  headers.set("accept-ranges", "bytes");
  headers.set("cache-control", cached ? "public, max-age=86400" : "no-store");
  const response = new Response(object.body, { headers });
  if (cached) ctx.waitUntil(caches.default.put(HOST + pathname, response.clone()));
  return response;
}

export default { fetch: serve };
