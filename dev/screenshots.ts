// Pictures of the dashboard's main views for the README and the documentation: of a local stack that begins anew for them, so
// that they show nothing but its history and some of the demo's traffic.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, rmSync, statSync } from "node:fs";
import path from "node:path";
import { type Browser, chromium } from "playwright-core";
import sharp from "sharp";
import { ROOT, SECRETS } from "./local.ts";

const FOLDER = path.join(ROOT, "docs", "screenshots");
const PORT = process.env.PORT ?? "8796";
const DEV_FOLDER = path.join(".dev", "screenshots");
const URL_OF_STACK = `http://localhost:${PORT}`;
const DEMO_REQUESTS = 400;
/** What the stack says when it is there, and its history with it. */
const READY = "Pixtally is at";
/** Larger ones have no place in a repository. */
const MOST_BYTES = 130_000;

const DESKTOP = { width: 1440, height: 900 };
const PHONE = { width: 390, height: 844 };

interface Picture {
  name: string;
  search: string;
  viewport: typeof DESKTOP;
  colorScheme: "light" | "dark";
  isWhole?: boolean;
}

const PICTURES: Picture[] = [
  { name: "overview", search: "?owner=alice", viewport: DESKTOP, colorScheme: "light", isWhole: true },
  { name: "overview-dark", search: "?owner=alice", viewport: DESKTOP, colorScheme: "dark", isWhole: true },
  { name: "overview-phone", search: "?owner=alice", viewport: PHONE, colorScheme: "light" },
  { name: "overview-phone-dark", search: "?owner=alice", viewport: PHONE, colorScheme: "dark" },
  { name: "errors", search: "?view=errors&owner=*", viewport: DESKTOP, colorScheme: "light" },
  { name: "errors-phone-dark", search: "?view=errors&owner=*", viewport: PHONE, colorScheme: "dark" },
  { name: "usage", search: "?view=usage&owner=*", viewport: DESKTOP, colorScheme: "light" },
  { name: "quality", search: "?view=quality&owner=alice", viewport: DESKTOP, colorScheme: "light" },
  { name: "image-dark", search: "?view=image&owner=alice&image=pics/dino.jpg", viewport: DESKTOP, colorScheme: "dark" },
];

const stack = await start();
try {
  const before = await servedToday();
  await run("dev/demo.ts", "--requests", String(DEMO_REQUESTS), "--url", URL_OF_STACK);
  while ((await servedToday()) < before + DEMO_REQUESTS) await new Promise((resolve) => setTimeout(resolve, 500));
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM });
  try {
    mkdirSync(FOLDER, { recursive: true });
    for (const picture of PICTURES) await take(browser, picture);
  } finally {
    await browser.close();
  }
} finally {
  stack.kill("SIGTERM");
}

async function take(browser: Browser, { name, search, viewport, colorScheme, isWhole = false }: Picture): Promise<void> {
  const context = await browser.newContext({ viewport, colorScheme, reducedMotion: "reduce", locale: "en-GB" });
  const page = await context.newPage();
  await page.goto(`${URL_OF_STACK}/${search}`);
  await page.getByLabel("Access token").fill(SECRETS.ADMIN_TOKEN);
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { level: 1 }).and(page.locator(".toolbar h1")).waitFor();
  if (name === "image-dark") await page.getByRole("button", { name: "Load preview" }).click();
  await page.waitForLoadState("networkidle");
  const file = path.join(FOLDER, `${name}.webp`);
  await sharp(await page.screenshot({ fullPage: isWhole })).webp({ quality: 82, effort: 6 }).toFile(file);
  await context.close();
  const { size } = statSync(file);
  console.log(`${path.relative(ROOT, file)}: ${Math.round(size / 1000)} kB`);
  if (size > MOST_BYTES) throw new Error(`${file} has more than ${MOST_BYTES} bytes`);
}

async function start(): Promise<ChildProcess> {
  rmSync(path.join(ROOT, DEV_FOLDER), { recursive: true, force: true });
  const child = spawn(process.execPath, ["dev/serve.ts"], { cwd: ROOT, stdio: ["ignore", "pipe", "inherit"], env: { ...process.env, PORT, DEV_FOLDER } });
  for await (const text of child.stdout!) {
    if (String(text).includes(READY)) {
      child.stdout!.resume();
      return child;
    }
  }
  throw new Error("the local stack did not come up");
}

async function servedToday(): Promise<number> {
  const headers = { authorization: `Bearer ${SECRETS.ADMIN_TOKEN}` };
  const { totals } = (await (await fetch(`${URL_OF_STACK}/v1/analytics/overview?owner=*&days=1`, { headers })).json()) as any;
  return totals.requests;
}

async function run(script: string, ...args: string[]): Promise<void> {
  const [code] = await once(spawn(process.execPath, [script, ...args], { cwd: ROOT, stdio: "inherit" }), "close");
  if (code !== 0) throw new Error(`${script} failed`);
}
