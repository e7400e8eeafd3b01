// Where days are kept for less than the dashboard usually shows, it shows those that are kept.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Browser } from "playwright-core";
import { counted } from "../e2e/counted.ts";
import { Stack } from "../e2e/stack.ts";
import { Reader, eventually, launch } from "./reader.ts";

const KEPT_DAYS = 7;
const [NOW, OLDEST, OLDER] = [40, 5, 300];
const ago = (days: number) => new Date(Date.now() - days * 86_400_000).toISOString().slice(0, 10);

let stack: Stack;
let browser: Browser;

before(async () => {
  stack = await Stack.start({ owners: ["alice"], vars: { ANALYTICS_RETENTION_DAYS: String(KEPT_DAYS) } });
  browser = await launch();
  for (const [days, requests] of [[0, NOW], [KEPT_DAYS - 1, OLDEST], [KEPT_DAYS, OLDER]] as const) {
    await counted(stack, { owner: "alice", date: ago(days), requests, bytes: requests * 1_000 });
  }
});
after(() => Promise.all([stack.close(), browser.close()]));

test("every view opens with the days that are kept", async () => {
  const reader = await Reader.arrive(browser, stack.url);
  const { page } = reader;
  const kept = String(NOW + OLDEST);
  await reader.signIn(undefined, "?owner=alice");
  assert.equal(await reader.card("Requests"), kept);
  await page.getByRole("button", { name: /Last 7 days/ }).waitFor();
  await reader.open("?view=errors&owner=alice");
  assert.equal(await reader.card("Requests"), kept);
  await reader.open("?view=usage&owner=alice");
  const region = page.getByRole("region", { name: `Usage in the month and in the last ${KEPT_DAYS} days` });
  await eventually(() => region.getByRole("row", { name: /^Requests/ }).locator("td").last().innerText(), kept);
  await reader.open("?view=quality&owner=alice");
  assert.equal(await page.getByRole("alert").count(), 0);
  assert.deepEqual(reader.answers.filter((answer) => !answer.endsWith(" 200") && answer !== "GET /v1/session 204" && answer !== "POST /v1/session 201"), []);

  await reader.open("?owner=alice&days=30");
  await page.getByText(/Data goes back to /).first().waitFor();
  await page.getByRole("button", { name: `Show the last ${KEPT_DAYS} days` }).click();
  await eventually(() => reader.card("Requests"), kept);
  reader.expectNoProblems();
  await reader.leave();
});
