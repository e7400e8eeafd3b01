// A parsed SELECT, checked as Analytics Engine checks it, as SQLite's SQL. Plain columns stay plain columns, so that
// SQLite's indexes serve.
//
// Stricter than the real one where its rules are not documented: whatever is refused here need not be refused there.

import { called, isAggregate } from "./functions.ts";
import { refuse } from "./refused.ts";
import type { Expression, Select } from "./syntax.ts";
import { Parameters, SECONDS, type Type, type Typed, comparable, common, isInteger, isNumber, isTime, made } from "./typed.ts";

export interface Column {
  name: string;
  type: Type;
  finish?: Typed["finish"];
}

/** A table as it stands in FROM. */
export interface Table {
  columns: Map<string, Type>;
  /** What SQLite reads, and the condition that picks the data set's rows. */
  source: string;
  condition: string | undefined;
}

export interface Context {
  /** The table of a name; refuses an unknown one. */
  table: (name: string, bound: Parameters) => Table;
  /** Why a column that is not in a table is not there. */
  missing: (column: string) => never;
  /** The query's own time, in seconds. */
  now: number;
}

export interface Query {
  sql: string;
  parameters: (string | number)[];
  columns: Column[];
}

export function translate(select: Select, context: Context): Query {
  const bound = new Parameters();
  const { sql, columns } = new Translator(select, context, bound).query();
  return { sql, columns, parameters: bound.values };
}

/**
 * Counts the points that a query reads: those of its indexes and its time, by which points are stored, whatever else it asks for.
 */
export function pointsOf({ from, where }: Select): Select {
  if (from && "query" in from) return pointsOf(from.query);
  const isOfKey = (condition: Expression) => looseColumns(condition, new Set()).every((name) => KEY.includes(name));
  const conditions = where ? conjuncts(where).filter(isOfKey) : [];
  const count: Expression = { kind: "call", name: "count", parameters: [], distinct: false, operands: [] };
  return {
    items: [{ expression: count, alias: "points_read" }],
    from,
    where: conditions.length > 0 ? conditions.reduce((left, right) => ({ kind: "logic", operator: "AND", left, right })) : undefined,
    groupBy: [],
    orderBy: [],
  };
}

const KEY = ["index1", "timestamp"];

function conjuncts(condition: Expression): Expression[] {
  if (condition.kind !== "logic" || condition.operator !== "AND") return [condition];
  return [...conjuncts(condition.left), ...conjuncts(condition.right)];
}

type Resolve = (name: string) => Typed;

const NO_TABLE: Table = { columns: new Map(), source: "", condition: undefined };

class Translator {
  readonly #select: Select;
  readonly #context: Context;
  readonly #bound: Parameters;
  readonly #table: Table;

  constructor(select: Select, context: Context, bound: Parameters) {
    this.#select = select;
    this.#context = context;
    this.#bound = bound;
    this.#table = this.#from(select.from);
  }

  #from(from: Select["from"]): Table {
    if (!from) return NO_TABLE;
    if ("table" in from) return this.#context.table(from.table, this.#bound);
    const { sql, columns } = new Translator(from.query, this.#context, this.#bound).query();
    if (columns.some(({ finish }) => finish)) refuse("the stand-in has no quantiles in a subquery");
    return { columns: new Map(columns.map(({ name, type }) => [name, type])), source: `(${sql})`, condition: undefined };
  }

