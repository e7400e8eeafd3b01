// `npm start` on a state that cannot be used any more.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, rmSync, writeFileSync } from "node:fs";
import net from "node:net";
import path from "node:path";
import { after, test } from "node:test";
import { ROOT } from "../../dev/local.ts";

const FOLDER = path.join(".dev", "damaged");
const STATE = path.join(ROOT, FOLDER, "state");

after(() => rmSync(path.join(ROOT, FOLDER), { recursive: true, force: true }));

/** Runs Node in the project; its exit code, and what it has said. */
async function node(args: string[], variables: Record<string, string> = {}): Promise<{ code: number; output: string }> {
  const child = spawn(process.execPath, args, { cwd: ROOT, env: { ...process.env, DEV_FOLDER: FOLDER, ...variables } });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (text) => (output += text));
  const [code] = await once(child, "close");
  return { code, output };
}

async function freePort(): Promise<string> {
  const server = net.createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as net.AddressInfo;
  server.close();
  await once(server, "close");
  return String(port);
}

/** Of the database's files, the one that the simulator keeps its own notes in. */
const isNotes = (file: string) => file.includes("metadata");

for (const [name, isHit, content, message] of [
  ["damaged", (file: string) => !isNotes(file), "this is no database", /the local database is lost or damaged \(DB: failing\)/],
  ["lost", (file: string) => !isNotes(file), "", /the local database is lost or damaged \(DB: not_migrated\)/],
  ["so damaged that the worker does not start", isNotes, "this is no database", /the worker did not start\. If its messages above name SQLite, the local database is damaged/],
] as const) {
  test(`the local database is ${name}: npm start ends, and says what to do`, async () => {
    rmSync(path.join(ROOT, FOLDER), { recursive: true, force: true });
    const made = await node(["-e", 'import("./dev/state.ts").then(async (state) => { state.writeConfigs(); await state.prepareState(); await state.once("history", state.HISTORY, async () => {}); })']);
    assert.equal(made.code, 0, made.output);
    const folder = path.join(STATE, "v3", "d1");
    const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((file) => /\.sqlite/.test(file) && isHit(file));
    assert.ok(files.some((file) => file.endsWith(".sqlite")), "there is a database");
    for (const file of files) {
      if (file.endsWith(".sqlite")) writeFileSync(path.join(folder, file), content);
      else rmSync(path.join(folder, file));
    }
    const { code, output } = await node(["dev/serve.ts"], { PORT: await freePort() });
    assert.equal(code, 1, output);
    assert.match(output, message);
    assert.ok(output.includes(`Remove ${path.join(ROOT, FOLDER)} and run npm start again`), output);
  });
}
