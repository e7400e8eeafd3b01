// What browsers make of media: files that are opened by themselves, and files that pages of other sites read.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { after, before, test } from "node:test";
import type { Browser } from "playwright-core";
import { ROOT } from "../../dev/local.ts";
import { Stack } from "../e2e/stack.ts";
import { launch } from "./reader.ts";

let stack: Stack;
let browser: Browser;
/** A site of somebody else, with one empty page. */
const site = createServer((_, answer) => void answer.setHeader("content-type", "text/html").end("<title>a site</title>"));
const address = (file: string) => `http://localhost:${stack.url.port}/alice/media/${file}`;

before(async () => {
  stack = await Stack.start({
    owners: ["alice"],
    media: {
      "alice/media/waves.mp4": { body: readFileSync(path.join(ROOT, "dev/media/waves.mp4")) },
      "alice/media/data.json": { body: new TextEncoder().encode('{"answer":42}') },
    },
  });
  await new Promise<void>((resolve) => site.listen(0, "127.0.0.1", resolve));
  browser = await launch();
});
after(() => Promise.all([stack.close(), browser.close(), site.close()]));

test("a video plays when it is opened by itself", async () => {
  const page = await browser.newPage();
  await page.goto(address("waves.mp4"));
  await page.waitForFunction("document.querySelector('video').readyState === HTMLMediaElement.HAVE_ENOUGH_DATA");
  await page.close();
});

test("a script of another site reads a file, a part of it after a preflight, and why there is none", async () => {
  const page = await browser.newPage();
  await page.goto(`http://127.0.0.1:${(site.address() as AddressInfo).port}`);
  const read = (file: string, headers: Record<string, string> = {}) =>
    page.evaluate(
      async ([url, headers]) => {
        const answer = await fetch(url, { headers });
        const exposed = ["content-range", "x-pixtally-error"].map((name) => answer.headers.get(name));
        return [answer.status, (await answer.text()).slice(0, 20), ...exposed];
      },
      [address(file), headers] as const,
    );
  assert.deepEqual(await read("data.json"), [200, '{"answer":42}', null, null]);
  assert.deepEqual(await read("data.json", { range: "bytes=10-11", "if-match": "*" }), [206, "42", "bytes 10-11/13", null]);
  assert.deepEqual((await read("none.json")).filter((_, index) => index !== 1), [404, null, "object_not_found"]);
  await page.close();
});
