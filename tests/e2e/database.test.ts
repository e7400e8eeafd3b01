// The local D1 is as strict as the real one, which the local runtime is not.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { withLimits } from "../../dev/database.ts";
import { Stack } from "./stack.ts";

let stack: Stack;

before(async () => {
  stack = await Stack.start({ media: {}, owners: ["alice"] });
});
after(() => stack.close());

test("what D1 cannot store is refused, and all else reaches it", async () => {
  const taken: unknown[] = [];
  const prepared = { bind: (...values: unknown[]) => (taken.push(values), prepared), all: async () => taken };
  const database = withLimits({ prepare: () => prepared } as unknown as D1Database);
  const statement = database.prepare("SELECT ?1");
  assert.throws(() => statement.bind("x".repeat(2_000_001)), /SQLITE_TOOBIG/);
  assert.throws(() => statement.bind(new Uint8Array(2_000_001)), /SQLITE_TOOBIG/);
  assert.throws(() => statement.bind("ü".repeat(1_000_001)), /SQLITE_TOOBIG/);
  assert.throws(() => statement.bind(...Array.from({ length: 101 }, () => 1)), /too many SQL variables/);
  assert.throws(() => database.prepare(`SELECT '${"x".repeat(100_000)}'`), /SQLITE_TOOBIG/);
  assert.deepEqual(taken, []);
  assert.deepEqual(await statement.bind("x".repeat(2_000_000), 1).all(), [["x".repeat(2_000_000), 1]] as unknown);
  // The worker's own statements go through it.
  assert.equal((await stack.api("/v1/analytics/overview?owner=alice")).status, 200);
});
