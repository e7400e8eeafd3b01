// `npm run scale`: what counting writes and costs at scale, in docs/SCALING.md. `npm run scale -- --quick` only prints, from
// shorter runs.

import { passThrough } from "./lib/run.mjs";
import { ROOT, prepare } from "./lib/toolchain.mjs";

const env = await prepare();
const command = ["run", "--quiet", "--profile", "simulate", "--example", "scale", "--", ...process.argv.slice(2)];
process.exitCode = await passThrough("cargo", command, { cwd: ROOT, env });
