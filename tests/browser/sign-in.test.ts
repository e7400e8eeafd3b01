// Signing in to the dashboard and out, as a browser does it.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Browser } from "playwright-core";
import { SECRETS } from "../../dev/local.ts";
import { Stack } from "../e2e/stack.ts";
import { Reader, eventually, launch } from "./reader.ts";

let stack: Stack;
let browser: Browser;

before(async () => {
  [stack, browser] = await Promise.all([Stack.start({ owners: ["alice", "bob"] }), launch()]);
});
after(() => Promise.all([stack.close(), browser.close()]));

async function token(owner: string, scopes = ["read"]): Promise<{ id: string; token: string }> {
  const answer = await stack.api("/v1/tokens", { method: "POST", body: JSON.stringify({ owner, scopes }) });
  assert.equal(answer.status, 201);
  return answer.json() as any;
}

test("a wrong token is refused in words, and a right one is kept by nothing but the cookie", async () => {
  const reader = await Reader.arrive(browser, stack.url);
  const { page } = reader;
  const said: string[] = [];
  page.on("console", (message) => said.push(message.text()));
  await reader.open("?owner=alice&days=7");
  assert.deepEqual([said, reader.answers.filter((answer) => answer.includes("session"))], [[], ["GET /v1/session 204"]], "a first visit is no error");
  await page.getByLabel("Access token").fill("not-a-token");
  await page.keyboard.press("Enter");
  await page.getByRole("alert").getByText("That token is invalid, expired or revoked.").waitFor();
  const field = page.getByLabel("Access token");
  const described = await field.evaluate((input: any) => input.ownerDocument.getElementById(input.getAttribute("aria-describedby"))?.innerText);
  assert.deepEqual([described, await field.getAttribute("aria-invalid")], ["That token is invalid, expired or revoked.", "true"], "the error belongs to the field");
  await eventually(() => page.evaluate("document.activeElement.name"), "token", "there to be corrected");
  await page.getByText("How is my token handled?").click();
  await page.getByText("never stored in the browser").waitFor();
  assert.equal(await page.getByRole("heading", { level: 1 }).innerText(), "Sign in to Pixtally");

  await page.getByLabel("Access token").fill(SECRETS.ADMIN_TOKEN);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("heading", { level: 1, name: "Overview" }).waitFor();
  await reader.settled();
  assert.equal(reader.search, "?owner=alice&days=7", "the address that was asked for");
  const kept = await page.evaluate("JSON.stringify([location.href, document.cookie, { ...localStorage }, { ...sessionStorage }, history.state, document.body.innerHTML])");
  assert.ok(!String(kept).includes(SECRETS.ADMIN_TOKEN), "no script can read the token");
  const [cookie, ...others] = await page.context().cookies();
  assert.deepEqual([others, cookie!.httpOnly, cookie!.secure, cookie!.sameSite, cookie!.name.startsWith("__Host-")], [[], true, true, "Strict", true]);

  await page.reload();
  await page.getByRole("heading", { level: 1, name: "Overview" }).waitFor();
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByRole("heading", { level: 1, name: "Sign in to Pixtally" }).waitFor();
  await page.reload();
  await page.getByRole("heading", { level: 1, name: "Sign in to Pixtally" }).waitFor();
  reader.expectNoProblems();
  await reader.leave();
});

test("an owner sees its own figures, and no way to others", async () => {
  const reader = await Reader.arrive(browser, stack.url);
  await reader.signIn((await token("bob")).token, "?view=admin&owner=alice");
  const { page } = reader;
  assert.equal(await page.locator(".top .owner").innerText(), "bob");
  assert.equal(reader.search, "", "the address says what is shown");
  await page.getByRole("heading", { level: 1, name: "Overview" }).waitFor();
  assert.equal(await page.getByRole("combobox", { name: "Owner" }).count(), 0);
  assert.equal(await page.getByRole("link", { name: "Administration" }).count(), 0);
  assert.deepEqual(reader.answers.filter((answer) => answer.includes("/v1/tokens") || answer.includes("/v1/owners")), []);
  assert.deepEqual(reader.answers.filter((answer) => / (403|404|5..)$/.test(answer)), []);
  reader.expectNoProblems();
  await reader.leave();
});

