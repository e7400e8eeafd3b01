// Serves the local stack on loopback until it is interrupted. What it starts ends with it, also when it fails; when it is
// killed, by scripts/start.mjs, whose process group it leads.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import net from "node:net";
import { runNight } from "./history.ts";
import { SECRETS } from "./local.ts";
import { CONFIGS, DEV, STATE, prepareHistory, prepareState, registerOwners, writeConfigs } from "./state.ts";

const HOST = "127.0.0.1";
const UP_MS = 60_000;
const DOWN_MS = 5_000;

const port = process.env.PORT ?? "8787";
if (!/^\d{1,5}$/.test(port) || Number(port) < 1 || Number(port) > 65535) {
  console.error(`PORT must be a port number from 1 to 65535, and ${JSON.stringify(port)} is not`);
  process.exit(1);
}
const url = `http://localhost:${port}`;

const BEGIN_ANEW = `Remove ${DEV} and run npm start again: the samples and the history are made again; what you have uploaded to the local bucket is lost`;

let wrangler: ChildProcess | undefined;
let isUp = false;
let stopping = false;

process.on("SIGINT", () => stop(0));
process.on("SIGTERM", () => stop(0));
process.on("uncaughtException", fail);
process.on("disconnect", orphaned);
if (process.send !== undefined && !process.connected) orphaned();
await serve().catch(fail);

async function serve(): Promise<void> {
  await checkPort();
  writeConfigs();
  await prepareState();
  wrangler = startWrangler();
  const deadline = Date.now() + UP_MS;
  while (!(await answers(`${url}/healthz`))) {
    if (Date.now() > deadline) throw new Error("the worker did not come up within a minute; its own messages stand above");
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  isUp = true;
  await checkDatabase(url);
  await registerOwners(url, SECRETS.ADMIN_TOKEN);
  await prepareHistory(url);
  await runNight(url);
  console.log(`
Pixtally is at ${url}

  curl -i ${url}/alice/pics/dino.jpg
  curl -H 'Authorization: Bearer ${SECRETS.ADMIN_TOKEN}' '${url}/v1/analytics/overview?owner=alice'
  curl -H 'Authorization: Bearer ${SECRETS.ADMIN_TOKEN}' '${url}/v1/analytics/status?days=7'

  npm run demo     sends it traffic, from another terminal
  Ctrl+C           stops it; its data stay in .dev/
`);
}

/** Whoever has the port would be taken for the worker, and may have the state in use. */
async function checkPort(): Promise<void> {
  const server = net.createServer().listen(Number(port), HOST);
  await once(server, "listening").catch((error) => {
    throw new Error(`port ${port} cannot be had (${error.code}): is npm start running already? PORT=8799 npm start takes another`);
  });
  server.close();
  await once(server, "close");
}

/** A database that was deleted, or cannot be read, answers nothing that comes later. */
async function checkDatabase(url: string): Promise<void> {
  const answer = await fetch(`${url}/healthz`, { headers: { authorization: `Bearer ${SECRETS.ADMIN_TOKEN}` } });
  const { bindings } = (await answer.json()) as { bindings?: Record<string, string> };
  if (bindings?.DB === "ok") return;
  throw new Error(`the local database is lost or damaged (DB: ${bindings?.DB ?? "no answer"}). ${BEGIN_ANEW}`);
}

function startWrangler(): ChildProcess {
  const child = spawn(
    "wrangler",
    [
      "dev",
      ...["-c", CONFIGS.worker, "-c", CONFIGS.standIn],
      ...["--ip", HOST, "--port", port, "--persist-to", STATE],
      ...["--show-interactive-dev-session=false", "--log-level", "warn"],
    ],
    { stdio: ["ignore", "inherit", "inherit"], shell: process.platform === "win32" },
  );
  child.on("error", fail);
  child.on("close", (code) => {
    if (!stopping && !isUp) console.error(`the worker did not start. If its messages above name SQLite, the local database is damaged. ${BEGIN_ANEW}`);
    process.exit(stopping ? process.exitCode : code || 1);
  });
  return child;
}

function fail(error: unknown): void {
  // What fails because everything is being stopped is no news.
  if (!stopping) console.error(error instanceof Error && error.name === "Error" ? error.message : error);
  stop(1);
}

function stop(code: number): void {
  if (stopping) return;
  stopping = true;
  process.exitCode = code;
  if (wrangler === undefined || wrangler.pid === undefined) process.exit();
  wrangler.kill("SIGTERM");
  setTimeout(() => process.exit(), DOWN_MS);
}

/** Nobody is there any more who would end what is left of the process group. */
function orphaned(): void {
  process.on("exit", () => process.platform !== "win32" && process.kill(-process.pid, "SIGKILL"));
  stop(1);
}

async function answers(address: string): Promise<boolean> {
  try {
    return (await fetch(address)).status < 500;
  } catch {
    return false;
  }
}
