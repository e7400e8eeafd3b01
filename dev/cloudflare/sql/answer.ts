// A statement's answer: the status, the type and the body that Analytics Engine's SQL API has for it.

import { BLOBS, DOUBLES, type Points } from "../points.ts";
import type { Reader } from "../reader.ts";
import { type Sampling, resolution } from "../sampling.ts";
import { parse } from "./parser.ts";
import { type Column, type Context, pointsOf, translate } from "./query.ts";
import { Refused, refuse } from "./refused.ts";
import type { Format, Select } from "./syntax.ts";
import type { Backslash } from "./tokens.ts";
import type { Type } from "./typed.ts";

export interface SqlOptions {
  sampling: Sampling | null;
  /** Points younger than this, in seconds, cannot be seen yet. */
  lag: number;
  backslash: Backslash;
  /** Seconds since 1970. */
  now: number;
}

export interface Answer {
  status: number;
  contentType: string;
  body: string;
}

type Value = string | number | null;

const CONTENT_TYPES: Record<Format, string> = {
  JSON: "application/json; charset=UTF-8",
  JSONEachRow: "application/x-ndjson; charset=UTF-8",
  TabSeparated: "text/tab-separated-values; charset=UTF-8",
};

export function answer(text: string, reader: Reader, points: Points, options: SqlOptions): Answer {
  try {
    const statement = parse(text, options.backslash);
    const { columns, rows } =
      statement.kind === "select"
        ? selected(statement.select, reader, points, options)
        : listed(statement.kind === "tables" ? points.datasets() : ["Etc/UTC"], statement.kind);
    return { status: 200, contentType: CONTENT_TYPES[statement.format], body: encoded(statement.format, columns, rows) };
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    return { status: 422, contentType: "text/plain; charset=UTF-8", body: error.message };
  }
}

interface Result {
  columns: Column[];
  rows: Iterable<Value[]>;
}

function listed(names: string[], kind: "tables" | "timezone"): Result {
  const columns: Column[] = [{ name: kind === "tables" ? "dataset" : "timezone", type: "String" }];
  return { columns, rows: names.map((name) => [name]) };
}

const TYPES = new Map<string, Type>([
  ["dataset", "String"],
  ["timestamp", "DateTime"],
  ["_sample_interval", "UInt32"],
  ["index1", "String"],
]);

function selected(select: Select, reader: Reader, points: Points, options: SqlOptions): Result {
  const { sampling } = options;
  const context = (sample: number): Context => ({
    now: options.now,
    missing: (column) => refuse(`unable to find type of column: "${column}"`),
    table: (name, bound) => {
      const known = points.known(name) ?? refuse(`unknown table '${name}'`);
      const columns = new Map(known.blobs + known.doubles > 0 ? TYPES : []);
      for (const blob of BLOBS.slice(0, known.blobs)) columns.set(blob, "String");
      for (const double of DOUBLES.slice(0, known.doubles)) columns.set(double, "Float64");
      const visible = options.lag > 0 ? ` AND timestamp <= ${options.now - options.lag}` : "";
      const source = points.sample(sample, sampling?.seed ?? 0);
      return { columns, source, condition: `dataset = ${bound.place(name)}${visible}` };
    },
  });
  const readFrom = (): number => {
    if (sampling?.at !== "read" || select.from === undefined) return 1;
    const { sql, parameters } = translate(pointsOf(select), context(1));
    const [[count]] = [...reader.rows<[number]>(sql, parameters)] as [[number]];
    return resolution(sampling, count);
  };
  const query = translate(select, context(readFrom()));
  return { columns: query.columns, rows: values(query.columns, reader.rows(query.sql, query.parameters)) };
}

function* values(columns: Column[], rows: Iterable<Value[]>): Iterable<Value[]> {
  const shapes = columns.map(({ type, finish }) => (value: Value): Value => {
    if (value === null) return null;
    return shaped(finish ? finish(value as string) : value, type);
  });
  for (const row of rows) yield row.map((value, column) => shapes[column]!(value));
}

/** A value as ClickHouse writes it in JSON: whole numbers of 64 bits as texts, times as texts. */
function shaped(value: string | number, type: Type): Value {
  switch (type) {
    case "UInt64":
    case "Int64":
      return String(value);
    case "DateTime":
      return new Date(Number(value) * 1000).toISOString().slice(0, 19).replace("T", " ");
    case "Date":
      return new Date(Number(value) * 1000).toISOString().slice(0, 10);
    case "String":
      return String(value);
    default:
      return Number.isFinite(value) ? value : null;
  }
}

function encoded(format: Format, columns: Column[], rows: Iterable<Value[]>): string {
  const keys = columns.map(({ name }) => `${JSON.stringify(name)}:`);
  const object = (row: Value[]) => `{${row.map((value, column) => keys[column] + JSON.stringify(value)).join(",")}}`;
  const lines: string[] = [];
  for (const row of rows) lines.push(format === "TabSeparated" ? row.map(tabbed).join("\t") : object(row));
  if (format !== "JSON") return lines.map((line) => `${line}\n`).join("");
  const meta = JSON.stringify(columns.map(({ name, type }) => ({ name, type })));
  return `{"meta":${meta},"data":[${lines.join(",")}],"rows":${lines.length},"rows_before_limit_at_least":${lines.length}}`;
}

const TABBED: Record<string, string> = { "\t": "\\t", "\n": "\\n", "\\": "\\\\" };
const tabbed = (value: Value) => (value === null ? "\\N" : String(value).replace(/[\t\n\\]/g, (letter) => TABBED[letter]!));
