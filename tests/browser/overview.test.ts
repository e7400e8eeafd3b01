// The overview against the ledger of whoever has sent the requests: figures, days, comparison, filters, lists, files.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import type { Browser, Route } from "playwright-core";
import { seeded } from "../../dev/random.ts";
import { ask } from "../e2e/client.ts";
import { counted } from "../e2e/counted.ts";
import { Stack, ownerId, settle } from "../e2e/stack.ts";
import { MEDIA, visit, type VisitLedger } from "../e2e/visits.ts";
import { Reader, eventually, launch } from "./reader.ts";

const REQUESTS = 300;
const today = new Date().toISOString().slice(0, 10);
const ago = (days: number) => new Date(Date.parse(today) - days * 86_400_000).toISOString().slice(0, 10);
/** What was served of alice's before, by days ago: requests, bytes. */
const PAST: Record<number, [requests: number, bytes: number]> = { 1: [100, 2_000_000], 3: [40, 400_000], 9: [70, 700_000], 12: [25, 50_000] };

/** What was served of bob's, a day for each country. */
const MANY = ["US", "DE", "IN", "GB", "FR", "BR", "JP", "NL", "CA", "AU", "SG"].map((country, index) => [country, 90 - index] as const);

let stack: Stack;
let browser: Browser;
let ledger: VisitLedger;

before(async () => {
  stack = await Stack.start({ media: MEDIA, owners: ["alice", "bob", "carol"] });
  browser = await launch();
  for (const [days, [requests, bytes]] of Object.entries(PAST)) {
    await counted(stack, { owner: "alice", date: ago(Number(days)), country: "FR", requests, bytes, hits: requests });
  }
  for (const [index, [country, requests]] of MANY.entries()) {
    await counted(stack, { owner: "bob", date: ago(20 + index), country, requests, bytes: requests * 1_000 });
  }
  ledger = (await visit(stack.url, seeded(6), REQUESTS)).get("alice")!;
  const stored = async () => Number((await stack.sql("SELECT sum(requests) AS sum FROM analytics_daily WHERE date = ?1", today))[0]!.sum);
  await settle(async () => (await stored()) >= REQUESTS);
  assert.equal(await stored(), REQUESTS);
  await settle(async () => Number((await stack.points("SELECT count(*) AS count FROM points"))[0]!.count) >= REQUESTS);
});
after(() => Promise.all([stack.close(), browser.close()]));

const number = (value: number) => value.toLocaleString("en-GB");
const requestsBy = (dimension: string) => Object.fromEntries([...ledger.dimensions.get(dimension)!].map(([value, [requests]]) => [value, requests]));
const past = (...days: number[]) => days.reduce(([requests, bytes], day) => [requests + PAST[day]![0], bytes + PAST[day]![1]], [0, 0]) as [number, number];

test("figures are those of the ledger, to the byte", async () => {
  const reader = await Reader.arrive(browser, stack.url);
  await reader.signIn(undefined, "?owner=alice&days=7");
  const [requests, bytes, hits, misses, saved] = ledger.totals;
  const [pastRequests, pastBytes] = past(1, 3);
  assert.equal(await reader.card("Requests"), number(requests + pastRequests));
  assert.equal(await reader.card("Bandwidth"), `${number(bytes + pastBytes)} bytes`);
  assert.equal(await reader.card("Cache hit ratio"), `${number(hits + pastRequests)} hits, ${number(misses)} misses`);
  const errors = [...ledger.dimensions.get("status")!].reduce((sum, [status, [count]]) => sum + (Number(status) >= 400 ? count : 0), 0);
  assert.equal(await reader.card("Error rate"), `${number(errors)} of ${number(requests + pastRequests)} requests`);
  assert.equal(await reader.card("Bytes saved"), `${number(saved - pastBytes)} bytes`);
  reader.expectNoProblems();
  await reader.leave();
});