  query(): { sql: string; columns: Column[] } {
    const { groupBy, where, having, limit, offset } = this.#select;
    const items = this.#items();
    const groups = groupBy.map((expression) => this.#group(expression, items));
    const grouped = groups.length > 0 || items.some(({ typed }) => typed.aggregate);
    if (grouped) for (const item of items) this.#mustBeGrouped(item, groups);
    const conditions = [this.#table.condition, where && this.#condition(where)].filter((condition) => condition !== undefined);
    const clauses = [
      `SELECT ${items.map(({ name, typed }) => `${typed.sql} AS ${quoted(name)}`).join(", ")}`,
      this.#table.source && `FROM ${this.#table.source}`,
      conditions.length > 0 && `WHERE ${conditions.join(" AND ")}`,
      groups.length > 0 && `GROUP BY ${groups.map(({ sql }) => sql).join(", ")}`,
      having && `HAVING ${this.#having(having, items, groups, grouped)}`,
      this.#orderBy(items),
      (limit !== undefined || offset !== undefined) && `LIMIT ${limit ?? -1}`,
      offset !== undefined && `OFFSET ${offset}`,
    ];
    return {
      sql: clauses.filter((clause) => clause).join(" "),
      columns: items.map(({ name, typed: { type, finish } }) => ({ name, type, finish })),
    };
  }

  #column: Resolve = (name) => {
    const type = this.#table.columns.get(name) ?? this.#context.missing(name);
    return { sql: quoted(name), type, aggregate: false, columns: [name] };
  };

  #items(): Output[] {
    const { items } = this.#select;
    const outputs: Output[] =
      items === "all"
        ? [...this.#table.columns.keys()].map((name) => ({ name, expression: { kind: "column", name }, typed: this.#column(name) }))
        : items.map(({ expression, alias }) => ({
            name: alias ?? shown(expression),
            expression,
            typed: this.#typed(expression, this.#column),
          }));
    if (outputs.length === 0) refuse("nothing is selected");
    const names = new Set<string>();
    for (const { name, expression, typed } of outputs) {
      if (names.has(name)) refuse(`two columns have the name ${name}`);
      names.add(name);
      if (typed.type === "Interval") refuse("an interval is no value");
      const hides = this.#table.columns.has(name) && !(expression.kind === "column" && expression.name === name);
      if (hides) refuse(`the alias ${name} is a column's name`);
    }
    return outputs;
  }

  /** A group: an alias, a column or an expression, without aggregates. */
  #group(expression: Expression, items: Output[]): Group {
    const item = items.find(({ name }) => expression.kind === "column" && expression.name === name);
    const { typed, key } = item
      ? { typed: item.typed, key: keyOf(item.expression) }
      : { typed: this.#typed(expression, this.#column), key: keyOf(expression) };
    if (typed.aggregate) refuse("aggregate function in GROUP BY");
    if (typed.columns.length === 0) refuse("GROUP BY takes columns and expressions of them");
    return { sql: typed.sql, key };
  }

  #mustBeGrouped({ expression }: Output, groups: Group[]): void {
    const keys = new Set(groups.map(({ key }) => key));
    const loose = looseColumns(expression, keys);
    if (loose.length > 0) refuse(`column ${loose[0]} is not under aggregate function and not in GROUP BY`);
  }

