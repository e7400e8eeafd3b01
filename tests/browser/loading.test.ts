// The page while data is on its way, and when it cannot come: skeletons that can be seen, nothing that moves, nothing requested
// twice, and an extension that blocks requests.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Browser, Page, Route } from "playwright-core";
import { counted } from "../e2e/counted.ts";
import { Stack } from "../e2e/stack.ts";
import { DESKTOP, PHONE, Reader, eventually, launch } from "./reader.ts";

/** As Web Vitals rate it: half of what still counts as good. */
const MOST_SHIFT = 0.05;
/** So late that the reader sees every skeleton. */
const LATENCY_MS = 150;

const ago = (days: number) => new Date(Date.now() - days * 86_400_000).toISOString().slice(0, 10);
const COUNTRIES = ["US", "DE", "IN", "GB", "FR", "BR", "JP", "NL", "CA", "AU", "SG"];

let stack: Stack;
let browser: Browser;

before(async () => {
  stack = await Stack.start({ owners: ["alice"], media: { "alice/pics/dino.jpg": { body: new Uint8Array(20_000) } } });
  browser = await launch();
  for (let day = 0; day < 62; day += 1) {
    const country = COUNTRIES[day % COUNTRIES.length]!;
    await counted(stack, { owner: "alice", date: ago(day), image: `pics/${day % 13}.jpg`, country, requests: 40 + day, bytes: (40 + day) * 9_000, hits: 30, misses: 10 });
  }
});
after(() => Promise.all([stack.close(), browser.close()]));

/** Holds matching requests until they are let go. */
async function held(page: Page, matches: (url: URL) => boolean): Promise<() => Promise<void>> {
  const routes: Route[] = [];
  let isHeld = true;
  await page.route((url) => matches(url), (route) => (isHeld ? void routes.push(route) : route.fallback()));
  return async () => {
    isHeld = false;
    await Promise.all(routes.map((route) => route.fallback()));
  };
}

const isReport = ({ pathname }: URL) => /^\/v1\/(reports|usage)\//.test(pathname);

for (const [device, viewport] of [["a phone", PHONE], ["a desktop", DESKTOP]] as const) {
  test(`nothing moves while data arrives, on ${device}`, async () => {
    const reader = await Reader.arrive(browser, stack.url, { viewport });
    const { page } = reader;
    await reader.signIn(undefined, "?owner=alice");
    await page.addInitScript(() => {
      const seen = { shift: 0, moved: [] as string[] };
      Object.assign(globalThis, { seen });
      new (globalThis as any).PerformanceObserver((list: any) => {
        for (const entry of list.getEntries()) {
          seen.shift += entry.value;
          seen.moved.push(...entry.sources.map(({ node }: any) => `${entry.value.toFixed(4)} ${node?.className || node?.nodeName}`));
        }
      }).observe({ type: "layout-shift", buffered: true });
    });
    await page.route(isReport, async (route) => {
      await new Promise((resolve) => setTimeout(resolve, LATENCY_MS));
      await route.fallback();
    });
    for (const view of ["", "&filter=country:is:DE", "&view=errors", "&view=usage", "&view=quality", "&view=image&image=pics/1.jpg"]) {
      await reader.open(`?owner=alice${view}`);
      const { shift, moved } = (await page.evaluate("globalThis.seen")) as { shift: number; moved: string[] };
      assert.ok(shift <= MOST_SHIFT, `${view || "overview"}: ${shift} ${JSON.stringify(moved)}`);
    }
    reader.expectNoProblems();
    await reader.leave();
  });
}

test("skeletons can be seen, within their panels", async () => {
  const reader = await Reader.arrive(browser, stack.url);
  const { page } = reader;
  await reader.signIn(undefined, "?owner=alice&days=1");
  const release = await held(page, isReport);
  await page.goto(page.url());
  await page.locator(".card .skeleton").first().waitFor();
  const skeletons = await page.locator(".skeleton").evaluateAll((elements: any[]) =>
    elements.map((element) => {
      const view = element.ownerDocument.defaultView;
      const [box, panel] = [element.getBoundingClientRect(), element.closest(".card, .panel").getBoundingClientRect()];
      const surface = view.getComputedStyle(element.closest(".card, .panel")).backgroundColor;
      const { backgroundColor, backgroundImage, padding } = view.getComputedStyle(element);
      return { isSeen: backgroundColor !== surface && backgroundImage === "none" && padding === "0px", isInside: box.width > 0 && box.left >= panel.left && box.right <= panel.right };
    }),
  );
  assert.ok(skeletons.length > 20, String(skeletons.length));
  assert.deepEqual(skeletons.filter(({ isSeen, isInside }) => !isSeen || !isInside), []);
  await release();
  await reader.settled();
  assert.equal(await page.locator(".skeleton").count(), 0);
  reader.expectNoProblems();
  await reader.leave();
});

