// The local stack's state: D1 migrated, R2 filled with sample media, owners registered. Done once, and again
// when the migrations or the media change.

import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { getPlatformProxy } from "wrangler";
import { run, step } from "../scripts/lib/run.mjs";
import { seedHistory } from "./history.ts";
import { ROOT, deployedConfig, relocated, standInConfig, workerConfig, type WorkerConfig } from "./local.ts";
import { sampleMedia } from "./media.ts";

const DEV = path.join(ROOT, ".dev");

/** Where the local stack keeps its data. Remove it to begin anew. */
export const STATE = path.join(DEV, "state");

/** The configuration files that `wrangler dev` runs. */
export const CONFIGS = { worker: path.join(DEV, "worker.json"), standIn: path.join(DEV, "cloudflare.json") };

const OWNERS = ["alice", "bob", "carol"];

export function writeConfigs(): void {
  mkdirSync(DEV, { recursive: true });
  const write = (file: string, config: WorkerConfig) => writeFileSync(file, JSON.stringify(relocated(config), null, 2));
  const rebuild = { command: "node scripts/build.mjs", cwd: ROOT, watch_dir: path.join(ROOT, "src") };
  write(CONFIGS.worker, { ...workerConfig(), build: rebuild });
  write(CONFIGS.standIn, standInConfig());
}

/** Brings the state up to date. */
export async function prepareState(): Promise<void> {
  await once("migrations", ["migrations"], () =>
    step("the database", () =>
      run("wrangler", ["d1", "migrations", "apply", "DB", "--local", "-c", CONFIGS.worker, "--persist-to", STATE], {
        env: { ...process.env, CI: "true" },
      }),
    ),
  );
  await once("media", ["dev/media", "dev/media.ts"], () => step("the sample media", seedMedia));
}

async function seedMedia(): Promise<void> {
  const { env, dispose } = await getPlatformProxy<{ MEDIA: R2Bucket }>({
    configPath: CONFIGS.worker,
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
    const answer = await fetch(`${url}/v1/owners`, {
      method: "POST",
      headers: { authorization: `Bearer ${adminToken}`, "content-type": "application/json" },
      body: JSON.stringify({ name }),
    });
    if (!answer.ok) throw new Error(`registering ${name}: ${answer.status} ${await answer.text()}`);
  }
}

/** Sixty days of history, made by the running worker's own nightly job. */
export async function prepareHistory(url: string): Promise<void> {
  const { dataset } = deployedConfig().analytics_engine_datasets[0];
  await once("history", ["dev/history.ts", "dev/traffic.ts"], () =>
    step("sixty days of history, through the nightly job", (report) => seedHistory(url, dataset, report)),
  );
}

async function once(name: string, sources: string[], work: () => Promise<unknown>): Promise<void> {
  const stamp = path.join(STATE, `${name}.stamp`);
  const hash = createHash("sha256");
  for (const source of sources) {
    const full = path.join(ROOT, source);
    const files = source.endsWith(".ts") ? [full] : readdirSync(full).sort().map((file) => path.join(full, file));
    for (const file of files) hash.update(readFileSync(file));
  }
  const identity = hash.digest("hex");
  if (read(stamp) === identity) return;
  await work();
  mkdirSync(STATE, { recursive: true });
  writeFileSync(stamp, identity);
}

function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
