// Whether everybody can use it: with a keyboard alone, on a telephone, in the dark, with a screen reader.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { Browser } from "playwright-core";
import { seeded } from "../../dev/random.ts";
import { SECRETS } from "../../dev/local.ts";
import { Stack, settle } from "../e2e/stack.ts";
import { counted } from "../e2e/counted.ts";
import { MEDIA, visit } from "../e2e/visits.ts";
import { DESKTOP, PHONE, Reader, eventually, launch } from "./reader.ts";

const REQUESTS = 150;
/** So many that their list scrolls. */
const COUNTRIES = ["US", "DE", "IN", "GB", "FR", "BR", "JP", "NL", "CA", "AU", "SG", "ES", "IT", "PL", "SE"];
const VIEWS = {
  overview: "?owner=alice&days=7",
  "all owners": "?owner=*&days=7",
  filtered: "?owner=alice&days=1&filter=country:is:DE&filter=image:is_not:pics/logo.webp",
  refused: "?owner=alice&days=999",
  errors: "?view=errors&owner=alice&days=1",
  "no errors": "?view=errors&owner=carol&days=1",
  usage: "?view=usage&owner=*",
  quality: "?view=quality&owner=alice&days=7",
  admin: "?view=admin",
  image: "?view=image&owner=alice&days=30&image=pics/dino.jpg",
  nothing: "?owner=carol&days=1",
};

let stack: Stack;
let browser: Browser;

before(async () => {
  stack = await Stack.start({ media: MEDIA, owners: ["alice", "bob", "carol"] });
  browser = await launch();
  await stack.api("/v1/tokens", { method: "POST", body: JSON.stringify({ owner: "alice", scopes: ["read"] }) });
  await stack.api("/v1/admin/storage", { method: "POST" });
  await visit(stack.url, seeded(8), REQUESTS);
  await settle(async () => Number((await stack.sql("SELECT sum(requests) AS sum FROM analytics_daily"))[0]!.sum) >= REQUESTS);
  for (const [index, country] of COUNTRIES.entries()) {
    const date = new Date(Date.now() - (index + 8) * 86_400_000).toISOString().slice(0, 10);
    await counted(stack, { owner: "alice", date, country, requests: 10, bytes: 1_000 });
  }
});
after(() => Promise.all([stack.close(), browser.close()]));

for (const colorScheme of ["light", "dark"] as const) {
  for (const [device, viewport] of Object.entries({ desktop: DESKTOP, phone: PHONE })) {
    describe(`${colorScheme}, ${device}`, () => {
      let reader: Reader;
      before(async () => {
        reader = await Reader.arrive(browser, stack.url, { colorScheme, viewport });
      });
      after(() => reader.leave());

      test("sign-in", async () => {
        await reader.open();
        assert.deepEqual(await reader.accessibility(), []);
        await reader.signIn();
      });

      for (const [name, search] of Object.entries(VIEWS)) {
        test(name, async () => {
          await reader.open(search);
          assert.deepEqual(await reader.accessibility(), []);
          assert.equal(await reader.page.getByRole("heading", { level: 1 }).count(), 1);
          const beyond = await reader.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth");
          assert.equal(beyond, 0, "nothing is wider than the page");
          const background = String(await reader.page.evaluate("getComputedStyle(document.documentElement).backgroundColor"));
          const lightness = Math.max(...background.match(/\d+/g)!.map(Number));
          assert.ok(colorScheme === "dark" ? lightness < 60 : lightness > 200, background);
          reader.expectNoProblems();
        });
      }

      test("the days to choose", async () => {
        await reader.open(VIEWS.overview);
        await reader.page.getByRole("button", { name: /Last 7 days/ }).click();
        await reader.page.getByRole("dialog", { name: "Date range" }).waitFor();
        assert.deepEqual(await reader.accessibility(), []);
        const box = (await reader.page.getByRole("dialog").boundingBox())!;
        assert.ok(box.x >= 0 && box.x + box.width <= viewport.width, JSON.stringify(box));
        reader.expectNoProblems();
      });
    });
  }
}

