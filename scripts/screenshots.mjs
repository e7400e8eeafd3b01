// `npm run screenshots`: pictures of the dashboard's main views, as the README shows them, of a local stack of its own.

import { build } from "./build.mjs";
import { CHROMIUM, provide } from "./lib/debian.mjs";
import { passThrough } from "./lib/run.mjs";
import { ROOT, prepare } from "./lib/toolchain.mjs";

const env = await prepare();
await build(env);
const CHROMIUM_PATH = await provide(CHROMIUM, env);
process.exitCode = await passThrough("node", ["dev/screenshots.ts"], { cwd: ROOT, env: { ...env, CHROMIUM: CHROMIUM_PATH } });