test("presets, the calendar, and the way back", async () => {
  const reader = await Reader.arrive(browser, stack.url);
  const { page } = reader;
  await reader.signIn(undefined, "?owner=alice&days=7");
  const week = number(ledger.totals[0] + past(1, 3)[0]);
  const shows = (requests: string, search: string) => eventually(async () => [await reader.card("Requests"), reader.search], [requests, search]);
  await shows(week, "?owner=alice&days=7");

  await page.getByRole("button", { name: /Last 7 days/ }).click();
  await page.getByRole("button", { name: "Yesterday" }).click();
  await shows(number(PAST[1]![0]), `?owner=alice&start=${ago(1)}&end=${ago(1)}`);

  await page.getByRole("button", { name: /Yesterday/ }).click();
  const day = (date: string) => page.getByRole("button", { name: new Intl.DateTimeFormat("en-GB", { weekday: "short", day: "numeric", month: "short", year: "numeric", timeZone: "UTC" }).format(Date.parse(date)) });
  const choose = async (date: string) => {
    if (!(await day(date).isVisible())) await page.getByRole("button", { name: "Previous month" }).click();
    await day(date).click();
  };
  await choose(ago(1));
  await choose(ago(9));
  await shows(number(past(1, 3, 9)[0]), `?owner=alice&start=${ago(9)}&end=${ago(1)}`);

  await page.goBack();
  await shows(number(PAST[1]![0]), `?owner=alice&start=${ago(1)}&end=${ago(1)}`);
  await page.goBack();
  await shows(week, "?owner=alice&days=7");
  await page.goForward();
  await shows(number(PAST[1]![0]), `?owner=alice&start=${ago(1)}&end=${ago(1)}`);
  await page.reload();
  await shows(number(PAST[1]![0]), `?owner=alice&start=${ago(1)}&end=${ago(1)}`);
  reader.expectNoProblems();
  await reader.leave();
});

test("figures are compared with the days before, in cards, days and lists", async () => {
  const reader = await Reader.arrive(browser, stack.url);
  const { page } = reader;
  await reader.signIn(undefined, `?owner=alice&start=${ago(6)}&end=${ago(1)}`);
  // Six days before those are 7 to 12 days ago.
  const [now, then] = [past(1, 3)[0], past(9, 12)[0]];
  const change = Math.round((now / then - 1) * 100);
  const card = page.locator(".card").filter({ hasText: "Requests" });
  assert.equal(await card.locator(".change .unseen").innerText(), `up ${change} percent`);
  await page.getByText("Show as table").click();
  const table = page.getByRole("region", { name: "Traffic by day" });
  const cells = async (row: number) => (await table.locator("tbody tr").nth(row).locator("th, td").allInnerTexts()).map((text) => text.trim());
  assert.equal((await cells(5))[2], number(PAST[1]![0]), "yesterday");
  assert.equal((await cells(0))[6], number(PAST[12]![0]), "what the first day is compared with");
  const countries = page.getByRole("table").filter({ has: page.getByRole("columnheader", { name: "Country" }) });
  const bandwidth = Math.round((past(1, 3)[1] / past(9, 12)[1] - 1) * 100);
  await eventually(() => countries.locator("tbody tr .change .unseen").allInnerTexts(), [`up ${bandwidth} percent`]);

  await page.getByRole("combobox", { name: "Compare with" }).selectOption("weekday");
  // The same weekdays of the week before: 8 to 13 days ago.
  await eventually(async () => (await cells(0))[6], "0");
  await eventually(async () => (await cells(1))[6], number(PAST[12]![0]));
  await page.getByRole("combobox", { name: "Compare with" }).selectOption("none");
  await eventually(() => page.locator(".change").count(), 0);
  assert.match(reader.search, /compare=none/);
  reader.expectNoProblems();
  await reader.leave();
});

test("each list is asked for once, together with its changes", async () => {
  const reader = await Reader.arrive(browser, stack.url);
  const { page } = reader;
  const asked = new Set<string>();
  page.on("request", (request) => {
    const { pathname, search } = new URL(request.url());
    if (pathname.includes("/breakdown/")) asked.add(pathname + search);
  });
  await reader.signIn(undefined, "?owner=alice&days=7");
  await page.getByRole("row").filter({ hasText: "France" }).locator(".change").waitFor();
  const lists = ["country", "device", "error_reason", "image", "referrer", "variant"];
  await eventually(() => [...asked].map((address) => /breakdown\/(\w+)/.exec(address)![1]).sort(), lists);
  assert.deepEqual([...asked].filter((address) => !address.includes("compare=previous")), []);
  reader.expectNoProblems();
  await reader.leave();
});

