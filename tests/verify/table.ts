// Requests and bytes by name: what two who have counted the same are compared by.

export class Table {
  readonly #rows = new Map<string, [requests: number, bytes: number]>();

  static of(rows: Iterable<[name: string, requests: number, bytes: number]>): Table {
    const table = new Table();
    for (const [name, requests, bytes] of rows) table.add(name, requests, bytes);
    return table;
  }

  add(name: string, requests: number, bytes: number): void {
    const [before, bytesBefore] = this.#rows.get(name) ?? [0, 0];
    this.#rows.set(name, [before + requests, bytesBefore + bytes]);
  }

  *[Symbol.iterator](): Iterator<[name: string, requests: number, bytes: number]> {
    for (const [name, [requests, bytes]] of this.#rows) yield [name, requests, bytes];
  }

  get size(): number {
    return this.#rows.size;
  }

  get requests(): number {
    return [...this].reduce((sum, [, requests]) => sum + requests, 0);
  }

  get bytes(): number {
    return [...this].reduce((sum, [, , bytes]) => sum + bytes, 0);
  }

  /** Under other names; rows that come to have the same one are added up. */
  renamed(rename: (name: string) => string): Table {
    return Table.of([...this].map(([name, requests, bytes]) => [rename(name), requests, bytes]));
  }

  only(keep: (name: string) => boolean): Table {
    return Table.of([...this].filter(([name]) => keep(name)));
  }

  withoutBytes(): Table {
    return Table.of([...this].map(([name, requests]) => [name, requests, 0]));
  }

  /** Rows that only one of the two has, or that they have differently: name, what is here, what is there. */
  differences(other: Table): [name: string, here: string, there: string][] {
    const names = new Set([...this.#rows.keys(), ...other.#rows.keys()]);
    const shown = (row?: [number, number]) => (row ? `${row[0]} requests, ${row[1]} bytes` : "nothing");
    return [...names]
      .map((name): [string, string, string] => [name, shown(this.#rows.get(name)), shown(other.#rows.get(name))])
      .filter(([, here, there]) => here !== there);
  }
}
