// What axe cannot see: contrast of borders, charts as sentences and by keyboard, explanations without a mouse, names of links and
// tables, announcements, forced colours, fingers.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Browser } from "playwright-core";
import { counted } from "../e2e/counted.ts";
import { Stack } from "../e2e/stack.ts";
import { PHONE, Reader, eventually, launch } from "./reader.ts";

const MIB = 1_048_576;
const ago = (days: number) => new Date(Date.now() - days * 86_400_000).toISOString().slice(0, 10);
/** By days ago: requests, MiB. Five days, after five days with half of it. */
const DAYS: [ago: number, requests: number, mib: number, country: string][] = [
  [5, 10, 1, "DE"], [4, 20, 2, "DE"], [3, 40, 4, "US"], [2, 20, 2, "DE"], [1, 10, 1, "DE"], [10, 50, 5, "DE"],
];
const WEEK = `?owner=alice&start=${ago(5)}&end=${ago(1)}`;
const short = (date: string) => new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", timeZone: "UTC" }).format(Date.parse(date));
const long = (date: string) => new Intl.DateTimeFormat("en-GB", { weekday: "short", day: "numeric", month: "short", year: "numeric", timeZone: "UTC" }).format(Date.parse(date));

let stack: Stack;
let browser: Browser;

before(async () => {
  stack = await Stack.start({ owners: ["alice"] });
  browser = await launch();
  for (const [days, requests, mib, country] of DAYS) await counted(stack, { owner: "alice", date: ago(days), country, requests, bytes: mib * MIB });
});
after(() => Promise.all([stack.close(), browser.close()]));

/** The contrast of a border or background with what is behind it, as the browser has computed both. */
const CONTRAST = `(element, property) => {
  const context = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const read = (colour) => { context.clearRect(0, 0, 1, 1); context.fillStyle = colour; context.fillRect(0, 0, 1, 1); return context.getImageData(0, 0, 1, 1).data; };
  const luminance = ([...rgb]) => rgb.slice(0, 3).map((part) => part / 255).map((part) => (part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)).reduce((sum, part, index) => sum + part * [0.2126, 0.7152, 0.0722][index], 0);
  let behind = element.parentElement;
  while (read(getComputedStyle(behind).backgroundColor)[3] < 255) behind = behind.parentElement;
  const [one, other] = [luminance(read(getComputedStyle(element)[property])), luminance(read(getComputedStyle(behind).backgroundColor))];
  return (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
}`;

for (const colorScheme of ["light", "dark"] as const) {
  test(`borders of controls and edges of bars stand out: ${colorScheme}`, async () => {
    const reader = await Reader.arrive(browser, stack.url, { colorScheme });
    const { page } = reader;
    const contrast = (selector: string, property: string) => page.evaluate(`(${CONTRAST})(document.querySelector(${JSON.stringify(selector)}), ${JSON.stringify(property)})`) as Promise<number>;
    const expectContrast = async (selector: string, property: string) => {
      const found = await contrast(selector, property);
      assert.ok(found >= 3, `${selector} ${property}: ${found.toFixed(2)}`);
    };
    await reader.open();
    await expectContrast("input[name=token]", "borderTopColor");
    await reader.signIn(undefined, WEEK);
    await expectContrast(".toolbar select", "borderTopColor");
    await expectContrast(".toolbar .popover button", "borderTopColor");
    await expectContrast(".list .bar", "borderBottomColor");
    assert.ok(await page.locator(".list .share").first().isVisible(), "the share is also a text");
    await reader.open("?view=admin");
    await expectContrast("input[name=owner]", "borderTopColor");
    await reader.leave();
  });
}