test("a day that is not over is compared with none", async () => {
  const reader = await Reader.arrive(browser, stack.url);
  const { page } = reader;
  const changes = () => page.locator(".card .change .unseen").allInnerTexts();
  await reader.signIn(undefined, "?owner=alice&days=7");
  // Six days to yesterday against six from 13 days ago: the lists, too, although they show today.
  const card = page.locator(".card").filter({ hasText: "Requests" });
  const change = (by: 0 | 1) => `up ${Math.round((past(1, 3)[by] / past(9, 12)[by] - 1) * 100)} percent`;
  await eventually(() => card.locator(".change .unseen").allInnerTexts(), [change(0)]);
  await page.getByText("6 of 7 days have complete data to compare").waitFor();
  const french = page.getByRole("row").filter({ hasText: "France" }).locator(".change .unseen");
  await eventually(() => french.allInnerTexts(), [change(1)]);
  assert.match((await page.getByRole("columnheader", { name: "Change" }).first().getAttribute("title"))!, /^Comparing complete days: /);

  await page.getByRole("link", { name: "France" }).click();
  await eventually(() => reader.search, "?owner=alice&days=7&filter=country%3Ais%3AFR");
  await eventually(() => french.allInnerTexts(), [change(1)]);

  await reader.open("?owner=alice&days=1");
  await page.getByText("No comparison yet: today isn’t over.").waitFor();
  assert.deepEqual(await changes(), []);
  const hours = page.getByRole("application", { name: "Chart of traffic by hour" });
  await hours.press("Home");
  await eventually(() => hours.getByRole("status").innerText().then((text) => /^.*, 00:00 UTC.*: \d.*\.$/.test(text)), true);
  await page.getByText("Show as table").click();
  const rows = page.getByRole("region", { name: "Traffic by hour" }).locator("tbody tr");
  assert.equal(await rows.count(), new Date().getUTCHours() + 1, "every hour that has begun");
  reader.expectNoProblems();
  await reader.leave();
});

test("days before the first figure are unknown, and days of nothing are told", async () => {
  const reader = await Reader.arrive(browser, stack.url);
  const { page } = reader;
  const first = 20 + MANY.length - 1;
  await reader.signIn(undefined, `?owner=alice&start=${ago(first + 2)}&end=${ago(0)}`);
  await page.getByText(/No data before /).waitFor();
  await page.getByText("Show as table").click();
  const requests = page.getByRole("region", { name: "Traffic by day" }).locator("tbody tr td:nth-of-type(2)");
  await eventually(async () => (await requests.allInnerTexts()).slice(0, 3), ["unknown", "unknown", "0"]);
  reader.expectNoProblems();
  await reader.leave();
});

test("a month is compared with the month before", async () => {
  const reader = await Reader.arrive(browser, stack.url);
  const { page } = reader;
  const month = (months: number) => new Date(Date.UTC(Number(today.slice(0, 4)), Number(today.slice(5, 7)) - 1 - months, 1)).toISOString().slice(0, 7);
  // From here on, the first figure of all owners is older than those of alice.
  // The first two days of a month, both of them over, are there in this month or in the last one.
  const last = Number(today.slice(8)) > 2 ? 0 : 1;
  await counted(stack, { owner: "carl", date: `${month(last)}-02`, requests: 30, bytes: 30_000 });
  await counted(stack, { owner: "carl", date: `${month(last + 1)}-01`, requests: 20, bytes: 20_000 });
  await counted(stack, { owner: "carl", date: `${month(last + 1)}-28`, requests: 900, bytes: 900_000 });
  await reader.signIn(undefined, `?owner=carl&start=${month(last)}-01&end=${month(last)}-02`);
  await eventually(() => page.locator(".card").filter({ hasText: "Requests" }).locator(".change .unseen").allInnerTexts(), ["up 50 percent"]);
  assert.equal(await page.getByRole("combobox", { name: "Compare with" }).locator("option:checked").innerText(), "vs. previous month");
  await page.getByText(/^Compared with 1 – 2 /).waitFor();
  reader.expectNoProblems();
  await reader.leave();
});

test("a row filters, a chip negates and removes, and what cannot be answered is told", async () => {
  const reader = await Reader.arrive(browser, stack.url);
  const { page } = reader;
  await reader.signIn(undefined, "?owner=alice&days=1");
  const all = number(ledger.totals[0]);
  const german = requestsBy("country").DE!;
  await page.getByRole("link", { name: "Germany" }).click();
  await eventually(() => reader.card("Requests"), number(german));
  assert.match(reader.search, /filter=country%3Ais%3ADE/);
  await page.getByText("Not available with this filter").waitFor();
  await page.getByText("Exact count.", { exact: true }).waitFor();
  await page.getByRole("button", { name: "Country is: change to is not" }).click();
  await eventually(() => reader.card("Requests"), number(ledger.totals[0] - german));
  await eventually(async () => Object.keys(await reader.list("Country")).includes("Germany"), false);
  await page.getByRole("button", { name: "Remove filter Country is not Germany" }).click();
  await eventually(() => reader.card("Requests"), all);

  await page.getByRole("link", { name: "Germany" }).click();
  await eventually(() => reader.card("Requests"), number(german));
  const menu = page.getByRole("navigation", { name: "Main" });
  await menu.getByRole("link", { name: "Errors" }).click();
  await page.getByRole("heading", { level: 1, name: "Errors" }).waitFor();
  await menu.getByRole("link", { name: "Overview" }).click();
  await eventually(() => reader.card("Requests"), number(german), "filters wait where they are not used");
  await page.getByRole("button", { name: "Remove filter Country is Germany" }).click();
  await eventually(() => reader.card("Requests"), all);

  // Of Analytics Engine, which tells every dimension together with every other.
  await page.getByRole("link", { name: "Browsers" }).click();
  await page.getByRole("link", { name: "Filter by Safari", exact: true }).click();
  await eventually(() => reader.card("Requests"), number(requestsBy("browser").Safari!));
  await page.getByText("Exact count, about a minute behind.").waitFor();
  await page.getByRole("button", { name: "About the source" }).click();
  await page.getByText("These filters use Analytics Engine").waitFor();

  reader.expectNoProblems();
  await reader.leave();
});

