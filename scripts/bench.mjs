// `npm run bench`: builds, measures, and writes docs/BENCHMARKS.md.

import { build } from "./build.mjs";
import { CHROMIUM, provide } from "./lib/debian.mjs";
import { passThrough } from "./lib/run.mjs";
import { ROOT, prepare } from "./lib/toolchain.mjs";

const env = await prepare();
await build(env);
env.CHROMIUM = await provide(CHROMIUM, env);
process.exitCode = await passThrough("node", ["bench/run.ts"], { cwd: ROOT, env });
