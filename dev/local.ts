// The configuration of the local stack, derived from wrangler.toml so that the two cannot drift apart.

import { readFileSync } from "node:fs";
import path from "node:path";
import { parse } from "smol-toml";

export const ROOT = path.resolve(import.meta.dirname, "..");

/** Local development's secrets. They open nothing that is reachable from outside this machine. */
export const SECRETS = {
  ADMIN_TOKEN: "dev-admin-token",
  OWNER_HASH_SECRET: "dev-owner-hash-secret",
};

/** Whom the local Cloudflare knows. These names exist nowhere else. */
export const CLOUDFLARE = {
  CLOUDFLARE_ACCOUNT_ID: "0acc0a1b2c3d4e5f60718293a4b5c6d7",
  CLOUDFLARE_API_TOKEN: "dev-cloudflare-api-token-opens-nothing-x",
  CLOUDFLARE_ZONE_ID: "20e0a1b2c3d4e5f60718293a4b5c6d7e",
};

/** The host that media are served from, as the zone's log names it. */
export const CDN_HOST = "localhost";

export const STAND_IN = "cloudflare";

export type WorkerConfig = Record<string, any>;

/** wrangler.toml as it is deployed. */
export function deployedConfig(): WorkerConfig {
  return parse(readFileSync(path.join(ROOT, "wrangler.toml"), "utf8")) as WorkerConfig;
}

export interface LocalOptions {
  name?: string;
  /** The module that runs; by default the built worker inside the local Cloudflare. */
  main?: string;
  /** The folder with the worker's own pages, instead of the deployed one. */
  assets?: string;
  /** Variables beside or instead of the deployed ones; undefined removes one. */
  vars?: Record<string, string | undefined>;
}

/** The worker: all that is deployed, with local secrets and an entry that wraps it. */
export function workerConfig(options: LocalOptions = {}): WorkerConfig {
  const { build: _build, triggers: _triggers, ...config } = deployedConfig();
  const vars = { ...config.vars, ...SECRETS, ...CLOUDFLARE, CDN_HOST, ...options.vars };
  return {
    ...config,
    name: options.name ?? config.name,
    main: options.main ?? "dev/entry.ts",
    assets: { ...config.assets, ...(options.assets && { directory: options.assets }) },
    vars: Object.fromEntries(Object.entries(vars).filter(([, value]) => value !== undefined)),
    d1_databases: config.d1_databases.map((database: WorkerConfig) => ({ ...database, database_id: "local" })),
    services: [{ binding: "CLOUDFLARE", service: STAND_IN }],
  };
}

/** The stand-in for Cloudflare's APIs. */
export function standInConfig(): WorkerConfig {
  return {
    name: STAND_IN,
    main: "dev/cloudflare/worker.ts",
    compatibility_date: deployedConfig().compatibility_date,
    vars: CLOUDFLARE,
    durable_objects: { bindings: [{ name: "STORE", class_name: "AnalyticsEngine" }] },
    migrations: [{ tag: "v1", new_sqlite_classes: ["AnalyticsEngine"] }],
  };
}

/** Paths that are relative to the project become relative to where the configuration is written. */
export function relocated(config: WorkerConfig): WorkerConfig {
  const absolute = (file: string) => path.join(ROOT, file);
  return {
    ...config,
    main: absolute(config.main),
    ...(config.assets && { assets: { ...config.assets, directory: absolute(config.assets.directory) } }),
    ...(config.d1_databases && {
      d1_databases: config.d1_databases.map((database: WorkerConfig) => ({
        ...database,
        migrations_dir: absolute(database.migrations_dir),
      })),
    }),
  };
}
