// The functions that Analytics Engine documents, each with its types and what it is in SQLite. A name that is not
// here is refused as the real one refuses it. Left out although documented: topK, topKWeighted, argMin, argMax,
// first_value, last_value, the bit and encoding functions, upperUTF8 and lowerUTF8.
//
// Source: developers.cloudflare.com/analytics/analytics-engine/sql-reference/

import { refuse } from "./refused.ts";
import { UNITS } from "./syntax.ts";
import { type Parameters, type Type, type Typed, SECONDS, common, isInteger, isNumber, isTime, made } from "./typed.ts";

/** Which types an operand may have. */
type Kind = (type: Type) => boolean;

const ANY: Kind = (type) => type !== "Interval";
const TEXT: Kind = (type) => type === "String";
const NUMBER: Kind = isNumber;
const TIME: Kind = isTime;
const ORDERED: Kind = (type) => isNumber(type) || isTime(type);
const CONDITION: Kind = (type) => type === "UInt8";
const INTERVAL: Kind = (type) => type === "Interval";

/** What a call is made of: its operands, checked, and where values are bound. */
export interface Call {
  operands: Typed[];
  parameters: Typed[];
  distinct: boolean;
  bound: Parameters;
  /** The query's own time, in seconds. */
  now: number;
}

interface Definition {
  takes: Kind[];
  /** How many of `takes` may be left out. */
  optional?: number;
  /** Whether the last kind may repeat. */
  repeats?: boolean;
  /** How many parameters it takes in parentheses of their own. */
  parameters?: number;
  distinct?: boolean;
  aggregate?: boolean;
  make: (call: Call) => Pick<Typed, "sql" | "type" | "constant" | "finish">;
}

const sqls = (call: Call): string[] => call.operands.map(({ sql }) => sql);
const first = (call: Call): Typed => call.operands[0]!;
const wider = (type: Type): Type => (type === "Float64" ? "Float64" : type === "Int64" ? "Int64" : "UInt64");

/** A function that is one SQL expression over its operands. */
function plain(type: Type, takes: Kind[], sql: (...operands: string[]) => string): Definition {
  return { takes, make: (call) => ({ sql: sql(...sqls(call)), type }) };
}

/** A function of a time that gives a part of it. */
const part = (format: string, type: Type = "UInt32"): Definition =>
  plain(type, [TIME], (time) => `CAST(strftime('${format}', ${time}, 'unixepoch') AS INTEGER)`);

/** A function of a time that rounds it down. */
const bucket = (seconds: number): Definition => plain("DateTime", [TIME], (time) => `(${time} - ${time} % ${seconds})`);
const calendar = (type: Type, modifiers: string): Definition =>
  plain(type, [TIME], (time) => `unixepoch(${time}, 'unixepoch', ${modifiers})`);

/** An aggregate of which SQLite has the same, but for what it makes of no rows. */
function aggregate(name: string, distinct: boolean, type: (of: Type) => Type, of = NUMBER): Definition {
  return {
    takes: [of],
    distinct,
    aggregate: true,
    make: (call) => ({
      sql: `${name}(${call.distinct ? "DISTINCT " : ""}${first(call).sql})`,
      type: type(first(call).type),
    }),
  };
}

/**
 * countIf, sumIf and avgIf are documented; the real one makes them an if() with NULL, and then refuses that.
 * Source: github.com/Cap-go/capgo.app/pull/3252
 */
const BROKEN: Definition = {
  takes: [ANY, ANY],
  optional: 1,
  aggregate: true,
  make: () => refuse("the 2nd and 3rd arguments to IF() function must have the same type but instead had Double and Null"),
};

/** ClickHouse's aggregates make a zero of no rows, SQLite's a NULL. */
function orZero(definition: Definition): Definition {
  return {
    ...definition,
    make: (call) => {
      const { sql, type } = definition.make(call);
      return { sql: `ifnull(${sql}, 0)`, type };
    },
  };
}

