// A GraphQL query's answer: parsed and validated by the graphql library, computed from the raw rows. One failing node
// fails the whole query.

import {
  type DocumentNode,
  type FragmentDefinitionNode,
  type GraphQLError,
  type GraphQLResolveInfo,
  type SelectionSetNode,
  Kind,
  execute,
  parse,
  validate,
  visit,
} from "graphql";
import { failed, failure } from "../errors.ts";
import type { Reader } from "../reader.ts";
import type { NodeLimits, Settings } from "../settings.ts";
import { duration } from "./duration.ts";
import { Failed } from "./failed.ts";
import { type Filter, filterSql, filtered, range } from "./filter.ts";
import { type DataNode, ENGINE, HTTP } from "./nodes.ts";
import { SCHEMA } from "./schema.ts";

export interface Identity {
  account: string;
  zone: string;
}

export interface Source {
  reader: Reader;
  settings: Settings;
  identity: Identity;
  /** Seconds since 1970. */
  now: number;
}

const MAX_ZONES = 10;
const REFERENCE = "Refer to https://developers.cloudflare.com/analytics/graphql-api/errors/";

export async function answer(body: string, source: Source): Promise<Response> {
  try {
    const { query, variables } = request(body);
    const document = checked(query);
    const rootValue = { viewer: viewer(source) };
    const { data, errors } = await execute({ schema: SCHEMA, document, rootValue, variableValues: variables });
    if (errors?.length) throw asFailed(errors[0]!);
    return Response.json({ data, errors: null });
  } catch (error) {
    if (!(error instanceof Failed)) throw error;
    const status = source.settings.documentedStatus ? error.status : 200;
    return failed(status, failure(error.message, error.at, error.code));
  }
}

function request(body: string): { query: string; variables: Record<string, unknown> } {
  let parsed: any;
  try {
    parsed = JSON.parse(body);
  } catch {
    throw malformed("query contains error, please review it and retry");
  }
  const { query, variables } = parsed ?? {};
  if (typeof query !== "string") throw malformed("query contains error, please review it and retry");
  return { query, variables: variables ?? {} };
}

const malformed = (message: string, path: string[] | null = null) => new Failed(message, path, "parser", 400);

function checked(query: string): DocumentNode {
  let document: DocumentNode;
  try {
    document = withCloudflareTypes(parse(query, { maxTokens: 10_000 }));
  } catch (error) {
    throw malformed(`query contains error, please review it and retry: ${(error as Error).message}`);
  }
  const [error] = validate(SCHEMA, document);
  if (error) throw malformed(wording(error));
  return document;
}

/** The real API takes `String` and `Int` for its own `string` and `uint64`: lablabs/cloudflare-exporter relies on it. */
function withCloudflareTypes(document: DocumentNode): DocumentNode {
  const names: Record<string, string> = { String: "string", Int: "uint64" };
  return visit(document, {
    [Kind.NAMED_TYPE]: (node) => {
      const name = names[node.name.value];
      return name ? { ...node, name: { ...node.name, value: name } } : undefined;
    },
  });
}

/** The documented wording for what the library found. */
function wording({ message, nodes }: GraphQLError): string {
  if (message.startsWith("Cannot query field")) return `unknown field ${/"(.*?)"/.exec(message)?.[0]}`;
  if (message.includes("must have a selection of subfields")) return "object field must have selections";
  if (message.includes("must not have a selection")) return "scalar fields must have no selections";
  const named: any = nodes?.find((node) => "name" in node);
  return `error parsing args for ${JSON.stringify(named?.name?.value ?? "query")}: ${message}`;
}

function asFailed(error: GraphQLError): Failed {
  if (error.cause instanceof Failed) return error.cause;
  if (error.cause) throw error.cause;
  return malformed(`error parsing args: ${error.message}`);
}

interface TagFilter {
  accountTag?: string;
  accountTag_gt?: string;
  accountTag_in?: string[];
  zoneTag?: string;
  zoneTag_gt?: string;
  zoneTag_in?: string[];
}