  #condition(expression: Expression): string {
    const typed = this.#typed(expression, this.#column);
    if (typed.aggregate) refuse("aggregate function in WHERE");
    return boolean(typed, "WHERE").sql;
  }

  #having(expression: Expression, items: Output[], groups: Group[], grouped: boolean): string {
    if (!grouped) refuse("HAVING without GROUP BY or an aggregate function");
    const aliases = new Map(items.map((item) => [item.name, item]));
    const typed = this.#typed(expression, (name) => aliases.get(name)?.typed ?? this.#column(name));
    const keys = new Set(groups.map(({ key }) => key));
    const loose = looseColumns(expression, keys).filter((name) => !aliases.has(name));
    if (loose.length > 0) refuse(`column ${loose[0]} is not under aggregate function and not in GROUP BY`);
    return boolean(typed, "HAVING").sql;
  }

  /** Only what is selected can be ordered by, and only under the name that it has there. */
  #orderBy(items: Output[]): string | undefined {
    const { orderBy } = this.#select;
    if (orderBy.length === 0) return undefined;
    const outputs = new Map(items.map((item) => [item.name, item.typed]));
    const resolve: Resolve = (name) => {
      const typed = outputs.get(name) ?? refuse(`unable to find type of column: "${name}"`);
      return { ...typed, columns: [name] };
    };
    const terms = orderBy.map(({ expression, descending }) => {
      if (containsAggregate(expression)) refuse("the stand-in orders by the alias of an aggregate, not by the aggregate");
      const typed = this.#typed(expression, resolve);
      if (typed.columns.length === 0) refuse("ORDER BY takes columns and expressions of them");
      if (typed.finish) refuse("the stand-in does not order by a quantile");
      return `${typed.sql}${descending ? " DESC" : ""}`;
    });
    return `ORDER BY ${terms.join(", ")}`;
  }

  /** Bound when it is used: SQLite wants a place for every value. */
  #literal(value: string | number, type: Type): Typed {
    const bound = this.#bound;
    return {
      get sql() {
        return bound.place(value);
      },
      type,
      aggregate: false,
      columns: [],
      constant: value,
    };
  }

  #typed(expression: Expression, resolve: Resolve): Typed {
    const typed = (inner: Expression) => this.#typed(inner, resolve);
    switch (expression.kind) {
      case "number":
        return this.#literal(Number(expression.text), numberType(expression.text));
      case "string":
        return this.#literal(expression.text, "String");
      case "boolean":
        return this.#literal(expression.value ? 1 : 0, "UInt8");
      case "interval":
        return interval(expression);
      case "column":
        return resolve(expression.name);
      case "negative":
        return this.#negative(typed(expression.operand));
      case "not": {
        const operand = boolean(typed(expression.operand), "NOT");
        return made(`(NOT ${operand.sql})`, "UInt8", [operand]);
      }
      case "logic": {
        const operands = [expression.left, expression.right].map((side) => boolean(typed(side), expression.operator));
        return made(`(${operands.map(({ sql }) => sql).join(` ${expression.operator} `)})`, "UInt8", operands);
      }
      case "arithmetic":
        return arithmetic(expression.operator, typed(expression.left), typed(expression.right));
      case "comparison": {
        const [left, right] = [typed(expression.left), typed(expression.right)];
        mustCompare(left, right);
        return made(`(${left.sql} ${expression.operator} ${right.sql})`, "UInt8", [left, right]);
      }
      case "between": {
        const [operand, low, high] = [typed(expression.operand), typed(expression.low), typed(expression.high)];
        mustCompare(operand, low);
        mustCompare(operand, high);
        const sql = `(${operand.sql} ${negation(expression)}BETWEEN ${low.sql} AND ${high.sql})`;
        return made(sql, "UInt8", [operand, low, high]);
      }
      case "in":
        return this.#in(expression, typed);
      case "like":
        return this.#like(expression, typed);
      case "call":
        return called(expression.name, {
          operands: expression.operands.map(typed),
          parameters: expression.parameters.map(typed),
          distinct: expression.distinct,
          bound: this.#bound,
          now: this.#context.now,
        });
    }
  }

  #negative(operand: Typed): Typed {
    if (!isNumber(operand.type)) refuse(`cannot negate the ${operand.type} type`);
    const type = isInteger(operand.type) ? "Int64" : operand.type;
    if (typeof operand.constant === "number") return this.#literal(-operand.constant, type);
    return made(`(-${operand.sql})`, type, [operand]);
  }

  /** The list is bound as one value, however long it is. */
  #in(expression: Extract<Expression, { kind: "in" }>, typed: (inner: Expression) => Typed): Typed {
    const operand = typed(expression.operand);
    const list = new Translator({ items: "all", groupBy: [], orderBy: [] }, this.#context, new Parameters());
    const values = expression.values.map((value) => {
      const literal = list.#typed(value, () => refuse("IN takes literals"));
      mustCompare(operand, literal);
      return literal.constant ?? refuse("IN takes literals");
    });
    const bound = this.#bound.place(JSON.stringify(values));
    return made(`(${operand.sql} ${negation(expression)}IN (SELECT value FROM json_each(${bound})))`, "UInt8", [operand]);
  }

  #like(expression: Extract<Expression, { kind: "like" }>, typed: (inner: Expression) => Typed): Typed {
    const operand = typed(expression.operand);
    const { constant } = typed(expression.pattern);
    if (operand.type !== "String" || typeof constant !== "string") refuse("LIKE takes a String and a literal pattern");
    const negated = negation(expression);
    if (constant.includes("\\")) refuse("the stand-in knows no escapes in a pattern");
    if (expression.folded && /[^\0-\x7f]/.test(constant)) refuse("the stand-in folds the case of ASCII only");
    if (expression.folded) return made(`(${operand.sql} ${negated}LIKE ${this.#bound.place(constant)})`, "UInt8", [operand]);
    const glob = constant.replace(/[[*?]/g, "[$&]").replaceAll("%", "*").replaceAll("_", "?");
    return made(`(${operand.sql} ${negated}GLOB ${this.#bound.place(glob)})`, "UInt8", [operand]);
  }
}

interface Output {
  name: string;
  expression: Expression;
  typed: Typed;
}

