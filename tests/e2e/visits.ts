// Requests by known visitors, with what has to come of each in every dimension: decided here and read from the answers
// at the client's socket, never from what the worker counted.

import { ask } from "./client.ts";

/** Requests, bytes, cache hits, cache misses, and by how many bytes that is less than the originals. */
export type Counters = [requests: number, bytes: number, hits: number, misses: number, saved: number];

interface Visitor {
  agent?: string;
  device: string;
  browser: string;
  os: string;
  bot: string;
  crawler: string;
}

const VISITORS: Visitor[] = [
  { agent: "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/149.0.0.0 Safari/537.36", device: "Desktop - Windows PC", browser: "Chrome", os: "Windows", bot: "human", crawler: "(none)" },
  { agent: "Mozilla/5.0 (iPhone; CPU iPhone OS 19_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.1 Mobile/15E148 Safari/604.1", device: "Smartphone - Apple iPhone", browser: "Safari", os: "iOS", bot: "human", crawler: "(none)" },
  { agent: "Mozilla/5.0 (Linux; Android 15; SM-S928B) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36", device: "Smartphone - Samsung", browser: "Samsung Internet", os: "Android", bot: "human", crawler: "(none)" },
  { agent: "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", device: "Bot", browser: "unknown", os: "unknown", bot: "search", crawler: "Googlebot" },
  { agent: "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.3; +https://openai.com/gptbot)", device: "Bot", browser: "unknown", os: "unknown", bot: "ai", crawler: "GPTBot" },
  { agent: "curl/8.14.1", device: "Bot", browser: "unknown", os: "unknown", bot: "other", crawler: "Other bot" },
  { device: "Bot", browser: "unknown", os: "unknown", bot: "other", crawler: "Other bot" },
];
/** With what is private, as many hosts as the error report lists of a URL. */
const REFERRERS: [header: string | undefined, host: string][] = [
  ["https://shop.example/catalogue?page=2", "shop.example"],
  ["https://Blog.Example.:8443/2026", "blog.example"],
  ["moz-extension://6f8e6f3e-0f9b-4f3c-9d5e-2b0a8f1c7d4e/", "moz-extension"],
  ["not a url", "N/A"],
  [undefined, "N/A"],
];
const COUNTRIES: [header: string | undefined, code: string][] = [["DE", "DE"], ["IN", "IN"], ["T1", "T1"], ["ZZ", "XX"], [undefined, "XX"]];
const ADDRESSES = ["203.0.113.7", "198.51.100.9", "2001:db8::1"];
/** Owner, path after it, how to ask. */
const TARGETS: [owner: string, path: string, headers?: Record<string, string>, method?: string][] = [
  ["alice", "pics/dino.jpg"], ["alice", "pics/dino.jpg"], ["alice", "pics/dino.jpg/w512"], ["alice", "pics/logo.webp"],
  ["alice", "pics/vector.svg", undefined, "HEAD"], ["alice", "clips/waves.mp4", { range: "bytes=10-109" }],
  ["alice", "clips/waves.mp4", { range: "bytes=900000-" }], ["alice", "clips/waves.mp4/sd480"], ["alice", "docs/paper.pdf"], ["alice", "pics/gone.jpg"],
  ["alice", "pics/dino.jpg/w9"], ["alice", "pics/%00.jpg"], ["alice", "pics/dino.jpg", undefined, "POST"],
  ["alice", "pics/dino.jpg", { "if-match": '"x"' }], ["alice", "pics/dino.jpg", { "access-control-request-method": "GET" }, "OPTIONS"],
  ["bob", "pics/boots.png"], ["bob", "pics/boots.png"], ["bob", "pics/gone.jpg"],
];

export const MEDIA = {
  "alice/pics/dino.jpg": { body: new Uint8Array(20_000) },
  "_derived/alice/pics/dino.jpg/w512": { body: new Uint8Array(5_000), metadata: { "source-bytes": "20000" } },
  "alice/pics/logo.webp": { body: new Uint8Array(777) },
  "alice/pics/vector.svg": { body: new Uint8Array(321) },
  "alice/clips/waves.mp4": { body: new Uint8Array(300_000) },
  "_derived/alice/clips/waves.mp4/sd480": { body: new Uint8Array(60_000) },
  "alice/docs/paper.pdf": { body: new Uint8Array(4_096) },
  "bob/pics/boots.png": { body: new Uint8Array(9_999) },
};
const DERIVED = { path: "pics/dino.jpg/w512", source: 20_000 };