function rounding(sql: (value: string) => string): Definition {
  return {
    takes: [NUMBER, NUMBER],
    optional: 1,
    make: (call) => {
      const [value, digits] = sqls(call);
      const scale = `pow(10, ${digits ?? 0})`;
      return { sql: digits ? `(${sql(`(${value} * ${scale})`)} / ${scale})` : sql(value!), type: "Float64" };
    },
  };
}

/** The value at a quantile, each value counting as often as its weight says. */
const QUANTILE: Definition = {
  takes: [NUMBER, NUMBER],
  parameters: 1,
  aggregate: true,
  make: (call) => {
    const level = call.parameters[0]!.constant;
    if (typeof level !== "number" || level < 0 || level > 1) refuse("a quantile is a number from 0 to 1");
    const [value, weight] = sqls(call);
    return {
      sql: `json_group_array(json_array(${value}, ${weight}))`,
      type: first(call).type,
      finish: (collected) => quantile(JSON.parse(collected) as [number, number][], level),
    };
  },
};

function quantile(weighted: [value: number, weight: number][], level: number): number {
  const sorted = weighted.sort(([one], [other]) => one - other);
  const threshold = Math.ceil(level * sorted.reduce((sum, [, weight]) => sum + weight, 0));
  let passed = 0;
  for (const [value, weight] of sorted) {
    passed += weight;
    if (passed >= threshold) return value;
  }
  return sorted.at(-1)?.[0] ?? NaN;
}

const DATE_TIME = /^(\d{4})-(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d)$/;

/** `YYYY-MM-DD hh:mm:ss`, or seconds in digits, as seconds. */
function seconds(text: string): number {
  if (/^\d{1,10}$/.test(text)) return Number(text);
  const parsed = DATE_TIME.test(text) ? Date.parse(`${text.replace(" ", "T")}Z`) : NaN;
  if (Number.isNaN(parsed) || new Date(parsed).toISOString().slice(0, 10) !== text.slice(0, 10)) {
    refuse(`cannot parse DateTime: ${text}`);
  }
  return parsed / 1000;
}

const UTC = ["Etc/UTC", "UTC"];

function onlyUtc(zone: Typed | undefined): void {
  if (zone && !UTC.includes(String(zone.constant))) refuse("the stand-in knows no time zone but Etc/UTC");
}

const TO_DATE_TIME: Definition = {
  takes: [ANY, TEXT],
  optional: 1,
  make: ({ operands: [operand, zone], bound }) => {
    const { type, constant } = operand!;
    onlyUtc(zone);
    if (constant !== undefined) {
      const value = typeof constant === "number" ? constant : seconds(constant);
      return { sql: bound.place(value), type: "DateTime", constant: value };
    }
    return { sql: type === "String" ? `unixepoch(${operand!.sql})` : `CAST(${operand!.sql} AS INTEGER)`, type: "DateTime" };
  },
};

const TO_START_OF_INTERVAL: Definition = {
  takes: [TIME, INTERVAL, TEXT],
  optional: 1,
  make: ({ operands: [time, interval, zone] }) => {
    onlyUtc(zone);
    const length = Number(interval!.constant);
    if (!Number.isSafeInteger(length) || length < 1) refuse("the stand-in rounds to equally long intervals only");
    return { sql: `(${time!.sql} - ${time!.sql} % ${length})`, type: "DateTime" };
  },
};

/** ClickHouse's letters, and strftime's for the same. */
const LETTERS: Record<string, string> = {
  Y: "%Y", m: "%m", d: "%d", H: "%H", i: "%M", S: "%S", F: "%Y-%m-%d", T: "%H:%M:%S", "%": "%%",
};

const FORMAT_DATE_TIME: Definition = {
  takes: [TIME, TEXT, TEXT],
  optional: 1,
  make: ({ operands: [time, format, zone], bound }) => {
    onlyUtc(zone);
    if (typeof format?.constant !== "string") refuse("formatDateTime takes a literal format");
    const letters = format.constant.replace(/%(.?)/g, (_, letter: string) => {
      return LETTERS[letter] ?? refuse(`the stand-in does not know the format %${letter}`);
    });
    return { sql: `strftime(${bound.place(letters)}, ${time!.sql}, 'unixepoch')`, type: "String" };
  },
};

