// A mixed load: every kind of request that the media route answers, with what has to come of each.

import assert from "node:assert/strict";
import { Ledger, ask, inParallel, type Entry } from "./client.ts";
import { UNKNOWN_OWNER, ownerId } from "./stack.ts";

const bytes = (length: number, seed: number) => Uint8Array.from({ length }, (_, index) => (index * seed) % 251);

interface File {
  owner: string;
  image: string;
  size: number;
}

export const FILES: File[] = [
  { owner: "alice", image: "pics/dino.jpg", size: 20_000 },
  { owner: "alice", image: "pics/ä b+c%.png", size: 777 },
  { owner: "bob", image: "clips/waves.mp4", size: 300_001 },
  { owner: "bob", image: "docs/empty.txt", size: 0 },
  { owner: "carol", image: "pics/one.webp", size: 1 },
];
const DERIVED: File & { variant: string } = { owner: "alice", image: "pics/dino.jpg", variant: "w512", size: 5_000 };
const COUNTRIES = ["DE", "IN", "US", "T1", undefined, "zz", "USA"];

/** What stands in R2 for the load. */
export function loadMedia(): Record<string, { body: Uint8Array }> {
  const media = Object.fromEntries(FILES.map(({ owner, image, size }, index) => [`${owner}/${image}`, { body: bytes(size, index + 3) }]));
  media[`_derived/alice/pics/dino.jpg/w512`] = { body: bytes(DERIVED.size, 2) };
  return media;
}

interface Plan {
  method: string;
  path: string;
  headers: Record<string, string>;
  instance: number;
  /** What the ledger files it under; the status is the one that is promised. */
  entry: Entry;
}

/** One random request, and what has to come of it. */
function plan(random: () => number, etags: Map<string, string>, instances: number): Plan {
  const pick = <T>(items: T[]): T => items[Math.floor(random() * items.length)]!;
  const file: File & { variant?: string } = pick([...FILES, DERIVED]);
  const variant = file.variant ?? pick(["", "original"]);
  const path = `/${file.owner}/${file.image.split("/").map(encodeURIComponent).join("/")}${variant && `/${variant}`}`;
  const country = pick(COUNTRIES);
  const headers: Record<string, string> = country ? { "cf-ipcountry": country } : {};
  const recordedCountry = country && /^[A-Z0-9]{2}$/.test(country) ? country : "XX";
  const served = (status: number): Entry => ({
    owner: ownerId(file.owner),
    image: file.image,
    variant: variant || "original",
    country: recordedCountry,
    status,
  });
  const refused = (owner: string, status: number): Entry => ({
    owner,
    image: "(missing)",
    variant: "(none)",
    country: recordedCountry,
    status,
  });
  const base = { method: "GET", path, headers, instance: pick(Array.from({ length: instances }, (_, index) => index)) };
  const part = (range: string, status: number) => ({ ...base, headers: { ...headers, range }, entry: served(status) });
  const tag = etags.get(file.owner + file.image + (file.variant !== undefined));
  switch (pick(["get", "get", "get", "get", "query", "head", "tag", "part", "range", "bad range", "post", "options", "precondition", "slip", "missing", "variant", "stranger", "malformed", "shapeless", "nobody", "reserved", "other"])) {
    case "query":
      return { ...base, path: `${path}?utm=${Math.floor(random() * 1e6)}`, entry: served(200) };
    case "head":
      return { ...base, method: "HEAD", entry: served(200) };
    case "tag":
      if (!tag) break;
      return { ...base, headers: { ...headers, "if-none-match": tag }, entry: served(304) };
    case "part": {
      if (file.size === 0) return part("bytes=0-", 416);
      const first = Math.floor(random() * file.size);
      return part(`bytes=${first}-${first + Math.floor(random() * file.size)}`, 206);
    }
    case "range":
      return part("bytes=-5", file.size === 0 ? 200 : 206);
    case "bad range":
      return part(pick(["bytes=400000-", "bytes=9-3", "bytes=x"]), 416);
    case "post":
      return { ...base, method: pick(["POST", "PUT", "DELETE", "PATCH"]), entry: refused(ownerId(file.owner), 405) };
    case "options":
      return { ...base, method: "OPTIONS", headers: { ...headers, "access-control-request-method": "GET" }, entry: refused(ownerId(file.owner), 204) };
    case "precondition":
      return { ...base, headers: { ...headers, "if-match": '"x"' }, entry: served(412) };
    case "slip":
      return { ...base, path: pick([`/${path}`, `${path}/`, `${path};v=2`]), entry: refused(ownerId(file.owner), 404) };
    case "missing":
      return { ...base, path: `/${file.owner}/pics/${Math.floor(random() * 1e9)}.jpg`, entry: refused(ownerId(file.owner), 404) };
    case "variant":
      return { ...base, path: `${path.replace(/\/(original|w512)$/, "")}/w${Math.floor(random() * 1e9)}`, entry: refused(ownerId(file.owner), 404) };
    case "stranger":
      return { ...base, path: `/stranger${Math.floor(random() * 50)}/a/b`, entry: refused(UNKNOWN_OWNER, 404) };
    case "malformed":
      return { ...base, path: pick(["/alice/pics/a%2fb", "/alice/.git/config", "/alice/pics/%ff"]), entry: refused(ownerId("alice"), 400) };
    case "shapeless":
      return { ...base, path: pick(["/bob", "/bob/docs", "/bob/a/b/c/d", "/bob/docs/empty.txt/W1"]), entry: refused(ownerId("bob"), 404) };
    case "nobody":
      return { ...base, path: pick(["/Alice/a/b", "/-/a/b"]), entry: refused(UNKNOWN_OWNER, 400) };
    case "reserved":
      return { ...base, path: pick(["/assets/a/b", "/_derived/alice/pics", "/favicon.ico"]), entry: refused(UNKNOWN_OWNER, 404) };
  }
  return { ...base, entry: served(200) };
}

/** Sends random requests after one for each file, and keeps the ledger of what arrived. */
export class Load {
  readonly ledger = new Ledger();
  readonly #etags = new Map<string, string>();
  readonly #random: () => number;

  readonly #instances: number;

  constructor(random: () => number, instances = 1) {
    this.#random = random;
    this.#instances = instances;
  }

  async everyFile(url: URL): Promise<void> {
    for (const file of [...FILES, DERIVED]) {
      const derived = file === DERIVED;
      const path = `/${file.owner}/${file.image.split("/").map(encodeURIComponent).join("/")}${derived ? "/w512" : ""}`;
      const entry = { owner: ownerId(file.owner), image: file.image, variant: derived ? "w512" : "original", country: "XX", status: 200 };
      const answer = await ask(url, { path });
      assert.equal(answer.body.length, file.size);
      this.ledger.add(entry, answer.body.length);
      this.#etags.set(file.owner + file.image + derived, String(answer.headers.etag));
    }
  }

  async send(url: URL, requests: number): Promise<void> {
    const plans = Array.from({ length: requests }, () => plan(this.#random, this.#etags, this.#instances));
    assert.ok(new Set(plans.map((it) => it.entry.status)).size >= 7, "the load is mixed");
    await inParallel(plans, 24, async ({ entry, ...request }) => {
      const answer = await ask(url, request);
      assert.equal(answer.status, entry.status, `${request.method} ${request.path} ${JSON.stringify(request.headers)}`);
      this.ledger.add({ ...entry, status: answer.status }, answer.body.length);
    });
  }
}
