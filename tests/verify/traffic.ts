// Traffic of every kind that the media route answers, and the client's access log of it: many owners, names and spellings that
// are hard to get right, ranges, conditions, methods, and a time in which R2 is away.
//
// At the end of a day 50 failed requests of an owner are kept, so every failing URL is linked from one page alone; more than
// is kept is tried in tests/e2e/hostile.test.ts.

import { ask, inParallel } from "../e2e/client.ts";
import type { Stack } from "../e2e/stack.ts";
import { type Line, line } from "./access_log.ts";

export const OWNERS = Array.from({ length: 20 }, (_, index) => `shop-${index}`);

const PLAIN = ["dino.jpg", "empty.txt", "waves.mp4", "one.webp", "big.bin"];
const ODD = [
  "ä b+c%.png", "what?.jpg", "what?.png", "a&b=c;d.webp", "o'neill.gif", '"quoted".png', "<b>.svg", "🦕.avif", "\u00e9.jpg", "e\u0301.jpg", "end ", "#hash.mp4",
  "100%25.txt", "a|b^c`d.pdf", "~tilde_-.zip", "UPPER.JPG", "upper.jpg", "日本語.mp3", "a,b@c:d!$()*.jpg", "[1]{2}.png", "(missing)", "original", `${"ü".repeat(400)}.jpg`,
];
const SIZES = [20_000, 0, 60_001, 1, 150_000];
const DERIVED = [["pics", "dino.jpg", "w512"], ["odd", "end ", "w9"], ["odd", "what?.jpg", "original2"]] as const;

const ADDRESSES = [...Array.from({ length: 9 }, (_, index) => `203.0.113.${index * 7}`), "2001:db8::1", "2001:db8:0:1::ffff"];
const REFERRERS = [
  "https://shop.example/catalogue?page=2", "https://Blog.Example:8443/2026", "https://blog.example", "android-app://com.example.app/", "http://a.b.c.example?x",
  "https://www.google.com/search?q=dino", "https://news.example/%22x%22/", "not a url", undefined,
];
const AGENTS = [
  "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/149.0.0.0 Safari/537.36",
  "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
  "curl/8.14.1", "Wget/1.25 100% {plain}", undefined,
];
const COUNTRIES = ["DE", "IN", "T1", "nowhere", undefined];
const QUERIES = ["?", "?utm=1", "?w=1&h=%20x%00", "?a=b?c/d", "?%2e%2e/"];

/** Owners that do not exist, and what can be nobody's. */
const NOBODYS = [
  "/stranger/a/b", "/stranger/a/b.jpg", "/someone-else/%20/x", "/someone-else/a/b/w512", "/Shop-1/a/b", "/-/a/b", "/_derived/shop-1/pics", "/_unknown/a/b",
  "/favicon.ico", "/robots.txt", "/.env", "/wp-login.php", "/%E2%9C%93/a/b", "/%ff/a/b", "/sh%00op/a/b", "/a%0d%0ab/c/d", "/cdn-cgi2/x/y",
];
/** What an owner does not have. */
const IN_VAIN = [
  "/pics/gone.jpg", "/pics/gone.jpg/original", "/pics/gone%20.jpg/w512", "/pics/dino.jpg/w513", "/pics/dino.jpg/W1", "/pics/a%2fb", "/pics/a%5Cb", "/pics/%ff%FE.png",
  "/pics/%00.jpg", "/pics/%0Aline%0d", "/.git/config", "/a/b/c/d", "/only", "/100%/zz", "/odd/%F0%9F%A6%96.avif", "//x",
];

interface Request {
  method?: string;
  path: string;
  headers?: Record<string, string>;
  /** Who links there; anybody unless given. */
  referrer?: number;
}

/** What stands in R2. */
export function trafficMedia(): Record<string, { body: Uint8Array; metadata?: Record<string, string> }> {
  const files = OWNERS.flatMap((owner, at) => [
    ...PLAIN.map((file, index) => [`${owner}/pics/${file}`, SIZES[index]! + (SIZES[index]! > 1 ? at : 0)] as const),
    ...ODD.map((file, index) => [`${owner}/odd/${file}`, 100 * index + at] as const),
    ...DERIVED.map(([album, file, variant], index) => [`_derived/${owner}/${album}/${file}/${variant}`, 5_000 * index + 7 * at] as const),
  ]);
  return Object.fromEntries(files.map(([key, size]) => [key, { body: new Uint8Array(size).fill(size) }]));
}

export class Traffic {
  readonly log: Line[] = [];
  readonly #random: () => number;
  readonly #etags = new Map<string, string>();

  constructor(random: () => number) {
    this.#random = random;
  }