test("where nothing can be had, it is said why, and the last figures stay", async () => {
  const reader = await Reader.arrive(browser, stack.url);
  const { page } = reader;
  await reader.signIn(undefined, "?owner=alice&days=1");
  const all = number(ledger.totals[0]);
  assert.equal(await reader.card("Requests"), all);
  await stack.cloudflare("fault", { kind: "500", api: "sql" });
  await page.getByRole("link", { name: "Humans" }).or(page.getByRole("link", { name: "Bots", exact: true })).first().click();
  await page.getByRole("link", { name: "AI crawlers" }).click();
  const words = /^Something went wrong: .*Analytics Engine.* Showing your previous selection\.\s*Try again$/;
  await eventually(async () => (await page.getByRole("alert").allInnerTexts()).map((text) => words.test(text.replace(/\s+/g, " ").trim())), [true], "it is said once");
  assert.equal(await reader.card("Requests"), all);
  assert.equal(await page.locator(".stale .card").count(), 6, "what is not of this choice is seen to be so");
  assert.equal(await page.locator(".stale .list").count(), await page.locator(".list").count());
  await stack.cloudflare("clearFaults");
  await page.getByRole("button", { name: "Try again" }).first().click();
  await eventually(() => reader.card("Requests"), number(requestsBy("bot").ai!));

  await reader.open("?owner=alice&days=0");
  await page.getByText("Can’t show this report: Choose 1 to 90 days.").first().waitFor();
  await page.getByRole("button", { name: "Pick a date range" }).waitFor();
  await page.getByRole("button", { name: "Show the last 30 days" }).click();
  await eventually(() => reader.search, "?owner=alice");
  await reader.open("?owner=alice&days=1&filter=bot:is_not:ai&filter=bot:is:martian");
  await page.getByText(/"martian" isn.t a valid bot/).first().waitFor();
  await page.getByRole("button", { name: "Remove this filter" }).click();
  await eventually(() => reader.search, "?owner=alice&days=1&filter=bot%3Ais_not%3Aai");
  await eventually(() => page.evaluate("document.activeElement.id"), "content", "the focus is not lost with the button");
  await reader.open("?owner=nobody");
  await page.getByText("Owner “nobody” doesn’t exist and has no traffic.").first().waitFor();
  await page.getByRole("button", { name: "Show all owners" }).first().click();
  await eventually(() => page.getByRole("combobox", { name: "Owner" }).inputValue(), "*");
  await page.getByRole("alert").waitFor({ state: "detached" });
  reader.expectNoProblems();
  await reader.leave();
});

