// Who asks for the sample media, from where, and for what: the model behind `npm run demo` and the history of
// `npm start`.

import type { SampleFile } from "./media.ts";

export type Weighted<T> = [value: T, weight: number][];

/** A visitor's user agent, and what the worker makes of it. */
export interface Visitor {
  userAgent: string;
  device: string;
  browser: string;
  os: string;
  bot: "human" | "search" | "ai" | "other";
  crawler: string;
}

export const COUNTRIES: Weighted<string> = [
  ["US", 30], ["DE", 16], ["IN", 14], ["GB", 8], ["FR", 6], ["BR", 6], ["JP", 5], ["NL", 4], ["CA", 3], ["AU", 3],
  ["SG", 2], ["ZA", 1], ["T1", 1],
];

const human = (userAgent: string, device: string, browser: string, os: string): Visitor => ({ userAgent, device, browser, os, bot: "human", crawler: "(none)" });
const bot = (userAgent: string, kind: Visitor["bot"], crawler: string): Visitor =>
  ({ userAgent, device: "Bot", browser: "unknown", os: "unknown", bot: kind, crawler });

export const VISITORS: Weighted<Visitor> = [
  [human("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/149.0.0.0 Safari/537.36", "Desktop - Windows PC", "Chrome", "Windows"), 26],
  [human("Mozilla/5.0 (iPhone; CPU iPhone OS 19_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.1 Mobile/15E148 Safari/604.1", "Smartphone - Apple iPhone", "Safari", "iOS"), 22],
  [human("Mozilla/5.0 (Linux; Android 16; Pixel 10) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/149.0.0.0 Mobile Safari/537.36", "Smartphone - Google", "Chrome", "Android"), 18],
  [human("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.1 Safari/605.1.15", "Desktop - Mac", "Safari", "macOS"), 10],
  [human("Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0", "Desktop - Linux PC", "Firefox", "Linux"), 5],
  [human("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/149.0.0.0 Safari/537.36 Edg/149.0.0.0", "Desktop - Windows PC", "Edge", "Windows"), 5],
  [bot("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", "search", "Googlebot"), 5],
  [bot("Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.3; +https://openai.com/gptbot)", "ai", "GPTBot"), 5],
  [bot("Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; ClaudeBot/1.0; +claudebot@anthropic.com)", "ai", "ClaudeBot"), 2],
  [bot("Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)", "search", "bingbot"), 2],
  [bot("facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)", "other", "facebookexternalhit"), 1],
  [bot("curl/8.14.1", "other", "Other bot"), 2],
];

export const REFERRERS: Weighted<string | undefined> = [
  ["https://shop.example/catalogue", 30], ["https://blog.example/2026/11/autumn", 20], [undefined, 30],
  ["https://www.google.com/", 12], ["https://hotlinker.example/gallery", 8],
];

export const DEAD_LINKS = ["/alice/pics/old-logo.png", "/bob/shop/boot.jpg", "/carol/blog/figure%202.png", "/bob/shop/boots.jpg/w9000"];

/** Popular first: the n-th file is asked for in proportion to 1/n. */
export function popular(files: SampleFile[]): Weighted<SampleFile> {
  return files.filter((file) => !file.key.startsWith("_derived/")).map((file, index) => [file, 1 / (index + 1)]);
}

export function pick<T>(random: () => number, choices: Weighted<T>): T {
  const total = choices.reduce((sum, [, weight]) => sum + weight, 0);
  let left = random() * total;
  for (const [value, weight] of choices) {
    left -= weight;
    if (left < 0) return value;
  }
  return choices[0]![0];
}
