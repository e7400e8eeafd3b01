// A statement's text as tokens.

import { refuse } from "./refused.ts";

export interface Token {
  kind: "word" | "quoted" | "string" | "number" | "symbol" | "end";
  /** What it says; of a string, without quotes. */
  text: string;
}

/** How a backslash inside a string is read. It is not documented: by default no statement may depend on it. */
export type Backslash = "refused" | "literal" | "escape";

const SPACE = /\s+|--[^\n]*/y;
const COMMENT = /\/\*[^]*?\*\//y;
const WORD = /[A-Za-z_][A-Za-z0-9_]*/y;
const NUMBER = /(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d+)?/y;
const SYMBOL = /<>|!=|<=|>=|[-+*\/%=<>(),;.]/y;

const ESCAPES: Record<string, string> = { n: "\n", t: "\t", r: "\r", "0": "\0", b: "\b", f: "\f" };

export function tokens(statement: string, backslash: Backslash): Token[] {
  const found: Token[] = [];
  let at = 0;
  const take = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    const text = pattern.exec(statement)?.[0];
    if (text !== undefined) at += text.length;
    return text;
  };
  while (at < statement.length) {
    if (take(SPACE) !== undefined || take(COMMENT) !== undefined) continue;
    const word = take(WORD);
    if (word !== undefined) found.push({ kind: "word", text: word });
    else if (statement[at] === "'") found.push({ kind: "string", text: quoted("'") });
    else if (statement[at] === '"') found.push({ kind: "quoted", text: quoted('"') });
    else {
      const number = take(NUMBER);
      const symbol = number ?? take(SYMBOL);
      if (symbol === undefined) refuse(`sql parser error: Unexpected character ${statement[at]}`);
      found.push({ kind: number === undefined ? "symbol" : "number", text: symbol });
    }
  }
  return [...found, { kind: "end", text: "EOF" }];

  function quoted(quote: string): string {
    let text = "";
    for (at += 1; at < statement.length; at += 1) {
      const letter = statement[at]!;
      if (letter === quote) {
        if (statement[at + 1] !== quote) {
          at += 1;
          return text;
        }
        at += 1;
      }
      if (letter === "\\") {
        if (backslash === "refused") refuse("a backslash in a quoted text, whose meaning is not documented");
        if (backslash === "escape") {
          at += 1;
          const escaped = statement[at] ?? "";
          text += ESCAPES[escaped] ?? escaped;
          continue;
        }
      }
      text += letter;
    }
    return refuse("sql parser error: Unterminated string literal");
  }
}
