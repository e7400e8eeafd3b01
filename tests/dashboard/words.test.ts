// Words that must not come back in the texts of the page. The test reads strings, templates and JSX text from the source, not
// identifiers or comments.

import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { parseSync } from "vite";

const DASHBOARD = path.join(import.meta.dirname, "../../dashboard");

/** Each with a better choice. */
const WORDS: [RegExp, string][] = [
  [/\balone\b/i, "only"],
  [/\b(told|tells?)\b/i, "report, return, know"],
  [/\bwhoever\b/i, "a noun"],
  [/\banew\b/i, "again"],
  [/\bhad\b/i, "the present tense"],
  [/\b(of which|whose)\b/i, "a sentence of its own"],
  [/^\s*Of\b/, "a subject"],
  [/\bwhat (stands|is|was|has|cannot)\b/i, "a noun"],
  [/\bgo on\b/i, "continue"],
  [/\bat once\b/i, "immediately"],
  [/\bfor good\b/i, "This can’t be undone"],
  [/\bby itself\b/i, "automatically"],
  [/\b(asked? for|was asked|is asked|not asked)\b/i, "request"],
  [/\b(was|were|is|are) (served|answered)\b/i, "request"],
  [/\b(nobody|somebody|anybody)\b/i, "owner, reader, you"],
  [/\bthat there (is|are)\b/i, "the noun"],
  [/\b(earlier|further) (rows|month)\b/i, "previous, next"],
  [/\bfigures?\b/i, "data, requests, or the noun"],
  [/\bnothing (was|is|but|passes|failed)\b/i, "No requests"],
  [/\b(cannot|was not|did not|does not)\b/i, "can’t, wasn’t, didn’t, doesn’t"],
  [/\bregister(ed)?\b/i, "add"],
  [/\b(not|days?) closed\b/i, "final, provisional, pending"],
  [/\brealtime\b/, "real-time"],
  [/\bthe worker\b/, "the Worker"],
  [/\bmend\b/i, "fix"],
  [/[\d}] %|\d [kMGT]\b(?!i?B)/, "no space before a percent sign or a suffix"],
];

interface Node {
  type?: string;
  [key: string]: unknown;
}

/** These hold names, not texts. */
const SKIPPED = ["ImportDeclaration", "TSLiteralType"];

/** The texts within a part of a syntax tree. */
function texts(node: unknown): string[] {
  if (Array.isArray(node)) return node.flatMap(texts);
  if (typeof node !== "object" || node === null) return [];
  const { type, value } = node as Node;
  if (SKIPPED.includes(type!)) return [];
  if (type === "JSXText" || type === "Literal") return typeof value === "string" ? [value] : [];
  if (type === "TemplateLiteral") return [templateText(node as Node), ...texts((node as Node).expressions)];
  return Object.values(node).flatMap(texts);
}

/** A template with `{}` for each expression. */
function templateText({ quasis }: Node): string {
  return (quasis as { value: { cooked: string } }[]).map((part) => part.value.cooked).join("{}");
}

function sources(): string[] {
  const files = readdirSync(path.join(DASHBOARD, "src"), { recursive: true, encoding: "utf8" });
  return files.filter((file) => /\.tsx?$/.test(file) && !file.endsWith(".d.ts")).map((file) => path.join(DASHBOARD, "src", file));
}

function textsOf(file: string): string[] {
  const source = readFileSync(file, "utf8");
  if (file.endsWith(".html")) return [source.replace(/<[^>]*>/g, " ")];
  return texts(parseSync(file, source).program);
}

function faults(text: string): string[] {
  return WORDS.filter(([word]) => word.test(text)).map(([word, better]) => `${JSON.stringify(text.trim())}: ${word}, better: ${better}`);
}

test("the page has none of the words that must not come back", () => {
  const files = [path.join(DASHBOARD, "index.html"), ...sources()];
  const found = files.flatMap((file) => textsOf(file).flatMap(faults).map((fault) => `${path.relative(DASHBOARD, file)}: ${fault}`));
  assert.deepEqual(found, []);
});

test("the test reads every kind of text, and nothing else", () => {
  const source = "import a from 'told'; // told\nconst told: 'told' = `a ${'b'} c`; const page = <p title='d'>e {'f'}</p>;";
  const { program } = parseSync("page.tsx", source);
  assert.deepEqual(texts(program).sort(), ["a {} c", "b", "d", "e ", "f"]);
  assert.equal(faults("The requests that were told").length, 1);
  assert.equal(faults("82.1 %").length, 1);
  assert.deepEqual(faults("82.1% of 21.7k requests, 4.56 MiB"), []);
});