/** What was asked for in vain. */
export interface Failure {
  status: number;
  reason: string;
  path: string;
  referrers: Map<string, number>;
  requests: number;
}

/** An owner's counters by dimension and value. */
export class VisitLedger {
  readonly dimensions = new Map<string, Map<string, Counters>>();
  readonly failures = new Map<string, Failure>();
  totals: Counters = [0, 0, 0, 0, 0];

  add(values: Record<string, string>, counters: Counters): void {
    this.totals = plus(this.totals, counters);
    for (const [dimension, value] of Object.entries(values)) {
      const rows = this.dimensions.get(dimension) ?? new Map<string, Counters>();
      rows.set(value, plus(rows.get(value) ?? [0, 0, 0, 0, 0], counters));
      this.dimensions.set(dimension, rows);
    }
  }

  failed(status: number, reason: string, path: string, referrer: string): void {
    const key = `${status} ${reason} ${path}`;
    const failure = this.failures.get(key) ?? { status, reason, path, referrers: new Map(), requests: 0 };
    failure.requests += 1;
    failure.referrers.set(referrer, (failure.referrers.get(referrer) ?? 0) + 1);
    this.failures.set(key, failure);
  }
}

function plus(one: Counters, other: Counters): Counters {
  return one.map((number, index) => number + other[index]!) as Counters;
}

/** Sends so many requests, one of ten by a visitor who opts out, and keeps each owner's ledger. */
export async function visit(url: URL, random: () => number, requests: number): Promise<Map<string, VisitLedger>> {
  const pick = <T>(items: T[]): T => items[Math.floor(random() * items.length)]!;
  const ledgers = new Map<string, VisitLedger>();
  for (let sent = 0; sent < requests; sent += 1) {
    const [owner, path, how = {}, method = "GET"] = TARGETS[sent % TARGETS.length]!;
    const visitor = pick(VISITORS);
    const [[referrer, host], [country, code], ip] = [pick(REFERRERS), pick(COUNTRIES), pick(ADDRESSES)];
    const optsOut = sent % 10 === 7;
    const headers = Object.entries({
      ...how, "user-agent": visitor.agent, referer: referrer, "cf-ipcountry": country, "cf-connecting-ip": ip, "sec-gpc": optsOut ? "1" : undefined,
    }).filter(([, value]) => value !== undefined) as [string, string][];
    const answer = await ask(url, { method, path: `/${owner}/${path}`, headers: Object.fromEntries(headers) });
    const told = (name: string) => String(answer.headers[name] ?? "");
    const media = told("content-type").split(";")[0]!;
    const kind = media.startsWith("image/") ? "image" : media.startsWith("video/") ? "video" : "other";
    const [album, file, variant = "original"] = path.split("/");
    const reason = told("x-pixtally-error");
    const exists = method !== "OPTIONS" && ["", "range_not_satisfiable", "precondition_failed"].includes(reason);
    const open = (value: string) => (optsOut ? "(private)" : value);
    const cache = reason ? "error" : told("x-cache").toLowerCase();
    const bytes = answer.body.length;
    const source = path === DERIVED.path ? (bytes / 5_000) * DERIVED.source : bytes;
    const ledger = ledgers.get(owner) ?? new VisitLedger();
    ledgers.set(owner, ledger);
    ledger.add(
      {
        [kind]: exists ? `${album}/${file}` : "(missing)",
        variant: exists ? variant : "(none)",
        status: String(answer.status),
        country: code,
        asset_type: kind,
        format: media || "(none)",
        cache,
        device: open(visitor.device),
        browser: open(visitor.browser),
        os: open(visitor.os),
        bot: open(visitor.bot),
        crawler: open(visitor.crawler),
        referrer: open(host),
        error_reason: reason || "(none)",
        hour: new Date().toISOString().slice(11, 13),
        user_agent: open(visitor.agent ?? "N/A"),
        ip: open(ip),
      },
      [1, bytes, cache === "hit" ? 1 : 0, cache === "miss" ? 1 : 0, source - bytes],
    );
    if (reason) ledger.failed(answer.status, reason, `/${owner}/${path}`, open(host));
  }
  return ledgers;
}
