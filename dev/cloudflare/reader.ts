// Reads rows, and counts how many SQLite had to read for them: what an index saves.

export class Reader {
  readonly #sql: SqlStorage;
  rowsRead = 0;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  *rows<Row extends SqlStorageValue[]>(statement: string, parameters: (string | number)[]): Iterable<Row> {
    const cursor = this.#sql.exec(statement, ...parameters);
    yield* cursor.raw<Row>();
    this.rowsRead += cursor.rowsRead;
  }
}