function viewer(source: Source) {
  const { account, zone } = source.identity;
  return {
    accounts: ({ filter }: { filter: TagFilter }) => {
      const tags = filter.accountTag_in ?? [filter.accountTag];
      if (tags.length !== 1) throw new Failed("cannot query multiple accounts", ["viewer", "accounts"], "parser", 400);
      if (tags[0] !== account) throw new Failed("not authorized for that account", ["viewer", "accounts"], "authz", 403);
      return [{ accountTag: account, ...scope(ENGINE, source), settings: settings(ENGINE, source) }];
    },
    zones: ({ filter = {} }: { filter?: TagFilter }) => {
      const tags = filter.zoneTag_in ?? (filter.zoneTag === undefined ? [zone] : [filter.zoneTag]);
      if (tags.length > MAX_ZONES) {
        throw new Failed("in combination, your request queries too many nodes, zones and accounts", ["viewer", "zones"], "budget", 429);
      }
      const foreign = tags.filter((tag) => tag !== zone);
      if (foreign.length > 0) {
        throw new Failed(`zones [${foreign.join(" ")}] are not authorized`, ["viewer", "zones"], "authz", 403);
      }
      if (filter.zoneTag_gt !== undefined && zone <= filter.zoneTag_gt) return [];
      return tags.map(() => ({ zoneTag: zone, ...scope(HTTP, source), settings: settings(HTTP, source) }));
    },
  };
}

function settings(node: DataNode, { settings: { missingFields, ...settings } }: Source) {
  const nested = Object.entries(node.aggregates).flatMap(([group, fields]) => Object.keys(fields).map((name) => `${group}_${name}`));
  const dimensions = Object.keys(node.dimensions).filter((name) => node !== HTTP || !missingFields.includes(name));
  return { [node.name]: { ...settings[node.name], availableFields: ["count", ...nested, ...dimensions] } };
}

function scope(node: DataNode, source: Source) {
  const rows = (args: NodeArguments, _context: unknown, info: GraphQLResolveInfo) => queried(node, args, asked(node, info), source);
  return { [node.name]: rows };
}

interface NodeArguments {
  limit: number;
  filter?: Filter;
  orderBy?: string[];
}

/** What a selection asks of a node: dimensions, and aggregates as `sum_visits`. */
interface Asked {
  dimensions: string[];
  aggregates: string[];
  path: string[];
}

function asked(node: DataNode, info: GraphQLResolveInfo): Asked {
  const found = new Set(info.fieldNodes.flatMap((field) => [...leaves(field.selectionSet!, info.fragments, "")]));
  const all = [...found].filter((name) => !name.endsWith("__typename"));
  const dimensions = all.filter((name) => name.startsWith("dimensions_")).map((name) => name.slice("dimensions_".length));
  const path: string[] = [];
  for (let step: GraphQLResolveInfo["path"] | undefined = info.path; step; step = step.prev) path.unshift(String(step.key));
  return { dimensions, aggregates: all.filter((name) => !name.startsWith("dimensions_") && name !== "count"), path: named(path, node) };
}

/** Cloudflare's paths name the node, not its alias. */
const named = (path: string[], node: DataNode) => [...path.slice(0, -1), node.name];

function* leaves(set: SelectionSetNode, fragments: Record<string, FragmentDefinitionNode>, prefix: string): Iterable<string> {
  for (const selection of set.selections) {
    if (selection.kind === Kind.FRAGMENT_SPREAD) yield* leaves(fragments[selection.name.value]!.selectionSet, fragments, prefix);
    else if (selection.kind === Kind.INLINE_FRAGMENT) yield* leaves(selection.selectionSet, fragments, prefix);
    else if (selection.selectionSet) yield* leaves(selection.selectionSet, fragments, `${prefix}${selection.name.value}_`);
    else yield `${prefix}${selection.name.value}`;
  }
}

function queried(node: DataNode, args: NodeArguments, asked: Asked, source: Source): unknown[] {
  const filter = args.filter ?? {};
  const orderings = (args.orderBy ?? []).map(ordering);
  const limits = source.settings[node.name];
  const owner = node.scope === "zone" ? `zone '${source.identity.zone}'` : `account '${source.identity.account}'`;
  mustBeAvailable(node, owner, [...asked.dimensions, ...asked.aggregates, ...filtered(node, filter), ...orderings.map(({ name }) => name)], asked.path, source);
  mustBeWithin(limits, owner, args.limit, asked, range(node, filter), source.now);
  return rows(node, args.limit, filter, orderings, asked, source);
}

function mustBeAvailable(node: DataNode, owner: string, fields: string[], path: string[], { settings }: Source): void {
  if (!settings[node.name].enabled) throw new Failed(`${owner} does not have access to the path. ${REFERENCE}`, path, "authz", 403);
  const missing = node === HTTP ? fields.find((name) => settings.missingFields.includes(name.replace(/^[a-z]+_/, ""))) : undefined;
  if (missing) {
    const field = missing.replace(/^[a-z]+_/, "").toLowerCase();
    throw new Failed(`${owner} does not have access to the field '${field}'. ${REFERENCE}`, path, "authz", 403);
  }
}