test("lists are sorted, paged and saved as the API has them", async () => {
  const reader = await Reader.arrive(browser, stack.url);
  const { page } = reader;
  await reader.signIn(undefined, "?owner=alice&days=1&show=forms:format&sort=format:requests");
  assert.deepEqual(await reader.list("Format"), requestsBy("format"));
  const panel = page.getByRole("region", { name: "Transformations and formats" });
  const ranked = (by: 0 | 1) => [...ledger.dimensions.get("format")!].sort(([, one], [, other]) => other[by] - one[by] || other[1 - by]! - one[1 - by]!).map(([value]) => value);
  const [byRequests, byBytes] = [ranked(0), ranked(1)];
  assert.notDeepEqual(byRequests, byBytes, "the orders can be told apart");
  await eventually(() => panel.locator(".name").allInnerTexts(), byRequests);
  await panel.getByRole("button", { name: /Bandwidth/ }).click();
  await eventually(() => panel.locator(".name").allInnerTexts(), byBytes);
  assert.ok(!reader.search.includes("format%3Arequests"), reader.search);

  const [download] = await Promise.all([page.waitForEvent("download"), panel.getByRole("link", { name: "Download formats as CSV" }).click()]);
  assert.equal(download.suggestedFilename(), `alice-formats-${today}.csv`);
  const saved = await readFile(await download.path(), "utf8");
  const answer = await stack.api("/v1/analytics/breakdown/format?owner=alice&days=1&sort=bandwidth&limit=1000&format=csv");
  assert.equal(saved, Buffer.from(await answer.arrayBuffer()).toString("utf8"), "with its byte order mark");
  const rows = saved.split("\r\n").filter((line) => line.startsWith("format,"));
  assert.deepEqual(rows.slice(0, byBytes.length).map((line) => line.split(",").slice(1, 4)), byBytes.map((value) => [value, ...ledger.dimensions.get("format")!.get(value)!.slice(0, 2).map(String)]));

  await reader.open(`?owner=bob&start=${ago(39)}&end=${ago(20)}`);
  const countries = page.getByRole("region", { name: "Countries" });
  const first = await reader.list("Country");
  assert.deepEqual(Object.values(first), MANY.map(([, requests]) => requests).slice(0, 8));
  await countries.getByRole("button", { name: "Next page" }).click();
  await reader.settled();
  await eventually(async () => Object.values(await reader.list("Country")), MANY.map(([, requests]) => requests).slice(8));
  assert.match(reader.search, /page=country%3A2/);
  assert.ok(await countries.getByRole("button", { name: "Next page" }).isDisabled());
  await reader.open(`?owner=bob&start=${ago(39)}&end=${ago(20)}&page=country:999`);
  await eventually(async () => Object.values(await reader.list("Country")), MANY.map(([, requests]) => requests).slice(8));
  assert.match(reader.search, /page=country%3A2$/, "the last page, not one beyond it");
  await reader.open("?view=errors&owner=alice&days=1&page=url:99");
  await eventually(() => reader.search, "?view=errors&owner=alice&days=1");
  await eventually(async () => (await page.getByRole("region", { name: "Failing URLs" }).last().locator("tbody tr").count()) > 0, true);
  reader.expectNoProblems();
  await reader.leave();
});

test("all others stand on every page, in both orders, and lead to every value", async () => {
  const reader = await Reader.arrive(browser, stack.url);
  const { page } = reader;
  const date = ago(60);
  for (let country = 0; country < 12; country += 1) {
    await counted(stack, { owner: "dave", date: ago(61 + country), image: `many/${country}.jpg`, requests: 20 + country, bytes: 1_000 });
  }
  await counted(stack, { owner: "dave", date, image: "many/kept.jpg", requests: 5, bytes: 500 });
  // Of that day, three requests have no row of their own.
  await stack.sql("UPDATE analytics_segments SET body = replace(body, '\"image\",\"many/kept.jpg\",5', '\"image\",\"many/kept.jpg\",2') WHERE owner = ?1 AND date = ?2", ownerId("dave"), date);
  await reader.signIn(undefined, `?owner=dave&start=${ago(72)}&end=${date}`);
  const files = page.getByRole("region", { name: "Files" });
  const others = () => files.getByRole("row").filter({ hasText: "All others" }).locator("td").nth(1).innerText();
  for (const sort of ["Requests", "Bandwidth"]) {
    await files.getByRole("button", { name: sort }).click();
    await eventually(others, "3", `${sort}, first page`);
    await files.getByRole("button", { name: "Next page" }).click();
    await reader.settled();
    await eventually(others, "3", `${sort}, last page`);
  }
  await files.getByRole("link", { name: "Show all images" }).click();
  await eventually(() => files.getByText("All others").count(), 0);
  assert.match(reader.search, /all=image/);
  await files.getByRole("button", { name: "Next page" }).click();
  await eventually(async () => (await reader.list("Image"))["many/kept.jpg"], 5);
  await files.getByRole("link", { name: "Largest only" }).click();
  await eventually(others, "3");
  reader.expectNoProblems();
  await reader.leave();
});

test("the first tab with rows opens, and an empty one says what it has none of", async () => {
  const reader = await Reader.arrive(browser, stack.url);
  const { page } = reader;
  await reader.signIn(undefined, "?owner=alice&days=1&filter=other:is:docs/paper.pdf");
  const files = page.getByRole("region", { name: "Files" });
  await eventually(() => files.locator(".tabs [aria-current]").innerText(), "Other files");
  await eventually(async () => Object.keys(await reader.list("Other file")), ["docs/paper.pdf"]);
  await files.getByRole("link", { name: "Images" }).click();
  await files.getByText("No images match these filters.").waitFor();
  await page.getByRole("region", { name: "Responses" }).getByRole("link", { name: "Errors", exact: true }).click();
  await page.getByText("No errors match these filters.").waitFor();
  reader.expectNoProblems();
  await reader.leave();
});