test("the chart is a sentence, and its days are read by keyboard", async () => {
  const reader = await Reader.arrive(browser, stack.url);
  const { page } = reader;
  await reader.signIn(undefined, WEEK);
  const days = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" }).formatRange(Date.parse(ago(5)), Date.parse(ago(1))).replaceAll("\u2009", " ");
  await page.getByRole("img", { name: `Bandwidth, ${days}: 10.0 mebibytes, highest 4.00 mebibytes on ${short(ago(3))}, up 100 percent compared with the previous period.` }).waitFor();
  await page.getByRole("img", { name: `Requests, ${days}: 100 requests, highest 40 requests on ${short(ago(3))}, up 100 percent compared with the previous period.` }).waitFor();

  await page.getByRole("application", { name: "Chart of traffic by day" }).focus();
  const status = page.locator(".plots [role=status]");
  const readout = () => page.locator(".plot-title .readout strong").allInnerTexts();
  for (const [key, day, requests, bandwidth, spoken] of [
    ["ArrowLeft", 1, "10", "1.00 MiB", "1.00 mebibytes, 10 requests"],
    ["ArrowLeft", 2, "20", "2.00 MiB", "2.00 mebibytes, 20 requests"],
    ["Home", 5, "10", "1.00 MiB", "1.00 mebibytes, 10 requests"],
    ["ArrowLeft", 5, "10", "1.00 MiB", "1.00 mebibytes, 10 requests"],
    ["ArrowRight", 4, "20", "2.00 MiB", "2.00 mebibytes, 20 requests"],
    ["End", 1, "10", "1.00 MiB", "1.00 mebibytes, 10 requests"],
  ] as const) {
    await page.keyboard.press(key);
    await eventually(readout, [bandwidth, requests], `${key} to ${day} days ago`);
    const text = await status.innerText();
    assert.ok(text.startsWith(`${long(ago(day))}: ${spoken}.`), text);
  }
  const cursors = await page.locator(".plot .u-cursor-x").evaluateAll((lines: any[]) => lines.map((line) => line.style.transform));
  assert.ok(cursors.length === 2 && cursors[0] === cursors[1] && !cursors[0].includes("-10px"), String(cursors));
  await page.keyboard.press("Escape");
  await eventually(async () => [await readout(), await status.innerText()], [[], ""]);
  reader.expectNoProblems();
  await reader.leave();
});

test("what a metric means, and its exact value, can be read without a mouse", async () => {
  const reader = await Reader.arrive(browser, stack.url);
  const { page } = reader;
  await reader.signIn(undefined, WEEK);
  const button = page.getByRole("button", { name: "About bandwidth" });
  await button.focus();
  await page.keyboard.press("Enter");
  const box = page.locator(".info-box:popover-open");
  await eventually(() => box.locator("p").allInnerTexts(), ["Bytes delivered in response bodies.", "Exact value: 10,485,760 bytes"]);
  const [place, anchor] = [(await box.boundingBox())!, (await button.boundingBox())!];
  assert.ok(Math.abs(place.x - anchor.x) < 4 && place.y >= anchor.y + anchor.height && place.y < anchor.y + 60, JSON.stringify([place, anchor]));
  assert.deepEqual(await reader.accessibility(), []);
  await page.keyboard.press("Escape");
  await eventually(() => box.count(), 0);
  assert.equal(await page.evaluate("document.activeElement.getAttribute('aria-label')"), "About bandwidth", "the focus stays");
  await page.getByRole("link", { name: "Devices", exact: true }).click();
  await page.getByRole("button", { name: "About devices" }).click();
  await box.getByText("Most iPads identify themselves as Macs, so they count as Macs.").waitFor();
  reader.expectNoProblems();
  await reader.leave();
});