function mustBeWithin(
  limits: NodeLimits,
  owner: string,
  limit: number,
  { dimensions, aggregates, path }: Asked,
  { from, to }: { from: number; to: number },
  now: number,
): void {
  const quota = (message: string) => new Failed(message, path, "quota", 400);
  if (limit < 1 || limit > limits.maxPageSize) {
    throw quota(`limit must be positive number and not greater than ${limits.maxPageSize}`);
  }
  if (dimensions.length + aggregates.length + 1 > limits.maxNumberOfFields) {
    throw quota(`number of fields can't be more than ${limits.maxNumberOfFields}`);
  }
  if (from < now - limits.notOlderThan) {
    const asked = Number.isFinite(from) ? `from ${duration(now - from)} ago` : "from the beginning";
    throw quota(`${owner} cannot request data older than ${duration(limits.notOlderThan)}, but your query requests data ${asked}`);
  }
  const span = (Number.isFinite(to) ? to : now) - from;
  if (span > limits.maxDuration) {
    throw quota(
      `${owner} cannot request a time range wider than ${duration(limits.maxDuration)}, but your query time range spans ${duration(span)}`,
    );
  }
}

interface Ordering {
  name: string;
  descending: boolean;
}

function ordering(term: string): Ordering {
  const [, name, direction] = /^(.*)_(ASC|DESC)$/.exec(term)!;
  return { name: name!, descending: direction === "DESC" };
}

function rows(node: DataNode, limit: number, filter: Filter, orderings: Ordering[], asked: Asked, source: Source): unknown[] {
  const { settings, now } = source;
  const parameters: (string | number)[] = [];
  const conditions = [filterSql(node, filter, parameters)];
  if (settings.lag > 0) conditions.push(`${node.time} <= ${now - settings.lag}`);
  const count =
    node === HTTP ? "sum(sampleInterval)" : settings.scaledCounts ? "sum(_sample_interval)" : "count(*)";
  const aggregate = (name: string) => {
    const [group, field] = name.split("_");
    return node.aggregates[group!]![field!]!.sql;
  };
  // An ordering by a dimension that is not selected groups by it too.
  const grouped = [...new Set([...orderings.map(({ name }) => name).filter((name) => name in node.dimensions), ...asked.dimensions])];
  const term = (name: string) => (name in node.dimensions ? node.dimensions[name]!.sql : name === "count" ? count : aggregate(name));
  const order = [
    ...orderings.map(({ name, descending }) => `${term(name)}${descending ? " DESC" : ""}`),
    ...grouped.filter((name) => !orderings.some((ordering) => ordering.name === name)).map(term),
  ];
  const columns = [count, ...asked.dimensions.map(term), ...asked.aggregates.map(aggregate)];
  const from = node === HTTP ? "requests" : "points";
  const sql = [
    `SELECT ${columns.join(", ")} FROM ${from} WHERE ${conditions.join(" AND ")}`,
    grouped.length > 0 ? `GROUP BY ${grouped.map(term).join(", ")}` : "HAVING count(*) > 0",
    order.length > 0 ? `ORDER BY ${order.join(", ")}` : "",
    `LIMIT ${limit}`,
  ].join(" ");
  return [...source.reader.rows<(string | number)[]>(sql, parameters)].map((row) => shaped(node, asked, row));
}

type Group = Record<string, string | number>;

function shaped(node: DataNode, { dimensions, aggregates }: Asked, [count, ...values]: (string | number)[]): unknown {
  const row: { count: number; dimensions: Group; [group: string]: unknown } = { count: Number(count), dimensions: {} };
  for (const group of Object.keys(node.aggregates)) row[group] = {};
  dimensions.forEach((name, at) => {
    const { type } = node.dimensions[name]!;
    const value = values[at]!;
    row.dimensions[name] = type === "Time" || type === "Date" ? time(Number(value), type) : value;
  });
  aggregates.forEach((name, at) => {
    const [group, field] = name.split("_");
    (row[group!] as Group)[field!] = values[dimensions.length + at]!;
  });
  return row;
}

function time(seconds: number, type: "Time" | "Date"): string {
  const text = new Date(seconds * 1000).toISOString();
  return type === "Date" ? text.slice(0, 10) : `${text.slice(0, 19)}Z`;
}
