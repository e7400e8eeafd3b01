// Builds the worker into build/, and the dashboard, with the API's description, into dashboard/dist/. Called by wrangler and by
// the other scripts, with the toolchain on PATH. A build with nothing changed costs what reading the sources takes.

import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readFile, readdir, stat, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { run, step } from "./lib/run.mjs";
import { ROOT, once, prepare } from "./lib/toolchain.mjs";

const STAMP = path.join(ROOT, "build", ".stamp");
const WORKER = ["Cargo.toml", "Cargo.lock", "src", "utoipa-stub"];
const DASHBOARD = [
  "package-lock.json",
  "docs/openapi.json",
  "dashboard/index.html",
  "dashboard/vite.config.ts",
  "dashboard/build",
  "dashboard/src",
];

/** Builds what is not as its sources are. */
export async function build(env) {
  await buildDashboard(env);
  await buildWorker(env);
}

async function buildDashboard(env) {
  await once("dashboard", await fingerprint(DASHBOARD), existsSync(path.join(ROOT, "dashboard", "dist", "index.html")), () =>
    step("the dashboard", (report) => run("vite", ["build", "dashboard", "--logLevel", "warn"], { cwd: ROOT, env, onLine: report })),
  );
}

async function buildWorker(env) {
  const sources = await fingerprint(WORKER);
  const built = existsSync(path.join(ROOT, "build", "index.js")) && (await readFile(STAMP, "utf8").catch(() => ""));
  if (built === sources) return;
  await step("the worker, as WebAssembly (a few minutes from clean)", (report) =>
    run("worker-build", ["--release"], { cwd: ROOT, env: { ...env, ...withoutPaths() }, onLine: report }),
  );
  await writeFile(STAMP, sources);
}

/** Panic messages name source files: what is deployed must not tell where on whose machine they were. */
function withoutPaths() {
  const cargo = process.env.CARGO_HOME ?? path.join(homedir(), ".cargo");
  const flags = [`--remap-path-prefix=${cargo}=cargo`, `--remap-path-prefix=${ROOT}=.`];
  return { CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS: flags.join(" ") };
}

/** A hash of everything that a build reads: names and contents. */
async function fingerprint(sources) {
  const hash = createHash("sha256");
  for (const file of (await Promise.all(sources.map(files))).flat()) {
    hash.update(`${file}\0`).update(await readFile(path.join(ROOT, file)));
  }
  return hash.digest("hex");
}

/** A file, or all that are in a folder. */
async function files(source) {
  if (!(await stat(path.join(ROOT, source))).isDirectory()) return [source];
  const names = (await readdir(path.join(ROOT, source))).sort();
  return (await Promise.all(names.map((name) => files(`${source}/${name}`)))).flat();
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await build(await prepare());
