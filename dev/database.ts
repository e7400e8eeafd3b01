// A D1 database with the limits of the real one, where the local one has none.

/** Of a text or a blob. A row of the product is no longer than the parameter that it comes in. */
const MAX_VALUE_BYTES = 2_000_000;
const MAX_SQL_BYTES = 100_000;
const MAX_PARAMETERS = 100;

/** The same database, which refuses what the real one refuses. */
export function withLimits(database: D1Database): D1Database {
  return changed(database, { prepare: (sql: string) => statement(database.prepare(checkedSql(sql))) });
}

function statement(prepared: D1PreparedStatement): D1PreparedStatement {
  return changed(prepared, { bind: (...values: unknown[]) => statement(prepared.bind(...checkedValues(values))) });
}

/** An object of which some members are others. What the platform does with it reaches the object itself. */
function changed<T extends object>(of: T, members: object): T {
  return new Proxy(of, {
    get(target, name) {
      if (Object.hasOwn(members, name)) return Reflect.get(members, name);
      const member = Reflect.get(target, name);
      return typeof member === "function" && name !== "constructor" ? member.bind(target) : member;
    },
  });
}

function checkedSql(sql: string): string {
  if (bytes(sql) > MAX_SQL_BYTES) refuse("statement too long: SQLITE_TOOBIG");
  return sql;
}

function checkedValues(values: unknown[]): unknown[] {
  if (values.length > MAX_PARAMETERS) refuse(`too many SQL variables: at most ${MAX_PARAMETERS}: SQLITE_ERROR`);
  if (values.some((value) => bytes(value) > MAX_VALUE_BYTES)) refuse("string or blob too big: SQLITE_TOOBIG");
  return values;
}

function bytes(value: unknown): number {
  if (typeof value === "string") return new TextEncoder().encode(value).length;
  return value instanceof ArrayBuffer || ArrayBuffer.isView(value) ? value.byteLength : 0;
}

function refuse(message: string): never {
  throw new Error(`D1_ERROR: ${message}`);
}
