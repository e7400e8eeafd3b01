// Varied traffic that repeats: several images, countries, visitors and referrers, and some errors. What has been sent once
// round has every value in it.

import { BODY } from "./object.ts";
import { ask, type Ask } from "./load.ts";

const IMAGES = Array.from({ length: 12 }, (_, image) => `alice/pics/${image}.jpg`);
const COUNTRIES = ["DE", "US", "IN", "BR", "JP", "FR", "GB", "NG"];
const REFERRERS = ["", ...Array.from({ length: 9 }, (_, site) => `https://site-${site}.example/page`)];
const ADDRESSES = Array.from({ length: 30 }, (_, host) => `203.0.113.${host + 1}`);
const AGENTS = [
  "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/149.0.0.0 Safari/537.36",
  "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.0 Safari/605.1.15",
  "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.0 Mobile/15E148 Safari/604.1",
  "Mozilla/5.0 (Linux; Android 16; Pixel 10) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/149.0.0.0 Mobile Safari/537.36",
  "Mozilla/5.0 (X11; Linux x86_64; rv:150.0) Gecko/20100101 Firefox/150.0",
  "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
  "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2; +https://openai.com/gptbot)",
];
/** Every so many hits one is for a file that does not exist. */
const ERROR_EVERY = 25;

export const KEYS = IMAGES;

/** The `index`th hit. The lists' lengths have few common factors, so that values meet in changing company. */
export function hit(url: URL, index: number): Ask {
  const of = <T>(list: T[], step: number): T => list[Math.floor(index * step) % list.length]!;
  const isError = index % ERROR_EVERY === ERROR_EVERY - 1;
  const path = isError ? `/alice/gone/${(index / ERROR_EVERY) % 8 | 0}.jpg` : `/${of(IMAGES, 1)}`;
  const referrer = of(REFERRERS, 1.7);
  const headers = {
    "CF-IPCountry": of(COUNTRIES, 1.3),
    "CF-Connecting-IP": of(ADDRESSES, 1),
    "User-Agent": of(AGENTS, 1.1),
    ...(referrer && { Referer: referrer }),
  };
  return ask(url, path, headers, isError ? 404 : 200, isError ? undefined : BODY);
}
