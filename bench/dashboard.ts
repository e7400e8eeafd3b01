// What the dashboard weighs, and how long somebody waits for it: from its address to a page on which nothing is missing any
// more, in Chromium, over loopback, with sixty days of one owner in D1.

import { readFileSync, readdirSync, statSync } from "node:fs";
import path from "node:path";
import { gzipSync } from "node:zlib";
import type { Browser } from "playwright-core";
import { ROOT } from "../dev/local.ts";
import { counted } from "../tests/e2e/counted.ts";
import { Stack } from "../tests/e2e/stack.ts";
import { Reader, launch } from "../tests/browser/reader.ts";
import { estimate, type Estimate } from "./statistics.ts";

const DAYS = 60;
const [REQUESTS, BYTES] = [500, 8_000_000];
const COUNTRIES = ["DE", "US", "IN", "FR", "BR"];
const ROUNDS = 15;
const VIEW = "?owner=alice";
/** Stands beside the page, which does not read it. */
const DESCRIPTION = path.join("v1", "openapi.json");

export interface Dashboard {
  /** Of every file of the page, gzipped one by one. */
  bytes: number;
  /** Milliseconds with nothing in the browser's cache, and with the page's files in it. */
  first: Estimate;
  again: Estimate;
  rounds: number;
}

export async function dashboard(progress: (text: string) => void): Promise<Dashboard> {
  progress("the dashboard");
  const stack = await Stack.start({ owners: ["alice"] });
  const browser = await launch();
  try {
    const today = Date.parse(new Date().toISOString().slice(0, 10));
    for (let ago = 0; ago < DAYS; ago += 1) {
      const date = new Date(today - ago * 86_400_000).toISOString().slice(0, 10);
      await counted(stack, { owner: "alice", date, country: COUNTRIES[ago % COUNTRIES.length]!, requests: REQUESTS, bytes: BYTES, hits: REQUESTS });
    }
    const [first, again]: [number[], number[]] = [[], []];
    for (let round = 0; round < ROUNDS; round += 1) {
      const times = await visit(browser, stack);
      first.push(times.first);
      again.push(times.again);
    }
    return { bytes: weight(path.join(ROOT, "dashboard", "dist")), first: estimate(first), again: estimate(again), rounds: ROUNDS };
  } finally {
    await browser.close();
    await stack.close();
  }
}

/** Signed in, but new to the page; and once more. */
async function visit(browser: Browser, stack: Stack): Promise<{ first: number; again: number }> {
  const reader = await Reader.arrive(browser, stack.url);
  await reader.signIn(undefined, VIEW);
  const session = await reader.page.context().storageState();
  await reader.leave();
  const fresh = await Reader.arrive(browser, stack.url, { session });
  const open = async () => {
    const began = performance.now();
    await fresh.open(VIEW);
    await fresh.page.locator(".map svg").waitFor();
    return performance.now() - began;
  };
  const [first, again] = [await open(), await open()];
  const requests = await fresh.card("Requests");
  if (requests !== (30 * REQUESTS).toLocaleString("en-GB")) throw new Error(`the page shows ${requests} requests`);
  fresh.expectNoProblems();
  await fresh.leave();
  return { first, again };
}

function weight(folder: string): number {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => path.normalize(name) !== DESCRIPTION)
    .map((name) => path.join(folder, name))
    .filter((file) => statSync(file).isFile())
    .reduce((sum, file) => sum + gzipSync(readFileSync(file)).length, 0);
}