test("on a telephone, nothing that can be done is beyond the edge", async () => {
  const reader = await Reader.arrive(browser, stack.url, { viewport: { width: 320, height: 600 } });
  const { page } = reader;
  await reader.signIn(undefined, VIEWS.admin);
  for (const part of [page.getByRole("button", { name: /^Revoke/ }), page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Administration" })]) {
    const box = (await part.boundingBox())!;
    assert.ok(box.x >= 0 && box.x + box.width <= 320 && box.height >= 24, JSON.stringify(box));
  }
  await reader.open(VIEWS.overview);
  await page.getByRole("button", { name: /Last 7 days/ }).click();
  const box = (await page.getByRole("dialog").boundingBox())!;
  assert.ok(box.y + box.height <= 600, JSON.stringify(box));
  await reader.leave();
});

test("a long name takes nothing else its room", async () => {
  const name = "w".repeat(63);
  assert.equal((await stack.api("/v1/owners", { method: "POST", body: JSON.stringify({ name }) })).status, 201);
  assert.equal((await stack.api("/v1/tokens", { method: "POST", body: JSON.stringify({ owner: name, scopes: ["read"] }) })).status, 201);
  for (const width of [1440, 820, 390]) {
    const reader = await Reader.arrive(browser, stack.url, { viewport: { width, height: 900 } });
    const { page } = reader;
    await reader.signIn();
    for (const search of ["?owner=alice&days=7", `?owner=${name}&days=7`, `?view=admin&owner=${name}`]) {
      await reader.open(search);
      await page.locator(".table-skeleton").first().waitFor({ state: "detached" });
      const beyond = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth");
      assert.equal(beyond, 0, `${width} ${search}`);
      const menu = (await page.getByRole("navigation", { name: "Main" }).boundingBox())!;
      assert.ok(menu.width > 250, `${width}: the menu has ${menu.width}`);
    }
    const revoke = page.getByRole("button", { name: /^Revoke/ }).first();
    const box = (await revoke.boundingBox())!;
    assert.ok(box.x + box.width <= width, `${width}: ${JSON.stringify(box)}`);
    reader.expectNoProblems();
    await reader.leave();
  }
});

test("regions are told apart by their names", async () => {
  const reader = await Reader.arrive(browser, stack.url);
  await reader.signIn();
  for (const search of Object.values(VIEWS)) {
    await reader.open(search);
    await reader.page.locator(".table-skeleton").first().waitFor({ state: "detached" });
    const names = (await reader.page.locator("section[aria-label], [role=region]").evaluateAll((regions: any[]) => regions.map((region) => region.ariaLabel))) as string[];
    assert.deepEqual(names, [...new Set(names)], search);
  }
  await reader.leave();
});

test("with the keyboard alone", async () => {
  const reader = await Reader.arrive(browser, stack.url);
  const { page } = reader;
  const focused = () => page.evaluate("document.activeElement.getAttribute('aria-label') ?? document.activeElement.innerText ?? ''") as Promise<string>;
  /** Presses Tab until what has the focus is called so. */
  const reach = async (name: RegExp) => {
    for (let presses = 0; presses < 120; presses += 1) {
      await page.keyboard.press("Tab");
      if (name.test(await focused())) return;
    }
    assert.fail(`${name} cannot be reached`);
  };
  await reader.open("?owner=alice&days=7");
  await page.keyboard.type(SECRETS.ADMIN_TOKEN);
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { level: 1, name: "Overview" }).waitFor();
  await reader.settled();
  assert.equal(await page.evaluate("document.activeElement.id"), "content", "the focus is where the figures are");

  await reach(/Last 7 days/);
  const ring = await page.evaluate("getComputedStyle(document.activeElement).outlineStyle");
  assert.equal(ring, "solid", "one sees where the focus is");
  await page.keyboard.press("Enter");
  const today = new Intl.DateTimeFormat("en-GB", { weekday: "short", day: "numeric", month: "short", year: "numeric", timeZone: "UTC" });
  await reach(new RegExp(`^${today.format(Date.now())}$`));
  await page.keyboard.press("ArrowLeft");
  await page.keyboard.press("ArrowLeft");
  await page.keyboard.press("Enter");
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("Enter");
  const ago = (days: number) => new Date(Date.now() - days * 86_400_000).toISOString().slice(0, 10);
  await eventually(() => reader.search, `?owner=alice&start=${ago(2)}&end=${ago(1)}`);
  await eventually(async () => /Nov|Dec|Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct/.test(await focused()), true, "the focus is back on the button");

  await page.keyboard.press("Enter");
  await page.getByRole("dialog").waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });

  for (const search of ["?owner=alice&days=7", "?view=errors&owner=alice&days=7"]) {
    await reader.open(search);
    await page.keyboard.press("Tab");
    assert.equal(await focused(), "Skip to content", "the first stop leads past all others");
  }
  await reader.open(`?owner=alice&start=${ago(60)}&end=${ago(0)}`);
  await reach(/^Next page$/);
  for (const rows of [/^9–16 of 17$/, /^17–17 of 17$/]) {
    await page.keyboard.press("Enter");
    await page.getByText(rows).waitFor();
  }
  await page.keyboard.press("Shift+Tab");
  await page.keyboard.press("Tab");
  assert.equal(await focused(), "Next page", "there are none, and it can still have the focus");

  await reader.open("?owner=alice&days=7");
  await reach(/^Filter by Germany$/);
  await page.keyboard.press("Enter");
  await eventually(() => page.getByLabel("Filters").getByRole("listitem").count(), 1);
  await reach(/^Country is: change to is not$/);
  await page.keyboard.press("Enter");
  await eventually(focused, "Country is not: change to is");
  await reader.open("?owner=alice&days=7&filter=country:is:DE&filter=asset_type:is:image&filter=status:is:200");
  const chips = page.getByLabel("Filters").locator(".chip");
  await reach(/^Remove filter Country is Germany$/);
  await page.keyboard.press("Enter");
  await eventually(async () => [await chips.count(), /^Remove filter Media type is Images$/.test(await focused())], [2, true], "the next one");
  await reach(/^Remove filter Status code is 200/);
  await page.keyboard.press("Enter");
  await eventually(async () => [await chips.count(), /^Remove filter Media type is Images$/.test(await focused())], [1, true], "the one before");
  await page.keyboard.press("Enter");
  await eventually(async () => [await chips.count(), /Last 7 days/.test(await focused())], [0, true], "the days");

  await reach(/^Open pics\/dino.jpg$/);
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { level: 1, name: "pics/dino.jpg" }).waitFor();
  await eventually(() => page.evaluate("document.activeElement.id"), "content");
  reader.expectNoProblems();
  await reader.leave();
});

test("colours can be chosen, and stay", async () => {
  const reader = await Reader.arrive(browser, stack.url);
  await reader.signIn();
  const theme = () => reader.page.evaluate("document.documentElement.dataset.theme ?? 'auto'");
  const turn = () => reader.page.getByRole("button", { name: /^Theme/ }).click();
  assert.equal(await theme(), "auto");
  await turn();
  await turn();
  assert.equal(await theme(), "dark");
  await reader.page.reload();
  await reader.settled();
  assert.equal(await theme(), "dark");
  await turn();
  assert.equal(await theme(), "auto");
  await reader.leave();
});
