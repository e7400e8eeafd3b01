// The history of the local stack: sixty days of hits, as Analytics Engine would have kept them, turned into days in D1 by
// the nightly job itself. Weekdays differ, traffic grows, a crawler comes by, and one day a link is broken.

import { createHmac } from "node:crypto";
import { ask } from "./ask.ts";
import { type Argument, CONTROL_PATH, type Control } from "./cloudflare/control.ts";
import type { PastPoint } from "./cloudflare/points.ts";
import { DEFAULTS } from "./cloudflare/settings.ts";
import { SECRETS, deployedConfig } from "./local.ts";
import { sampleMedia } from "./media.ts";
import { seeded } from "./random.ts";
import { COUNTRIES, DEAD_LINKS, REFERRERS, VISITORS, type Visitor, pick, popular } from "./traffic.ts";
import { reportWork } from "./work.ts";

const DAYS = 60;
const DAY = 24 * 60 * 60 * 1000;
const HITS_A_DAY = 500;
const GROWTH = 1.6;
const BY_WEEKDAY = [0.7, 1.1, 1.15, 1.1, 1.05, 1, 0.75];
/** How many days ago a crawler read everything, and a page linked to a file that is gone. */
const CRAWLED = 12;
const BROKEN = 23;
const SEED = 60;

/** Loads the hits and lets the nightly job make days of them. */
export async function seedHistory(url: string, dataset: string, report: (line: string) => void): Promise<void> {
  const today = Date.parse(new Date().toISOString().slice(0, 10));
  const random = seeded(SEED);
  const media = popular(await sampleMedia());
  for (let ago = DAYS; ago >= 1; ago -= 1) {
    const points = day(random, media, new Date(today - ago * DAY), ago);
    await control(url, "loadPoints", { dataset, points });
    report(`hits of ${DAYS - ago + 1} of ${DAYS} days`);
  }
  // Sixty nights at once ask Analytics Engine more often than Cloudflare lets anybody.
  await control(url, "settings", { sqlBudget: null });
  for (let closed = 0; closed < DAYS; ) {
    const night = runNight(url);
    const progress = () => closedDays(url).then((days) => `${days} of ${DAYS} days`, (error) => error.message);
    const watching = setInterval(async () => report(`the nightly job: ${await progress()}`), 500);
    await night.finally(() => clearInterval(watching));
    const now = await closedDays(url);
    if (now <= closed) throw new Error(`the nightly job closed only ${now} of ${DAYS} days`);
    closed = now;
  }
  await control(url, "clearLog");
  await control(url, "settings", { sqlBudget: DEFAULTS.sqlBudget });
  await reportWork(url, random, today);
}

async function control<Method extends keyof Control>(url: string, method: Method, ...[argument]: Argument<Method>): Promise<void> {
  await ask(method, `${url}${CONTROL_PATH}`, { method: "POST", body: JSON.stringify({ method, argument }) });
}

/** Fires today's triggers as Cloudflare does, which nothing does locally. */
export async function runNight(url: string): Promise<void> {
  const due = Date.parse(new Date().toISOString().slice(0, 10)) + 2 * 60 * 60 * 1000;
  for (const cron of deployedConfig().triggers.crons) {
    await ask(`the trigger ${cron}`, `${url}/cdn-cgi/local/scheduled?${new URLSearchParams({ cron, time: String(due) })}`);
  }
}

async function closedDays(url: string): Promise<number> {
  const headers = { authorization: `Bearer ${SECRETS.ADMIN_TOKEN}` };
  const answer = await ask("the state of the days", `${url}/v1/analytics/status?days=${DAYS + 1}`, { headers });
  const { days } = (await answer.json()) as any;
  return days.filter((day: any) => day.state === "closed" || day.state === "final").length;
}

function day(random: () => number, media: ReturnType<typeof popular>, date: Date, ago: number): PastPoint[] {
  const trend = GROWTH ** (1 - ago / DAYS);
  const hits = Math.round(HITS_A_DAY * trend * BY_WEEKDAY[date.getUTCDay()]! * (0.9 + 0.2 * random()));
  const points = Array.from({ length: hits }, () => hit(random, media, date, ago));
  if (ago === CRAWLED) {
    const crawler = VISITORS.find(([visitor]) => visitor.bot === "ai")![0];
    for (let crawled = 0; crawled < hits; crawled += 1) points.push(hit(random, media.map(([file]) => [file, 1]), date, ago, crawler));
  }
  return points;
}

function hit(random: () => number, media: ReturnType<typeof popular>, date: Date, ago: number, crawler?: Visitor): PastPoint {
  const visitor = crawler ?? pick(random, VISITORS);
  const file = pick(random, media);
  const [owner, ...image] = file.key.split("/");
  const country = crawler ? "US" : pick(random, COUNTRIES);
  const referrer = crawler ? undefined : pick(random, REFERRERS);
  const seconds = Math.floor(random() * 86_400);
  const dead = random() < (ago === BROKEN ? 0.25 : 0.03);
  const link = DEAD_LINKS[ago === BROKEN ? 1 : Math.floor(random() * DEAD_LINKS.length)]!;
  const reason = link.split("/").length > "/owner/album/file".split("/").length ? "variant_not_allowed" : "object_not_found";
  const small = !dead && file.key.endsWith("dino.jpg") && random() < 0.5;
  const cached = random() < 0.82;
  const size = small ? Math.round(file.body.length / 3) : file.body.length;
  const status = dead ? 404 : random() < 0.08 ? 304 : 200;
  const bytes = dead ? 110 : status === 304 ? 0 : size;
  // An error derives from nothing but itself, as the worker counts it.
  const sourceBytes = dead ? bytes : status === 304 ? 0 : file.body.length;
  const isPrivate = random() < 0.04;
  const classes = [visitor.device, visitor.browser, visitor.os, visitor.bot, referrer ? new URL(referrer).hostname : "N/A"];
  return {
    timestamp: date.getTime() / 1000 + seconds,
    index: ownerId(dead ? link.split("/")[1]! : owner!),
    blobs: [
      date.toISOString().slice(0, 10),
      dead ? "(missing)" : image.join("/"),
      dead ? "(none)" : small ? "w512" : "original",
      country,
      dead ? "error" : cached ? "hit" : "miss",
      dead ? "application/json" : file.contentType,
      ...(isPrivate ? classes.map(() => "(private)") : classes),
      dead ? reason : "",
      dead ? link : "",
      "",
      "",
      "",
      isPrivate ? "(private)" : visitor.crawler,
      String(Math.floor(seconds / 3_600)).padStart(2, "0"),
    ],
    doubles: [bytes, sourceBytes, status, 0, 0],
  };
}

/** An owner's stored identifier, as the design says. */
function ownerId(name: string): string {
  return createHmac("sha256", SECRETS.OWNER_HASH_SECRET).update(name).digest("hex").slice(0, 32);
}
