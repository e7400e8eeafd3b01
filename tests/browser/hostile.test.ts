// What anybody can send, and the dashboard shows: names, hosts and programs that are markup stay text.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Browser } from "playwright-core";
import { ask } from "../e2e/client.ts";
import { Stack, settle } from "../e2e/stack.ts";
import { Reader, launch } from "./reader.ts";

const FILE = "pics/<img src=x onerror=alert(1)>.svg";
const ACTING = '<svg xmlns="http://www.w3.org/2000/svg"><script>document.documentElement.id = "acted"; document.cookie = "acted=1"</script></svg>';
const GONE = "/alice/pics/<script>alert(2)<script>.jpg";
const REFERRER = "https://evil.example/<svg onload=alert(3)>";
const AGENT = "\"><script>alert(4)</script><b style='position:fixed'>javascript:alert(5)";

let stack: Stack;
let browser: Browser;

before(async () => {
  stack = await Stack.start({
    owners: ["alice"],
    vars: { ANALYTICS_PRIVACY: "full" },
    media: {
      [`alice/${FILE}`]: { body: new TextEncoder().encode(ACTING), contentType: "image/svg+xml" },
    },
  });
  browser = await launch();
  const headers = { referer: REFERRER, "user-agent": AGENT, "cf-ipcountry": "<b>" };
  const encoded = FILE.split("/").map(encodeURIComponent).join("/");
  const statuses = [];
  for (const path of [`/alice/${encoded}`, GONE.replaceAll("<", "%3C").replaceAll(">", "%3E")]) {
    statuses.push((await ask(stack.url, { path, headers })).status);
  }
  assert.deepEqual(statuses, [200, 404]);
  await settle(async () => Number((await stack.sql("SELECT sum(requests) AS sum FROM analytics_daily"))[0]!.sum) >= statuses.length);
});
after(() => Promise.all([stack.close(), browser.close()]));

test("in every list and view", async () => {
  const reader = await Reader.arrive(browser, stack.url);
  const { page } = reader;
  await reader.signIn(undefined, "?owner=alice&days=1&show=files:image&show=clients:user_agent&show=sources:referrer");
  const shown = async (text: string) => {
    await page.getByText(text, { exact: true }).first().waitFor();
    assert.equal(await page.locator("main script, main b, main img").count(), 0, text);
  };
  await shown(FILE);
  await shown(AGENT);
  await shown("evil.example");
  await page.getByRole("link", { name: AGENT }).click();
  await page.getByLabel("Filters").getByText(AGENT, { exact: true }).waitFor();
  await page.getByRole("button", { name: `Remove filter User agent is ${AGENT}` }).click();
  await page.getByRole("link", { name: `Open ${FILE}` }).click();
  await page.getByRole("heading", { level: 1, name: FILE, exact: true }).waitFor();
  await reader.open("?view=errors&owner=alice&days=1");
  assert.match(await page.getByRole("region", { name: "Failing URLs" }).last().innerText(), /script/);
  assert.equal(await page.locator("main script").count(), 0);

  // And from an address that somebody else has made up.
  const markup = "<img src=x onerror=alert(7)>";
  await reader.open(`?${new URLSearchParams({ owner: markup, view: "image", image: markup })}`);
  await page.getByRole("heading", { level: 1, name: markup }).waitFor();
  await reader.open(`?${new URLSearchParams({ owner: "alice", filter: `image:is:${markup}`, show: `files:${markup}`, sort: `__proto__:requests` })}`);
  await page.getByLabel("Filters").getByText(markup, { exact: true }).waitFor();
  assert.equal(await page.locator("main img").count(), 0);
  reader.expectNoProblems();
  await reader.leave();
});

test("a file can do nothing where the dashboard is", async () => {
  const reader = await Reader.arrive(browser, stack.url);
  await reader.signIn(undefined, "?owner=alice&days=1");
  await reader.page.goto(new URL(`/alice/${FILE.split("/").map(encodeURIComponent).join("/")}`, reader.page.url()).href);
  assert.equal(await reader.page.evaluate("document.documentElement.id"), "", "its script has not run");
  assert.equal(await reader.page.evaluate("(() => { try { return document.cookie } catch { return 'refused' } })()"), "refused", "it is sandboxed");
  await reader.leave();
});
