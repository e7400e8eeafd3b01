// Owners and tokens, as an administrator handles them.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Browser } from "playwright-core";
import { Stack } from "../e2e/stack.ts";
import { Reader, eventually, launch } from "./reader.ts";

let stack: Stack;
let browser: Browser;

before(async () => {
  [stack, browser] = await Promise.all([Stack.start({ owners: ["alice"] }), launch()]);
});
after(() => Promise.all([stack.close(), browser.close()]));

const reads = async (token: string) => (await stack.api("/v1/analytics/overview", { headers: { authorization: `Bearer ${token}` } })).status;

test("an owner is added, and its token created, shown once, rotated and revoked", async () => {
  const reader = await Reader.arrive(browser, stack.url);
  const { page } = reader;
  await reader.signIn(undefined, "?view=admin");
  const owners = page.getByRole("region", { name: "Owners" }).locator("tbody th");
  await eventually(() => owners.allInnerTexts(), ["alice"]);
  await page.getByLabel("Name").fill("Not A Name");
  await page.getByRole("button", { name: "Add owner" }).click();
  const name = page.getByLabel("Name");
  const described = () => name.evaluate((input: any) => input.getAttribute("aria-describedby").split(" ").map((id: string) => input.ownerDocument.getElementById(id).innerText));
  await eventually(async () => (await described())[0], "Use 1–63 lowercase letters, digits or hyphens, starting with a letter or digit.", "the error belongs to the field");
  assert.deepEqual([await name.getAttribute("aria-invalid"), await page.evaluate("document.activeElement.name")], ["true", "owner"]);
  await name.fill("assets");
  await page.getByRole("button", { name: "Add owner" }).click();
  await page.getByRole("alert").getByText("“assets” is reserved. Choose another name.").waitFor();
  await name.fill("Not A Name");
  assert.equal(await page.getByLabel("Name").inputValue(), "Not A Name", "there to be corrected");
  await page.getByLabel("Name").fill("dora");
  await page.getByRole("button", { name: "Add owner" }).click();
  await eventually(() => owners.allInnerTexts(), ["alice", "dora"]);
  await page.getByText("dora added.").waitFor();
  await page.getByLabel("Name").fill("alice");
  await page.getByRole("button", { name: "Add owner" }).click();
  await page.getByText("alice already exists.").waitFor();
  assert.equal(await page.getByRole("alert").count(), 0, "what went wrong before is over");
  await eventually(() => page.getByRole("combobox", { name: "Owner", exact: true }).first().locator("option").allInnerTexts(), ["All owners", "alice", "dora"]);

  await page.locator("[name=token-owner]").selectOption("dora");
  await page.getByLabel("Expires in (days)").fill("7");
  await page.getByRole("button", { name: "Create token" }).click();
  const dialog = page.getByRole("dialog");
  const first = await dialog.locator("code").innerText();
  assert.equal(await reads(first), 200);
  const [listed] = ((await (await stack.api("/v1/tokens?owner=dora")).json()) as any).tokens;
  assert.deepEqual([listed.scopes, Math.round((Date.parse(listed.expires_at) - Date.now()) / 86_400_000)], [["read"], 7]);
  for (let presses = 0; presses < 3; presses += 1) await page.keyboard.press("Escape");
  await dialog.getByRole("alert").waitFor();
  assert.equal(await dialog.locator("code").innerText(), first, "it is not lost by a key");
  await dialog.getByText(/^Scopes: read\. Expires /).waitFor();
  await dialog.getByRole("button", { name: "Done" }).click();
  await dialog.waitFor({ state: "detached" });
  await eventually(() => page.evaluate("document.activeElement.innerText"), "Create token", "the focus is back where it was");
  const left = () => page.evaluate("JSON.stringify([document.documentElement.outerHTML, location.href, { ...localStorage }, { ...sessionStorage }])");
  await eventually(async () => String(await left()).includes(first), false, "it is shown once");

  await page.getByRole("button", { name: `Rotate ${listed.id}` }).click();
  await dialog.getByRole("button", { name: "Cancel" }).click();
  assert.equal(await reads(first), 200, "nothing is done before it is confirmed");
  await page.getByRole("button", { name: `Rotate ${listed.id}` }).click();
  await dialog.getByRole("button", { name: "Rotate" }).click();
  await dialog.locator("code").waitFor();
  const second = await dialog.locator("code").innerText();
  assert.deepEqual([first === second, await reads(first), await reads(second)], [false, 401, 200]);
  await dialog.getByRole("button", { name: "Done" }).click();
  await eventually(() => page.evaluate("document.activeElement.getAttribute('aria-label')"), `Rotate ${listed.id}`);

  await page.getByRole("button", { name: `Revoke ${listed.id}` }).click();
  await dialog.getByRole("button", { name: "Revoke" }).click();
  await page.getByText(/^Revoked /).waitFor();
  assert.equal(await reads(second), 401);
  assert.equal(await page.getByRole("button", { name: /^Rotate/ }).count(), 0);
  assert.equal(await page.evaluate("document.activeElement.getAttribute('aria-label')"), "Table of tokens", "the focus stays where the button was");

  await page.getByRole("button", { name: "Create token" }).click();
  await dialog.getByRole("button", { name: "Done" }).click();
  const ends = page.getByRole("region", { name: "Tokens" }).locator("tbody tr td:nth-of-type(4)");
  await eventually(async () => (await ends.allInnerTexts()).map((text) => text.startsWith("Revoked")), [false, true], "revoked ones last");
  await page.route("**/v1/owners?*", (route) => (route.request().method() === "GET" ? route.fulfill({ status: 503, json: { error: { code: "database_unavailable", message: "the database is unavailable; try again" } } }) : route.fallback()));
  await page.getByLabel("Name").fill("emil");
  await page.getByRole("button", { name: "Add owner" }).click();
  await page.getByRole("alert").getByText(/database is unavailable/).waitFor();
  assert.deepEqual(await owners.allInnerTexts(), ["alice", "dora"], "what was had stays");
  reader.expectNoProblems();
  await reader.leave();
});
