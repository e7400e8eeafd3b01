// Analytics Engine's SQL by recursive descent: exactly the statements and clauses that its reference documents.
// Names and types are checked later (query.ts, functions.ts).
//
// Source: developers.cloudflare.com/analytics/analytics-engine/sql-reference/statements/ and /operators/

import { refuse } from "./refused.ts";
import { FORMATS, UNITS, type Expression, type Format, type Item, type Select, type Statement, type Unit } from "./syntax.ts";
import { tokens, type Backslash, type Token } from "./tokens.ts";

const MAX_DEPTH = 100;

/** Words that end an expression, and are no names. */
const RESERVED = new Set(
  `SELECT FROM WHERE GROUP HAVING ORDER LIMIT OFFSET FORMAT AS AND OR NOT IN BETWEEN LIKE ILIKE BY ASC DESC DISTINCT CASE
   WHEN THEN ELSE END JOIN UNION EXCEPT INTERSECT WITH ON USING OVER NULL IS CAST EXISTS INTERVAL ALL`.split(/\s+/),
);

export function parse(text: string, backslash: Backslash): Statement {
  return new Parser(tokens(text, backslash)).statement();
}

class Parser {
  readonly #tokens: Token[];
  #at = 0;
  #depth = 0;

  constructor(found: Token[]) {
    this.#tokens = found;
  }

