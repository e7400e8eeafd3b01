// The schema, generated from the nodes under the naming rules that Cloudflare's documentation shows.
//
// Source: developers.cloudflare.com/analytics/graphql-api/features/filtering/, /sorting/ and /discovery/settings/

import { type ConstValueNode, type GraphQLSchema, Kind, assertScalarType, buildSchema } from "graphql";
import { NODES, type DataNode } from "./nodes.ts";

const SCALAR_OPERATORS = ["", "_gt", "_lt", "_geq", "_leq", "_neq"];
const LIST_OPERATORS = ["_in", "_notin"];
const TEXT_OPERATORS = ["_like", "_notlike"];

const lines = (fields: string[]) => fields.map((field) => `  ${field}\n`).join("");
const capital = (name: string) => name[0]!.toUpperCase() + name.slice(1);

function nodeTypes({ type, dimensions, filters, aggregates }: DataNode): string {
  const filterFields = Object.entries({ ...dimensions, ...filters }).flatMap(([name, dimension]) => [
    ...SCALAR_OPERATORS.map((operator) => `${name}${operator}: ${dimension.type}`),
    ...LIST_OPERATORS.map((operator) => `${name}${operator}: [${dimension.type}!]`),
    ...(dimension.type === "string" ? TEXT_OPERATORS.map((operator) => `${name}${operator}: string`) : []),
  ]);
  const groups = Object.entries(aggregates);
  const orderings = [
    "count",
    ...Object.keys(dimensions),
    ...groups.flatMap(([group, fields]) => Object.keys(fields).map((name) => `${group}_${name}`)),
  ].flatMap((name) => [`${name}_ASC`, `${name}_DESC`]);
  return `
type ${type} {
  count: uint64!
  dimensions: ${type}Dimensions
${lines(groups.map(([group]) => `${group}: ${type}${capital(group)}`))}}
type ${type}Dimensions {
${lines(Object.entries(dimensions).map(([name, dimension]) => `${name}: ${dimension.type}!`))}}
${groups
  .map(([group, fields]) => `type ${type}${capital(group)} {\n${lines(Object.entries(fields).map(([name, field]) => `${name}: ${field.type}!`))}}\n`)
  .join("")}
input ${type}Filter_InputObject {
${lines(filterFields)}  AND: [${type}Filter_InputObject!]
  OR: [${type}Filter_InputObject!]
}
enum ${type}OrderBy {
${lines(orderings)}}`;
}

function scope(name: "account" | "zone"): string {
  const nodes = NODES.filter((node) => node.scope === name);
  const field = (node: DataNode) =>
    `${node.name}(limit: uint64!, filter: ${node.type}Filter_InputObject, orderBy: [${node.type}OrderBy!]): [${node.type}!]!`;
  return `
type ${name} {
  ${name}Tag: string
  settings: ${capital(name)}Settings
${lines(nodes.map(field))}}
type ${capital(name)}Settings {
${lines(nodes.map((node) => `${node.name}: Settings`))}}
input ${capital(name)}Filter_InputObject {
  ${name}Tag: string
  ${name}Tag_gt: string
  ${name}Tag_in: [string!]
}`;
}

const SOURCE = `
scalar string
scalar uint64
scalar float64
scalar Time
scalar Date
type Query {
  viewer: viewer
}
type viewer {
  accounts(filter: AccountFilter_InputObject!): [account!]
  zones(filter: ZoneFilter_InputObject, limit: uint64): [zone!]
}
type Settings {
  enabled: boolean!
  availableFields: [string!]
  maxDuration: uint64!
  maxNumberOfFields: uint64!
  maxPageSize: uint64!
  notOlderThan: uint64!
}
scalar boolean
${scope("account")}
${scope("zone")}
${NODES.map(nodeTypes).join("\n")}`;

const DATE = /^\d{4}-\d\d-\d\d$/;
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/;

function parser(pattern: RegExp): (value: unknown) => unknown {
  return (value) => {
    if (typeof value !== "string" || !pattern.test(value) || Number.isNaN(Date.parse(value))) throw new TypeError("not a time");
    return value;
  };
}

const PARSERS: Record<string, (value: unknown) => unknown> = {
  string: (value) => {
    if (typeof value !== "string") throw new TypeError("not a string");
    return value;
  },
  uint64: (value) => {
    if (!Number.isSafeInteger(value) || (value as number) < 0) throw new TypeError("not a whole number");
    return value;
  },
  Time: parser(TIME),
  Date: parser(DATE),
};

function literalValue(literal: ConstValueNode): unknown {
  if (literal.kind === Kind.INT) return Number(literal.value);
  return literal.kind === Kind.STRING ? literal.value : undefined;
}

function built(): GraphQLSchema {
  const schema = buildSchema(SOURCE);
  for (const [name, parse] of Object.entries(PARSERS)) {
    const scalar = assertScalarType(schema.getType(name));
    scalar.coerceInputValue = parse;
    scalar.coerceInputLiteral = (literal) => parse(literalValue(literal));
  }
  return schema;
}

export const SCHEMA = built();
