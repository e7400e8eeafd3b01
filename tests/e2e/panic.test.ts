// A panic ends its own request, and nothing else: the next one finds a new WebAssembly instance.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { ask } from "./client.ts";
import { Stack, settle } from "./stack.ts";

let stack: Stack;

before(async () => {
  stack = await Stack.start({ main: "tests/e2e/faulty.ts", media: { "alice/pics/a.jpg": { body: new Uint8Array(10) } }, owners: ["alice"] });
});
after(() => stack.close());

test("after a panic, media are served and counted", async () => {
  const path = "/alice/pics/a.jpg";
  const count = async () => (await stack.sql("SELECT coalesce(sum(requests), 0) AS sum FROM analytics_daily"))[0]!.sum;
  for (let round = 1; round <= 2; round += 1) {
    await stack.api("/__faults", { method: "POST", body: JSON.stringify({ mode: "panic" }) });
    const token = { method: "POST", body: JSON.stringify({ owner: "alice", scopes: ["read"] }) };
    assert.equal((await stack.api("/v1/tokens", token)).status, 500, "the request that panics");
    const { fired } = (await (await stack.api("/__faults")).json()) as { fired: number };
    assert.ok(fired > 0, "the fault fired");
    await stack.api("/__faults", { method: "POST", body: JSON.stringify({ mode: "none" }) });
    for (let request = 0; request < 5; request += 1) {
      const answer = await ask(stack.url, { path });
      assert.deepEqual([answer.status, answer.body.length], [200, 10]);
    }
    const renewed = () => stack.logs().split("Reinitializing Wasm application").length - 1;
    await settle(async () => renewed() === round);
    assert.equal(renewed(), round, "the instance is a new one");
    await settle(async () => (await count()) === 5 * round);
    assert.equal(await count(), 5 * round);
  }
});

test("a panic loses nothing that was acknowledged and is not in D1 yet", async () => {
  const path = "/alice/pics/a.jpg";
  const count = async () => (await stack.sql("SELECT coalesce(sum(requests), 0) AS sum FROM analytics_daily"))[0]!.sum;
  const faults = async (mode: string) => stack.api("/__faults", { method: "POST", body: JSON.stringify({ mode }) });
  const fired = async () => ((await (await stack.api("/__faults")).json()) as { fired: number }).fired;
  const before = await count();
  await faults("d1-refuse-figures");
  for (let request = 0; request < 5; request += 1) await ask(stack.url, { path });
  await settle(async () => (await fired()) > 0);
  assert.ok((await fired()) > 0, "the object has what was served, and D1 has not");
  await faults("panic");
  assert.equal((await stack.api("/v1/tokens", { method: "POST", body: JSON.stringify({ owner: "alice", scopes: ["read"] }) })).status, 500);
  await faults("none");
  await ask(stack.url, { path });
  await settle(async () => (await count()) >= before + 6);
  assert.equal(await count(), before + 6);
});