test("a ratio of a few cache lookups is not rated", async () => {
  const reader = await Reader.arrive(browser, stack.url);
  const { page } = reader;
  const date = ago(80);
  await counted(stack, { owner: "erin", date, requests: 99, bytes: 99, hits: 1, misses: 98 });
  await reader.signIn(undefined, `?owner=erin&start=${date}&end=${date}`);
  const card = page.locator(".card").filter({ hasText: "Cache hit ratio" });
  await card.getByText("Few requests").waitFor();
  assert.equal(await card.locator(".rating").count(), 0);
  await counted(stack, { owner: "erin", date: ago(81), requests: 1, bytes: 1, misses: 1 });
  await reader.open(`?owner=erin&start=${ago(81)}&end=${date}`);
  await card.getByText(/^Poor/).waitFor();
  reader.expectNoProblems();
  await reader.leave();
});

test("a bar of the whole ends where its column ends", async () => {
  const reader = await Reader.arrive(browser, stack.url);
  const { page } = reader;
  await reader.signIn(undefined, "?owner=alice&days=1&filter=country:is:DE");
  const bar = page.getByRole("row").filter({ hasText: "Germany" }).locator(".bar");
  const [inner, column] = [await bar.boundingBox(), await bar.locator("..").boundingBox()];
  assert.ok(Math.abs(inner!.x + inner!.width - column!.x - column!.width) < 1, JSON.stringify({ inner, column }));
  reader.expectNoProblems();
  await reader.leave();
});

test("one file: from its row to its days, variants, countries and statuses", async () => {
  const reader = await Reader.arrive(browser, stack.url);
  const { page } = reader;
  await reader.signIn(undefined, "?owner=alice&days=1");
  const served = async () => Number((await stack.sql("SELECT sum(requests) AS sum FROM analytics_daily WHERE date = ?1", today))[0]!.sum);
  await page.getByRole("link", { name: "Open pics/dino.jpg" }).click();
  await page.getByRole("heading", { level: 1, name: "pics/dino.jpg" }).waitFor();
  await reader.settled();
  const [requests] = ledger.dimensions.get("image")!.get("pics/dino.jpg")!;
  const others = [...ledger.dimensions.get("other")!].find(([value]) => value === "pics/dino.jpg")?.[1][0] ?? 0;
  assert.equal(await reader.card("Requests"), number(requests + others));
  const variants = await reader.list("Variant");
  assert.equal(Object.values(variants).reduce((sum, count) => sum + count, 0), requests + others);
  assert.equal(variants.w512, requestsBy("variant").w512);
  assert.equal(await page.locator(".preview img").count(), 0);
  assert.equal(await served(), REQUESTS, "looking at figures makes none");
  await page.getByText(/^Updated \d+ s ago$/).waitFor();
  await page.getByRole("region", { name: "Transformations" }).getByRole("link", { name: "w512" }).click();
  await page.getByRole("heading", { level: 1, name: "Overview" }).waitFor();
  await eventually(() => reader.card("Requests"), number(requestsBy("variant").w512!), "the requests of a row, in the overview");
  await page.goBack();
  await page.getByRole("heading", { level: 1, name: "pics/dino.jpg" }).waitFor();
  reader.expectNoProblems();
  await page.getByRole("button", { name: "Load preview" }).click();
  await eventually(served, REQUESTS + 1, "a preview is a request, as the page says");
  await page.getByRole("combobox", { name: "Owner" }).selectOption("bob");
  await page.getByRole("heading", { level: 1, name: "Overview" }).waitFor();
  assert.equal(reader.search, "?owner=bob&days=1", "the file is not bob's");
  await page.goBack();
  await page.getByRole("heading", { level: 1, name: "pics/dino.jpg" }).waitFor();
  await page.goBack();
  await page.getByRole("heading", { level: 1, name: "Overview" }).waitFor();
  await reader.leave();
});