interface Group {
  sql: string;
  /** What it was written as. */
  key: string;
}

const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`;
const keyOf = (expression: Expression) => JSON.stringify(expression);
const negation = ({ negated }: { negated: boolean }) => (negated ? "NOT " : "");

/** How an expression without an alias is called in the result. */
function shown(expression: Expression): string {
  switch (expression.kind) {
    case "column":
      return expression.name;
    case "number":
    case "string":
      return expression.text;
    case "call":
      return `${expression.name}(${expression.operands.map(shown).join(", ")})`;
    case "arithmetic":
    case "comparison":
    case "logic":
      return `${shown(expression.left)} ${expression.operator} ${shown(expression.right)}`;
    default:
      return refuse("the stand-in wants an alias for this column");
  }
}

function children(expression: Expression): Expression[] {
  switch (expression.kind) {
    case "call":
      return expression.operands;
    case "negative":
    case "not":
      return [expression.operand];
    case "arithmetic":
    case "comparison":
    case "logic":
      return [expression.left, expression.right];
    case "in":
      return [expression.operand, ...expression.values];
    case "between":
      return [expression.operand, expression.low, expression.high];
    case "like":
      return [expression.operand, expression.pattern];
    default:
      return [];
  }
}

const containsAggregate = (expression: Expression): boolean =>
  (expression.kind === "call" && isAggregate(expression.name)) || children(expression).some(containsAggregate);

/** Columns that stand neither in an aggregate nor in one of the grouped expressions. */
function looseColumns(expression: Expression, grouped: Set<string>): string[] {
  if (grouped.has(keyOf(expression))) return [];
  if (expression.kind === "call" && isAggregate(expression.name)) return [];
  if (expression.kind === "column") return [expression.name];
  return children(expression).flatMap((child) => looseColumns(child, grouped));
}

function numberType(text: string): Type {
  if (!/^\d+$/.test(text)) return "Float64";
  if (!Number.isSafeInteger(Number(text))) refuse("the stand-in counts to 2^53");
  return Number(text) < 2 ** 8 ? "UInt8" : Number(text) < 2 ** 32 ? "UInt32" : "UInt64";
}

/** Its constant is its length in seconds; of months and years, which differ in length, a modifier of SQLite's. */
function interval({ amount, unit }: Extract<Expression, { kind: "interval" }>): Typed {
  const constant = unit === "MONTH" || unit === "YEAR" ? `${amount} ${unit}` : amount * SECONDS[unit];
  return { sql: "", type: "Interval", aggregate: false, columns: [], constant };
}

function boolean(typed: Typed, where: string): Typed {
  if (typed.type !== "UInt8") refuse(`${where} takes a boolean, found: ${typed.type}`);
  return typed;
}

function mustCompare(left: Typed, right: Typed): void {
  if (!comparable(left.type, right.type) || left.type === "Interval") {
    refuse(`cannot compare the ${left.type} type with the ${right.type} type`);
  }
}

function arithmetic(operator: "+" | "-" | "*" | "/" | "%", left: Typed, right: Typed): Typed {
  if (right.type === "Interval" && isTime(left.type) && (operator === "+" || operator === "-")) {
    return shifted(left, operator, right);
  }
  if (!isNumber(left.type) || !isNumber(right.type)) {
    refuse(`cannot use ${operator} with the ${left.type} type and the ${right.type} type`);
  }
  if (operator === "/") return made(`(${left.sql} * 1.0 / ${right.sql})`, "Float64", [left, right]);
  const whole = common(left.type, right.type);
  const type = left.type === "Float64" || right.type === "Float64" || !whole ? "Float64" : operator === "-" || whole === "Int64" ? "Int64" : "UInt64";
  if (operator !== "%") return made(`(${left.sql} ${operator} ${right.sql})`, type, [left, right]);
  if (type === "Float64") refuse("the stand-in takes the modulus of whole numbers only");
  return made(`(${left.sql} % ${right.sql})`, type, [left, right]);
}

function shifted(time: Typed, operator: "+" | "-", { constant }: Typed): Typed {
  if (typeof constant === "number") return made(`(${time.sql} ${operator} ${constant})`, "DateTime", [time]);
  return made(`unixepoch(${time.sql}, 'unixepoch', '${operator}${constant}')`, "DateTime", [time]);
}