  async send(stack: Stack, requests: number): Promise<void> {
    const failures = [...NOBODYS.map((path, referrer) => ({ path, referrer })), ...OWNERS.flatMap((owner) => this.#failures(owner))];
    const some = (count: number) => Array.from({ length: count }, () => (this.#below(3) > 0 ? this.#success() : this.#pick(failures)));
    const away = OWNERS.flatMap((owner) => ["/pics/dino.jpg", "/pics/gone.jpg", "/odd/%23hash.mp4"].map((path, referrer) => ({ path: `/${owner}${path}`, referrer, headers: { range: "bytes=0-0" } })));
    const first = Math.ceil((requests - failures.length - away.length) / 2);

    await this.#ask(stack.url, [...failures, ...some(first)]);
    await stack.api("/__faults", { method: "POST", body: JSON.stringify({ mode: "r2-reject" }) });
    await this.#ask(stack.url, away);
    await stack.api("/__faults", { method: "POST", body: JSON.stringify({ mode: "none" }) });
    await this.#ask(stack.url, some(requests - failures.length - away.length - first));
  }

  #below(limit: number): number {
    return Math.floor(this.#random() * limit);
  }

  #pick<T>(items: readonly T[]): T {
    return items[this.#below(items.length)]!;
  }

  /** One of the spellings that a path segment can have. */
  #spelled(text: string): string {
    const every = () => [...Buffer.from(text)].map((byte) => `%${byte.toString(16).padStart(2, "0")}`).join("");
    // What RFC 3986 lets stand; the rest would be refused before it reaches the worker.
    const least = () => text.replace(/[^\w.~!$&'()*+,;=:@-]/gu, encodeURIComponent);
    return this.#pick([encodeURIComponent, encodeURIComponent, every, least])(text);
  }

  #success(): Request {
    const owner = this.#pick(OWNERS);
    const [album, file, variant] = this.#pick<readonly string[]>([...PLAIN.map((file) => ["pics", file]), ...ODD.map((file) => ["odd", file]), ...DERIVED]);
    const ending = variant ?? this.#pick(["", "", "original"]);
    const path = `/${owner}/${this.#spelled(album!)}/${this.#spelled(file!)}${ending && `/${ending}`}`;
    const known = this.#etags.get(path) ?? '"unknown"';
    const range = () => `bytes=${this.#below(200)}-${200 + this.#below(100_000)}`;
    return this.#pick<() => Request>([
      () => ({ path }),
      () => ({ path }),
      () => ({ path }),
      () => ({ path: path + this.#pick(QUERIES) }),
      () => ({ path, method: "HEAD" }),
      () => ({ path, method: "HEAD", headers: { range: range() } }),
      () => ({ path, headers: { "if-none-match": known } }),
      () => ({ path, headers: { "if-none-match": "*" } }),
      () => ({ path, headers: { "if-modified-since": this.#pick(["Fri, 01 Jan 2100 00:00:00 GMT", "Sat, 01 Jan 2000 00:00:00 GMT"]) } }),
      () => ({ path: `/${owner}/pics/waves.mp4`, headers: { range: range() } }),
      () => ({ path: `/${owner}/pics/waves.mp4?t=5`, headers: { range: "bytes=-500" } }),
      () => ({ path: `/${owner}/pics/big.bin`, headers: { range: "bytes=0-1,5-6" } }),
      () => ({ path: `/${owner}/pics/big.bin/original`, headers: { range: range(), "if-range": '"another"' } }),
    ])();
  }

  #failures(owner: string): Request[] {
    const refused = ["POST", "PUT", "DELETE", "OPTIONS", "PATCH"].map((method) => ({ method, path: `/${owner}/pics/dino.jpg`, referrer: 0 }));
    const unsatisfiable = ["/pics/empty.txt", "/pics/one.webp/original"].map((path, referrer) => ({ path: `/${owner}${path}`, headers: { range: "bytes=5-" }, referrer }));
    const inVain = IN_VAIN.map((path, referrer) => ({ path: `/${owner}${path}`, method: referrer % 5 === 4 ? "HEAD" : "GET", referrer }));
    return [...refused, ...unsatisfiable, ...inVain];
  }

  async #ask(url: URL, requests: Request[]): Promise<void> {
    const visits = requests.map((request) => ({ request, visitor: this.#visitor(request) }));
    await inParallel(visits, 24, async ({ request: { method = "GET", path, headers }, visitor }) => {
      const answer = await ask(url, { method, path, headers: { ...headers, ...visitor.headers } });
      if (answer.status === 200 && answer.headers.etag) this.#etags.set(path, answer.headers.etag);
      this.log.push(line({ ...visitor.logged, method, target: path, status: answer.status, bytes: answer.body.length }));
    });
  }

  /** A visitor's headers, and what a log has of them: of one who opts out, nothing. */
  #visitor({ referrer: page }: Request) {
    const [address, agent, country] = [this.#pick(ADDRESSES), this.#pick(AGENTS), this.#pick(COUNTRIES)];
    const referrer = page === undefined ? this.#pick(REFERRERS) : REFERRERS[page % REFERRERS.length];
    const optOut = this.#pick([undefined, undefined, undefined, undefined, "sec-gpc", "dnt"]);
    const headers = { "cf-connecting-ip": address, "user-agent": agent, "cf-ipcountry": country, referer: referrer, ...(optOut && { [optOut]: "1" }) };
    const given = Object.entries(headers).filter((entry): entry is [string, string] => entry[1] !== undefined);
    return { headers: Object.fromEntries(given), logged: optOut ? { address: NOBODY } : { address, referrer, agent } };
  }
}

/** The address that a log has of visitors who opt out. */
export const NOBODY = "0.0.0.0";