test("a change that is loading is not one without anything to say", async () => {
  const reader = await Reader.arrive(browser, stack.url);
  const { page } = reader;
  await reader.signIn(undefined, "?owner=alice&days=1");
  // The days before, of the status and of every list.
  const release = await held(page, ({ pathname, searchParams }) => pathname.startsWith("/v1/reports/") && !pathname.endsWith("overview") && searchParams.has("start") && searchParams.get("end") !== ago(1));
  await reader.open(`?owner=alice&start=${ago(10)}&end=${ago(1)}`);
  await page.locator(".card .value .number").first().waitFor();
  await page.locator(".card .beside .skeleton").first().waitFor();
  assert.equal(await page.getByText("–", { exact: true }).count(), 0);
  await release();
  await eventually(() => page.locator(".card .beside .skeleton").count(), 0);
  await eventually(() => page.locator(".change-column .skeleton").count(), 0);
  assert.ok((await page.locator(".change-column .change").count()) > 0);
  reader.expectNoProblems();
  await reader.leave();
});

test("a page requests each report once, and no path that blocklists match", async () => {
  const reader = await Reader.arrive(browser, stack.url);
  const { page } = reader;
  await reader.signIn(undefined, "?owner=alice&days=1");
  const requested: string[] = [];
  page.on("request", (request) => requested.push(request.url()));
  await reader.open("?owner=alice");
  const reports = requested.filter((url) => isReport(new URL(url)));
  assert.deepEqual(reports.filter((url, index) => reports.indexOf(url) !== index), []);
  assert.deepEqual(requested.filter((url) => /analytics|tracking|telemetry|metrics|stats/.test(new URL(url).pathname)), []);
  assert.ok(reports.length > 5 && reports.length <= 18, JSON.stringify(reports));
  reader.expectNoProblems();
  await reader.leave();
});

test("requests that the browser blocks are called so, and not a lost connection", async () => {
  const reader = await Reader.arrive(browser, stack.url);
  const { page } = reader;
  await reader.signIn(undefined, "?owner=alice&days=1");
  const blocked = /Your browser blocks requests to the API\. An extension, such as an ad blocker, may be the cause/;
  let isBlocked = (path: string) => path.startsWith("/v1/reports/");
  await page.route("**/*", (route) => (isBlocked(new URL(route.request().url()).pathname) ? route.abort("blockedbyclient") : route.fallback()));
  await page.goto(page.url());
  await page.getByRole("alert").getByText(blocked).first().waitFor();
  isBlocked = (path) => path.startsWith("/v1/");
  await page.goto(page.url());
  await page.getByText(blocked).waitFor();
  isBlocked = (path) => path.startsWith("/v1/") || path === "/healthz";
  await page.goto(page.url());
  await page.getByText("The Worker isn’t responding. Check your connection.").waitFor();
  isBlocked = () => false;
  await page.getByRole("button", { name: "Try again" }).click();
  await page.getByRole("heading", { level: 1, name: "Overview" }).waitFor();
  assert.deepEqual(reader.strangers, []);
  await reader.leave();
});

test("today is a hollow dot that no line leads to", async () => {
  const reader = await Reader.arrive(browser, stack.url);
  const { page } = reader;
  await reader.signIn(undefined, "?owner=alice&days=7&compare=none");
  // How many pixels of each column of a plot have the colour of its line.
  const columns = (await page.locator(".plot canvas").last().evaluate((canvas: any) => {
    const { width, height } = canvas;
    const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
    const isLine = (at: number) => data[at] < 90 && data[at + 2] > 180 && data[at + 3] > 200;
    return Array.from({ length: width }, (_, x) => Array.from({ length: height }, (_, y) => isLine(4 * (y * width + x))).filter(Boolean).length);
  })) as number[];
  const drawn = columns.flatMap((count, x) => (count > 0 ? [x] : []));
  const gaps = drawn.slice(1).map((x, index) => x - drawn[index]!);
  const day = (drawn.at(-1)! - drawn[0]!) / 6;
  assert.ok(Math.max(...gaps) > day * 0.8, `no gap as wide as a day (${day}): ${Math.max(...gaps)}`);
  assert.equal(gaps.indexOf(Math.max(...gaps)), gaps.findLastIndex((gap) => gap > 3), "the gap is the last one: behind it is only today’s dot");
  await page.locator(".legend").getByText("Today (so far)").waitFor();
  reader.expectNoProblems();
  await reader.leave();
});
