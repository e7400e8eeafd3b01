// The views beside the overview, and what is chosen above them: errors, data quality, owners, thumbnails, a day of the chart.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Browser } from "playwright-core";
import { seeded } from "../../dev/random.ts";
import { counted } from "../e2e/counted.ts";
import { Stack, settle } from "../e2e/stack.ts";
import { MEDIA, visit, type VisitLedger } from "../e2e/visits.ts";
import { Reader, eventually, launch } from "./reader.ts";

const REQUESTS = 240;
const PAST = { requests: 31, bytes: 62_000, ago: 4 };
const today = new Date().toISOString().slice(0, 10);
const ago = (days: number) => new Date(Date.parse(today) - days * 86_400_000).toISOString().slice(0, 10);
const number = (value: number) => value.toLocaleString("en-GB");

let stack: Stack;
let browser: Browser;
let ledgers: Map<string, VisitLedger>;
const served = async () => Number((await stack.sql("SELECT sum(requests) AS sum FROM analytics_daily WHERE date = ?1", today))[0]!.sum);

before(async () => {
  stack = await Stack.start({ media: MEDIA, owners: ["alice", "bob"] });
  browser = await launch();
  await counted(stack, { owner: "alice", date: ago(PAST.ago), ...PAST });
  ledgers = await visit(stack.url, seeded(9), REQUESTS);
  await settle(async () => (await served()) >= REQUESTS);
  assert.equal(await served(), REQUESTS);
  const written = async () => Number((await stack.points("SELECT count(*) AS count FROM points"))[0]!.count);
  await settle(async () => (await written()) >= REQUESTS);
});
after(() => Promise.all([stack.close(), browser.close()]));

test("filters narrow the errors and one file, and stand struck through where they do not apply", async () => {
  const reader = await Reader.arrive(browser, stack.url);
  const { page } = reader;
  const ledger = ledgers.get("alice")!;
  const menu = page.getByRole("navigation", { name: "Main" });
  const filter = "filter=referrer%3Ais%3Ashop.example";
  const failed = [...ledger.failures.values()].filter(({ referrers }) => referrers.has("shop.example"));
  const errors = failed.reduce((sum, { referrers }) => sum + referrers.get("shop.example")!, 0);
  const requests = ledger.dimensions.get("referrer")!.get("shop.example")![0];
  await reader.signIn(undefined, `?owner=alice&days=1&${filter}`);
  assert.equal(await reader.card("Error rate"), `${number(errors)} of ${number(requests)} requests`);
  await menu.getByRole("link", { name: "Errors" }).click();
  await page.getByRole("heading", { level: 1, name: "Errors" }).waitFor();
  await eventually(async () => [await reader.card("Errors"), await reader.card("Requests")], [number(errors), number(requests)]);
  await page.getByText("Exact count, about a minute behind.").waitFor();
  const paths = async () => (await page.locator(".path-name").allInnerTexts()).sort();
  await eventually(paths, failed.map(({ path }) => path).sort());
  await page.getByRole("link", { name: "File not found", exact: true }).click();
  const missing = failed.filter(({ reason }) => reason === "object_not_found").reduce((sum, { referrers }) => sum + referrers.get("shop.example")!, 0);
  await page.getByRole("heading", { level: 1, name: "Overview" }).waitFor();
  await eventually(() => reader.card("Requests"), number(missing), "the filters stay, and the cause joins them");

  await page.goBack();
  for (const view of ["Usage", "Data quality", "Administration"]) {
    await menu.getByRole("link", { name: view }).click();
    await page.getByRole("heading", { level: 1, name: view }).waitFor();
    const chips = page.getByRole("list", { name: "Filters, which don’t apply here" });
    assert.deepEqual(await chips.locator("s").allInnerTexts(), ["Referrer is shop.example"], view);
    await chips.getByText("Filters don’t apply here.").waitFor();
    assert.ok(reader.search.includes(filter), `${view} keeps them: ${reader.search}`);
  }

  const resized = ledger.dimensions.get("variant")!.get("w512")![0];
  await reader.open("?view=image&owner=alice&image=pics/dino.jpg&days=1&filter=variant:is:w512");
  assert.equal(await reader.card("Requests"), number(resized));
  await page.getByText("Exact count.", { exact: true }).waitFor();
  assert.deepEqual(Object.values(await reader.list("Variant")), [resized]);
  await page.getByRole("button", { name: "Variant is: change to is not" }).click();
  const all = ledger.dimensions.get("image")!.get("pics/dino.jpg")![0];
  await eventually(async () => Number((await reader.card("Requests")).replaceAll(",", "")) >= all - resized, true);
  assert.ok(!(await page.getByRole("region", { name: "Transformations" }).innerText()).includes("w512"));
  reader.expectNoProblems();
  await reader.leave();
});