test("who has served nothing yet is told what to do, and shown no empty lists", async () => {
  const reader = await Reader.arrive(browser, stack.url);
  const { page } = reader;
  await reader.signIn(undefined, `?owner=bob&start=${ago(2)}&end=${ago(1)}`);
  await page.getByText("npx wrangler r2 object put pixtally-media/bob/pics/dino.jpg --file dino.jpg --remote", { exact: true }).waitFor();
  await page.getByText(`curl -O http://localhost:${stack.url.port}/bob/pics/dino.jpg`, { exact: true }).waitFor();
  assert.equal(await page.locator(".panel").count(), 0);
  reader.expectNoProblems();
  await reader.leave();
});

test("the first steps wait for the first request, and say that it is there", async () => {
  const reader = await Reader.arrive(browser, stack.url);
  const { page } = reader;
  await reader.signIn(undefined, "?owner=carol&days=1");
  await page.getByText("Waiting for your first request…").waitFor();
  await fetch(new URL("/carol/pics/none.jpg", stack.url));
  await page.getByRole("status").getByText("Your first request is here.").waitFor();
  assert.equal(await reader.card("Requests"), "1");
  assert.equal(await page.getByText("Waiting for your first request…").count(), 0);
  await page.getByRole("link", { name: "Images", exact: true }).waitFor();
  reader.expectNoProblems();
  await reader.leave();
});

test("of all owners together, files are added up, and it is said", async () => {
  const reader = await Reader.arrive(browser, stack.url);
  await reader.signIn(undefined, "?owner=*&days=1&show=files:image");
  await reader.page.getByText("Select an owner to open a file.").waitFor();
  assert.equal(await reader.page.getByRole("link", { name: /^Open / }).count(), 0);
  reader.expectNoProblems();
  await reader.leave();
});

test("what is asked for and never answered is given up, and asked for again", async () => {
  const reader = await Reader.arrive(browser, stack.url);
  const { page } = reader;
  await page.clock.install();
  await reader.signIn(undefined, "?owner=alice&days=1");
  const all = await reader.card("Requests");
  let isSilent = true;
  await page.route("**/v1/reports/overview?*", (route) => (isSilent ? undefined : route.fallback()));
  const asked = page.waitForRequest("**/v1/reports/overview?*");
  await page.clock.fastForward(21_000);
  await asked;
  await page.clock.fastForward(31_000);
  await page.getByRole("alert").getByText(/didn’t respond within 30 seconds\. Showing the last data received/).waitFor();
  assert.equal(await reader.card("Requests"), all);
  isSilent = false;
  await page.clock.fastForward(21_000);
  await page.getByText(/^Updated /).waitFor();
  reader.expectNoProblems();
  await reader.leave();
});

test("what cannot be saved is said", async () => {
  const reader = await Reader.arrive(browser, stack.url);
  const { page } = reader;
  await reader.signIn(undefined, "?owner=alice&days=1");
  let answer: Parameters<Route["fulfill"]>[0] = { status: 503, json: { error: { code: "database_unavailable", message: "the database is unavailable; try again" } } };
  await page.route("**/v1/**format=csv*", (route) => route.fulfill(answer));
  const csv = page.getByRole("link", { name: /daily traffic as CSV$/ });
  await csv.click();
  await page.getByRole("alert").getByText(/Couldn’t download daily traffic: The database is unavailable/).waitFor();
  assert.match(await csv.innerText(), /Download failed\. Retry/);
  answer = { status: 401, json: { error: { code: "session_ended", message: "the session has ended" } } };
  await csv.click();
  await page.getByText("Your session has expired").waitFor();
  reader.expectNoProblems();
  await reader.leave();
});

test("what is served while somebody looks appears, and nothing moves", async () => {
  const reader = await Reader.arrive(browser, stack.url);
  const { page } = reader;
  await page.clock.install();
  await reader.signIn(undefined, "?owner=bob&days=1");
  const before = Number((await reader.card("Requests")).replaceAll(",", ""));
  const places = () => page.locator(".card, .panel").evaluateAll((elements: any[]) => elements.map((element) => JSON.stringify(element.getBoundingClientRect())));
  const stood = await places();
  const more = 7;
  for (let sent = 0; sent < more; sent += 1) await fetch(new URL("/bob/pics/boots.png", stack.url), { headers: { host: "0.test" } });
  await settle(async () => {
    const answer = (await (await stack.api("/v1/analytics/overview?owner=bob&days=1")).json()) as any;
    return answer.totals.requests >= before + more;
  });
  await page.clock.fastForward(21_000);
  await eventually(() => reader.card("Requests"), number(before + more));
  assert.deepEqual(await places(), stood);
  reader.expectNoProblems();
  await reader.leave();
});

