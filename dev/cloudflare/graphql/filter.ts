// A node's filter as SQLite's SQL, and the range of time that it spans.

import type { DataNode, Dimension } from "./nodes.ts";

/** A filter as the client sent it, already checked against the schema. */
export type Filter = { [field: string]: unknown; AND?: Filter[]; OR?: Filter[] };

const OPERATORS: Record<string, string> = { "": "=", gt: ">", lt: "<", geq: ">=", leq: "<=", neq: "<>" };

interface Condition {
  name: string;
  dimension: Dimension;
  operator: string;
  value: unknown;
}

function conditions(node: DataNode, filter: Filter): Condition[] {
  return Object.entries(filter).flatMap(([field, value]) => {
    if (field === "AND" || field === "OR" || value === undefined || value === null) return [];
    const [, name = field, operator = ""] = /^(.*)_([a-z]+)$/.exec(field) ?? [];
    const dimension = node.dimensions[name] ?? node.filters[name]!;
    return [{ name, dimension, operator, value }];
  });
}

/** The fields that a filter uses. */
export function filtered(node: DataNode, filter: Filter): string[] {
  const nested = [...(filter.AND ?? []), ...(filter.OR ?? [])];
  return [...conditions(node, filter).map(({ name }) => name), ...nested.flatMap((inner) => filtered(node, inner))];
}

const seconds = (value: unknown) => Date.parse(String(value)) / 1000;

const LISTED = { in: "IN", notin: "NOT IN" } as const;

export function filterSql(node: DataNode, filter: Filter, parameters: (string | number)[]): string {
  const place = (value: string | number) => `?${parameters.push(value)}`;
  const own = conditions(node, filter).map(({ dimension, operator, value }) => {
    const plain = (one: unknown) => (dimension.seconds === undefined ? (one as string | number) : seconds(one));
    if (operator === "in" || operator === "notin") {
      const list = place(JSON.stringify((value as unknown[]).map(plain)));
      return `${dimension.sql} ${LISTED[operator]} (SELECT value FROM json_each(${list}))`;
    }
    if (operator === "like" || operator === "notlike") {
      const glob = String(value).replace(/[[*?]/g, "[$&]").replaceAll("%", "*");
      return `${dimension.sql} ${operator === "like" ? "GLOB" : "NOT GLOB"} ${place(glob)}`;
    }
    return `${dimension.sql} ${OPERATORS[operator]} ${place(plain(value))}`;
  });
  const and = (filter.AND ?? []).map((inner) => filterSql(node, inner, parameters));
  const or = (filter.OR ?? []).map((inner) => filterSql(node, inner, parameters));
  const all = [...own, ...and, ...(or.length > 0 ? [`(${or.join(" OR ")})`] : [])];
  return all.length === 0 ? "true" : all.length === 1 ? all[0]! : `(${all.join(" AND ")})`;
}

/** The range that every match lies in, in seconds; alternatives do not narrow it. */
export function range(node: DataNode, filter: Filter): { from: number; to: number } {
  let [from, to] = [-Infinity, Infinity];
  for (const { dimension, operator, value } of conditions(node, filter)) {
    if (dimension.seconds === undefined || operator === "in" || operator === "notin" || operator === "neq") continue;
    const start = seconds(value);
    const end = start + dimension.seconds;
    if (operator === "" || operator === "geq" || operator === "gt") from = Math.max(from, operator === "gt" ? end : start);
    if (operator === "" || operator === "leq") to = Math.min(to, dimension.seconds === 1 ? start : end);
    if (operator === "lt") to = Math.min(to, start);
  }
  for (const inner of filter.AND ?? []) {
    const narrower = range(node, inner);
    [from, to] = [Math.max(from, narrower.from), Math.min(to, narrower.to)];
  }
  return { from, to };
}