const EXTRACT: Definition = {
  takes: [TEXT, TIME],
  make: ({ operands: [unit, time] }) => {
    const letter = ["%Y", "%m", "%d", "%H", "%M", "%S"][UNITS.findIndex((known) => known === unit!.constant)];
    return { sql: `CAST(strftime('${letter}', ${time!.sql}, 'unixepoch') AS INTEGER)`, type: letter === "%Y" ? "UInt32" : "UInt8" };
  },
};

const FORMAT: Definition = {
  takes: [TEXT, ANY],
  optional: 1,
  repeats: true,
  make: ({ operands: [format, ...values], bound }) => {
    if (typeof format?.constant !== "string") refuse("format takes a literal pattern");
    const pieces = format.constant.split("{}");
    if (values.some(({ type }) => type !== "String" && !isInteger(type))) refuse("the stand-in formats texts and whole numbers only");
    if (pieces.length !== values.length + 1 || /[{}]/.test(pieces.join(""))) refuse("format has not as many {} as values");
    const joined = pieces.flatMap((piece, at) => [...(at ? [values[at - 1]!.sql] : []), bound.place(piece)]);
    return { sql: `(${joined.join(" || ")})`, type: "String" };
  },
};

const DEFINITIONS: Record<string, Definition> = {
  count: {
    takes: [ANY],
    optional: 1,
    distinct: true,
    aggregate: true,
    make: (call) => {
      if (call.distinct !== call.operands.length > 0) refuse("count takes nothing, or DISTINCT and a column");
      return { sql: call.distinct ? `count(DISTINCT ${first(call).sql})` : "count(*)", type: "UInt64" };
    },
  },
  sum: orZero(aggregate("sum", true, wider)),
  avg: aggregate("avg", true, () => "Float64"),
  min: orZero(aggregate("min", false, (type) => type, ORDERED)),
  max: orZero(aggregate("max", false, (type) => type, ORDERED)),
  countif: BROKEN,
  sumif: BROKEN,
  avgif: BROKEN,
  quantileexactweighted: QUANTILE,
  quantileweighted: {
    takes: [NUMBER, NUMBER, NUMBER],
    aggregate: true,
    make: (call) => QUANTILE.make({ ...call, parameters: [first(call)], operands: call.operands.slice(1) }),
  },

  if: {
    takes: [CONDITION, ANY, ANY],
    make: ({ operands: [condition, yes, no] }) => {
      const type = common(yes!.type, no!.type) ?? refuse("the 2nd and 3rd arguments to IF() function must have the same type");
      return { sql: `iif(${condition!.sql}, ${yes!.sql}, ${no!.sql})`, type };
    },
  },
  // Towards zero, as ClickHouse's: "down" in its documentation.
  intdiv: {
    takes: [NUMBER, NUMBER],
    make: (call) => {
      const [dividend, divisor] = sqls(call);
      const [one, other] = call.operands.map(({ type }) => type);
      const type = common(one!, other!) ?? "Int64";
      return { sql: `CAST(${dividend} * 1.0 / ${divisor} AS INTEGER)`, type: isInteger(type) ? type : "Int64" };
    },
  },
  touint8: plain("UInt8", [ANY], (value) => `(CAST(${value} AS INTEGER) & 255)`),
  touint32: plain("UInt32", [ANY], (value) => `(CAST(${value} AS INTEGER) & 4294967295)`),
  log: plain("Float64", [NUMBER], (value) => `ln(${value})`),
  ln: plain("Float64", [NUMBER], (value) => `ln(${value})`),
  pow: plain("Float64", [NUMBER, NUMBER], (base, power) => `pow(${base}, ${power})`),
  // Halves go to the even neighbour.
  round: rounding((value) => `iif(abs(${value} - trunc(${value})) = 0.5, 2 * round(${value} / 2.0), round(${value}))`),
  floor: rounding((value) => `floor(${value})`),
  ceil: rounding((value) => `ceil(${value})`),

  length: plain("UInt64", [TEXT], (text) => `length(${text})`),
  empty: plain("UInt8", [TEXT], (text) => `(${text} = '')`),
  lower: plain("String", [TEXT], (text) => `lower(${text})`),
  upper: plain("String", [TEXT], (text) => `upper(${text})`),
  startswith: plain("UInt8", [TEXT, TEXT], (text, start) => `(substr(${text}, 1, length(${start})) = ${start})`),
  endswith: plain(
    "UInt8",
    [TEXT, TEXT],
    (text, end) => `(length(${text}) >= length(${end}) AND substr(${text}, length(${text}) - length(${end}) + 1) = ${end})`,
  ),
  // In bytes, as ClickHouse's.
  position: plain("UInt64", [TEXT, TEXT], (needle, text) => `instr(CAST(${text} AS BLOB), CAST(${needle} AS BLOB))`),
  substring: {
    takes: [TEXT, NUMBER, NUMBER],
    optional: 1,
    make: (call) => ({ sql: `substr(${sqls(call).join(", ")})`, type: "String" }),
  },
  format: FORMAT,

  now: { takes: [], make: ({ now, bound }) => ({ sql: bound.place(now), type: "DateTime", constant: now }) },
  today: {
    takes: [],
    make: ({ now, bound }) => ({ sql: bound.place(now - (now % SECONDS.DAY)), type: "Date" }),
  },
  todatetime: TO_DATE_TIME,
  tounixtimestamp: plain("UInt32", [TIME], (time) => time!),
  tostartofinterval: TO_START_OF_INTERVAL,
  formatdatetime: FORMAT_DATE_TIME,
  extract: EXTRACT,
  toyear: part("%Y"),
  tomonth: part("%m", "UInt8"),
  todayofmonth: part("%d", "UInt8"),
  todayofweek: part("%u", "UInt8"),
  tohour: part("%H", "UInt8"),
  tominute: part("%M", "UInt8"),
  tosecond: part("%S", "UInt8"),
  toyyyymm: part("%Y%m"),
  tostartofyear: calendar("Date", "'start of year'"),
  tostartofmonth: calendar("Date", "'start of month'"),
  tostartofweek: calendar("Date", "'-6 days', 'weekday 1', 'start of day'"),
  tostartofday: bucket(SECONDS.DAY),
  tostartofhour: bucket(SECONDS.HOUR),
  tostartoffifteenminutes: bucket(15 * SECONDS.MINUTE),
  tostartoftenminutes: bucket(10 * SECONDS.MINUTE),
  tostartoffiveminutes: bucket(5 * SECONDS.MINUTE),
  tostartofminute: bucket(SECONDS.MINUTE),
};