  get #next(): Token {
    return this.#tokens[this.#at]!;
  }

  #take(): Token {
    const token = this.#next;
    if (token.kind !== "end") this.#at += 1;
    return token;
  }

  #expected(what: string): never {
    return refuse(`sql parser error: Expected ${what}, found: ${this.#next.text}`);
  }

  #isWord(word: string, ahead = 0): boolean {
    const token = this.#tokens[Math.min(this.#at + ahead, this.#tokens.length - 1)]!;
    return token.kind === "word" && token.text.toUpperCase() === word;
  }

  #word(...words: string[]): boolean {
    const found = words.every((word, ahead) => this.#isWord(word, ahead));
    if (found) this.#at += words.length;
    return found;
  }

  #isSymbol(text: string): boolean {
    return this.#next.kind === "symbol" && this.#next.text === text;
  }

  #symbol(text: string): boolean {
    const found = this.#isSymbol(text);
    if (found) this.#at += 1;
    return found;
  }

  #must(found: boolean, what: string): void {
    if (!found) this.#expected(what);
  }

  statement(): Statement {
    const statement = this.#statement();
    this.#symbol(";");
    if (this.#next.kind !== "end") this.#expected("end of statement");
    return statement;
  }

  #statement(): Statement {
    if (this.#word("SHOW", "TABLES")) return { kind: "tables", format: this.#format() };
    if (this.#word("SHOW", "TIMEZONE")) return { kind: "timezone", format: this.#format() };
    if (!this.#isWord("SELECT")) refuse(`only SELECT and SHOW statements are supported, found: ${this.#next.text}`);
    return { kind: "select", select: this.#select(), format: this.#format() };
  }

  #format(): Format {
    if (!this.#word("FORMAT")) return "JSON";
    const name = this.#take().text;
    return FORMATS.find((format) => format.toLowerCase() === name.toLowerCase()) ?? refuse(`unsupported format: ${name}`);
  }

  #select(): Select {
    this.#must(this.#word("SELECT"), "SELECT");
    if (this.#isWord("DISTINCT")) refuse("SELECT DISTINCT is not supported");
    const items = this.#symbol("*") ? "all" : this.#list(() => this.#item());
    const from = this.#word("FROM") ? this.#from() : undefined;
    const where = this.#word("WHERE") ? this.#expression() : undefined;
    const groupBy = this.#word("GROUP", "BY") ? this.#list(() => this.#expression()) : [];
    const having = this.#word("HAVING") ? this.#expression() : undefined;
    const orderBy = this.#word("ORDER", "BY") ? this.#list(() => this.#ordering()) : [];
    const limit = this.#word("LIMIT") && !this.#word("ALL") ? this.#wholeNumber("LIMIT") : undefined;
    const offset = this.#word("OFFSET") ? this.#wholeNumber("OFFSET") : undefined;
    return { items, from, where, groupBy, having, orderBy, limit, offset };
  }

  #list<T>(item: () => T): T[] {
    const items = [item()];
    while (this.#symbol(",")) items.push(item());
    return items;
  }

  #item(): Item {
    const expression = this.#expression();
    return this.#word("AS") ? { expression, alias: this.#name("an alias", false) } : { expression };
  }

  #from(): Select["from"] {
    if (!this.#symbol("(")) {
      const table = this.#name("a table");
      this.#nothingJoined();
      return { table };
    }
    const query = this.#nested(() => this.#select());
    this.#must(this.#symbol(")"), ")");
    this.#nothingJoined();
    return { query };
  }

  #nothingJoined(): void {
    if (this.#isSymbol(",")) refuse("queries can only operate on a single table");
    if (this.#isSymbol(".")) refuse("a table's name has one part");
    const words = ["JOIN", "LEFT", "RIGHT", "INNER", "OUTER", "FULL", "CROSS", "UNION", "EXCEPT", "INTERSECT", "NATURAL"];
    const joined = words.find((word) => this.#isWord(word));
    if (joined) refuse(`${joined} is not supported`);
    const ends = ["WHERE", "GROUP", "HAVING", "ORDER", "LIMIT", "OFFSET", "FORMAT"];
    if (this.#next.kind === "word" && !ends.some((word) => this.#isWord(word))) {
      refuse(`nothing may follow a table's name but a clause, found: ${this.#next.text}`);
    }
  }

  #ordering(): Select["orderBy"][number] {
    const expression = this.#expression();
    const descending = this.#word("DESC");
    if (!descending) this.#word("ASC");
    return { expression, descending };
  }

  #wholeNumber(clause: string): number {
    const { kind, text } = this.#take();
    if (kind !== "number" || !/^\d+$/.test(text)) refuse(`${clause} takes a whole number, found: ${text}`);
    return Number(text);
  }

  #name(what: string, bare = true): string {
    const { kind, text } = this.#next;
    const named = kind === "quoted" ? text !== "" : kind === "word" && !(bare && RESERVED.has(text.toUpperCase()));
    if (!named) this.#expected(what);
    this.#at += 1;
    return text;
  }

  #nested<T>(parse: () => T): T {
    this.#depth += 1;
    if (this.#depth > MAX_DEPTH) refuse("sql parser error: recursion limit exceeded");
    const parsed = parse();
    this.#depth -= 1;
    return parsed;
  }

  #expression(): Expression {
    return this.#nested(() => this.#or());
  }

  #or(): Expression {
    let left = this.#and();
    while (this.#word("OR")) left = { kind: "logic", operator: "OR", left, right: this.#and() };
    return left;
  }

  #and(): Expression {
    let left = this.#not();
    while (this.#word("AND")) left = { kind: "logic", operator: "AND", left, right: this.#not() };
    return left;
  }

  #not(): Expression {
    return this.#word("NOT") ? { kind: "not", operand: this.#nested(() => this.#not()) } : this.#comparison();
  }

  #comparison(): Expression {
    const left = this.#sum();
    const symbol = this.#next.kind === "symbol" ? this.#next.text : "";
    const operator = symbol === "!=" ? "<>" : symbol;
    if (operator === "=" || operator === "<>" || operator === "<" || operator === ">" || operator === "<=" || operator === ">=") {
      this.#take();
      const right = this.#sum();
      return { kind: "comparison", operator, left, right };
    }
    if (this.#isWord("IS")) refuse("unsupported expression type: IS");
    const negated = this.#isWord("NOT") && this.#word("NOT");
    if (this.#word("IN")) return { kind: "in", negated, operand: left, values: this.#values() };
    if (this.#word("BETWEEN")) {
      const low = this.#sum();
      this.#must(this.#word("AND"), "AND");
      return { kind: "between", negated, operand: left, low, high: this.#sum() };
    }
    const folded = this.#isWord("ILIKE");
    if (this.#word("LIKE") || this.#word("ILIKE")) {
      return { kind: "like", negated, folded, operand: left, pattern: this.#sum() };
    }
    if (negated) this.#expected("IN, BETWEEN or LIKE after NOT");
    return left;
  }

  #values(): Expression[] {
    this.#must(this.#symbol("("), "(");
    if (this.#isWord("SELECT")) refuse("unsupported expression type: a subquery");
    if (this.#isSymbol(")")) this.#expected("an expression:");
    const values = this.#list(() => this.#expression());
    this.#must(this.#symbol(")"), ")");
    return values;
  }

  #sum(): Expression {
    let left = this.#product();
    while (this.#isSymbol("+") || this.#isSymbol("-")) {
      const operator = this.#take().text as "+" | "-";
      left = { kind: "arithmetic", operator, left, right: this.#product() };
    }
    return left;
  }

  #product(): Expression {
    let left = this.#unary();
    while (this.#isSymbol("*") || this.#isSymbol("/") || this.#isSymbol("%")) {
      const operator = this.#take().text as "*" | "/" | "%";
      left = { kind: "arithmetic", operator, left, right: this.#unary() };
    }
    return left;
  }

  #unary(): Expression {
    return this.#symbol("-") ? { kind: "negative", operand: this.#nested(() => this.#unary()) } : this.#primary();
  }

  #primary(): Expression {
    const { kind, text } = this.#next;
    if (kind === "number" || kind === "string") {
      this.#take();
      return { kind, text };
    }
    if (this.#symbol("(")) {
      if (this.#isWord("SELECT")) refuse("unsupported expression type: a subquery");
      const inner = this.#expression();
      if (this.#isSymbol(",")) refuse("unsupported expression type: a tuple");
      this.#must(this.#symbol(")"), ")");
      return inner;
    }
    if (this.#word("TRUE")) return { kind: "boolean", value: true };
    if (this.#word("FALSE")) return { kind: "boolean", value: false };
    if (this.#word("INTERVAL")) return this.#interval();
    for (const word of ["CASE", "CAST", "NULL", "EXISTS"]) {
      if (this.#isWord(word)) refuse(`unsupported expression type: ${word}`);
    }
    const next = this.#tokens[this.#at + 1];
    const calls = kind === "word" && next?.kind === "symbol" && next.text === "(";
    const name = this.#name("an expression:", !calls);
    if (this.#isSymbol(".")) refuse("a column's name has one part");
    return calls && this.#symbol("(") ? this.#call(name) : { kind: "column", name };
  }

  #interval(): Expression {
    const { kind, text } = this.#take();
    if (kind !== "string" || !/^\d{1,9}$/.test(text)) refuse("an interval is written as INTERVAL '1' DAY");
    const unit = this.#unit();
    return { kind: "interval", amount: Number(text), unit };
  }

  #unit(): Unit {
    const unit = UNITS.find((known) => this.#isWord(known)) ?? this.#expected(`one of ${UNITS.join(", ")}`);
    this.#take();
    return unit;
  }

  /** What follows `name(`. */
  #call(name: string): Expression {
    const call: Extract<Expression, { kind: "call" }> = { kind: "call", name, parameters: [], distinct: false, operands: [] };
    const lower = name.toLowerCase();
    if (lower === "extract") {
      const unit: Expression = { kind: "string", text: this.#unit() };
      this.#must(this.#word("FROM"), "FROM");
      return { ...call, operands: [unit, this.#closed()] };
    }
    if (lower === "position") {
      const needle = this.#sum();
      this.#must(this.#word("IN"), "IN");
      return { ...call, operands: [needle, this.#closed()] };
    }
    if (this.#isSymbol("*")) refuse(`${name}(*) is not documented: ${name}()`);
    const distinct = this.#word("DISTINCT");
    const operands = this.#operands();
    if (this.#isWord("OVER")) refuse("unsupported expression type: a window function");
    if (!distinct && this.#symbol("(")) return { ...call, parameters: operands, operands: this.#operands() };
    return { ...call, distinct, operands };
  }

  #closed(): Expression {
    const operand = this.#expression();
    this.#must(this.#symbol(")"), ")");
    return operand;
  }

  #operands(): Expression[] {
    if (this.#symbol(")")) return [];
    const operands = this.#list(() => this.#expression());
    this.#must(this.#symbol(")"), ")");
    return operands;
  }
}
