// Somebody who reads the dashboard in Chromium. Whatever a page must never do is noted down: a request to anybody else, an
// error in the console, a script or style that the page's policy has refused.

import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { type Browser, type BrowserContext, type Page, chromium } from "playwright-core";
import { SECRETS } from "../../dev/local.ts";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
/** What a console says of an answer that is an error; what answers there are is for the tests to say. */
const ANSWER = /^Failed to load resource: the server responded with a status of \d+/;

const PATIENCE_MS = 15_000;

const BROWSER = process.env.CHROMIUM;
// Before anything is started that would then have nobody to stop it.
assert.ok(BROWSER, "CHROMIUM names the browser: npm test -- browser sets it");

export const DESKTOP = { width: 1440, height: 900 };
export const PHONE = { width: 390, height: 844 };

export interface ReaderOptions {
  viewport?: { width: number; height: number };
  colorScheme?: "light" | "dark";
  /** The pointer is a finger. */
  hasTouch?: boolean;
  /** How days are written. */
  locale?: string;
  /** Of a browser that has signed in before. */
  session?: Awaited<ReturnType<BrowserContext["storageState"]>>;
}

export class Reader {
  readonly page: Page;
  readonly #context: BrowserContext;
  readonly #origin: string;
  readonly #problems: string[] = [];
  /** Requests to anybody but the worker. */
  readonly strangers: string[] = [];
  /** Method, path and status of every answer of the API. */
  readonly answers: string[] = [];

  private constructor(context: BrowserContext, page: Page, origin: string) {
    this.#context = context;
    this.page = page;
    this.#origin = origin;
  }

  static async arrive(browser: Browser, url: URL, { viewport = DESKTOP, colorScheme = "light", session, locale = "en-GB", hasTouch = false }: ReaderOptions = {}): Promise<Reader> {
    const context = await browser.newContext({ viewport, colorScheme, reducedMotion: "reduce", storageState: session, locale, hasTouch, isMobile: hasTouch });
    // The cookie is a secure one: of what is not encrypted, browsers trust localhost alone.
    const origin = `http://localhost:${url.port}`;
    const reader = new Reader(context, await context.newPage(), origin);
    reader.page.setDefaultTimeout(PATIENCE_MS);
    await reader.#watch();
    return reader;
  }

  async #watch(): Promise<void> {
    await this.#context.route("**/*", (route) => {
      const { origin, protocol } = new URL(route.request().url());
      if (origin === this.#origin || protocol === "data:" || protocol === "blob:") return route.continue();
      this.strangers.push(route.request().url());
      return route.abort();
    });
    this.page.on("pageerror", (error) => this.#problems.push(error.message));
    this.page.on("console", (message) => {
      if (["error", "warning"].includes(message.type()) && !ANSWER.test(message.text())) this.#problems.push(message.text());
    });
    this.page.on("dialog", (dialog) => {
      this.#problems.push(`a dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    this.page.on("response", (answer) => {
      const { pathname } = new URL(answer.url());
      if (pathname.startsWith("/v1")) this.answers.push(`${answer.request().method()} ${pathname} ${answer.status()}`);
    });
  }

  /** Opens a view, given by its query string, and waits until it is there. */
  async open(search = ""): Promise<void> {
    await this.page.goto(`${this.#origin}/${search}`);
    await this.settled();
  }

  async signIn(token: string = SECRETS.ADMIN_TOKEN, search = ""): Promise<void> {
    await this.open(search);
    await this.page.getByLabel("Access token").fill(token);
    await this.page.getByRole("button", { name: "Sign in" }).click();
    await this.page.getByRole("button", { name: "Sign out" }).waitFor();
    await this.settled();
  }

  /** Waits until nothing is being fetched for a part of the page. */
  async settled(): Promise<void> {
    await this.page.locator("#app > *").first().waitFor();
    await this.page.locator('[aria-busy="true"]').first().waitFor({ state: "detached" });
  }

  get search(): string {
    return new URL(this.page.url()).search;
  }

  /** A figure at the top, exact. */
  async card(title: string): Promise<string> {
    const card = this.page.locator(".card").filter({ has: this.page.locator("dt", { hasText: new RegExp(`^${title}$`) }) });
    const number = card.locator(".value .number");
    return (await number.getAttribute("title")) ?? (await number.innerText());
  }

  /** Requests by value, exact, of a list that is headed so. */
  async list(heading: string): Promise<Record<string, number>> {
    const table = this.page.getByRole("table").filter({ has: this.page.getByRole("columnheader", { name: heading, exact: true }) });
    // At once: a list that is about to be another one has other rows a moment later.
    const rows: [string, string][] = await table.locator("tbody tr:not([aria-hidden])").evaluateAll((elements: any[]) =>
      elements.map((row) => {
        const number = row.querySelectorAll("td")[1].querySelector(".number");
        return [row.querySelector(".name").innerText, number.getAttribute("title") ?? number.innerText];
      }),
    );
    return Object.fromEntries(rows.map(([name, number]) => [name, Number(number.replaceAll(",", ""))]));
  }

  /** Serious and critical findings of axe. */
  async accessibility(): Promise<string[]> {
    await this.page.evaluate(AXE);
    const { violations } = (await this.page.evaluate("axe.run(document, { resultTypes: ['violations'] })")) as { violations: any[] };
    const grave = violations.filter(({ impact }) => impact === "serious" || impact === "critical");
    return grave.map(({ id, nodes }) => `${id}: ${nodes.map((node: any) => `${node.target.join(" ")} ${node.failureSummary}`).join("; ")}`);
  }

  /** That the page did nothing that it must never do. */
  expectNoProblems(): void {
    assert.deepEqual({ problems: this.#problems, strangers: this.strangers }, { problems: [], strangers: [] });
  }

  async leave(): Promise<void> {
    await this.#context.close();
  }
}

/** Reads until it is as expected; after some time what it is then is for the test to tell. */
export async function eventually<T>(read: () => Promise<T> | T, expected: T, message?: string): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    try {
      return assert.deepEqual(await read(), expected, message);
    } catch (error) {
      if (Date.now() > deadline) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

export function launch(): Promise<Browser> {
  return chromium.launch({ executablePath: BROWSER });
}