test("totals are asked for at every beat, lists at every third", async () => {
  const reader = await Reader.arrive(browser, stack.url);
  const { page } = reader;
  await page.clock.install();
  await reader.signIn(undefined, "?owner=alice&days=1&compare=none");
  const asked = { overview: 0, lists: 0 };
  page.on("request", (request) => {
    const { pathname } = new URL(request.url());
    if (pathname === "/v1/reports/overview") asked.overview += 1;
    if (pathname === "/v1/reports/breakdown/device") asked.lists += 1;
  });
  const updated = page.locator(".current time");
  for (const beat of [1, 2, 3]) {
    const before = await updated.getAttribute("datetime");
    await page.clock.fastForward(21_000);
    // An answer that the page has not read yet is shared by the next beat: wait until its figures are shown.
    await page.locator(`.current time:not([datetime="${before}"])`).waitFor();
    assert.equal(asked.overview, beat);
  }
  await eventually(() => asked, { overview: 3, lists: 1 });
  reader.expectNoProblems();
  await reader.leave();
});

test("while refreshing fails, the figures stay, and are asked for ever more seldom", async () => {
  const reader = await Reader.arrive(browser, stack.url);
  const { page } = reader;
  await page.clock.install();
  await reader.signIn(undefined, "?owner=alice&days=1");
  const all = await reader.card("Requests");
  let answer: Parameters<Route["fulfill"]>[0] = { status: 200, contentType: "text/html", body: "<h1>Not the API</h1>" };
  let isDown = true;
  await page.route("**/v1/reports/overview?*", (route) => (isDown ? route.fulfill(answer) : route.fallback()));
  const asked = (path: string) => reader.answers.filter((it) => it.startsWith(`GET /v1/reports/${path} `)).length;
  const before = asked("overview");
  await page.clock.fastForward(21_000);
  await page.getByRole("alert").getByText(/Something went wrong: The Worker returned an unreadable response \(200\)\./).waitFor();
  await page.getByText(/^Last updated \d\d:\d\d UTC · reconnecting…$/).waitFor();
  assert.deepEqual([await page.locator(".live").count(), await page.locator(".stale").count(), await reader.card("Requests")], [0, 0, all]);
  assert.equal(asked("overview") - before, 1);

  answer = { status: 429, headers: { "retry-after": "90" }, json: { error: { code: "too_many", message: "too many" } } };
  await page.clock.fastForward(21_000);
  await page.getByRole("button", { name: /^Retry in / }).waitFor();
  assert.ok(await page.getByRole("button", { name: /^Retry in/ }).isDisabled());
  assert.equal(asked("overview") - before, 2);
  await page.clock.fastForward(60_000);
  assert.equal(asked("overview") - before, 2, "not before the time that the answer told");
  isDown = false;
  await page.clock.fastForward(41_000);
  await page.getByText(/^Updated /).waitFor();
  assert.deepEqual([await page.locator(".live").count(), await page.getByRole("alert").count()], [1, 0]);
  reader.expectNoProblems();
  await reader.leave();
});

// The last one, since it adds to what was served.
test("the last 60 minutes are a strip, where today is shown and nothing is filtered", async () => {
  const reader = await Reader.arrive(browser, stack.url);
  const { page } = reader;
  const strip = page.getByRole("region", { name: "Last 60 minutes" });
  await reader.signIn(undefined, "?owner=alice");
  await strip.locator("rect").nth(59).waitFor({ state: "attached" });
  assert.equal(await strip.locator("rect").count(), 60);
  const height = (await strip.boundingBox())!.height;
  const said = () => strip.locator("header p").innerText();
  const failed = [...ledger.failures.values()].reduce((sum, failure) => sum + failure.requests, 0);
  const [, served] = /^(\d+) requests, .* [KM]iB, (\d+) errors$/.exec(await said())!.map(Number) as [number, number, number];
  assert.ok(served >= ledger.totals[0] && (await said()).endsWith(` ${failed} errors`), `${served}`);
  await ask(stack.url, { path: "/alice/pics/dino.jpg" });
  await eventually(async () => {
    await page.reload();
    await strip.locator("rect").nth(59).waitFor({ state: "attached" });
    return (await said()).startsWith(`${served + 1} requests`);
  }, true);
  assert.equal((await strip.boundingBox())!.height, height, "it never changes its height");
  for (const search of ["?owner=alice&filter=country:is:FR", `?owner=alice&start=${ago(9)}&end=${ago(2)}`]) {
    await reader.open(search);
    await page.getByRole("region", { name: "Traffic", exact: true }).waitFor();
    assert.equal(await strip.count(), 0, search);
  }
  reader.expectNoProblems();
  await reader.leave();
});
