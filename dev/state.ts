// The local stack's state: D1 migrated, R2 filled with sample media, owners registered, days of history. Migrations and
// media that are new are added to it. What cannot be added is a reason to make it anew: a migration whose text is not
// the one that was applied, and a history that is another one or was not finished.

import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { isDeepStrictEqual } from "node:util";
import { getPlatformProxy } from "wrangler";
import { run, step } from "../scripts/lib/run.mjs";
import { ask } from "./ask.ts";
import { seedHistory } from "./history.ts";
import { ROOT, deployedConfig, relocated, standInConfig, workerConfig, type WorkerConfig } from "./local.ts";
import { sampleMedia } from "./media.ts";

/** The folder of all that the local stack keeps. */
export const DEV = path.join(ROOT, process.env.DEV_FOLDER ?? ".dev");

/** Where the local stack keeps its data, in `.dev/` unless `DEV_FOLDER` says otherwise. Remove it to begin anew. */
export const STATE = path.join(DEV, "state");

/** Where the simulator keeps them, a folder a product. */
const PRODUCTS = path.join(STATE, "v3");
const DATABASE = "d1";
/** The only one that a new state keeps: files that somebody has uploaded stand there beside the samples. */
const BUCKET = "r2";

/** The configuration files that `wrangler dev` runs; and one with the bucket only, which is filled without any worker: beside
 * a Durable Object, wrangler warns that it has no class. */
export const CONFIGS = {
  worker: path.join(DEV, "worker.json"),
  standIn: path.join(DEV, "cloudflare.json"),
  bucket: path.join(DEV, "bucket.json"),
};

/** Tells which migrations were applied, and of what text: wrangler itself knows their names alone. */
const APPLIED = path.join(STATE, "migrations.json");

const MIGRATIONS = "migrations";
const MEDIA = ["dev/media", "dev/media.ts"];
export const HISTORY = ["dev/history.ts", "dev/traffic.ts", "dev/work.ts"];

const OWNERS = ["alice", "bob", "carol"];

export function writeConfigs(): void {
  mkdirSync(DEV, { recursive: true });
  const write = (file: string, config: WorkerConfig) => writeFileSync(file, JSON.stringify(relocated(config), null, 2));
  // What is watched is always taken for relative to the configuration.
  const watched = ["src", "dashboard/src"].map((folder) => path.relative(DEV, path.join(ROOT, folder)));
  const rebuild = { command: "node scripts/build.mjs", cwd: ROOT, watch_dir: watched };
  const config = workerConfig();
  const { name, compatibility_date, main, r2_buckets } = config;
  write(CONFIGS.worker, { ...config, build: rebuild });
  write(CONFIGS.bucket, { name, compatibility_date, main, r2_buckets });
  write(CONFIGS.standIn, standInConfig());
}

/** Brings the state up to date. */
export async function prepareState(): Promise<void> {
  const reason = outdated();
  if (reason !== undefined) {
    console.error(`${reason}: the local state is made anew. Files in its bucket are kept; owners, tokens and counts are gone.`);
    forget();
  }
  await migrate();
  await once("media", MEDIA, () => step("the sample media", seedMedia));
}

/** Why nothing can be added to the state, if so. */
function outdated(): string | undefined {
  if (!existsSync(PRODUCTS)) return undefined;
  if (!existsSync(path.join(PRODUCTS, DATABASE))) return "its database is gone";
  const applied = appliedMigrations();
  if (applied === undefined) return "nobody knows which migrations were applied";
  const migrations = hashes(MIGRATIONS);
  const other = Object.keys(applied).find((file) => migrations[file] !== applied[file]);
  if (other !== undefined) return `${other} is not as it was applied`;
  const history = read(stampOf("history"));
  if (history === "") return "its history was not finished";
  return history === identity(HISTORY) ? undefined : "the history that is made now is another one";
}

function forget(): void {
  rmSync(APPLIED, { force: true });
  rmSync(stampOf("history"), { force: true });
  for (const product of readdirSync(PRODUCTS)) {
    if (product !== BUCKET) rmSync(path.join(PRODUCTS, product), { recursive: true });
  }
}

/** Applies what is not applied. While that is under way nothing tells what is, so that half of it counts as unknown. */
async function migrate(): Promise<void> {
  const migrations = hashes(MIGRATIONS);
  if (isDeepStrictEqual(appliedMigrations(), migrations)) return;
  rmSync(APPLIED, { force: true });
  await step("the database", () =>
    run("wrangler", ["d1", "migrations", "apply", "DB", "--local", "-c", CONFIGS.worker, "--persist-to", STATE], {
      env: { ...process.env, CI: "true" },
    }),
  );
  writeFileSync(APPLIED, JSON.stringify(migrations, null, 2));
}

/** The applied migrations, each with the hash of its text. */
function appliedMigrations(): Record<string, string> | undefined {
  const text = read(APPLIED);
  return text === "" ? undefined : JSON.parse(text);
}

async function seedMedia(): Promise<void> {
  const { env, dispose } = await getPlatformProxy<{ MEDIA: R2Bucket }>({
    configPath: CONFIGS.bucket,
    persist: { path: path.join(STATE, "v3") },
  });
  try {
    for (const { key, contentType, body, metadata } of await sampleMedia()) {
      await env.MEDIA.put(key, body, { httpMetadata: { contentType }, customMetadata: metadata });
    }
  } finally {
    await dispose();
  }
}

/** Registers the sample owners through the API, as a person would. */
export async function registerOwners(url: string, adminToken: string): Promise<void> {
  for (const name of OWNERS) {
    await ask(`registering ${name}`, `${url}/v1/owners`, {
      method: "POST",
      headers: { authorization: `Bearer ${adminToken}`, "content-type": "application/json" },
      body: JSON.stringify({ name }),
    });
  }
}

/** Sixty days of history, made by the running worker's own nightly job. */
export async function prepareHistory(url: string): Promise<void> {
  const { dataset } = deployedConfig().analytics_engine_datasets[0];
  await once("history", HISTORY, () =>
    step("sixty days of history, through the nightly job", (report) => seedHistory(url, dataset, report)),
  );
}

/** Does what was not done with these sources. */
export async function once(name: string, sources: string[], work: () => Promise<unknown>): Promise<void> {
  const wanted = identity(sources);
  if (read(stampOf(name)) === wanted) return;
  await work();
  mkdirSync(STATE, { recursive: true });
  writeFileSync(stampOf(name), wanted);
}

const stampOf = (name: string) => path.join(STATE, `${name}.stamp`);

const identity = (sources: string[]) => sha256(JSON.stringify(sources.map(hashes)));

/** Of a file or of each file in a folder, by its path in the project. */
function hashes(source: string): Record<string, string> {
  const files = source.endsWith(".ts") ? [source] : readdirSync(path.join(ROOT, source)).sort().map((name) => `${source}/${name}`);
  return Object.fromEntries(files.map((file) => [file, sha256(readFileSync(path.join(ROOT, file)))]));
}

const sha256 = (content: string | Buffer) => createHash("sha256").update(content).digest("hex");

function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
