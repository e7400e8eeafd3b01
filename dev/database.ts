// A D1 database with the limits of the real one, where the local one has none.

/** Of a text or a blob. A row of the product is no longer than the parameter that it comes in. */
const MAX_VALUE_BYTES = 2_000_000;
const MAX_SQL_BYTES = 100_000;
const MAX_PARAMETERS = 100;

/** The same database, which refuses what the real one refuses. */
export function withLimits(database: D1Database): D1Database {
  return new Proxy(database, {
    get(target, name) {
      if (name === "prepare") return (sql: string) => limited(target.prepare(checkedSql(sql)));
      const member = Reflect.get(target, name);
      // The worker knows the database by its constructor's name.
      return typeof member === "function" && name !== "constructor" ? member.bind(target) : member;
    },
  });
}

/** The same statement, since a batch takes no other: only what is bound to it is looked at first. */
function limited(statement: D1PreparedStatement): D1PreparedStatement {
  const bind = statement.bind.bind(statement);
  return Object.assign(statement, { bind: (...values: unknown[]) => bind(...checkedValues(values)) });
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