/** Whether a name is an aggregate function's. */
export const isAggregate = (name: string): boolean => DEFINITIONS[name.toLowerCase()]?.aggregate ?? false;

/** A call, with its name and operands checked. */
export function called(name: string, call: Call): Typed {
  const key = name.toLowerCase();
  const definition = Object.hasOwn(DEFINITIONS, key) ? DEFINITIONS[key] : undefined;
  if (!definition) refuse(`unknown function call: ${name.toUpperCase()}`);
  const { takes, optional = 0, repeats, parameters = 0 } = definition;
  const given = call.operands.length;
  if (given < takes.length - optional || (given > takes.length && !repeats) || call.parameters.length !== parameters) {
    refuse(`wrong number of arguments for ${name.toUpperCase()}()`);
  }
  if (call.distinct && !definition.distinct) refuse(`${name.toUpperCase()}() does not take DISTINCT`);
  call.operands.forEach(({ type, aggregate }, at) => {
    const fits = takes[Math.min(at, takes.length - 1)]!;
    if (!fits(type)) refuse(`cannot use the ${type} type as argument ${at + 1} in ${name}()`);
    if (aggregate && definition.aggregate) refuse(`aggregate function inside ${name}()`);
  });
  const shape = made("", "UInt8", call.operands);
  const outside = definition.aggregate ? { aggregate: true, columns: [] } : { aggregate: shape.aggregate, columns: shape.columns };
  return { ...outside, ...definition.make(call) };
}
