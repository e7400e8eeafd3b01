// `npm run demo`: realistic traffic against the local stack: a few popular images and a long tail, visitors from
// many countries with real user agents and referrers, crawlers, ranges, conditionals, dead links.
//
//   npm run demo -- [--requests 2000] [--seed 1] [--url http://localhost:8787]

import http from "node:http";
import { parseArgs } from "node:util";
import { sampleMedia } from "./media.ts";
import { seeded } from "./random.ts";
import { COUNTRIES, DEAD_LINKS, REFERRERS, VISITORS, type Weighted, pick, popular } from "./traffic.ts";

const MAX_REQUESTS = 1_000_000;
const WIDTH = 8;

const { values } = parseArgs({
  options: {
    requests: { type: "string", default: "2000" },
    seed: { type: "string", default: "1" },
    url: { type: "string", default: `http://localhost:${process.env.PORT ?? "8787"}` },
  },
});
const requests = wholeNumber("requests", values.requests, 1, MAX_REQUESTS);
const random = seeded(wholeNumber("seed", values.seed, 0, 2 ** 31));
const base = new URL(values.url);

const paths: Weighted<{ path: string; video: boolean }> = popular(await sampleMedia()).map(([file, weight]) => [
  { path: `/${file.key.split("/").map(encodeURIComponent).join("/")}`, video: file.contentType.startsWith("video/") },
  weight,
]);

const agent = new http.Agent({ keepAlive: true, maxSockets: WIDTH });
const etags = new Map<string, string>();
const outcome = { answers: 0, bytes: 0, statuses: new Map<number, number>() };

let started = 0;
await Promise.all(
  Array.from({ length: WIDTH }, async () => {
    while (started < requests) {
      started += 1;
      await send();
      draw();
    }
  }),
);
agent.destroy();
const statuses = [...outcome.statuses].sort().map(([status, count]) => `${status}: ${count}`).join(", ");
console.log(`\n${outcome.answers} answers, ${outcome.bytes} bytes of bodies (${statuses})`);
console.log(`\n  curl -H 'Authorization: Bearer dev-admin-token' '${base.origin}/v1/analytics/overview?owner=*&days=1'`);

async function send(): Promise<void> {
  const headers: Record<string, string> = { "cf-ipcountry": pick(random, COUNTRIES), "user-agent": pick(random, VISITORS).userAgent };
  const referrer = pick(random, REFERRERS);
  if (referrer) headers.referer = referrer;
  if (random() < 0.04) headers["sec-gpc"] = "1";
  if (random() < 0.03) return ask("GET", DEAD_LINKS[Math.floor(random() * DEAD_LINKS.length)]!, headers);
  const { path, video } = pick(random, paths);
  if (video) {
    const first = Math.floor(random() * 4_000);
    return ask("GET", path, { ...headers, range: `bytes=${first}-${first + 2_000}` });
  }
  const etag = etags.get(path);
  if (etag && random() < 0.15) headers["if-none-match"] = etag;
  const target = path.endsWith("dino.jpg") && random() < 0.5 ? `${path}/w512` : path;
  return ask(random() < 0.02 ? "HEAD" : "GET", random() < 0.05 ? `${target}?utm_source=mail` : target, headers);
}

function ask(method: string, path: string, headers: Record<string, string>): Promise<void> {
  return new Promise((resolve) => {
    const request = http.request({ agent, host: base.hostname, port: base.port, method, path, headers }, (response) => {
      response.on("data", (chunk: Buffer) => (outcome.bytes += chunk.length));
      response.on("end", () => {
        outcome.answers += 1;
        outcome.statuses.set(response.statusCode!, (outcome.statuses.get(response.statusCode!) ?? 0) + 1);
        if (response.statusCode === 200 && response.headers.etag) etags.set(path.split("?")[0]!, response.headers.etag);
        resolve();
      });
    });
    request.on("error", (error) => {
      console.error(`\n${base.origin} does not answer (${error.message}). Is npm start running?`);
      process.exit(1);
    });
    request.end();
  });
}

function draw(): void {
  if (!process.stderr.isTTY && outcome.answers % Math.ceil(requests / 10) !== 0) return;
  const share = outcome.answers / requests;
  const bar = "█".repeat(Math.round(share * 30)).padEnd(30, "░");
  process.stderr.write(`${process.stderr.isTTY ? "\r" : ""}  ${bar} ${outcome.answers} of ${requests}${process.stderr.isTTY ? "" : "\n"}`);
}

function wholeNumber(name: string, text: string, least: number, most: number): number {
  const number = Number(text);
  if (/^\d+$/.test(text) && number >= least && number <= most) return number;
  console.error(`--${name} must be a whole number from ${least} to ${most}, and ${JSON.stringify(text)} is not`);
  process.exit(1);
}
