// Every crossing between WebAssembly and JavaScript costs about a microsecond, and a request made dozens. Each
// function here does in one crossing what many would do, and decides nothing. Values cross as JSON arrays, whose
// order the Rust side next to it repeats.

const HEADERS = [
  "range", "if-match", "if-unmodified-since", "if-none-match", "if-modified-since", "if-range", "cf-ray",
  "user-agent", "referer", "cf-connecting-ip", "sec-gpc", "dnt",
];

/** [method, url, country, ...HEADERS] */
export function describeRequest(request) {
  const { headers } = request;
  return JSON.stringify([request.method, request.url, request.cf?.country, ...HEADERS.map((name) => headers.get(name))]);
}

/** [status, length, range, type, etag, last modified, source bytes] */
export function describeKept(response) {
  const { headers } = response;
  return JSON.stringify([
    response.status, headers.get("content-length"), headers.get("content-range"), headers.get("content-type"),
    headers.get("etag"), headers.get("last-modified"), headers.get("x-pixtally-source-bytes"),
  ]);
}

/** [etag, size, uploaded, type, encoding, language, disposition, cache control, expiry, source bytes] */
export function describeObject(object) {
  const { contentType, contentEncoding, contentLanguage, contentDisposition, cacheControl, cacheExpiry } =
    object.httpMetadata ?? {};
  return JSON.stringify([
    object.httpEtag, object.size, object.uploaded.getTime(), contentType, contentEncoding, contentLanguage,
    contentDisposition, cacheControl, cacheExpiry?.getTime(), object.customMetadata?.["source-bytes"],
  ]);
}

export const findKept = (url) => caches.default.match(url);

/** With a range, the cache answers 206, 416, or the whole. */
export const findKeptPart = (url, range) => caches.default.match(new Request(url, { headers: { range } }));

/** Ends a body that nobody reads. */
export function discard(body) {
  body.cancel().catch(() => {});
}

export const keep = (url, response) => caches.default.put(url, response);

export const r2Head = (bucket, key, milliseconds) => within(bucket.head(key), milliseconds);

export const r2Get = (bucket, key, milliseconds) => within(bucket.get(key), milliseconds);

/** Rejects when the range is outside the object. */
export function r2GetPart(bucket, key, offset, length, milliseconds) {
  return within(bucket.get(key, { range: { offset, length } }), milliseconds);
}

/** Rejects when the object is empty. */
export function r2GetEnd(bucket, key, suffix, milliseconds) {
  return within(bucket.get(key, { range: { suffix } }), milliseconds);
}

/** [[[key, size], …], whether there are more], or undefined when it takes longer. */
export async function r2List(bucket, startAfter, milliseconds) {
  const page = await within(bucket.list({ startAfter }), milliseconds);
  return page && JSON.stringify([page.objects.map(({ key, size }) => [key, size]), page.truncated]);
}

/** The answer, or undefined when it takes longer. */
function within(answer, milliseconds) {
  let timer;
  const late = new Promise((resolve) => {
    timer = setTimeout(resolve, milliseconds);
  });
  return Promise.race([answer, late]).finally(() => clearTimeout(timer));
}

/** `headers` is a JSON object; `encoded` says that the body is compressed already. */
export function respond(body, status, headers, encoded) {
  return new Response(body, { status, headers: JSON.parse(headers), encodeBody: encoded ? "manual" : "automatic" });
}

/** A kept response's headers without its body. */
export function withoutBody(response, status) {
  response.body?.cancel();
  const headers = new Headers(response.headers);
  if (status === 304) for (const name of ["content-length", "content-range"]) headers.delete(name);
  return new Response(null, { status, headers });
}

export function writePoint(env, point) {
  env.ANALYTICS.writeDataPoint(JSON.parse(point));
}

/** Ends an object once the current turn is over. In the middle of a turn this would leave WebAssembly's stack half unwound. */
export function abortSoon(state, reason) {
  Promise.resolve().then(() => state.abort(reason));
}