test("links and tables are called after what they do and hold", async () => {
  const reader = await Reader.arrive(browser, stack.url);
  const { page } = reader;
  await reader.signIn(undefined, WEEK);
  const countries = page.getByRole("table", { name: "Countries" });
  await countries.getByRole("link", { name: "Filter by Germany", exact: true }).waitFor();
  assert.equal(await countries.getByRole("columnheader", { name: "Bandwidth" }).getAttribute("aria-sort"), "descending");
  assert.equal(await page.locator(".sort[aria-pressed]").count(), 0, "one attribute says how a list is sorted");
  const cell = countries.getByRole("row", { name: /Germany/ }).locator("td").first();
  assert.deepEqual([await cell.locator(".unseen").innerText(), await cell.locator(".number").getAttribute("title")], ["6.00 mebibytes", "6,291,456 bytes"]);
  const unnamed = await page.locator("table").evaluateAll((tables: any[]) => tables.filter((table) => !table.ariaLabel).length);
  assert.equal(unnamed, 0);
  await reader.leave();
});

test("a change of the filters is announced once", async () => {
  const reader = await Reader.arrive(browser, stack.url);
  const { page } = reader;
  await reader.signIn(undefined, WEEK);
  const said = () => page.locator("main > [role=status].unseen").innerText();
  assert.equal(await said(), "", "a loaded page is no change");
  await page.getByRole("link", { name: "Filter by Germany" }).click();
  await eventually(said, "Filtered by Country is Germany: 60 requests");
  await page.getByRole("button", { name: "Country is: change to is not" }).click();
  await eventually(said, "Filtered by Country is not Germany: 40 requests");
  await page.getByRole("button", { name: "Remove filter Country is not Germany" }).click();
  await eventually(said, "No filters: 100 requests");
  reader.expectNoProblems();
  await reader.leave();
});

test("forced colours: bars and the current tab are visible", async () => {
  const reader = await Reader.arrive(browser, stack.url);
  const { page } = reader;
  await page.emulateMedia({ forcedColors: "active" });
  await reader.signIn(undefined, WEEK);
  const style = (selector: string, property: string) => page.evaluate(`getComputedStyle(document.querySelector(${JSON.stringify(selector)}))[${JSON.stringify(property)}]`);
  const canvas = await style("html", "backgroundColor");
  assert.notEqual(await style(".list .bar", "backgroundColor"), canvas);
  const box = (await page.locator(".list .bar").first().boundingBox())!;
  assert.ok(box.width > 1 && box.height >= 3, JSON.stringify(box));
  assert.notEqual(await style(".tabs a[aria-current]", "borderBottomColor"), canvas);
  assert.equal(await style(".tabs a:not([aria-current])", "borderBottomColor"), canvas);
  await reader.leave();
});

test("with a finger, a row is 44 px high and filters wherever it is pressed", async () => {
  const reader = await Reader.arrive(browser, stack.url, { viewport: PHONE, hasTouch: true });
  const { page } = reader;
  await reader.signIn(undefined, WEEK);
  const row = page.getByRole("table", { name: "Countries" }).getByRole("row", { name: /Germany/ });
  const box = (await row.boundingBox())!;
  assert.ok(box.height >= 44, String(box.height));
  await row.locator("td").nth(1).tap();
  await eventually(() => reader.search.includes("filter=country%3Ais%3ADE"), true);
  const small = await page.locator("main button:visible, main select:visible, .list a.open:visible").evaluateAll((elements: any[]) =>
    elements.filter((element) => element.getBoundingClientRect().height < 40 && !element.closest(".box")).map((element) => element.outerHTML.slice(0, 80)),
  );
  assert.deepEqual(small, []);
  const beyond = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth");
  assert.equal(beyond, 0);
  reader.expectNoProblems();
  await reader.leave();
});

test("days are written in the locale of the reader", async () => {
  const reader = await Reader.arrive(browser, stack.url, { locale: "de-DE" });
  await reader.signIn(undefined, WEEK);
  const days = new Intl.DateTimeFormat("de-DE", { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" }).formatRange(Date.parse(ago(5)), Date.parse(ago(1))).replaceAll("\u2009", " ");
  await reader.page.getByRole("button", { name: days }).waitFor();
  assert.equal(await reader.card("Bandwidth"), "10,485,760 bytes", "numbers are those of the English text");
  await reader.leave();
});
