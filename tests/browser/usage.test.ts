// Usage: a month and the last thirty days beside each other, what was metered, and what is stored.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Browser } from "playwright-core";
import { counted } from "../e2e/counted.ts";
import { Stack, settle } from "../e2e/stack.ts";
import { Reader, eventually, launch } from "./reader.ts";

const today = new Date().toISOString().slice(0, 10);
const day = (offset: number) => new Date(Date.parse(today) + offset * 86_400_000).toISOString().slice(0, 10);
/** The last day of the month before, which is in the last thirty days on most days of a month, or not. */
const earlier = new Date(Date.parse(`${today.slice(0, 8)}01`) - 86_400_000).toISOString().slice(0, 10);
const [NOW, EARLIER] = [120, 45];
const BYTES = 3_000;
const number = (value: number) => value.toLocaleString("en-GB");

let stack: Stack;
let browser: Browser;

before(async () => {
  stack = await Stack.start({ owners: ["alice", "bob"], media: { "alice/pics/dino.jpg": { body: new Uint8Array(20_000) }, "bob/pics/a.jpg": { body: new Uint8Array(1_000) } } });
  browser = await launch();
  await counted(stack, { owner: "alice", date: today, requests: NOW, bytes: NOW * BYTES });
  await counted(stack, { owner: "alice", date: earlier, requests: EARLIER, bytes: EARLIER * BYTES });
  const body = JSON.stringify({ events: [{ idempotency_key: "one", type: "extension", name: "remove-bg", operations: 3 }] });
  const reported = await stack.api("/v1/usage/events?owner=alice", { method: "POST", body });
  assert.equal(reported.status, 200, await reported.text());
  assert.equal((await stack.api("/v1/admin/storage", { method: "POST" })).status, 202);
  await settle(async () => ((await (await stack.api("/v1/usage/storage?owner=*")).json()) as any).latest !== null);
});
after(() => Promise.all([stack.close(), browser.close()]));

async function table(reader: Reader): Promise<Record<string, string[]>> {
  const rows = await reader.page.locator(".side-by-side tbody tr").all();
  const cell = async (row: (typeof rows)[number], column: number) => {
    const cells = row.locator("td").nth(column);
    const exact = cells.locator("[title]");
    return (await exact.count()) > 0 ? ((await exact.getAttribute("title")) ?? "") : (await cells.innerText()).trim();
  };
  return Object.fromEntries(await Promise.all(rows.map(async (row) => [await row.locator("th").innerText(), [await cell(row, 0), await cell(row, 1)]])));
}

test("a month beside the last thirty days", async () => {
  const reader = await Reader.arrive(browser, stack.url);
  await reader.signIn(undefined, "?view=usage&owner=alice");
  const rolling = NOW + (earlier >= day(-29) ? EARLIER : 0);
  const read = async (name: string) => (await table(reader))[name];
  await eventually(() => read("Requests"), [number(NOW), number(rolling)]);
  await eventually(() => read("Bandwidth"), [`${number(NOW * BYTES)} bytes`, `${number(rolling * BYTES)} bytes`]);
  const units = await read("Extension units");
  assert.ok(Number(units![0]) > 0 && units![0] === units![1], String(units));
  await reader.page.getByRole("row", { name: /remove-bg 3 operations/ }).waitFor();
  assert.equal(await reader.card("Stored"), "20,000 bytes");

  await reader.page.getByRole("link", { name: "Previous month" }).click();
  await eventually(async () => (await read("Requests"))?.[0], number(EARLIER));
  assert.equal(reader.search, `?view=usage&owner=alice&month=${earlier.slice(0, 7)}`);
  assert.equal((await read("Extension units"))![0], "0");
  await reader.page.getByText("No video or AI processing this month.").waitFor();
  await reader.page.getByText("Storage wasn’t measured before this month ended.").waitFor();
  assert.equal(await reader.page.getByRole("region", { name: "Storage", exact: true }).count(), 0, "today’s storage is none of that month’s");
  assert.equal(await reader.page.getByText("No usage this month.").count(), 0);
  await reader.page.getByRole("link", { name: "Previous month" }).click();
  await reader.page.getByText("No usage this month.").waitFor();
  assert.equal((await read("Requests"))![0], "–", "what is not known is no zero");
  reader.expectNoProblems();
  await reader.leave();
});

test("where one of both cannot be had, the other one is there, and it is said", async () => {
  const reader = await Reader.arrive(browser, stack.url);
  const { page } = reader;
  await reader.signIn(undefined, "?view=errors&owner=alice");
  await page.route("**/v1/usage/metrics?*days=*", (route) => route.fulfill({ status: 503, json: { error: { code: "database_unavailable", message: "the database is unavailable; try again" } } }));
  await page.getByRole("link", { name: "Usage" }).click();
  await page.getByRole("alert").getByText(/The database is unavailable; try again/).waitFor();
  assert.deepEqual((await table(reader)).Requests, [number(NOW), "…"]);
  await page.unroute("**/v1/usage/metrics?*days=*");
  await page.getByRole("button", { name: "Try again" }).click();
  const rolling = NOW + (earlier >= day(-29) ? EARLIER : 0);
  await eventually(async () => (await table(reader)).Requests, [number(NOW), number(rolling)]);
  reader.expectNoProblems();
  await reader.leave();
});

test("all owners together", async () => {
  const reader = await Reader.arrive(browser, stack.url);
  await reader.signIn(undefined, "?view=usage&owner=*");
  const rolling = NOW + (earlier >= day(-29) ? EARLIER : 0);
  await eventually(async () => (await table(reader)).Requests, [number(NOW), number(rolling)]);
  const units = (await table(reader))["Extension units"];
  assert.ok(Number(units![0]) > 0 && units![0] === units![1], String(units));
  assert.equal(await reader.card("Stored"), "21,000 bytes");
  const owners = reader.page.getByRole("region", { name: "Storage by owner" }).locator("tbody tr");
  await eventually(async () => (await owners.allInnerTexts()).map((text) => text.split(/\s/)[0]), ["alice", "bob"]);
  reader.expectNoProblems();
  await reader.leave();
});
