// What a parsed statement consists of.

export const FORMATS = ["JSON", "JSONEachRow", "TabSeparated"] as const;
export type Format = (typeof FORMATS)[number];

export const UNITS = ["YEAR", "MONTH", "DAY", "HOUR", "MINUTE", "SECOND"] as const;
export type Unit = (typeof UNITS)[number];

export type Expression =
  | { kind: "number"; text: string }
  | { kind: "string"; text: string }
  | { kind: "boolean"; value: boolean }
  | { kind: "interval"; amount: number; unit: Unit }
  | { kind: "column"; name: string }
  | { kind: "call"; name: string; parameters: Expression[]; distinct: boolean; operands: Expression[] }
  | { kind: "negative" | "not"; operand: Expression }
  | { kind: "arithmetic"; operator: "+" | "-" | "*" | "/" | "%"; left: Expression; right: Expression }
  | { kind: "comparison"; operator: "=" | "<>" | "<" | ">" | "<=" | ">="; left: Expression; right: Expression }
  | { kind: "logic"; operator: "AND" | "OR"; left: Expression; right: Expression }
  | { kind: "in"; negated: boolean; operand: Expression; values: Expression[] }
  | { kind: "between"; negated: boolean; operand: Expression; low: Expression; high: Expression }
  | { kind: "like"; negated: boolean; folded: boolean; operand: Expression; pattern: Expression };

export interface Item {
  expression: Expression;
  alias?: string;
}

export interface Select {
  /** "all" is `*`. */
  items: Item[] | "all";
  from?: { table: string } | { query: Select };
  where?: Expression;
  groupBy: Expression[];
  having?: Expression;
  orderBy: { expression: Expression; descending: boolean }[];
  limit?: number;
  offset?: number;
}

export type Statement =
  | { kind: "select"; select: Select; format: Format }
  | { kind: "tables" | "timezone"; format: Format };