test("a session that is over leads back to where one was", async () => {
  const reader = await Reader.arrive(browser, stack.url);
  const { id, token: secret } = await token("alice");
  await reader.signIn(secret, "?view=errors&days=7");
  assert.equal((await stack.api(`/v1/tokens/${id}`, { method: "DELETE" })).status, 200);
  await reader.page.getByRole("link", { name: "Data quality" }).click();
  await reader.page.getByText("Your session has expired. Sign in to continue where you left off.").waitFor();
  await reader.page.getByLabel("Access token").fill((await token("alice")).token);
  await reader.page.keyboard.press("Enter");
  await reader.page.getByRole("heading", { level: 1, name: "Data quality" }).waitFor();
  assert.equal(reader.search, "?view=quality&days=7");
  reader.expectNoProblems();
  await reader.leave();
});

test("who could not sign out is told so, and is still signed in", async () => {
  const reader = await Reader.arrive(browser, stack.url);
  const { page } = reader;
  await reader.signIn(undefined, "?owner=alice");
  let isDown = true;
  await page.route(/\/(v1\/session|healthz)$/, (route) => (isDown ? route.abort() : route.fallback()));
  await page.getByRole("button", { name: "Sign out" }).click();
  const alert = page.getByRole("alert").filter({ hasText: "Couldn’t sign you out: The Worker isn’t responding. Check your connection." });
  await alert.waitFor();
  await page.getByRole("link", { name: "Errors", exact: true }).first().click();
  await alert.waitFor({ state: "detached" });
  await page.getByRole("button", { name: "Sign out" }).click();
  await alert.waitFor();
  isDown = false;
  await alert.getByRole("button", { name: "Sign out" }).click();
  await page.getByRole("heading", { level: 1, name: "Sign in to Pixtally" }).waitFor();
  await reader.leave();
});

test("while it is not known who is signed in, that is said", async () => {
  const reader = await Reader.arrive(browser, stack.url);
  const { page } = reader;
  let answer = () => {};
  const answered = new Promise<void>((resolve) => (answer = resolve));
  await page.route("**/v1/session", async (route) => {
    await answered;
    await route.fallback();
  });
  await reader.page.goto(`http://localhost:${stack.url.port}/`);
  await page.getByText("Checking your session…").waitFor();
  answer();
  await page.getByRole("heading", { level: 1, name: "Sign in to Pixtally" }).waitFor();
  reader.expectNoProblems();
  await reader.leave();
});

test("while the worker cannot be reached, nobody is taken for signed out", async () => {
  const reader = await Reader.arrive(browser, stack.url);
  const { page } = reader;
  await reader.signIn(undefined, "?owner=alice&days=7");
  let isDown = true;
  await page.route("**/v1/session", (route) => (isDown ? route.fulfill({ status: 502, contentType: "text/html", body: "<h1>Bad gateway</h1>" }) : route.fallback()));
  await page.reload();
  await page.getByRole("heading", { level: 1, name: "Can’t reach Pixtally" }).waitFor();
  assert.match(await page.getByRole("alert").innerText(), /^Connection failed: The Worker returned an unreadable response \(502\)\./);
  assert.deepEqual([await page.getByLabel("Access token").count(), await reader.accessibility()], [0, []]);
  isDown = false;
  await page.getByRole("button", { name: "Try again" }).click();
  await page.getByRole("heading", { level: 1, name: "Overview" }).waitFor();

  isDown = true;
  await page.clock.install();
  await page.reload();
  await page.getByRole("heading", { level: 1, name: "Can’t reach Pixtally" }).waitFor();
  isDown = false;
  await page.clock.fastForward(6_000);
  await page.getByRole("heading", { level: 1, name: "Overview" }).waitFor();
  assert.equal(reader.search, "?owner=alice&days=7");
  reader.expectNoProblems();
  await reader.leave();
});
