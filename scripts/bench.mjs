// `npm run bench`: builds, measures, and writes docs/BENCHMARKS.md.

import { build } from "./build.mjs";
import { passThrough } from "./lib/run.mjs";
import { ROOT, prepare } from "./lib/toolchain.mjs";

const env = await prepare();
await build(env);
process.exitCode = await passThrough("node", ["bench/run.ts"], { cwd: ROOT, env });
