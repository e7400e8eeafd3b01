// A day of points that makes the nightly job ask everything that it can ask: more owners than one statement names, more
// rows of one owner and more values of the index than one page holds, and names that have to be quoted.

import type { PastPoint } from "../../dev/cloudflare/points.ts";

const DAY = 86_400;
const FORMATS = ["image/webp", "video/mp4", "application/json", "imagery/x", ""];
const BOTS = ["human", "ai", "search", "other", "(private)", ""];
const CRAWLERS = ["(none)", "GPTBot", "Googlebot", "Other bot", "(private)", ""];
const REASONS = ["", "", "object_not_found", "gone"];
const HOUR = 3_600;

const PIECES = ["a", "B", "/", "'", "''", "\\", "%", "_", "ä", "é", "é", "🦕", "\u{ffee}", " ", "--", ";", "/*", "{}", "0", "?1", '"', "`", "\\n"];
const VARIANTS = ["original", "w1", "w512", "(none)", "", "o'w"];
const COUNTRIES = ["DE", "FR", "IN", "XX", "T1", "de", ""];
const CACHE = ["hit", "miss", "bypass", "HIT", ""];
const STATUSES = [200, 206, 304, 404, 500, 599, 100];
/** Of points that something else wrote. */
const NO_STATUSES = [0, 99, 600, -1, 200.5e3];
const INTERVALS = [1, 1, 1, 2, 10, 997];

/** How many rows one owner has: some pages of them. */
const ROWS_OF_ONE = 25_000;
const OWNERS = 450;
/** Values of the index that are no owner's. */
const STRANGERS = 13_000;

export function load(random: () => number, date: string): PastPoint[] {
  const below = (limit: number) => Math.floor(random() * limit);
  const pick = <T>(items: T[]): T => items[below(items.length)]!;
  const text = (most: number) => Array.from({ length: below(most + 1) }, () => pick(PIECES)).join("");
  const owner = () => Array.from({ length: 32 }, () => pick([..."0123456789abcdef"])).join("");
  const start = Date.parse(`${date}T00:00:00Z`) / 1000;
  const stamped = (days: number) => new Date((start + days * DAY) * 1000).toISOString().slice(0, 10);
  const [before, after] = [stamped(-1), stamped(1)];

  /** Mostly of the day and in it; else near an end of it, or of a neighbour of it, and not always as it should be. */
  const when = () => {
    if (random() < 0.8) return { timestamp: start + below(DAY), stamp: date };
    const end = start + pick([0, DAY]);
    const timestamp = pick([end - 1, end, end - HOUR, end - HOUR - 1, end + HOUR, end + HOUR - 1, end + below(4 * HOUR) - 2 * HOUR]);
    return { timestamp, stamp: pick([date, date, before, after, ""]) };
  };
  const point = (index: string, image: string, { timestamp, stamp } = when()): PastPoint => ({
    timestamp,
    sampleInterval: pick(INTERVALS),
    index,
    blobs: [
      stamp, image, pick(VARIANTS), pick(COUNTRIES), pick(CACHE), pick(FORMATS), "Desktop", "Firefox", "Linux", pick(BOTS), text(2), pick(REASONS),
      "", "", "", "", pick(CRAWLERS),
    ],
    doubles: [below(1e7), below(1e7), random() < 0.97 ? pick(STATUSES) : pick(NO_STATUSES), below(2), 0],
  });

  const points: PastPoint[] = [];
  const one = owner();
  while (points.length < ROWS_OF_ONE * 1.5) {
    const image = `pics/${text(8)}`;
    for (let copies = below(40); copies >= 0; copies -= 1) points.push(point(one, image));
  }
  for (let owners = 0; owners < OWNERS; owners += 1) {
    const index = owner();
    for (let rows = below(30); rows >= 0; rows -= 1) points.push(point(index, `pics/${text(2)}`));
  }
  for (let strangers = 0; strangers < STRANGERS; strangers += 1) {
    points.push(point(pick([text(9), owner().toUpperCase(), owner().slice(1)]) + text(3), text(3)));
  }
  points.push(point("", ""));
  return points;
}

/** Hits of a few owners that fill every column, for filtered reports. */
export function hits(random: () => number, date: string): PastPoint[] {
  const pick = <T>(items: T[]): T => items[Math.floor(random() * items.length)]!;
  const text = () => Array.from({ length: Math.floor(random() * 4) }, () => pick(PIECES)).join("");
  const owners = ["0".repeat(32), "f".repeat(32), "short"];
  const start = Date.parse(`${date}T00:00:00Z`) / 1000;
  return Array.from({ length: 5_000 }, () => ({
    timestamp: start + Math.floor(random() * DAY),
    sampleInterval: pick(INTERVALS),
    index: pick(owners),
    blobs: [
      date, `pics/${text()}`, pick(VARIANTS), pick(COUNTRIES), pick(CACHE), pick(FORMATS), text(), text(), text(), pick(BOTS), text(), pick(REASONS),
      "", "", text(), text(), pick(CRAWLERS),
    ],
    doubles: [Math.floor(random() * 1e7), Math.floor(random() * 1e7), pick([...STATUSES, ...NO_STATUSES]), 0, 0],
  }));
}
