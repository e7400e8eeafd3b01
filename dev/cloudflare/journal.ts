// Every request that reached the stand-in's APIs, for tests to look at. Tokens are not kept, only whether they were
// the right one.

import type { Api, FaultKind } from "./faults.ts";

export interface Entry {
  /** Seconds since 1970. */
  at: number;
  method: string;
  protocol: string;
  host: string;
  path: string;
  api: Api | null;
  token: "right" | "wrong" | "none";
  /** What was sent, cut off at 16,000 characters. */
  body: string;
  /** null while there is no answer. */
  status: number | null;
  fault: FaultKind | null;
  /** How many rows SQLite read for the answer. */
  rowsRead: number;
}

const MAX_BODY = 16_000;
const COLUMNS = ["at", "method", "protocol", "host", "path", "api", "token", "body", "status", "fault", "rowsRead"];

export class Journal {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    sql.exec(`CREATE TABLE IF NOT EXISTS journal (id INTEGER PRIMARY KEY, ${COLUMNS.join(", ")})`);
  }

  begin(entry: Omit<Entry, "status" | "fault" | "rowsRead">): number {
    const row: Record<string, SqlStorageValue> = { ...entry, body: entry.body.slice(0, MAX_BODY), status: null, fault: null, rowsRead: 0 };
    const insert = `INSERT INTO journal (${COLUMNS.join(", ")}) VALUES (${COLUMNS.map(() => "?").join(", ")}) RETURNING id`;
    return this.#sql.exec<{ id: number }>(insert, ...COLUMNS.map((name) => row[name]!)).one().id;
  }

  hit(id: number, fault: FaultKind): void {
    this.#sql.exec("UPDATE journal SET fault = ? WHERE id = ?", fault, id);
  }

  end(id: number, status: number, rowsRead: number): void {
    this.#sql.exec("UPDATE journal SET status = ?, rowsRead = ? WHERE id = ?", status, rowsRead, id);
  }

  /** How many requests reached an API since a time, in seconds, and were not refused as too many. */
  since(api: Api, at: number): number {
    const counted = "SELECT count(*) AS count FROM journal WHERE api = ? AND at > ? AND status IS NOT 429";
    return this.#sql.exec<{ count: number }>(counted, api, at).one().count;
  }

  entries(): Entry[] {
    return this.#sql.exec(`SELECT ${COLUMNS.join(", ")} FROM journal ORDER BY id`).toArray() as unknown as Entry[];
  }

  clear(): void {
    this.#sql.exec("DELETE FROM journal");
  }
}
