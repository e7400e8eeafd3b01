// A checked piece of a query: what it is in SQLite's SQL, and its type in Analytics Engine.

import { refuse } from "./refused.ts";

export type Type = "String" | "Float64" | "UInt64" | "Int64" | "UInt32" | "UInt8" | "DateTime" | "Date" | "Interval";

export interface Typed {
  sql: string;
  type: Type;
  /** Whether an aggregate function stands in it. */
  aggregate: boolean;
  /** Columns of the table that stand in it outside any aggregate function. */
  columns: string[];
  /** Its value, when it is the same for every row and known before the query runs. */
  constant?: string | number;
  /** Of an aggregate that SQLite lacks: makes the value from what SQLite collected. Only as a whole column. */
  finish?: (collected: string) => string | number;
}

/** Seconds in units that are always equally long. */
export const SECONDS = { DAY: 86_400, HOUR: 3_600, MINUTE: 60, SECOND: 1 } as const;

const INTEGERS: Type[] = ["UInt8", "UInt32", "UInt64", "Int64"];

export const isInteger = (type: Type): boolean => INTEGERS.includes(type);
export const isNumber = (type: Type): boolean => type === "Float64" || isInteger(type);
export const isTime = (type: Type): boolean => type === "DateTime" || type === "Date";

/** The type that holds both, or undefined: texts, numbers and times do not mix, nor whole numbers and floats. */
export function common(one: Type, other: Type): Type | undefined {
  if (one === other) return one;
  if (!isInteger(one) || !isInteger(other)) return undefined;
  return one === "Int64" || other === "Int64" ? "Int64" : INTEGERS[Math.max(INTEGERS.indexOf(one), INTEGERS.indexOf(other))];
}

export const comparable = (one: Type, other: Type): boolean =>
  one === other || (isNumber(one) && isNumber(other)) || (isTime(one) && isTime(other));

/** A piece made of others. */
export function made(sql: string, type: Type, parts: Typed[]): Typed {
  if (parts.some(({ finish }) => finish)) refuse("this aggregate function can only be a column by itself");
  return {
    sql,
    type,
    aggregate: parts.some(({ aggregate }) => aggregate),
    columns: parts.flatMap(({ columns }) => columns),
  };
}

const MAX_PARAMETERS = 100;

/** The values of a query, bound and never spliced. Equal ones share a place. */
export class Parameters {
  readonly values: (string | number)[] = [];

  place(value: string | number): string {
    const known = this.values.indexOf(value);
    if (known < 0 && this.values.length === MAX_PARAMETERS) refuse("query is too complex");
    return `?${known < 0 ? this.values.push(value) : known + 1}`;
  }
}
