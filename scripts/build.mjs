// Builds the worker into build/. Called by wrangler and by the other scripts, with the toolchain on PATH.
// A build with nothing changed costs what reading the sources takes.

import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readFile, readdir, stat, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { run, step } from "./lib/run.mjs";
import { ROOT, prepare } from "./lib/toolchain.mjs";

const STAMP = path.join(ROOT, "build", ".stamp");

/** Builds unless the sources are those of the last build. */
export async function build(env) {
  const sources = await fingerprint();
  const built = existsSync(path.join(ROOT, "build", "index.js")) && (await readFile(STAMP, "utf8").catch(() => ""));
  if (built === sources) return;
  await step("the worker, as WebAssembly (a minute from clean)", (report) =>
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

/** A hash of everything that the build reads: names and contents. */
async function fingerprint() {
  const hash = createHash("sha256");
  for (const file of ["Cargo.toml", "Cargo.lock", ...(await files("src"))]) {
    hash.update(`${file}\0`).update(await readFile(path.join(ROOT, file)));
  }
  return hash.digest("hex");
}

async function files(folder) {
  const names = (await readdir(path.join(ROOT, folder))).sort();
  const found = await Promise.all(
    names.map(async (name) => {
      const file = `${folder}/${name}`;
      return (await stat(path.join(ROOT, file))).isDirectory() ? files(file) : [file];
    }),
  );
  return found.flat();
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await build(await prepare());