test("errors: how many, why, which URLs, and who links to them", async () => {
  const reader = await Reader.arrive(browser, stack.url);
  const { page } = reader;
  await reader.signIn(undefined, "?view=errors&owner=alice&days=1");
  const failures = [...ledgers.get("alice")!.failures.values()].sort((one, other) => other.requests - one.requests);
  const errors = failures.reduce((sum, { requests }) => sum + requests, 0);
  assert.equal(await reader.card("Errors"), number(errors));
  const rows = page.getByRole("region", { name: "Failing URLs" }).last().locator("tbody tr");
  const read = async (row: ReturnType<typeof rows.nth>) => {
    const hosts = await row.locator(".hosts li").allInnerTexts();
    return [await row.locator("th").innerText(), Number(await row.locator("td").first().innerText()), hosts.map((text) => Number(text.match(/\d+$/)![0])).reduce((sum, count) => sum + count, 0)];
  };
  const listed = await Promise.all((await rows.all()).map(read));
  const expected = failures.map(({ path, requests, referrers }) => {
    const five = [...referrers.values()].sort((one, other) => other - one).slice(0, 5);
    return [path, requests, five.reduce((sum, count) => sum + count, 0)];
  });
  const sorted = (list: unknown[][]) => list.map((row) => JSON.stringify(row)).sort();
  assert.deepEqual(sorted(listed), sorted(expected));
  await page.getByText("Upload the file, or fix the link on the referring pages.").waitFor();
  await page.getByText(/^Updated \d+ s ago$/).waitFor();
  assert.equal(await page.getByRole("button", { name: /^Copy \// }).count(), failures.length);
  await page.getByRole("link", { name: "File not found", exact: true }).click();
  await page.getByRole("heading", { level: 1, name: "Overview" }).waitFor();
  const missing = failures.filter(({ reason }) => reason === "object_not_found").reduce((sum, { requests }) => sum + requests, 0);
  await eventually(() => reader.card("Requests"), number(missing));
  reader.expectNoProblems();
  await reader.leave();
});

test("data quality: what is not complete is said, and leads there from the overview", async () => {
  const reader = await Reader.arrive(browser, stack.url);
  const { page } = reader;
  await reader.signIn(undefined, "?owner=alice&days=7");
  // Nobody has closed the days from the first figure to yesterday.
  await page.getByText(`${PAST.ago} past days are provisional`).waitFor();
  await page.getByRole("main").getByRole("link", { name: "data quality" }).click();
  await page.getByRole("heading", { level: 1, name: "Data quality" }).waitFor();
  await reader.settled();
  const states = await page.getByRole("region", { name: "Status by day" }).last().locator("tbody tr td:nth-of-type(1)").allInnerTexts();
  assert.deepEqual(states, ["in progress", "pending", "no data"], "neighbours are one row");
  await page.getByText("No data before ").waitFor();
  for (const cron of ["0 1 * * *", "0 2 * * *"]) await stack.scheduled(cron);
  await page.reload();
  await page.getByText(/No data before .* Today is in progress\.$/).waitFor();
  assert.equal(await page.getByText("All days are ").count(), 0);
  await reader.open("?owner=alice&days=7");
  assert.equal(await page.getByText("past days are").count(), 0);
  reader.expectNoProblems();
  await reader.leave();
});

test("owners are switched, and told apart where all are together", async () => {
  const reader = await Reader.arrive(browser, stack.url);
  const { page } = reader;
  await reader.signIn(undefined, "?days=1");
  const of = (owner: string) => ledgers.get(owner)!.totals[0];
  assert.equal(await reader.card("Requests"), number(of("alice") + of("bob")));
  assert.deepEqual(await reader.list("Owner"), { alice: of("alice"), bob: of("bob") });
  await page.getByRole("combobox", { name: "Owner" }).selectOption("bob");
  await eventually(() => reader.card("Requests"), number(of("bob")));
  assert.equal(reader.search, "?owner=bob&days=1");
  await page.getByRole("combobox", { name: "Owner" }).selectOption("*");
  await page.getByRole("link", { name: "Show alice", exact: true }).click();
  await eventually(() => reader.card("Requests"), number(of("alice")));
  reader.expectNoProblems();
  await reader.leave();
});

test("a day that is pointed at is told", async () => {
  const reader = await Reader.arrive(browser, stack.url);
  const { page } = reader;
  await reader.signIn(undefined, `?owner=alice&start=${ago(PAST.ago)}&end=${ago(1)}&compare=none`);
  const plot = (await page.locator(".plot .u-over").first().boundingBox())!;
  await page.mouse.move(plot.x + 1, plot.y + plot.height / 2);
  await eventually(() => page.locator(".plot-title .readout").allInnerTexts(), ["60.5 KiB", String(PAST.requests)]);
  await page.mouse.move(plot.x + plot.width - 1, plot.y + plot.height / 2);
  await eventually(() => page.locator(".plot-title .readout").allInnerTexts(), ["0 B", "0"]);
  reader.expectNoProblems();
  await reader.leave();
});

test("thumbnails are loaded, and counted, for nobody who has not asked for them", async () => {
  const reader = await Reader.arrive(browser, stack.url);
  const { page } = reader;
  await reader.signIn(undefined, "?owner=alice&days=1");
  const before = await served();
  const images = Object.keys(await reader.list("Image")).length;
  assert.equal(await page.locator("main img").count(), 0);
  const asked = new Set<string>();
  page.on("request", (request) => void (request.resourceType() === "image" && asked.add(new URL(request.url()).pathname)));
  await page.getByLabel("Show thumbnails").check();
  await eventually(() => asked.size, images);
  await eventually(served, before + images);
  await page.getByLabel("Show thumbnails").uncheck();
  await eventually(() => page.locator("main img").count(), 0);
  await reader.leave();
});

test("where nothing is recorded, the overview says so", async () => {
  const off = await Stack.start({ owners: ["alice"], vars: { ANALYTICS_REALTIME_ENABLED: "false", ANALYTICS_BATCH_ENABLED: "false" } });
  const reader = await Reader.arrive(browser, off.url);
  await reader.signIn(undefined, "?owner=alice");
  await reader.page.getByText(/^Recording is off: .*ANALYTICS_REALTIME_ENABLED/).waitFor();
  reader.expectNoProblems();
  await reader.leave();
  await off.close();
});
